/* test_vocabulary.c - credentials, lists, tools and scripts: distinct, in popularity order, honestly fingerprinted. */
#include "world_support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct generate_config config = { .seed = 3, .sources = 10, .sessions = 20 };

static int
text_cmp(const void *x, const void *y)
{
	return strcmp(x, y);
}

static void
test_credentials_are_distinct(void **state)
{
	char(*all)[64] = calloc(CREDENTIALS, sizeof(*all));

	(void)state;
	assert_non_null(all);
	for (uint32_t rank = 0; rank < CREDENTIALS; rank++) {
		char user[32], password[32];

		vocabulary_credential(rank, user, password);
		snprintf(all[rank], sizeof(all[rank]), "%.30s/%.31s", user, password);
	}
	qsort(all, CREDENTIALS, sizeof(*all), text_cmp);
	for (uint32_t i = 1; i < CREDENTIALS; i++)
		assert_string_not_equal(all[i - 1], all[i]);
	free(all);
}

/* The slope of log share over log rank is the Zipf exponent. */
static double
slope(const double *shares, uint32_t n)
{
	double first = log(shares[1] - shares[0]), last = log(shares[n] - shares[n - 1]);

	return (first - last) / log(n);
}

static void
test_zipf_exponents(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 10; seed++) {
		struct generate_config c = config;
		struct world *w;

		c.seed = seed;
		w = make_world(&c);
		assert_true(slope(w->tool_shares, TOOLS) >= 0.999);
		assert_true(slope(w->tool_shares, TOOLS) <= 1.301);
		assert_true(slope(w->credential_shares, CREDENTIALS) >= 0.999);
		assert_true(slope(w->credential_shares, CREDENTIALS) <= 1.301);
		assert_true(slope(w->script_shares, SCRIPTS_PUBLIC) >= 0.999);
		assert_true(slope(w->script_shares, SCRIPTS_PUBLIC) <= 1.301);
		world_free(w);
	}
}

/* Drawn, not only tabled: the share of rank 0 among many draws. */
static void
test_draws_follow_shares(void **state)
{
	enum { DRAWS = 20000 };
	struct world *w = make_world(&config);
	struct rng rng = rng_at(9, 1, 1, 1);
	double want = w->credential_shares[1];
	uint32_t first = 0;

	(void)state;
	for (uint32_t i = 0; i < DRAWS; i++)
		first += draw_share(w->credential_shares, CREDENTIALS, &rng) == 0;
	assert_true(fabs(first - DRAWS * want) < 5.0 * sqrt(DRAWS * want));
	world_free(w);
}

static void
test_tools(void **state)
{
	struct world *w = make_world(&config);
	uint32_t telnet = 0;

	(void)state;
	for (uint32_t i = 0; i < TOOLS; i++) {
		const struct tool *t = &w->tools[i];
		uint8_t digest[16];
		char hex[33];

		if (t->service == SERVICE_TELNET) {
			telnet++;
			assert_string_equal(t->banner, "");
			continue;
		}
		assert_int_equal(strncmp(t->banner, "SSH-2.0-", 8), 0);
		assert_null(strchr(t->banner, '%'));
		md5_of(t->algorithms, strlen(t->algorithms), digest);
		hex_of(digest, sizeof(digest), hex);
		assert_string_equal(hex, t->hassh);
	}
	assert_int_equal(telnet, TOOLS / 4);
	world_free(w);
}

static void
test_lists_and_scripts(void **state)
{
	struct world *w = make_world(&config);

	(void)state;
	assert_true(w->n_lists >= LISTS_PUBLIC);
	for (uint32_t l = 0; l < w->n_lists; l++) {
		assert_true(w->lists[l].n >= 30);
		for (uint32_t i = 0; i < w->lists[l].n; i++) {
			assert_true(w->lists[l].ranks[i] < CREDENTIALS);
			for (uint32_t j = 0; j < i; j++)
				assert_int_not_equal(w->lists[l].ranks[i], w->lists[l].ranks[j]);
		}
	}
	for (uint32_t s = 0; s < SCRIPTS_PUBLIC; s++) {
		assert_true(w->scripts[s].n >= 2);
		/* a public script with an exclusive payload would be a campaign nobody planted */
		assert_true(w->scripts[s].payload.mode == PAYLOAD_NONE ||
			    (w->scripts[s].payload.mode == PAYLOAD_PER_ACTOR &&
				w->scripts[s].payload.url == URL_PER_ACTOR));
	}
	world_free(w);
}

static void
test_keys_differ(void **state)
{
	struct world *w = make_world(&config);
	const char *a = vocabulary_key_line(w, 1), *again = vocabulary_key_line(w, 1);

	(void)state;
	assert_string_equal(a, again);
	assert_string_not_equal(a, vocabulary_key_line(w, 2));
	assert_non_null(strstr(a, "ssh-rsa AAAAB3NzaC1yc2E"));
	assert_non_null(strstr(a, "authorized_keys"));
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_credentials_are_distinct),
		cmocka_unit_test(test_zipf_exponents),
		cmocka_unit_test(test_draws_follow_shares),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_lists_and_scripts),
		cmocka_unit_test(test_keys_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
