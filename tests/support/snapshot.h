/* snapshot.h - a small reference snapshot by hand, as content and as the bytes of its file. */
#ifndef COORD_TESTS_SUPPORT_SNAPSHOT_H
#define COORD_TESTS_SUPPORT_SNAPSHOT_H

#include <stdlib.h>

#include "reference/layout.h"

/** Two populations (ssh: 10 nodes, all: 12), three tokens and three visits, two sources, two links, two profiles. */
struct snapshot {
	struct reference_stratum strata[2];
	struct reference_token tokens[6];
	struct reference_link links[2];
	int64_t visits[5];
	struct addr sources[3];
	struct reference_profile profiles[2];
	uint32_t profile_tokens[4];
	struct reference_content content;
};

static inline void
snapshot_make(struct snapshot *s)
{
	uint64_t ssh = reference_stratum_key(3, SV_NONE),
		 all = reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE);
	unsigned first = ssh > all;

	*s = (struct snapshot){
		.tokens = { { 10, 4 }, { 20, 10 }, { 7, 1 }, { 10, 5 }, { 20, 12 }, { 7, 1 } },
		.links = { { 0, 10, 5 }, { 1, 3, 2 } },
		.visits = { 100, 200, 100, 200, 300 },
		.sources = { addr_from_v4(1), addr_from_v4(1), addr_from_v4(2) },
		.profiles = { { 77, ssh, 0, { 2, 1 } }, { 78, ssh, 3, { 1 } } },
		.profile_tokens = { 0, 1, 0, 1 },
	};
	s->strata[first] = (struct reference_stratum){ .key = ssh,
		.nodes = 10,
		.incidences = { 14, 1 },
		.token_from = { 0, 2 },
		.token_n = { 2, 1 },
		.visit_n = 2,
		.source_n = 1,
		.name = "ssh" };
	s->strata[!first] = (struct reference_stratum){ .key = all,
		.nodes = 12,
		.incidences = { 17, 1 },
		.token_from = { 3, 5 },
		.token_n = { 2, 1 },
		.visit_from = 2,
		.visit_n = 3,
		.source_from = 1,
		.source_n = 2,
		.name = "all services" };
	s->content = (struct reference_content){ .strata = s->strata,
		.tokens = s->tokens,
		.links = s->links,
		.visits = s->visits,
		.sources = s->sources,
		.profiles = s->profiles,
		.profile_tokens = s->profile_tokens,
		.n_strata = 2,
		.n_tokens = 6,
		.n_links = 2,
		.n_visits = 5,
		.n_sources = 3,
		.n_profiles = 2,
		.n_profile_tokens = 4,
		.first_us = 100,
		.last_us = 300,
		.sessions = 99,
		.input_sha256 = { 1, 2, 3 } };
}

/** Makes size and SHA-256 of a snapshot's bytes right again after a change. */
static inline void
snapshot_seal(void *data, size_t len)
{
	struct reference_header h;

	memcpy(&h, data, sizeof(h));
	h.file_bytes = len;
	sha256_of((char *)data + REFERENCE_HASHED_FROM, len - REFERENCE_HASHED_FROM, h.sha256);
	memcpy(data, &h, sizeof(h));
}

#endif
