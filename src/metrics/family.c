/* family.c - families.def, cut at its commas once at start. The table is the program's own: what is wrong in it is our bug. */
#include "metrics/family.h"

#include <assert.h>

static const struct row {
	enum family_type type;
	const char *name, *help, *labels, *values[LABELS_MOST], *bounds;
} rows[] = {
#define FAMILY(constant, type_, name_, help_, labels_, values1_, values2_, bounds_) \
	{ .type = (type_),                                                          \
		.name = (name_),                                                    \
		.help = (help_),                                                    \
		.labels = (labels_),                                                \
		.values = { (values1_), (values2_) },                               \
		.bounds = (bounds_) },
#include "metrics/families.def"
#undef FAMILY
};

static void
read_label(struct sv name, const char *values, struct label *ret)
{
	struct sv rest = sv_from(values);

	*ret = (struct label){ .name = name, .n = 0 };
	while (name.data != NULL && rest.data != NULL) {
		struct sv value = sv_cut(&rest, ',');

		assert(ret->n + 1 < VALUES_MOST);
		if (sv_eq(value, SV("other")))
			ret->other_listed = true;
		else
			ret->values[ret->n++] = value;
	}
	ret->values[ret->n++] = SV("other");
}

static void
read_bounds(const char *bounds, struct family *ret)
{
	struct sv rest = sv_from(bounds);

	while (rest.len > 0) {
		struct sv bound = sv_cut(&rest, ',');
		bool number = sv_to_f64(bound, &ret->bounds[ret->n_bounds]);

		assert(number && ret->n_bounds + 1 < BUCKETS_MOST);
		(void)number;
		ret->bound_texts[ret->n_bounds++] = bound;
	}
}

static void
read_row(const struct row *row, struct family *ret)
{
	struct sv names = sv_from(row->labels);

	*ret = (struct family){
		.type = row->type,
		.name = sv_from(row->name),
		.help = sv_from(row->help),
	};
	for (unsigned i = 0; i < LABELS_MOST; i++) {
		struct sv name = names.len > 0 ? sv_cut(&names, ',') : SV_NONE;

		read_label(name, row->values[i], &ret->labels[i]);
	}
	if (row->type == HISTOGRAM)
		read_bounds(row->bounds, ret);
	ret->series = row->type == HISTOGRAM ? ret->n_bounds + 2 : 1;
}

uint32_t
families_read(struct family *ret)
{
	uint32_t at = 0;

	for (size_t i = 0; i < METRIC_FAMILIES; i++) {
		read_row(&rows[i], &ret[i]);
		ret[i].at = at;
		at += ret[i].series * ret[i].labels[0].n * ret[i].labels[1].n;
	}
	return at;
}

uint64_t
families_hash(const struct family *families)
{
	uint64_t h = METRIC_FAMILIES;

	for (size_t i = 0; i < METRIC_FAMILIES; i++) {
		h = hash_mix(h, hash_content(families[i].name));
		h = hash_mix(h, families[i].at);
		for (unsigned k = 0; k < LABELS_MOST; k++)
			for (unsigned v = 0; v < families[i].labels[k].n; v++)
				h = hash_mix(h, hash_content(families[i].labels[k].values[v]));
		for (unsigned b = 0; b < families[i].n_bounds; b++)
			h = hash_mix(h, hash_content(families[i].bound_texts[b]));
	}
	return h;
}

unsigned
label_index(const struct label *label, const char *value)
{
	struct sv wanted = sv_from(value);

	for (unsigned i = 0; i + 1 < label->n; i++)
		if (wanted.data != NULL && sv_eq(label->values[i], wanted))
			return i;
	return label->n - 1;
}

uint32_t
series_at(const struct family *family, unsigned value1, unsigned value2)
{
	return family->at + (value1 * family->labels[1].n + value2) * family->series;
}
