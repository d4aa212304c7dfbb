/* lookup.c - binary searches over the snapshot's arrays, and its summary for people. */
#include "reference/reference.h"

uint64_t
reference_stratum_key(uint8_t service, struct sv tool)
{
	uint64_t kind = tool.data == NULL ? 1 : 2;

	return hash_mix(hash_mix(0x7374726174756d, (uint64_t)service << 8 | kind),
	    tool.data == NULL ? 0 : hash_content(tool));
}

static const struct reference_stratum *
find_stratum(const struct reference *ref, uint64_t key)
{
	const struct reference_content *c = reference_content_of(ref);
	uint64_t low = 0, high = c->n_strata;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (c->strata[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->n_strata && c->strata[low].key == key ? &c->strata[low] : NULL;
}

uint64_t
reference_stratum_nodes(const struct reference *ref, uint64_t key)
{
	const struct reference_stratum *s = find_stratum(ref, key);

	return s == NULL ? 0 : s->nodes;
}

uint64_t
reference_incidences(const struct reference *ref, uint64_t key, uint32_t layer)
{
	const struct reference_stratum *s = find_stratum(ref, key);

	return s == NULL || layer >= REFERENCE_LAYERS ? 0 : s->incidences[layer];
}

uint64_t
reference_token_nodes(const struct reference *ref, uint64_t key, uint32_t layer, uint64_t hash)
{
	const struct reference_stratum *s = find_stratum(ref, key);
	const struct reference_token *tokens;
	uint64_t low = 0, high;

	if (s == NULL || layer >= REFERENCE_LAYERS)
		return 0;
	tokens = reference_content_of(ref)->tokens + s->token_from[layer];
	high = s->token_n[layer];
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (tokens[mid].hash < hash)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->token_n[layer] && tokens[low].hash == hash ? tokens[low].nodes : 0;
}

size_t
reference_visits(const struct reference *ref, uint64_t key, const int64_t **ret)
{
	const struct reference_stratum *s = find_stratum(ref, key);

	if (s == NULL)
		return 0;
	*ret = reference_content_of(ref)->visits + s->visit_from;
	return (size_t)s->visit_n;
}

size_t
reference_sources(const struct reference *ref, uint64_t key, const struct addr **ret)
{
	const struct reference_stratum *s = find_stratum(ref, key);

	if (s == NULL)
		return 0;
	*ret = reference_content_of(ref)->sources + s->source_from;
	return (size_t)s->source_n;
}

size_t
reference_tokens(
    const struct reference *ref, uint64_t key, uint32_t layer, const struct reference_token **ret)
{
	const struct reference_stratum *s = find_stratum(ref, key);

	if (s == NULL || layer >= REFERENCE_LAYERS)
		return 0;
	*ret = reference_content_of(ref)->tokens + s->token_from[layer];
	return (size_t)s->token_n[layer];
}

uint64_t
reference_block(const struct reference *ref, uint32_t layer, uint64_t token)
{
	const struct reference_content *c = reference_content_of(ref);
	uint64_t low = 0, high = c->n_links;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		const struct reference_link *l = &c->links[mid];

		if (l->layer < layer || (l->layer == layer && l->token < token))
			low = mid + 1;
		else
			high = mid;
	}
	if (low == c->n_links || c->links[low].layer != layer || c->links[low].token != token)
		return token;
	return c->links[low].block;
}

void
reference_describe(const struct reference *ref, struct buf *out)
{
	const struct reference_content *c = reference_content_of(ref);
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], input[65];

	time_format(c->first_us, true, from);
	time_format(c->last_us, true, to);
	hex_of(c->input_sha256, sizeof(c->input_sha256), input);
	buf_printf(out, "reference  %s\n", reference_hash(ref));
	buf_printf(out, "format     version %d\n", REFERENCE_VERSION);
	buf_printf(out, "input      %s\n", input);
	buf_printf(out, "span       %s .. %s\n", from, to);
	buf_printf(out, "sessions   %llu\n", (unsigned long long)c->sessions);
	buf_printf(out, "linked     %llu tokens always come in company and count as blocks\n",
	    (unsigned long long)c->n_links);
	buf_printf(out, "profiles   %llu nodes as a whole, for null worlds\n\n",
	    (unsigned long long)c->n_profiles);
	buf_printf(out, "%-44s %8s %8s %8s %10s %8s %7s %7s\n", "population", "nodes", "sources",
	    "visits", "credential", "command", "web", "packet");
	for (uint64_t i = 0; i < c->n_strata; i++) {
		const struct reference_stratum *s = &c->strata[i];

		buf_printf(out, "%-44.44s %8llu %8llu %8llu %10llu %8llu %7llu %7llu\n", s->name,
		    (unsigned long long)s->nodes, (unsigned long long)s->source_n,
		    (unsigned long long)s->visit_n, (unsigned long long)s->token_n[0],
		    (unsigned long long)s->token_n[1], (unsigned long long)s->token_n[2],
		    (unsigned long long)s->token_n[3]);
	}
}
