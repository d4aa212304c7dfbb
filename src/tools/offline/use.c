/* use.c - hosting against residential by the name of the autonomous system. A heuristic, and shown as one: a table of words, the
 * first row with a word in the name decides, so the narrow rows stand before the wide ones ("Vodafone Cloud" is hosting). Names of
 * large providers that say nothing themselves stand beside the words. docs/tools.md has the figures. */
#include "tools/tools.h"

static const char *const names[TOOLS_USE_COUNT] = {
#define TOOLS_USE_NAME(id, name) [TOOLS_USE_##id] = name,
	TOOLS_USES(TOOLS_USE_NAME)
#undef TOOLS_USE_NAME
};

const char *
tools_use_name(enum tools_use use)
{
	return (unsigned)use < TOOLS_USE_COUNT ? names[use] : names[TOOLS_USE_UNKNOWN];
}

/* clang-format off */
/** `word`: lower case; with blanks around it in a name unless it begins or ends with '*'. */
static const struct {
	const char *word;
	enum tools_use use;
} rules[] = {
	{ "universit*", TOOLS_USE_EDUCATION }, { "*universidad*", TOOLS_USE_EDUCATION }, { "college", TOOLS_USE_EDUCATION },
	{ "academ*", TOOLS_USE_EDUCATION }, { "institute of technology", TOOLS_USE_EDUCATION },
	{ "school", TOOLS_USE_EDUCATION }, { "schools", TOOLS_USE_EDUCATION }, { "education*", TOOLS_USE_EDUCATION },
	{ "cernet*", TOOLS_USE_EDUCATION }, { "research network", TOOLS_USE_EDUCATION },
	{ "ministry", TOOLS_USE_GOVERNMENT }, { "government", TOOLS_USE_GOVERNMENT }, { "federal", TOOLS_USE_GOVERNMENT },
	{ "dod network", TOOLS_USE_GOVERNMENT }, { "department of", TOOLS_USE_GOVERNMENT },
	{ "*hosting*", TOOLS_USE_HOSTING }, { "*hoster*", TOOLS_USE_HOSTING }, { "host*", TOOLS_USE_HOSTING },
	{ "*cloud*", TOOLS_USE_HOSTING }, { "*server*", TOOLS_USE_HOSTING }, { "*vps*", TOOLS_USE_HOSTING },
	{ "*datacent*", TOOLS_USE_HOSTING }, { "data center*", TOOLS_USE_HOSTING }, { "data centre*", TOOLS_USE_HOSTING },
	{ "data centers", TOOLS_USE_HOSTING }, { "datahub", TOOLS_USE_HOSTING }, { "colo", TOOLS_USE_HOSTING },
	{ "coloc*", TOOLS_USE_HOSTING }, { "colocrossing", TOOLS_USE_HOSTING }, { "vpn", TOOLS_USE_HOSTING },
	{ "cdn*", TOOLS_USE_HOSTING }, { "*webhost*", TOOLS_USE_HOSTING }, { "dedicated", TOOLS_USE_HOSTING },
	{ "amazon*", TOOLS_USE_HOSTING }, { "google*", TOOLS_USE_HOSTING }, { "microsoft*", TOOLS_USE_HOSTING },
	{ "digitalocean*", TOOLS_USE_HOSTING }, { "ovh*", TOOLS_USE_HOSTING }, { "hetzner*", TOOLS_USE_HOSTING },
	{ "linode*", TOOLS_USE_HOSTING }, { "akamai*", TOOLS_USE_HOSTING }, { "choopa*", TOOLS_USE_HOSTING },
	{ "vultr*", TOOLS_USE_HOSTING }, { "constant company", TOOLS_USE_HOSTING }, { "contabo*", TOOLS_USE_HOSTING },
	{ "leaseweb*", TOOLS_USE_HOSTING }, { "scaleway*", TOOLS_USE_HOSTING }, { "online s.a.s.", TOOLS_USE_HOSTING },
	{ "online sas", TOOLS_USE_HOSTING }, { "psychz*", TOOLS_USE_HOSTING }, { "quadranet*", TOOLS_USE_HOSTING },
	{ "m247*", TOOLS_USE_HOSTING }, { "softlayer*", TOOLS_USE_HOSTING }, { "rackspace*", TOOLS_USE_HOSTING },
	{ "alibaba*", TOOLS_USE_HOSTING }, { "tencent*", TOOLS_USE_HOSTING }, { "oracle*", TOOLS_USE_HOSTING },
	{ "godaddy*", TOOLS_USE_HOSTING }, { "ionos*", TOOLS_USE_HOSTING }, { "serverius*", TOOLS_USE_HOSTING },
	{ "frantech*", TOOLS_USE_HOSTING }, { "flokinet*", TOOLS_USE_HOSTING }, { "cloudflare*", TOOLS_USE_HOSTING },
	{ "selectel*", TOOLS_USE_HOSTING }, { "timeweb*", TOOLS_USE_HOSTING }, { "aeza*", TOOLS_USE_HOSTING },
	{ "bank", TOOLS_USE_BUSINESS }, { "insurance", TOOLS_USE_BUSINESS }, { "hospital*", TOOLS_USE_BUSINESS },
	{ "*telecom*", TOOLS_USE_RESIDENTIAL }, { "*telekom*", TOOLS_USE_RESIDENTIAL }, { "telefonica*", TOOLS_USE_RESIDENTIAL },
	{ "*telecomunica*", TOOLS_USE_RESIDENTIAL }, { "*broadband*", TOOLS_USE_RESIDENTIAL }, { "*cable*", TOOLS_USE_RESIDENTIAL },
	{ "*mobile*", TOOLS_USE_RESIDENTIAL }, { "mobil", TOOLS_USE_RESIDENTIAL }, { "*wireless*", TOOLS_USE_RESIDENTIAL },
	{ "chinanet*", TOOLS_USE_RESIDENTIAL }, { "china unicom*", TOOLS_USE_RESIDENTIAL }, { "*unicom*", TOOLS_USE_RESIDENTIAL },
	{ "china mobile*", TOOLS_USE_RESIDENTIAL }, { "comcast*", TOOLS_USE_RESIDENTIAL }, { "vodafone*", TOOLS_USE_RESIDENTIAL },
	{ "orange", TOOLS_USE_RESIDENTIAL }, { "charter*", TOOLS_USE_RESIDENTIAL }, { "verizon*", TOOLS_USE_RESIDENTIAL },
	{ "at&t*", TOOLS_USE_RESIDENTIAL }, { "telia*", TOOLS_USE_RESIDENTIAL }, { "telenor*", TOOLS_USE_RESIDENTIAL },
	{ "rostelecom*", TOOLS_USE_RESIDENTIAL }, { "viettel*", TOOLS_USE_RESIDENTIAL }, { "vnpt*", TOOLS_USE_RESIDENTIAL },
	{ "fpt", TOOLS_USE_RESIDENTIAL }, { "airtel*", TOOLS_USE_RESIDENTIAL }, { "jio", TOOLS_USE_RESIDENTIAL },
	{ "reliance jio*", TOOLS_USE_RESIDENTIAL }, { "claro*", TOOLS_USE_RESIDENTIAL }, { "turkcell*", TOOLS_USE_RESIDENTIAL },
	{ "fiber*", TOOLS_USE_RESIDENTIAL }, { "fibra", TOOLS_USE_RESIDENTIAL }, { "dsl", TOOLS_USE_RESIDENTIAL },
	{ "ftth", TOOLS_USE_RESIDENTIAL }, { "isp", TOOLS_USE_RESIDENTIAL }, { "internet service provider", TOOLS_USE_RESIDENTIAL },
	{ "*communications*", TOOLS_USE_RESIDENTIAL }, { "telephone", TOOLS_USE_RESIDENTIAL },
};
/* clang-format on */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
has_rule(struct sv name, const char *word)
{
	bool open_left = word[0] == '*';
	const char *from = open_left ? word + 1 : word;
	size_t len = strlen(from);
	bool open_right = len > 0 && from[len - 1] == '*';
	struct sv part = { from, open_right ? len - 1 : len };

	for (size_t at = 0; at + part.len <= name.len; at++) {
		size_t end = at + part.len;

		if (!sv_ieq((struct sv){ name.data + at, part.len }, part))
			continue;
		if ((open_left || at == 0 || !is_letter(name.data[at - 1])) &&
		    (open_right || end == name.len || !is_letter(name.data[end])))
			return true;
	}
	return false;
}

enum tools_use
tools_use_of_name(struct sv as_name)
{
	struct sv name = sv_first(as_name, 200);

	if (name.len == 0)
		return TOOLS_USE_UNKNOWN;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (has_rule(name, rules[i].word))
			return rules[i].use;
	return TOOLS_USE_UNKNOWN;
}
