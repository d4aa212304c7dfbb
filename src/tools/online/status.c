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
