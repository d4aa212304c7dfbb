/* fuzz_artefacts.c - artefacts and techniques of a session whose every item is the input: bounded in number and size,
 * each given once, and scratch left as it was. */
#include <assert.h>
#include <stdint.h>

#include "base/base.h"
#include "detect/text/artefacts.h"
#include "detect/text/techniques.h"
#include "session/session.h"

enum { SCRATCH_MOST = 32 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
	uint64_t hashes[ARTEFACTS_SESSION_MAX];
	size_t n;
};

static void
take(void *context, const struct artefact *a)
{
	struct seen *seen = context;
	uint64_t hash = hash_mix(hash_content(a->value), (uint64_t)a->kind);

	assert(a->value.len > 0 && a->kind < ARTEFACT_KIND_COUNT);
	assert(seen->n < ARTEFACTS_SESSION_MAX);
	for (size_t i = 0; i < seen->n; i++)
		assert(seen->hashes[i] != hash);
	seen->hashes[seen->n++] = hash;
}

static enum coord_err
make_table(struct sv text, struct session_table *table)
{
	static const uint8_t kinds[] = { ITEM_COMMAND, ITEM_URL, ITEM_FILE_HASH, ITEM_PUBLIC_KEY,
		ITEM_REQUEST, ITEM_HEADER, ITEM_PAYLOAD };
	struct session_row_item items[sizeof(kinds)];
	struct session_row row = { .source = addr_from_v4(0x7f000001),
		.duration_us = -1,
		.n_items = sizeof(kinds),
		.items = items,
		.text[TEXT_USER_AGENT] = text };
	struct session_builder *builder = session_builder_new();
	struct coord_error err;
	enum coord_err got;

	for (size_t i = 0; i < sizeof(kinds); i++)
		items[i] = (struct session_row_item){ .a = text, .b = text, .kind = kinds[i] };
	row.start_us = row.end_us = INT64_C(1580000000000000);
	got = builder == NULL ? COORD_ENOMEM : session_builder_add(builder, &row, &err);
	if (got == COORD_OK)
		got = session_builder_finish(builder, table, NULL, &err);
	session_builder_free(builder);
	return got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sv text = { len > 0 ? (const char *)data : "", len };
	struct session_table table;
	struct arena *scratch = arena_new(SCRATCH_MOST);
	struct seen seen = { .n = 0 };
	uint8_t techniques[TECHNIQUES_MAX];
	size_t n;

	if (scratch == NULL || make_table(text, &table) != COORD_OK) {
		arena_free(scratch);
		return 0;
	}
	artefacts_of_session(&table, 0, scratch, take, &seen);
	n = techniques_of_session(&table, 0, NULL, scratch, techniques, TECHNIQUES_MAX);
	assert(arena_used(scratch) == 0);
	for (size_t i = 0; i < n; i++)
		assert(techniques[i] < technique_count() &&
		       (i == 0 || techniques[i] > techniques[i - 1]));
	session_table_free(&table);
	arena_free(scratch);
	return 0;
}
