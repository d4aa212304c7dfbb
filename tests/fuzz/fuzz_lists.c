/* fuzz_lists.c - each of the list parsers on the same bytes: ends, and an accepted list answers look-ups; a refused one
 * says where. */
#include <assert.h>
#include <stdint.h>

#include "detect/detect.h"
#include "detect/knowledge/knowledge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
try(enum detect_list_kind kind, struct sv text)
{
	struct knowledge *k = NULL;
	struct coord_error err = { .code = COORD_OK };
	struct fleet_claim claim = { .source = addr_from_v4(0xc6336407),
		.asn = 64500,
		.name = sv_first(text, 64),
		.agent = sv_first(text, 256) };
	enum fleet_match match;
	uint32_t fleet;

	if (detect_knowledge_new(&k, NULL) != COORD_OK)
		return;
	if (detect_knowledge_add(k, kind, "list", text, &err) == COORD_OK) {
		(void)knowledge_is_public(k, ARTEFACT_URL, sv_first(text, 64));
		if (knowledge_fleet(k, &claim, &fleet, &match))
			assert(fleet < k->n_fleets && match < FLEET_MATCH_COUNT);
		if (kind == LIST_FEED)
			(void)knowledge_listed(k, 0, claim.source, claim.asn);
	} else {
		assert(err.what[0] != 0);
		assert(err.code != COORD_EPARSE || err.line > 0);
	}
	detect_knowledge_free(k);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sv text = { len > 0 ? (const char *)data : "", len };

	try(LIST_PUBLIC_ARTEFACTS, text);
	try(LIST_SCANNERS, text);
	try(LIST_FEED, text);
	return 0;
}
