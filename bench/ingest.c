/* ingest.c - how fast every reader is, from memory and on one core, beside what the same bytes cost others: counting lines
 * (wc -l), inflating (zcat), parsing JSON and nothing more (simdjson), and Python's json.
 *
 *   bench_ingest SAMPLES [COWRIE_LOG]     SAMPLES: tests/data; COWRIE_LOG: a plain file of real events
 *
 * A sample is repeated to COORD_BENCH_MB (64) with every date moved on by a day a copy, so that copies are no duplicates.
 * Reading includes folding, joining and the canonical table. Seconds are of the processor, so that a busy machine tells the
 * same; the best of three runs counts. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "ingest/ingest.h"

enum { RUNS = 3, MB = 1000 * 1000 };

struct text {
	char *data; /* JSON_PADDING readable bytes behind it */
	size_t len;
};

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
row(const char *name, size_t bytes, double seconds, double sessions, double baseline)
{
	printf("%-24s %8.1f MB %9.0f MB/s", name, (double)bytes / MB, (double)bytes / MB / seconds);
	if (sessions > 0)
		printf(" %11.0f sessions/s", sessions / seconds);
	else
		printf(" %22s", "");
	if (baseline > 0)
		printf("  %6.1f x its time", seconds / baseline);
	printf("\n");
}

static bool
load(const char *path, struct text *ret)
{
	FILE *in = fopen(path, "rb");
	long size;

	if (in == NULL)
		return false;
	(void)fseek(in, 0, SEEK_END);
	size = ftell(in);
	rewind(in);
	ret->len = size < 0 ? 0 : (size_t)size;
	ret->data = calloc(1, ret->len + JSON_PADDING);
	if (ret->data != NULL && fread(ret->data, 1, ret->len, in) != ret->len)
		ret->len = 0;
	(void)fclose(in);
	return ret->data != NULL && ret->len > 0;
}

static bool
digits(const char *at, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (at[i] < '0' || at[i] > '9')
			return false;
	return true;
}

/** Moves the dates and epoch seconds of one copy to day `day` of 2015 and on. */
static void
move_dates(char *text, size_t len, unsigned day)
{
	for (size_t i = 1; i + 11 < len; i++) {
		char date[TIME_TEXT_MAX], epoch[16];
		int64_t us = INT64_C(1420070400) + (int64_t)(day % 7000) * 86400;

		if (text[i - 1] >= '0' && text[i - 1] <= '9')
			continue;
		if (text[i] == '2' && text[i + 4] == '-' && text[i + 7] == '-' &&
		    digits(&text[i], 4) && digits(&text[i + 5], 2) && digits(&text[i + 8], 2)) {
			time_format(us * TIME_SECOND, true, date);
			memcpy(&text[i], date, 10);
		} else if (text[i] == '1' && digits(&text[i], 10) && !digits(&text[i + 10], 1)) {
			us += atoll(&text[i + 5]) % 86400;
			(void)snprintf(epoch, sizeof(epoch), "%010lld", (long long)us);
			memcpy(&text[i], epoch, 10);
		}
	}
}

static struct text
repeat(const struct text *sample, size_t bytes)
{
	size_t copies = bytes / (sample->len + 1) + 1;
	struct text t = { calloc(1, copies * (sample->len + 1) + JSON_PADDING), 0 };

	for (size_t i = 0; t.data != NULL && i < copies; i++) {
		memcpy(t.data + t.len, sample->data, sample->len);
		move_dates(t.data + t.len, sample->len, (unsigned)i);
		t.len += sample->len;
		if (t.data[t.len - 1] != '\n')
			t.data[t.len++] = '\n';
	}
	return t;
}

static void
bench_reader(const char *name, const char *file, const struct text *t)
{
	struct ingest_options options = {
		.from_us = TIME_NONE, .to_us = TIME_NONE, .threads = 1, .year = 2024
	};
	double best = 1e9, sessions = 0;

	for (unsigned run = 0; run < RUNS; run++) {
		struct session_table table;
		struct ingest_report report;
		struct coord_error err;
		double start = now(), took;
		enum coord_err rc =
		    ingest_memory(&options, file, t->data, t->len, true, &table, &report, &err);

		took = now() - start;
		best = took < best ? took : best;
		ingest_report_clear(&report);
		if (rc != COORD_OK) {
			printf("%-24s %s\n", name, err.what);
			return;
		}
		sessions = table.n;
		session_table_free(&table);
	}
	row(name, t->len, best, sessions, 0);
}

static double
count_lines(const struct text *t)
{
	double best = 1e9;
	volatile size_t lines = 0;

	for (unsigned run = 0; run < RUNS; run++) {
		double start = now();
		const char *at = t->data, *end = t->data + t->len;

		while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL && ++at < end)
			lines++;
		best = now() - start < best ? now() - start : best;
	}
	return best;
}

static double
inflate_again(const struct text *t)
{
	uLongf packed_len = compressBound(t->len), len = t->len;
	Bytef *packed = malloc(packed_len), *out = malloc(t->len);
	double best = 1e9;

	if (packed == NULL || out == NULL ||
	    compress2(packed, &packed_len, (const Bytef *)t->data, t->len, 6) != Z_OK)
		len = 0;
	for (unsigned run = 0; run < RUNS && len > 0; run++) {
		double start = now();

		if (uncompress(out, &len, packed, packed_len) != Z_OK)
			break;
		best = now() - start < best ? now() - start : best;
	}
	free(packed);
	free(out);
	return best;
}

static double
parse_only(const struct text *t)
{
	struct json_parser *parser = json_parser_new(1 << 24, 0);
	double best = 1e9;

	for (unsigned run = 0; run < RUNS && parser != NULL; run++) {
		double start = now();
		struct sv rest = { t->data, t->len };

		while (rest.data != NULL) {
			struct sv line = sv_cut(&rest, '\n');
			struct json_value value;

			if (line.len > 0 && json_parse(parser, line.data, line.len, true, &value,
						NULL) == COORD_ENOMEM)
				break;
		}
		best = now() - start < best ? now() - start : best;
	}
	json_parser_free(parser);
	return best;
}

/** Seconds Python's json takes for the same lines, 0: there is no Python. */
static double
python(const struct text *t)
{
	static const char script[] = "import json,sys,time\n"
				     "lines=open(sys.argv[1],'rb').read().split(b'\\n')\n"
				     "s=time.process_time()\n"
				     "for l in lines:\n"
				     "  try: json.loads(l)\n"
				     "  except ValueError: pass\n"
				     "print(time.process_time()-s)\n";
	char path[] = "/tmp/coord-bench-XXXXXX", command[1024];
	int fd = mkstemp(path);
	double seconds = 0;
	FILE *out = fd == -1 ? NULL : fdopen(fd, "wb"), *run;

	if (out == NULL)
		return 0;
	(void)fwrite(t->data, 1, t->len, out);
	(void)fclose(out);
	(void)snprintf(command, sizeof(command), "python3 -c \"%s\" %s 2>/dev/null", script, path);
	run = popen(command, "r");
	if (run != NULL) {
		if (fscanf(run, "%lf", &seconds) != 1)
			seconds = 0;
		(void)pclose(run);
	}
	(void)unlink(path);
	return seconds;
}

static void
bench_peers(const struct text *t)
{
	double lines = count_lines(t), seconds;

	printf("-- the same bytes as \"cowrie\"\n");
	row("count lines (wc -l)", t->len, lines, 0, lines);
	row("inflate (zcat)", t->len, inflate_again(t), 0, lines);
	row("simdjson, parse only", t->len, parse_only(t), 0, lines);
	if ((seconds = python(t)) > 0)
		row("Python json.loads", t->len, seconds, 0, lines);
}

static void
bench_samples(const char *samples, size_t bytes)
{
	const char *format;

	for (size_t i = 0; (format = ingest_format_name(i, NULL)) != NULL; i++) {
		char folder[2048], path[4096] = "";
		struct text sample = { NULL, 0 }, t;
		struct dirent *entry;
		DIR *dir;

		(void)snprintf(folder, sizeof(folder), "%s/%s", samples, format);
		dir = opendir(folder);
		while (dir != NULL && (entry = readdir(dir)) != NULL)
			if (entry->d_name[0] != '.' && strstr(entry->d_name, ".sessions") == NULL &&
			    (path[0] == '\0' || strcmp(entry->d_name, strrchr(path, '/') + 1) < 0))
				(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (dir != NULL)
			(void)closedir(dir);
		if (path[0] == '\0' || !load(path, &sample))
			continue;
		t = repeat(&sample, bytes);
		bench_reader(format, path, &t);
		free(sample.data);
		free(t.data);
	}
}

int
main(int argc, char **argv)
{
	const char *mb = getenv("COORD_BENCH_MB");
	size_t bytes = (mb == NULL ? 64 : (size_t)atoi(mb)) * MB;
	char path[4096];
	struct text sample, t;

	if (argc < 2) {
		(void)fprintf(stderr, "usage: bench_ingest SAMPLES [COWRIE_LOG]\n");
		return 2;
	}
	(void)snprintf(path, sizeof(path), "%s/cowrie/2026.json", argv[1]);
	if (argc > 2 && load(argv[2], &t)) {
		bench_reader("cowrie, real log", argv[2], &t);
	} else {
		if (!load(path, &sample))
			return 1;
		t = repeat(&sample, bytes);
		free(sample.data);
	}
	bench_peers(&t);
	free(t.data);
	printf("-- samples, repeated\n");
	bench_samples(argv[1], bytes);
	return 0;
}
