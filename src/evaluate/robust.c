/* robust.c - the same batch again: on other threads, from rows in another order, among ten times the noise, and with a
 * shared key added. The first must change nothing, noise at most 0.05, and the key must not lower the confidence. */
#include "evaluate/robust.h"

#include <math.h>
#include <stdlib.h>

#include "evaluate/outcome.h"

static enum coord_err
no_memory(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "evaluate: no memory for the checks");
}

/* What an answer consists of, as one hash: members, confidence, verdict of every group. */
static enum coord_err
answer_hash(const struct session_table *table, const struct reference *reference, unsigned threads,
    uint32_t worlds, uint8_t ret[32], struct coord_error *err)
{
	struct detect_config config = {
		.depth = DEPTH_STANDARD, .worlds = worlds, .threads = threads
	};
	struct buf text = BUF_INIT((size_t)1 << 28);
	struct detect_result result;

	TRY(detect_run(table, reference, &config, &result, err));
	for (uint32_t i = 0; i < result.n_campaigns; i++) {
		const struct detect_campaign *c = &result.campaigns[i];

		buf_printf(&text, "%s %d %a %a %a %a", c->key, (int)c->verdict, c->confidence,
		    c->low, c->high, c->p_world);
		buf_add(&text, c->sources, c->n_sources * sizeof(*c->sources));
		for (unsigned k = 0; k < CHANNEL_COUNT; k++)
			buf_printf(&text, " %a", c->evidence[k].p);
	}
	sha256_of(text.data, text.len, ret);
	buf_clear(&text);
	detect_result_clear(&result);
	return COORD_OK;
}

/** Which rows get the key. */
struct change {
	const struct truth *truth; /* NULL: none */
	bool reversed;
};

/* Behind the last item: items are in time order. */
static void
add_key(struct session_row *row)
{
	row->items[row->n_items] = (struct session_row_item){
		.a = SV("SHA256:7Q2x0JcB1kYbFz1pVd0mQm3cJp0y4l5r6s7t8u9v0wE"),
		.offset_ms = row->n_items == 0 ? 0 : row->items[row->n_items - 1].offset_ms,
		.kind = ITEM_PUBLIC_KEY,
	};
	row->n_items++;
}

static enum coord_err
add_changed(const struct session_table *t, const struct change *change,
    struct session_builder *builder, struct coord_error *err)
{
	struct session_row_item *items = calloc((size_t)t->n_items + 2, sizeof(*items));
	enum coord_err rc = items == NULL ? no_memory(err) : COORD_OK;

	for (uint32_t i = 0; i < t->n && rc == COORD_OK; i++) {
		uint32_t at = change->reversed ? t->n - 1 - i : i;
		struct session_row row = batch_row_of(t, at, items);

		if (change->truth != NULL &&
		    change->truth->campaign[truth_find(change->truth, row.source)] != 0)
			add_key(&row);
		rc = session_builder_add(builder, &row, err);
	}
	free(items);
	return rc;
}

static enum coord_err
changed(const struct session_table *t, const struct change *change, struct session_table *ret,
    struct coord_error *err)
{
	struct session_builder *builder = session_builder_new();
	enum coord_err rc = builder == NULL ? no_memory(err) : add_changed(t, change, builder, err);

	if (rc == COORD_OK)
		rc = session_builder_finish(builder, ret, NULL, err);
	session_builder_free(builder);
	return rc;
}

static enum coord_err
check_repeats(const struct batch *batch, uint32_t worlds, bool *ret, struct coord_error *err)
{
	struct change reversed = { .reversed = true };
	struct session_table table;
	uint8_t one[32], two[32], other[32];
	enum coord_err rc;

	TRY(answer_hash(&batch->table, batch->reference, 1, worlds, one, err));
	TRY(answer_hash(&batch->table, batch->reference, 2, worlds, two, err));
	TRY(changed(&batch->table, &reversed, &table, err));
	rc = answer_hash(&table, batch->reference, 1, worlds, other, err);
	session_table_free(&table);
	*ret = memcmp(one, two, 32) == 0 && memcmp(one, other, 32) == 0;
	return rc;
}

static enum coord_err
confidence_of(const struct batch *batch, uint32_t worlds, struct arena *arena, double *ret,
    struct coord_error *err)
{
	struct variant variant = { .no_reference = false };
	struct outcome outcome;

	TRY(engine_judge(batch, &variant, worlds, arena, &outcome, err));
	*ret = NAN;
	for (uint32_t i = 0; i < outcome.n_seen; i++)
		if (outcome.seen[i].right && outcome.seen[i].match.jaccard >= 0.5 &&
		    !(outcome.seen[i].confidence <= *ret))
			*ret = outcome.seen[i].confidence;
	return COORD_OK;
}

static enum coord_err
check_artefact(const struct batch *batch, uint32_t worlds, struct arena *arena, double *ret,
    struct coord_error *err)
{
	struct change key = { .truth = &batch->truth };
	struct batch with = *batch;
	enum coord_err rc;

	TRY(changed(&batch->table, &key, &with.table, err));
	rc = confidence_of(&with, worlds, arena, ret, err);
	session_table_free(&with.table);
	return rc;
}

static enum coord_err
check_noise(const struct suite *suite, const struct cell *cell, uint32_t number,
    const struct references *references, uint32_t worlds, struct arena *arena, double *ret,
    struct coord_error *err)
{
	struct batch batch;
	enum coord_err rc;

	TRY(batch_make_louder(suite, cell, number, 10, references, arena, &batch, err));
	rc = confidence_of(&batch, worlds, arena, ret, err);
	batch_clear(&batch);
	return rc;
}

enum coord_err
robust_check(const struct suite *suite, const struct cell *cell, uint32_t number,
    const struct references *references, uint32_t worlds, struct robust *ret,
    struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	struct batch batch;
	double key = NAN, noise = NAN;
	enum coord_err rc = arena == NULL
				? no_memory(err)
				: batch_make(suite, cell, number, references, arena, &batch, err);

	if (rc != COORD_OK) {
		arena_free(arena);
		return rc;
	}
	rc = confidence_of(&batch, worlds, arena, &ret->confidence, err);
	if (rc == COORD_OK)
		rc = check_repeats(&batch, worlds, &ret->repeats, err);
	if (rc == COORD_OK)
		rc = check_artefact(&batch, worlds, arena, &key, err);
	if (rc == COORD_OK)
		rc = check_noise(suite, cell, number, references, worlds, arena, &noise, err);
	ret->with_artefact = key - ret->confidence;
	ret->with_noise = noise - ret->confidence;
	batch_clear(&batch);
	arena_free(arena);
	return rc;
}
