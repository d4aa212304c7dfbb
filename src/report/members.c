/* members.c - see members.h. */
#include "report/members.h"

#include <assert.h>
#include <stdlib.h>

uint32_t
members_find(const struct member *members, uint32_t n, struct addr source)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (addr_cmp(members[middle].source, source) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && addr_cmp(members[low].source, source) == 0 ? low : n;
}

static void
count_session(struct member *m, const struct session_table *t, uint32_t row)
{
	if (m->sessions++ == 0) {
		m->first_us = t->start_us[row];
		m->last_us = t->end_us[row];
	}
	m->first_us = t->start_us[row] < m->first_us ? t->start_us[row] : m->first_us;
	m->last_us = t->end_us[row] > m->last_us ? t->end_us[row] : m->last_us;
	m->services |= UINT32_C(1) << t->service[row];
	if (m->asn == 0)
		m->asn = t->asn[row];
	if (m->country == STR_NONE)
		m->country = t->text[TEXT_COUNTRY][row];
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* `pairs`: member << 32 | sensor index; sorted, they are each member's list of sensors. */
static void
share_out_sensors(struct member *members, uint64_t *pairs, uint32_t n_pairs, uint32_t *sensors)
{
	qsort(pairs, n_pairs, sizeof(*pairs), by_value); /* a total order */
	for (uint32_t i = 0; i < n_pairs; i++) {
		struct member *m = &members[pairs[i] >> 32];

		if (i > 0 && pairs[i] == pairs[i - 1])
			continue;
		if (m->n_sensors == 0)
			m->sensors = sensors;
		*sensors++ = (uint32_t)pairs[i];
		m->n_sensors++;
	}
}

struct member *
members_of(const struct session_table *t, const struct detect_campaign *c, struct arena *arena)
{
	uint32_t strings = strtab_count(t->strings);
	struct member *members = ARENA_ARRAY(arena, c->n_sources, struct member);
	uint32_t *index_of = ARENA_ARRAY(arena, strings, uint32_t); /* + 1; 0: not a sensor */
	uint64_t *pairs = ARENA_ARRAY(arena, c->n_sessions, uint64_t);
	uint32_t *sensors = ARENA_ARRAY(arena, c->n_sessions, uint32_t);
	uint32_t n_pairs = 0;

	static_assert(SERVICE_COUNT <= 32, "a bit a service");
	if (members == NULL || index_of == NULL || pairs == NULL || sensors == NULL)
		return NULL;
	for (uint32_t i = 0; i < c->n_sources; i++)
		members[i].source = c->sources[i];
	for (uint32_t i = 0; i < c->n_sensors; i++)
		index_of[c->sensors[i]] = i + 1;
	for (uint32_t i = 0; i < c->n_sessions; i++) {
		uint32_t row = c->sessions[i];
		uint32_t at = members_find(members, c->n_sources, t->source[row]);
		uint32_t sensor = index_of[t->text[TEXT_SENSOR][row]];

		if (at == c->n_sources)
			continue;
		count_session(&members[at], t, row);
		if (sensor > 0)
			pairs[n_pairs++] = (uint64_t)at << 32 | (sensor - 1);
	}
	share_out_sensors(members, pairs, n_pairs, sensors);
	return members;
}
