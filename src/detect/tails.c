/* tails.c - tails of distributions in the log domain.
 * Discrete tails are one density in closed form (Loader 2000: Stirling's error term and the deviance, no cancelling
 * gamma functions) times a sum of ratios that falls off from there; the tail that holds the mean is taken as the
 * complement, which there loses nothing. So a tail of e^-100000 keeps its digits. */
#include "detect/stats.h"

#include <float.h>
#include <math.h>

#define LOG_SQRT_2PI 0.91893853320467274178
#define SQRT_HALF 0.70710678118654752440

/* ln(1 - e^x) for x <= 0: Maechler 2012. */
static double
log1mexp(double x)
{
	return x > -0.69314718055994530942 ? log(-expm1(x)) : log1p(-exp(x));
}

double
stats_normal_cdf(double x)
{
	return 0.5 * erfc(-x * SQRT_HALF);
}

double
stats_normal_sf(double x)
{
	return 0.5 * erfc(x * SQRT_HALF);
}

double
stats_log_normal_sf(double x)
{
	double w, series = 0.0;

	if (x < 0.0)
		return log1p(-stats_normal_sf(-x));
	if (!(x > 20.0))
		return log(stats_normal_sf(x));
	if (isinf(x))
		return -INFINITY;
	/* asymptotic series, nested: 1 - 1/x^2 (1 - 3/x^2 (1 - 5/x^2 ...)) */
	w = 1.0 / (x * x);
	for (int odd = 17; odd >= 1; odd -= 2)
		series = odd * w * (1.0 - series);
	return -0.5 * x * x - LOG_SQRT_2PI - log(x) + log1p(-series);
}

static double
ratio_of_polynomials(const double num[8], const double den[8], double r)
{
	double a = num[7], b = den[7];

	for (int i = 6; i >= 0; i--) {
		a = a * r + num[i];
		b = b * r + den[i];
	}
	return a / b;
}

double
stats_normal_quantile(double p)
{
	static const double a[8] = { 3.3871328727963666080e0, 1.3314166789178437745e2,
		1.9715909503065514427e3, 1.3731693765509461125e4, 4.5921953931549871457e4,
		6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3 };
	static const double b[8] = { 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
		5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
		2.8729085735721942674e4, 5.2264952788528545610e3 };
	static const double c[8] = { 1.42343711074968357734e0, 4.63033784615654529590e0,
		5.76949722146069140550e0, 3.64784832476320460504e0, 1.27045825245236838258e0,
		2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4 };
	static const double d[8] = { 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
		6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
		5.47593808499534494600e-4, 1.05075007164441684324e-9 };
	static const double e[8] = { 6.65790464350110377720e0, 5.46378491116411436990e0,
		1.78482653991729133580e0, 2.96560571828504891230e-1, 2.65321895265761230930e-2,
		1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7 };
	static const double f[8] = { 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
		1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
		1.42151175831644588870e-7, 2.04426310338993978564e-15 };
	double q = p - 0.5, r;

	if (!(p >= 0.0 && p <= 1.0))
		return NAN;
	if (p == 0.0 || p == 1.0)
		return p == 0.0 ? -INFINITY : INFINITY;
	if (fabs(q) <= 0.425)
		return q * ratio_of_polynomials(a, b, 0.180625 - q * q);
	r = sqrt(-log(q < 0.0 ? p : 1.0 - p));
	r = r <= 5.0 ? ratio_of_polynomials(c, d, r - 1.6) : ratio_of_polynomials(e, f, r - 5.0);
	return q < 0.0 ? -r : r;
}

/* Stirling's error term: ln Gamma(x + 1) - (x + 1/2) ln x + x - ln sqrt(2 pi), x > 0. */
static double
stirling_error(double x)
{
	double sum = 0.0, w;

	while (x < 16.0) {
		sum += (x + 0.5) * log1p(1.0 / x) - 1.0;
		x += 1.0;
	}
	w = 1.0 / (x * x);
	return sum +
	       (1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1260 - w * (1.0 / 1680 - w / 1188)))) / x;
}

/* The deviance x ln(x / m) + m - x, without cancellation near x = m (Loader 2000). */
static double
deviance(double x, double m)
{
	double v, sum, term;

	if (fabs(x - m) >= 0.1 * (x + m))
		return x * log(x / m) + m - x;
	v = (x - m) / (x + m);
	sum = (x - m) * v;
	term = 2.0 * x * v;
	for (int j = 3; j < 200; j += 2) {
		double next;

		term *= v * v;
		next = sum + term / j;
		if (next == sum)
			break;
		sum = next;
	}
	return sum;
}

double
stats_log_gamma(double x)
{
	if (!(x > 0.0))
		return NAN;
	if (isinf(x))
		return x;
	return (x - 0.5) * log(x) - x + LOG_SQRT_2PI + stirling_error(x);
}

/* ln of e^-m m^x / Gamma(x + 1) for real x >= 0. */
static double
log_poisson_at(double x, double m)
{
	if (m == 0.0)
		return x == 0.0 ? 0.0 : -INFINITY;
	if (x == 0.0)
		return -m;
	return -stirling_error(x) - deviance(x, m) - LOG_SQRT_2PI - 0.5 * log(x);
}

/* ln of C(n, k) p^k q^(n - k), q = 1 - p given apart so that neither is rounded. */
static double
log_binomial_at(uint64_t k, uint64_t n, double p, double q)
{
	double x = (double)k, y = (double)(n - k), t = (double)n;

	if (p == 0.0 || q == 0.0)
		return k == (p == 0.0 ? 0 : n) ? 0.0 : -INFINITY;
	if (k == 0)
		return t * (p < 0.5 ? log1p(-p) : log(q));
	if (k == n)
		return t * (q < 0.5 ? log1p(-q) : log(p));
	return stirling_error(t) - stirling_error(x) - stirling_error(y) - deviance(x, t * p) -
	       deviance(y, t * q) - LOG_SQRT_2PI + 0.5 * (log(t) - log(x) - log(y));
}

double
stats_log_choose(uint64_t n, uint64_t k)
{
	double p;

	if (k > n)
		return -INFINITY;
	if (k == 0 || k == n)
		return 0.0;
	k = k < n - k ? k : n - k;
	/* at p = k / n the deviances vanish: C = density / (p^k q^(n - k)) */
	p = (double)k / (double)n;
	return log_binomial_at(k, n, p, 1.0 - p) - (double)k * log(p) - (double)(n - k) * log1p(-p);
}

double
stats_log_poisson(uint64_t k, double mu)
{
	return mu >= 0.0 && isfinite(mu) ? log_poisson_at((double)k, mu) : NAN;
}

/* Sum over i >= k of the density, for k above the mean. */
static double
poisson_far_upper(uint64_t k, double mu)
{
	double term = 1.0, sum = 1.0;

	for (double i = (double)k; term > sum * (DBL_EPSILON / 16); i += 1.0) {
		term *= mu / (i + 1.0);
		sum += term;
	}
	return log_poisson_at((double)k, mu) + log(sum);
}

/* Sum over i <= k, for k below the mean. */
static double
poisson_far_lower(uint64_t k, double mu)
{
	double term = 1.0, sum = 1.0;

	for (double i = (double)k; i > 0.0 && term > sum * (DBL_EPSILON / 16); i -= 1.0) {
		term *= i / mu;
		sum += term;
	}
	return log_poisson_at((double)k, mu) + log(sum);
}

double
stats_log_poisson_upper(uint64_t k, double mu)
{
	if (!(mu >= 0.0 && isfinite(mu)))
		return NAN;
	if (k == 0)
		return 0.0;
	if (mu == 0.0)
		return -INFINITY;
	return (double)k > mu ? poisson_far_upper(k, mu) : log1mexp(poisson_far_lower(k - 1, mu));
}

double
stats_log_poisson_lower(uint64_t k, double mu)
{
	if (!(mu >= 0.0 && isfinite(mu)))
		return NAN;
	if (mu == 0.0)
		return 0.0;
	return (double)k < mu ? poisson_far_lower(k, mu) : log1mexp(poisson_far_upper(k + 1, mu));
}

double
stats_log_binomial(uint64_t k, uint64_t n, double p)
{
	if (!(p >= 0.0 && p <= 1.0))
		return NAN;
	return k > n ? -INFINITY : log_binomial_at(k, n, p, 1.0 - p);
}

/* Sum over i >= k of the density with chances p and q, for k above the mean. */
static double
binomial_far_upper(uint64_t k, uint64_t n, double p, double q)
{
	double term = 1.0, sum = 1.0;

	for (uint64_t i = k; i < n && term > sum * (DBL_EPSILON / 16); i++) {
		term *= (double)(n - i) / (double)(i + 1) * (p / q);
		sum += term;
	}
	return log_binomial_at(k, n, p, q) + log(sum);
}

static double
binomial_upper(uint64_t k, uint64_t n, double p, double q)
{
	if (k == 0)
		return 0.0;
	if (k > n || p == 0.0)
		return -INFINITY;
	if (q == 0.0)
		return 0.0;
	if ((double)k > (double)n * p)
		return binomial_far_upper(k, n, p, q);
	/* P(X <= k - 1) is P(n - X >= n - k + 1) with the chances exchanged */
	return log1mexp(binomial_far_upper(n - k + 1, n, q, p));
}

double
stats_log_binomial_upper(uint64_t k, uint64_t n, double p)
{
	return p >= 0.0 && p <= 1.0 ? binomial_upper(k, n, p, 1.0 - p) : NAN;
}

double
stats_log_binomial_lower(uint64_t k, uint64_t n, double p)
{
	if (!(p >= 0.0 && p <= 1.0))
		return NAN;
	return k >= n ? 0.0 : binomial_upper(n - k, n, 1.0 - p, p);
}

/* ln P(X = k) as three binomial densities at one common chance (Loader 2000, section 6). */
static double
log_hypergeometric_at(uint64_t k, uint64_t marked, uint64_t drawn, uint64_t total)
{
	double p = (double)drawn / (double)total;
	double q = (double)(total - drawn) / (double)total;

	if (p == 0.0 || q == 0.0)
		return 0.0; /* only one outcome, and the caller keeps k inside the support */
	return log_binomial_at(k, marked, p, q) + log_binomial_at(drawn - k, total - marked, p, q) -
	       log_binomial_at(drawn, total, p, q);
}

/* From k upwards (step 1) or downwards (step -1) until the terms vanish. */
static double
hypergeometric_far(uint64_t k, uint64_t marked, uint64_t drawn, uint64_t total, bool up)
{
	double rest = (double)total - (double)marked - (double)drawn; /* may be negative */
	double term = 1.0, sum = 1.0, x = (double)k, a = (double)marked, b = (double)drawn;

	while (term > sum * (DBL_EPSILON / 16)) {
		if (up)
			term *= (a - x) * (b - x) / ((x + 1.0) * (rest + x + 1.0));
		else
			term *= x * (rest + x) / ((a - x + 1.0) * (b - x + 1.0));
		x += up ? 1.0 : -1.0;
		sum += term;
	}
	return log_hypergeometric_at(k, marked, drawn, total) + log(sum);
}

double
stats_log_hypergeometric_upper(uint64_t k, uint64_t marked, uint64_t drawn, uint64_t total)
{
	uint64_t most = marked < drawn ? marked : drawn;
	uint64_t least;

	if (marked > total || drawn > total)
		return NAN;
	least = marked > total - drawn ? marked - (total - drawn) : 0;
	if (k <= least)
		return 0.0;
	if (k > most)
		return -INFINITY;
	if ((double)k > (double)marked * ((double)drawn / (double)total))
		return hypergeometric_far(k, marked, drawn, total, true);
	return log1mexp(hypergeometric_far(k - 1, marked, drawn, total, false));
}

/* Upper incomplete gamma over its prefactor by Lentz's continued fraction, x > a + 1. */
static double
gamma_fraction(double a, double x)
{
	double b = x + 1.0 - a, c = 1.0 / DBL_MIN, d = 1.0 / b, h = d;

	for (int k = 1; k < 1000000; k++) {
		double i = k, an = -i * (i - a), change;

		b += 2.0;
		d = an * d + b;
		d = 1.0 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
		c = b + an / c;
		c = fabs(c) < DBL_MIN ? DBL_MIN : c;
		change = c * d;
		h *= change;
		if (fabs(change - 1.0) < DBL_EPSILON)
			break;
	}
	return h;
}

double
stats_log_chi_square_sf(double x, double dof)
{
	double a = 0.5 * dof, term = 1.0, sum = 1.0, prefactor;

	if (!(dof > 0.0 && isfinite(dof) && x >= 0.0))
		return NAN;
	if (x == 0.0 || isinf(x))
		return x == 0.0 ? 0.0 : -INFINITY;
	x *= 0.5;
	prefactor = log_poisson_at(a, x); /* x^a e^-x / Gamma(a + 1) */
	if (x > a + 1.0)
		return prefactor + log(a) + log(gamma_fraction(a, x));
	for (double i = a + 1.0; term > sum * (DBL_EPSILON / 16); i += 1.0) {
		term *= x / i;
		sum += term;
	}
	return log1mexp(fmin(prefactor + log(sum), 0.0));
}

/* The log odds of the chance at which P(X >= k) reaches the level, by bisection. 1 <= k <= n. */
static double
binomial_log_odds(uint64_t k, uint64_t n, double log_level)
{
	double low = -745.0, high = 745.0;

	for (int i = 0; i < 64; i++) {
		double mid = 0.5 * (low + high);
		double p = 1.0 / (1.0 + exp(-mid)), q = 1.0 / (1.0 + exp(mid));

		if (binomial_upper(k, n, p, q) < log_level)
			low = mid;
		else
			high = mid;
	}
	return 0.5 * (low + high);
}

struct stats_interval
stats_clopper_pearson(uint64_t k, uint64_t n, double confidence)
{
	struct stats_interval all = { 0.0, 1.0 };
	double log_level;

	if (k > n || !(confidence > 0.0 && confidence < 1.0))
		return (struct stats_interval){ NAN, NAN };
	if (n == 0)
		return all;
	log_level = log(0.5 * (1.0 - confidence));
	if (k > 0)
		all.low = 1.0 / (1.0 + exp(-binomial_log_odds(k, n, log_level)));
	/* the upper end is the lower end for the failures, reflected */
	if (k < n)
		all.high = 1.0 / (1.0 + exp(binomial_log_odds(n - k, n, log_level)));
	return all;
}
