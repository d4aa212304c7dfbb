/* facts.c - what parse functions write: bounded lists of facts whose texts were cleaned, because strangers wrote them. */
#include <math.h>
#include <stdio.h>

#include "tools/provider.h"

/** Bytes of the UTF-8 sequence at s, 0 when it is none (RFC 3629: shortest forms, no surrogates, up to U+10FFFF). */
static size_t
sequence(const unsigned char *s, size_t left)
{
	unsigned char first = s[0], least = 0x80, most = 0xbf;
	size_t n = first < 0x80   ? 1
		   : first < 0xc2 ? 0
		   : first < 0xe0 ? 2
		   : first < 0xf0 ? 3
		   : first < 0xf5 ? 4
				  : 0;

	if (n == 0 || n > left)
		return 0;
	if (first == 0xe0)
		least = 0xa0;
	else if (first == 0xed)
		most = 0x9f;
	else if (first == 0xf0)
		least = 0x90;
	else if (first == 0xf4)
		most = 0x8f;
	for (size_t i = 1; i < n; i++, least = 0x80, most = 0xbf)
		if (s[i] < least || s[i] > most)
			return 0;
	return n;
}

/** A copy without control characters; what is no UTF-8 becomes "?". Cut at a whole character. */
static struct sv
clean(struct arena *arena, struct sv text)
{
	char *copy = arena_array_raw(arena, FACT_TEXT_MOST, 1);
	size_t n = 0, step;

	if (copy == NULL)
		return SV_NONE;
	for (size_t i = 0; i < text.len; i += step) {
		const unsigned char *s = (const unsigned char *)text.data + i;
		size_t len = sequence(s, text.len - i);
		bool control =
		    len == 1 ? *s < 0x20 || *s == 0x7f : len == 2 && *s == 0xc2 && s[1] < 0xa0;

		step = len == 0 ? 1 : len;
		if (control)
			continue;
		if (n + step > FACT_TEXT_MOST)
			break;
		memcpy(copy + n, len == 0 ? "?" : (const char *)s, step);
		n += step;
	}
	return sv_trim((struct sv){ copy, n });
}

static struct tools_fact *
next(struct provider_facts *facts, enum tools_fact_name name, enum tools_fact_type type)
{
	struct tools_fact *fact;

	if (facts->n >= FACTS_MOST)
		return NULL;
	if (facts->n == facts->cap) {
		size_t cap = facts->cap == 0 ? 16 : 2 * facts->cap;
		struct tools_fact *more = ARENA_ARRAY(facts->arena, cap, struct tools_fact);

		if (more == NULL) {
			facts->failed = true;
			return NULL;
		}
		if (facts->n > 0)
			memcpy(more, facts->facts, facts->n * sizeof(*more));
		facts->facts = more;
		facts->cap = cap;
	}
	fact = &facts->facts[facts->n++];
	*fact = (struct tools_fact){ .name = name, .type = type };
	return fact;
}

void
facts_text(struct provider_facts *facts, enum tools_fact_name name, struct sv text)
{
	struct tools_fact *fact;
	struct sv cleaned;

	if (text.len == 0 || facts->n >= FACTS_MOST)
		return;
	cleaned = clean(facts->arena, text);
	if (cleaned.data == NULL)
		facts->failed = true;
	if (cleaned.len == 0)
		return;
	fact = next(facts, name, FACT_IS_TEXT);
	if (fact != NULL)
		fact->text = cleaned;
}

void
facts_whole(struct provider_facts *facts, enum tools_fact_name name, int64_t number)
{
	struct tools_fact *fact = next(facts, name, FACT_IS_WHOLE);

	if (fact != NULL)
		fact->number = number;
}

void
facts_real(struct provider_facts *facts, enum tools_fact_name name, double number)
{
	struct tools_fact *fact = isfinite(number) ? next(facts, name, FACT_IS_REAL) : NULL;

	if (fact != NULL)
		fact->real = number;
}

void
facts_bool(struct provider_facts *facts, enum tools_fact_name name, bool yes)
{
	struct tools_fact *fact = next(facts, name, FACT_IS_BOOL);

	if (fact != NULL)
		fact->number = yes;
}

void
facts_time(struct provider_facts *facts, enum tools_fact_name name, int64_t time_us)
{
	struct tools_fact *fact = next(facts, name, FACT_IS_TIME);

	if (fact != NULL)
		fact->number = time_us;
}

enum tools_outcome
facts_why(struct provider_facts *facts, enum tools_outcome outcome, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(facts->why, sizeof(facts->why), format, args);
	va_end(args);
	return outcome;
}
