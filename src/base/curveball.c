/* curveball.c - see curveball.h. Linear in the two lists: nothing is sorted. */
#include "base/curveball.h"

/* Splits two ascending lists: what only one has goes to the front of `pool`, what both have behind it. */
static void
split(const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b, uint32_t *pool,
    uint32_t *ret_own, uint32_t *ret_n)
{
	uint32_t i = 0, j = 0, n = 0, own = 0;

	while (i < n_a || j < n_b) {
		if (j == n_b || (i < n_a && a[i] < b[j])) {
			pool[n++] = a[i++];
			own++;
		} else if (i == n_a || b[j] < a[i]) {
			pool[n++] = b[j++];
		} else {
			i++;
			j++;
		}
	}
	*ret_own = own;
	*ret_n = n;
	for (i = j = 0; i < n_a && j < n_b;) {
		uint32_t at_a = a[i], at_b = b[j];

		if (at_a == at_b)
			pool[n++] = at_a;
		i += at_a <= at_b;
		j += at_b <= at_a;
	}
}

/* Chooses `own` of n for a, by selection sampling in order (Knuth 3.4.2 S): the dealt lists stay ascending. */
static void
deal(bool *give, uint32_t n, uint32_t own, struct rng *rng)
{
	for (uint32_t k = 0; k < n; k++) {
		give[k] = rng_below(rng, n - k) < own;
		own -= give[k];
	}
}

void
curveball_trade(uint32_t *a, uint32_t n_a, uint32_t *b, uint32_t n_b, uint32_t *pool, bool *give,
    struct rng *rng)
{
	uint32_t own, n, n_shared, x = 0, y = 0;
	const uint32_t *shared;

	split(a, n_a, b, n_b, pool, &own, &n);
	if (own == 0 || own == n)
		return;
	deal(give, n, own, rng);
	shared = pool + n;
	n_shared = n_a - own;
	for (uint32_t s = 0, k = 0; s < n_shared || k < n;) {
		if (k == n || (s < n_shared && shared[s] < pool[k])) {
			a[x++] = shared[s];
			b[y++] = shared[s++];
		} else if (give[k]) {
			a[x++] = pool[k++];
		} else {
			b[y++] = pool[k++];
		}
	}
}
