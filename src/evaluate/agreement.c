/* agreement.c - the adjusted Rand index and the adjusted mutual information: agreement of two partitions beyond what
 * partitions with the same group sizes have by chance. Sources in no group are groups of one; these are handled as a
 * number, since a batch has hundreds of them. */
#include "evaluate/contingency.h"
#include "evaluate/partition.h"

#include <math.h>

/** Sizes of one partition: how many groups there are of each size. */
struct sizes {
	struct size_count {
		double size, groups;
	} * of;
	uint32_t n;
};

static void
add_size(struct sizes *s, double size, double groups)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->of[i].size == size) {
			s->of[i].groups += groups;
			return;
		}
	s->of[s->n++] = (struct size_count){ size, groups };
}

static enum coord_err
sizes_of(const uint32_t *groups, uint32_t n, struct arena *arena, struct sizes *ret,
    struct coord_error *err)
{
	ret->n = 0;
	ret->of = ARENA_ARRAY(arena, n + 2, struct size_count);
	if (ret->of == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory to compare");
	if (groups[0] > 0)
		add_size(ret, 1, groups[0]);
	for (uint32_t i = 1; i <= n; i++)
		if (groups[i] > 0)
			add_size(ret, groups[i], 1);
	return COORD_OK;
}

static double
entropy(const struct sizes *s, double n)
{
	double h = 0;

	for (uint32_t i = 0; i < s->n; i++)
		h -= s->of[i].groups * s->of[i].size / n * log(s->of[i].size / n);
	return h;
}

/* Expected mutual information of groups of sizes a and b under the hypergeometric law (Vinh et al. 2010, eq. 24a);
 * `f` holds ln k! of 0 .. n. */
static double
expected_pair(size_t a, size_t b, size_t n, const double *f)
{
	size_t least = a + b > n + 1 ? a + b - n : 1, most = a < b ? a : b;
	double sum = 0, total = (double)n;

	for (size_t k = least; k <= most; k++) {
		double log_p = f[a] + f[b] + f[n - a] + f[n - b] - f[n] - f[k] - f[a - k] -
			       f[b - k] - f[n + k - a - b];

		sum += (double)k / total * log(total * (double)k / ((double)a * (double)b)) *
		       exp(log_p);
	}
	return sum;
}

static double
expected_information(const struct sizes *u, const struct sizes *v, size_t n, const double *f)
{
	double sum = 0;

	for (uint32_t i = 0; i < u->n; i++)
		for (uint32_t j = 0; j < v->n; j++)
			sum += u->of[i].groups * v->of[j].groups *
			       expected_pair((size_t)u->of[i].size, (size_t)v->of[j].size, n, f);
	return sum;
}

static enum coord_err
log_factorials(size_t n, struct arena *arena, double **ret, struct coord_error *err)
{
	double *f = ARENA_ARRAY_RAW(arena, n + 1, double);

	if (f == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory to compare");
	f[0] = 0;
	for (size_t k = 1; k <= n; k++)
		f[k] = f[k - 1] + log((double)k);
	*ret = f;
	return COORD_OK;
}

/* Mutual information and the number of pairs together in both. */
static void
observed(
    const struct truth *truth, const struct contingency *t, double *information, double *together)
{
	double n = truth->n;

	*information = *together = 0;
	for (uint32_t i = 0; i < t->n_cells; i++) {
		const struct contingency_cell *c = &t->cells[i];
		double a = c->cluster == 0 ? 1 : t->clusters[c->cluster];
		double b = c->campaign == 0 ? 1 : truth->sizes[c->campaign];
		double alone = c->cluster == 0 || c->campaign == 0 ? 1 : c->n;

		*information += c->n / alone * (alone / n) * log(n * alone / (a * b));
		*together += alone * (alone - 1) / 2;
	}
}

static double
pairs_in(const struct sizes *s)
{
	double sum = 0;

	for (uint32_t i = 0; i < s->n; i++)
		sum += s->of[i].groups * s->of[i].size * (s->of[i].size - 1) / 2;
	return sum;
}

static double
adjusted(double value, double expected, double most)
{
	/* all alone in both: nothing to agree on, up to rounding */
	return fabs(most - expected) < 1e-9 ? 1 : (value - expected) / (most - expected);
}

enum coord_err
partition_agreement(const struct truth *truth, const uint32_t *cluster, struct arena *scratch,
    struct partition_agreement *ret, struct coord_error *err)
{
	struct contingency t;
	struct sizes u, v;
	double n = truth->n, information, together, p, q, *f = NULL;

	*ret = (struct partition_agreement){ NAN, NAN };
	if (truth->n < 2)
		return COORD_OK;
	TRY(contingency_of(truth, cluster, scratch, &t, err));
	TRY(sizes_of(t.clusters, t.n_clusters, scratch, &u, err));
	TRY(sizes_of(truth->sizes, truth->n_campaigns, scratch, &v, err));
	TRY(log_factorials(truth->n, scratch, &f, err));
	observed(truth, &t, &information, &together);
	p = pairs_in(&u);
	q = pairs_in(&v);
	ret->ari = adjusted(together, p * q / (n * (n - 1) / 2), (p + q) / 2);
	ret->ami = adjusted(information, expected_information(&u, &v, truth->n, f),
	    (entropy(&u, n) + entropy(&v, n)) / 2);
	return COORD_OK;
}
