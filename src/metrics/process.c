/* process.c - what this process takes of the machine, by the names that all Prometheus clients use. Linux: /proc/self. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "metrics/family.h"

static void
write_figure(struct buf *out, bool openmetrics, const char *name, const char *type,
    const char *help, double value)
{
	pen_head(out, openmetrics, sv_from(name), type, sv_from(help));
	buf_printf(out, "%s ", name);
	pen_number(out, value);
	buf_add_char(out, '\n');
}

/** A small file of /proc; empty when it cannot be read. */
static struct sv
read_small(const char *path, char *into, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd >= 0) {
		n = read(fd, into, size);
		(void)close(fd);
	}
	return (struct sv){ into, n > 0 ? (size_t)n : 0 };
}

/** The n-th word (from 0) behind the program's name, which may hold anything, of /proc/self/stat; proc(5). */
static bool
stat_field(struct sv stat, unsigned n, double *ret)
{
	struct sv rest = stat, word = SV_NONE;
	size_t at;

	while ((at = sv_find_char(rest, ')')) != SIZE_MAX)
		rest = sv_skip(rest, at + 1);
	rest = sv_trim(rest);
	for (unsigned i = 0; i <= n && rest.data != NULL; i++)
		word = sv_cut(&rest, ' ');
	return sv_to_f64(word, ret);
}

static bool
boot_time(double *ret)
{
	char text[16384];
	struct sv stat = read_small("/proc/stat", text, sizeof(text)), rest;
	size_t at = sv_find(stat, SV("\nbtime "));

	if (at == SIZE_MAX)
		return false;
	rest = sv_skip(stat, at + 7);
	return sv_to_f64(sv_cut(&rest, '\n'), ret);
}

static void
write_memory(struct buf *out, bool om)
{
	char text[2048];
	struct sv stat = read_small("/proc/self/stat", text, sizeof(text));
	double value, boot;

	if (stat_field(stat, 21, &value))
		write_figure(out, om, "process_resident_memory_bytes", "gauge", "Memory in RAM.",
		    value * (double)sysconf(_SC_PAGESIZE));
	if (stat_field(stat, 20, &value))
		write_figure(
		    out, om, "process_virtual_memory_bytes", "gauge", "Address space.", value);
	if (stat_field(stat, 17, &value))
		write_figure(out, om, "process_threads", "gauge", "Threads.", value);
	if (stat_field(stat, 19, &value) && boot_time(&boot))
		write_figure(out, om, "process_start_time_seconds", "gauge",
		    "When the process started, in seconds since 1970.",
		    boot + value / (double)sysconf(_SC_CLK_TCK));
}

static void
write_files(struct buf *out, bool om)
{
	struct rlimit limit;
	DIR *folder = opendir("/proc/self/fd");
	double n = -3; /* ".", ".." and the folder itself */

	if (folder != NULL) {
		while (readdir(folder) != NULL)
			n++;
		(void)closedir(folder);
		write_figure(out, om, "process_open_fds", "gauge", "Open files.", n);
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		write_figure(out, om, "process_max_fds", "gauge", "Open files at most.",
		    (double)limit.rlim_cur);
}

void
process_write(bool openmetrics, struct buf *out)
{
	write_figure(out, openmetrics, "process_cpu_seconds_total", "counter",
	    "Processor time of the process.", (double)clock_of(CLOCK_PROCESS_CPUTIME_ID) / 1e6);
	write_memory(out, openmetrics);
	write_files(out, openmetrics);
}
