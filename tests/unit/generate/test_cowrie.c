/* test_cowrie.c - the log is a log: the real reader makes the very same sessions of it as the in-memory variant. */
#include "world_support.h"

#include "ingest/ingest.h"

#include <stdio.h>
#include <stdlib.h>

static char *
write_log(const struct world *w, size_t *len, uint64_t *events)
{
	struct coord_error err;
	FILE *file = tmpfile();
	char *data;

	assert_non_null(file);
	assert_int_equal(cowrie_write(w, file, events, &err), COORD_OK);
	*len = (size_t)ftell(file);
	rewind(file);
	data = calloc(1, *len + JSON_PADDING);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *len, file), *len);
	fclose(file);
	return data;
}

static void
test_read_back(void **state)
{
	static const struct generate_plan plans[] = {
		{ .structure = STRUCTURE_C1,
		    .difficulty = DIFFICULTY_EASY,
		    .members = 20,
		    .visits = 5 },
		{ .structure = STRUCTURE_C2,
		    .difficulty = DIFFICULTY_HARD,
		    .members = 9,
		    .visits = 5 },
		{ .structure = STRUCTURE_HN3,
		    .difficulty = DIFFICULTY_STANDARD,
		    .members = 20,
		    .visits = 3 },
		{ .structure = STRUCTURE_HN7,
		    .difficulty = DIFFICULTY_STANDARD,
		    .members = 5,
		    .visits = 5 },
		{ .structure = STRUCTURE_H2A,
		    .difficulty = DIFFICULTY_HARD,
		    .members = 8,
		    .visits = 3 },
	};
	struct generate_config c = { .seed = 2,
		.sources = 200,
		.sessions = 1200,
		.sensors = 3,
		.plans = plans,
		.n_plans = 5 };
	const struct ingest_options options = { .from_us = TIME_NONE, .to_us = TIME_NONE };
	static struct ingest_report report;
	struct session_builder *builder = session_builder_new();
	struct generate_labels labels;
	struct session_table made, read;
	struct coord_error err;
	struct world *w = make_world(&c);
	size_t len;
	uint64_t events, sum = 0;
	char *data = write_log(w, &len, &events);

	(void)state;
	assert_int_equal(generate_sessions(&c, builder, &labels, &err), COORD_OK);
	assert_int_equal(session_builder_finish(builder, &made, NULL, &err), COORD_OK);
	assert_int_equal(
	    ingest_memory(&options, "cowrie.json", data, len, true, &read, &report, &err),
	    COORD_OK);
	assert_int_equal(report.refused, 0);
	assert_int_equal(read.n, made.n);
	for (uint32_t row = 0; row < made.n; row++) {
		struct buf a = BUF_INIT(1 << 20), b = BUF_INIT(1 << 20);

		session_write_ndjson(&made, row, &a);
		session_write_ndjson(&read, row, &b);
		assert_string_equal(buf_cstr(&a), buf_cstr(&b));
		buf_clear(&a);
		buf_clear(&b);
		sum += made.events[row];
	}
	assert_memory_equal(made.input_sha256, read.input_sha256, 32);
	assert_int_equal(sum, events);
	session_table_free(&made);
	session_table_free(&read);
	session_builder_free(builder);
	generate_labels_clear(&labels);
	ingest_report_clear(&report);
	world_free(w);
	free(data);
}

/* Events come in the order of time, as a sensor writes them. */
static void
test_in_order(void **state)
{
	struct generate_config c = generate_sample(4);
	struct world *w = make_world(&c);
	size_t len;
	uint64_t events, lines = 0;
	char *data = write_log(w, &len, &events);
	char before[64] = "";
	struct sv rest = { data, len };

	(void)state;
	while (rest.data != NULL) {
		struct sv line = sv_cut(&rest, '\n');
		size_t at = sv_find(line, SV("\"timestamp\":\""));
		char now[64];

		if (line.len == 0)
			continue;
		assert_true(at != SIZE_MAX);
		snprintf(now, sizeof(now), "%.26s", line.data + at + 13);
		/* a time on a whole second has no fraction: compare what both have */
		assert_true(strncmp(before, now, 19) <= 0);
		memcpy(before, now, sizeof(before));
		lines++;
	}
	assert_int_equal(lines, events);
	world_free(w);
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
