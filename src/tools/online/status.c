/* status.c - what became of the look-ups of each provider: provider_status of the result. */
#include "tools/online/layer.h"

static void
count(struct tools_status *s, const struct tools_answer *answer, size_t failures[LOOKUP_OUTCOMES])
{
	s->asked++;
	s->cached += answer->cached;
	s->hits += answer->outcome == LOOKUP_HIT;
	s->misses += answer->outcome == LOOKUP_MISS;
	s->answered = s->hits + s->misses;
	if (answer->outcome != LOOKUP_HIT && answer->outcome != LOOKUP_MISS) {
		s->failed++;
		failures[answer->outcome]++;
	}
}

static uint64_t
key_of(struct addr base, unsigned bits)
{
	return hash_mix(
	    hash_content((struct sv){ (const char *)base.bytes, sizeof(base.bytes) }), bits);
}

/** What was asked, as base and length: a question is about an address or about a prefix. */
static bool
asked_of(const struct tools_answer *answer, struct net_prefix *ret)
{
	if (answer->outcome != LOOKUP_HIT && answer->outcome != LOOKUP_MISS)
		return false;
	if (answer->lookup.question.kind != ASK_ADDRESS &&
	    answer->lookup.question.kind != ASK_PREFIX)
		return false;
	return net_prefix_parse(answer->lookup.question.text, ret);
}

enum coord_err
tools_covers(const struct tools_answer *answers, size_t n, const char *provider,
    const struct addr *sources, size_t n_sources, bool *ret, struct coord_error *err)
{
	struct map asked = MAP_INIT;
	bool lengths[129] = { false }, covers = true;

	for (size_t i = 0; i < n; i++) {
		struct net_prefix prefix;
		uint32_t *slot;

		if (strcmp(answers[i].lookup.provider, provider) != 0 ||
		    !asked_of(&answers[i], &prefix))
			continue;
		slot = map_slot(&asked, key_of(prefix.base, prefix.bits));
		if (slot == NULL) {
			map_clear(&asked);
			return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
		}
		*slot = 1;
		lengths[prefix.bits] = true;
	}
	for (size_t i = 0; i < n_sources && covers; i++) {
		unsigned most = addr_is_v4(sources[i]) ? 32 : 128;

		covers = !net_addr_is_public(sources[i]);
		for (unsigned bits = 0; bits <= most && !covers; bits++)
			covers = lengths[bits] &&
				 map_get(&asked, key_of(addr_prefix(sources[i], bits), bits)) !=
				     MAP_NONE;
	}
	map_clear(&asked);
	*ret = covers;
	return COORD_OK;
}

enum coord_err
tools_status(const struct tools *tools, const struct tools_answer *answers, size_t n,
    struct arena *arena, struct tools_status **ret, size_t *ret_n, struct coord_error *err)
{
	struct tools_status *list = ARENA_ARRAY(arena, tools->n_seats, struct tools_status);

	if (list == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	for (size_t k = 0; k < tools->n_seats; k++) {
		size_t failures[LOOKUP_OUTCOMES] = { 0 };
		struct tools_status *s = &list[k];

		s->provider = tools->seats[k].provider->name;
		for (size_t i = 0; i < n; i++)
			if (strcmp(answers[i].lookup.provider, s->provider) == 0)
				count(s, &answers[i], failures);
		for (unsigned o = 0; o < LOOKUP_OUTCOMES; o++)
			if (failures[o] > failures[s->worst])
				s->worst = (enum tools_outcome)o;
		for (size_t i = 0; i < n && s->failed > 0 && s->why.data == NULL; i++)
			if (answers[i].outcome == s->worst &&
			    strcmp(answers[i].lookup.provider, s->provider) == 0)
				s->why = answers[i].why.data != NULL ? answers[i].why : SV("");
	}
	*ret = list;
	*ret_n = tools->n_seats;
	return COORD_OK;
}

static void
write_number(struct jsonw *w, const char *key, size_t number)
{
	jsonw_key(w, key);
	jsonw_u64(w, number);
}

void
tools_status_write(struct jsonw *w, const struct tools_status *status, size_t n)
{
	jsonw_object(w);
	for (size_t i = 0; i < n; i++) {
		const struct tools_status *s = &status[i];

		jsonw_key(w, s->provider);
		jsonw_object(w);
		jsonw_key(w, "status");
		jsonw_str(w, s->failed == 0 ? "ok" : s->answered > 0 ? "degraded" : "down");
		write_number(w, "asked", s->asked);
		write_number(w, "answered", s->answered);
		write_number(w, "hits", s->hits);
		write_number(w, "misses", s->misses);
		write_number(w, "cached", s->cached);
		write_number(w, "failed", s->failed);
		if (s->failed > 0) {
			jsonw_key(w, "outcome");
			jsonw_str(w, tools_outcome_name(s->worst));
			jsonw_key(w, "why");
			jsonw_sv(w, s->why);
		}
		jsonw_end(w);
	}
	jsonw_end(w);
}
