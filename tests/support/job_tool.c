/* job_tool.c - for tests of the workers: puts analyses into a store and looks at them, through the same interface as the API.
 *   job_tool URL submit DEPTH OPTIONS COUNT [FILE]   ids of COUNT new analyses of FILE (or standard input), a line each
 *   job_tool URL get ID                              one JSON object
 *   job_tool URL document ID                         the result document
 *   job_tool URL delete ID                           cancels or deletes it
 *   job_tool URL requeue ID                          a dead letter once more
 *   job_tool URL events ID                           types of its events, a line each
 *   job_tool URL deliver ID                          puts it into the queue, whatever the store says
 *   job_tool URL depth                               how many jobs the queue has
 *   job_tool URL counts                              analyses by status, as JSON
 *   job_tool URL render ID html|csv|stix             another form of the result */
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "jobs/jobs.h"
#include "services/services.h"

static const size_t most = (size_t)1 << 30;

static void
check(enum coord_err rc, const struct coord_error *err)
{
	if (rc == COORD_OK)
		return;
	(void)fprintf(stderr, "job_tool: %s: %s\n", error_text(rc), err->what);
	exit(rc == COORD_ENODATA ? 3 : 1);
}

static void
new_id(char ret[STORE_ID_LEN + 1])
{
	uint8_t b[16];
	FILE *random = fopen("/dev/urandom", "rbe");

	if (random == NULL || fread(b, 1, sizeof(b), random) != sizeof(b))
		exit(1);
	(void)fclose(random);
	(void)snprintf(ret, STORE_ID_LEN + 1,
	    "%02x%02x%02x%02x-%02x%02x-4%01x%02x-a%01x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
	    b[2], b[3], b[4], b[5], b[6] & 15, b[7], b[8] & 15, b[9], b[10], b[11], b[12], b[13],
	    b[14], b[15]);
}

static struct sv
packed(const char *path, struct arena *arena)
{
	struct buf text = BUF_INIT(most);
	struct coord_error err;
	size_t bound, len;
	char *at;

	check(file_read_whole(path, &text, &err), &err);
	bound = ZSTD_compressBound(text.len);
	at = arena_array_raw(arena, bound, 1);
	len = ZSTD_compress(at, bound, text.data, text.len, 1);
	buf_clear(&text);
	return (struct sv){ at, len };
}

static void
put_in_queue(const char *queue_url, const struct store_submission *items, size_t n)
{
	struct queue_item *put = calloc(n, sizeof(*put));
	struct queue *queue = NULL;
	struct coord_error err;

	check(queue_open(queue_url, &queue, &err), &err);
	for (size_t i = 0; i < n; i++) {
		put[i].priority = items[i].priority == JOB_BULK ? 1 : 0;
		memcpy(put[i].id, items[i].id, sizeof(items[i].id));
		memcpy(put[i].owner, items[i].owner.data, items[i].owner.len);
	}
	check(queue_put(queue, put, n, &err), &err);
	queue_close(queue);
	free(put);
}

static void
submit(struct store *store, const char *queue_url, char **arguments, int n, struct arena *arena)
{
	size_t count = n > 2 ? (size_t)strtoul(arguments[2], NULL, 10) : 1;
	struct store_submission *items = calloc(count, sizeof(*items));
	struct sv request = packed(n > 3 ? arguments[3] : "-", arena);
	struct store_submit set = { .items = items, .n = count, .now_us = clock_wall() };
	const char *callback = getenv("JOB_TOOL_CALLBACK"), *bulk = getenv("JOB_TOOL_BULK");
	enum store_submitted what;
	struct coord_error err;
	struct sv reply;

	for (size_t i = 0; i < count; i++) {
		new_id(items[i].id);
		items[i].owner = SV("k_test");
		items[i].depth = sv_from(arguments[0]);
		items[i].options = sv_from(arguments[1]);
		items[i].request = request;
		items[i].callback_url = sv_from(callback);
		items[i].priority = bulk != NULL ? JOB_BULK : JOB_INTERACTIVE;
	}
	check(store_submit_wait(store, &set, arena, &what, &reply, &err), &err);
	if (getenv("JOB_TOOL_NO_QUEUE") == NULL)
		put_in_queue(queue_url, items, count);
	for (size_t i = 0; i < count; i++)
		(void)printf("%s\n", items[i].id);
	free(items);
}

static void
key_sv(struct jsonw *w, const char *key, struct sv text)
{
	jsonw_key(w, key);
	jsonw_sv(w, text);
}

static void
get(struct store *store, const char *id, struct arena *arena)
{
	struct buf out = BUF_INIT(most);
	struct jsonw w = jsonw_init(&out, false);
	struct store_analysis a;
	struct coord_error err;

	check(store_get(store, sv_from(id), SV_NONE, PART_RESPONSE, arena, &a, &err), &err);
	jsonw_object(&w);
	key_sv(&w, "status", sv_from(analysis_status_name(a.status)));
	jsonw_key(&w, "state");
	jsonw_u64(&w, a.status);
	jsonw_key(&w, "attempts");
	jsonw_u64(&w, a.attempts);
	jsonw_key(&w, "dead");
	jsonw_bool(&w, a.dead);
	key_sv(&w, "error", a.error);
	key_sv(&w, "verdict", a.verdict);
	key_sv(&w, "stage", a.stage);
	jsonw_key(&w, "response");
	if (a.response.len > 0)
		jsonw_raw(&w, a.response);
	else
		jsonw_null(&w);
	jsonw_end(&w);
	(void)printf("%s\n", buf_cstr(&out));
	buf_clear(&out);
}

static void
document(struct store *store, const char *id, struct arena *arena)
{
	struct store_analysis a;
	struct coord_error err;
	unsigned long long size;
	char *text;

	check(store_get(store, sv_from(id), SV_NONE, PART_DOCUMENT, arena, &a, &err), &err);
	size = ZSTD_getFrameContentSize(a.document.data, a.document.len);
	text = arena_array_raw(arena, (size_t)size + 1, 1);
	(void)fwrite(
	    text, 1, ZSTD_decompress(text, (size_t)size, a.document.data, a.document.len), stdout);
}

static void
render(struct store *store, const char *id, const char *what)
{
	static char *nothing[] = { NULL };
	struct jobs_world world = { .store = store };
	struct buf out = BUF_INIT(most);
	struct services_files *files = NULL;
	struct config config;
	struct coord_error err;

	check(config_load(nothing, NULL, 0, &config, &err), &err);
	check(jobs_files_open(&config, &files, &err), &err);
	world.config = &config;
	world.files = files;
	check(jobs_render(&world, sv_from(id),
		  strcmp(what, "html") == 0  ? JOBS_HTML
		  : strcmp(what, "csv") == 0 ? JOBS_CSV
					     : JOBS_STIX,
		  &out, &err),
	    &err);
	(void)fwrite(out.data, 1, out.len, stdout);
	buf_clear(&out);
	services_files_close(files);
	config_clear(&config);
}

static void
events(struct store *store, const char *id, struct arena *arena)
{
	struct store_event *all;
	struct coord_error err;
	size_t n;

	check(store_events(store, sv_from(id), 0, 10000, arena, &all, &n, &err), &err);
	for (size_t i = 0; i < n; i++)
		(void)printf("%.*s\n", SV_ARG(all[i].type));
}

static void
deliver(const char *queue_url, const char *id)
{
	struct store_submission item = { .owner = SV("k_test") };

	(void)snprintf(item.id, sizeof(item.id), "%s", id);
	put_in_queue(queue_url, &item, 1);
}

static void
depth(const char *queue_url)
{
	struct queue *queue = NULL;
	struct queue_depth d;
	struct coord_error err;

	check(queue_open(queue_url, &queue, &err), &err);
	check(queue_depth(queue, clock_wall(), &d, &err), &err);
	(void)printf("{\"ready\": %llu, \"delayed\": %llu, \"claimed\": %llu}\n",
	    (unsigned long long)(d.ready[0] + d.ready[1]), (unsigned long long)d.delayed,
	    (unsigned long long)d.claimed);
	queue_close(queue);
}

static void
counts(struct store *store, struct arena *arena)
{
	static const char *const names[] = { "queued", "processing", "completed", "failed",
		"cancelled" };
	struct coord_error err;

	for (int status = 0; status < 5; status++) {
		struct store_filter filter = { .status = status, .limit = 100000 };
		struct store_analysis *rows;
		size_t n;

		check(store_list(store, &filter, arena, &rows, &n, &err), &err);
		(void)printf("%s\"%s\": %zu", status == 0 ? "{" : ", ", names[status], n);
	}
	(void)printf("}\n");
}

static void
act(struct store *store, const char *queue_url, int argc, char **argv, struct arena *arena)
{
	const char *what = argv[2], *id = argc > 3 ? argv[3] : "";
	struct buf response = BUF_INIT(1 << 16);
	struct coord_error err;
	bool cancelled;

	if (strcmp(what, "submit") == 0 && argc > 4) {
		submit(store, queue_url, argv + 3, argc - 3, arena);
	} else if (strcmp(what, "get") == 0) {
		get(store, id, arena);
	} else if (strcmp(what, "document") == 0) {
		document(store, id, arena);
	} else if (strcmp(what, "render") == 0 && argc > 4) {
		render(store, id, argv[4]);
	} else if (strcmp(what, "events") == 0) {
		events(store, id, arena);
	} else if (strcmp(what, "deliver") == 0) {
		deliver(queue_url, id);
	} else if (strcmp(what, "depth") == 0) {
		depth(queue_url);
	} else if (strcmp(what, "counts") == 0) {
		counts(store, arena);
	} else if (strcmp(what, "delete") == 0) {
		jobs_failed_response(sv_from(id), SV("cancelled"), &response);
		check(store_delete(store, sv_from(id), SV_NONE, clock_wall(), buf_sv(&response),
			  &cancelled, &err),
		    &err);
		(void)printf("%s\n", cancelled ? "cancelled" : "deleted");
	} else if (strcmp(what, "requeue") == 0) {
		check(store_requeue(store, sv_from(id), clock_wall(), &err), &err);
	} else {
		(void)fprintf(stderr, "job_tool: what?\n");
		exit(2);
	}
	buf_clear(&response);
}

int
main(int argc, char **argv)
{
	const struct store_options options = { .readers = 1 };
	const char *queue_url = getenv("JOB_TOOL_QUEUE");
	struct arena *arena = arena_new(0);
	struct store *store = NULL;
	struct coord_error err;

	if (argc < 3 || arena == NULL)
		return 2;
	check(store_open(argv[1], &options, &store, &err), &err);
	act(store, queue_url != NULL ? queue_url : argv[1], argc, argv, arena);
	store_close(store);
	arena_free(arena);
	return 0;
}
