/* forwarded.c - see forwarded.h. */
#include "api/forwarded.h"

enum coord_err
proxies_read(
    const struct config *config, struct arena *arena, struct proxies *ret, struct coord_error *err)
{
	struct sv rest = sv_from(config->trusted_proxies);
	size_t most = rest.len / 2 + 1;
	struct net_prefix *prefixes = ARENA_ARRAY(arena, most, struct net_prefix);
	size_t n = 0;

	if (prefixes == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for prefixes");
	while (rest.data != NULL) {
		struct sv word = sv_trim(sv_cut(&rest, ','));

		if (word.len == 0)
			continue;
		if (!net_prefix_parse(word, &prefixes[n]))
			return error_set(err, COORD_EINVALID,
			    "COORD_TRUSTED_PROXIES: expected prefixes such as 10.0.0.0/8 or "
			    "addresses, got \"%.*s\"",
			    SV_ARG(word));
		n++;
	}
	*ret = (struct proxies){ prefixes, n };
	return COORD_OK;
}

static bool
is_trusted(const struct proxies *proxies, struct addr a)
{
	for (size_t i = 0; i < proxies->n; i++)
		if (net_prefix_has(&proxies->prefixes[i], a))
			return true;
	return false;
}

/* Takes the last entry off the list. */
static struct sv
last_of(struct sv *list)
{
	size_t at = list->len;
	struct sv word;

	while (at > 0 && list->data[at - 1] != ',')
		at--;
	word = sv_trim((struct sv){ list->data + at, list->len - at });
	list->len = at > 0 ? at - 1 : 0;
	return word;
}

struct addr
proxies_client(const struct proxies *proxies, struct addr remote, const struct http_head *head)
{
	struct sv list = head->value[HEADER_FORWARDED_FOR];
	struct addr client = remote;

	if (list.data == NULL || head->times[HEADER_FORWARDED_FOR] != 1)
		return remote;
	while (list.len > 0 && is_trusted(proxies, client)) {
		struct addr before;

		if (!addr_parse(last_of(&list), &before))
			break;
		client = before;
	}
	return client;
}
