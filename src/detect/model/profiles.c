/* profiles.c - the profiles of a reference fitted to a batch: strata as the batch has them, tokens by the batch's
 * numbers, and the chance of each token by the same margins as everywhere (tokens.c), those of batch and reference
 * together. Which node was seen before and which now does not matter to those margins, so under independence the
 * batch's nodes and the drawn ones are exchangeable. */
#include "detect/model/profiles.h"

#include <math.h>
#include <stdlib.h>

#include "reference/reference.h"

struct fitting {
	const struct model *m;
	const struct reference *ref;
	const struct reference_content *content;
	struct arena *arena, *scratch;
	const struct reference_profile *
	    *chosen; /* by profile of the reference, in order of stratum */
	uint32_t n_foreign;
	/* the layer at hand */
	const struct reference_token *all; /* tokens of all services */
	size_t n_all;
	uint32_t *number; /* of each of those: the batch's, or behind them; MAP_NONE: not used */
	double *ln_q;     /* by token, of the stratum at hand */
};

float
profiles_ln_p(double ln_d, double ln_q)
{
	double ln_x = ln_d + ln_q;

	return (float)(ln_x < -9 ? ln_x : ln_x - log1p(exp(ln_x)));
}

static uint32_t
stratum_with(const struct model *m, uint64_t key)
{
	for (uint32_t s = 0; s < m->n_strata; s++)
		if (m->strata[s].key == key)
			return s;
	return MAP_NONE;
}

/* Where the batch would put such a node: the rule of strata.c. MAP_NONE: into a population that the batch lacks. */
static uint32_t
stratum_for(const struct fitting *f, const struct reference_profile *p)
{
	uint32_t s = stratum_with(f->m, p->family);

	if (s != MAP_NONE || reference_stratum_nodes(f->ref, p->family) >= STRATUM_LEAST)
		return s;
	s = stratum_with(f->m, p->service);
	if (s != MAP_NONE || reference_stratum_nodes(f->ref, p->service) >= STRATUM_LEAST)
		return s;
	return stratum_with(f->m, reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE));
}

/* Sorts the reference's profiles into the batch's strata, PROFILES_TIMES as many as a stratum has nodes, or PROFILES_LEAST. */
static enum coord_err
choose_foreign(struct fitting *f, struct profiles *p, struct coord_error *err)
{
	uint64_t n = f->content == NULL ? 0 : f->content->n_profiles;
	uint32_t *stratum = ARENA_ARRAY_RAW(f->scratch, n, uint32_t);
	uint32_t *at = ARENA_ARRAY(f->scratch, (size_t)f->m->n_strata + 1, uint32_t);

	p->foreign_from = ARENA_ARRAY(f->arena, (size_t)f->m->n_strata + 1, uint32_t);
	if (stratum == NULL || at == NULL || p->foreign_from == NULL)
		return model_full(err);
	for (uint64_t i = 0; i < n; i++) {
		uint32_t s = stratum_for(f, &f->content->profiles[i]);

		if (s != MAP_NONE && p->foreign_from[s + 1] >= PROFILES_LEAST &&
		    p->foreign_from[s + 1] >= (uint64_t)PROFILES_TIMES * f->m->strata[s].nodes)
			s = MAP_NONE;
		stratum[i] = s;
		if (s != MAP_NONE)
			p->foreign_from[s + 1]++;
	}
	for (uint32_t s = 0; s < f->m->n_strata; s++)
		p->foreign_from[s + 1] += p->foreign_from[s];
	f->n_foreign = p->foreign_from[f->m->n_strata];
	f->chosen = arena_array(f->scratch, f->n_foreign, sizeof(*f->chosen));
	if (f->chosen == NULL)
		return model_full(err);
	for (uint64_t i = 0; i < n; i++)
		if (stratum[i] != MAP_NONE)
			f->chosen[p->foreign_from[stratum[i]] + at[stratum[i]]++] =
			    &f->content->profiles[i];
	return COORD_OK;
}

static const uint32_t *
profile_tokens(const struct fitting *f, const struct reference_profile *p, enum layer layer)
{
	const uint32_t *tokens = f->content->profile_tokens + p->token_from;

	for (unsigned l = 0; l < (unsigned)layer; l++)
		tokens += p->token_n[l];
	return tokens;
}

/* Numbers the reference's tokens: a token of the batch keeps its own, the others that are used follow. */
static enum coord_err
number_tokens(
    struct fitting *f, enum layer layer, struct profile_layer *ret, struct coord_error *err)
{
	const struct layer_tokens *l = &f->m->layers[layer];
	uint32_t known = 0;

	f->n_all = f->ref == NULL ? 0
				  : reference_tokens(f->ref,
					reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE),
					(uint32_t)layer, &f->all);
	f->number = ARENA_ARRAY(f->scratch, f->n_all, uint32_t);
	if (f->number == NULL)
		return model_full(err);
	for (uint32_t k = 0; k < f->n_foreign; k++) {
		const uint32_t *tokens = profile_tokens(f, f->chosen[k], layer);

		for (uint32_t i = 0; i < f->chosen[k]->token_n[layer]; i++)
			f->number[tokens[i]] = 1;
	}
	ret->n_tokens = l->n_tokens;
	for (size_t i = 0; i < f->n_all; i++) {
		while (known < l->n_tokens && l->token_hash[known] < f->all[i].hash)
			known++;
		if (known < l->n_tokens && l->token_hash[known] == f->all[i].hash)
			f->number[i] = known;
		else
			f->number[i] = f->number[i] == 0 ? MAP_NONE : ret->n_tokens++;
	}
	return COORD_OK;
}

static bool
in_population(const struct model *m, const struct stratum *s, uint32_t s_index, uint32_t node)
{
	if (s->tool[0] != 0)
		return m->node_stratum[node] == s_index;
	return s->service == REFERENCE_ALL_SERVICES || m->node_service[node] == s->service;
}

/* Adds the reference's nodes of a stratum: its tokens are some of those of all services, both ascend by hash. */
static void
count_reference(const struct fitting *f, enum layer layer, const struct stratum *s, uint32_t *count)
{
	const struct reference_token *tokens = NULL;
	size_t n = f->ref == NULL ? 0 : reference_tokens(f->ref, s->key, (uint32_t)layer, &tokens);

	for (size_t i = 0, at = 0; i < n; i++) {
		while (at < f->n_all && f->all[at].hash < tokens[i].hash)
			at++;
		if (at < f->n_all && f->all[at].hash == tokens[i].hash && f->number[at] != MAP_NONE)
			count[f->number[at]] += (uint32_t)tokens[i].nodes;
	}
}

/* ln((n_sv + 0.5) / D_s) of every token that the stratum's profiles may have. */
static enum coord_err
weigh_stratum(struct fitting *f, enum layer layer, uint32_t s_index, uint32_t n_tokens,
    struct coord_error *err)
{
	const struct model *m = f->m;
	const struct layer_tokens *l = &m->layers[layer];
	const struct stratum *s = &m->strata[s_index];
	uint32_t *count = ARENA_ARRAY(f->scratch, n_tokens, uint32_t);
	uint64_t incidences =
	    f->ref == NULL ? 0 : reference_incidences(f->ref, s->key, (uint32_t)layer);

	f->ln_q = ARENA_ARRAY_RAW(f->scratch, n_tokens, double);
	if (count == NULL || f->ln_q == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < m->n_nodes; i++) {
		if (!in_population(m, s, s_index, i))
			continue;
		incidences += l->start[i + 1] - l->start[i];
		for (uint32_t c = l->start[i]; c < l->start[i + 1]; c++)
			count[l->cell_token[l->cell[c]]]++;
	}
	count_reference(f, layer, s, count);
	for (uint32_t t = 0; t < n_tokens; t++)
		f->ln_q[t] = log((count[t] + 0.5) / (double)(incidences == 0 ? 1 : incidences));
	return COORD_OK;
}

static int
u32_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* One profile of the reference: the batch's numbers, ascending, and their chances. */
static void
fit_foreign(const struct fitting *f, enum layer layer, struct profile_layer *pl, uint32_t k)
{
	const uint32_t *tokens = profile_tokens(f, f->chosen[k], layer);
	uint32_t *into = pl->token + pl->from[k], n = pl->n[k];
	double ln_d = log(n);

	for (uint32_t i = 0; i < n; i++)
		into[i] = f->number[tokens[i]];
	if (n > 1)
		qsort(into, n, sizeof(*into), u32_order);
	for (uint32_t i = 0; i < n; i++)
		pl->ln_p[pl->from[k] + i] = profiles_ln_p(ln_d, f->ln_q[into[i]]);
}

static void
fit_own(
    const struct fitting *f, enum layer layer, struct profile_layer *pl, uint32_t k, uint32_t node)
{
	const struct layer_tokens *l = &f->m->layers[layer];
	double ln_d = log(pl->n[k]);

	for (uint32_t i = 0; i < pl->n[k]; i++) {
		uint32_t cell = l->cell[l->start[node] + i];

		pl->token[pl->from[k] + i] = l->cell_token[cell];
		pl->ln_p[pl->from[k] + i] = profiles_ln_p(ln_d, l->cell_ln_q[cell]);
	}
}

static enum coord_err
alloc_layer(struct fitting *f, const struct profiles *p, enum layer layer, struct profile_layer *pl,
    struct coord_error *err)
{
	uint32_t total = 0;

	pl->from = ARENA_ARRAY_RAW(f->arena, p->n, uint32_t);
	pl->n = ARENA_ARRAY_RAW(f->arena, p->n, uint32_t);
	if (pl->from == NULL || pl->n == NULL)
		return model_full(err);
	for (uint32_t k = 0; k < f->n_foreign; k++)
		pl->n[k] = f->chosen[k]->token_n[layer];
	for (uint32_t i = 0; i < f->m->n_nodes; i++)
		pl->n[f->n_foreign + i] = model_degree(f->m, layer, i);
	for (uint32_t k = 0; k < p->n; k++) {
		pl->from[k] = total;
		total += pl->n[k];
	}
	pl->token = ARENA_ARRAY_RAW(f->arena, total, uint32_t);
	pl->ln_p = ARENA_ARRAY_RAW(f->arena, total, float);
	return pl->token == NULL || pl->ln_p == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
fit_layer(struct fitting *f, struct profiles *p, enum layer layer, struct coord_error *err)
{
	struct profile_layer *pl = &p->layers[layer];

	TRY(number_tokens(f, layer, pl, err));
	TRY(alloc_layer(f, p, layer, pl, err));
	for (uint32_t s = 0; s < f->m->n_strata; s++) {
		struct arena_mark mark = arena_mark(f->scratch);

		if (p->foreign_from[s] < p->foreign_from[s + 1])
			TRY(weigh_stratum(f, layer, s, pl->n_tokens, err));
		for (uint32_t k = p->foreign_from[s]; k < p->foreign_from[s + 1]; k++)
			fit_foreign(f, layer, pl, k);
		arena_rewind(f->scratch, mark);
	}
	for (uint32_t i = 0; i < f->m->n_nodes; i++)
		fit_own(f, layer, pl, f->n_foreign + i, i);
	return COORD_OK;
}

static enum coord_err
fit(struct fitting *f, struct profiles *p, struct coord_error *err)
{
	TRY(choose_foreign(f, p, err));
	p->n = f->n_foreign + f->m->n_nodes;
	p->foreign_family = ARENA_ARRAY_RAW(f->arena, f->n_foreign, uint64_t);
	if (p->foreign_family == NULL)
		return model_full(err);
	for (uint32_t k = 0; k < f->n_foreign; k++)
		p->foreign_family[k] = f->chosen[k]->family;
	for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
		TRY(fit_layer(f, p, layer, err));
	return COORD_OK;
}

enum coord_err
profiles_build(const struct model *m, const struct reference *ref, struct arena *arena,
    struct profiles *ret, struct coord_error *err)
{
	struct fitting f = { .m = m,
		.ref = ref,
		.content = ref == NULL ? NULL : reference_content_of(ref),
		.arena = arena,
		.scratch = arena_new(0) };
	enum coord_err rc = f.scratch == NULL ? model_full(err) : COORD_OK;

	*ret = (struct profiles){ .n = 0 };
	if (rc == COORD_OK)
		rc = fit(&f, ret, err);
	arena_free(f.scratch);
	return rc;
}
