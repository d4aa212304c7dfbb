/* redis_url.h - redis://[user][:password@]host[:port][/db] (private to queue/). The text is a secret: no part of it but host and port may
 * appear in a message. */
#ifndef COORD_QUEUE_REDIS_URL_H
#define COORD_QUEUE_REDIS_URL_H

#include "base/base.h"

enum { REDIS_URL_TEXT = 256 };

struct redis_url {
	char user[REDIS_URL_TEXT];       /* "": the default user */
	char password[REDIS_URL_TEXT];   /* "": none */
	char host[REDIS_URL_TEXT];       /* a name, or an address without brackets */
	char shown[REDIS_URL_TEXT + 16]; /* host:port, for messages */
	uint16_t port;
	unsigned db;
};

/** COORD_EINVALID: not one, or rediss:// (the client library, hiredis 0.14, knows no TLS). User and password may be percent-encoded. */
MUST_CHECK enum coord_err redis_url_parse(
    struct sv url, struct redis_url *ret, struct coord_error *err);

#endif
