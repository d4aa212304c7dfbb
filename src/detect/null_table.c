/* null_table.c - making a null table: null worlds of samples of one log, of several sizes (reference/reference.h).
 * A sample takes whole sources, chosen by the hash of their address. */
#include <stdatomic.h>
#include <stdlib.h>

#include "detect/search.h"
#include "reference/reference.h"

enum { WORKERS_MOST = 64 };
static const uint32_t sizes[] = { 1000, 5000, 20000, UINT32_MAX /* all */ };
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

struct making {
	const struct session_table *table;
	const struct reference *ref;
	const struct detect_config *config;
	struct null_table_size size[SIZES];
	struct null_table_row *rows;
	uint32_t n_sizes, worlds, all_nodes;
	/* the size at hand */
	const struct world_plan *plan;
	struct arena *scratch[WORKERS_MOST];
	atomic_bool failed;
	atomic_uint done;
};

static bool
is_sampled(const struct making *k, uint32_t row, uint32_t nodes)
{
	const struct addr *a = &k->table->source[row];
	uint64_t h = hash_mix(hash_content((struct sv){ (const char *)a->bytes, sizeof(a->bytes) }),
	    k->config->seed ^ 0x73616d706c65);

	return (double)(h >> 11) * 0x1p-53 * k->all_nodes < nodes;
}

static enum coord_err
sample_table(
    const struct making *k, uint32_t nodes, struct session_table *ret, struct coord_error *err)
{
	struct session_builder *builder = session_builder_new();
	enum coord_err rc = builder == NULL
				? error_set(err, COORD_ENOMEM, "null table: no memory for a sample")
				: COORD_OK;

	for (uint32_t row = 0; rc == COORD_OK && row < k->table->n; row++)
		if (is_sampled(k, row, nodes))
			rc = session_builder_add_from(builder, k->table, row, err);
	if (rc == COORD_OK)
		rc = session_builder_finish(builder, ret, NULL, err);
	session_builder_free(builder);
	return rc;
}

static void
run_world(void *context, size_t index, unsigned worker)
{
	struct making *k = context;
	struct arena *scratch = k->scratch[worker];
	struct arena_mark mark = arena_mark(scratch);
	struct world w;
	struct search_best best;

	if (world_null(k->plan, k->config->seed, (uint32_t)index + 1, scratch, &w, NULL) !=
		COORD_OK ||
	    search_world(&w, k->config->fdr, k->config->seed, scratch, &best) != COORD_OK)
		atomic_store(&k->failed, true);
	else
		memcpy(&k->rows[(size_t)k->n_sizes * k->worlds + index], &best, sizeof(best));
	arena_rewind(scratch, mark);
	if (worker == 0 && k->config->progress != NULL)
		k->config->progress(k->config->progress_context, "null worlds",
		    (k->n_sizes + (double)atomic_load(&k->done) / k->worlds) / SIZES);
	(void)atomic_fetch_add(&k->done, 1);
}

static enum coord_err
run_worlds(struct making *k, struct coord_error *err)
{
	unsigned threads = k->config->threads < WORKERS_MOST ? k->config->threads : WORKERS_MOST;
	enum coord_err rc = COORD_OK;

	atomic_store(&k->done, 0);
	for (unsigned t = 0; t < threads; t++)
		if ((k->scratch[t] = arena_new(0)) == NULL)
			rc = model_full(err);
	if (rc == COORD_OK)
		parallel_for(threads, k->worlds, run_world, k);
	for (unsigned t = 0; t < threads; t++)
		arena_free(k->scratch[t]);
	return rc == COORD_OK && atomic_load(&k->failed) ? model_full(err) : rc;
}

/* The worlds of one table as a batch. A sample that came out as large as the size before adds nothing. */
static enum coord_err
make_size(struct making *k, const struct session_table *table, struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	struct model m = { .table = table, .arena = arena };
	struct world_plan *plan = NULL;
	enum coord_err rc = arena == NULL ? model_full(err) : COORD_OK;

	if (rc == COORD_OK)
		rc = model_build(table, k->ref, arena, &m, err);
	if (rc == COORD_OK)
		rc = world_plan_new(&m, k->ref, arena, &plan, err);
	if (rc == COORD_OK && (k->n_sizes == 0 || k->size[k->n_sizes - 1].nodes < m.n_nodes)) {
		k->plan = plan;
		k->size[k->n_sizes] = (struct null_table_size){ m.n_nodes,
			(uint64_t)k->n_sizes * k->worlds, k->worlds };
		rc = run_worlds(k, err);
		k->n_sizes++;
	}
	arena_free(arena);
	return rc;
}

static enum coord_err
count_nodes(struct making *k, struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	struct model m = { .table = k->table, .arena = arena };
	enum coord_err rc = arena == NULL ? model_full(err) : model_nodes(&m, err);

	k->all_nodes = m.n_nodes;
	arena_free(arena);
	return rc;
}

static enum coord_err
make_sizes(struct making *k, struct coord_error *err)
{
	TRY(count_nodes(k, err));
	for (uint32_t s = 0; s < SIZES; s++) {
		struct session_table sample;
		enum coord_err rc;

		if (sizes[s] >= k->all_nodes) {
			TRY(make_size(k, k->table, err));
			break;
		}
		TRY(sample_table(k, sizes[s], &sample, err));
		rc = sample.n == 0 ? COORD_OK : make_size(k, &sample, err);
		session_table_free(&sample);
		TRY(rc);
	}
	return COORD_OK;
}

static bool
from_hex(const char *hex, uint8_t *ret, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char two[3] = { hex[2 * i], hex[2 * i + 1], 0 };
		char *end;

		ret[i] = (uint8_t)strtoul(two, &end, 16);
		if (*end != 0)
			return false;
	}
	return true;
}

static enum coord_err
make_and_write(struct making *k, const char *path, struct coord_error *err)
{
	struct null_table_content c = { .sizes = k->size, .fdr = k->config->fdr };

	k->rows = calloc((size_t)SIZES * k->worlds, sizeof(*k->rows));
	if (k->rows == NULL || !from_hex(reference_hash(k->ref), c.reference_sha256, 32))
		return error_set(err, COORD_ENOMEM, "null table: no memory for its rows");
	TRY(make_sizes(k, err));
	c.n_sizes = k->n_sizes;
	c.rows = k->rows;
	c.n_rows = (uint64_t)k->n_sizes * k->worlds;
	memcpy(c.input_sha256, k->table->input_sha256, sizeof(c.input_sha256));
	return null_table_write(&c, path, err);
}

enum coord_err
detect_null_table_build(const struct session_table *table, const struct reference *ref,
    const struct detect_config *config, const char *path, struct coord_error *err)
{
	struct detect_config resolved = *config;
	struct making k = { .table = table, .ref = ref, .config = &resolved };
	enum coord_err rc;

	if (table->n == 0)
		return error_set(err, COORD_ENODATA, "null table: no sessions to build it from");
	if (ref == NULL)
		return error_set(err, COORD_EINVALID, "null table: it needs a reference");
	resolved.fdr = config->fdr == 0 ? SEARCH_FDR : config->fdr;
	resolved.threads = config->threads == 0 ? parallel_cores() : config->threads;
	k.worlds = config->worlds == 0 ? 199 : config->worlds;
	rc = make_and_write(&k, path, err);
	free(k.rows);
	return rc;
}
