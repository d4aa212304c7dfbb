/* self_html.c - the report of `coord evaluate self` as one page: no script, no network, no other file. Its content security
 * policy lets nothing in but the page's own style, by its hash. Nothing an attacker wrote is in it: figures, names of
 * structures and hashes only. */
#include <math.h>

#include "evaluate/self.h"
#include "reference/reference.h"

static const char style[] =
    ":root{color-scheme:light "
    "dark;--line:#8884;--ink:#1b1f24;--paper:#fff;--dim:#59636e;--good:26,127,55;--bad:"
    "207,34,46}@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--dim:#9198a1;"
    "--good:63,185,"
    "80;--bad:248,81,73}}body{font:16px/1.5 "
    "system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:"
    "60rem;margin:2rem auto;padding:0 "
    "1rem}h1{font-size:1.7rem}h2{font-size:1.25rem;margin-top:2.2rem}table{border-"
    "collapse:collapse;margin:.8rem "
    "0;font-variant-numeric:tabular-nums;display:block;overflow-x:auto}th,td{border:1px "
    "solid var(--line);padding:.35rem "
    ".6rem;text-align:right}th{font-weight:600}td.l,th.l{text-align:left}small{color:"
    "var(--dim);display:block}code{font-size:.85em;overflow-wrap:anywhere}dt{font-weight:600}dd{"
    "margin:0 0 .5rem}.g1{"
    "background:rgba(var(--good),.1)}.g2{background:rgba(var(--good),.22)}.g3{background:rgba(var(-"
    "-good),.38)}.b1{"
    "background:rgba(var(--bad),.12)}.b2{background:rgba(var(--bad),.25)}.b3{background:rgba(var(--"
    "bad),.42)}@media "
    "print{body{max-width:none;margin:0}}";

static void
add_text(struct buf *out, const char *text)
{
	for (; *text != 0; text++)
		switch (*text) {
		case '<':
			buf_add_str(out, "&lt;");
			break;
		case '>':
			buf_add_str(out, "&gt;");
			break;
		case '&':
			buf_add_str(out, "&amp;");
			break;
		case '"':
			buf_add_str(out, "&quot;");
			break;
		default:
			buf_add_char(out, *text);
		}
}

/* RFC 4648 section 4, of a hash. */
static void
add_base64(struct buf *out, const uint8_t hash[32])
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < 32; i += 3) {
		uint32_t v = (uint32_t)hash[i] << 16;

		v |= i + 1 < 32 ? (uint32_t)hash[i + 1] << 8 : 0;
		v |= i + 2 < 32 ? hash[i + 2] : 0u;
		buf_add_char(out, digits[v >> 18]);
		buf_add_char(out, digits[v >> 12 & 63]);
		buf_add_char(out, i + 1 < 32 ? digits[v >> 6 & 63] : '=');
		buf_add_char(out, i + 2 < 32 ? digits[v & 63] : '=');
	}
}

static void
add_head(struct buf *out)
{
	uint8_t hash[32];

	sha256_of(style, sizeof(style) - 1, hash);
	buf_add_str(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
			 "'none'; style-src 'sha256-");
	add_base64(out, hash);
	buf_add_str(out,
	    "'; base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<title>What to expect on this sensor</title>\n<style>");
	buf_add_str(out, style);
	buf_add_str(out, "</style>\n</head>\n<body>\n");
}

static void
add_fact(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "<dt>%s</dt><dd>", name);
	add_text(out, text);
	buf_add_str(out, "</dd>\n");
}

static void
add_hash(struct buf *out, const char *name, const char *hash)
{
	buf_printf(out, "<dt>%s</dt><dd>SHA-256 <code>", name);
	add_text(out, hash);
	buf_add_str(out, "</code></dd>\n");
}

static void
add_provenance(struct buf *out, struct arena *arena, const struct evaluate_self *self)
{
	const struct self_site *s = &self->site;
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], hash[65];
	const char *what, *how;

	time_format(s->first_us, true, from);
	time_format(s->last_us, true, to);
	hex_of(s->table->input_sha256, 32, hash);
	what = arena_printf(arena, "%u of %u sources, %s to %s", s->table->n, s->sources, from, to);
	how = arena_printf(arena,
	    "%u batches, each %u day%s of these sessions (median %.0f sessions); %u null worlds; "
	    "seed "
	    "%016llx; coord %s, generator %s",
	    self->n_batches, s->days, s->days == 1 ? "" : "s", self_sessions(self),
	    self->config.worlds, (unsigned long long)self->seed, COORD_VERSION, GENERATE_VERSION);
	buf_add_str(out,
	    "<h1>What to expect on this sensor</h1>\n"
	    "<p>Campaigns of known size, activity, timing and difficulty were planted into the "
	    "sessions "
	    "of this sensor and judged against its own background. The tables say how often the "
	    "engine "
	    "called them coordinated, and how often it did so where nothing was.</p>\n<dl>\n");
	add_fact(out, "Sessions", what != NULL ? what : "");
	add_hash(out, "Input", hash);
	add_hash(out, "Reference", reference_hash(self->config.reference));
	add_hash(out, "Model", self_model_hash(self));
	add_fact(out, "Procedure", how != NULL ? how : "");
	buf_add_str(out, "</dl>\n");
}

/* Green where campaigns are seen; `alarms`: red where there are false ones. */
static const char *
shade(struct binomial b, bool alarms)
{
	static const char *const good[] = { "", "g1", "g2", "g3" }, *const bad[] = { "", "b1", "b2",
		"b3" };
	unsigned step;

	if (b.n == 0)
		return "";
	if (alarms)
		step = b.rate > 0.2 ? 3 : b.rate > 0.05 ? 2 : b.hits > 0 ? 1 : 0;
	else
		step = b.rate >= 0.8 ? 3 : b.rate >= 0.5 ? 2 : b.hits > 0 ? 1 : 0;
	return alarms ? bad[step] : good[step];
}

static void
add_rate(struct buf *out, struct binomial b, bool alarms)
{
	if (b.n == 0) {
		buf_add_str(out, "<td>-</td>");
		return;
	}
	buf_printf(out, "<td class=\"%s\">%.0f %%<small>%.0f-%.0f, %u of %u</small></td>",
	    shade(b, alarms), 100 * b.rate, 100 * b.low, 100 * b.high, b.hits, b.n);
}

static void
add_grid(struct buf *out, const struct evaluate_self *self)
{
	buf_add_str(out,
	    "<h2>Campaigns called coordinated</h2>\n<p>Structure C1, botnet fan-out. Share of "
	    "batches in which a cluster that matches the plant (Jaccard at least 0.5) was called "
	    "coordinated, with its exact 95 % interval. Bare: without the keys, URLs and files "
	    "that the "
	    "difficulty leaves behind.</p>\n");
	for (unsigned k = 0; k < SELF_VARIANTS; k++) {
		buf_printf(out, "<table>\n<tr><th class=\"l\">%s</th>", self_variants[k].name);
		for (unsigned v = 0; v < SELF_VISITS; v++)
			buf_printf(out, "<th>%u visits each</th>", self_visits[v]);
		buf_add_str(out, "</tr>\n");
		for (int m = 0; m < SELF_MEMBERS; m++) {
			buf_printf(out, "<tr><th class=\"l\">%u hosts</th>", self_members[m]);
			for (int v = 0; v < SELF_VISITS; v++) {
				struct self_slice slice = self_slice_of(&self_variants[k]);

				slice.members = m;
				slice.visits = v;
				add_rate(out, self_rate(self, &slice, SELF_CALLED), false);
			}
			buf_add_str(out, "</tr>\n");
		}
		buf_add_str(out, "</table>\n");
	}
}

static void
add_jitter(struct buf *out, const struct evaluate_self *self)
{
	buf_add_str(out,
	    "<h2>By the spread of the shared times</h2>\n<table>\n<tr><th "
	    "class=\"l\">difficulty</th>"
	    "<th>standard deviation</th><th>found as a group</th><th>called coordinated</th>"
	    "<th>at 0.9 or more</th><th>median confidence</th></tr>\n");
	for (int i = 0; i < SELF_VARIANTS * SELF_JITTERS; i++) {
		const struct self_variant *variant = &self_variants[i / SELF_JITTERS];
		struct self_slice s = self_slice_of(variant);
		double jitter;

		s.jitter = i % SELF_JITTERS;
		jitter = self_jitter(self, &s);
		if (isnan(jitter))
			continue;
		buf_printf(out, "<tr><td class=\"l\">%s</td>", variant->name);
		if (isfinite(jitter))
			buf_printf(out, "<td>%.0f s</td>", jitter);
		else
			buf_add_str(out, "<td>no shared times</td>");
		add_rate(out, self_rate(self, &s, SELF_FOUND), false);
		add_rate(out, self_rate(self, &s, SELF_CALLED), false);
		add_rate(out, self_rate(self, &s, SELF_SURE), false);
		buf_printf(out, "<td>%.2f</td></tr>\n", self_confidence(self, &s));
	}
	buf_add_str(out, "</table>\n");
}

static void
add_structures(struct buf *out, const struct evaluate_self *self)
{
	buf_add_str(out, "<h2>Other structures called coordinated</h2>\n<p>Size and activity drawn "
			 "from the range of "
			 "each difficulty.</p>\n<table>\n<tr><th class=\"l\">structure</th>");
	for (unsigned d = 0; d < DIFFICULTY_COUNT; d++)
		buf_printf(
		    out, "<th>%s</th>", generate_difficulty_name((enum generate_difficulty)d));
	buf_add_str(out, "</tr>\n");
	for (int i = 0; i < STRUCTURE_COUNT; i++) {
		struct self_slice s = { SELF_STRUCTURE, i, -1, -1, -1, -1, false, false };

		if (self_rate(self, &s, SELF_CALLED).n == 0)
			continue;
		buf_printf(out, "<tr><td class=\"l\">%s<small>",
		    generate_structure_name((enum generate_structure)i));
		add_text(out, generate_structure_title((enum generate_structure)i));
		buf_add_str(out, "</small></td>");
		for (s.difficulty = 0; s.difficulty < DIFFICULTY_COUNT; s.difficulty++)
			add_rate(out, self_rate(self, &s, SELF_CALLED), false);
		buf_add_str(out, "</tr>\n");
	}
	buf_add_str(out, "</table>\n");
}

static void
add_alarm_row(struct buf *out, const struct evaluate_self *self, const struct self_slice *s,
    const char *title)
{
	if (self_rate(self, s, SELF_ALARM).n == 0)
		return;
	buf_add_str(out, "<tr><td class=\"l\">");
	add_text(out, title);
	buf_add_str(out, "</td>");
	add_rate(out, self_rate(self, s, SELF_ALARM_SURE), true);
	add_rate(out, self_rate(self, s, SELF_ALARM), true);
	buf_add_str(out, "</tr>\n");
}

static void
add_alarms(struct buf *out, const struct evaluate_self *self)
{
	struct self_slice s = { SELF_NULL, -1, -1, -1, -1, -1, false, false };

	buf_add_str(out,
	    "<h2>False alarms</h2>\n<p>Share of batches with any group called coordinated that is "
	    "none. "
	    "The background is this sensor's, with all coordination across sources taken out.</p>\n"
	    "<table>\n<tr><th class=\"l\">planted</th><th>at 0.9 or more</th><th>at any "
	    "confidence</th></tr>\n");
	add_alarm_row(out, self, &s, "nothing");
	s.kind = SELF_LOOKALIKE;
	for (s.structure = 0; s.structure < STRUCTURE_COUNT; s.structure++)
		add_alarm_row(
		    out, self, &s, generate_structure_title((enum generate_structure)s.structure));
	buf_printf(out,
	    "</table>\n<p>In the sessions as they are, %.2f groups a batch beside the plant were "
	    "called "
	    "coordinated at 0.9 or more: what you would see on an ordinary day, real campaigns "
	    "among them.</p>\n",
	    self_other_findings(self));
}

static void
add_minimum(struct buf *out, const struct evaluate_self *self)
{
	buf_add_str(out, "<h2>Smallest campaign to rely on</h2>\n<p>From this size and activity "
			 "on, at least 80 % are "
			 "called coordinated. Below it, \"insufficient evidence\" is what to "
			 "expect, and silence "
			 "is no proof of absence.</p>\n<table>\n<tr><th "
			 "class=\"l\">difficulty</th><th>hosts</th><th>visits "
			 "each</th><th>called coordinated</th></tr>\n");
	for (unsigned k = 0; k < SELF_VARIANTS; k++) {
		unsigned members, visits;
		struct binomial rate;

		buf_printf(out, "<tr><td class=\"l\">%s</td>", self_variants[k].name);
		if (!self_minimum(self, &self_variants[k], &members, &visits, &rate)) {
			buf_add_str(out, "<td colspan=\"3\">none of the sizes tried</td></tr>\n");
			continue;
		}
		buf_printf(out, "<td>%u</td><td>%u</td>", members, visits);
		add_rate(out, rate, false);
		buf_add_str(out, "</tr>\n");
	}
	buf_add_str(out, "</table>\n");
}

static void
add_method(struct buf *out, struct arena *arena, const struct evaluate_self *self)
{
	const char *caveat;

	buf_add_str(out,
	    "<h2>Method, and how to read it</h2>\n<ul>\n"
	    "<li>Each batch is some whole days of the sensor's sessions. Planted groups take their "
	    "tools, "
	    "words and networks as docs/generator.md says; the engine gets no label.</li>\n"
	    "<li>Shared times spread by a normal jitter; difficulty sets wordlist, commands, "
	    "payload, "
	    "networks, tool and artefacts (docs/generator.md).</li>\n"
	    "<li>Intervals: Clopper and Pearson 1934. The same logs, reference, model, seed and "
	    "program give "
	    "the same figures on any machine.</li>\n");
	for (size_t i = 0; (caveat = self_caveat(self, i, arena)) != NULL; i++) {
		buf_add_str(out, "<li>");
		add_text(out, caveat);
		buf_add_str(out, "</li>\n");
	}
	buf_add_str(out, "</ul>\n</body>\n</html>\n");
}

void
evaluate_self_html(const struct evaluate_self *self, struct buf *out)
{
	struct arena *arena = arena_new(1 << 16);

	add_head(out);
	if (arena != NULL) {
		add_provenance(out, arena, self);
		add_grid(out, self);
		add_jitter(out, self);
		add_structures(out, self);
		add_alarms(out, self);
		add_minimum(out, self);
		add_method(out, arena, self);
	}
	arena_free(arena);
}
