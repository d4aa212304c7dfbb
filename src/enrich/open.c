/* open.c - a user of a cluster made from the settings, and ended. What the settings say wrongly is told here, at the start, and not when the first result is written. */
#include <stdlib.h>

#include "base/base64.h"
#include "base/timestamp.h"
#include "config/config.h"
#include "enrich/private.h"

enum { AUTHORIZATION_MOST = 16384 };

/* --- the index ---------------------------------------------------------------------------------------------------------- */

/* Names are lower case, without separators and wildcards, and do not begin with one of "-_+." */
static bool
is_index_byte(char c, bool first)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

	return letter || (!first && (c == '-' || c == '_' || c == '.'));
}

bool
enrich_index(const char *pattern, int64_t us, char ret[ENRICH_INDEX_MOST + 1])
{
	char time[TIME_TEXT_MAX];
	size_t n = 0;

	time_format(us, true, time); /* 2026-11-23T... */
	for (const char *p = pattern; *p != 0; p++) {
		const char *part = p;
		size_t len = 1;

		if (*p == '%') {
			p++;
			part = *p == 'Y' ? time : *p == 'm' ? time + 5 : *p == 'd' ? time + 8 : "";
			len = *p == 'Y' ? 4 : 2;
		}
		if (n + len > ENRICH_INDEX_MOST)
			return false;
		for (size_t i = 0; i < len; i++) {
			if (!is_index_byte(part[i], n == 0))
				return false;
			ret[n++] = part[i];
		}
	}
	ret[n] = 0;
	return n > 0;
}

/* --- who we are --------------------------------------------------------------------------------------------------------- */

static void
add_base64(struct buf *out, struct sv text)
{
	char *to = buf_reserve(out, BASE64_TEXT_MOST(text.len));

	if (to != NULL)
		out->len += base64_encode(BASE64_STANDARD, text.data, text.len, to);
}

/* A key is given as the cluster prints it ("encoded"), or as "id:api_key". */
static void
authorize_by_key(struct enrich *e, struct sv key)
{
	buf_add_str(&e->authorization, "ApiKey ");
	if (sv_find_char(key, ':') == SIZE_MAX)
		buf_add_sv(&e->authorization, key);
	else
		add_base64(&e->authorization, key);
}

static void
authorize_by_user(struct enrich *e, const char *user, const char *password)
{
	struct buf both = BUF_INIT(AUTHORIZATION_MOST / 2);

	buf_add_str(&both, user);
	buf_add_char(&both, ':');
	buf_add_str(&both, password);
	buf_add_str(&e->authorization, "Basic ");
	add_base64(&e->authorization, buf_sv(&both));
	if (both.failed)
		e->authorization.failed = true;
	buf_clear(&both);
}

static bool
has_control(const char *text)
{
	for (; *text != 0; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

static enum coord_err
authorize(struct enrich *e, struct coord_error *err)
{
	const struct config *c = e->config;
	const char *key = c->es_api_key, *user = c->es_user, *password = c->es_password;

	if (has_control(key) || has_control(user) || has_control(password))
		return error_set(err, COORD_EINVALID,
		    "COORD_ES_API_KEY, COORD_ES_USER, COORD_ES_PASSWORD: a control character");
	if (key[0] != 0 && (user[0] != 0 || password[0] != 0))
		return error_set(err, COORD_EINVALID,
		    "COORD_ES_API_KEY: not together with COORD_ES_USER and COORD_ES_PASSWORD");
	if ((user[0] == 0) != (password[0] == 0))
		return error_set(err, COORD_EINVALID,
		    "COORD_ES_USER and COORD_ES_PASSWORD: one without the other");
	if (strchr(user, ':') != NULL)
		return error_set(err, COORD_EINVALID, "COORD_ES_USER: has a colon");
	if (key[0] != 0)
		authorize_by_key(e, sv_from(key));
	else if (user[0] != 0)
		authorize_by_user(e, user, password);
	return e->authorization.failed
		   ? error_set(err, COORD_EINVALID,
			 "COORD_ES_API_KEY, COORD_ES_USER, COORD_ES_PASSWORD: too long")
		   : COORD_OK;
}

/* --- where it is -------------------------------------------------------------------------------------------------------- */

static enum coord_err
set_base(struct enrich *e, struct coord_error *err)
{
	struct sv text = sv_trim(sv_from(e->config->elasticsearch_url));
	struct net_url url;

	if (sv_has(text, SV("?")))
		return error_set(err, COORD_EINVALID, "ELASTICSEARCH_URL: has a query");
	/* the text of the parser might repeat a password */
	if (net_url_parse(text, &url, NULL) != COORD_OK)
		return error_set(err, COORD_EINVALID,
		    "ELASTICSEARCH_URL: expected http://host:port or https://host, without a user "
		    "(COORD_ES_API_KEY, or COORD_ES_USER and COORD_ES_PASSWORD)");
	while (sv_ends(text, SV("/")))
		text.len--;
	e->base = calloc(1, text.len + 1);
	if (e->base == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a cluster");
	memcpy(e->base, text.data, text.len);
	/* what goes out in the clear, the key among it, stays on the site */
	e->gate = (struct net_gate){ .allow_http = true,
		.any_port = true,
		.allow_private = true,
		.only_private = strcmp(url.scheme, "http") == 0 };
	return COORD_OK;
}

static enum coord_err
check_index(const struct config *config, struct coord_error *err)
{
	char name[ENRICH_INDEX_MOST + 1];

	return enrich_index(config->es_index, 0, name)
		   ? COORD_OK
		   : error_set(err, COORD_EINVALID,
			 "COORD_ES_INDEX: expected lower case letters, digits, \"-\", \"_\", "
			 "\".\" and %%Y, %%m, %%d, a letter or digit first, %d characters at most",
			 ENRICH_INDEX_MOST);
}

enum coord_err
enrich_open(const struct config *config, struct net *net, struct metrics *metrics,
    struct enrich **ret, struct coord_error *err)
{
	struct enrich *e;
	enum coord_err rc;

	*ret = NULL;
	if (config->elasticsearch_url[0] == 0)
		return COORD_OK;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a cluster");
	e->config = config;
	e->net = net;
	e->metrics = metrics;
	e->authorization = BUF_INIT(AUTHORIZATION_MOST);
	rc = set_base(e, err);
	if (rc == COORD_OK)
		rc = authorize(e, err);
	if (rc == COORD_OK)
		rc = check_index(config, err);
	if (rc == COORD_OK)
		*ret = e;
	else
		enrich_close(e);
	return rc;
}

void
enrich_close(struct enrich *enrich)
{
	if (enrich == NULL)
		return;
	buf_clear(&enrich->authorization);
	free(enrich->base);
	free(enrich);
}
