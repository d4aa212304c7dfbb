/* batch.c - see batch.h. */
#include "testing.h"

#include "batch.h"

#include <stdio.h>
#include <stdlib.h>

bool
test_quick(void)
{
	const char *quick = getenv("COORD_TEST_QUICK");

	return quick != NULL && quick[0] != 0 && quick[0] != '0';
}

struct batch *
batch_new(void)
{
	struct batch *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->builder = session_builder_new();
	assert_non_null(b->builder);
	return b;
}

struct items {
	struct session_row_item all[4 * BATCH_ITEMS + 4];
	uint32_t n;
};

static void
put_item(struct items *items, enum session_item_kind kind, struct sv a, struct sv b)
{
	items->all[items->n] = (struct session_row_item){
		.a = a, .b = b, .kind = (uint8_t)kind, .offset_ms = items->n
	};
	items->n++;
}

static void
put_items(struct items *items, const struct batch_session *s)
{
	for (size_t i = 0; i < BATCH_ITEMS && s->credentials[i] != NULL; i++) {
		struct sv password = sv_from(s->credentials[i]);
		struct sv user = sv_cut(&password, ' ');

		put_item(items, ITEM_CREDENTIAL, user, password);
		items->all[items->n - 1].flags = s->success ? ITEM_SUCCESS : 0;
	}
	for (size_t i = 0; i < BATCH_ITEMS && s->commands[i] != NULL; i++)
		put_item(items, ITEM_COMMAND, sv_from(s->commands[i]), SV_NONE);
	for (size_t i = 0; i < BATCH_ITEMS && s->requests[i] != NULL; i++)
		put_item(items, ITEM_REQUEST, sv_from(s->requests[i]), SV_NONE);
	if (s->key != NULL)
		put_item(items, ITEM_PUBLIC_KEY, sv_from(s->key), SV_NONE);
	if (s->payload != NULL)
		put_item(items, ITEM_PAYLOAD, sv_from(s->payload), SV_NONE);
	if (s->forward != NULL)
		put_item(items, ITEM_FORWARD, SV("192.0.2.1:25"), sv_from(s->forward));
	if (s->port != NULL)
		put_item(items, ITEM_PORT, sv_from(s->port), SV_NONE);
	if (s->label != NULL)
		put_item(items, ITEM_LABEL, sv_from(s->label), SV("list"));
}

void
batch_add(struct batch *b, const struct batch_session *s)
{
	struct items items = { .n = 0 };
	struct session_row row = { .source = addr_from_v4(s->ip),
		.start_us = BATCH_START_US + (int64_t)(s->at_s * 1e6),
		.duration_us = -1,
		.events = 1,
		.target_port = s->target_port,
		.service = (uint8_t)(s->service == SERVICE_UNKNOWN ? SERVICE_SSH : s->service) };
	struct coord_error err;
	char id[24];

	put_items(&items, s);
	(void)snprintf(id, sizeof(id), "s%08u", b->n++);
	row.end_us = row.start_us + (int64_t)((s->lasts_s > 0 ? s->lasts_s : 1) * 1e6);
	if (s->duration_s > 0)
		row.duration_us = (int64_t)(s->duration_s * 1e6);
	row.text[TEXT_ID] = sv_from(id);
	row.text[TEXT_SENSOR] = s->sensor == NULL ? SV("s1") : sv_from(s->sensor);
	row.text[TEXT_HASSH] = sv_from(s->hassh);
	row.text[TEXT_BANNER] = sv_from(s->banner);
	row.text[TEXT_COUNTRY] = sv_from(s->country);
	row.items = items.all;
	row.n_items = items.n;
	assert_int_equal(session_builder_add(b->builder, &row, &err), COORD_OK);
}

void
batch_add_credentials(struct batch *b, const struct batch_session *session, const char *prefix,
    unsigned from, unsigned to)
{
	while (from < to) {
		struct batch_session s = *session;
		char text[BATCH_ITEMS][64];

		for (size_t i = 0; i < BATCH_ITEMS && from < to; i++, from++) {
			(void)snprintf(text[i], sizeof(text[i]), "%s%u", prefix, from);
			s.credentials[i] = text[i];
		}
		batch_add(b, &s);
	}
}

struct session_table
batch_finish(struct batch *b)
{
	struct session_table table;
	struct coord_error err;

	assert_int_equal(session_builder_finish(b->builder, &table, NULL, &err), COORD_OK);
	assert_null(session_table_check(&table));
	session_builder_free(b->builder);
	free(b);
	return table;
}

static void
copy_row(struct batch *b, const struct session_table *t, uint32_t row)
{
	struct coord_error err;

	assert_int_equal(session_builder_add_from(b->builder, t, row, &err), COORD_OK);
}

void
batch_add_table(
    struct batch *b, const struct session_table *table, uint64_t shuffle, const bool *skip)
{
	uint32_t *order = calloc((size_t)table->n + 1, sizeof(*order));
	struct rng rng = rng_at(shuffle, 1, 0, 0);

	assert_non_null(order);
	for (uint32_t i = 0; i < table->n; i++) {
		uint32_t j = rng_below(&rng, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	for (uint32_t i = 0; i < table->n; i++)
		if (skip == NULL || !skip[order[i]])
			copy_row(b, table, order[i]);
	free(order);
}
