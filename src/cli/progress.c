/* progress.c - drawn at most ten times a second, and not at all in the first second. The only clock of the program that
 * shows anywhere: no result depends on it. */
#define _DEFAULT_SOURCE /* TIOCGWINSZ */
#include "cli/progress.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/phrase.h"

static double
now(void)
{
	return (double)clock_steady() / 1e6;
}

unsigned
terminal_columns(int fd)
{
	const char *wish = getenv("COLUMNS");
	struct winsize size;
	uint64_t columns = 80;

	if (wish == NULL || !sv_to_u64(sv_from(wish), &columns)) {
		columns = 80;
		if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
			columns = size.ws_col;
	}
	return (unsigned)(columns < 40 ? 40 : columns > 400 ? 400 : columns);
}

void
progress_start(struct progress *progress, bool wanted)
{
	const char *term = getenv("TERM");

	*progress = (struct progress){ .started = now() };
	(void)pthread_mutex_init(&progress->lock, NULL);
	progress->enabled =
	    wanted && isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
	if (progress->enabled)
		progress->columns = terminal_columns(STDERR_FILENO);
}

void
progress_end(struct progress *progress)
{
	if (progress->drawn)
		(void)!write(STDERR_FILENO, "\r\x1b[K", 4);
	progress->enabled = progress->drawn = false;
	(void)pthread_mutex_destroy(&progress->lock);
}

/* Whether a line is due; if so the lock is held until draw() ends. */
static bool
due(struct progress *progress, double *elapsed)
{
	double t;

	if (!progress->enabled)
		return false;
	(void)pthread_mutex_lock(&progress->lock);
	t = now();
	*elapsed = t - progress->started;
	if (*elapsed < 1 || t - progress->last < 0.1) {
		(void)pthread_mutex_unlock(&progress->lock);
		return false;
	}
	progress->last = t;
	return true;
}

static void
draw(struct progress *progress, struct buf *line)
{
	struct buf whole = BUF_INIT(1 << 12);

	buf_add_str(&whole, "\r");
	phrase_printable(&whole, sv_first(buf_sv(line), progress->columns - 1));
	buf_add_str(&whole, "\x1b[K");
	(void)!write(STDERR_FILENO, whole.data, whole.len);
	progress->drawn = true;
	buf_clear(&whole);
	buf_clear(line);
	(void)pthread_mutex_unlock(&progress->lock);
}

static void
add_left(struct buf *line, double elapsed, double share)
{
	double left = share > 0 ? elapsed * (1 - share) / share : 0;

	if (share <= 0.01 || left < 1)
		return;
	if (left < 120)
		buf_printf(line, ", %.0f s left", left);
	else
		buf_printf(line, ", %.0f min left", left / 60);
}

void
progress_ingest(void *context, const struct ingest_progress *at)
{
	struct progress *progress = context;
	struct buf line = BUF_INIT(1 << 10);
	double elapsed;

	if (!due(progress, &elapsed))
		return;
	buf_printf(&line, "reading: %.1f", (double)at->bytes / 1e6);
	if (at->bytes_total > 0)
		buf_printf(&line, " of %.1f", (double)at->bytes_total / 1e6);
	buf_add_str(&line, " MB, ");
	/* logs without connections (a firewall's) show their sessions only when all is read */
	phrase_count(&line, at->sessions > 0 ? at->sessions : at->records);
	buf_printf(&line, " %s, %.1f MB/s", at->sessions > 0 ? "sessions" : "records",
	    (double)at->bytes / 1e6 / elapsed);
	if (at->bytes_total > 0)
		add_left(&line, elapsed, (double)at->bytes / (double)at->bytes_total);
	draw(progress, &line);
}

void
progress_stage(void *context, const char *stage, double share)
{
	struct progress *progress = context;
	struct buf line = BUF_INIT(1 << 10);
	double elapsed;

	if (!due(progress, &elapsed))
		return;
	buf_printf(&line, "analysing: %s", stage);
	if (share > 0 && share <= 1)
		buf_printf(&line, " %.0f %%", share * 100);
	buf_printf(&line, ", %.0f s", elapsed);
	draw(progress, &line);
}
