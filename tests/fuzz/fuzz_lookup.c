/* fuzz_lookup.c - what the client layer reads of others: the providers' file, answers of the cache and of journals, and questions at the egress gate. The first byte
 * says which. What the gate lets through is plain: an address is canonical and public, nothing holds blanks, quotes or control characters. */
#include <assert.h>
#include <ctype.h>
#include <stdint.h>

#include "tools/online/layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
file(struct sv text, struct arena *arena)
{
	struct seat seats[2] = { { .provider = provider_at(0), .url = "", .key = "", .app = "" },
		{ .provider = provider_named(SV("isc")), .url = "", .key = "", .app = "" } };
	struct coord_error err;

	/* files of the machine are none of a fuzzer's business */
	if (sv_has(text, SV("key_file")) || sv_has(text, SV("\\u")))
		return;
	if (seats_read(seats, 2, text, arena, &err) != COORD_OK)
		return;
	for (size_t i = 0; i < 2; i++) {
		assert(seats[i].per_second >= 0 && seats[i].parallel <= 64);
		for (const char *k = seats[i].key; *k != 0; k++)
			assert(*k > 0x20 && *k < 0x7f);
	}
}

static void
answer(struct sv json, struct arena *arena)
{
	struct tools_answer first, second;
	struct buf once = BUF_INIT(1 << 22), twice = BUF_INIT(1 << 22);

	if (tools_answer_read(json, arena, &first, NULL) == COORD_OK) {
		tools_answer_write(&first, &once);
		if (!once.failed && once.len < 1 << 20) {
			assert(tools_answer_read(buf_sv(&once), arena, &second, NULL) == COORD_OK);
			tools_answer_write(&second, &twice);
			assert(sv_eq(buf_sv(&once), buf_sv(&twice)));
		}
	}
	buf_clear(&once);
	buf_clear(&twice);
}

static void
gate(enum tools_kind kind, struct sv text)
{
	struct net_prefix own;
	struct addr sensor, a;
	struct tools tools = { .own = &own, .n_own = 1 };
	struct tools_case about = { .never = &sensor, .n_never = 1 };
	struct tools_question question = { .kind = kind, .text = text };

	assert(net_prefix_parse(SV("45.9.40.0/24"), &own) && addr_parse(SV("45.9.50.5"), &sensor));
	if (egress_refuses(&tools, &question, &about) != NULL)
		return;
	assert(text.len > 0 && !sv_has(text, SV("@")) && !sv_has(text, SV("?")));
	assert(kind == ASK_ADDRESS || !sv_has(text, SV("45.9.50.5"))); /* 145.9.50.5 is another */
	for (size_t i = 0; i < text.len; i++)
		assert(text.data[i] > 0x20 || (text.data[i] == ' ' && kind == ASK_ROUTE));
	if (kind == ASK_ADDRESS)
		assert(addr_parse(text, &a) && net_addr_is_public(a) && !net_prefix_has(&own, a) &&
		       addr_cmp(a, sensor) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new(1 << 26);
	struct sv text = { (const char *)data, len };

	if (len > 0 && arena != NULL) {
		text = sv_skip(text, 1);
		if (data[0] == 'f')
			file(text, arena);
		else if (data[0] == 'a')
			answer(text, arena);
		else
			gate((enum tools_kind)(data[0] % ASK_KINDS), text);
	}
	arena_free(arena);
	return 0;
}
