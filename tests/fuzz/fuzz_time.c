/* fuzz_time.c - the small parsers of base: a time that parses formats to a text that parses to the same instant; an
 * address likewise; numbers never read past their view. */
#include <assert.h>
#include <stdint.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_time(struct sv text)
{
	char again[TIME_TEXT_MAX];
	int64_t us, back;

	if (time_parse(text, 0, &us) && us >= TIME_EARLIEST && us < TIME_LATEST) {
		time_format(us, false, again);
		assert(time_parse(sv_from(again), 0, &back) && back == us);
	}
	(void)time_parse_syslog(text, 2024, 3600 * TIME_SECOND, &us);
}

static void
check_addr(struct sv text)
{
	char again[ADDR_TEXT_MAX];
	struct addr a, back;

	if (!addr_parse(text, &a) || addr_is_unknown(a))
		return;
	(void)addr_format(a, again);
	assert(addr_parse(sv_from(again), &back) && addr_cmp(a, back) == 0);
	(void)addr_is_special(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sv text = { (const char *)data, len }, rest = text;
	uint64_t u;
	int64_t i;
	double f;

	check_time(text);
	check_addr(text);
	(void)sv_to_u64(text, &u);
	(void)sv_to_i64(text, &i);
	(void)sv_to_f64(text, &f);
	while (rest.data != NULL)
		(void)sv_trim(sv_cut(&rest, ','));
	return 0;
}
