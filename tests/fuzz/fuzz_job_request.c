/* fuzz_job_request.c - a stored request of any bytes: the first line as its options, the rest as what was packed. It is unpacked or refused within its limit, and
 * what was read as options is within the ranges that are promised. */
#include <assert.h>
#include <stdint.h>

#include "jobs/request.h"

enum { UNPACKED_MOST = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
try_options(struct sv text)
{
	struct arena *arena = arena_new(1 << 20);
	struct coord_error err = { .code = COORD_OK };
	struct request_options o;

	if (arena == NULL)
		return;
	if (request_options_read(text, arena, &o, &err) == COORD_OK) {
		assert(o.prior >= 0 && o.prior < 1);
		assert(o.selected_by == NULL || o.group);
		assert(o.worlds <= 99999 && o.seed <= (uint64_t)1 << 53);
	} else {
		assert(err.what[0] != 0);
	}
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sv rest = { len > 0 ? (const char *)data : "", len };
	struct buf out = BUF_INIT(UNPACKED_MOST);
	struct sv options = sv_cut(&rest, '\n');
	struct coord_error err = { .code = COORD_OK };

	try_options(options);
	if (request_unpack(rest.data == NULL ? SV("") : rest, &out, &err) == COORD_OK)
		assert(out.len <= UNPACKED_MOST);
	else
		assert(err.what[0] != 0);
	buf_clear(&out);
	return 0;
}
