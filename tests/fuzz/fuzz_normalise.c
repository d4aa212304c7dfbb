/* fuzz_normalise.c - normal forms of anything: bounded in number and size, free of control bytes where that is promised,
 * and scratch left as it was. */
#include <assert.h>
#include <stdint.h>

#include "base/base.h"
#include "detect/text/normalise.h"
#include "detect/text/script.h"
#include "detect/text/tool.h"

enum { SCRATCH_MOST = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
take(void *context, struct sv command)
{
	size_t *calls = context;

	assert(command.data != NULL && command.len > 0 && command.len <= NORMALISE_TEXT_MAX);
	assert(++*calls <= SCRIPT_COMMANDS_MAX);
}

static void
check_text(struct sv text)
{
	assert(text.len <= NORMALISE_TEXT_MAX);
	for (size_t i = 0; i < text.len; i++)
		assert(text.data[i] >= ' ' && text.data[i] <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *scratch = arena_new(SCRATCH_MOST);
	struct sv text = { len > 0 ? (const char *)data : "", len }, host, url;
	size_t calls = 0;

	if (scratch == NULL)
		return 0;
	normalise_line(text, scratch, take, &calls);
	assert(arena_used(scratch) == 0);
	check_text(normalise_request(text, scratch));
	check_text(normalise_user_agent(text, scratch));
	url = normalise_url(text, scratch, &host);
	assert((url.data == NULL) == (host.data == NULL) && host.len <= url.len);
	(void)normalise_is_random(text);
	assert(tool_of_banner(text, scratch).data != NULL);
	assert(tool_of_agent(text, scratch).data != NULL);
	arena_free(scratch);
	return 0;
}
