/* self_text.c - the report of `coord evaluate self` for a terminal of 80 columns. */
#include <math.h>

#include "evaluate/self.h"
#include "reference/reference.h"

static void
add_rate(struct buf *out, struct binomial b)
{
	if (b.n == 0)
		buf_printf(out, "%16s", "-");
	else
		buf_printf(out, "%4.0f %% (%3.0f-%3.0f)", 100 * b.rate, 100 * b.low, 100 * b.high);
}

static void
add_heading(struct buf *out, const char *text)
{
	buf_printf(out, "\n%s\n", text);
	for (size_t i = 0; i < strlen(text); i++)
		buf_add_char(out, '-');
	buf_add_char(out, '\n');
}

static void
add_provenance(struct buf *out, const struct evaluate_self *self)
{
	const struct self_site *s = &self->site;
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], hash[65];

	time_format(s->first_us, true, from);
	time_format(s->last_us, true, to);
	hex_of(s->table->input_sha256, 32, hash);
	buf_printf(out, "What to expect on this sensor (coord %s)\n\n", COORD_VERSION);
	buf_printf(
	    out, "sessions    %u of %u sources, %s to %s\n", s->table->n, s->sources, from, to);
	buf_printf(out, "            SHA-256 %s\n", hash);
	buf_printf(out, "reference   SHA-256 %s\n", reference_hash(self->config.reference));
	buf_printf(out, "model       SHA-256 %s\n", self_model_hash(self));
	buf_printf(out, "batches     %u, each %u day%s of these sessions, about %.0f sessions\n",
	    self->n_batches, s->days, s->days == 1 ? "" : "s", self_sessions(self));
	buf_printf(out, "            %u null worlds, seed %llu\n", self->config.worlds,
	    (unsigned long long)self->seed);
}

static void
add_grid(struct buf *out, const struct evaluate_self *self, const struct self_variant *variant)
{
	buf_printf(out, "%-14s", variant->name);
	for (unsigned v = 0; v < SELF_VISITS; v++)
		buf_printf(out, "%11u visits", self_visits[v]);
	buf_add_char(out, '\n');
	for (unsigned m = 0; m < SELF_MEMBERS; m++) {
		buf_printf(out, "%8u hosts", self_members[m]);
		for (unsigned v = 0; v < SELF_VISITS; v++) {
			struct self_slice slice = self_slice_of(variant);

			slice.members = (int)m;
			slice.visits = (int)v;
			buf_add_str(out, "  ");
			add_rate(out, self_rate(self, &slice, SELF_CALLED));
		}
		buf_add_char(out, '\n');
	}
}

static void
add_jitter(struct buf *out, const struct evaluate_self *self)
{
	buf_printf(
	    out, "%-14s%8s%18s%18s%18s\n", "", "spread", "found", "called", "at 0.9 or more");
	for (unsigned k = 0; k < SELF_VARIANTS; k++)
		for (int j = 0; j < SELF_JITTERS; j++) {
			struct self_slice slice = self_slice_of(&self_variants[k]);
			double jitter;

			slice.jitter = j;
			jitter = self_jitter(self, &slice);
			if (isnan(jitter))
				continue;
			buf_printf(out, "%-14s", self_variants[k].name);
			if (isfinite(jitter))
				buf_printf(out, "%6.0f s", jitter);
			else
				buf_printf(out, "%8s", "none");
			buf_add_str(out, "  ");
			add_rate(out, self_rate(self, &slice, SELF_FOUND));
			buf_add_str(out, "  ");
			add_rate(out, self_rate(self, &slice, SELF_CALLED));
			buf_add_str(out, "  ");
			add_rate(out, self_rate(self, &slice, SELF_SURE));
			buf_add_char(out, '\n');
		}
}

static void
add_structures(struct buf *out, const struct evaluate_self *self)
{
	buf_printf(out, "%-6s", "");
	for (unsigned d = 0; d < DIFFICULTY_COUNT; d++)
		buf_printf(out, "%18s", generate_difficulty_name((enum generate_difficulty)d));
	buf_add_char(out, '\n');
	for (unsigned s = 0; s < STRUCTURE_COUNT; s++) {
		struct self_slice slice = { SELF_STRUCTURE, (int)s, -1, -1, -1, -1, false, false };

		if (self_rate(self, &slice, SELF_CALLED).n == 0)
			continue;
		buf_printf(out, "%-6s", generate_structure_name((enum generate_structure)s));
		for (slice.difficulty = 0; slice.difficulty < DIFFICULTY_COUNT;
		     slice.difficulty++) {
			buf_add_str(out, "  ");
			add_rate(out, self_rate(self, &slice, SELF_CALLED));
		}
		buf_printf(out, "  %.26s\n", generate_structure_title((enum generate_structure)s));
	}
}

static void
add_alarm_row(struct buf *out, const struct evaluate_self *self, const struct self_slice *slice,
    const char *name, const char *title)
{
	struct binomial sure = self_rate(self, slice, SELF_ALARM_SURE);

	if (sure.n == 0)
		return;
	buf_printf(out, "%-6s  ", name);
	add_rate(out, sure);
	buf_add_str(out, "  ");
	add_rate(out, self_rate(self, slice, SELF_ALARM));
	buf_printf(out, "%5u  %.30s\n", sure.n, title);
}

static void
add_alarms(struct buf *out, const struct evaluate_self *self)
{
	struct self_slice slice = { SELF_NULL, -1, -1, -1, -1, -1, false, false };

	buf_printf(out, "%-6s%18s%18s%5s\n", "", "at 0.9 or more", "at any", "of");
	add_alarm_row(out, self, &slice, "none", "your sessions, de-coordinated");
	slice.kind = SELF_LOOKALIKE;
	for (unsigned s = 0; s < STRUCTURE_COUNT; s++) {
		slice.structure = (int)s;
		add_alarm_row(out, self, &slice,
		    generate_structure_name((enum generate_structure)s),
		    generate_structure_title((enum generate_structure)s));
	}
	buf_printf(out,
	    "\nBeside the plants, %.2f groups a batch were called coordinated at 0.9 or more in "
	    "your sessions\n"
	    "as they are: what you would see on an ordinary day, real campaigns among them.\n",
	    self_other_findings(self));
}

static void
add_minimum(struct buf *out, const struct evaluate_self *self)
{
	for (unsigned k = 0; k < SELF_VARIANTS; k++) {
		unsigned members, visits;
		struct binomial rate;

		buf_printf(out, "%-16s", self_variants[k].name);
		if (!self_minimum(self, &self_variants[k], &members, &visits, &rate)) {
			buf_add_str(out, "no size tried here is reliably seen: "
					 "\"insufficient\" is the right answer\n");
			continue;
		}
		buf_printf(out, "from %u hosts with %u visits each: ", members, visits);
		add_rate(out, rate);
		buf_add_char(out, '\n');
	}
}

static void
add_caveats(struct buf *out, const struct evaluate_self *self)
{
	struct arena *arena = arena_new(1 << 16);

	for (size_t i = 0; arena != NULL; i++) {
		struct sv rest = sv_from(self_caveat(self, i, arena));
		size_t column = 0;

		if (rest.data == NULL)
			break;
		while (rest.data != NULL) {
			struct sv word = sv_cut(&rest, ' ');

			if (column == 0 || column + 1 + word.len > 78) {
				buf_add_str(out, column == 0 ? "- " : "\n  ");
				column = 2;
			} else {
				buf_add_char(out, ' ');
				column++;
			}
			buf_add_sv(out, word);
			column += word.len;
		}
		buf_add_char(out, '\n');
	}
	arena_free(arena);
}

void
evaluate_self_text(const struct evaluate_self *self, struct buf *out)
{
	add_provenance(out, self);
	add_heading(out, "Campaigns (C1) called coordinated, with exact 95 % intervals");
	for (unsigned k = 0; k < SELF_VARIANTS; k++)
		add_grid(out, self, &self_variants[k]);
	buf_add_str(
	    out, "bare: without the keys, URLs and files that the difficulty leaves behind.\n");
	add_heading(out, "By the spread of the shared times");
	add_jitter(out, self);
	add_heading(out, "Other structures called coordinated");
	add_structures(out, self);
	add_heading(out, "False alarms: batches with any group called coordinated that is none");
	add_alarms(out, self);
	add_heading(out, "Smallest campaign to rely on");
	add_minimum(out, self);
	add_heading(out, "Read this with it");
	add_caveats(out, self);
}
