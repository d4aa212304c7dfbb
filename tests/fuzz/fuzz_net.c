/* fuzz_net.c - what comes from outside into net/: URLs, prefixes, times to come again, webhook secrets. A URL that is accepted is
 * clean, its host is short, and a host that is an address is that address for every other reader too. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "net/private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_url(struct sv text)
{
	const struct net_gate gate = { .allow_http = true, .any_port = true };
	struct net_url url;
	struct addr again;

	if (net_url_parse(text, &url, NULL) != COORD_OK)
		return;
	assert(url.port != 0 && strlen(url.host) <= 253 && url.host[0] != 0);
	assert(strcmp(url.scheme, "http") == 0 || strcmp(url.scheme, "https") == 0);
	assert(sv_find_char(text, '@') > sv_find(text, sv_from(url.host)));
	assert(addr_parse(sv_from(url.host), &again) == url.is_literal);
	if (!url.is_literal)
		return;
	assert(addr_cmp(again, url.literal) == 0);
	assert((net_url_check(text, &gate, NULL) == COORD_OK) == net_addr_is_public(url.literal));
}

static void
check_prefix(struct sv text)
{
	struct net_prefix prefix;

	if (!net_prefix_parse(text, &prefix))
		return;
	assert(prefix.bits <= (addr_is_v4(prefix.base) ? 32u : 128u));
	assert(net_prefix_has(&prefix, prefix.base));
}

static void
check_retry(struct sv text)
{
	int64_t us;

	if (retry_after_parse(text, 1795000000, &us))
		assert(us >= 0 && us <= INT64_C(604800) * TIME_SECOND);
	if (rate_reset_parse(text, 1795000000, &us))
		assert(us >= 0 && us <= INT64_C(604800) * TIME_SECOND);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sv text = { (const char *)data, len };
	struct buf signature = BUF_INIT(1 << 16);

	check_url(text);
	check_prefix(text);
	check_retry(text);
	(void)!net_webhook_sign(text, SV("id"), 1, SV("{}"), &signature, NULL);
	buf_clear(&signature);
	return 0;
}
