/* public_artefacts.c - looking an artefact up in the table of public ones; see public_artefacts.h. */
#include "detect/text/public_artefacts.h"

#include "base/base.h"

enum { PASSWORD_MIN = 8 };

/** "host:port/path" or "host:port" -> host. */
static struct sv
host_of(struct sv value)
{
	size_t end = 0;

	if (value.len > 0 && value.data[0] == '[')
		end = sv_find_char(value, ']') + 1;
	else
		while (end < value.len && value.data[end] != '/' && value.data[end] != ':')
			end++;
	return sv_first(value, end);
}

static bool
is_below(struct sv host, struct sv parent)
{
	return sv_eq(host, parent) || (host.len > parent.len && sv_ends(host, parent) &&
					  host.data[host.len - parent.len - 1] == '.');
}

bool
public_artefact_below(struct sv value, struct sv host)
{
	return is_below(host_of(value), host);
}

static bool
matches(const struct public_entry *entry, struct sv value)
{
	struct sv want = sv_from(entry->value);

	switch (entry->match) {
	case PUBLIC_PREFIX:
		return sv_starts(value, want);
	case PUBLIC_HOST:
		return public_artefact_below(value, want);
	case PUBLIC_EXACT:
	default:
		return sv_eq(value, want);
	}
}

/** Short, or of one kind of character only: two operators may well choose the same. */
static bool
is_guessable(struct sv password)
{
	bool letter = false, other = false;

	for (size_t i = 0; i < password.len; i++) {
		char c = (char)(password.data[i] | 32);

		if (c >= 'a' && c <= 'z')
			letter = true;
		else
			other = true;
	}
	return password.len < PASSWORD_MIN || !letter || !other;
}

/** Private, loopback and link-local addresses are another machine for every victim. Documentation prefixes are not
 *  among them: anonymised logs use those. */
static bool
is_private(struct sv host)
{
	static const struct {
		const char *prefix;
		unsigned bits;
	} ranges[] = { { "0.0.0.0", 8 }, { "10.0.0.0", 8 }, { "100.64.0.0", 10 },
		{ "127.0.0.0", 8 }, { "169.254.0.0", 16 }, { "172.16.0.0", 12 },
		{ "192.168.0.0", 16 }, { "::1", 128 }, { "fc00::", 7 }, { "fe80::", 10 } };
	struct addr a, range;

	if (!addr_parse(host, &a))
		return false;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (addr_parse(sv_from(ranges[i].prefix), &range) &&
		    addr_is_v4(a) == addr_is_v4(range) &&
		    addr_cmp(addr_prefix(a, ranges[i].bits), range) == 0)
			return true;
	return false;
}

bool
public_artefact(enum artefact_kind kind, struct sv value)
{
	const struct public_entry *entry;

	if (kind == ARTEFACT_PASSWORD)
		return is_guessable(value);
	if ((kind == ARTEFACT_URL || kind == ARTEFACT_C2) && is_private(host_of(value)))
		return true;
	for (size_t i = 0; (entry = public_artefacts_entry(i)) != NULL; i++)
		if (entry->kind == kind && matches(entry, value))
			return true;
	return false;
}
