/* egress.c - the gate: what may leave the site at all, whoever asks and whatever the provider. Closed unless shown to be open: an address has to be a public one, a
 * name has to be one of the public tree, a URL has to be plain. What was captured (credentials, commands) has no kind of question, so it cannot even be asked. */
#include <stdio.h>

#include "tools/online/layer.h"

static bool
is_never(const struct tools_case *ask_about, const struct net_prefix *prefix)
{
	for (size_t i = 0; ask_about != NULL && i < ask_about->n_never; i++)
		if (net_prefix_has(prefix, ask_about->never[i]))
			return true;
	return false;
}

/** One prefix is inside the other. */
static bool
overlap(const struct net_prefix *a, const struct net_prefix *b)
{
	return net_prefix_has(a, b->base) || net_prefix_has(b, a->base);
}

static const char *
refuse_prefix(
    const struct tools *tools, const struct net_prefix *prefix, const struct tools_case *ask_about)
{
	if (!net_addr_is_public(prefix->base))
		return "a special-purpose address";
	for (size_t i = 0; i < tools->n_own; i++)
		if (overlap(prefix, &tools->own[i]))
			return "one of the site's own prefixes";
	return is_never(ask_about, prefix) ? "a sensor of this analysis" : NULL;
}

static const char *
refuse_address(const struct tools *tools, struct addr a, const struct tools_case *ask_about)
{
	struct net_prefix one = { a, addr_is_v4(a) ? 32 : 128 };

	return refuse_prefix(tools, &one, ask_about);
}

bool
asn_is_public(uint32_t asn)
{
	/* IANA: reserved, AS_TRANS, documentation, private use */
	return asn != 0 && asn != 23456 && !(asn >= 64496 && asn <= 65551) && asn < 4200000000u;
}

/** "AS3045", and nothing that merely reads like it. */
static const char *
refuse_asn(struct sv text)
{
	char canonical[16];
	uint32_t asn;

	if (!asn_parse(text, &asn) || !asn_is_public(asn))
		return "an AS number that is not public";
	(void)snprintf(canonical, sizeof(canonical), "AS%u", asn);
	return sv_eq(text, sv_from(canonical)) ? NULL : "no AS number";
}

static const char *
refuse_text_prefix(const struct tools *tools, struct sv text, const struct tools_case *ask_about)
{
	char base[ADDR_TEXT_MAX], canonical[ADDR_TEXT_MAX + 8];
	struct net_prefix prefix;

	if (!net_prefix_parse(text, &prefix))
		return "no prefix";
	(void)addr_format(prefix.base, base);
	(void)snprintf(canonical, sizeof(canonical), "%s/%u", base, prefix.bits);
	return sv_eq(text, sv_from(canonical)) ? refuse_prefix(tools, &prefix, ask_about)
					       : "no prefix";
}

static const char *
refuse_hash(struct sv text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr("0123456789abcdef", text.data[i]) == NULL || text.data[i] == 0)
			return "no hash";
	return text.len == 32 || text.len == 40 || text.len == 64 ? NULL : "no hash";
}

/** The one text of an address: no port, no zone, nothing that could say more. */
static bool
is_canonical(struct sv text, struct addr *ret)
{
	char canonical[ADDR_TEXT_MAX];

	if (!addr_parse(text, ret))
		return false;
	(void)addr_format(*ret, canonical);
	return sv_eq(text, sv_from(canonical));
}

/** A name of the public tree: labels of letters, digits and hyphens, and none of the endings that networks use inside. */
const char *
egress_refuses_name(struct sv name)
{
	static const char *const inside[] = { "local", "localhost", "localdomain", "internal",
		"intranet", "lan", "home", "corp", "private", "arpa", "test", "example", "invalid",
		"onion", "alt" };
	struct sv rest = name, label = SV_NONE;
	size_t labels = 0;

	if (name.len == 0 || name.len > 253)
		return "no name";
	while (rest.data != NULL) {
		label = sv_cut(&rest, '.');
		if (label.len == 0 || label.len > 63)
			return "no name";
		for (size_t i = 0; i < label.len; i++)
			if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", label.data[i]) ==
				NULL ||
			    label.data[i] == 0)
				return "no name";
		labels++;
	}
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if (sv_eq(label, sv_from(inside[i])))
			return "a name of a network's inside";
	return labels < 2 ? "a name of a network's inside" : NULL;
}

/** Sensors' addresses hide in names and paths of what attackers send ("x-203-0-113-7.example.net", "/a?ip=..."): in their usual text, and with hyphens for dots. */
static bool
tells_never(struct sv text, const struct tools_case *ask_about)
{
	for (size_t i = 0; ask_about != NULL && i < ask_about->n_never; i++) {
		char address[ADDR_TEXT_MAX];
		size_t len = addr_format(ask_about->never[i], address);

		if (len == 0)
			continue;
		if (sv_has(text, (struct sv){ address, len }))
			return true;
		for (size_t k = 0; k < len; k++)
			if (address[k] == '.' || address[k] == ':')
				address[k] = '-';
		if (sv_has(text, (struct sv){ address, len }))
			return true;
	}
	return false;
}

static const char *
refuse_host(const struct tools *tools, struct sv host, const struct tools_case *ask_about)
{
	struct addr a;

	if (addr_parse(host, &a))
		return refuse_address(tools, a, ask_about);
	return egress_refuses_name(host);
}

/** Without userinfo, query or fragment: what was captured is found there. */
static const char *
refuse_url(const struct tools *tools, struct sv text, const struct tools_case *ask_about)
{
	struct net_url url;

	if (sv_find_char(text, '?') != SIZE_MAX || sv_find_char(text, '#') != SIZE_MAX ||
	    sv_find_char(text, '@') != SIZE_MAX)
		return "a URL with userinfo, query or fragment";
	if (net_url_parse(text, &url, NULL) != COORD_OK)
		return "no plain URL";
	if (tells_never(text, ask_about))
		return "a sensor of this analysis";
	return url.is_literal ? refuse_address(tools, url.literal, ask_about)
			      : refuse_host(tools, sv_from(url.host), ask_about);
}

const char *
egress_refuses(const struct tools *tools, const struct tools_question *question,
    const struct tools_case *ask_about)
{
	struct sv rest = question->text;
	const char *why;
	struct addr a;

	switch (question->kind) {
	case ASK_ADDRESS:
		return is_canonical(rest, &a) ? refuse_address(tools, a, ask_about) : "no address";
	case ASK_ASN:
		return refuse_asn(rest);
	case ASK_PREFIX:
		return refuse_text_prefix(tools, rest, ask_about);
	case ASK_ROUTE:
		why = refuse_asn(sv_cut(&rest, ' '));
		return why != NULL ? why : refuse_text_prefix(tools, rest, ask_about);
	case ASK_HASH:
		return refuse_hash(rest);
	case ASK_URL:
		return refuse_url(tools, rest, ask_about);
	case ASK_DOMAIN:
		return tells_never(rest, ask_about) ? "a sensor of this analysis"
						    : egress_refuses_name(rest);
	case ASK_KINDS:
		break;
	}
	return "no question";
}
