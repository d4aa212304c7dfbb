/* cowrie.c - the sessions as a Cowrie sensor logs them: one JSON event a line, in the order of time, the events of open
 * sessions interleaved. Open sessions wait in a heap by the time of their next event. */
#include "generate/world.h"

#include <stdio.h>
#include <stdlib.h>

enum { FLUSH_BYTES = 1 << 20, VERSION_MS = 40, KEX_MS = 90 };

/** A session some of whose events are not yet written. */
struct open_session {
	int64_t next_us;
	uint32_t number;
	uint32_t step; /* 0 connect, 1 version, 2 kex, 3.. items, last closed */
	struct rendered what;
	char tail[160];
	size_t tail_len;
};

struct writer {
	const struct world *w;
	FILE *file;
	struct buf out;
	struct open_session **heap; /* by next_us, then number */
	uint32_t n, cap;
	struct open_session **spare;
	uint32_t n_spare;
	uint64_t events;
	int64_t second; /* the one in `stamp` */
	char stamp[TIME_TEXT_MAX];
};

static bool
before(const struct open_session *a, const struct open_session *b)
{
	return a->next_us != b->next_us ? a->next_us < b->next_us : a->number < b->number;
}

static void
sift_down(struct writer *x, uint32_t i)
{
	for (;;) {
		uint32_t child = 2 * i + 1;
		struct open_session *kept = x->heap[i];

		if (child >= x->n)
			return;
		if (child + 1 < x->n && before(x->heap[child + 1], x->heap[child]))
			child++;
		if (!before(x->heap[child], kept))
			return;
		x->heap[i] = x->heap[child];
		x->heap[child] = kept;
		i = child;
	}
}

static void
sift_up(struct writer *x, uint32_t i)
{
	while (i > 0 && before(x->heap[i], x->heap[(i - 1) / 2])) {
		struct open_session *kept = x->heap[i];

		x->heap[i] = x->heap[(i - 1) / 2];
		x->heap[(i - 1) / 2] = kept;
		i = (i - 1) / 2;
	}
}

/* Escapes what JSON must have escaped. Our own text is ASCII without control characters. */
static void
add_text(struct buf *out, struct sv text)
{
	size_t clean = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != '"' && text.data[i] != '\\')
			continue;
		buf_add(out, text.data + clean, i - clean);
		buf_add_char(out, '\\');
		clean = i;
	}
	buf_add(out, text.data + clean, text.len - clean);
}

static void
add_field(struct buf *out, const char *key, struct sv value)
{
	buf_add_char(out, '"');
	buf_add_str(out, key);
	buf_add(out, "\":\"", 3);
	add_text(out, value);
	buf_add(out, "\",", 2);
}

static void
add_number(struct buf *out, const char *key, uint64_t value)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
	} while ((value /= 10) > 0);
	buf_add_char(out, '"');
	buf_add_str(out, key);
	buf_add(out, "\":", 2);
	buf_add(out, digits + at, sizeof(digits) - at);
	buf_add_char(out, ',');
}

/* What all events of the session end with, but for the time. */
static void
set_tail(struct open_session *o)
{
	const struct session_row *row = &o->what.row;
	char source[ADDR_TEXT_MAX];
	int n;

	addr_format(row->source, source);
	n = snprintf(o->tail, sizeof(o->tail),
	    "\"src_ip\":\"%s\",\"session\":\"%s\",\"sensor\":\"%s\",\"timestamp\":\"", source,
	    o->what.id, row->text[TEXT_SENSOR].data);
	o->tail_len = (size_t)n;
}

/* Events come in the order of time, so the second is mostly the one before. */
static void
add_time(struct writer *x, int64_t us)
{
	int64_t second = us / TIME_SECOND;
	uint32_t fraction = (uint32_t)(us % TIME_SECOND);
	char digits[8] = ".";

	if (second != x->second) {
		time_format(second * TIME_SECOND, true, x->stamp);
		x->second = second;
	}
	buf_add(&x->out, x->stamp, strlen(x->stamp) - 1);
	if (fraction > 0) {
		for (unsigned i = 6; i > 0; i--) {
			digits[i] = (char)('0' + fraction % 10);
			fraction /= 10;
		}
		buf_add(&x->out, digits, 7);
	}
	buf_add(&x->out, "Z\"}\n", 4);
}

static void
end_event(struct writer *x, const struct open_session *o)
{
	buf_add(&x->out, o->tail, o->tail_len);
	add_time(x, o->next_us);
	x->events++;
}

static void
begin_event(struct writer *x, const char *name)
{
	buf_add_str(&x->out, "{\"eventid\":\"cowrie.");
	buf_add_str(&x->out, name);
	buf_add(&x->out, "\",", 2);
}

static void
write_connect(struct writer *x, const struct open_session *o)
{
	const struct session_row *row = &o->what.row;
	char destination[ADDR_TEXT_MAX];

	addr_format(row->destination, destination);
	begin_event(x, "session.connect");
	add_number(&x->out, "src_port", row->source_port);
	add_field(&x->out, "dst_ip", sv_from(destination));
	add_number(&x->out, "dst_port", row->target_port == 22 ? 2222 : 2223);
	add_field(&x->out, "protocol", row->text[TEXT_PROTOCOL]);
	end_event(x, o);
}

static void
write_kex(struct writer *x, const struct open_session *o)
{
	const struct gen_session *s = &x->w->sessions[o->number];
	const struct tool *tool = &x->w->tools[x->w->actors[s->actor].tool];

	begin_event(x, "client.kex");
	add_field(&x->out, "hassh", o->what.row.text[TEXT_HASSH]);
	add_field(&x->out, "hasshAlgorithms", sv_from(tool->algorithms));
	end_event(x, o);
}

static void
write_closed(struct writer *x, const struct open_session *o)
{
	char text[32];
	int64_t ms = o->what.row.duration_us / 1000;

	snprintf(text, sizeof(text), "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
	begin_event(x, "session.closed");
	add_field(&x->out, "duration", sv_from(text));
	end_event(x, o);
}

/* Writes item i and returns how many items that took: a download is a URL and a hash. */
static uint32_t
write_item(struct writer *x, const struct open_session *o, uint32_t i)
{
	const struct session_row_item *item = &o->what.items[i];

	if (item->kind == ITEM_CREDENTIAL) {
		begin_event(x, item->flags & ITEM_SUCCESS ? "login.success" : "login.failed");
		add_field(&x->out, "username", item->a);
		add_field(&x->out, "password", item->b);
		end_event(x, o);
		return 1;
	}
	if (item->kind == ITEM_COMMAND) {
		begin_event(x, "command.input");
		add_field(&x->out, "input", item->a);
		end_event(x, o);
		return 1;
	}
	begin_event(x, "session.file_download");
	add_field(&x->out, "url", item->a);
	add_field(&x->out, "shasum", item[1].a);
	end_event(x, o);
	return 2;
}

/* Writes the session's next event and sets the time of the one behind it. False: that was the last. */
static bool
write_next(struct writer *x, struct open_session *o)
{
	const struct session_row *row = &o->what.row;
	bool ssh = row->service == SERVICE_SSH;

	switch (o->step) {
	case 0:
		write_connect(x, o);
		o->step = ssh ? 1 : 3;
		break;
	case 1:
		begin_event(x, "client.version");
		add_field(&x->out, "version", row->text[TEXT_BANNER]);
		end_event(x, o);
		o->step = 2;
		break;
	case 2:
		write_kex(x, o);
		o->step = 3;
		break;
	default:
		if (o->step - 3 == row->n_items) {
			write_closed(x, o);
			return false;
		}
		o->step += write_item(x, o, o->step - 3);
	}
	if (o->step < 3)
		o->next_us = row->start_us + (o->step == 1 ? VERSION_MS : KEX_MS) * 1000;
	else if (o->step - 3 < row->n_items)
		o->next_us = row->start_us + (int64_t)o->what.items[o->step - 3].offset_ms * 1000;
	else
		o->next_us = row->end_us;
	return true;
}

/* Opens session `number`: rendered, first event due at its start. */
static bool
open_next(struct writer *x, uint32_t number)
{
	struct open_session *o;

	if (x->n == x->cap) {
		uint32_t wider = x->cap == 0 ? 64 : x->cap * 2;
		struct open_session **heap =
		    realloc(x->heap, wider * sizeof(struct open_session *));
		struct open_session **spare;

		if (heap == NULL)
			return false;
		x->heap = heap;
		if ((spare = realloc(x->spare, wider * sizeof(struct open_session *))) == NULL)
			return false;
		x->spare = spare;
		x->cap = wider;
	}
	o = x->n_spare > 0 ? x->spare[--x->n_spare] : malloc(sizeof(*o));
	if (o == NULL)
		return false;
	render_session(x->w, number, &o->what);
	set_tail(o);
	o->number = number;
	o->step = 0;
	o->next_us = o->what.row.start_us;
	x->heap[x->n++] = o;
	sift_up(x, x->n - 1);
	return true;
}

static bool
flush(struct writer *x, size_t above)
{
	if (x->out.failed)
		return false;
	if (x->out.len <= above)
		return true;
	if (fwrite(x->out.data, 1, x->out.len, x->file) != x->out.len)
		return false;
	x->out.len = 0;
	return true;
}

static bool
write_all(struct writer *x)
{
	uint32_t next = 0;

	while (next < x->w->n_sessions || x->n > 0) {
		struct open_session *o;

		while (next < x->w->n_sessions &&
		       (x->n == 0 || x->w->sessions[next].start_us <= x->heap[0]->next_us)) {
			if (!open_next(x, next++))
				return false;
		}
		o = x->heap[0];
		if (!write_next(x, o)) {
			x->spare[x->n_spare++] = o;
			x->heap[0] = x->heap[--x->n];
		}
		sift_down(x, 0);
		if (!flush(x, FLUSH_BYTES))
			return false;
	}
	return flush(x, 0);
}

enum coord_err
cowrie_write(const struct world *w, FILE *file, uint64_t *events, struct coord_error *err)
{
	struct writer x = { .w = w, .file = file, .out = BUF_INIT(2 * FLUSH_BYTES), .second = -1 };
	bool ok = write_all(&x);

	for (uint32_t i = 0; i < x.n; i++)
		free(x.heap[i]);
	for (uint32_t i = 0; i < x.n_spare; i++)
		free(x.spare[i]);
	free(x.heap);
	free(x.spare);
	buf_clear(&x.out);
	*events = x.events;
	return ok ? COORD_OK : error_set(err, COORD_EIO, "generate: cannot write the log");
}
