/* fuzz_verify.c - a result document from anywhere, as `coord verify` meets it: checked, recalled, its sessions taken
 * out, and compared with itself (equal keys in one object may differ, so that is no error). */
#include <assert.h>
#include <stdint.h>

#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sv text = { (const char *)data, len };
	struct buf sessions = BUF_INIT(16 << 20);
	struct report_difference difference;
	struct report_recall recall;
	struct report_check check;
	struct coord_error err;

	if (report_check(text, &check, &err) == COORD_OK)
		assert(check.held + check.failed > 0);
	buf_clear(&check.failures);
	if (report_recall(text, &recall, &err) == COORD_OK)
		report_recall_clear(&recall);
	(void)!report_embedded(text, &sessions, &err);
	if (report_compare(text, text, NULL, &difference, &err) == COORD_OK)
		assert(difference.compared > 0);
	buf_clear(&sessions);
	return 0;
}
