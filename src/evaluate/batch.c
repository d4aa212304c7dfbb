/* batch.c - generation in memory. The set of HN9 is what an analyst picked out of the background, so it is cut out and
 * judged as one group, with the feature it was picked by left out of the evidence. */
#define _POSIX_C_SOURCE 200809L
#include "evaluate/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum coord_err
generate_table(const struct generate_config *config, struct session_table *ret,
    struct generate_labels *ret_labels, struct coord_error *err)
{
	struct session_builder *builder = session_builder_new();
	enum coord_err rc;

	if (builder == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for a batch");
	rc = generate_sessions(config, builder, ret_labels, err);
	if (rc == COORD_OK) {
		rc = session_builder_finish(builder, ret, NULL, err);
		if (rc != COORD_OK)
			generate_labels_clear(ret_labels);
	}
	session_builder_free(builder);
	return rc;
}

static enum coord_err
reference_of(const struct session_table *table, const char *folder, struct reference **ret,
    struct coord_error *err)
{
	char path[4096];
	int fd, length = snprintf(path, sizeof(path), "%s/coord-reference-XXXXXX", folder);
	enum coord_err rc;

	if (length < 0 || (size_t)length >= sizeof(path))
		return error_set(err, COORD_EINVALID, "scratch: name too long");
	if ((fd = mkstemp(path)) == -1)
		return error_set(err, COORD_EIO, "%s: cannot write a temporary file", folder);
	(void)close(fd);
	rc = detect_reference_build(table, path, err);
	if (rc == COORD_OK)
		rc = reference_open(path, ret, err);
	(void)unlink(path); /* the map keeps it */
	return rc;
}

struct references_run {
	enum evaluate_split split;
	const char *folder;
	struct references *into;
	enum coord_err rc[SITES_MOST];
	struct coord_error err[SITES_MOST];
};

static void
build_reference(void *context, size_t item, unsigned worker)
{
	struct references_run *run = context;
	struct generate_config config = suite_reference(run->split, (uint32_t)item);
	struct generate_labels labels;
	struct session_table table;

	(void)worker;
	run->rc[item] = generate_table(&config, &table, &labels, &run->err[item]);
	if (run->rc[item] != COORD_OK)
		return;
	run->rc[item] = reference_of(&table, run->folder, &run->into->of[item], &run->err[item]);
	generate_labels_clear(&labels);
	session_table_free(&table);
}

enum coord_err
references_build(enum evaluate_split split, const char *folder, unsigned threads,
    struct references *ret, struct coord_error *err)
{
	struct references references = { .n = suite_sites(split) };
	struct references_run run = {
		.split = split, .folder = folder == NULL ? "/tmp" : folder, .into = &references
	};

	parallel_for(threads, references.n, build_reference, &run);
	for (uint32_t i = 0; i < references.n; i++)
		if (run.rc[i] != COORD_OK) {
			references_close(&references);
			if (err != NULL)
				*err = run.err[i];
			return run.rc[i];
		}
	*ret = references;
	return COORD_OK;
}

void
references_close(struct references *references)
{
	for (uint32_t i = 0; i < references->n; i++)
		if (references->of[i] != NULL)
			reference_close(references->of[i]);
	*references = (struct references){ .n = 0 };
}

struct session_row
batch_row_of(const struct session_table *t, uint32_t row, struct session_row_item *items)
{
	struct session_row ret = { .source = t->source[row],
		.destination = t->destination[row],
		.start_us = t->start_us[row],
		.end_us = t->end_us[row],
		.duration_us = t->duration_us[row],
		.bytes_in = t->bytes_in[row],
		.bytes_out = t->bytes_out[row],
		.events = t->events[row],
		.asn = t->asn[row],
		.source_port = t->source_port[row],
		.target_port = t->target_port[row],
		.transport = t->transport[row],
		.service = t->service[row],
		.flags = t->flags[row],
		.items = items };

	for (unsigned k = 0; k < TEXT_COUNT; k++)
		ret.text[k] = session_text(t, row, (enum session_text)k);
	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
		items[ret.n_items++] = (struct session_row_item){
			.a = session_string(t, t->items[i].a),
			.b = session_string(t, t->items[i].b),
			.offset_ms = t->items[i].offset_ms,
			.kind = t->items[i].kind,
			.flags = t->items[i].flags,
		};
	return ret;
}

static enum coord_err
add_rows(const struct session_table *table, bool (*keep)(void *context, uint32_t row),
    void *context, struct session_builder *builder, struct coord_error *err)
{
	struct session_row_item *items = malloc((table->n_items + 1) * sizeof(*items));
	enum coord_err rc = COORD_OK;

	if (items == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for a batch");
	for (uint32_t i = 0; i < table->n && rc == COORD_OK; i++) {
		struct session_row row;

		if (!keep(context, i))
			continue;
		row = batch_row_of(table, i, items);
		rc = session_builder_add(builder, &row, err);
	}
	free(items);
	return rc;
}

enum coord_err
batch_subset(const struct session_table *table, bool (*keep)(void *context, uint32_t row),
    void *context, struct session_table *ret, struct coord_error *err)
{
	struct session_builder *builder = session_builder_new();
	enum coord_err rc;

	if (builder == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for a batch");
	rc = add_rows(table, keep, context, builder, err);
	if (rc == COORD_OK)
		rc = session_builder_finish(builder, ret, NULL, err);
	session_builder_free(builder);
	return rc;
}

struct picked {
	const struct session_table *table;
	const struct truth *members;
};

static bool
is_picked(void *context, uint32_t row)
{
	const struct picked *picked = context;
	uint32_t at = truth_find(picked->members, picked->table->source[row]);

	return at != UINT32_MAX && picked->members->campaign[at] != 0;
}

/* The sources of group 1, whatever its truth, marked as campaign 1. */
static enum coord_err
members_of_group(const struct session_table *table, const struct generate_labels *labels,
    struct arena *arena, struct truth *ret, struct coord_error *err)
{
	*ret = (struct truth){ .n_campaigns = 1 };
	TRY(truth_sources(table, arena, &ret->sources, &ret->n, err));
	ret->campaign = ARENA_ARRAY(arena, ret->n, uint32_t);
	if (ret->campaign == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for a batch");
	for (size_t i = 0; i < labels->n; i++)
		if (labels->labels[i].group == 1)
			ret->campaign[truth_find(ret, labels->labels[i].source)] = 1;
	return COORD_OK;
}

static enum coord_err
cut_out_group(const struct generate_labels *labels, struct arena *arena, struct batch *batch,
    struct coord_error *err)
{
	struct truth members;
	struct picked picked = { .table = &batch->table, .members = &members };
	struct session_table set;

	TRY(members_of_group(&batch->table, labels, arena, &members, err));
	TRY(batch_subset(&batch->table, is_picked, &picked, &set, err));
	session_table_free(&batch->table);
	batch->table = set;
	batch->group_mode = true;
	return COORD_OK;
}

/* Names of the generator's features are those of the engine's channels. */
static enum coord_err
finish_batch(const struct generate_labels *labels, struct arena *arena, struct batch *batch,
    struct coord_error *err)
{
	if (labels->n_groups > 0) {
		batch->group = labels->groups[0];
		batch->selected_by = batch->group.selected_by;
	}
	if (batch->selected_by != NULL)
		TRY(cut_out_group(labels, arena, batch, err));
	return truth_of_labels(&batch->table, labels, arena, &batch->truth, err);
}

enum coord_err
batch_make_louder(const struct suite *suite, const struct cell *cell, uint32_t number,
    uint32_t louder, const struct references *references, struct arena *arena, struct batch *ret,
    struct coord_error *err)
{
	struct generate_labels labels;
	enum coord_err rc;

	*ret = (struct batch){ .group_mode = false };
	suite_plan(suite, cell, number, &ret->plan);
	ret->plan.config.sessions *= louder;
	ret->plan.config.sources *= louder;
	ret->plan.config.plans = ret->plan.config.n_plans == 0 ? NULL : &ret->plan.plan;
	ret->reference = references->of[ret->plan.site];
	ret->foreign = references->of[(ret->plan.site + 1) % references->n];
	TRY(generate_table(&ret->plan.config, &ret->table, &labels, err));
	rc = finish_batch(&labels, arena, ret, err);
	generate_labels_clear(&labels);
	if (rc != COORD_OK)
		session_table_free(&ret->table);
	return rc;
}

enum coord_err
batch_make(const struct suite *suite, const struct cell *cell, uint32_t number,
    const struct references *references, struct arena *arena, struct batch *ret,
    struct coord_error *err)
{
	return batch_make_louder(suite, cell, number, 1, references, arena, ret, err);
}

void
batch_clear(struct batch *batch)
{
	session_table_free(&batch->table);
}
