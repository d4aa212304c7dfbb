/* fuzz_api_request.c - bodies of both submissions: whatever is accepted is one JSON object a line, as many as were counted;
 * what is refused says so in valid JSON. The first byte chooses the shape. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "api/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_lines(const struct request_parsed *p, struct json_parser *parser)
{
	for (size_t b = 0; b < p->n_batches; b++) {
		struct sv rest = { p->ndjson.data + p->batches[b].from,
			p->batches[b].to - p->batches[b].from };
		struct coord_error err;
		struct json_value v;
		uint32_t lines = 0;

		while (rest.len > 0) {
			struct sv line = sv_cut(&rest, '\n');

			assert(
			    json_parse(parser, line.data, line.len, false, &v, &err) == COORD_OK);
			assert(json_type(v) == JSON_OBJECT);
			lines++;
		}
		assert(lines == p->batches[b].sessions);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct request_limits limits = { .min_sessions = 1,
		.max_sessions = 1000,
		.max_batches = 10,
		.levels = 32,
		.now_us = INT64_C(1785000000000000) };
	struct json_parser *parser = json_parser_new(1 << 20, 32);
	struct json_parser *again = json_parser_new(4 << 20, 64);
	struct arena *arena = arena_new(0);
	struct request_parsed p = { .n_batches = 0 };
	struct faults faults;
	char *text = len > 0 ? malloc(len - 1 + JSON_PADDING) : NULL;
	struct json_value v;
	struct coord_error err;
	enum coord_err rc;
	struct sv list;

	faults_begin(&faults);
	if (text != NULL && parser != NULL && again != NULL && arena != NULL) {
		memcpy(text, data + 1, len - 1);
		memset(text + len - 1, 0, JSON_PADDING);
		rc = (data[0] % 2 != 0 ? request_bulk : request_coordination)(
		    parser, (struct sv){ text, len - 1 }, &limits, arena, &p, &faults);
		assert((rc == COORD_OK) == (faults.n == 0) || rc == COORD_ENOMEM);
		list = faults_end(&faults);
		assert(json_parse(again, list.data, list.len, false, &v, &err) == COORD_OK);
		if (rc == COORD_OK)
			check_lines(&p, again);
	}
	buf_clear(&p.ndjson);
	faults_clear(&faults);
	arena_free(arena);
	json_parser_free(again);
	json_parser_free(parser);
	free(text);
	return 0;
}
