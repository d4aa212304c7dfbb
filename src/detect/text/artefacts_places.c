/* artefacts_places.c - where things were fetched from and connected to: URLs of download commands in all their
 * dialects, reverse shells, miner pools, Log4j look-ups. See artefacts.h. */
#include "detect/text/artefacts_walk.h"

#include "detect/text/data/words.h"
#include "detect/text/decode.h"
#include "detect/text/normalise.h"

enum { URL_MAX = 2048, WEB_TEXT_MAX = 65536, LOOKUPS_MAX = 8, BASE64_MIN = 24 };

void
artefacts_url(struct artefacts_walk *walk, struct sv url)
{
	struct arena_mark mark = arena_mark(walk->scratch);
	struct sv host, value = normalise_url(url, walk->scratch, &host);

	if (value.data != NULL)
		artefacts_emit(walk, ARTEFACT_URL, value, SV_NONE);
	arena_rewind(walk->scratch, mark);
}

/** "host:port" in the form of normalise_url's host, whatever the port. */
static void
emit_endpoint(struct artefacts_walk *walk, struct sv host, struct sv port)
{
	struct sv canonical, text;
	uint64_t number;

	if (!sv_to_u64(port, &number) || number == 0 || number > 65535)
		return;
	text = sv_from(arena_printf(walk->scratch, "c2://%.*s", SV_ARG(sv_first(host, 300))));
	if (normalise_url(text, walk->scratch, &canonical).data == NULL)
		return;
	text = sv_from(arena_printf(walk->scratch, "%.*s:%u", SV_ARG(canonical), (unsigned)number));
	artefacts_emit(walk, ARTEFACT_C2, text, SV_NONE);
}

static bool
is_option(struct sv word)
{
	return word.len > 0 && word.data[0] == '-';
}

static bool
starts_with_number(struct sv s)
{
	size_t dots = 0;

	for (size_t i = 0; i < s.len && s.data[i] != '/' && s.data[i] != ':'; i++) {
		if (s.data[i] != '.' && (s.data[i] < '0' || s.data[i] > '9'))
			return false;
		dots += s.data[i] == '.';
	}
	return dots == 3;
}

/** The end of a URL inside other text. */
static size_t
url_length(struct sv s)
{
	size_t n = 0;

	s = sv_first(s, URL_MAX);
	while (n < s.len && (unsigned char)s.data[n] > ' ' && s.data[n] != '\x7f' &&
	       strchr("\"'`<>(){}|;,\\", s.data[n]) == NULL)
		n++;
	while (n > 0 && (s.data[n - 1] == '.' || s.data[n - 1] == ':'))
		n--;
	return n;
}

static void
find_urls(struct artefacts_walk *walk, struct sv text)
{
	size_t at;

	while ((at = sv_find(text, SV("://"))) != SIZE_MAX) {
		size_t start = at;
		struct sv scheme, url;

		while (start > 0 && (text.data[start - 1] | 32) >= 'a' &&
		       (text.data[start - 1] | 32) <= 'z')
			start--;
		scheme = (struct sv){ text.data + start, at - start };
		url = sv_skip(text, start);
		url = sv_first(url, url_length(url));
		if (sv_ieq(scheme, SV("http")) || sv_ieq(scheme, SV("https")) ||
		    sv_ieq(scheme, SV("ftp")) || sv_ieq(scheme, SV("tftp")))
			artefacts_url(walk, url);
		text = sv_skip(text, start + url.len > at + 3 ? start + url.len : at + 3);
	}
}

/** wget 1.2.3.4/x and curl host.name/x: places without a scheme. */
static void
find_bare_urls(struct artefacts_walk *walk, const struct shell_command *c, size_t arg)
{
	for (; arg < c->n; arg++) {
		struct sv word = c->words[arg].text;

		if (c->words[arg].redirect) {
			arg++;
			continue;
		}
		if (is_option(word) || sv_has(word, SV("://")) ||
		    (!starts_with_number(word) && sv_find_char(word, '/') == SIZE_MAX))
			continue;
		artefacts_url(walk, sv_first(word, url_length(word)));
	}
}

/** The value of an option, joined ("-rfile") or apart ("-r file"); absent when it is not there. */
static struct sv
option_value(const struct shell_command *c, size_t arg, char letter)
{
	for (; arg < c->n; arg++) {
		struct sv word = c->words[arg].text;

		if (word.len < 2 || word.data[0] != '-' || word.data[1] != letter)
			continue;
		if (word.len > 2)
			return sv_skip(word, 2);
		return arg + 1 < c->n && !is_option(c->words[arg + 1].text) ? c->words[arg + 1].text
									    : SV_NONE;
	}
	return SV_NONE;
}

static struct sv
word_after(const struct shell_command *c, size_t arg, struct sv what)
{
	for (; arg + 1 < c->n; arg++)
		if (sv_eq(c->words[arg].text, what))
			return c->words[arg + 1].text;
	return SV_NONE;
}

/** The first argument that is an address, else the first that is neither an option nor its value. */
static struct sv
host_argument(const struct shell_command *c, size_t arg)
{
	struct sv first = SV_NONE;

	for (size_t i = arg; i < c->n; i++) {
		struct sv word = c->words[i].text;

		if (c->words[i].redirect)
			break;
		if (starts_with_number(word))
			return word;
		if (first.data == NULL && !is_option(word) &&
		    (i == arg || !is_option(c->words[i - 1].text)))
			first = word;
	}
	return first;
}

static void
emit_fetch(struct artefacts_walk *walk, const char *scheme, struct sv host, struct sv file)
{
	const char *text;

	if (host.len == 0 || file.len == 0)
		return;
	while (file.len > 0 && file.data[0] == '/')
		file = sv_skip(file, 1);
	text = arena_printf(walk->scratch, "%s://%.*s/%.*s", scheme, SV_ARG(sv_first(host, 300)),
	    SV_ARG(sv_first(file, 1024)));
	artefacts_url(walk, sv_from(text));
}

/** tftp HOST -c get FILE; tftp -g -r FILE HOST; tftp -l.i -r.i -g HOST:PORT; wget -g HOST -r /FILE. */
static void
take_tftp(
    struct artefacts_walk *walk, const struct shell_command *c, size_t arg, const char *scheme)
{
	struct sv file = option_value(c, arg, 'r'), host = option_value(c, arg, 'g');

	if (file.data == NULL)
		file = word_after(c, arg, SV("get"));
	if (file.data == NULL)
		file = option_value(c, arg, 'l');
	if (host.data == NULL || !(starts_with_number(host) || sv_has(host, SV("."))))
		host = host_argument(c, arg);
	emit_fetch(walk, scheme, host, file);
}

/** ftpget -v -u USER -p PASSWORD -P PORT HOST LOCAL REMOTE. */
static void
take_ftpget(struct artefacts_walk *walk, const struct shell_command *c, size_t arg)
{
	struct sv words[3] = { SV_NONE, SV_NONE, SV_NONE }, port = option_value(c, arg, 'P');
	size_t n = 0;
	struct sv host;

	for (; arg < c->n && n < 3 && !c->words[arg].redirect; arg++) {
		struct sv word = c->words[arg].text;

		if (!is_option(word))
			words[n++] = word;
		else if (word.len == 2 && strchr("upP", word.data[1]) != NULL)
			arg++;
	}
	host = words[0];
	if (port.data != NULL && host.data != NULL)
		host = sv_from(arena_printf(
		    walk->scratch, "%.*s:%.*s", SV_ARG(host), SV_ARG(sv_first(port, 8))));
	emit_fetch(walk, "ftp", host, n == 3 ? words[2] : words[1]);
}

/** nc HOST PORT, unless it listens. */
static void
take_netcat(struct artefacts_walk *walk, const struct shell_command *c, size_t arg)
{
	struct sv before = SV_NONE;
	uint64_t port;

	for (; arg < c->n && !c->words[arg].redirect; arg++) {
		struct sv word = c->words[arg].text;

		if (is_option(word) && sv_find_char(word, 'l') != SIZE_MAX)
			return;
		if (before.data != NULL && !is_option(before) && sv_to_u64(word, &port)) {
			emit_endpoint(walk, before, word);
			return;
		}
		before = word;
	}
}

/** bash -i >& /dev/tcp/HOST/PORT. */
static void
find_dev_tcp(struct artefacts_walk *walk, struct sv text)
{
	size_t at = sv_find(text, SV("/dev/tcp/")), end = 0;
	struct sv rest, host;

	if (at == SIZE_MAX && (at = sv_find(text, SV("/dev/udp/"))) == SIZE_MAX)
		return;
	rest = sv_skip(text, at + 9);
	host = sv_cut(&rest, '/');
	if (rest.data == NULL)
		return;
	while (end < rest.len && rest.data[end] >= '0' && rest.data[end] <= '9')
		end++;
	emit_endpoint(walk, host, sv_first(rest, end));
}

static void
emit_host_port(struct artefacts_walk *walk, struct sv text)
{
	size_t colon = text.len;

	while (colon > 0 && text.data[colon - 1] != ':')
		colon--;
	if (colon > 1)
		emit_endpoint(walk, sv_first(text, colon - 1), sv_skip(text, colon));
}

/** xmrig -o HOST:PORT, --url=HOST:PORT, stratum+tcp://HOST:PORT. */
static void
find_pools(struct artefacts_walk *walk, const struct shell_command *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct sv word = c->words[i].text;
		size_t at = sv_starts(word, SV("stratum")) ? sv_find(word, SV("://")) : SIZE_MAX;

		if (at != SIZE_MAX)
			emit_host_port(walk, sv_skip(word, at + 3));
		else if (sv_starts(word, SV("--url=")))
			emit_host_port(walk, sv_skip(word, 6));
		else if (i > 0 && i + 1 < c->n && WORDS_AMONG(word, "-o", "--url"))
			emit_host_port(walk, c->words[i + 1].text);
	}
}

static bool
is_download(struct sv name)
{
	return WORDS_AMONG(name, "wget", "curl", "fetch", "lynx", "aria2c", "axel", "lwp-download",
	    "wget2", "bwget", "bcurl", "GET", "links", "cdt", "cd1", "wd1", "wdt", "cur", "url");
}

void
artefacts_places(struct artefacts_walk *walk, const struct shell_command *c)
{
	size_t arg;
	struct sv name = shell_applet(c, &arg);
	bool download = is_download(name);

	for (size_t i = 0; i < c->n; i++) {
		if (download || !walk->web)
			find_urls(walk, c->words[i].text);
		find_dev_tcp(walk, c->words[i].text);
	}
	if (sv_eq(name, SV("tftp")))
		take_tftp(walk, c, arg, "tftp");
	else if (sv_eq(name, SV("wget")) && option_value(c, arg, 'g').data != NULL)
		take_tftp(walk, c, arg, "http");
	else if (download)
		find_bare_urls(walk, c, arg);
	else if (sv_eq(name, SV("ftpget")))
		take_ftpget(walk, c, arg);
	else if (WORDS_AMONG(name, "nc", "ncat", "netcat", "nc.traditional"))
		take_netcat(walk, c, arg);
	find_pools(walk, c);
}

/** ${jndi:ldap://HOST:PORT/path/Base64/CODE}: an endpoint, and a command line. */
static void
take_lookup(struct artefacts_walk *walk, struct sv body)
{
	size_t at = sv_find(body, SV("://"));
	struct sv rest, authority, plain;

	if (at == SIZE_MAX)
		return;
	rest = sv_skip(body, at + 3);
	authority = sv_cut(&rest, '/');
	if (sv_find_char(authority, ':') == SIZE_MAX)
		emit_endpoint(walk, authority, SV("389"));
	else
		emit_host_port(walk, authority);
	while (rest.data != NULL) {
		struct sv segment = sv_cut(&rest, '/');

		if (segment.len >= BASE64_MIN && decode_base64_text(segment, walk->scratch, &plain))
			artefacts_scan(walk, plain, true);
	}
}

static void
find_lookups(struct artefacts_walk *walk, struct sv text)
{
	for (int i = 0; i < LOOKUPS_MAX; i++) {
		size_t at = sv_find(text, SV("${jndi:")), end;

		if (at == SIZE_MAX)
			return;
		text = sv_skip(text, at + 7);
		end = sv_find_char(text, '}');
		take_lookup(walk, sv_first(text, end));
	}
}

static bool
names_download(struct sv text)
{
	return sv_has(text, SV("wget")) || sv_has(text, SV("curl")) || sv_has(text, SV("tftp")) ||
	       sv_has(text, SV("ftpget")) || sv_has(text, SV("/dev/tcp/")) ||
	       sv_has(text, SV("busybox")) || sv_has(text, SV("ssh-rsa")) ||
	       sv_has(text, SV("stratum"));
}

void
artefacts_web(struct artefacts_walk *walk, struct sv text, bool plus)
{
	struct arena_mark mark = arena_mark(walk->scratch);

	text = decode_percent(sv_first(text, WEB_TEXT_MAX), plus, walk->scratch);
	if (sv_has(text, SV("${")))
		find_lookups(walk, decode_lookups(text, walk->scratch));
	if (!walk->web || names_download(text))
		artefacts_scan(walk, text, false);
	arena_rewind(walk->scratch, mark);
}
