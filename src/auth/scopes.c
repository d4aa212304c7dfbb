/* scopes.c - scopes as words. */
#include "auth/auth.h"

static const struct {
	const char *word;
	enum auth_scope bit;
} scopes_by_word[] = {
	{ "submit", SCOPE_SUBMIT },
	{ "read", SCOPE_READ },
	{ "admin", SCOPE_ADMIN },
	{ "all", SCOPE_ALL },
};
enum { SCOPES = sizeof(scopes_by_word) / sizeof(scopes_by_word[0]) };

static unsigned
bit_of(struct sv word)
{
	for (size_t i = 0; i < SCOPES; i++)
		if (sv_eq(word, sv_from(scopes_by_word[i].word)))
			return scopes_by_word[i].bit;
	return 0;
}

bool
auth_scopes_parse(struct sv text, unsigned *ret)
{
	unsigned scopes = 0;

	if (sv_trim(text).len == 0)
		return false;
	while (text.data != NULL) {
		unsigned bit = bit_of(sv_trim(sv_cut(&text, ',')));

		if (bit == 0)
			return false;
		scopes |= bit;
	}
	*ret = scopes;
	return true;
}

void
auth_scopes_write(unsigned scopes, struct buf *out)
{
	const char *before = "";

	for (size_t i = 0; i < SCOPES; i++) {
		if ((scopes & scopes_by_word[i].bit) == 0)
			continue;
		buf_add_str(out, before);
		buf_add_str(out, scopes_by_word[i].word);
		before = ",";
	}
}
