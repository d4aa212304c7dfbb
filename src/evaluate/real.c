/* real.c - leave-artefact-out: the only test on real logs that needs no planted truth. Sources that carry the same key,
 * hash or marker of a known campaign belong together; the label is taken out of the input, with every key, hash, address and URL,
 * and the engine has to find the group by what is left. One-sided: recall and agreement within a label mean something,
 * precision does not, since other sources may belong to the campaign without having left the artefact. */
#include "evaluate/real.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/** Campaigns of the public logs (../shared/data/README.md there), by what their sources leave behind. */
static const struct weak_label {
	const char *name;
	const char *needle; /* in any text of any item */
} labels[] = {
	{ "mdrfckr SSH key (Outlaw)", "mdrfckr" },
	{ "busybox FBOT (Mirai family)", "FBOT" },
	{ "survey marker .var03522123", "var03522123" },
	{ "survey marker .systemcache436621", "systemcache436621" },
	{ "SSH key ...YZH3ILngyFJQ", "YZH3ILngyFJQ" },
	{ "Raspberry Pi worm", "raspberryraspberry993311" },
	{ "ADB miner com.ufo.miner", "ufo.miner" },
	{ "ADB trinity", "trinity" },
	{ "bot.<arch> downloader 188.209.49.244", "188.209.49.244" },
	{ "ECHODONE loader", "ECHODONE" },
	{ "echo probe gayfgt", "\\x67\\x61\\x79\\x66\\x67\\x74" },
};

enum { LABELS = sizeof(labels) / sizeof(labels[0]), SOURCES_LEAST = 3 };

static enum coord_err
no_memory(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "evaluate: no memory for the real logs");
}

static bool
carries(const struct session_table *t, uint32_t row, struct sv needle)
{
	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
		if (sv_has(session_string(t, t->items[i].a), needle) ||
		    sv_has(session_string(t, t->items[i].b), needle))
			return true;
	return false;
}

/* The sources of each label: [label][source of truth]. */
static enum coord_err
find_carriers(const struct session_table *t, const struct truth *sources, struct arena *arena,
    bool *ret[LABELS], struct coord_error *err)
{
	for (unsigned k = 0; k < LABELS; k++) {
		struct sv needle = sv_from(labels[k].needle);

		ret[k] = ARENA_ARRAY(arena, sources->n, bool);
		if (ret[k] == NULL)
			return no_memory(err);
		for (uint32_t i = 0; i < t->n; i++)
			if (carries(t, i, needle))
				ret[k][truth_find(sources, t->source[i])] = true;
	}
	return COORD_OK;
}

/* --- the input without its artefacts --- */

static bool
is_hex_word(struct sv word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
			return false;
	}
	return word.len >= 32;
}

static bool
is_address_word(struct sv word)
{
	size_t dots = 0, digits = 0;

	for (size_t i = 0; i < word.len; i++) {
		dots += word.data[i] == '.';
		digits += word.data[i] >= '0' && word.data[i] <= '9';
	}
	return dots >= 3 && digits >= 4;
}

/** What takes the place of a word that would give the campaign away; absent: it may stay. */
static struct sv
stripped_word(struct sv word)
{
	for (unsigned k = 0; k < LABELS; k++)
		if (sv_has(word, sv_from(labels[k].needle)))
			return SV("marker");
	if (sv_has(word, SV("://")))
		return SV("url");
	if (sv_has(word, SV("AAAAB3")) || sv_has(word, SV("AAAAC3")) || word.len >= 120)
		return SV("key");
	if (is_hex_word(word))
		return SV("hash");
	return is_address_word(word) ? SV("address") : SV_NONE;
}

static bool
ends_word(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '"' || c == '\'' || c == ';' ||
	       c == '|' || c == '&' || c == '>' || c == '<' || c == '=' || c == '(' || c == ')';
}

void
real_strip_text(struct sv text, struct buf *out)
{
	while (text.len > 0) {
		size_t n = 0;
		struct sv word, instead;

		while (n < text.len && !ends_word(text.data[n]))
			n++;
		word = sv_first(text, n);
		instead = stripped_word(word);
		buf_add_sv(out, instead.data != NULL ? instead : word);
		if (n < text.len)
			buf_add_char(out, text.data[n++]);
		text = sv_skip(text, n);
	}
}

/* Kinds that are artefacts as a whole. */
static bool
is_artefact_kind(uint8_t kind)
{
	return kind == ITEM_PUBLIC_KEY || kind == ITEM_URL || kind == ITEM_FILE_HASH ||
	       kind == ITEM_HOST || kind == ITEM_TTY || kind == ITEM_LABEL || kind == ITEM_PAYLOAD;
}

/* The items of a row without artefacts; texts live in `text`, which does not move while a row is made. */
static void
strip_row(const struct session_table *t, uint32_t from, struct session_row *row, struct buf *text)
{
	uint32_t kept = 0;

	text->len = 0;
	for (uint32_t i = 0; i < row->n_items; i++) {
		struct session_row_item *item = &row->items[i];
		size_t at = text->len;

		if (is_artefact_kind(t->items[from + i].kind))
			continue;
		real_strip_text(item->a, text);
		if (item->a.data != NULL)
			item->a = (struct sv){ text->data + at, text->len - at };
		at = text->len;
		real_strip_text(item->b, text);
		if (item->b.data != NULL)
			item->b = (struct sv){ text->data + at, text->len - at };
		row->items[kept++] = *item;
	}
	row->n_items = kept;
}

static size_t
text_bytes(const struct session_row *row)
{
	size_t n = 1;

	/* a word of one byte may become "address" */
	for (uint32_t i = 0; i < row->n_items; i++)
		n += 8 * (row->items[i].a.len + row->items[i].b.len);
	return n;
}

static enum coord_err
add_stripped(
    const struct session_table *t, struct session_builder *builder, struct coord_error *err)
{
	struct session_row_item *items = calloc(t->n_items + 1, sizeof(*items));
	struct buf text = BUF_INIT((size_t)1 << 30);
	enum coord_err rc = items == NULL ? no_memory(err) : COORD_OK;

	for (uint32_t i = 0; i < t->n && rc == COORD_OK; i++) {
		struct session_row row = batch_row_of(t, i, items);

		text.len = 0;
		if (buf_reserve(&text, text_bytes(&row)) == NULL) {
			rc = no_memory(err);
			break;
		}
		strip_row(t, t->item_start[i], &row, &text);
		rc = session_builder_add(builder, &row, err);
	}
	buf_clear(&text);
	free(items);
	return rc;
}

enum coord_err
real_strip(const struct session_table *table, struct session_table *ret, struct coord_error *err)
{
	struct session_builder *builder = session_builder_new();
	enum coord_err rc = builder == NULL ? no_memory(err) : add_stripped(table, builder, err);

	if (rc == COORD_OK)
		rc = session_builder_finish(builder, ret, NULL, err);
	session_builder_free(builder);
	return rc;
}

/* --- what the engine made of it --- */

/** The clusters of a result that count, and the cluster of each source (0: none). */
struct answer {
	uint32_t *reported, *found;
};

static enum coord_err
answer_of(const struct detect_result *result, const struct truth *sources, struct arena *arena,
    struct answer *ret, struct coord_error *err)
{
	struct grouping grouping;

	TRY(engine_grouping(result, arena, &grouping, err));
	ret->reported = ARENA_ARRAY(arena, sources->n + 1, uint32_t);
	ret->found = ARENA_ARRAY(arena, sources->n + 1, uint32_t);
	if (ret->reported == NULL || ret->found == NULL)
		return no_memory(err);
	partition_of(&grouping, sources, PARTITION_REPORTED, ret->reported);
	partition_of(&grouping, sources, PARTITION_ALL, ret->found);
	return COORD_OK;
}

struct within {
	double covered; /* share of the label's sources in any cluster */
	double largest; /* share in the cluster that holds most of them */
	double pairs;   /* share of their pairs in one cluster */
};

static struct within
within_label(
    const bool *in, const uint32_t *cluster, uint32_t n, uint32_t *counts, uint32_t n_counts)
{
	double sources = 0, covered = 0, largest = 0, pairs = 0;

	for (uint32_t c = 0; c <= n_counts; c++)
		counts[c] = 0;
	for (uint32_t i = 0; i < n; i++) {
		sources += in[i];
		counts[cluster[i]] += in[i];
	}
	for (uint32_t c = 1; c <= n_counts; c++) {
		covered += counts[c];
		largest = fmax(largest, counts[c]);
		pairs += counts[c] * (counts[c] - 1.0) / 2;
	}
	return (struct within){ covered / sources, largest / sources,
		sources < 2 ? NAN : pairs / (sources * (sources - 1) / 2) };
}

static enum coord_err
add_labels(bool *const carriers[LABELS], const struct answer *answer, uint32_t n, uint32_t clusters,
    struct arena *arena, struct sheet *sheet, struct coord_error *err)
{
	static const char *const heads[] = { "weak label", "sources", "recall", "in one group",
		"agreement", "found recall", "found, one group" };
	uint32_t *counts = ARENA_ARRAY(arena, (size_t)clusters + 1, uint32_t);
	double sum = 0, n_labels = 0;

	if (counts == NULL)
		return no_memory(err);
	sheet_title(sheet, "Leave-artefact-out: sources of one label, with keys, hashes, "
			   "addresses, URLs and markers "
			   "taken out of the input");
	sheet_head(sheet, heads, sizeof(heads) / sizeof(heads[0]));
	for (unsigned k = 0; k < LABELS; k++) {
		uint32_t sources = 0;
		struct within reported, found;

		for (uint32_t i = 0; i < n; i++)
			sources += carriers[k][i];
		if (sources < SOURCES_LEAST)
			continue;
		reported = within_label(carriers[k], answer->reported, n, counts, clusters);
		found = within_label(carriers[k], answer->found, n, counts, clusters);
		sheet_cell(sheet, labels[k].name);
		sheet_number(sheet, 0, sources);
		sheet_number(sheet, 3, reported.covered);
		sheet_number(sheet, 3, reported.largest);
		sheet_number(sheet, 3, reported.pairs);
		sheet_number(sheet, 3, found.covered);
		sheet_number(sheet, 3, found.largest);
		sheet_end(sheet);
		sum += reported.covered;
		n_labels++;
	}
	if (n_labels > 0) {
		char note[80];

		(void)snprintf(note, sizeof(note), "Mean recall, each label counting once: %.3f.",
		    sum / n_labels);
		sheet_note(sheet, note);
	}
	return COORD_OK;
}

static enum coord_err
judge_stripped(const struct session_table *original, const struct session_table *stripped,
    const struct evaluate_real_config *config, struct arena *arena, struct sheet *sheet,
    struct coord_error *err)
{
	struct detect_config detect = { .depth = DEPTH_STANDARD, .threads = config->threads };
	struct truth sources = { .n = 0 };
	struct detect_result result;
	struct answer answer;
	bool *carriers[LABELS];
	enum coord_err rc;

	TRY(truth_sources(original, arena, &sources.sources, &sources.n, err));
	TRY(find_carriers(original, &sources, arena, carriers, err));
	TRY(detect_run(stripped, config->reference, &detect, &result, err));
	rc = answer_of(&result, &sources, arena, &answer, err);
	if (rc == COORD_OK)
		rc =
		    add_labels(carriers, &answer, sources.n, result.n_campaigns, arena, sheet, err);
	detect_result_clear(&result);
	return rc;
}

/* --- nothing coordinated --- */

static enum coord_err
decoordinated(const struct session_table *table, uint64_t seed, struct session_table *ret,
    struct coord_error *err)
{
	struct session_builder *builder = session_builder_new();
	enum coord_err rc =
	    builder == NULL ? no_memory(err) : generate_decoordinate(table, seed, builder, err);

	if (rc == COORD_OK)
		rc = session_builder_finish(builder, ret, NULL, err);
	session_builder_free(builder);
	return rc;
}

static enum coord_err
add_null_run(const struct session_table *table, uint64_t seed,
    const struct evaluate_real_config *config, struct sheet *sheet, struct coord_error *err)
{
	struct detect_config detect = { .depth = DEPTH_STANDARD, .threads = config->threads };
	struct session_table null;
	struct detect_result result;
	uint32_t reported = 0;
	enum coord_err rc;

	TRY(decoordinated(table, seed, &null, err));
	rc = detect_run(&null, config->reference, &detect, &result, err);
	session_table_free(&null);
	if (rc != COORD_OK)
		return rc;
	for (uint32_t i = 0; i < result.n_campaigns; i++)
		reported += result.campaigns[i].verdict == VERDICT_CAMPAIGN ||
			    result.campaigns[i].verdict == VERDICT_SINGLE_ACTOR;
	sheet_number(sheet, 0, (double)seed);
	sheet_number(sheet, 0, result.n_campaigns);
	sheet_number(sheet, 0, reported);
	sheet_number(sheet, 3, result.confidence);
	sheet_cell(sheet, detect_verdict_name(result.verdict));
	sheet_end(sheet);
	detect_result_clear(&result);
	return COORD_OK;
}

enum coord_err
evaluate_real(const struct session_table *table, const struct evaluate_real_config *config,
    bool markdown, struct buf *out, struct coord_error *err)
{
	static const char *const heads[] = { "seed", "groups tested", "called coordinated",
		"confidence", "verdict" };
	struct sheet sheet = sheet_init(out, markdown ? SHEET_MARKDOWN : SHEET_TEXT);
	struct session_table stripped;
	struct arena *arena = arena_new(0);
	enum coord_err rc = arena == NULL ? no_memory(err) : real_strip(table, &stripped, err);

	if (rc == COORD_OK) {
		rc = judge_stripped(table, &stripped, config, arena, &sheet, err);
		session_table_free(&stripped);
	}
	if (rc == COORD_OK && config->null_runs > 0) {
		sheet_title(
		    &sheet, "The same logs de-coordinated: nothing in them belongs together");
		sheet_head(&sheet, heads, sizeof(heads) / sizeof(heads[0]));
	}
	for (uint32_t i = 1; i <= config->null_runs && rc == COORD_OK; i++)
		rc = add_null_run(table, i, config, &sheet, err);
	arena_free(arena);
	return rc;
}
