/* open.c - mapping a snapshot and checking all of it once: a damaged or forged file must not reach the analysis. */
#include <stdlib.h>
#include <string.h>

#include "reference/file.h"
#include "reference/layout.h"

struct reference {
	struct reference_content content;
	char hash[65];
	struct file_map map; /* empty when from memory */
};

static bool
range_inside(uint64_t from, uint64_t n, uint64_t total)
{
	return from <= total && n <= total - from;
}

static bool
tokens_ascend(const struct reference_content *c, const struct reference_stratum *s)
{
	for (unsigned l = 0; l < REFERENCE_LAYERS; l++) {
		uint64_t sum = 0;

		if (!range_inside(s->token_from[l], s->token_n[l], c->n_tokens))
			return false;
		for (uint64_t i = 0; i < s->token_n[l]; i++) {
			const struct reference_token *t = &c->tokens[s->token_from[l] + i];

			if ((i > 0 && t[-1].hash >= t->hash) || t->nodes == 0 ||
			    t->nodes > s->nodes)
				return false;
			sum += t->nodes;
		}
		if (sum != s->incidences[l])
			return false;
	}
	return true;
}

/* A name is shown on terminals: printable ASCII with its end inside. */
static bool
name_holds(const char name[REFERENCE_NAME_MAX])
{
	for (size_t i = 0; i < REFERENCE_NAME_MAX; i++) {
		if (name[i] == 0)
			return true;
		if (name[i] < 0x20 || name[i] > 0x7e)
			return false;
	}
	return false;
}

static bool
stratum_holds(const struct reference_content *c, const struct reference_stratum *s)
{
	if (s->nodes == 0 || s->nodes > UINT32_MAX || !name_holds(s->name) ||
	    !range_inside(s->visit_from, s->visit_n, c->n_visits) ||
	    !range_inside(s->source_from, s->source_n, c->n_sources))
		return false;
	for (uint64_t i = 1; i < s->visit_n; i++)
		if (c->visits[s->visit_from + i - 1] > c->visits[s->visit_from + i])
			return false;
	for (uint64_t i = 1; i < s->source_n; i++)
		if (addr_cmp(c->sources[s->source_from + i - 1], c->sources[s->source_from + i]) >=
		    0)
			return false;
	return tokens_ascend(c, s);
}

static bool
links_hold(const struct reference_content *c)
{
	for (uint64_t i = 0; i < c->n_links; i++) {
		const struct reference_link *l = &c->links[i];

		if (l->layer >= REFERENCE_LAYERS)
			return false;
		if (i > 0 && (l[-1].layer > l->layer ||
				 (l[-1].layer == l->layer && l[-1].token >= l->token)))
			return false;
	}
	return true;
}

/* Indices ascend and stay below the number of tokens of all services in their layer. */
static bool
profile_holds(const struct reference_content *c, const struct reference_profile *p,
    const struct reference_stratum *all)
{
	uint64_t at = p->token_from;

	for (unsigned l = 0; l < REFERENCE_LAYERS; l++) {
		uint32_t n = p->token_n[l];

		if (n > REFERENCE_PROFILE_TOKENS || !range_inside(at, n, c->n_profile_tokens))
			return false;
		for (uint32_t i = 0; i < n; i++)
			if (c->profile_tokens[at + i] >= all->token_n[l] ||
			    (i > 0 && c->profile_tokens[at + i - 1] >= c->profile_tokens[at + i]))
				return false;
		at += n;
	}
	return true;
}

static bool
profiles_hold(const struct reference_content *c)
{
	uint64_t key = reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE);
	const struct reference_stratum *all = NULL;

	for (uint64_t i = 0; i < c->n_strata; i++)
		if (c->strata[i].key == key)
			all = &c->strata[i];
	if (c->n_profiles > REFERENCE_PROFILES_MOST || (c->n_profiles > 0 && all == NULL))
		return false;
	for (uint64_t i = 0; i < c->n_profiles; i++)
		if (!profile_holds(c, &c->profiles[i], all))
			return false;
	return true;
}

static enum coord_err
check_content(const struct reference_content *c, struct coord_error *err)
{
	for (uint64_t i = 0; i < c->n_strata; i++)
		if ((i > 0 && c->strata[i - 1].key >= c->strata[i].key) ||
		    !stratum_holds(c, &c->strata[i]))
			return error_set(err, COORD_EPARSE,
			    "reference: population %llu is inconsistent", (unsigned long long)i);
	if (!links_hold(c))
		return error_set(
		    err, COORD_EPARSE, "reference: the linked tokens are inconsistent");
	if (!profiles_hold(c))
		return error_set(err, COORD_EPARSE, "reference: the profiles are inconsistent");
	return COORD_OK;
}

static enum coord_err
check_header(
    const struct reference_header *h, const void *data, size_t len, struct coord_error *err)
{
	uint8_t sha[32];

	if (len < sizeof(*h) || memcmp(h->magic, "COORDREF", 8) != 0)
		return error_set(err, COORD_EPARSE,
		    "reference: this is no reference snapshot (make one with 'coord reference "
		    "build')");
	if (h->version != REFERENCE_VERSION || h->header_bytes != sizeof(*h))
		return error_set(err, COORD_EPARSE,
		    "reference: format version %u, this program reads %d", h->version,
		    REFERENCE_VERSION);
	if (h->file_bytes != len)
		return error_set(err, COORD_EPARSE,
		    "reference: %zu bytes, the header says %llu: truncated?", len,
		    (unsigned long long)h->file_bytes);
	sha256_of((const char *)data + REFERENCE_HASHED_FROM, len - REFERENCE_HASHED_FROM, sha);
	if (memcmp(sha, h->sha256, sizeof(sha)) != 0)
		return error_set(err, COORD_EPARSE,
		    "reference: the content does not match its SHA-256: damaged");
	return COORD_OK;
}

enum coord_err
reference_from_memory(const void *data, size_t len, struct reference **ret, struct coord_error *err)
{
	struct reference_header h;
	const char *at;
	size_t left;
	struct reference *ref;
	struct reference_content *c;
	const void *part[7];

	if (len < sizeof(h))
		memset(&h, 0, sizeof(h));
	else
		memcpy(&h, data, sizeof(h));
	TRY(check_header(&h, data, len, err));
	at = (const char *)data + sizeof(h);
	left = len - sizeof(h);
	if (!file_take(&at, &left, h.n_strata, sizeof(struct reference_stratum), &part[0]) ||
	    !file_take(&at, &left, h.n_tokens, sizeof(struct reference_token), &part[1]) ||
	    !file_take(&at, &left, h.n_links, sizeof(struct reference_link), &part[2]) ||
	    !file_take(&at, &left, h.n_visits, sizeof(int64_t), &part[3]) ||
	    !file_take(&at, &left, h.n_sources, sizeof(struct addr), &part[4]) ||
	    !file_take(&at, &left, h.n_profiles, sizeof(struct reference_profile), &part[5]) ||
	    !file_take(&at, &left, h.n_profile_tokens, sizeof(uint32_t), &part[6]) || left != 0)
		return error_set(err, COORD_EPARSE, "reference: the sections do not fill the file");
	if ((ref = calloc(1, sizeof(*ref))) == NULL)
		return error_set(err, COORD_ENOMEM, "reference: out of memory");
	c = &ref->content;
	*c = (struct reference_content){ part[0], part[1], part[2], part[3], part[4], part[5],
		part[6], h.n_strata, h.n_tokens, h.n_links, h.n_visits, h.n_sources, h.n_profiles,
		h.n_profile_tokens, h.first_us, h.last_us, h.sessions, { 0 } };
	memcpy(c->input_sha256, h.input_sha256, sizeof(c->input_sha256));
	hex_of(h.sha256, sizeof(h.sha256), ref->hash);
	if (check_content(c, err) != COORD_OK) {
		free(ref);
		return COORD_EPARSE;
	}
	*ret = ref;
	return COORD_OK;
}

enum coord_err
reference_open(const char *path, struct reference **ret, struct coord_error *err)
{
	struct file_map map;
	enum coord_err rc;

	TRY(file_map(path, "reference snapshot", &map, err));
	rc = reference_from_memory(map.data, map.bytes, ret, err);
	if (rc != COORD_OK) {
		file_unmap(&map);
		return rc;
	}
	(*ret)->map = map;
	return COORD_OK;
}

void
reference_close(struct reference *ref)
{
	if (ref == NULL)
		return;
	file_unmap(&ref->map);
	free(ref);
}

const char *
reference_hash(const struct reference *ref)
{
	return ref->hash;
}

const struct reference_content *
reference_content_of(const struct reference *ref)
{
	return &ref->content;
}
