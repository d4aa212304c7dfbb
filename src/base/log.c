/* log.c - one event a line, made whole in memory and given to the kernel in one write, so that lines of several threads and
 * processes do not mix. Texts that are not plain are quoted as JSON quotes them: no byte of an attacker's reaches a terminal as it came.
 * A log that cannot be written is nothing to fail for: the line is lost. */
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/timestamp.h"

enum { LINE_MOST = 32768, TEXT_MOST = 2048 };

static struct {
	_Atomic int fd;
	_Atomic bool json;
	_Atomic enum log_level least;
} setup = { .fd = STDERR_FILENO, .json = false, .least = LOG_INFO };

static const char *const level_names[] = { "debug", "info", "warning", "error" };

void
log_setup(int fd, bool json, enum log_level least)
{
	setup.fd = fd;
	setup.json = json;
	setup.least = least;
}

bool
log_wants(enum log_level level)
{
	return level >= setup.least;
}

static bool
is_absent(const struct log_field *field)
{
	return field->type == LOG_FIELD_TEXT && field->text.data == NULL;
}

/** Without a mark a reader could not tell where it ends: quotes for anything but plain printable ASCII. */
static bool
is_plain(struct sv text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=')
			return false;
	}
	return text.len > 0;
}

static void
write_value(struct jsonw *w, const struct log_field *field)
{
	switch (field->type) {
	case LOG_FIELD_TEXT:
		jsonw_sv(w, sv_first(field->text, TEXT_MOST));
		break;
	case LOG_FIELD_INT:
		jsonw_i64(w, field->number);
		break;
	case LOG_FIELD_REAL:
		jsonw_f64(w, field->real);
		break;
	}
}

static void
write_json(struct buf *out, const char *when, enum log_level level, const char *event,
    const struct log_field *fields, size_t n)
{
	struct jsonw w = jsonw_init(out, false);

	jsonw_object(&w);
	jsonw_key(&w, "time");
	jsonw_str(&w, when);
	jsonw_key(&w, "level");
	jsonw_str(&w, level_names[level]);
	jsonw_key(&w, "event");
	jsonw_str(&w, event);
	for (size_t i = 0; i < n; i++) {
		if (is_absent(&fields[i]))
			continue;
		jsonw_key(&w, fields[i].key);
		write_value(&w, &fields[i]);
	}
	jsonw_end(&w);
}

static void
write_text(struct buf *out, const char *when, enum log_level level, const char *event,
    const struct log_field *fields, size_t n)
{
	buf_printf(out, "%s %-7s %s", when, level_names[level], event);
	for (size_t i = 0; i < n; i++) {
		struct jsonw w = jsonw_init(out, false);

		if (is_absent(&fields[i]))
			continue;
		buf_printf(out, " %s=", fields[i].key);
		if (fields[i].type == LOG_FIELD_TEXT && is_plain(fields[i].text))
			buf_add_sv(out, sv_first(fields[i].text, TEXT_MOST));
		else
			write_value(&w, &fields[i]);
	}
}

static void
write_out(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

void
log_event(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
	struct buf line = BUF_INIT(LINE_MOST);
	char when[TIME_TEXT_MAX];
	int kept = errno;

	assert((size_t)level < sizeof(level_names) / sizeof(level_names[0]));
	if (!log_wants(level))
		return;
	time_format(clock_wall(), false, when);
	(setup.json ? write_json : write_text)(&line, when, level, event, fields, n);
	buf_add_char(&line, '\n');
	if (!line.failed)
		write_out(setup.fd, line.data, line.len);
	buf_clear(&line);
	errno = kept;
}
