/* providers.c - `coord tools providers`: which services may be asked, what each is told and what is left of its quota. `coord tools ask`: one look-up by hand, through the
 * same gate, cache, quotas and audit log as those of an analysis. */
#include "cli/command.h"
#include "cli/output.h"
#include "cli/phrase.h"
#include "cli/service.h"
#include "tools/tools.h"

enum { FORMAT_TEXT, FORMAT_JSON, OUT_MOST = 16 << 20 };

/* clang-format off */
#define FORMAT_OPTION                                                                              \
	{ "--format", 'f', "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json", "text",  \
	  "text: for people. json: for programs." }

static const struct option options[] = {
	FORMAT_OPTION,
	SERVICE_OPTIONS,
	OUTPUT_OPTION,
};
/* clang-format on */

/* --- opening ---------------------------------------------------------------------------------------------------------------- */

struct opened {
	struct service service;
	struct net *net;
	struct tools *tools;
	struct arena *arena;
};

static void
close_all(struct opened *opened)
{
	tools_close(opened->tools);
	net_free(opened->net);
	arena_free(opened->arena);
	service_close(&opened->service);
}

/** Complains itself; close_all whatever it says. */
static enum cli_status
open_all(const struct command *self, const struct settings *settings, struct opened *ret)
{
	struct tools_options tools = { .config = &ret->service.config };
	struct coord_error err;
	enum cli_status status = service_open(self, settings, &ret->service);

	if (status != STATUS_DONE)
		return status;
	ret->arena = arena_new(0);
	if (ret->arena == NULL) {
		complain(self, "no memory");
		return STATUS_FAILED;
	}
	if (service_net(&ret->service.config, &ret->net, &err) != COORD_OK)
		return complain_error(self, &err);
	tools.net = ret->net;
	tools.store = ret->service.store;
	if (tools_open(&tools, &ret->tools, &err) != COORD_OK)
		return complain_error(self, &err);
	return STATUS_DONE;
}

/* --- providers -------------------------------------------------------------------------------------------------------------- */

static void
put_kinds(struct buf *out, unsigned kinds)
{
	bool first = true;

	for (unsigned k = 0; k < ASK_KINDS; k++) {
		if ((kinds & 1u << k) == 0)
			continue;
		buf_printf(out, "%s%s", first ? "" : ",", tools_kind_name((enum tools_kind)k));
		first = false;
	}
}

static void
put_budget(struct buf *out, const struct tools_view *v)
{
	if (v->per_week > 0)
		buf_printf(out, "%llu/week", (unsigned long long)v->per_week);
	else if (v->per_day > 0)
		buf_printf(out, "%llu/day", (unsigned long long)v->per_day);
	if (v->per_second > 0 && v->per_second < 1)
		buf_printf(out, "%s%.3g/min", out->len > 0 ? " " : "", v->per_second * 60);
	else if (v->per_second > 0)
		buf_printf(out, "%s%.3g/s", out->len > 0 ? " " : "", v->per_second);
	if (out->len == 0)
		buf_add_char(out, '-');
}

static void
put_ttl(struct buf *out, int64_t us)
{
	int64_t hours = us / (3600 * TIME_SECOND);

	if (hours > 48 && hours % 24 == 0)
		buf_printf(out, "%lldd", (long long)(hours / 24));
	else
		buf_printf(out, "%lldh", (long long)hours);
}

static void
put_state(struct buf *out, const struct tools_view *v)
{
	char time[TIME_TEXT_MAX];

	buf_add_str(out, v->state);
	if (v->until_us == 0)
		return;
	if (v->until_us == INT64_MAX) {
		buf_add_str(out, " until restarted");
		return;
	}
	time_format(v->until_us, true, time);
	buf_printf(out, " until %s", time);
}

static void
text_provider(struct buf *out, const struct tools_view *v)
{
	struct buf kinds = BUF_INIT(256), budget = BUF_INIT(256), ttl = BUF_INIT(64),
		   state = BUF_INIT(256);

	put_kinds(&kinds, v->kinds);
	put_budget(&budget, v);
	put_ttl(&ttl, v->hit_ttl_us);
	if (v->miss_ttl_us != v->hit_ttl_us) {
		buf_add_char(&ttl, '/');
		put_ttl(&ttl, v->miss_ttl_us);
	}
	put_state(&state, v);
	buf_printf(out, "%-14s %-25s %-18s %-8s %llu/%llu%*s %-26s %s\n", v->name, buf_cstr(&kinds),
	    buf_cstr(&budget), buf_cstr(&ttl), (unsigned long long)v->used_today,
	    (unsigned long long)v->used_this_week, 3, "", buf_cstr(&state), v->leaves);
	buf_clear(&kinds);
	buf_clear(&budget);
	buf_clear(&ttl);
	buf_clear(&state);
}

static void
key_str(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
key_u64(struct jsonw *w, const char *key, uint64_t n)
{
	jsonw_key(w, key);
	jsonw_u64(w, n);
}

static void
json_rules(struct jsonw *w, const char *provider)
{
	struct tools_provider_rule rule;
	struct sv name = sv_from(provider);

	jsonw_key(w, "labels");
	jsonw_array(w);
	for (size_t i = 0; tools_rule_at(i, &rule); i++) {
		struct sv rest = sv_from(rule.label);

		if (!sv_eq(sv_cut(&rest, ':'), name))
			continue;
		jsonw_object(w);
		key_str(w, "label", rule.label);
		jsonw_key(w, "benign");
		jsonw_bool(w, rule.benign);
		key_str(w, "when", rule.when);
		key_str(w, "why", rule.why);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
json_kinds(struct jsonw *w, unsigned kinds)
{
	jsonw_key(w, "asked_about");
	jsonw_array(w);
	for (unsigned k = 0; k < ASK_KINDS; k++)
		if ((kinds & 1u << k) != 0)
			jsonw_str(w, tools_kind_name((enum tools_kind)k));
	jsonw_end(w);
}

static void
json_provider(struct jsonw *w, const struct tools_view *v)
{
	char time[TIME_TEXT_MAX];

	jsonw_object(w);
	key_str(w, "name", v->name);
	key_str(w, "title", v->title);
	key_str(w, "branch", tools_branch_name(v->branch));
	key_str(w, "url", v->url);
	json_kinds(w, v->kinds);
	key_str(w, "leaves_the_site", v->leaves);
	jsonw_key(w, "named");
	jsonw_bool(w, v->named);
	jsonw_key(w, "needs_key");
	jsonw_bool(w, v->needs_key);
	jsonw_key(w, "has_key");
	jsonw_bool(w, v->has_key);
	jsonw_key(w, "scarce");
	jsonw_bool(w, v->scarce);
	jsonw_key(w, "per_second");
	jsonw_f64(w, v->per_second);
	key_u64(w, "per_day", v->per_day);
	key_u64(w, "per_week", v->per_week);
	key_u64(w, "used_today", v->used_today);
	key_u64(w, "used_this_week", v->used_this_week);
	key_u64(w, "hit_ttl_s", (uint64_t)(v->hit_ttl_us / TIME_SECOND));
	key_u64(w, "miss_ttl_s", (uint64_t)(v->miss_ttl_us / TIME_SECOND));
	key_str(w, "state", v->state);
	if (v->until_us != 0 && v->until_us != INT64_MAX) {
		time_format(v->until_us, true, time);
		key_str(w, "until", time);
	}
	json_rules(w, v->name);
	jsonw_end(w);
}

static void
write_providers(const struct tools *tools, unsigned format, struct buf *out)
{
	struct jsonw w = jsonw_init(out, true);
	struct tools_view view;

	if (format == FORMAT_JSON)
		jsonw_array(&w);
	else
		buf_printf(out, "%-14s %-25s %-18s %-8s %-6s %-26s %s\n", "PROVIDER", "ASKED ABOUT",
		    "BUDGET", "KEPT", "USED", "STATE", "LEAVES THE SITE");
	for (size_t i = 0; tools_view_at(tools, i, &view); i++) {
		if (format == FORMAT_JSON)
			json_provider(&w, &view);
		else
			text_provider(out, &view);
	}
	if (format == FORMAT_JSON) {
		jsonw_end(&w);
		buf_add_char(out, '\n');
	}
}

static enum cli_status
run_providers(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT(OUT_MOST);
	struct opened opened = { .net = NULL };
	enum cli_status status = open_all(self, settings, &opened);

	if (status == STATUS_DONE) {
		write_providers(opened.tools, settings->format, &out);
		status = output_whole(self, settings->output, &out);
	}
	buf_clear(&out);
	close_all(&opened);
	return status;
}

static const struct example providers_examples[] = {
	{ "coord tools providers", "what may be asked, and what is left of the quotas" },
	{ "coord tools providers -f json | jq '.[].labels[]'",
	    "which answers count as listed, and why" },
	{ NULL, NULL },
};

const struct command command_tools_providers = {
	.name = "tools providers",
	.operands = "",
	.title = "Show the services that may be asked over the network",
	.about =
	    "Each is off until COORD_PROVIDERS names it; URLs, keys, rates and quotas are set in "
	    "COORD_PROVIDERS_FILE. Used is today and this week, by all workers of this database; "
	    "kept is for how long an answer (and a miss) is taken from the cache.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = providers_examples,
	.run = run_providers,
};

/* --- ask ---------------------------------------------------------------------------------------------------------------------- */

static void
text_fact(struct buf *out, const struct tools_fact *fact)
{
	char time[TIME_TEXT_MAX];

	buf_printf(out, "  %-14s ", tools_fact_name(fact->name));
	switch (fact->type) {
	case FACT_IS_TEXT:
		phrase_printable(out, fact->text);
		buf_add_str(out, tools_fact_untrusted(fact->name) ? "  (their word)" : "");
		break;
	case FACT_IS_WHOLE:
		buf_printf(out, "%lld", (long long)fact->number);
		break;
	case FACT_IS_REAL:
		buf_printf(out, "%.4g", fact->real);
		break;
	case FACT_IS_BOOL:
		buf_add_str(out, fact->number != 0 ? "yes" : "no");
		break;
	case FACT_IS_TIME:
		time_format(fact->number, true, time);
		buf_add_str(out, time);
		break;
	}
	buf_add_char(out, '\n');
}

static void
text_answer(struct buf *out, const struct tools_answer *a)
{
	char time[TIME_TEXT_MAX];

	buf_printf(out, "%s %s ", a->lookup.provider, a->lookup.call);
	phrase_printable(out, a->lookup.question.text);
	buf_printf(out, ": %s", tools_outcome_name(a->outcome));
	if (a->why.len > 0) {
		buf_add_str(out, " (");
		phrase_printable(out, a->why);
		buf_add_char(out, ')');
	}
	buf_add_char(out, '\n');
	if (a->fetched_us != 0) {
		time_format(a->fetched_us, true, time);
		buf_printf(out, "  %-14s %s%s, %u requests\n", "answered", time,
		    a->cached ? " (from the cache)" : "", a->tries);
	}
	if (a->until_us != 0 && a->until_us != INT64_MAX) {
		time_format(a->until_us, true, time);
		buf_printf(out, "  %-14s %s\n", "not before", time);
	}
	if (a->sha256[0] != 0)
		buf_printf(out, "  %-14s %s\n", "sha256", a->sha256);
	for (size_t i = 0; i < a->n_facts; i++)
		text_fact(out, &a->facts[i]);
}

static void
text_answers(struct buf *out, const struct tools_answer *answers, size_t n,
    const struct tools_label *labels, size_t n_labels)
{
	for (size_t i = 0; i < n; i++)
		text_answer(out, &answers[i]);
	for (size_t i = 0; i < n_labels; i++)
		buf_printf(out, "label %.*s%s\n", SV_ARG(labels[i].name),
		    labels[i].benign ? " (a known benign scanner)" : "");
}

static void
json_answers(struct buf *out, const struct tools_answer *answers, size_t n,
    const struct tools_label *labels, size_t n_labels)
{
	struct jsonw w = jsonw_init(out, true);

	jsonw_object(&w);
	jsonw_key(&w, "answers");
	jsonw_array(&w);
	for (size_t i = 0; i < n; i++) {
		struct buf one = BUF_INIT(OUT_MOST);

		tools_answer_write(&answers[i], &one);
		jsonw_raw(&w, buf_sv(&one));
		out->failed = out->failed || one.failed;
		buf_clear(&one);
	}
	jsonw_end(&w);
	jsonw_key(&w, "labels");
	jsonw_array(&w);
	for (size_t i = 0; i < n_labels; i++) {
		jsonw_object(&w);
		jsonw_key(&w, "label");
		jsonw_sv(&w, labels[i].name);
		jsonw_key(&w, "benign");
		jsonw_bool(&w, labels[i].benign);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	jsonw_end(&w);
	buf_add_char(out, '\n');
}

/** Asks and writes; *failed: an answer is neither hit nor miss. */
static enum coord_err
ask(struct opened *opened, const struct settings *settings, struct buf *out, bool *failed,
    struct coord_error *err)
{
	const struct tools_ask_options asking = { .actor = SV("cli") };
	struct tools_question question;
	struct tools_lookup *lookups;
	struct tools_answer *answers;
	struct tools_label *labels;
	size_t n, n_labels;

	if (!tools_question_read(sv_from(settings->operands.items[1]), opened->arena, &question))
		return error_set(err, COORD_EINVALID,
		    "expected an address, AS number, prefix, hash, URL or domain, got \"%.64s\"",
		    settings->operands.items[1]);
	TRY(tools_lookups_of(opened->tools, settings->operands.items[0], question, opened->arena,
	    &lookups, &n, err));
	TRY(tools_ask(opened->tools, lookups, n, &asking, opened->arena, &answers, err));
	TRY(tools_labels(answers, n, opened->arena, &labels, &n_labels, err));
	for (size_t i = 0; i < n; i++)
		*failed = *failed ||
			  (answers[i].outcome != LOOKUP_HIT && answers[i].outcome != LOOKUP_MISS);
	if (settings->format == FORMAT_JSON)
		json_answers(out, answers, n, labels, n_labels);
	else
		text_answers(out, answers, n, labels, n_labels);
	return COORD_OK;
}

static enum cli_status
run_ask(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT(OUT_MOST);
	struct opened opened = { .net = NULL };
	struct coord_error err;
	bool failed = false;
	enum cli_status status = open_all(self, settings, &opened);

	if (status == STATUS_DONE) {
		status = ask(&opened, settings, &out, &failed, &err) == COORD_OK
			     ? output_whole(self, settings->output, &out)
			     : complain_error(self, &err);
	}
	buf_clear(&out);
	close_all(&opened);
	return status == STATUS_DONE && failed ? STATUS_FAILED : status;
}

static const struct example ask_examples[] = {
	{ "coord tools ask isc 45.9.20.7", "what DShield knows of an address" },
	{ "coord tools ask ripestat AS64500 -f json", "every call that takes an AS number" },
	{ NULL, NULL },
};

const struct command command_tools_ask = {
	.name = "tools ask",
	.operands = "PROVIDER KEY",
	.operands_least = 2,
	.operands_most = 2,
	.title = "Ask one service about one thing",
	.about =
	    "KEY is an address, \"AS64500\", a prefix, \"AS64500 198.51.100.0/24\", a hash, a URL "
	    "or "
	    "a domain; every call of the provider that takes its kind is asked. The look-up goes "
	    "the "
	    "way of an analysis's: the provider has to be named in COORD_PROVIDERS, the egress "
	    "gate "
	    "has to let it out, the cache is asked first, quotas are counted and the audit log has "
	    "its row.\n\n"
	    "The exit status is 1 when an answer is neither a hit nor a miss.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = ask_examples,
	.run = run_ask,
};
