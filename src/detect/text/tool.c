/* tool.c - the tool family of a session; see tool.h. */
#include "detect/text/tool.h"

#include "base/base.h"
#include "session/session.h"

enum { FAMILY_MAX = 64, BANNER_MAX = 256, AGENT_MAX = 512 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/** Where a version starts: a separator followed by a digit ("_1.8.0", "-0.6.3", "/5.0"), or a digit followed by a dot. */
static size_t
name_length(struct sv word)
{
	for (size_t i = 1; i < word.len; i++) {
		bool separator = strchr("_-/:", word.data[i]) != NULL;

		if (separator && i + 1 < word.len && is_digit(word.data[i + 1]))
			return i;
		if (is_digit(word.data[i]) && i + 1 < word.len && word.data[i + 1] == '.')
			return i;
	}
	return word.len;
}

/** "PuTTY_Release_0.63" is cut at the number and leaves "_Release": dropped too. */
static struct sv
without_release(struct sv name)
{
	static const char *const tails[] = { "_Release", "_release", "_Snapshot" };

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
		if (sv_ends(name, sv_from(tails[i])))
			return sv_first(name, name.len - strlen(tails[i]));
	return name;
}

struct sv
tool_of_banner(struct sv banner, struct arena *scratch)
{
	struct sv rest = sv_trim(sv_first(banner, BANNER_MAX)), software, system;
	size_t end;
	char *out;

	if (sv_starts(rest, SV("SSH-"))) {
		rest = sv_skip(rest, 4);
		end = sv_find_char(rest, '-');
		rest = end == SIZE_MAX ? rest : sv_skip(rest, end + 1);
	}
	software = sv_cut(&rest, ' ');
	software = without_release(sv_first(software, name_length(software)));
	system = rest.data == NULL ? SV("") : sv_cut(&rest, ' ');
	system = sv_first(system, name_length(system));
	out = arena_printf(scratch, "%.*s%s%.*s", SV_ARG(sv_first(software, FAMILY_MAX)),
	    system.len > 0 ? " " : "", SV_ARG(sv_first(system, FAMILY_MAX)));
	return out == NULL ? SV("") : sv_from(out);
}

/** Tools that name themselves anywhere in the agent, most telling first. Compared without case. */
static const char *const named_tools[] = { "zgrab", "masscan", "nmap", "nikto", "sqlmap", "nuclei",
	"wpscan", "gobuster", "dirbuster", "feroxbuster", "ffuf", "l9explore", "l9tcpid", "censys",
	"shodan", "expanse", "netsystemsresearch", "internetmeasurement", "internet-measurement",
	"ipip.net", "python-requests", "python-urllib", "aiohttp", "python-httpx", "go-http-client",
	"okhttp", "apache-httpclient", "java/", "libwww-perl", "lwp::simple", "curl", "wget",
	"libredtail", "hello, world", "webdav", "googlebot", "bingbot", "ahrefsbot", "semrushbot",
	"mj12bot", "yandexbot", "baiduspider", NULL };

static const char *const browsers[] = { "Edg", "OPR/", "Firefox/", "Chrome/", "Safari/", "MSIE ",
	"Trident/", "Opera", NULL };

static const char *const systems[] = { "Windows", "Android", "iPhone", "Macintosh", "Linux", NULL };

static bool
has_ignoring_case(struct sv text, struct sv what)
{
	for (size_t i = 0; i + what.len <= text.len; i++)
		if (sv_ieq((struct sv){ text.data + i, what.len }, what))
			return true;
	return false;
}

static const char *
first_of(struct sv text, const char *const *list)
{
	for (; *list != NULL; list++)
		if (has_ignoring_case(text, sv_from(*list)))
			return *list;
	return NULL;
}

static struct sv
letters_of(struct sv name)
{
	while (name.len > 0 && strchr("/ ", name.data[name.len - 1]) != NULL)
		name.len--;
	return name;
}

struct sv
tool_of_agent(struct sv agent, struct arena *scratch)
{
	struct sv text = sv_trim(sv_first(agent, AGENT_MAX)), rest = text, product;
	const char *tool = first_of(text, named_tools), *browser, *system, *out;

	if (text.len == 0)
		return SV("");
	if (sv_has(text, SV("${")))
		return SV("injection");
	if (tool != NULL)
		return letters_of(sv_from(tool));
	browser = first_of(text, browsers);
	system = first_of(text, systems);
	if (browser != NULL) {
		out = arena_printf(scratch, "browser %.*s %s", SV_ARG(letters_of(sv_from(browser))),
		    system == NULL ? "other" : system);
		return out == NULL ? SV("browser") : sv_from(out);
	}
	product = sv_cut(&rest, ' ');
	product = sv_first(product, name_length(product));
	out = arena_printf(scratch, "%.*s", SV_ARG(sv_first(product, FAMILY_MAX)));
	return out == NULL ? SV("") : sv_from(out);
}

static struct sv
tagged(const char *tag, struct sv value, struct arena *scratch)
{
	const char *out =
	    arena_printf(scratch, "%s:%.*s", tag, SV_ARG(sv_first(value, 2 * FAMILY_MAX)));

	return out == NULL ? SV("") : sv_from(out);
}

struct sv
tool_family(const struct session_table *table, uint32_t row, struct arena *scratch)
{
	struct sv text = session_text(table, row, TEXT_HASSH);

	if (text.len > 0)
		return tagged("hassh", text, scratch);
	text = session_text(table, row, TEXT_BANNER);
	if (text.len > 0)
		return tagged("banner", tool_of_banner(text, scratch), scratch);
	text = session_text(table, row, TEXT_USER_AGENT);
	if (text.len > 0)
		return tagged("agent", tool_of_agent(text, scratch), scratch);
	text = session_text(table, row, TEXT_JA4);
	if (text.len > 0)
		return tagged("ja4", text, scratch);
	text = session_text(table, row, TEXT_PACKET);
	return text.len > 0 ? tagged("packet", text, scratch) : SV("");
}
