/* labels.c - from answers to labels of addresses. A provider's parse has already applied its rules (FACT_LISTED, FACT_SCANNER); here they get names that are safe to show
 * and the same for the same thing, and become lists. A feed that several providers republish is one label: agreement of copies is no agreement. */
#include "tools/online/intel.h"

#include <stdlib.h>

#include "tools/providers/common.h"

enum { NAME_MOST = 64 };

static const struct tools_provider_rule rules[] = {
#define RULE(constant, provider, category, benign, when, why) \
	{ provider ":" category, (when), (why), (benign) },
	LABELS(RULE)
#undef RULE
};

bool
tools_rule_at(size_t i, struct tools_provider_rule *ret)
{
	if (i >= sizeof(rules) / sizeof(rules[0]))
		return false;
	*ret = rules[i];
	return true;
}

bool
tools_fact_untrusted(enum tools_fact_name name)
{
	switch (name) {
	case FACT_LISTED: /* of closed sets, numbers, or checked by parse */
	case FACT_ASN:
	case FACT_PREFIX:
	case FACT_REGISTRY:
	case FACT_UPSTREAM:
	case FACT_ANNOUNCED:
	case FACT_RPKI:
	case FACT_ORIGIN:
	case FACT_USAGE:
	case FACT_TOR_EXIT:
	case FACT_REPORTS:
	case FACT_TARGETS:
	case FACT_SCORE:
	case FACT_FIRST_SEEN:
	case FACT_LAST_SEEN:
	case FACT_PORT:
	case FACT_COUNT:
	case FACT_SIZE:
		return false;
	default:
		return true;
	}
}

/* --- names -------------------------------------------------------------------------------------------------------------------- */

/** Lower case; anything but letters, digits, "." and "_" becomes one hyphen. */
static void
put_plain(struct buf *out, struct sv text)
{
	for (size_t i = 0; i < text.len && out->len < NAME_MOST; i++) {
		char c = text.data[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_')
			buf_add_char(out, c);
		else if (out->len > 0 && out->data[out->len - 1] != '-' &&
			 out->data[out->len - 1] != ':')
			buf_add_char(out, '-');
	}
	while (out->len > 0 && out->data[out->len - 1] == '-')
		out->len--;
}

/** "provider:category"; "provider" alone when the category says no more. SV_NONE: no memory, or nothing left of it. */
static struct sv
name_of(const char *prefix, struct sv category, struct arena *arena)
{
	struct buf out = BUF_INIT(4 * NAME_MOST);
	size_t before;
	struct sv name = SV_NONE;

	buf_add_str(&out, prefix);
	if (!sv_eq(category, sv_from(prefix))) {
		buf_add_char(&out, ':');
		before = out.len;
		put_plain(&out, category);
		if (out.len == before)
			out.len--;
	}
	if (!out.failed)
		name = sv_from(arena_strdup(arena, buf_sv(&out)));
	buf_clear(&out);
	return name;
}

static bool
makes_label(const struct tools_fact *fact, const char *provider, struct arena *arena,
    struct tools_label *ret, bool *full)
{
	const char *prefix = provider;

	if (fact->type != FACT_IS_TEXT ||
	    (fact->name != FACT_LISTED && fact->name != FACT_SCANNER && fact->name != FACT_FEED))
		return false;
	if (fact->name == FACT_FEED)
		prefix = "feed";
	ret->name = name_of(prefix, fact->text, arena);
	ret->benign = fact->name == FACT_SCANNER;
	*full = *full || ret->name.data == NULL;
	return ret->name.data != NULL;
}

/* --- labels ------------------------------------------------------------------------------------------------------------------- */

static int
by_name(const void *left, const void *right)
{
	const struct tools_label *a = left, *b = right;
	int c;

	if (a->benign != b->benign)
		return a->benign ? 1 : -1;
	c = sv_cmp(a->name, b->name);
	if (c == 0)
		c = addr_cmp(a->address, b->address);
	return c != 0 ? c : sv_cmp(a->key, b->key);
}

static bool
same_label(const struct tools_label *a, const struct tools_label *b)
{
	return a->benign == b->benign && sv_eq(a->name, b->name) &&
	       addr_cmp(a->address, b->address) == 0;
}

static bool
is_about_address(const struct tools_answer *answer, struct addr *ret)
{
	return answer->lookup.question.kind == ASK_ADDRESS &&
	       addr_parse(answer->lookup.question.text, ret);
}

enum coord_err
tools_labels(const struct tools_answer *answers, size_t n, struct arena *arena,
    struct tools_label **ret, size_t *ret_n, struct coord_error *err)
{
	struct tools_label *labels;
	size_t most = 0, made = 0, kept = 0;
	bool full = false;

	for (size_t i = 0; i < n; i++)
		most += answers[i].n_facts;
	labels = ARENA_ARRAY(arena, most, struct tools_label);
	for (size_t i = 0; labels != NULL && i < n; i++) {
		struct tools_label label = { .provider = answers[i].lookup.provider,
			.key = answers[i].lookup.key };

		if (answers[i].outcome != LOOKUP_HIT ||
		    !is_about_address(&answers[i], &label.address))
			continue;
		for (size_t k = 0; k < answers[i].n_facts; k++)
			if (makes_label(&answers[i].facts[k], label.provider, arena, &label, &full))
				labels[made++] = label;
	}
	if (labels == NULL || full)
		return error_set(err, COORD_ENOMEM, "no memory for labels");
	if (made > 0)
		qsort(labels, made, sizeof(*labels), by_name);
	for (size_t i = 0; i < made; i++)
		if (kept == 0 || !same_label(&labels[kept - 1], &labels[i]))
			labels[kept++] = labels[i];
	*ret = labels;
	*ret_n = kept;
	return COORD_OK;
}

void
tools_feed_list(const struct tools_label *labels, size_t n, struct sv name, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < n; i++) {
		if (labels[i].benign || !sv_eq(labels[i].name, name))
			continue;
		(void)addr_format(labels[i].address, text);
		buf_printf(out, "%s\n", text);
	}
}

void
tools_scanner_list(const struct tools_label *labels, size_t n, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < n; i++) {
		if (!labels[i].benign)
			continue;
		(void)addr_format(labels[i].address, text);
		buf_printf(
		    out, "%.*s,network,%s,%s\n", SV_ARG(labels[i].name), text, labels[i].provider);
	}
}
