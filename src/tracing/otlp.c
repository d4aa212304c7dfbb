/* otlp.c - see otlp.h; opentelemetry.io/docs/specs/otlp, JSON Protobuf encoding. */
#include "tracing/otlp.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { ANSWER_MOST = 4 << 20, STATUS_OK = 1, STATUS_ERROR = 2 };

static void
write_text_attribute(struct jsonw *w, const char *key, struct sv value)
{
	jsonw_object(w);
	jsonw_key(w, "key");
	jsonw_str(w, key);
	jsonw_key(w, "value");
	jsonw_object(w);
	jsonw_key(w, "stringValue");
	jsonw_sv(w, value);
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_number_text(struct jsonw *w, const char *key, int64_t value, const char *suffix)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64 "%s", value, suffix);
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
write_number_attribute(struct jsonw *w, const char *key, int64_t value)
{
	jsonw_object(w);
	jsonw_key(w, "key");
	jsonw_str(w, key);
	jsonw_key(w, "value");
	jsonw_object(w);
	write_number_text(w, "intValue", value, "");
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_id(struct jsonw *w, const char *key, const uint8_t *id, size_t len)
{
	char text[33];

	hex_of(id, len, text);
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
write_attributes(struct jsonw *w, const struct tracing_span *span)
{
	jsonw_key(w, "attributes");
	jsonw_array(w);
	for (size_t i = 0; i < SPAN_ATTRIBUTES_MOST && span->attributes[i].key[0] != '\0'; i++) {
		const struct tracing_attribute *a = &span->attributes[i];

		if (a->text[0] != '\0')
			write_text_attribute(w, a->key, sv_from(a->text));
		else
			write_number_attribute(w, a->key, a->number);
	}
	jsonw_end(w);
}

static void
write_span(struct jsonw *w, const struct tracing_span *span)
{
	static const uint8_t none[sizeof(span->parent)];

	jsonw_object(w);
	write_id(w, "traceId", span->context.trace, sizeof(span->context.trace));
	write_id(w, "spanId", span->context.span, sizeof(span->context.span));
	if (memcmp(span->parent, none, sizeof(none)) != 0)
		write_id(w, "parentSpanId", span->parent, sizeof(span->parent));
	jsonw_key(w, "name");
	jsonw_str(w, span->name);
	jsonw_key(w, "kind");
	jsonw_u64(w, (uint64_t)span->kind);
	write_number_text(w, "startTimeUnixNano", span->start_us, "000");
	write_number_text(w, "endTimeUnixNano", span->end_us, "000");
	write_attributes(w, span);
	jsonw_key(w, "status");
	jsonw_object(w);
	jsonw_key(w, "code");
	jsonw_u64(w, span->failed ? STATUS_ERROR : STATUS_OK);
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_resource(struct jsonw *w, const char *role)
{
	jsonw_key(w, "resource");
	jsonw_object(w);
	jsonw_key(w, "attributes");
	jsonw_array(w);
	write_text_attribute(w, "service.name", SV("coord"));
	write_text_attribute(w, "service.version", sv_from(COORD_VERSION));
	write_text_attribute(w, "coord.role", sv_from(role));
	write_number_attribute(w, "process.pid", getpid());
	jsonw_end(w);
	jsonw_end(w);
}

void
otlp_write(const char *role, const struct tracing_span *spans, size_t n, struct buf *out)
{
	struct jsonw w = jsonw_init(out, false);

	jsonw_object(&w);
	jsonw_key(&w, "resourceSpans");
	jsonw_array(&w);
	jsonw_object(&w);
	write_resource(&w, role);
	jsonw_key(&w, "scopeSpans");
	jsonw_array(&w);
	jsonw_object(&w);
	jsonw_key(&w, "scope");
	jsonw_object(&w);
	jsonw_key(&w, "name");
	jsonw_str(&w, "coord");
	jsonw_key(&w, "version");
	jsonw_str(&w, COORD_VERSION);
	jsonw_end(&w);
	jsonw_key(&w, "spans");
	jsonw_array(&w);
	for (size_t i = 0; i < n; i++)
		write_span(&w, &spans[i]);
	for (int open = 0; open < 6; open++)
		jsonw_end(&w);
}

/** A 64-bit number is a text in this encoding; some collectors write it plain. */
static uint64_t
number_of(struct json_value value)
{
	struct sv text;
	uint64_t number = 0;

	if (json_string(value, &text))
		return sv_to_u64(text, &number) ? number : 0;
	return json_u64(value, &number) ? number : 0;
}

uint64_t
otlp_rejected(struct sv answer, uint64_t sent)
{
	struct json_parser *parser = json_parser_new(ANSWER_MOST, 16);
	struct json_value root = JSON_MISSING;
	uint64_t rejected = 0;

	if (parser != NULL && answer.len > 0 &&
	    json_parse(parser, answer.data, answer.len, false, &root, NULL) == COORD_OK)
		rejected =
		    number_of(json_get(json_get(root, SV("partialSuccess")), SV("rejectedSpans")));
	json_parser_free(parser);
	return rejected < sent ? rejected : sent;
}
