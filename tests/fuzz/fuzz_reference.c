/* fuzz_reference.c - any bytes as a snapshot: refused, or every look-up stays inside. The size and the SHA-256 are made
 * right first, so that mutations reach the checks behind them. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reference/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint64_t
walk_stratum(const struct reference *ref, const struct reference_stratum *s)
{
	const int64_t *visits;
	const struct addr *sources;
	size_t n_visits = reference_visits(ref, s->key, &visits);
	size_t n_sources = reference_sources(ref, s->key, &sources);
	uint64_t sum = 0;

	for (size_t i = 0; i < n_visits; i++)
		sum += (uint64_t)visits[i];
	for (size_t i = 0; i < n_sources; i++)
		sum += sources[i].bytes[15];
	assert(reference_stratum_nodes(ref, s->key) == s->nodes);
	for (uint32_t l = 0; l < REFERENCE_LAYERS; l++)
		sum += reference_token_nodes(ref, s->key, l, 10) +
		       reference_incidences(ref, s->key, l);
	return sum;
}

static void
walk(const struct reference *ref)
{
	const struct reference_content *c = reference_content_of(ref);
	struct buf out = BUF_INIT(1 << 20);
	volatile uint64_t sink = 0;

	for (uint64_t i = 0; i < c->n_strata; i++)
		sink += walk_stratum(ref, &c->strata[i]);
	for (uint64_t i = 0; i < c->n_links; i++)
		assert(reference_block(ref, (uint32_t)c->links[i].layer, c->links[i].token) ==
		       c->links[i].block);
	for (uint32_t l = 0; l < REFERENCE_LAYERS; l++) {
		const struct reference_token *all = NULL;
		uint64_t key = reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE);
		size_t n = reference_tokens(ref, key, l, &all);

		for (uint64_t i = 0; i < c->n_profiles; i++) {
			uint64_t at = c->profiles[i].token_from;

			for (uint32_t before = 0; before < l; before++)
				at += c->profiles[i].token_n[before];
			for (uint32_t k = 0; k < c->profiles[i].token_n[l]; k++) {
				assert(c->profile_tokens[at + k] < n);
				sink += all[c->profile_tokens[at + k]].hash;
			}
		}
	}
	(void)sink;
	reference_describe(ref, &out);
	buf_clear(&out);
}

static void
try_bytes(const void *data, size_t len)
{
	struct reference *ref = NULL;

	if (reference_from_memory(data, len, &ref, NULL) == COORD_OK)
		walk(ref);
	reference_close(ref);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reference_header h;
	char *copy = calloc(1, len == 0 ? 1 : len); /* aligned to 16 */

	if (copy == NULL)
		return 0;
	if (len > 0)
		memcpy(copy, data, len);
	try_bytes(copy, len);
	if (len >= sizeof(h)) {
		memcpy(&h, copy, sizeof(h));
		memcpy(h.magic, "COORDREF", 8);
		h.version = REFERENCE_VERSION;
		h.header_bytes = sizeof(h);
		h.file_bytes = len;
		memcpy(copy, &h, sizeof(h));
		sha256_of(copy + REFERENCE_HASHED_FROM, len - REFERENCE_HASHED_FROM, h.sha256);
		memcpy(copy, &h, sizeof(h));
		try_bytes(copy, len);
	}
	free(copy);
	return 0;
}
