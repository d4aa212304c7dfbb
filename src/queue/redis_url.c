/* redis_url.c - see redis_url.h. */
#include "queue/redis_url.h"

#include <openssl/crypto.h>
#include <stdio.h>

enum { PORT_DEFAULT = 6379, DB_MOST = 65535 };

#define FORM "queue: expected redis://[user][:password@]host[:port][/db]: "

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/** Percent-decoded into `ret`; false: a bad escape, a NUL or too long. */
static bool
decode(struct sv text, char ret[REDIS_URL_TEXT])
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '%') {
			int high = i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_digit(text.data[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0' || len + 1 >= REDIS_URL_TEXT)
			return false;
		ret[len++] = c;
	}
	ret[len] = '\0';
	return true;
}

static enum coord_err
read_login(struct sv login, struct redis_url *ret, struct coord_error *err)
{
	struct sv user = sv_cut(&login, ':');

	if (!decode(user, ret->user) || !decode(login.data == NULL ? SV("") : login, ret->password))
		return error_set(err, COORD_EINVALID,
		    FORM "user and password are at most %d characters, others than letters and "
			 "digits percent-encoded",
		    REDIS_URL_TEXT - 1);
	if (ret->user[0] != '\0' && ret->password[0] == '\0')
		return error_set(err, COORD_EINVALID, FORM "a user without a password");
	return COORD_OK;
}

static bool
is_host(struct sv host, bool bracketed)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.data[i];
		bool name = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			    c == '.' || c == '-' || c == '_';

		if (!name && !(bracketed && (c == ':' || c == '%')))
			return false;
	}
	return host.len > 0 && host.len < REDIS_URL_TEXT;
}

/** "host", "host:port", "[address]", "[address]:port" */
static enum coord_err
read_place(struct sv place, struct redis_url *ret, struct coord_error *err)
{
	bool bracketed = sv_starts(place, SV("["));
	size_t end = bracketed ? sv_find_char(place, ']') : sv_find_char(place, ':');
	struct sv host, port;
	uint64_t number = PORT_DEFAULT;

	if (bracketed && end == SIZE_MAX)
		return error_set(err, COORD_EINVALID, FORM "no ']' behind the address");
	host = sv_first(sv_skip(place, bracketed), (end == SIZE_MAX ? place.len : end) - bracketed);
	port = sv_skip(place, end == SIZE_MAX ? place.len : end + bracketed);
	if (!is_host(host, bracketed))
		return error_set(err, COORD_EINVALID, FORM "the host is not one");
	if (port.len > 0 && (port.data[0] != ':' || !sv_to_u64(sv_skip(port, 1), &number) ||
				number == 0 || number > UINT16_MAX))
		return error_set(
		    err, COORD_EINVALID, FORM "the port is not a number from 1 to 65535");
	memcpy(ret->host, host.data, host.len);
	ret->host[host.len] = '\0';
	ret->port = (uint16_t)number;
	(void)snprintf(ret->shown, sizeof(ret->shown), bracketed ? "[%s]:%u" : "%s:%u", ret->host,
	    (unsigned)ret->port);
	return COORD_OK;
}

static enum coord_err
read_db(struct sv db, struct redis_url *ret, struct coord_error *err)
{
	uint64_t number = 0;

	if (db.len > 0 && (!sv_to_u64(db, &number) || number > DB_MOST))
		return error_set(err, COORD_EINVALID, FORM "the database is not a number");
	ret->db = (unsigned)number;
	return COORD_OK;
}

static enum coord_err
read_parts(struct sv rest, struct redis_url *ret, struct coord_error *err)
{
	struct sv place = sv_cut(&rest, '/');
	size_t at = SIZE_MAX;

	for (size_t i = 0; i < place.len; i++)
		at = place.data[i] == '@' ? i : at; /* the last one: a password may hold it */
	if (at != SIZE_MAX) {
		TRY(read_login(sv_first(place, at), ret, err));
		place = sv_skip(place, at + 1);
	}
	TRY(read_place(place, ret, err));
	return read_db(rest.data == NULL ? SV("") : rest, ret, err);
}

enum coord_err
redis_url_parse(struct sv url, struct redis_url *ret, struct coord_error *err)
{
	struct redis_url parts = { .port = 0 };
	enum coord_err rc;

	if (sv_starts(url, SV("rediss:")))
		return error_set(err, COORD_EINVALID,
		    "queue: rediss://: Redis over TLS is not supported (hiredis 0.14 has none): "
		    "use "
		    "redis:// within a private network, or to a local stunnel");
	if (!sv_starts(url, SV("redis://")))
		return error_set(err, COORD_EINVALID, FORM "it does not begin so");
	rc = read_parts(sv_skip(url, sizeof("redis://") - 1), &parts, err);
	if (rc == COORD_OK)
		*ret = parts;
	OPENSSL_cleanse(&parts, sizeof(parts));
	return rc;
}
