/* formats_events.c - formats with one JSON object an event. Cowrie's events under other names (T-Pot, Elasticsearch,
 * ADBHoney), and web honeypots, which see the same actor as requests: a log-in form for a credential, a shell for a
 * command. */
#include "generate/formats.h"

#include <stdio.h>

/** An event of a session in Cowrie's terms; `item` NULL for connect, version and closed. */
struct happening {
	const char *name; /* "login.failed" */
	int64_t at_us;
	const struct session_row_item *item;
};

static const char *
event_of(const struct session_row_item *item)
{
	switch (item->kind) {
	case ITEM_CREDENTIAL:
		return item->flags & ITEM_SUCCESS ? "login.success" : "login.failed";
	case ITEM_COMMAND:
		return "command.input";
	case ITEM_URL:
	case ITEM_FILE_HASH:
		return "session.file_download";
	default:
		return NULL;
	}
}

static void
each_event(const struct session_row *row, struct buf *out,
    void (*write)(const struct session_row *row, const struct happening *h, struct buf *out))
{
	struct happening h = { .name = "session.connect", .at_us = row->start_us };

	write(row, &h, out);
	if (row->text[TEXT_BANNER].data != NULL) {
		h.name = "client.version";
		write(row, &h, out);
	}
	for (uint32_t i = 0; i < row->n_items; i++) {
		h.item = &row->items[i];
		h.at_us = row->start_us + (int64_t)h.item->offset_ms * 1000;
		h.name = event_of(h.item);
		/* a download's hash is told with its URL */
		if (h.name == NULL ||
		    (h.item->kind == ITEM_FILE_HASH && i > 0 && row->items[i - 1].kind == ITEM_URL))
			continue;
		write(row, &h, out);
	}
	h = (struct happening){ .name = "session.closed", .at_us = row->end_us };
	write(row, &h, out);
}

/* The hash that came with a URL: the item behind it. */
static struct sv
hash_of(const struct session_row *row, const struct session_row_item *item)
{
	if (item->kind == ITEM_FILE_HASH)
		return item->a;
	return item + 1 < row->items + row->n_items && item[1].kind == ITEM_FILE_HASH ? item[1].a
										      : SV_NONE;
}

static void
add_details(struct jsonw *j, const struct session_row *row, const struct happening *h)
{
	const struct session_row_item *item = h->item;

	if (strcmp(h->name, "client.version") == 0)
		format_text(j, "version", row->text[TEXT_BANNER]);
	if (strcmp(h->name, "client.version") == 0)
		format_text(j, "hassh", row->text[TEXT_HASSH]);
	if (strcmp(h->name, "session.closed") == 0)
		format_epoch(j, "duration", row->end_us - row->start_us);
	if (item == NULL)
		return;
	if (item->kind == ITEM_CREDENTIAL) {
		format_text(j, "username", item->a);
		format_text(j, "password", item->b);
	} else if (item->kind == ITEM_COMMAND) {
		format_text(j, "input", item->a);
	} else {
		format_text(j, "url", item->kind == ITEM_URL ? item->a : SV_NONE);
		format_text(j, "shasum", hash_of(row, item));
	}
}

static void
add_prefixed(struct jsonw *j, const char *key, const char *prefix, const char *name)
{
	char text[64];

	snprintf(text, sizeof(text), "%s.%s", prefix, name);
	jsonw_key(j, key);
	jsonw_str(j, text);
}

static void
add_connection(struct jsonw *j, const struct session_row *row, const char *dst_port)
{
	format_text(j, "session", row->text[TEXT_ID]);
	format_text(j, "sensor", row->text[TEXT_SENSOR]);
	format_text(j, "protocol", row->text[TEXT_PROTOCOL]);
	format_addr(j, "src_ip", row->source);
	jsonw_key(j, "src_port");
	jsonw_u64(j, row->source_port);
	jsonw_key(j, dst_port);
	jsonw_u64(j, row->target_port);
}

static void
tpot_event(const struct session_row *row, const struct happening *h, struct buf *out)
{
	struct jsonw j = jsonw_init(out, false);

	jsonw_object(&j);
	jsonw_key(&j, "type");
	jsonw_str(&j, "Cowrie");
	format_time(&j, "@timestamp", h->at_us);
	format_time(&j, "timestamp", h->at_us);
	format_text(&j, "t-pot_hostname", SV("hive"));
	add_prefixed(&j, "eventid", "cowrie", h->name);
	add_connection(&j, row, "dest_port");
	format_addr(&j, "dest_ip", row->destination);
	add_details(&j, row, h);
	jsonw_end(&j);
	buf_add_char(out, '\n');
}

void
write_tpot(const struct session_row *row, struct buf *out)
{
	each_event(row, out, tpot_event);
}

/* ADB knows no log-in: a credential leaves no event. */
static void
adbhoney_event(const struct session_row *row, const struct happening *h, struct buf *out)
{
	struct jsonw j;

	if (strcmp(h->name, "client.version") == 0 ||
	    (h->item != NULL && h->item->kind == ITEM_CREDENTIAL))
		return;
	j = jsonw_init(out, false);
	jsonw_object(&j);
	add_prefixed(&j, "eventid", "adbhoney", h->name);
	format_time(&j, "timestamp", h->at_us);
	format_text(&j, "session", row->text[TEXT_ID]);
	format_text(&j, "sensor", row->text[TEXT_SENSOR]);
	format_addr(&j, "src_ip", row->source);
	jsonw_key(&j, "src_port");
	jsonw_u64(&j, row->source_port);
	format_addr(&j, "dest_ip", row->destination);
	jsonw_key(&j, "dest_port");
	jsonw_u64(&j, 5555);
	add_details(&j, row, h);
	jsonw_end(&j);
	buf_add_char(out, '\n');
}

void
write_adbhoney(const struct session_row *row, struct buf *out)
{
	each_event(row, out, adbhoney_event);
}

static void
ecs_item(struct jsonw *j, const struct session_row *row, const struct session_row_item *item)
{
	if (item->kind == ITEM_CREDENTIAL) {
		format_text(j, "user.name", item->a);
		format_text(j, "user.password", item->b);
	} else if (item->kind == ITEM_COMMAND) {
		format_text(j, "source.user.command", item->a);
	} else {
		format_text(j, "url.original", item->kind == ITEM_URL ? item->a : SV_NONE);
		format_text(j, "file.hash.sha256", hash_of(row, item));
	}
}

static void
ecs_event(const struct session_row *row, const struct happening *h, struct buf *out)
{
	struct jsonw j = jsonw_init(out, false);

	jsonw_object(&j);
	format_time(&j, "@timestamp", h->at_us);
	format_text(&j, "event.dataset", SV("honeypot"));
	format_text(&j, "event.code", row->text[TEXT_ID]);
	format_text(&j, "event.outcome", sv_from(h->name));
	format_addr(&j, "source.ip", row->source);
	format_addr(&j, "source.address", row->source);
	jsonw_key(&j, "source.port");
	jsonw_u64(&j, row->source_port);
	format_addr(&j, "destination.ip", row->destination);
	jsonw_key(&j, "destination.port");
	jsonw_u64(&j, row->target_port);
	format_text(&j, "network.protocol", row->text[TEXT_PROTOCOL]);
	format_text(&j, "agent.name", row->text[TEXT_SENSOR]);
	if (strcmp(h->name, "client.version") == 0) {
		format_text(&j, "process.name", row->text[TEXT_BANNER]);
		format_text(&j, "ssh.client", row->text[TEXT_HASSH]);
	}
	if (strcmp(h->name, "session.closed") == 0)
		format_epoch(&j, "event.duration", row->end_us - row->start_us);
	if (h->item != NULL)
		ecs_item(&j, row, h->item);
	jsonw_end(&j);
	buf_add_char(out, '\n');
}

void
write_ecs(const struct session_row *row, struct buf *out)
{
	each_event(row, out, ecs_event);
}

/** A web request that stands for what a shell session did. */
struct request {
	const char *method, *target;
	int64_t at_us;
	const char *key[2];
	struct sv value[2]; /* absent: none */
};

static void
each_request(const struct session_row *row, struct buf *out,
    void (*write)(const struct session_row *row, const struct request *r, struct buf *out))
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < row->n_items; i++) {
		const struct session_row_item *item = &row->items[i];
		struct request r = { .method = "POST",
			.at_us = row->start_us + (int64_t)item->offset_ms * 1000 };

		if (item->kind == ITEM_CREDENTIAL) {
			r.target = "/login.htm";
			r.key[0] = "username";
			r.value[0] = item->a;
			r.key[1] = "password";
			r.value[1] = item->b;
		} else if (item->kind == ITEM_COMMAND) {
			r.target = "/cgi-bin/shell";
			r.key[0] = "cmd";
			r.value[0] = item->a;
		} else {
			continue;
		}
		/* a web log has no connections: the first request is what marks the start */
		r.at_us = n++ == 0 ? row->start_us : r.at_us;
		write(row, &r, out);
	}
	if (n == 0)
		write(row,
		    &(struct request){ .method = "GET", .target = "/", .at_us = row->start_us },
		    out);
}

static void
add_client(struct jsonw *j)
{
	jsonw_key(j, "headers");
	jsonw_object(j);
	format_text(j, "Host", SV("192.0.2.80:8080"));
	format_text(j, "User-Agent", SV("Mozilla/5.0"));
	jsonw_end(j);
}

static void
webhoneypot_request(const struct session_row *row, const struct request *r, struct buf *out)
{
	struct buf body = BUF_INIT(RENDER_TEXT_MOST);
	struct jsonw j = jsonw_init(out, false);

	for (uint32_t i = 0; i < 2 && r->value[i].data != NULL; i++) {
		buf_printf(&body, "%s%s=", i > 0 ? "&" : "", r->key[i]);
		buf_add_sv(&body, r->value[i]);
	}
	jsonw_object(&j);
	format_time(&j, "time", r->at_us);
	add_client(&j);
	format_addr(&j, "sip", row->source);
	format_addr(&j, "dip", row->destination);
	format_text(&j, "sensor", row->text[TEXT_SENSOR]);
	format_text(&j, "method", sv_from(r->method));
	format_text(&j, "url", sv_from(r->target));
	jsonw_key(&j, "data");
	jsonw_sv(&j, body.len == 0 ? SV("") : buf_sv(&body));
	format_text(&j, "useragent", SV("Mozilla/5.0"));
	format_text(&j, "version", SV("HTTP/1.1"));
	jsonw_key(&j, "response_id");
	jsonw_u64(&j, 1);
	jsonw_key(&j, "signature_id");
	jsonw_null(&j);
	jsonw_end(&j);
	buf_add_char(out, '\n');
	buf_clear(&body);
}

void
write_webhoneypot(const struct session_row *row, struct buf *out)
{
	each_request(row, out, webhoneypot_request);
}

static void
tanner_request(const struct session_row *row, const struct request *r, struct buf *out)
{
	struct jsonw j = jsonw_init(out, false);

	jsonw_object(&j);
	format_time(&j, "timestamp", r->at_us);
	jsonw_key(&j, "peer");
	jsonw_object(&j);
	format_addr(&j, "ip", row->source);
	jsonw_key(&j, "port");
	jsonw_u64(&j, row->source_port);
	jsonw_end(&j);
	format_text(&j, "sensor", row->text[TEXT_SENSOR]);
	format_text(&j, "method", sv_from(r->method));
	format_text(&j, "path", sv_from(r->target));
	add_client(&j);
	jsonw_key(&j, "post_data");
	jsonw_object(&j);
	for (uint32_t i = 0; i < 2 && r->value[i].data != NULL; i++)
		format_text(&j, r->key[i], r->value[i]);
	jsonw_end(&j);
	jsonw_end(&j);
	buf_add_char(out, '\n');
}

void
write_tanner(const struct session_row *row, struct buf *out)
{
	each_request(row, out, tanner_request);
}
