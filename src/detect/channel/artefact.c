/* artefact.c - exclusive artefacts of a set: SSH keys, payload hashes, downloader URLs, wallets, planted passwords, brands.
 * Weighed once per artefact by a stated Bayes factor, the chance that two unrelated operators carry the same one; it is a
 * prior of experts and no p-value, and every result is also computed without it (methods.md section 8, STRONG layer).
 * Only the strongest artefact counts: the others are mostly the same fact again. */
#include "detect/text/artefacts.h"

#include <math.h>

#include "detect/channel/channel.h"

static enum coord_err
artefact_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	struct channel_tops tops = { .n = 0 };
	const struct carried *best = NULL;
	uint32_t best_inside = 0;

	e->log_e = 0;
	for (uint32_t i = 0; i < in->m->n_artefacts; i++) {
		const struct carried *a = &in->m->artefacts[i];
		uint32_t inside =
		    a->is_public ? 0 : sorted_common(a->nodes, a->n_nodes, in->nodes, in->n);
		double bayes = artefact_log_bayes((enum artefact_kind)a->kind);

		if (inside < 2)
			continue;
		channel_tops_add(&tops,
		    (struct detect_top){ a->value, artefact_kind_name((enum artefact_kind)a->kind),
			inside, a->n_nodes - inside, bayes / 2.302585092994046 * inside });
		if (inside * 2 < in->n) /* an artefact of a minority says nothing about the whole */
			continue;
		if (best == NULL || bayes > e->log_e ||
		    (bayes == e->log_e && inside > best_inside)) {
			best = a;
			best_inside = inside;
			e->log_e = bayes;
		}
	}
	TRY(channel_tops_keep(&tops, in->arena, e, err));
	e->n = best_inside;
	e->abstained = best == NULL;
	if (best == NULL) {
		e->log_e = NAN;
		e->detail = "No exclusive artefact is carried by half of the nodes.";
		return COORD_OK;
	}
	e->similarity = (double)best_inside / in->n;
	e->detail = arena_printf(in->arena,
	    "%u of %u nodes carry the same %s; unrelated operators are taken to share one with a "
	    "chance of %.0e.",
	    best_inside, in->n, artefact_kind_name((enum artefact_kind)best->kind), exp(-e->log_e));
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

const struct channel channel_artefact = {
	.name = "artefact",
	.key = NULL,
	.title = "Sharing an exclusive artefact",
	.family = FAMILY_ARTEFACT,
	.layers = 0,
	.null_name = "stated prior of exclusiveness (no p-value)",
	.null_meaning = "no test: a stated chance that two unrelated operators share it",
	.test = artefact_test,
};
