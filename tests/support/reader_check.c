/* reader_check.c - see reader_check.h. */
#include "reader_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "testing.h"

struct reader_result
reader_run(const char *format, const char *name, struct sv input)
{
	struct ingest_options options = {
		.format = format, .from_us = TIME_NONE, .to_us = TIME_NONE, .threads = 1
	};
	struct reader_result r = { .rc = COORD_OK };

	r.rc = ingest_memory(
	    &options, name, input.data, input.len, false, &r.table, &r.report, &r.err);
	return r;
}

struct reader_result
reader_run_path(const char *path)
{
	struct ingest_source source = { .path = path };
	struct ingest_options options = {
		.sources = &source, .n_sources = 1, .from_us = TIME_NONE, .to_us = TIME_NONE
	};
	struct reader_result r = { .rc = COORD_OK };

	r.rc = ingest_run(&options, &r.table, &r.report, &r.err);
	return r;
}

void
reader_result_clear(struct reader_result *r)
{
	if (r->rc == COORD_OK)
		session_table_free(&r->table);
	ingest_report_clear(&r->report);
}

/** Control bytes and the backslash as \\xNN, so that a line of the dump is a line. */
static void
add_escaped(struct buf *out, struct sv text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_add_char(out, text.data[i]);
	}
}

static void
add_endpoint(struct buf *out, struct addr a, uint16_t port)
{
	char text[ADDR_TEXT_MAX];

	addr_format(a, text);
	buf_add_str(out, addr_is_unknown(a) ? "?" : text);
	if (port != 0)
		buf_printf(out, ":%u", (unsigned)port);
}

static void
add_row(struct buf *out, const struct session_table *t, uint32_t row)
{
	static const char *const TRANSPORTS[] = { "", "/tcp", "/udp", "/icmp", "/other" };
	char start[TIME_TEXT_MAX];

	time_format(t->start_us[row], false, start);
	buf_printf(out, "%s ", start);
	add_endpoint(out, t->source[row], t->source_port[row]);
	buf_add_str(out, " > ");
	add_endpoint(out, t->destination[row], t->target_port[row]);
	buf_add_str(out, TRANSPORTS[t->transport[row]]);
	buf_printf(out, " %.*s service=%s id=%.*s", SV_ARG(session_text(t, row, TEXT_PROTOCOL)),
	    session_service_name((enum session_service)t->service[row]),
	    SV_ARG(session_text(t, row, TEXT_ID)));
	if (session_text(t, row, TEXT_SENSOR).len > 0)
		buf_printf(out, " sensor=%.*s", SV_ARG(session_text(t, row, TEXT_SENSOR)));
	if (t->duration_us[row] >= 0)
		buf_printf(out, " dur=%.9g", (double)t->duration_us[row] / 1e6);
	if (t->bytes_in[row] + t->bytes_out[row] > 0)
		buf_printf(out, " bytes=%" PRIu64 "/%" PRIu64, t->bytes_in[row], t->bytes_out[row]);
	if (t->asn[row] != 0)
		buf_printf(out, " asn=%u", (unsigned)t->asn[row]);
	buf_add_str(out, (t->flags[row] & SESSION_CLOSED) != 0 ? " closed\n" : "\n");
}

static void
add_texts(struct buf *out, const struct session_table *t, uint32_t row)
{
	for (unsigned i = TEXT_BANNER; i < TEXT_COUNT; i++) {
		struct sv value = session_text(t, row, (enum session_text)i);

		if (value.data == NULL || i == TEXT_FORMAT)
			continue;
		buf_printf(out, "  %s=", session_text_name((enum session_text)i));
		add_escaped(out, value);
		buf_add_char(out, '\n');
	}
}

static void
add_items(struct buf *out, const struct session_table *t, uint32_t row)
{
	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
		const struct session_item *item = &t->items[i];

		buf_printf(out, "  %s ", session_item_name((enum session_item_kind)item->kind));
		add_escaped(out, session_string(t, item->a));
		buf_add_str(out, item->b != STR_NONE ? " | " : "");
		add_escaped(out, session_string(t, item->b));
		buf_add_str(out, (item->flags & ITEM_SUCCESS) != 0 ? " success" : "");
		buf_add_str(out, (item->flags & ITEM_FAILED) != 0 ? " failed" : "");
		buf_add_str(out, (item->flags & ITEM_TRIVIAL) != 0 ? " trivial\n" : "\n");
	}
}

static void
print_refusals(const struct ingest_report *report)
{
	for (uint32_t i = 0; i < report->n_shown; i++)
		print_error("refused: line %" PRIu64 " byte %" PRIu64 ": %s\n",
		    report->shown[i].error.line, report->shown[i].error.byte,
		    report->shown[i].error.what);
}

/** A file of tests/data, NUL-terminated; free it. `len` NULL: not wanted. */
static char *
read_sample(const char *format, const char *file, const char *suffix, size_t *len)
{
	enum { MOST = 1 << 20 };
	char path[4096];
	char *text = calloc(1, MOST);
	FILE *in;
	size_t n;

	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/%s/%s%s", SAMPLES, format, file, suffix);
	if ((in = fopen(path, "rb")) == NULL)
		fail_msg("%s: cannot be read", path);
	n = fread(text, 1, MOST - 1, in);
	(void)fclose(in);
	if (len != NULL)
		*len = n;
	return text;
}

static void
write_sample(const char *format, const char *file, const char *text)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s/%s.sessions", SAMPLES, format, file);
	if ((out = fopen(path, "wb")) == NULL)
		fail_msg("%s: cannot be written", path);
	assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
	assert_int_equal(fclose(out), 0);
}

static void
dump(const struct session_table *t, struct buf *out)
{
	for (uint32_t i = 0; i < t->n; i++) {
		add_row(out, t, i);
		add_texts(out, t, i);
		add_items(out, t, i);
	}
}

static void
check_sample(const char *format, const char *file, bool forced)
{
	size_t len = 0;
	char *input = read_sample(format, file, "", &len);
	struct reader_result r =
	    reader_run(forced ? format : NULL, file, (struct sv){ input, len });
	struct buf out = BUF_INIT(1 << 20);
	char *expected;

	print_refusals(&r.report);
	if (r.rc != COORD_OK)
		fail_msg("%s/%s: %s", format, file, r.err.what);
	assert_null(session_table_check(&r.table));
	assert_int_equal(r.report.refused, 0);
	for (uint32_t i = 0; i < r.report.n_formats; i++)
		if (r.report.formats[i].records > 0)
			assert_string_equal(r.report.formats[i].format, format);
	dump(&r.table, &out);
	if (getenv("COORD_UPDATE") != NULL)
		write_sample(format, file, buf_cstr(&out));
	expected = read_sample(format, file, ".sessions", NULL);
	assert_string_equal(buf_cstr(&out), expected);
	free(expected);
	free(input);
	buf_clear(&out);
	reader_result_clear(&r);
}

void
reader_check_sample(const char *format, const char *file)
{
	check_sample(format, file, false);
}

void
reader_check_forced(const char *format, const char *file)
{
	check_sample(format, file, true);
}

static void
check_refusal(const char *format, const struct reader_bad *bad, const struct reader_result *r)
{
	char prefix[64];
	struct sv what;

	snprintf(prefix, sizeof(prefix), "%s: ", format);
	print_message("%.100s\n", bad->input);
	assert_int_equal(r->report.refused, 1);
	assert_int_equal(r->report.n_shown, 1);
	what = sv_from(r->report.shown[0].error.what);
	if (sv_starts(what, sv_from(prefix)))
		what = sv_skip(what, strlen(prefix));
	assert_string_equal(what.data, bad->what);
	assert_int_equal(r->report.shown[0].kind, bad->kind);
	assert_int_equal(r->report.refused_by_kind[bad->kind], 1);
}

void
reader_check_refusals(
    const char *format, bool forced, const char *name, const struct reader_bad *bad, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct reader_result r =
		    reader_run(forced ? format : NULL, name, sv_from(bad[i].input));

		check_refusal(format, &bad[i], &r);
		reader_result_clear(&r);
	}
}

const char *
reader_real_path(const char *relative, char ret[4096])
{
	const char *root = getenv("COORD_DATA");
	struct stat st;

	snprintf(ret, 4096, "%s/%s", root != NULL ? root : REAL_DATA, relative);
	if (stat(ret, &st) == 0)
		return ret;
	print_message("skipped: no real logs at %s (set COORD_DATA)\n", ret);
	return NULL;
}

static int
order_addr(const void *a, const void *b)
{
	return addr_cmp(*(const struct addr *)a, *(const struct addr *)b);
}

size_t
reader_count_sources(const struct session_table *t)
{
	struct addr *all = calloc((size_t)t->n + 1, sizeof(*all));
	size_t n = 0;

	assert_non_null(all);
	memcpy(all, t->source, t->n * sizeof(*all));
	qsort(all, t->n, sizeof(*all), order_addr);
	for (uint32_t i = 0; i < t->n; i++)
		n += i == 0 || addr_cmp(all[i - 1], all[i]) != 0;
	free(all);
	return n;
}

size_t
reader_count_texts(const struct session_table *t, enum session_text which)
{
	bool *seen = calloc(strtab_count(t->strings), sizeof(*seen));
	size_t n = 0;

	assert_non_null(seen);
	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t id = t->text[which][i];

		n += id != STR_NONE && !seen[id];
		seen[id] = true;
	}
	free(seen);
	return n;
}
