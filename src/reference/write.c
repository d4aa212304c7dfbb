/* write.c - writing a snapshot: hash first, then the file as a whole. */
#include "reference/file.h"
#include "reference/layout.h"

enum { PARTS = 8 };

enum coord_err
reference_write(const struct reference_content *c, const char *path, struct coord_error *err)
{
	struct reference_header h = { .magic = { 'C', 'O', 'O', 'R', 'D', 'R', 'E', 'F' },
		.version = REFERENCE_VERSION,
		.header_bytes = sizeof(h),
		.n_strata = c->n_strata,
		.n_tokens = c->n_tokens,
		.n_links = c->n_links,
		.n_visits = c->n_visits,
		.n_sources = c->n_sources,
		.n_profiles = c->n_profiles,
		.n_profile_tokens = c->n_profile_tokens,
		.first_us = c->first_us,
		.last_us = c->last_us,
		.sessions = c->sessions };
	struct file_part parts[PARTS] = { { &h, sizeof(h) },
		{ c->strata, c->n_strata * sizeof(*c->strata) },
		{ c->tokens, c->n_tokens * sizeof(*c->tokens) },
		{ c->links, c->n_links * sizeof(*c->links) },
		{ c->visits, c->n_visits * sizeof(*c->visits) },
		{ c->sources, c->n_sources * sizeof(*c->sources) },
		{ c->profiles, c->n_profiles * sizeof(*c->profiles) },
		{ c->profile_tokens, c->n_profile_tokens * sizeof(*c->profile_tokens) } };

	memcpy(h.input_sha256, c->input_sha256, sizeof(h.input_sha256));
	TRY(file_hash(parts, PARTS, REFERENCE_HASHED_FROM, &h.file_bytes, h.sha256, err));
	return file_write(parts, PARTS, path, err);
}
