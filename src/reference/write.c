/* write.c - writing a snapshot: hash first, then one temporary file, then rename. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reference/layout.h"

struct section {
	const void *data;
	size_t bytes;
};

enum { SECTIONS = 7 };

static void
list_sections(const struct reference_content *c, struct section ret[SECTIONS])
{
	ret[0] = (struct section){ c->strata, c->n_strata * sizeof(*c->strata) };
	ret[1] = (struct section){ c->tokens, c->n_tokens * sizeof(*c->tokens) };
	ret[2] = (struct section){ c->links, c->n_links * sizeof(*c->links) };
	ret[3] = (struct section){ c->visits, c->n_visits * sizeof(*c->visits) };
	ret[4] = (struct section){ c->sources, c->n_sources * sizeof(*c->sources) };
	ret[5] = (struct section){ c->profiles, c->n_profiles * sizeof(*c->profiles) };
	ret[6] =
	    (struct section){ c->profile_tokens, c->n_profile_tokens * sizeof(*c->profile_tokens) };
}

static enum coord_err
fill_header(const struct reference_content *c, const struct section sections[SECTIONS],
    struct reference_header *h, struct coord_error *err)
{
	struct sha256 *sha = sha256_new();

	if (sha == NULL)
		return error_set(err, COORD_ENOMEM, "reference: cannot hash");
	*h = (struct reference_header){ .magic = { 'C', 'O', 'O', 'R', 'D', 'R', 'E', 'F' },
		.version = REFERENCE_VERSION,
		.header_bytes = sizeof(*h),
		.file_bytes = sizeof(*h),
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
	memcpy(h->input_sha256, c->input_sha256, sizeof(h->input_sha256));
	sha256_add(
	    sha, (const char *)h + REFERENCE_HASHED_FROM, sizeof(*h) - REFERENCE_HASHED_FROM);
	for (size_t s = 0; s < SECTIONS; s++) {
		h->file_bytes += sections[s].bytes;
		sha256_add(sha, sections[s].data, sections[s].bytes);
	}
	sha256_end(sha, h->sha256);
	return COORD_OK;
}

static bool
write_all(int fd, const void *data, size_t bytes)
{
	const char *at = data;

	while (bytes > 0) {
		ssize_t n = write(fd, at, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		bytes -= (size_t)n;
	}
	return true;
}

enum coord_err
reference_write(const struct reference_content *c, const char *path, struct coord_error *err)
{
	struct section sections[SECTIONS];
	struct reference_header h;
	struct buf temporary = BUF_INIT(4096);
	enum coord_err rc = COORD_OK;
	bool ok;
	int fd;

	list_sections(c, sections);
	TRY(fill_header(c, sections, &h, err));
	buf_printf(&temporary, "%s.XXXXXX", path);
	if (temporary.failed)
		return error_set(err, COORD_EINVALID, "reference: the path is too long");
	buf_add_char(&temporary, 0);
	fd = mkostemp(temporary.data, O_CLOEXEC);
	if (fd == -1) {
		rc = error_set(err, COORD_EIO, "%s: %s", path, strerror(errno));
		goto err0;
	}
	ok = write_all(fd, &h, sizeof(h));
	for (size_t s = 0; ok && s < SECTIONS; s++)
		ok = write_all(fd, sections[s].data, sections[s].bytes);
	ok = ok && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
	if (close(fd) != 0 || !ok || rename(temporary.data, path) != 0) {
		rc = error_set(err, COORD_EIO, "%s: %s", path, strerror(errno));
		(void)unlink(temporary.data);
	}
err0:
	buf_clear(&temporary);
	return rc;
}
