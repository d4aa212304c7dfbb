/* test_recognise.c - no reader takes the records of another: each record of each sample is asked of all readers. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "ingest/core.h"
#include "reader_check.h"
#include "testing.h"

enum { SAMPLE_MOST = 1 << 20 };

/** Last resorts, and wrappers of other formats' records, may recognise more than their own: they come later. */
static bool
may_follow(const char *own, const char *other)
{
	static const char *const PAIRS[][2] = {
		{ "firewall-csv", "session-csv" },
		{ "cowrie", "tpot" },
		{ "adbhoney", "tpot" },
	};

	if (strcmp(other, "attack-session") == 0)
		return true;
	for (size_t i = 0; i < COUNT_OF(PAIRS); i++)
		if (strcmp(PAIRS[i][0], own) == 0 && strcmp(PAIRS[i][1], other) == 0)
			return true;
	return false;
}

static void
check_record(const char *own, const struct record *record)
{
	bool seen = false;

	for (size_t i = 0; i < reader_count(); i++) {
		const struct reader *reader = reader_at(i);
		bool mine = strcmp(reader->name, own) == 0;

		if (reader->json != json_exists(record->json) || !reader->recognise(record))
			continue;
		if (!mine && !(seen && may_follow(own, reader->name)))
			fail_msg("%s takes a record of %s: %.200s", reader->name, own,
			    record->line.data == NULL ? "(a hit)" : record->line.data);
		seen = seen || mine;
	}
	if (json_exists(record->json) && !seen)
		fail_msg("%s does not know its record: %.200s", own, record->line.data);
}

static void
check_json(const char *own, struct json_value value, struct sv line)
{
	struct json_iter it = json_each(json_get(json_get(value, SV("hits")), SV("hits")));
	struct record record = { .json = value, .line = line };
	struct json_value hit;

	if (json_exists(json_get(value, SV("_source")))) {
		record.json = json_get(value, SV("_source"));
		(void)json_string(json_get(value, SV("_index")), &record.index);
	}
	if (!json_exists(json_get(value, SV("hits"))))
		check_record(own, &record);
	while (json_next(&it, &hit))
		check_json(own, hit, line);
}

static void
check_line(struct json_parser *parser, const char *own, struct sv line)
{
	struct json_value value;

	if (line.len == 0)
		return;
	if (line.data[0] != '{') {
		check_record(own, &(struct record){ .line = line });
		return;
	}
	assert_int_equal(json_parse(parser, line.data, line.len, false, &value, NULL), COORD_OK);
	check_json(own, value, line);
}

static unsigned
check_file(struct json_parser *parser, const char *own, const char *path)
{
	static char text[SAMPLE_MOST];
	FILE *in = fopen(path, "rb");
	struct sv rest;
	unsigned lines = 0;

	assert_non_null(in);
	rest = (struct sv){ text, fread(text, 1, sizeof(text) - 1, in) };
	(void)fclose(in);
	text[rest.len] = 0;
	for (; rest.data != NULL; lines++)
		check_line(parser, own, sv_trim(sv_cut(&rest, '\n')));
	return lines;
}

static unsigned
check_folder(struct json_parser *parser, const char *own)
{
	char folder[2048], path[4096];
	struct dirent *entry;
	unsigned lines = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/%s", SAMPLES, own);
	if ((dir = opendir(folder)) == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || sv_ends(sv_from(entry->d_name), SV(".sessions")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		lines += check_file(parser, own, path);
	}
	(void)closedir(dir);
	return lines;
}

static void
every_sample_has_one_reader(void **state)
{
	struct json_parser *parser = json_parser_new(SAMPLE_MOST, JSON_DEPTH_MOST);
	unsigned formats = 0;

	(void)state;
	assert_non_null(parser);
	for (size_t i = 0; i < reader_count(); i++)
		formats += check_folder(parser, reader_at(i)->name) > 0;
	json_parser_free(parser);
	assert_true(formats >= 14);
}

/** Text lines of no format belong to nobody. */
static void
strangers_have_none(void **state)
{
	static const char *const LINES[] = { "hello world", "a,b,c",
		"2025-07-28 10:00:00 something", "# comment", "GET / HTTP/1.1", "<html>", "1\t2\t3",
		"time,source", "session_id,a",
		/* log injection: what an attacker typed is not a line of another log */
		("ae01,2025-02-18,203.0.113.1,root,x IN=eth0 SRC=198.51.100.1 DST=192.0.2.1 "
		 "PROTO=TCP DPT=22"),
		"ae01;DSHIELDINPUT IN=eth0 SRC=198.51.100.1 DST=192.0.2.1 PROTO=TCP DPT=22",
		"root\tkernel: IN=eth0 SRC=198.51.100.1 DST=192.0.2.1 PROTO=TCP DPT=22" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(LINES); i++) {
		struct record record = { .line = sv_from(LINES[i]) };

		for (size_t k = 0; k < reader_count(); k++)
			if (!reader_at(k)->json && reader_at(k)->recognise(&record))
				fail_msg("%s takes \"%s\"", reader_at(k)->name, LINES[i]);
	}
}

/** docs/formats.md has a row for each reader. */
static void
every_reader_is_documented(void **state)
{
	static char text[SAMPLE_MOST];
	FILE *in = fopen(FORMATS_PAGE, "rb");
	struct sv page;

	(void)state;
	assert_non_null(in);
	page = (struct sv){ text, fread(text, 1, sizeof(text), in) };
	(void)fclose(in);
	for (size_t i = 0; i < reader_count(); i++) {
		char row[64];

		snprintf(row, sizeof(row), "| `%s` |", reader_at(i)->name);
		if (!sv_has(page, sv_from(row)))
			fail_msg("docs/formats.md has no row for %s", reader_at(i)->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_has_one_reader),
		cmocka_unit_test(strangers_have_none),
		cmocka_unit_test(every_reader_is_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
