/* pfx2as.c - CAIDA's RouteViews prefix-to-AS lists, a line a prefix (reference section 1.3):
 *     prefix TAB length TAB AS
 * where AS is a number; "_" joins the origins of a prefix that has several, the one most often seen first; "," joins the
 * members of an AS set: 198.51.100.0 <TAB> 24 <TAB> 64500_64501,64502. Lines of /0 say nothing and are left out. A fault
 * refuses the file with its line: half a table would be another one. */
#include "tools/offline/routes.h"

enum { LINE_MOST = 4096 };

struct reader {
	struct stream *stream;
	struct routes_builder *builder;
	uint64_t line;
	char text[LINE_MOST];
	struct coord_error *err;
};

static enum coord_err
fault(const struct reader *r, const char *what, struct sv got)
{
	return error_at(r->err, COORD_EPARSE, r->line, 0, "%.100s:%llu: %s, got \"%.*s\"",
	    stream_path(r->stream), (unsigned long long)r->line, what, (int)sv_first(got, 60).len,
	    got.data == NULL ? "" : got.data);
}

bool
pfx2as_recognise(struct sv start)
{
	struct sv rest = start;

	for (size_t i = 0; i < start.len; i++) {
		char c = start.data[i];

		if (!(c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c < 127)))
			return false;
	}
	while (rest.data != NULL) {
		struct sv line = sv_trim(sv_cut(&rest, '\n')), field = line;
		struct sv first = sv_cut(&field, '\t');
		struct addr base;

		if (line.len > 0 && line.data[0] != '#')
			return addr_parse(sv_trim(first), &base);
	}
	return start.len > 0 && start.data[0] == '#';
}

/* A field of a line: tabs, or blanks where somebody turned them into those. */
static struct sv
field(struct sv *rest)
{
	size_t end = 0;
	struct sv got;

	*rest = sv_trim(*rest);
	while (end < rest->len && rest->data[end] != '\t' && rest->data[end] != ' ')
		end++;
	got = sv_first(*rest, end);
	*rest = sv_skip(*rest, end);
	return got;
}

static bool
add_number(struct sv text, uint32_t numbers[ROUTES_SET_MOST], uint32_t *n)
{
	uint64_t number;

	if (!sv_to_u64(text, &number) || number > UINT32_MAX)
		return false;
	for (uint32_t i = 0; i < *n; i++)
		if (numbers[i] == number)
			return true;
	if (number != 0 && *n < ROUTES_SET_MOST)
		numbers[(*n)++] = (uint32_t)number;
	return true;
}

/* "64500_64501,64502" in the order written. */
static bool
read_origins(struct sv text, uint32_t numbers[ROUTES_SET_MOST], uint32_t *n)
{
	*n = 0;
	for (struct sv rest = text; rest.data != NULL;)
		for (struct sv set = sv_cut(&rest, '_'); set.data != NULL;)
			if (!add_number(sv_cut(&set, ','), numbers, n))
				return false;
	return true;
}

static enum coord_err
read_line(struct reader *r, struct sv line, struct routes_read *ret)
{
	struct sv rest = line, prefix = field(&rest), length = field(&rest), as = field(&rest);
	struct announcement a = { .peers = 0 };
	uint32_t origins[ROUTES_SET_MOST];
	uint64_t bits;

	if (!addr_parse(prefix, &a.base))
		return fault(r, "expected an address", prefix);
	if (!sv_to_u64(length, &bits) || bits > (addr_is_v4(a.base) ? 32 : 128))
		return fault(r, "expected the length of a prefix", length);
	if (as.len == 0 || !read_origins(as, origins, &a.n_origins))
		return fault(r, "expected AS numbers joined by _ and ,", as);
	if (rest.len > 0)
		return fault(r, "expected three fields", line);
	a.origins = origins;
	a.bits = (unsigned)bits;
	if (bits == 0) {
		ret->skipped++;
		return COORD_OK;
	}
	ret->announcements++;
	return routes_add(r->builder, &a, r->err);
}

/* One line without its end; *ret absent: no more. */
static enum coord_err
next_line(struct reader *r, struct sv *ret)
{
	size_t n = 0, got = 0;

	r->line++;
	for (;;) {
		TRY(stream_read(r->stream, r->text + n, 1, &got, r->err));
		if (got == 0 || r->text[n] == '\n')
			break;
		if (++n == LINE_MOST)
			return fault(
			    r, "a line of more than 4095 bytes", (struct sv){ r->text, LINE_MOST });
	}
	*ret = got == 0 && n == 0 ? SV_NONE : (struct sv){ r->text, n };
	return COORD_OK;
}

enum coord_err
pfx2as_read(struct stream *stream, struct routes_builder *builder, struct routes_read *ret,
    struct coord_error *err)
{
	struct reader r = { .stream = stream, .builder = builder, .err = err };
	struct sv line;

	ret->type = "CAIDA pfx2as";
	for (;;) {
		TRY(next_line(&r, &line));
		if (line.data == NULL)
			return COORD_OK;
		line = sv_trim(line);
		if (line.len > 0 && line.data[0] != '#')
			TRY(read_line(&r, line, ret));
	}
}
