/* test_clusters.c - communities from edges, groups around artefacts, and what is no cluster. */
#include "testing.h"

#include <math.h>

#include "detect/graph/clusters.h"
#include "study.h"

enum { BASE = 0x0a000000 };

static void
add_key(struct batch *b, uint32_t ip, const char *key)
{
	batch_add(b, &(struct batch_session){ .ip = BASE + ip, .at_s = ip, .key = key });
}

static struct cluster_list
find(const struct study *s, const struct edge_list *edges, bool artefacts)
{
	struct cluster_list list;
	struct coord_error err;

	assert_int_equal(
	    clusters_find(&s->observed, edges, artefacts, 0.01, 0, 1, s->arena, &list, &err),
	    COORD_OK);
	for (uint32_t c = 0; c < list.n; c++)
		for (uint32_t i = 1; i < list.all[c].n; i++)
			assert_true(list.all[c].nodes[i - 1] < list.all[c].nodes[i]);
	return list;
}

static struct cluster_list
find_without_edges(const struct study *s)
{
	return find(s, &(struct edge_list){ .n = 0 }, true);
}

static void
test_size_classes(void **state)
{
	static const struct {
		uint32_t nodes;
		unsigned class;
	} cases[] = { { 1, 0 }, { 3, 0 }, { 4, 0 }, { 5, 1 }, { 8, 1 }, { 9, 2 }, { 16, 2 },
		{ 17, 3 }, { 4096, 10 }, { 4097, 11 }, { 1000000, 11 }, { UINT32_MAX, 11 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(clusters_size_class(cases[i].nodes), cases[i].class);
}

static void
test_jaccard(void **state)
{
	static const uint32_t a[] = { 1, 2, 3, 4 }, b[] = { 3, 4, 5 };

	(void)state;
	assert_true(clusters_jaccard(a, 4, b, 3) == 0.4);
	assert_true(clusters_jaccard(b, 3, a, 4) == 0.4);
	assert_true(clusters_jaccard(a, 4, a, 4) == 1);
	assert_true(clusters_jaccard(a, 2, b, 3) == 0);
	assert_true(clusters_jaccard(a, 0, b, 0) == 0);
}

static void
test_one_artefact_is_one_group(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	struct cluster_list list;

	(void)state;
	for (uint32_t i = 0; i < 135; i++)
		add_key(b, i, "SHA256:one");
	add_key(b, 500, NULL);
	study_begin(&s, b, NULL);
	list = find_without_edges(&s);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.all[0].n, 135);
	assert_int_equal(list.all[0].n_carriers, 135);
	assert_true(list.all[0].stability == 1);
	assert_int_equal(find(&s, &(struct edge_list){ .n = 0 }, false).n, 0);
	study_end(&s);
}

/* Carriers 0 .. 5 and shift .. shift + 5. */
static uint32_t
groups_of_two_keys(uint32_t shift)
{
	struct batch *b = batch_new();
	struct study s;
	uint32_t n;

	for (uint32_t i = 0; i < 6; i++) {
		add_key(b, i, "SHA256:one");
		add_key(b, shift + i, "SHA256:two");
	}
	study_begin(&s, b, NULL);
	n = find_without_edges(&s).n;
	study_end(&s);
	return n;
}

static void
test_artefacts_join_by_half(void **state)
{
	(void)state;
	assert_int_equal(groups_of_two_keys(0), 1);
	assert_int_equal(groups_of_two_keys(3), 2); /* half of the hosts were taken over */
	assert_int_equal(groups_of_two_keys(4), 2);
	assert_int_equal(groups_of_two_keys(5), 2); /* one machine with two keys */
	assert_int_equal(groups_of_two_keys(6), 2);
}

/* A machine with two owners is in one of their groups, and the groups stay apart. */
static void
test_machine_with_two_keys(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	struct cluster_list list;

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		add_key(b, i, "SHA256:one");
	for (uint32_t i = 3; i < 9; i++)
		add_key(b, i, "SHA256:two");
	study_begin(&s, b, NULL);
	list = find_without_edges(&s);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.all[0].n + list.all[1].n, 9);
	assert_true(clusters_jaccard(
			list.all[0].nodes, list.all[0].n, list.all[1].nodes, list.all[1].n) == 0);
	study_end(&s);
}

/* HN10: half of a key's hosts carry a second key: two groups, the second key's hosts are its own. */
static void
test_taken_over(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	struct cluster_list list;

	(void)state;
	for (uint32_t i = 0; i < 12; i++)
		add_key(b, i, "SHA256:one");
	for (uint32_t i = 6; i < 12; i++)
		add_key(b, i, "SHA256:two");
	study_begin(&s, b, NULL);
	list = find_without_edges(&s);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.all[0].n, 6);
	assert_int_equal(list.all[1].n, 6);
	study_end(&s);
}

static void
test_smallest_groups(void **state)
{
	struct batch *b = batch_new(), *one = batch_new();
	struct study s;

	(void)state;
	add_key(b, 1, "SHA256:one");
	add_key(b, 2, "SHA256:one");
	study_begin(&s, b, NULL);
	assert_int_equal(find_without_edges(&s).n, 1);
	study_end(&s);
	/* two services of one source */
	add_key(one, 1, "SHA256:one");
	batch_add(one, &(struct batch_session){
			   .ip = BASE + 1, .service = SERVICE_TELNET, .key = "SHA256:one" });
	add_key(one, 2, NULL);
	study_begin(&s, one, NULL);
	assert_int_equal(find_without_edges(&s).n, 0);
	study_end(&s);
}

/* Full edges among nodes [from, to). */
static void
add_clique(struct edge_list *list, uint32_t from, uint32_t to, float log10_e)
{
	for (uint32_t a = from; a < to; a++)
		for (uint32_t b = a + 1; b < to; b++)
			list->edges[list->n++] = (struct edge){ a, b, { log10_e } };
}

/* `n` sources; the first `carriers` have a key; node i is source i. */
static void
begin_sources(struct study *s, uint32_t n, uint32_t carriers)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < n; i++)
		add_key(b, i, i < carriers ? "SHA256:one" : NULL);
	study_begin(s, b, NULL);
}

static void
test_communities(void **state)
{
	struct study s;
	struct edge edges[64];
	struct edge_list list = { .edges = edges };
	struct cluster_list found;

	(void)state;
	begin_sources(&s, 20, 0);
	add_clique(&list, 0, 5, 6);
	add_clique(&list, 5, 9, 4);
	add_clique(&list, 10, 12, 6); /* two: no cluster */
	found = find(&s, &list, true);
	assert_int_equal(found.n, 2);
	assert_int_equal(found.all[0].n, 5);
	assert_int_equal(found.all[1].n, 4);
	assert_true(found.all[0].stability == 1);
	assert_int_equal(found.all[0].n_carriers, 0);
	/* log10 e a node */
	assert_true(fabs(found.all[0].score - 10 * 6.0 / 5) < 1e-9);
	assert_true(fabs(found.all[1].score - 6 * 4.0 / 4) < 1e-9);
	study_end(&s);
}

/* Two cliques with a weak bridge: apart at every resolution but the coarse one. */
static void
test_weak_bridge(void **state)
{
	struct study s;
	struct edge edges[64];
	struct edge_list list = { .edges = edges };
	struct cluster_list found;

	(void)state;
	begin_sources(&s, 12, 0);
	add_clique(&list, 0, 5, 6);
	edges[list.n++] = (struct edge){ 4, 5, { 0.1F } };
	add_clique(&list, 5, 10, 6);
	found = find(&s, &list, true);
	assert_int_equal(found.n, 2);
	assert_int_equal(found.all[0].n, 5);
	study_end(&s);
}

/* Four cliques in pairs, the pairs in a chain: pairs at the middle resolution, cliques at the fine one, all at the coarse
 * one. No pair is found twice, so the cliques are kept. */
static void
test_unstable_communities_go_finer(void **state)
{
	struct study s;
	struct edge edges[64];
	struct edge_list list = { .edges = edges };
	struct cluster_list found;

	(void)state;
	begin_sources(&s, 16, 0);
	for (uint32_t clique = 0; clique < 4; clique++) {
		add_clique(&list, 4 * clique, 4 * clique + 4, 6);
		if (clique < 3)
			edges[list.n++] = (struct edge){ 4 * clique + 3, 4 * clique + 4,
				{ clique == 1 ? 4.2F : 6 } };
	}
	found = find(&s, &list, true);
	assert_int_equal(found.n, 4);
	for (uint32_t c = 0; c < 4; c++) {
		assert_int_equal(found.all[c].n, 4);
		assert_true(found.all[c].stability == 0.7);
	}
	study_end(&s);
}

/* Three nodes of two sources are no cluster: three sources at least. */
static void
test_sources_count_not_nodes(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	struct edge edges[4];
	struct edge_list list = { .edges = edges };

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = BASE, .at_s = 0 });
	batch_add(b, &(struct batch_session){ .ip = BASE, .at_s = 1, .service = SERVICE_TELNET });
	batch_add(b, &(struct batch_session){ .ip = BASE + 1, .at_s = 2 });
	study_begin(&s, b, NULL);
	add_clique(&list, 0, 3, 6);
	assert_int_equal(find(&s, &list, true).n, 0);
	study_end(&s);
}

/* A community with half its members among the carriers joins their group; else it loses them. */
static void
test_communities_and_artefacts(void **state)
{
	struct study s;
	struct edge edges[64];
	struct edge_list list = { .edges = edges };
	struct cluster_list found;

	(void)state;
	begin_sources(&s, 20, 4);   /* nodes 0 .. 3 carry */
	add_clique(&list, 2, 6, 6); /* two carriers of four */
	found = find(&s, &list, true);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.all[0].n, 6);
	assert_int_equal(found.all[0].n_carriers, 4);
	list.n = 0;
	add_clique(&list, 3, 8, 6); /* one of five */
	found = find(&s, &list, true);
	assert_int_equal(found.n, 2);
	for (uint32_t c = 0; c < 2; c++)
		assert_int_equal(found.all[c].n, 4);
	study_end(&s);
}

/* Null worlds have no artefacts, and the same edges give the same clusters. */
static void
test_null_worlds_have_no_artefact_groups(void **state)
{
	struct study s;
	struct world w;
	struct coord_error err;
	struct cluster_list list;

	(void)state;
	begin_sources(&s, 20, 10);
	assert_int_equal(world_null(s.plan, 1, 1, s.arena, &w, &err), COORD_OK);
	assert_int_equal(clusters_find(&w, &(struct edge_list){ .n = 0 }, true, 0.01, 0, 1, s.arena,
			     &list, &err),
	    COORD_OK);
	assert_int_equal(list.n, 0);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size_classes),
		cmocka_unit_test(test_jaccard),
		cmocka_unit_test(test_one_artefact_is_one_group),
		cmocka_unit_test(test_artefacts_join_by_half),
		cmocka_unit_test(test_machine_with_two_keys),
		cmocka_unit_test(test_taken_over),
		cmocka_unit_test(test_smallest_groups),
		cmocka_unit_test(test_communities),
		cmocka_unit_test(test_weak_bridge),
		cmocka_unit_test(test_unstable_communities_go_finer),
		cmocka_unit_test(test_sources_count_not_nodes),
		cmocka_unit_test(test_communities_and_artefacts),
		cmocka_unit_test(test_null_worlds_have_no_artefact_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
