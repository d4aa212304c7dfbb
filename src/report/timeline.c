/* timeline.c - see timeline.h. */
#include "report/timeline.h"

void
timeline_bins(const struct session_table *table, const uint32_t *rows, uint32_t n_rows,
    int64_t from_us, int64_t to_us, uint32_t *bins, unsigned n_bins)
{
	double width = ((double)to_us - (double)from_us + 1) / n_bins;

	memset(bins, 0, n_bins * sizeof(*bins));
	for (uint32_t i = 0; i < n_rows; i++) {
		double at = ((double)table->start_us[rows[i]] - (double)from_us) / width;

		bins[at <= 0 ? 0 : at >= n_bins ? n_bins - 1 : (unsigned)at]++;
	}
}

void
timeline_draw(struct buf *out, const uint32_t *bins, unsigned n_bins, bool unicode)
{
	static const char ascii[] = ".:-=+*#%@";
	uint32_t most = 1;

	for (unsigned i = 0; i < n_bins; i++)
		most = bins[i] > most ? bins[i] : most;
	for (unsigned i = 0; i < n_bins; i++) {
		unsigned level = (unsigned)(((uint64_t)bins[i] * 8 + most - 1) / most);

		if (!unicode)
			buf_add_char(out, ascii[level]);
		else if (level == 0)
			buf_add_str(out, "\xc2\xb7");
		else
			buf_add(out, (char[]){ '\xe2', '\x96', (char)(0x80 + level) }, 3);
	}
}
