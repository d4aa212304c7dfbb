/* public_artefacts.c - looking an artefact up in the table of public ones; see public_artefacts.h. */
#include "detect/public_artefacts.h"

enum { PASSWORD_MIN = 8 };

/** "host:port/path" or "host:port" -> host. */
static struct sv
host_of(struct sv value)
{
	size_t end = 0;

	if (value.len > 0 && value.data[0] == '[')
		end = sv_find_char(value, ']');
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

static bool
matches(const struct public_entry *entry, struct sv value)
{
	struct sv want = sv_from(entry->value);

	switch (entry->match) {
	case PUBLIC_PREFIX:
		return sv_starts(value, want);
	case PUBLIC_HOST:
		return is_below(host_of(value), want);
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

bool
public_artefact(enum artefact_kind kind, struct sv value)
{
	const struct public_entry *entry;

	if (kind == ARTEFACT_PASSWORD)
		return is_guessable(value);
	for (size_t i = 0; (entry = public_artefacts_entry(i)) != NULL; i++)
		if (entry->kind == kind && matches(entry, value))
			return true;
	return false;
}
