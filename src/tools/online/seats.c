/* seats.c - COORD_PROVIDERS_FILE: what the operator set for each provider, over its row's defaults. A JSON object, a member a provider; what it does not know is
 * refused with its place, so that a key under a misspelt name is no key that is silently not sent. */
#include "tools/online/layer.h"

enum { DEPTH = 4, KEY_MOST = 4096 };

/** What is being read. */
struct reading {
	struct sv text;
	struct seat *seat;
	struct arena *arena;
	struct sv provider, member; /* for the place */
	struct coord_error *err;
};

/** The place of "member" behind "provider" in the text: the parser keeps none. */
static enum coord_err
wrong(const struct reading *r, const char *expected)
{
	struct sv before, rest = r->text;
	size_t at = 0, line = 1, column = 0;
	const struct sv names[] = { r->provider, r->member };

	for (size_t i = 0; i < 2 && names[i].len > 0; i++)
		for (size_t found = sv_find(sv_skip(rest, at), names[i]); found != SIZE_MAX;
		     found = sv_find(sv_skip(rest, at), names[i])) {
			at += found + names[i].len;
			if (at > names[i].len && rest.data[at - names[i].len - 1] == '"' &&
			    at < rest.len && rest.data[at] == '"')
				break;
		}
	before = sv_first(rest, at);
	for (size_t i = 0; i < before.len; i++, column++)
		if (before.data[i] == '\n') {
			line++;
			column = SIZE_MAX;
		}
	return error_at(r->err, COORD_EINVALID, line, column, "%.*s%s%.*s: %s",
	    SV_ARG(sv_first(r->provider, 64)), r->member.len > 0 ? "." : "",
	    SV_ARG(sv_first(r->member, 64)), expected);
}

static enum coord_err
take_text(const struct reading *r, struct json_value v, const char **ret)
{
	struct sv text;
	const char *copy;

	if (!json_string(v, &text) || memchr(text.data, 0, text.len) != NULL)
		return wrong(r, "expected a text");
	copy = arena_strdup(r->arena, text);
	if (copy == NULL)
		return error_set(r->err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	*ret = copy;
	return COORD_OK;
}

/** Visible ASCII: it goes into a header. */
static enum coord_err
check_key(const struct reading *r, const char *key)
{
	if (*key == 0)
		return wrong(r, "an empty key");
	for (; *key != 0; key++)
		if (*key <= 0x20 || *key > 0x7e)
			return wrong(r, "a key of visible ASCII characters");
	return COORD_OK;
}

static enum coord_err
take_key(const struct reading *r, struct json_value v)
{
	const char *key;

	if (r->seat->key[0] != 0)
		return wrong(r, "\"key\" and \"key_file\": one of them");
	TRY(take_text(r, v, &key));
	TRY(check_key(r, key));
	r->seat->key = key;
	return COORD_OK;
}

static enum coord_err
take_key_file(const struct reading *r, struct json_value v)
{
	struct buf text = BUF_INIT(1 << 20);
	const char *path, *key;
	enum coord_err rc;

	if (r->seat->key[0] != 0)
		return wrong(r, "\"key\" and \"key_file\": one of them");
	TRY(take_text(r, v, &path));
	rc = file_read_whole(path, &text, r->err);
	if (rc == COORD_OK && text.len > KEY_MOST)
		rc = wrong(r, "a file that is longer than a key");
	if (rc == COORD_OK) {
		key = arena_strdup(r->arena, sv_trim(buf_sv(&text)));
		rc = key == NULL ? error_set(r->err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM))
				 : check_key(r, key);
		r->seat->key = key != NULL ? key : "";
	}
	if (text.data != NULL)
		memset(text.data, 0, text.len);
	buf_clear(&text);
	return rc;
}

static enum coord_err
take_url(const struct reading *r, struct json_value v)
{
	static const char *const schemes[] = { "http", "dns://", "whois://" };
	const char *url;
	size_t len;

	TRY(take_text(r, v, &url));
	if (!sv_starts(sv_from(url), sv_from(schemes[r->seat->provider->transport])))
		return wrong(r, r->seat->provider->transport == PROVIDER_HTTP
				    ? "expected a URL of http or https"
				: r->seat->provider->transport == PROVIDER_DNS
				    ? "expected dns://ADDRESS:PORT"
				    : "expected whois://HOST:PORT");
	if (r->seat->provider->transport == PROVIDER_HTTP) {
		struct net_url parsed;
		struct coord_error why;

		if (net_url_parse(sv_from(url), &parsed, &why) != COORD_OK ||
		    strchr(url, '?') != NULL)
			return wrong(r, "expected a URL without userinfo, query and fragment");
	}
	for (len = strlen(url); len > 0 && url[len - 1] == '/';)
		len--;
	r->seat->url = arena_strdup(r->arena, (struct sv){ url, len });
	r->seat->own_url = true;
	return r->seat->url != NULL
		   ? COORD_OK
		   : error_set(r->err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
}

static enum coord_err
take_app(const struct reading *r, struct json_value v)
{
	TRY(take_text(r, v, &r->seat->app));
	for (const char *c = r->seat->app; *c != 0; c++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
			*c) == NULL)
			return wrong(r, "expected letters, digits, _ and -");
	return COORD_OK;
}

static enum coord_err
take_per_second(const struct reading *r, struct json_value v)
{
	if (!json_f64(v, &r->seat->per_second) || !(r->seat->per_second >= 0) ||
	    r->seat->per_second > 10000)
		return wrong(r, "expected a number from 0 (no limit) to 10000");
	return COORD_OK;
}

static enum coord_err
take_count(
    const struct reading *r, struct json_value v, uint64_t least, uint64_t most, uint64_t *ret)
{
	if (!json_u64(v, ret) || *ret < least || *ret > most)
		return wrong(r, least == 0 ? "expected a whole number, 0: no limit"
					   : "expected a whole number from 1 to 64");
	return COORD_OK;
}

static enum coord_err
take_per_day(const struct reading *r, struct json_value v)
{
	return take_count(r, v, 0, UINT32_MAX, &r->seat->per_day);
}

static enum coord_err
take_per_week(const struct reading *r, struct json_value v)
{
	return take_count(r, v, 0, UINT32_MAX, &r->seat->per_week);
}

static enum coord_err
take_parallel(const struct reading *r, struct json_value v)
{
	uint64_t n;

	TRY(take_count(r, v, 1, 64, &n));
	r->seat->parallel = (unsigned)n;
	return COORD_OK;
}

static enum coord_err
take_burst(const struct reading *r, struct json_value v)
{
	uint64_t n;

	TRY(take_count(r, v, 1, 64, &n));
	r->seat->burst = (uint32_t)n;
	return COORD_OK;
}

/** "90s", "5m", "12h", "7d", or seconds. */
static enum coord_err
take_duration(const struct reading *r, struct json_value v, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t us;
	} units[] = { { 's', TIME_SECOND }, { 'm', 60 * TIME_SECOND }, { 'h', 3600 * TIME_SECOND },
		{ 'd', 86400 * TIME_SECOND } };
	const double most = 366.0 * 86400;
	double number;
	struct sv text;

	if (json_f64(v, &number) && number >= 0 && number <= most) {
		*ret = (int64_t)(number * (double)TIME_SECOND);
		return COORD_OK;
	}
	if (json_string(v, &text) && text.len >= 2)
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (text.data[text.len - 1] == units[i].unit &&
			    sv_to_f64(sv_first(text, text.len - 1), &number) && number >= 0 &&
			    number * (double)units[i].us <= most * (double)TIME_SECOND) {
				*ret = (int64_t)(number * (double)units[i].us);
				return COORD_OK;
			}
	return wrong(r, "expected seconds, or a text such as \"90s\", \"5m\", \"12h\", \"7d\"");
}

static enum coord_err
take_hit_ttl(const struct reading *r, struct json_value v)
{
	return take_duration(r, v, &r->seat->hit_ttl_us);
}

static enum coord_err
take_miss_ttl(const struct reading *r, struct json_value v)
{
	return take_duration(r, v, &r->seat->miss_ttl_us);
}

static enum coord_err
take_deadline(const struct reading *r, struct json_value v)
{
	TRY(take_duration(r, v, &r->seat->deadline_us));
	return r->seat->deadline_us >= TIME_SECOND / 100
		   ? COORD_OK
		   : wrong(r, "expected a deadline of 10 ms or more");
}

static const struct {
	const char *name;
	enum coord_err (*take)(const struct reading *r, struct json_value v);
} members[] = {
	{ "url", take_url },
	{ "key", take_key },
	{ "key_file", take_key_file },
	{ "app", take_app },
	{ "per_second", take_per_second },
	{ "burst", take_burst },
	{ "per_day", take_per_day },
	{ "per_week", take_per_week },
	{ "parallel", take_parallel },
	{ "hit_ttl", take_hit_ttl },
	{ "miss_ttl", take_miss_ttl },
	{ "deadline", take_deadline },
};

static enum coord_err
take_member(const struct reading *r, struct json_value v)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (sv_eq(r->member, sv_from(members[i].name)))
			return members[i].take(r, v);
	return wrong(r, "there is no such member");
}

static enum coord_err
take_members(const struct reading *outer, struct seat *seat, struct json_value v)
{
	struct reading r = *outer;
	struct json_iter each = json_each(v);
	struct json_value member;

	r.seat = seat;
	while (json_next_member(&each, &r.member, &member))
		TRY(take_member(&r, member));
	return COORD_OK;
}

static enum coord_err
take_provider(const struct reading *r, struct json_value v, struct seat *seats, size_t n)
{
	const struct provider *provider = provider_named(r->provider);
	struct seat unnamed = { .provider = provider, .key = "", .url = "", .app = "" };

	if (provider == NULL)
		return wrong(r, "there is no such provider");
	if (json_type(v) != JSON_OBJECT)
		return wrong(r, "expected an object");
	for (size_t i = 0; i < n; i++)
		if (seats[i].provider == provider)
			return take_members(r, &seats[i], v);
	return take_members(r, &unnamed, v); /* one that is not named is checked all the same */
}

enum coord_err
seats_read(
    struct seat *seats, size_t n, struct sv json, struct arena *arena, struct coord_error *err)
{
	struct json_parser *parser = json_parser_new(1 << 20, DEPTH);
	struct reading r = { .text = json, .arena = arena, .member = SV(""), .err = err };
	struct json_value top, v;
	struct json_iter each;
	enum coord_err rc;

	if (parser == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	rc = json_parse(parser, json.data, json.len, false, &top, err);
	if (rc == COORD_OK && json_type(top) != JSON_OBJECT)
		rc = error_at(err, COORD_EINVALID, 1, 0,
		    "expected an object with a member for each provider");
	each = rc == COORD_OK ? json_each(top) : (struct json_iter){ NULL, 0, 0 };
	while (rc == COORD_OK && json_next_member(&each, &r.provider, &v))
		rc = take_provider(&r, v, seats, n);
	json_parser_free(parser);
	return rc;
}
