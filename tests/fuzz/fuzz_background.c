/* fuzz_background.c - what attackers typed, as the background of planted groups: marks lie within their line, a null copy keeps
 * sources, sessions and items, and planting into any log of SSH sessions succeeds. A line of the input is one session: a byte
 * for its source, one for its service, and the text as command, credential and place. */
#include <assert.h>
#include <stdint.h>

#include "generate/generate.h"
#include "generate/marks.h"

enum { SESSIONS_MOST = 64 };
#define START INT64_C(1740960000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_marks(struct sv line)
{
	size_t at = 0, before = 0;
	struct sv mark;

	while (marks_next(line, &at, &mark)) {
		assert(mark.len > 0 && mark.data >= line.data + before);
		assert(mark.data + mark.len == line.data + at && at <= line.len);
		before = at;
	}
}

static bool
add_session(struct session_builder *builder, struct sv line, uint32_t n)
{
	uint8_t source = line.len > 0 ? (uint8_t)line.data[0] : 0;
	bool telnet = line.len > 1 && (line.data[1] & 1) != 0;
	struct sv text = sv_skip(line, line.len > 2 ? 2 : line.len);
	struct session_row_item items[] = {
		{ .kind = ITEM_CREDENTIAL, .a = text, .b = SV("secret"), .flags = ITEM_SUCCESS },
		{ .kind = ITEM_COMMAND, .a = text },
		{ .kind = ITEM_FORWARD, .a = text },
	};
	struct session_row row = { .source = addr_from_v4(0x0b000000 + source * 65537u),
		.start_us = START + n * INT64_C(700) * TIME_SECOND,
		.end_us = START + n * INT64_C(700) * TIME_SECOND,
		.service = telnet ? SERVICE_TELNET : SERVICE_SSH,
		.items = items,
		.n_items = 3 };
	struct coord_error err;

	check_marks(text);
	return session_builder_add(builder, &row, &err) == COORD_OK;
}

static void
check_null_copy(const struct session_table *real)
{
	struct session_builder *builder = session_builder_new();
	struct session_table null;
	struct coord_error err;

	if (builder == NULL)
		return;
	assert(generate_decoordinate(real, 1, builder, &err) == COORD_OK);
	if (session_builder_finish(builder, &null, NULL, &err) == COORD_OK) {
		assert(null.n == real->n && null.n_items == real->n_items);
		session_table_free(&null);
	}
	session_builder_free(builder);
}

static void
check_planting(const struct session_table *real)
{
	static const struct generate_plan plan = { .structure = STRUCTURE_HN8,
		.difficulty = DIFFICULTY_STANDARD,
		.members = 6,
		.visits = 3 };
	struct generate_config config = {
		.seed = 1, .background = BACKGROUND_NULL, .real = real, .plans = &plan, .n_plans = 1
	};
	struct session_builder *builder = session_builder_new();
	struct generate_labels labels = { .n = 0 };
	struct coord_error err;

	if (builder == NULL)
		return;
	assert(generate_sessions(&config, builder, &labels, &err) == COORD_OK);
	generate_labels_clear(&labels);
	session_builder_free(builder);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct session_builder *builder = session_builder_new();
	struct sv rest = { len > 0 ? (const char *)data : "", len };
	struct session_table real;
	struct coord_error err;
	uint32_t n = 0;

	if (builder == NULL)
		return 0;
	while (rest.data != NULL && n < SESSIONS_MOST)
		n += add_session(builder, sv_cut(&rest, '\n'), n);
	if (session_builder_finish(builder, &real, NULL, &err) == COORD_OK) {
		if (real.n > 0) {
			check_null_copy(&real);
			check_planting(&real);
		}
		session_table_free(&real);
	}
	session_builder_free(builder);
	return 0;
}
