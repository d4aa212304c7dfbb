/* venn_abers.c - see venn_abers.h. Isotonic regression by pooling adjacent violators (Ayer et al. 1955). */
#include "detect/judge/venn_abers.h"

struct block {
	double sum, n;
};

/* Value of the isotonic fit at the new score, which is put behind the calibration scores equal to it or before them: ties
 * are one point of the fit, so equal scores are pooled first. */
static double
fit_at(const struct weights_calibration *c, double score, double label, struct block *blocks)
{
	uint32_t n = 0, at = UINT32_MAX;
	bool placed = false;

	for (uint32_t i = 0; i < c->n || !placed;) {
		bool own = !placed && (i == c->n || score <= c->score[i]);
		double here = own ? score : c->score[i];
		struct block b = { own ? label : 0, own ? 1 : 0 };

		for (; i < c->n && c->score[i] == here; i++) {
			b.sum += c->truth[i];
			b.n++;
		}
		placed = placed || own;
		blocks[n] = b;
		if (own)
			at = n;
		n++;
		while (n > 1 &&
		       blocks[n - 2].sum * blocks[n - 1].n >= blocks[n - 1].sum * blocks[n - 2].n) {
			blocks[n - 2].sum += blocks[n - 1].sum;
			blocks[n - 2].n += blocks[n - 1].n;
			if (at == n - 1)
				at = n - 2;
			n--;
		}
	}
	return blocks[at].sum / blocks[at].n;
}

enum coord_err
venn_abers(const struct weights_calibration *calibration, double score, struct arena *scratch,
    struct venn_abers *ret)
{
	struct arena_mark mark = arena_mark(scratch);
	struct block *blocks = ARENA_ARRAY_RAW(scratch, (size_t)calibration->n + 1, struct block);

	if (blocks == NULL)
		return COORD_ELIMIT;
	ret->low = fit_at(calibration, score, 0, blocks);
	ret->high = fit_at(calibration, score, 1, blocks);
	ret->p = ret->high / (1 - ret->low + ret->high);
	arena_rewind(scratch, mark);
	return COORD_OK;
}
