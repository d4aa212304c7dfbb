/* test_log.c - lines for people and for machines, read back from a pipe. */
#include "testing.h"

#include <pthread.h>
#include <unistd.h>

#include "base/log.h"

static int ends[2];

static void
start(bool json, enum log_level least)
{
	assert_int_equal(pipe(ends), 0);
	log_setup(ends[1], json, least);
}

/** What was written since; the pipe is closed. */
static struct sv
stop(char *into, size_t size)
{
	size_t len = 0;
	ssize_t n;

	log_setup(STDERR_FILENO, false, LOG_INFO);
	assert_int_equal(close(ends[1]), 0);
	while ((n = read(ends[0], into + len, size - len)) > 0)
		len += (size_t)n;
	assert_int_equal(close(ends[0]), 0);
	return (struct sv){ into, len };
}

/** The line without its time stamp, which has to be one. */
static struct sv
after_time(struct sv line)
{
	struct sv time = sv_cut(&line, ' ');
	int64_t us;

	assert_true(time_parse(time, 0, &us) && us > TIME_EARLIEST && us < TIME_LATEST);
	return line;
}

static void
test_text(void **state)
{
	char text[4096];

	(void)state;
	start(false, LOG_INFO);
	log_write(LOG_INFO, "analysis finished", LOG_TEXT("analysis_id", "an-1"),
	    LOG_INT("sessions", -5), LOG_REAL("confidence", 0.25), LOG_TEXT("absent", NULL),
	    LOG_TEXT("empty", ""));
	assert_sv_equal(after_time(stop(text, sizeof(text))),
	    "info    analysis finished analysis_id=an-1 sessions=-5 confidence=0.25 empty=\"\"\n");
}

static void
test_text_escapes(void **state)
{
	char text[4096];

	(void)state;
	start(false, LOG_INFO);
	log_write(LOG_ERROR, "refused", LOG_TEXT("a", "x y"), LOG_TEXT("b", "k=v"),
	    LOG_TEXT("c", "\x1b[31m\n\"\\"), LOG_SV("d", SV("\xff\0z")),
	    LOG_TEXT("e", "\xe2\x80\xae"));
	assert_sv_equal(after_time(stop(text, sizeof(text))),
	    "error   refused a=\"x y\" b=\"k=v\" c=\"\\u001b[31m\\n\\\"\\\\\" "
	    "d=\"\xef\xbf\xbd\\u0000z\" e=\"\\u202e\"\n");
}

static void
test_json(void **state)
{
	char text[4096];
	struct json_parser *parser = json_parser_new(4096, 8);
	struct json_value line;
	struct sv got, whole;
	int64_t number;
	double real;

	(void)state;
	start(true, LOG_DEBUG);
	log_write(LOG_WARNING, "callback failed", LOG_TEXT("url", "a\"\nb"), LOG_INT("try", 3),
	    LOG_REAL("share", 0.5), LOG_TEXT("absent", NULL));
	whole = stop(text, sizeof(text));
	assert_int_equal(sv_find_char(whole, '\n'), whole.len - 1);
	assert_int_equal(json_parse(parser, whole.data, whole.len, false, &line, NULL), COORD_OK);
	assert_true(json_string(json_get(line, SV("level")), &got));
	assert_sv_equal(got, "warning");
	assert_true(json_string(json_get(line, SV("event")), &got));
	assert_sv_equal(got, "callback failed");
	assert_true(json_string(json_get(line, SV("url")), &got));
	assert_sv_equal(got, "a\"\nb");
	assert_true(json_i64(json_get(line, SV("try")), &number) && number == 3);
	assert_true(json_f64(json_get(line, SV("share")), &real) && real == 0.5);
	assert_true(json_string(json_get(line, SV("time")), &got));
	assert_false(json_exists(json_get(line, SV("absent"))));
	json_parser_free(parser);
}

static void
test_levels(void **state)
{
	char text[4096];

	(void)state;
	start(false, LOG_WARNING);
	assert_false(log_wants(LOG_DEBUG));
	assert_false(log_wants(LOG_INFO));
	assert_true(log_wants(LOG_WARNING));
	assert_true(log_wants(LOG_ERROR));
	log_event(LOG_INFO, "not this", NULL, 0);
	log_event(LOG_WARNING, "this", NULL, 0);
	assert_sv_equal(after_time(stop(text, sizeof(text))), "warning this\n");
}

static void
test_long_text_is_cut(void **state)
{
	static char value[100001], text[200000];
	struct sv got;

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	start(false, LOG_INFO);
	log_write(LOG_INFO, "long", LOG_TEXT("value", value));
	got = stop(text, sizeof(text));
	assert_true(got.len > 2000 && got.len < 4096 && sv_ends(got, SV("v\n")));
}

static void *
write_lines(void *name)
{
	for (int i = 0; i < 150; i++)
		log_write(LOG_INFO, "line", LOG_TEXT("of", name), LOG_INT("number", i));
	return NULL;
}

static void
test_lines_of_threads_do_not_mix(void **state)
{
	static char text[200000];
	pthread_t threads[3];
	char names[3][41];
	size_t lines = 0;
	struct sv rest;

	(void)state;
	start(false, LOG_INFO);
	for (int i = 0; i < 3; i++) {
		memset(names[i], 'a' + i, 40);
		names[i][40] = '\0';
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
	}
	/* 450 lines of some 100 bytes: the pipe holds 64 KiB */
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	rest = stop(text, sizeof(text));
	for (struct sv line; rest.len > 0; lines++) {
		line = after_time(sv_cut(&rest, '\n'));
		assert_true(sv_starts(line, SV("info    line of=")));
		line = sv_skip(line, 16);
		for (size_t i = 1; i < 40; i++)
			assert_int_equal(line.data[i], line.data[0]);
		assert_true(sv_starts(sv_skip(line, 40), SV(" number=")));
	}
	assert_int_equal(lines, 450);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_escapes),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test(test_lines_of_threads_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
