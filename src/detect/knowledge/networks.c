/* networks.c - see networks.h. */
#include "detect/knowledge/networks.h"

#include <stdlib.h>

/* "046.101.124.074" -> "46.101.124.74": some lists pad octets; addr_parse refuses zeros in front, which others read as
 * octal. */
static struct sv
without_zeros(struct sv text, char *out, size_t size)
{
	bool starts = true;
	size_t n = 0;

	if (text.len >= size || sv_find_char(text, ':') != SIZE_MAX)
		return text;
	for (size_t i = 0; i < text.len; i++) {
		bool more = i + 1 < text.len && text.data[i + 1] >= '0' && text.data[i + 1] <= '9';

		if (text.data[i] == '0' && starts && more)
			continue;
		out[n++] = text.data[i];
		starts = text.data[i] == '.';
	}
	return (struct sv){ out, n };
}

bool
network_parse(struct sv text, struct addr *ret_base, unsigned *ret_bits)
{
	char plain[ADDR_TEXT_MAX + 8];
	size_t slash = sv_find_char(text, '/');
	struct sv host = sv_first(text, slash == SIZE_MAX ? text.len : slash);
	uint64_t bits;
	unsigned most;
	struct addr a;

	if (!addr_parse(without_zeros(host, plain, sizeof(plain)), &a) || addr_is_unknown(a))
		return false;
	most = addr_is_v4(a) ? 32 : 128;
	bits = most;
	if (slash != SIZE_MAX && (!sv_to_u64(sv_skip(text, slash + 1), &bits) || bits > most))
		return false;
	*ret_base = addr_prefix(a, (unsigned)bits);
	*ret_bits = (unsigned)bits;
	return true;
}

static unsigned
full_bits(struct addr base, unsigned bits)
{
	return addr_is_v4(base) ? 96 + bits : bits;
}

bool
networks_add(struct networks *set, struct addr base, unsigned bits, uint32_t value)
{
	if (set->n == set->cap) {
		uint32_t cap = set->cap == 0 ? 256 : set->cap * 2;
		struct network_entry *all = realloc(set->all, (size_t)cap * sizeof(*all));

		if (all == NULL)
			return false;
		set->all = all;
		set->cap = cap;
	}
	set->all[set->n++] = (struct network_entry){ base, value, (uint8_t)full_bits(base, bits) };
	return true;
}

static int
entry_order(const void *a, const void *b)
{
	const struct network_entry *x = a, *y = b;
	int c;

	if (x->bits != y->bits)
		return x->bits > y->bits ? -1 : 1;
	if ((c = addr_cmp(x->base, y->base)) != 0)
		return c;
	return (x->value > y->value) - (x->value < y->value);
}

void
networks_sort(struct networks *set)
{
	uint32_t kept = 0;

	if (set->n > 0)
		qsort(set->all, set->n, sizeof(*set->all), entry_order);
	for (uint32_t i = 0; i < set->n; i++)
		if (i == 0 || set->all[i].bits != set->all[kept - 1].bits ||
		    addr_cmp(set->all[i].base, set->all[kept - 1].base) != 0)
			set->all[kept++] = set->all[i];
	set->n = kept;
	for (uint32_t length = 0, at = 0; length <= NETWORK_LENGTHS; length++) {
		set->start[length] = at;
		while (length < NETWORK_LENGTHS && at < kept && set->all[at].bits == 128 - length)
			at++;
	}
}

/* The first `bits` of 128. */
static struct addr
cut(struct addr a, unsigned bits)
{
	for (unsigned i = 0; i < 16; i++)
		if (bits < 8 * (i + 1))
			a.bytes[i] =
			    bits <= 8 * i ? 0 : (uint8_t)(a.bytes[i] & (0xff00u >> (bits - 8 * i)));
	return a;
}

int64_t
networks_find(const struct networks *set, struct addr a)
{
	for (unsigned length = 0; length < NETWORK_LENGTHS; length++) {
		uint32_t low = set->start[length], high = set->start[length + 1];
		struct addr want;

		if (low == high)
			continue;
		/* a /0 of IPv6 does not cover IPv4: mapped addresses have 96 bits at least */
		if (addr_is_v4(a) && 128 - length < 96)
			break;
		for (want = cut(a, 128 - length); low < high;) {
			uint32_t middle = low + (high - low) / 2;
			int c = addr_cmp(set->all[middle].base, want);

			if (c == 0)
				return set->all[middle].value;
			if (c < 0)
				low = middle + 1;
			else
				high = middle;
		}
	}
	return NETWORKS_NONE;
}

void
networks_clear(struct networks *set)
{
	free(set->all);
	*set = (struct networks){ .n = 0 };
}
