/* callback_gate.c - the operator's settings for callbacks: where they may go, and what they are signed with. */
#include <openssl/crypto.h>
#include <sys/random.h>

#include "base/base64.h"
#include "jobs/callbacks.h"

enum { LIST_MOST = 256, SECRET_BYTES = 32 };

/** The words of a list, without empty ones; at most LIST_MOST. */
static size_t
words_of(const char *list, struct sv words[LIST_MOST])
{
	struct sv rest = sv_from(list);
	size_t n = 0;

	while (rest.data != NULL && n < LIST_MOST) {
		struct sv word = sv_trim(sv_cut(&rest, ','));

		if (word.len > 0)
			words[n++] = word;
	}
	return n;
}

static enum coord_err
wrong(struct coord_error *err, const char *name, const char *expected, struct sv got)
{
	return error_set(
	    err, COORD_EINVALID, "%s: expected %s, got \"%.*s\"", name, expected, SV_ARG(got));
}

static enum coord_err
take_ports(const char *list, struct arena *arena, struct net_gate *gate, struct coord_error *err)
{
	struct sv words[LIST_MOST];
	size_t n = words_of(list, words);
	uint16_t *ports = ARENA_ARRAY(arena, n, uint16_t);

	if (ports == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for ports");
	for (size_t i = 0; i < n; i++) {
		uint64_t port;

		if (sv_eq(words[i], SV("*"))) {
			gate->any_port = true;
			continue;
		}
		if (!sv_to_u64(words[i], &port) || port == 0 || port > 65535)
			return wrong(err, "COORD_CALLBACK_PORTS", "port numbers or *", words[i]);
		ports[gate->n_ports++] = (uint16_t)port;
	}
	gate->ports = ports;
	return COORD_OK;
}

static enum coord_err
take_private(const char *list, struct arena *arena, struct net_gate *gate, struct coord_error *err)
{
	struct sv words[LIST_MOST];
	size_t n = words_of(list, words);
	struct net_prefix *also = ARENA_ARRAY(arena, n, struct net_prefix);

	if (also == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for prefixes");
	for (size_t i = 0; i < n; i++)
		if (!net_prefix_parse(words[i], &also[i]))
			return wrong(err, "COORD_CALLBACK_PRIVATE",
			    "prefixes such as 10.0.0.0/8 or addresses", words[i]);
	gate->also = also;
	gate->n_also = n;
	return COORD_OK;
}

static enum coord_err
take_hosts(const char *list, struct arena *arena, struct net_gate *gate, struct coord_error *err)
{
	struct sv words[LIST_MOST];
	size_t n = words_of(list, words);
	const char **hosts = ARENA_ARRAY(arena, n, const char *);

	for (size_t i = 0; hosts != NULL && i < n; i++)
		if ((hosts[i] = arena_strdup(arena, words[i])) == NULL)
			hosts = NULL;
	if (hosts == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for hosts");
	gate->hosts = hosts;
	gate->n_hosts = n;
	return COORD_OK;
}

enum coord_err
jobs_callback_gate(
    const struct config *config, struct arena *arena, struct net_gate *ret, struct coord_error *err)
{
	struct net_gate gate = { .allow_http = config->callback_http };

	TRY(take_ports(config->callback_ports, arena, &gate, err));
	TRY(take_private(config->callback_private, arena, &gate, err));
	TRY(take_hosts(config->callback_hosts, arena, &gate, err));
	*ret = gate;
	return COORD_OK;
}

/* --- secrets ---------------------------------------------------------------------------------------------------------------- */

/** Puts a fresh one into the store, unless another process was faster. */
static enum coord_err
draw_secret(struct store *store, struct coord_error *err)
{
	uint8_t drawn[SECRET_BYTES];
	char text[6 + BASE64_TEXT_MOST(SECRET_BYTES)] = "whsec_";
	enum coord_err rc;

	if (getrandom(drawn, sizeof(drawn), 0) != (ssize_t)sizeof(drawn))
		return error_set(err, COORD_EIO, "the system gives no random bytes");
	(void)base64_encode(BASE64_STANDARD, drawn, sizeof(drawn), text + 6);
	rc = store_value_put(store, SV("callbacks"), SV("secret"), sv_from(text), 0, true, err);
	OPENSSL_cleanse(drawn, sizeof(drawn));
	OPENSSL_cleanse(text, sizeof(text));
	return rc == COORD_EINVALID ? COORD_OK : rc;
}

enum coord_err
jobs_callback_secrets(
    const struct config *config, struct store *store, struct buf *ret, struct coord_error *err)
{
	struct buf unused = BUF_INIT(1 << 14);
	struct arena *arena;
	struct sv secret;
	enum coord_err rc;

	if (config->callback_secret != NULL && config->callback_secret[0] != 0) {
		/* a wrong one is said at the start, not at the first callback */
		rc = net_webhook_sign(
		    sv_from(config->callback_secret), SV("x"), 0, SV("x"), &unused, err);
		buf_clear(&unused);
		if (rc == COORD_EINVALID)
			return error_set(err, COORD_EINVALID,
			    "COORD_CALLBACK_SECRET: expected whsec_ and base64 of 24 to 64 bytes");
		buf_add_str(ret, config->callback_secret);
		return rc;
	}
	arena = arena_new(1 << 16);
	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a secret");
	rc = store_value_get(store, SV("callbacks"), SV("secret"), 0, arena, &secret, err);
	if (rc == COORD_ENODATA) {
		rc = draw_secret(store, err);
		if (rc == COORD_OK)
			rc = store_value_get(
			    store, SV("callbacks"), SV("secret"), 0, arena, &secret, err);
	}
	if (rc == COORD_OK)
		buf_add_sv(ret, secret);
	arena_free(arena);
	return rc;
}
