/* layout.h - the snapshot file: one header, then the arrays of reference_content in its order (private). */
#ifndef COORD_REFERENCE_LAYOUT_H
#define COORD_REFERENCE_LAYOUT_H

#include "reference/reference.h"

struct reference_header {
	char magic[8]; /* "COORDREF" */
	uint32_t version;
	uint32_t header_bytes; /* sizeof(struct reference_header) */
	uint64_t file_bytes;
	uint8_t sha256[32]; /* of all bytes behind this field */
	uint64_t n_strata, n_tokens, n_links, n_visits, n_sources, n_profiles, n_profile_tokens;
	int64_t first_us, last_us;
	uint64_t sessions;
	uint8_t input_sha256[32];
};

enum { REFERENCE_HASHED_FROM = 56 }; /* offset of n_strata */
_Static_assert(sizeof(struct reference_header) == 168, "the header is part of the file format");
_Static_assert(sizeof(struct reference_profile) == 40, "the profile is part of the file format");
_Static_assert(sizeof(struct reference_stratum) == 208, "the stratum is part of the file format");

#endif
