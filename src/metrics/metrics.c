/* metrics.c - the block of shared memory and what is added to it. Every word is an atomic of its own: a double is added to by
 * compare-and-swap on its bits, a bucket by an atomic increment. Nothing is ever locked, so a process that is killed in the middle of an
 * addition harms nobody. */
#define _GNU_SOURCE /* memfd_create */
#include "metrics/metrics.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metrics/family.h"

const char metrics_type_text[] = "text/plain; version=0.0.4; charset=utf-8";
const char metrics_type_openmetrics[] =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

enum { HEAD_WORDS = 2 }; /* the layout's number, and one in reserve */

struct metrics {
	int fd;
	size_t size;
	uint64_t *words;
	struct family families[METRIC_FAMILIES];
};

/* --- the block --------------------------------------------------------------------------------------------------- */

static enum coord_err
fail(const char *what, struct coord_error *err)
{
	return error_set(err, COORD_EUNAVAIL, "metrics: %s: %s", what, strerror(errno));
}

/** A block that can neither shrink nor grow: nobody who has it can make another's access fail. */
static enum coord_err
make_block(struct metrics *m, struct coord_error *err)
{
	m->fd = memfd_create("coord-metrics", MFD_ALLOW_SEALING);
	if (m->fd < 0)
		return fail("cannot make shared memory", err);
	if (ftruncate(m->fd, (off_t)m->size) != 0 ||
	    fcntl(m->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return fail("cannot size shared memory", err);
	return COORD_OK;
}

static enum coord_err
take_block(struct metrics *m, int fd, struct coord_error *err)
{
	struct stat st;

	m->fd = dup(fd);
	if (m->fd < 0 || fstat(m->fd, &st) != 0)
		return fail("cannot use what was handed on", err);
	if ((size_t)st.st_size != m->size)
		return error_set(err, COORD_EINVALID,
		    "metrics: what was handed on is no block of this program's");
	return COORD_OK;
}

static enum coord_err
map_block(struct metrics *m, bool is_new, struct coord_error *err)
{
	uint64_t hash = families_hash(m->families);
	void *at = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);

	if (at == MAP_FAILED)
		return fail("cannot map shared memory", err);
	m->words = at;
	if (is_new)
		m->words[0] = hash;
	if (m->words[0] != hash)
		return error_set(err, COORD_EINVALID,
		    "metrics: what was handed on is a block of another version");
	return COORD_OK;
}

enum coord_err
metrics_open(int fd, struct metrics **ret, struct coord_error *err)
{
	struct metrics *m = calloc(1, sizeof(*m));
	enum coord_err rc;

	if (m == NULL)
		return error_set(err, COORD_ENOMEM, "metrics: out of memory");
	m->size = (HEAD_WORDS + families_read(m->families)) * sizeof(uint64_t);
	rc = fd < 0 ? make_block(m, err) : take_block(m, fd, err);
	if (rc == COORD_OK)
		rc = map_block(m, fd < 0, err);
	if (rc != COORD_OK) {
		metrics_close(m);
		return rc;
	}
	metrics_set(m, METRIC_BUILD, COORD_VERSION, NULL, 1);
	*ret = m;
	return COORD_OK;
}

void
metrics_close(struct metrics *metrics)
{
	if (metrics == NULL)
		return;
	if (metrics->words != NULL)
		(void)munmap(metrics->words, metrics->size);
	if (metrics->fd >= 0)
		(void)close(metrics->fd);
	free(metrics);
}

int
metrics_fd(const struct metrics *metrics)
{
	return metrics->fd;
}

/* --- words ------------------------------------------------------------------------------------------------------- */

static uint64_t *
words_of(const struct metrics *m, uint32_t at)
{
	return m->words + HEAD_WORDS + at;
}

static uint64_t *
find(const struct metrics *m, enum metric_family family, const char *label1, const char *label2)
{
	const struct family *f = &m->families[family];

	return words_of(m,
	    series_at(f, label_index(&f->labels[0], label1), label_index(&f->labels[1], label2)));
}

static double
double_of(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint64_t
bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void
add_double(uint64_t *word, double value)
{
	uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(
	    word, &old, bits_of(double_of(old) + value), true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue;
}

static uint64_t
load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* --- adding ------------------------------------------------------------------------------------------------------ */

void
metrics_add(struct metrics *metrics, enum metric_family family, const char *label1,
    const char *label2, double value)
{
	if (metrics == NULL || !isfinite(value))
		return;
	assert(metrics->families[family].type != HISTOGRAM);
	if (metrics->families[family].type == COUNTER && value < 0)
		return; /* a counter that falls reads as a restart */
	add_double(find(metrics, family, label1, label2), value);
}

void
metrics_set(struct metrics *metrics, enum metric_family family, const char *label1,
    const char *label2, double value)
{
	if (metrics == NULL || isnan(value))
		return;
	assert(metrics->families[family].type == GAUGE);
	__atomic_store_n(find(metrics, family, label1, label2), bits_of(value), __ATOMIC_RELAXED);
}

void
metrics_observe(struct metrics *metrics, enum metric_family family, const char *label1,
    const char *label2, double value)
{
	const struct family *f;
	uint64_t *words;
	unsigned bucket = 0;

	if (metrics == NULL || !isfinite(value))
		return;
	f = &metrics->families[family];
	assert(f->type == HISTOGRAM);
	words = find(metrics, family, label1, label2);
	while (bucket < f->n_bounds && value > f->bounds[bucket])
		bucket++;
	__atomic_add_fetch(&words[bucket], 1, __ATOMIC_RELAXED);
	add_double(&words[f->n_bounds + 1], value);
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static uint64_t
count_of(const struct family *f, const uint64_t *words)
{
	uint64_t count = 0;

	for (unsigned i = 0; i <= f->n_bounds; i++)
		count += load(&words[i]);
	return count;
}

double
metrics_get(const struct metrics *metrics, enum metric_family family, const char *label1,
    const char *label2)
{
	const uint64_t *words;

	if (metrics == NULL)
		return 0;
	words = find(metrics, family, label1, label2);
	return metrics->families[family].type == HISTOGRAM
		   ? (double)count_of(&metrics->families[family], words)
		   : double_of(load(words));
}

/** The labels of a series: `le` behind them when it is not absent. */
static void
write_labels(
    struct buf *out, const struct family *f, const unsigned value[LABELS_MOST], struct sv le)
{
	bool first = true;

	for (unsigned i = 0; i < LABELS_MOST; i++) {
		if (f->labels[i].name.data == NULL)
			continue;
		pen_label(out, first, f->labels[i].name, f->labels[i].values[value[i]]);
		first = false;
	}
	if (le.data != NULL)
		pen_label(out, first, SV("le"), le);
	if (!first || le.data != NULL)
		buf_add_char(out, '}');
}

static void
write_bucket(struct buf *out, const struct family *f, const unsigned value[LABELS_MOST],
    struct sv le, uint64_t count)
{
	buf_add_sv(out, f->name);
	buf_add_str(out, "_bucket");
	write_labels(out, f, value, le);
	buf_printf(out, " %" PRIu64 "\n", count);
}

/** OpenMetrics wants bounds as canonical floats: "1.0". */
static struct sv
bound_text(const struct family *f, unsigned i, bool openmetrics, char room[32])
{
	struct sv text = f->bound_texts[i];

	if (!openmetrics || sv_find_char(text, '.') != SIZE_MAX || text.len > 28)
		return text;
	memcpy(room, text.data, text.len);
	memcpy(room + text.len, ".0", 2);
	return (struct sv){ room, text.len + 2 };
}

static void
write_histogram(struct buf *out, const struct family *f, const unsigned value[LABELS_MOST],
    const uint64_t *words, bool openmetrics)
{
	uint64_t count = 0;
	char room[32];

	for (unsigned i = 0; i < f->n_bounds; i++) {
		count += load(&words[i]);
		write_bucket(out, f, value, bound_text(f, i, openmetrics, room), count);
	}
	count += load(&words[f->n_bounds]);
	write_bucket(out, f, value, SV("+Inf"), count);
	buf_add_sv(out, f->name);
	buf_add_str(out, "_sum");
	write_labels(out, f, value, SV_NONE);
	buf_add_char(out, ' ');
	pen_number(out, double_of(load(&words[f->n_bounds + 1])));
	buf_add_char(out, '\n');
	buf_add_sv(out, f->name);
	buf_add_str(out, "_count");
	write_labels(out, f, value, SV_NONE);
	buf_printf(out, " %" PRIu64 "\n", count);
}

static void
write_series(struct buf *out, const struct family *f, const unsigned value[LABELS_MOST],
    const uint64_t *words, bool openmetrics)
{
	if (f->type == HISTOGRAM) {
		write_histogram(out, f, value, words, openmetrics);
		return;
	}
	buf_add_sv(out, f->name);
	write_labels(out, f, value, SV_NONE);
	buf_add_char(out, ' ');
	pen_number(out, double_of(load(words)));
	buf_add_char(out, '\n');
}

static bool
is_unlisted(const struct label *label, unsigned value)
{
	return label->name.data != NULL && !label->other_listed && value + 1 == label->n;
}

static void
write_family(const struct metrics *m, const struct family *f, bool openmetrics, struct buf *out)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	pen_head(out, openmetrics, f->name, types[f->type], f->help);
	for (unsigned i = 0; i < f->labels[0].n; i++) {
		for (unsigned k = 0; k < f->labels[1].n; k++) {
			const uint64_t *words = words_of(m, series_at(f, i, k));
			bool unlisted =
			    is_unlisted(&f->labels[0], i) || is_unlisted(&f->labels[1], k);
			uint64_t count = f->type == HISTOGRAM ? count_of(f, words) : load(words);

			if (!unlisted || count != 0)
				write_series(
				    out, f, (const unsigned[]){ i, k }, words, openmetrics);
		}
	}
}

void
metrics_write(const struct metrics *metrics, bool openmetrics, struct buf *out)
{
	for (size_t i = 0; metrics != NULL && i < METRIC_FAMILIES; i++)
		write_family(metrics, &metrics->families[i], openmetrics, out);
	process_write(openmetrics, out);
	if (openmetrics)
		buf_add_str(out, "# EOF\n");
}
