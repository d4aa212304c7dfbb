/* fuzz_enrich.c - answers of a cluster: the first byte chooses which documents are still open, the rest is what comes. A refused answer changes no fate; a believed one leaves nothing
 * open; what is told for people is printable. */
#include <assert.h>

#include "enrich/private.h"

enum { ITEMS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_words(const char *why)
{
	assert(strlen(why) < 200);
	for (; *why != 0; why++)
		assert(*why >= ' ' && *why < 0x7f);
}

static void
check_fates(enum coord_err rc, const enum enrich_fate *before, const enum enrich_fate *after)
{
	for (size_t i = 0; i < ITEMS; i++) {
		if (rc != COORD_OK || before[i] == FATE_TAKEN)
			assert(after[i] == before[i]);
		else
			assert(after[i] != FATE_OPEN);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct enrich_item items[ITEMS] = { { SV("a"), SV("{}") }, { SV("a:c1"), SV("{}") },
		{ SV("a:c2"), SV("{}") }, { SV("a:c3"), SV("{}") } };
	enum enrich_fate fates[ITEMS], before[ITEMS];
	struct enrich_outcome outcome = { .asked = 0 };
	char why[200] = "";
	struct sv text;

	if (size < 1)
		return 0;
	for (size_t i = 0; i < ITEMS; i++)
		before[i] = fates[i] = (data[0] >> i) & 1 ? FATE_TAKEN : FATE_OPEN;
	text = (struct sv){ (const char *)data + 1, size - 1 };
	check_fates(bulk_read(text, items, fates, ITEMS, why, NULL), before, fates);
	check_words(why);
	bulk_failure(text, 429, why);
	check_words(why);
	why[0] = 0;
	if (probe_read(text, SV("Elasticsearch"), &outcome, why) == COORD_OK)
		check_words(outcome.version);
	check_words(why);
	return 0;
}
