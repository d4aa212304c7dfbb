/* public.c - public artefacts that users add: one a line, `kind,value[,name[,date]]`, or the value alone when its form
 * says what it is (a digest, a key's fingerprint, a URL). Values are brought into the form in which artefacts are compared
 * (docs/artefacts.md), so that a URL may be given as one finds it.
 *   url, c2   without a path: everything at that host and below; a final "*": everything that starts so */
#include <stdio.h>

#include "detect/knowledge/knowledge.h"
#include "detect/knowledge/records.h"
#include "detect/text/normalise.h"
#include "detect/text/public_artefacts.h"

struct reader {
	struct knowledge *k;
	struct records records;
	struct arena *scratch;
	struct coord_error *err;
};

bool
knowledge_is_public(const struct knowledge *k, enum artefact_kind kind, struct sv value)
{
	uint64_t hash = hash_mix((uint64_t)kind, hash_content(value));

	if (k == NULL)
		return false;
	if (map_get(&k->public_values, hash) != MAP_NONE)
		return true;
	for (uint32_t i = 0; i < k->n_patterns; i++) {
		const struct public_pattern *p = &k->patterns[i];

		if (p->kind == kind &&
		    (p->host ? public_artefact_below(value, p->text) : sv_starts(value, p->text)))
			return true;
	}
	return false;
}

static bool
all_of(struct sv text, const char *accepted)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == 0 || strchr(accepted, text.data[i]) == NULL)
			return false;
	return text.len > 0;
}

static bool
is_digest(struct sv text)
{
	return (text.len == 64 || text.len == 40 || text.len == 32) &&
	       all_of(text, "0123456789abcdefABCDEF");
}

static bool
is_fingerprint(struct sv text)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return text.len == 50 && sv_starts(text, SV("SHA256:")) &&
	       all_of(sv_skip(text, 7), alphabet);
}

static bool
kind_of_name(struct sv name, enum artefact_kind *ret)
{
	for (int kind = 0; kind < ARTEFACT_KIND_COUNT; kind++)
		if (sv_eq(name, sv_from(artefact_kind_name((enum artefact_kind)kind)))) {
			*ret = (enum artefact_kind)kind;
			return true;
		}
	return false;
}

static bool
kind_of_value(struct sv value, enum artefact_kind *ret)
{
	if (is_digest(value))
		*ret = ARTEFACT_FILE_HASH;
	else if (is_fingerprint(value))
		*ret = ARTEFACT_SSH_KEY;
	else if (sv_has(value, SV("://")) || sv_find_char(value, '/') != SIZE_MAX)
		*ret = ARTEFACT_URL;
	else
		return false;
	return true;
}

static enum coord_err
full(const struct reader *r)
{
	return error_set(r->err, COORD_ENOMEM, "%s: %s", r->records.name, error_text(COORD_ENOMEM));
}

static enum coord_err
add_value(const struct reader *r, enum artefact_kind kind, struct sv value)
{
	uint32_t *slot =
	    map_slot(&r->k->public_values, hash_mix((uint64_t)kind, hash_content(value)));

	if (slot == NULL)
		return full(r);
	*slot = 1;
	return COORD_OK;
}

static enum coord_err
add_pattern(const struct reader *r, enum artefact_kind kind, bool host, struct sv text)
{
	struct knowledge *k = r->k;
	const char *kept = arena_strdup(k->arena, text);

	if (kept == NULL || !knowledge_grow((void **)&k->patterns, &k->cap_patterns, k->n_patterns,
				sizeof(*k->patterns)))
		return full(r);
	k->patterns[k->n_patterns++] =
	    (struct public_pattern){ (uint8_t)kind, host, { kept, text.len } };
	return COORD_OK;
}

static struct sv
lower(const struct reader *r, struct sv text)
{
	char *copy = arena_strdup(r->scratch, text);

	for (size_t i = 0; copy != NULL && i < text.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] + 32);
	return copy == NULL ? SV_NONE : (struct sv){ copy, text.len };
}

/* "https://host/a" and a star: everything that starts so; "host": the host; else the one place. */
static enum coord_err
add_place(const struct reader *r, enum artefact_kind kind, struct sv value)
{
	bool prefix = value.len > 1 && value.data[value.len - 1] == '*';
	struct sv plain = sv_first(value, value.len - prefix), host;
	struct sv url = normalise_url(plain, r->scratch, &host);
	size_t scheme = sv_find(plain, SV("://"));
	struct sv bare = scheme == SIZE_MAX ? plain : sv_skip(plain, scheme + 3);

	if (url.data == NULL || host.len == 0)
		return records_fault(&r->records, r->err, "%s: no host in \"%.*s\"",
		    artefact_kind_name(kind), (int)sv_first(value, 60).len, value.data);
	if (sv_find_char(bare, '/') == SIZE_MAX && sv_find_char(bare, ':') == SIZE_MAX && !prefix)
		return add_pattern(r, kind, true, host);
	if (kind == ARTEFACT_C2)
		return add_value(r, kind, lower(r, bare));
	return prefix ? add_pattern(r, kind, false, url) : add_value(r, kind, url);
}

static enum coord_err
add_entry(const struct reader *r, enum artefact_kind kind, struct sv value)
{
	switch (kind) {
	case ARTEFACT_FILE_HASH:
		if (!is_digest(value))
			return records_fault(&r->records, r->err,
			    "file_hash: expected 64, 40 or 32 hex digits, got \"%.*s\"",
			    (int)sv_first(value, 70).len, value.data);
		return add_value(r, kind, lower(r, value));
	case ARTEFACT_SSH_KEY:
		if (!is_fingerprint(value))
			return records_fault(&r->records, r->err,
			    "ssh_key: expected SHA256: and 43 characters of base64, got \"%.*s\"",
			    (int)sv_first(value, 70).len, value.data);
		return add_value(r, kind, value);
	case ARTEFACT_URL:
	case ARTEFACT_C2:
		return add_place(r, kind, value);
	default:
		return add_value(r, kind, value);
	}
}

static bool
is_head(const struct records *records)
{
	return records->n >= 2 && sv_eq(records->field[0], SV("kind")) &&
	       sv_eq(records->field[1], SV("value"));
}

static enum coord_err
read_record(const struct reader *r)
{
	const struct records *records = &r->records;
	enum artefact_kind kind;

	if (records->n == 1) {
		if (!kind_of_value(records->field[0], &kind))
			return records_fault(records, r->err,
			    "cannot tell what \"%.*s\" is: write kind,value",
			    (int)sv_first(records->field[0], 60).len, records->field[0].data);
		return add_entry(r, kind, records->field[0]);
	}
	if (!kind_of_name(records->field[0], &kind))
		return records_fault(records, r->err,
		    "kind: expected ssh_key, file_hash, url, c2, wallet, password or marker, got "
		    "\"%.*s\"",
		    (int)sv_first(records->field[0], 40).len, records->field[0].data);
	if (records->field[1].len == 0)
		return records_fault(records, r->err, "value: is empty");
	if (records->n > 4)
		return records_fault(
		    records, r->err, "more than four fields: put a value with commas in quotes");
	if (records->n == 4 && records->field[3].len > 0 && !knowledge_is_date(records->field[3]))
		return records_fault(records, r->err, "date: expected YYYY-MM-DD, got \"%.*s\"",
		    (int)sv_first(records->field[3], 40).len, records->field[3].data);
	return add_entry(r, kind, records->field[1]);
}

static enum coord_err
read_all(struct reader *r, uint32_t *ret_entries)
{
	enum record_got got;

	while ((got = records_next(&r->records, r->err)) == RECORD_LINE) {
		struct arena_mark mark = arena_mark(r->scratch);

		if (*ret_entries == 0 && is_head(&r->records))
			continue;
		TRY(read_record(r));
		arena_rewind(r->scratch, mark);
		++*ret_entries;
	}
	return got == RECORD_BAD ? COORD_EPARSE : COORD_OK;
}

enum coord_err
knowledge_read_public(struct knowledge *k, const char *name, struct sv text, uint32_t *ret_entries,
    struct coord_error *err)
{
	struct reader r = { .k = k, .scratch = arena_new(0), .err = err };
	enum coord_err rc;

	records_begin(&r.records, name, RECORD_CSV, text);
	if (r.scratch == NULL)
		return full(&r);
	*ret_entries = 0;
	rc = read_all(&r, ret_entries);
	arena_free(r.scratch);
	return rc;
}
