/* scanners.c - lists of known scanners: `organisation,kind,value,source,date`, where kind is network (a prefix or an
 * address), asn, name (as enrichment gives it with the input), agent or banner (a part of the user agent or client
 * banner, in any case). The same reader takes the shipped list (scanners.csv) and the users'. */
#include "detect/knowledge/knowledge.h"
#include "detect/knowledge/records.h"

enum { CLAIM_LEAST = 5, CLAIM_MOST = 200, ORGANISATION_MOST = 100 };

static const struct {
	const char *name, *text;
} matches[FLEET_MATCH_COUNT] = {
#define FLEET_MATCH_ROW(id, name, text) [FLEET_##id] = { name, text },
	FLEET_MATCHES(FLEET_MATCH_ROW)
#undef FLEET_MATCH_ROW
};

const char *
fleet_match_name(enum fleet_match match)
{
	return matches[match].name;
}

const char *
fleet_match_text(enum fleet_match match)
{
	return matches[match].text;
}

struct reader {
	struct knowledge *k;
	struct records records;
	struct coord_error *err;
};

static enum coord_err
full(const struct reader *r)
{
	return error_set(r->err, COORD_ENOMEM, "%s: %s", r->records.name, error_text(COORD_ENOMEM));
}

static enum coord_err
find_fleet(const struct reader *r, struct sv organisation, uint32_t *ret)
{
	struct knowledge *k = r->k;
	const char *kept;

	for (uint32_t i = k->n_fleets; i-- > 0;)
		if (sv_eq(sv_from(k->fleets[i]), organisation)) {
			*ret = i;
			return COORD_OK;
		}
	kept = arena_strdup(k->arena, organisation);
	if (kept == NULL ||
	    !knowledge_grow((void **)&k->fleets, &k->cap_fleets, k->n_fleets, sizeof(*k->fleets)))
		return full(r);
	*ret = k->n_fleets;
	k->fleets[k->n_fleets++] = kept;
	return COORD_OK;
}

static enum coord_err
add_network(const struct reader *r, uint32_t fleet, struct sv value)
{
	struct addr base;
	unsigned bits;

	if (!network_parse(value, &base, &bits))
		return records_fault(&r->records, r->err,
		    "network: expected an address or a prefix, got \"%.*s\"",
		    (int)sv_first(value, 60).len, value.data);
	if (bits < 8)
		return records_fault(
		    &r->records, r->err, "network: /%u is too much of the internet", bits);
	return networks_add(&r->k->fleet_networks, base, bits, fleet) ? COORD_OK : full(r);
}

static enum coord_err
add_asn(const struct reader *r, uint32_t fleet, struct sv value)
{
	struct sv digits = sv_starts(value, SV("AS")) ? sv_skip(value, 2) : value;
	uint64_t number;
	uint32_t *slot;

	if (!sv_to_u64(digits, &number) || number == 0 || number > UINT32_MAX)
		return records_fault(&r->records, r->err,
		    "asn: expected the number of an autonomous system, got \"%.*s\"",
		    (int)sv_first(value, 60).len, value.data);
	if ((slot = map_slot(&r->k->fleet_asns, number)) == NULL)
		return full(r);
	*slot = *slot == MAP_NONE ? fleet : *slot;
	return COORD_OK;
}

static enum coord_err
add_text(const struct reader *r, uint32_t fleet, enum fleet_match match, struct sv value)
{
	struct knowledge *k = r->k;
	char *kept;

	if ((match != FLEET_NAME && value.len < CLAIM_LEAST) || value.len > CLAIM_MOST)
		return records_fault(&r->records, r->err, "%s: expected %d to %d characters",
		    fleet_match_name(match), CLAIM_LEAST, CLAIM_MOST);
	if ((kept = arena_strdup(k->arena, value)) == NULL ||
	    !knowledge_grow((void **)&k->fleet_texts, &k->cap_fleet_texts, k->n_fleet_texts,
		sizeof(*k->fleet_texts)))
		return full(r);
	for (size_t i = 0; i < value.len; i++)
		if (kept[i] >= 'A' && kept[i] <= 'Z')
			kept[i] = (char)(kept[i] + 32);
	k->fleet_texts[k->n_fleet_texts++] = (struct fleet_text){ kept, fleet, (uint8_t)match };
	return COORD_OK;
}

static enum coord_err
read_record(const struct reader *r)
{
	const struct records *records = &r->records;
	struct sv organisation = records->field[0], kind, value;
	uint32_t fleet = 0;

	if (records->n < 3 || records->n > 5)
		return records_fault(records, r->err,
		    "expected organisation,kind,value[,source[,date]], got %u fields", records->n);
	kind = records->field[1];
	value = records->field[2];
	if (organisation.len == 0 || organisation.len > ORGANISATION_MOST)
		return records_fault(records, r->err, "organisation: expected 1 to %d characters",
		    ORGANISATION_MOST);
	if (value.len == 0)
		return records_fault(records, r->err, "value: is empty");
	if (records->n == 5 && records->field[4].len > 0 && !knowledge_is_date(records->field[4]))
		return records_fault(records, r->err, "date: expected YYYY-MM-DD, got \"%.*s\"",
		    (int)sv_first(records->field[4], 40).len, records->field[4].data);
	TRY(find_fleet(r, organisation, &fleet));
	for (int m = 0; m < FLEET_MATCH_COUNT; m++) {
		if (!sv_eq(kind, sv_from(matches[m].name)))
			continue;
		if (m == FLEET_NETWORK)
			return add_network(r, fleet, value);
		return m == FLEET_ASN ? add_asn(r, fleet, value)
				      : add_text(r, fleet, (enum fleet_match)m, value);
	}
	return records_fault(records, r->err,
	    "kind: expected network, asn, name, agent or banner, got \"%.*s\"",
	    (int)sv_first(kind, 40).len, kind.data);
}

static bool
is_head(const struct records *records)
{
	return records->n >= 3 && sv_eq(records->field[0], SV("organisation")) &&
	       sv_eq(records->field[1], SV("kind"));
}

enum coord_err
knowledge_read_scanners(struct knowledge *k, const char *name, struct sv text,
    uint32_t *ret_entries, struct coord_error *err)
{
	struct reader r = { .k = k, .err = err };
	enum record_got got;

	*ret_entries = 0;
	records_begin(&r.records, name, RECORD_CSV, text);
	while ((got = records_next(&r.records, err)) == RECORD_LINE) {
		if (*ret_entries == 0 && is_head(&r.records))
			continue;
		TRY(read_record(&r));
		++*ret_entries;
	}
	if (got == RECORD_BAD)
		return COORD_EPARSE;
	networks_sort(&k->fleet_networks);
	return COORD_OK;
}

/* Is `part`, in lower case, in `text`, in any case? */
static bool
holds(struct sv text, struct sv part, bool whole)
{
	if (part.len > text.len || (whole && part.len != text.len))
		return false;
	for (size_t from = 0; from + part.len <= text.len; from++) {
		size_t i = 0;

		while (i < part.len) {
			char c = text.data[from + i];

			if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != part.data[i])
				break;
			i++;
		}
		if (i == part.len)
			return true;
	}
	return false;
}

bool
knowledge_fleet(const struct knowledge *k, const struct fleet_claim *claim, uint32_t *ret_fleet,
    enum fleet_match *ret_match)
{
	const struct sv said[FLEET_MATCH_COUNT] = { [FLEET_NAME] = claim->name,
		[FLEET_AGENT] = claim->agent,
		[FLEET_BANNER] = claim->banner };
	int64_t network = networks_find(&k->fleet_networks, claim->source);
	uint32_t asn = claim->asn == 0 ? MAP_NONE : map_get(&k->fleet_asns, claim->asn);

	if (network != NETWORKS_NONE || asn != MAP_NONE) {
		*ret_fleet = network != NETWORKS_NONE ? (uint32_t)network : asn;
		*ret_match = network != NETWORKS_NONE ? FLEET_NETWORK : FLEET_ASN;
		return true;
	}
	for (int m = FLEET_NAME; m < FLEET_MATCH_COUNT; m++)
		for (uint32_t i = 0; said[m].len > 0 && i < k->n_fleet_texts; i++) {
			const struct fleet_text *t = &k->fleet_texts[i];

			if (t->match != m || !holds(said[m], sv_from(t->text), m == FLEET_NAME))
				continue;
			*ret_fleet = t->fleet;
			*ret_match = (enum fleet_match)m;
			return true;
		}
	return false;
}

/* made from scanners.csv */
extern const unsigned char scanners_csv[];
extern const size_t scanners_csv_len;

struct sv
scanners_shipped(void)
{
	return (struct sv){ (const char *)scanners_csv, scanners_csv_len };
}

/* "# version: 2026-11-23" in its head. */
struct sv
scanners_version(void)
{
	struct sv text = scanners_shipped(), word = SV("# version: ");
	size_t at = sv_find(text, word);

	return at == SIZE_MAX ? SV("") : sv_first(sv_skip(text, at + word.len), 10);
}
