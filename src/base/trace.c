/* trace.c - see trace.h. Ids are random bits of the kernel's: other systems rely on their being so. */
#include "base/trace.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"

enum { AT_TRACE = 3, AT_SPAN = 36, AT_FLAGS = 53 };

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
hex_bytes(const char *text, size_t n, uint8_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool
is_zero(const uint8_t *bytes, size_t n)
{
	uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= bytes[i];
	return any == 0;
}

bool
trace_parse(struct sv text, struct trace_context *ret)
{
	struct trace_context context;
	uint8_t version;

	if (text.len < TRACE_TEXT_LEN || text.data[2] != '-' || text.data[AT_SPAN - 1] != '-' ||
	    text.data[AT_FLAGS - 1] != '-' || !hex_bytes(text.data, 1, &version) || version == 0xff)
		return false;
	if (text.len > TRACE_TEXT_LEN && (version == 0 || text.data[TRACE_TEXT_LEN] != '-'))
		return false;
	if (!hex_bytes(text.data + AT_TRACE, sizeof(context.trace), context.trace) ||
	    !hex_bytes(text.data + AT_SPAN, sizeof(context.span), context.span) ||
	    !hex_bytes(text.data + AT_FLAGS, 1, &context.flags))
		return false;
	if (is_zero(context.trace, sizeof(context.trace)) ||
	    is_zero(context.span, sizeof(context.span)))
		return false;
	*ret = context;
	return true;
}

void
trace_format(const struct trace_context *context, char ret[TRACE_TEXT_LEN + 1])
{
	memcpy(ret, "00-", 3);
	hex_of(context->trace, sizeof(context->trace), ret + AT_TRACE);
	ret[AT_SPAN - 1] = '-';
	hex_of(context->span, sizeof(context->span), ret + AT_SPAN);
	ret[AT_FLAGS - 1] = '-';
	hex_of(&context->flags, 1, ret + AT_FLAGS);
}

/** Random and not all zero, from the kernel: a library's generator costs a request more than all else about tracing. Without
 *  randomness any id is better than none: what is lost is its being unique. */
static void
draw(uint8_t *ret, size_t n)
{
	ssize_t got;

	do {
		while ((got = getrandom(ret, n, 0)) < 0 && errno == EINTR)
			continue;
		if (got != (ssize_t)n)
			memset(ret, 1, n);
	} while (is_zero(ret, n));
}

void
trace_new(bool sampled, struct trace_context *ret)
{
	draw(ret->trace, sizeof(ret->trace));
	draw(ret->span, sizeof(ret->span));
	ret->flags = sampled ? TRACE_SAMPLED : 0;
}

void
trace_child(const struct trace_context *context, struct trace_context *ret)
{
	struct trace_context child = *context;

	draw(child.span, sizeof(child.span));
	*ret = child;
}
