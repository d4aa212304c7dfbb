/* dump.c - writes an exposition with a number in every kind of family: "text" or "openmetrics". For test_exposition.py and for the tests of the
 * dashboards, which ask which metrics there are. */
#include <stdio.h>
#include <string.h>

#include "metrics/metrics.h"

int
main(int argc, char **argv)
{
	bool openmetrics = argc > 1 && strcmp(argv[1], "openmetrics") == 0;
	struct buf text = BUF_INIT(1 << 22);
	struct metrics *metrics = NULL;
	struct coord_error err = { 0 };

	if (metrics_open(-1, &metrics, &err) != COORD_OK) {
		(void)fprintf(stderr, "%s\n", err.what);
		return 1;
	}
	metrics_add(metrics, METRIC_JOBS, "completed", NULL, 12);
	metrics_add(metrics, METRIC_JOBS, "unheard of", NULL, 1);
	metrics_set(metrics, METRIC_QUEUE_OLDEST, NULL, NULL, 0.25);
	metrics_observe(metrics, METRIC_CONFIDENCE, NULL, NULL, 0.35);
	metrics_observe(metrics, METRIC_HTTP_SECONDS, "coordination", "2xx", 0.0007);
	metrics_write(metrics, openmetrics, &text);
	(void)fwrite(text.data, 1, text.len, stdout);
	metrics_close(metrics);
	buf_clear(&text);
	return 0;
}
