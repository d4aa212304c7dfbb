/* Which source carries what, and where it stands in the picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <math.h>

#include <cmocka.h>

#include "fixture.h"
#include "report/graph.h"

struct scene {
	struct fixture *f;
	struct arena *arena;
	struct member *members;
	struct links links;
};

static struct scene
scene_new(struct fixture *f)
{
	struct scene s = { .f = f, .arena = arena_new(0) };
	const struct detect_campaign *c = &f->result.campaigns[0];

	s.members = members_of(&f->table, c, s.arena);
	assert_non_null(s.members);
	assert_int_equal(links_of(&f->table, c, s.members, s.arena, &s.links, NULL), COORD_OK);
	return s;
}

static void
scene_free(struct scene *s)
{
	arena_free(s->arena);
	fixture_free(s->f);
}

static const struct link_feature *
feature(const struct scene *s, const char *value)
{
	for (uint32_t i = 0; i < s->links.n_features; i++)
		if (sv_eq(s->links.features[i].value, sv_from(value)))
			return &s->links.features[i];
	return NULL;
}

static void
carriers_are_found_in_the_sessions(void **state)
{
	struct scene s = scene_new(fixture_new());
	const struct link_feature *key =
	    feature(&s, "SHA256:dummyKeyFingerprintForTests0000000000000000");
	const struct link_feature *credential = feature(&s, "root / xc3511");

	(void)state;
	assert_non_null(key);
	assert_non_null(key->artefact);
	assert_int_equal(key->sources, 14);
	assert_non_null(credential);
	assert_null(credential->artefact);
	assert_int_equal(credential->sources, 14);
	/* nobody brought these */
	assert_null(feature(&s, "=cmd|' /C calc'!A0"));
	assert_int_equal(s.links.n_features, 4);
	for (uint32_t i = 0; i < s.f->result.campaigns[0].n_sources; i++)
		assert_int_equal(s.links.carried[i], 1 | (i < 5) << 1 | (i < 4) << 2 | 8);
	scene_free(&s);
}

static void
prefixes_and_parts_match(void **state)
{
	struct fixture *f = fixture_new();
	struct detect_top tops[] = { { .kind = "prefix", .what = "198.51.100.0/29" },
		{ .kind = "prefix", .what = "2001:db8::/32" } };
	struct detect_top more[] = { { .kind = "prefix", .what = "198.51.100.0/99" },
		{ .kind = "command", .what = "rm -rf .ssh" } };
	struct scene s;

	(void)state;
	f->result.campaigns[0].n_artefacts = 0;
	f->result.campaigns[0].evidence[CHANNEL_BEHAVIOUR].top = tops;
	f->result.campaigns[0].evidence[CHANNEL_BEHAVIOUR].n_top = 2;
	f->result.campaigns[0].evidence[CHANNEL_PAYLOAD].top = more;
	f->result.campaigns[0].evidence[CHANNEL_PAYLOAD].n_top = 2;
	s = scene_new(f);
	assert_int_equal(s.links.n_features, 3);
	assert_int_equal(feature(&s, "198.51.100.0/29")->sources, 7);
	assert_int_equal(feature(&s, "2001:db8::/32")->sources, 1);
	assert_int_equal(feature(&s, "rm -rf .ssh")->sources, 14);
	scene_free(&s);
}

/* The outer ring holds each source once, everything lies in the unit circle, and neighbours share what they carry. */
static void
picture_is_sound(void **state)
{
	struct scene s = scene_new(fixture_new());
	uint32_t n = s.f->result.campaigns[0].n_sources;
	struct graph g, again;
	uint32_t changes = 0;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		s.links.carried[i] = i % 3;
	assert_int_equal(graph_lay_out(s.members, n, &s.links, s.arena, &g, NULL), COORD_OK);
	assert_int_equal(graph_lay_out(s.members, n, &s.links, s.arena, &again, NULL), COORD_OK);
	assert_int_equal(g.n_members, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(g.members[i], again.members[i]);
		assert_true(hypot(g.source_at[i].x, g.source_at[i].y) < 1.000001);
		for (uint32_t j = 0; j < i; j++)
			assert_int_not_equal(g.members[i], g.members[j]);
		changes +=
		    i > 0 && s.links.carried[g.members[i]] != s.links.carried[g.members[i - 1]];
	}
	assert_int_equal(changes, 2);
	for (uint32_t f = 0; f < s.links.n_features; f++)
		assert_true(hypot(g.feature_at[f].x, g.feature_at[f].y) < 1);
	scene_free(&s);
}

static void
only_the_busiest_are_drawn(void **state)
{
	struct arena *arena = arena_new(0);
	struct member members[300] = { 0 };
	uint32_t carried[300] = { 0 };
	struct links links = { .carried = carried };
	struct graph g;

	(void)state;
	for (uint32_t i = 0; i < 300; i++)
		members[i].sessions = i;
	assert_int_equal(graph_lay_out(members, 300, &links, arena, &g, NULL), COORD_OK);
	assert_int_equal(g.n_members, GRAPH_SOURCES_MOST);
	for (uint32_t i = 0; i < g.n_members; i++)
		assert_true(g.members[i] >= 300 - GRAPH_SOURCES_MOST);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carriers_are_found_in_the_sessions),
		cmocka_unit_test(prefixes_and_parts_match),
		cmocka_unit_test(picture_is_sound),
		cmocka_unit_test(only_the_busiest_are_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
