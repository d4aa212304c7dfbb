/* venn_abers.c - see venn_abers.h. Isotonic regression by pooling adjacent violators (Ayer et al. 1955): the fit does not
 * depend on the order of pooling, so what lies below the new score and what lies above it is pooled beforehand. Ties are one
 * point of the fit. */
#include "detect/judge/venn_abers.h"

#include <assert.h>

/* Is the mean of a at least that of b? */
static bool
not_below(struct weights_block a, struct weights_block b)
{
	return (uint64_t)a.sum * b.n >= (uint64_t)b.sum * a.n;
}

static struct weights_block
joined(struct weights_block a, struct weights_block b)
{
	return (struct weights_block){ a.sum + b.sum, a.n + b.n, b.other };
}

static void
fit_from_below(struct weights_calibration *c)
{
	for (uint32_t i = 0, first; i < c->n; i++) {
		struct weights_block b = { 0, 0, i };

		for (first = i;; i++) {
			b.sum += c->truth[i];
			b.n++;
			if (i + 1 == c->n || c->score[i + 1] != c->score[first])
				break;
		}
		while (b.other > 0 && not_below(c->left[b.other - 1], b))
			b = joined(b, c->left[b.other - 1]);
		for (; first <= i; first++)
			c->left[first] = b;
	}
}

static void
fit_from_above(struct weights_calibration *c)
{
	for (uint32_t i = c->n, last; i-- > 0;) {
		struct weights_block b = { 0, 0, i };

		for (last = i;; i--) {
			b.sum += c->truth[i];
			b.n++;
			if (i == 0 || c->score[i - 1] != c->score[last])
				break;
		}
		while (b.other + 1 < c->n && not_below(b, c->right[b.other + 1]))
			b = joined(b, c->right[b.other + 1]);
		for (; last > i; last--)
			c->right[last] = b;
		c->right[i] = b;
	}
}

enum coord_err
venn_abers_prepare(struct weights_calibration *c, struct arena *arena)
{
	c->left = ARENA_ARRAY_RAW(arena, c->n, struct weights_block);
	c->right = ARENA_ARRAY_RAW(arena, c->n, struct weights_block);
	if (c->n > 0 && (c->left == NULL || c->right == NULL))
		return COORD_ELIMIT;
	fit_from_below(c);
	fit_from_above(c);
	return COORD_OK;
}

/* The first score that is not below, or above with `beyond`. */
static uint32_t
find(const struct weights_calibration *c, double score, bool beyond)
{
	uint32_t low = 0, high = c->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (c->score[mid] < score || (beyond && c->score[mid] == score))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Value of the fit at the new score, which is one point with the calibration scores from .. to - 1 that equal it. */
static double
fit_at(const struct weights_calibration *c, uint32_t from, uint32_t to, uint32_t label)
{
	struct weights_block own = { label, 1, 0 };

	for (uint32_t i = from; i < to; i++) {
		own.sum += c->truth[i];
		own.n++;
	}
	for (;;) {
		if (from > 0 && not_below(c->left[from - 1], own)) {
			own = joined(own, c->left[from - 1]);
			from = own.other;
		} else if (to < c->n && not_below(own, c->right[to])) {
			own = joined(own, c->right[to]);
			to = own.other + 1;
		} else {
			return (double)own.sum / own.n;
		}
	}
}

struct venn_abers
venn_abers(const struct weights_calibration *calibration, double score)
{
	uint32_t from = find(calibration, score, false), to = find(calibration, score, true);
	struct venn_abers ret;

	assert(calibration->n == 0 || calibration->left != NULL);
	ret.low = fit_at(calibration, from, to, 0);
	ret.high = fit_at(calibration, from, to, 1);
	ret.p = ret.high / (1 - ret.low + ret.high);
	return ret;
}
