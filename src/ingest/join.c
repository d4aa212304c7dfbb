/* join.c - one connection, seen by several logs: the honeypot's session, Zeek's row, the firewall's line. They are one
 * session: the honeypot's account wins, and what it does not know is filled in from the others.
 *
 * Same connection means: same source address and source port, seen within 2 s; where a port is missing (the web
 * honeypot logs none) the target port decides. With both ports equal a busy honeypot may log the connect up to a minute
 * after the wire saw it (measured on dshield-2023: 60 s behind in a burst of 250 log-ins). Cowrie may live in a container and under another name than the
 * firewall, so sensor and destination only choose between candidates, unless two public destinations differ. */
#include "ingest/core.h"
#include "ingest/fold.h"

#include <stdlib.h>

enum { CANDIDATES_MOST = 256 };

static const int64_t near_us = 2 * TIME_SECOND;
static const int64_t backlog_us = 60 * TIME_SECOND;

struct host {
	uint64_t source; /* hash of the address */
	int64_t start_us;
	uint32_t row;
};

/** Rows that others may join, by source and start. */
struct hosts {
	struct host *at;
	size_t n;
};

/** What is known of a connection that may belong to a host. */
struct connection {
	struct addr source, destination;
	int64_t at_us;
	uint32_t sensor;
	uint16_t source_port, target_port;
	unsigned standing; /* only hosts of a lower number take it */
};

static uint64_t
hash_source(struct addr a)
{
	uint64_t words[2];

	memcpy(words, a.bytes, sizeof(words));
	return hash_mix(hash_mix(1, words[0]), words[1]);
}

/** 0: a honeypot's dialogue, 1: a network sensor's view of one, 2: a bare connection, 3: a firewall's line. */
static unsigned
standing_of(const struct fold_row *row)
{
	if (row->connection_only)
		return row->fold == FOLD_GAP ? 3 : 2;
	return reader_at(row->reader)->network ? 1 : 0;
}

static void
hosts_clear(struct hosts *hosts)
{
	free(hosts->at);
}

static enum coord_err
hosts_make(const struct folding *f, struct hosts *hosts, struct coord_error *err)
{
	struct sort_pair *pairs = malloc((2 * f->n + 1) * sizeof(*pairs));

	hosts->at = malloc((f->n + 1) * sizeof(*hosts->at));
	hosts->n = 0;
	if (pairs == NULL || hosts->at == NULL) {
		free(pairs);
		return error_set(err, COORD_ENOMEM, "no memory to join sessions");
	}
	for (size_t i = 0; i < f->n; i++)
		pairs[i] = (struct sort_pair){ sort_key_i64(f->rows[i].start_us), (uint32_t)i };
	sort_pairs(pairs, f->n, pairs + f->n);
	for (size_t i = 0; i < f->n; i++)
		pairs[i].key = hash_source(f->rows[pairs[i].value].source);
	sort_pairs(pairs, f->n, pairs + f->n); /* stable: starts stay in order */
	for (size_t i = 0; i < f->n; i++) {
		const struct fold_row *row = &f->rows[pairs[i].value];

		if (row->fold != FOLD_ROW && standing_of(row) < 3)
			hosts->at[hosts->n++] =
			    (struct host){ pairs[i].key, row->start_us, pairs[i].value };
	}
	free(pairs);
	return COORD_OK;
}

/** The first host of a later source or a later start. */
static size_t
hosts_after(const struct hosts *hosts, uint64_t source, int64_t at_us)
{
	size_t low = 0, high = hosts->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct host *h = &hosts->at[middle];

		if (h->source < source || (h->source == source && h->start_us <= at_us))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
ports_agree(const struct fold_row *host, const struct connection *c)
{
	bool same_source = host->source_port != 0 && host->source_port == c->source_port;
	/* Zeek on the sensor sees the redirected port */
	uint16_t hosts_port = session_port_undo_redirect(host->target_port);
	uint16_t target_port = session_port_undo_redirect(c->target_port);

	if (!same_source && host->source_port != 0 && c->source_port != 0)
		return false;
	if (hosts_port != 0 && target_port != 0 && hosts_port != target_port)
		/* the web honeypot listens on 8000 behind several ports */
		return same_source && host->service == SERVICE_WEB;
	if (same_source)
		return true;
	if (hosts_port != 0)
		return hosts_port == target_port;
	return host->service == SERVICE_WEB &&
	       session_service_of(SV_NONE, target_port, false) == SERVICE_WEB;
}

static bool
places_agree(const struct fold_row *host, const struct connection *c)
{
	return addr_is_unknown(host->destination) || addr_is_unknown(c->destination) ||
	       addr_cmp(host->destination, c->destination) == 0 ||
	       addr_is_special(host->destination) || addr_is_special(c->destination);
}

/** How far apart in time, or -1: not the same connection. */
static int64_t
distance(const struct fold_row *host, const struct connection *c)
{
	/* a web session is many connections, a Cowrie session is one */
	int64_t last = host->fold == FOLD_GAP ? host->end_us : host->start_us;
	bool both_ports = host->source_port != 0 && host->source_port == c->source_port &&
			  host->target_port != 0 && c->target_port != 0;
	int64_t before = both_ports ? backlog_us : near_us;

	if (standing_of(host) >= c->standing || addr_cmp(host->source, c->source) != 0 ||
	    c->at_us < host->start_us - before || c->at_us > last + near_us ||
	    !ports_agree(host, c) || !places_agree(host, c))
		return -1;
	if (c->at_us < host->start_us)
		return host->start_us - c->at_us;
	return c->at_us > last ? c->at_us - last : 0;
}

/** The host's row, or SIZE_MAX. */
static size_t
find_host(const struct folding *f, const struct hosts *hosts, const struct connection *c)
{
	uint64_t source = hash_source(c->source);
	size_t at = hosts_after(hosts, source, c->at_us + backlog_us), best = SIZE_MAX;
	int64_t best_far = 0;

	for (unsigned seen = 0;
	     at-- > 0 && hosts->at[at].source == source && seen < CANDIDATES_MOST; seen++) {
		const struct fold_row *host = &f->rows[hosts->at[at].row];
		int64_t far = distance(host, c);

		if (far < 0)
			continue;
		far *= 2; /* elsewhere is farther than here */
		if (host->text[TEXT_SENSOR] != c->sensor &&
		    addr_cmp(host->destination, c->destination) != 0)
			far += 4 * near_us;
		if (best == SIZE_MAX || far < best_far ||
		    (far == best_far && host->key < f->rows[best].key)) {
			best = hosts->at[at].row;
			best_far = far;
		}
	}
	return best;
}

static void
fill_host(struct fold_row *host, const struct fold_row *row)
{
	if (addr_is_unknown(host->destination))
		host->destination = row->destination;
	if (host->source_port == 0 && host->fold == FOLD_SESSION)
		host->source_port = row->source_port;
	if (host->target_port == 0)
		host->target_port = row->target_port;
	if (host->transport == TRANSPORT_UNKNOWN)
		host->transport = row->transport;
	if (host->asn == 0)
		host->asn = row->asn;
	if (host->bytes_in == 0)
		host->bytes_in = row->bytes_in;
	if (host->bytes_out == 0)
		host->bytes_out = row->bytes_out;
	host->events += row->events < UINT32_MAX - host->events ? row->events : 0;
	for (unsigned t = 0; t < TEXT_COUNT; t++)
		if (host->text[t] == STR_NONE && t != TEXT_ID && t != TEXT_FORMAT)
			host->text[t] = row->text[t];
}

static bool
has_item(const struct folding *f, const struct fold_row *host, const struct session_item *item)
{
	for (uint32_t i = 0; i < host->n_items; i++) {
		const struct session_item *own = &f->items[host->item_at + i];

		/* of what the host tells itself, it needs no second account */
		if (own->kind == item->kind &&
		    (!fold_item_is_set(item->kind) || (own->a == item->a && own->b == item->b)))
			return true;
	}
	return false;
}

/** Merges the row's items into the host's, which move behind all others. One connection has one port: the host's. */
static enum coord_err
join_items(
    struct folding *f, struct fold_row *host, const struct fold_row *row, struct coord_error *err)
{
	uint32_t room = f->log->items_max, n = 0, own = 0;
	struct session_item *to;

	if (row->n_items == 0)
		return COORD_OK;
	TRY(fold_reserve_items(f, (size_t)host->n_items + row->n_items, err));
	to = &f->items[f->n_items];
	for (uint32_t i = 0; i < row->n_items; i++) {
		struct session_item item = f->items[row->item_at + i];
		int64_t at = row->start_us + (int64_t)item.offset_ms * 1000 - host->start_us;

		if (has_item(f, host, &item) ||
		    (item.kind == ITEM_PORT && host->fold == FOLD_SESSION))
			continue;
		item.offset_ms = at < 0                            ? 0
				 : at / 1000 > (int64_t)UINT32_MAX ? UINT32_MAX
								   : (uint32_t)(at / 1000);
		while (own < host->n_items && n < room &&
		       f->items[host->item_at + own].offset_ms <= item.offset_ms)
			to[n++] = f->items[host->item_at + own++];
		if (n < room)
			to[n++] = item;
	}
	while (own < host->n_items && n < room)
		to[n++] = f->items[host->item_at + own++];
	if (own < host->n_items)
		host->flags |= SESSION_TRUNCATED;
	host->item_at = (uint32_t)f->n_items;
	host->n_items = n;
	f->n_items += n;
	return COORD_OK;
}

static enum coord_err
join_row(struct folding *f, size_t host, size_t row, struct coord_error *err)
{
	fill_host(&f->rows[host], &f->rows[row]);
	return join_items(f, &f->rows[host], &f->rows[row], err);
}

static void
drop_joined(struct folding *f, const bool *gone)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++)
		if (!gone[i])
			f->rows[kept++] = f->rows[i];
	f->n = kept;
}

/** Rows of network sensors join honeypot sessions. Bare connections go first, so that what they fill in depends on
 *  nothing but them. */
static enum coord_err
join_rows(struct folding *f, bool *gone, uint64_t *joined, struct coord_error *err)
{
	CLEANUP(hosts_clear) struct hosts hosts = { 0 };

	TRY(hosts_make(f, &hosts, err));
	for (unsigned standing = 2; standing > 0; standing--)
		for (size_t i = 0; i < f->n; i++) {
			const struct fold_row *row = &f->rows[i];
			struct connection c = { row->source, row->destination, row->start_us,
				row->text[TEXT_SENSOR], row->source_port, row->target_port,
				standing };
			size_t host;

			if (row->fold != FOLD_SESSION || standing_of(row) != standing)
				continue;
			if ((host = find_host(f, &hosts, &c)) == SIZE_MAX)
				continue;
			TRY(join_row(f, host, i, err));
			gone[i] = true;
			++*joined;
		}
	return COORD_OK;
}

enum coord_err
fold_join_rows(struct folding *f, uint64_t *joined, struct coord_error *err)
{
	bool *gone, any = false;
	enum coord_err rc;

	for (size_t i = 0; i < f->n && !any; i++)
		any = f->rows[i].fold == FOLD_SESSION && standing_of(&f->rows[i]) > 0;
	if (!any)
		return COORD_OK;
	if ((gone = calloc(f->n + 1, sizeof(*gone))) == NULL)
		return error_set(err, COORD_ENOMEM, "no memory to join sessions");
	rc = join_rows(f, gone, joined, err);
	if (rc == COORD_OK)
		drop_joined(f, gone);
	free(gone);
	return rc;
}

struct fold_hosts {
	struct hosts hosts;
	struct log_event *events; /* of a run, those of one host together, those of none last */
	struct sort_pair *order;  /* host of each event; twice the room */
	size_t cap;
};

enum coord_err
fold_hosts_new(const struct folding *f, struct fold_hosts **ret, struct coord_error *err)
{
	struct fold_hosts *h = calloc(1, sizeof(*h));
	enum coord_err rc;

	if (h == NULL)
		return error_set(err, COORD_ENOMEM, "no memory to join sessions");
	if ((rc = hosts_make(f, &h->hosts, err)) == COORD_OK)
		*ret = h;
	else
		fold_hosts_free(h);
	return rc;
}

void
fold_hosts_free(struct fold_hosts *h)
{
	if (h == NULL)
		return;
	hosts_clear(&h->hosts);
	free(h->events);
	free(h->order);
	free(h);
}

static size_t
host_of_event(const struct folding *f, const struct fold_hosts *h, const struct log_event *e)
{
	const struct subject *s = &f->log->subjects[e->subject];
	struct connection c = { s->source, s->destination, e->at_us, s->sensor, s->source_port,
		s->target_port, 3 };

	return find_host(f, &h->hosts, &c);
}

static enum coord_err
reserve_run(struct fold_hosts *h, size_t n, struct coord_error *err)
{
	if (n <= h->cap)
		return COORD_OK;
	free(h->events);
	free(h->order);
	h->cap = 0;
	h->events = malloc(n * sizeof(*h->events));
	h->order = malloc(2 * n * sizeof(*h->order));
	if (h->events == NULL || h->order == NULL)
		return error_set(err, COORD_ENOMEM, "no memory to join sessions");
	h->cap = n;
	return COORD_OK;
}

static enum coord_err
join_events(struct folding *f, size_t host, const struct log_event *events, size_t n,
    struct coord_error *err)
{
	TRY(fold_segment(f, events, n, err));
	TRY(join_row(f, host, f->n - 1, err));
	f->n--;
	return COORD_OK;
}

enum coord_err
fold_join_run(struct folding *f, struct fold_hosts *h, const struct log_event **events, size_t *n,
    uint64_t *joined, struct coord_error *err)
{
	size_t at = 0, to;

	if (h->hosts.n == 0)
		return COORD_OK;
	TRY(reserve_run(h, *n, err));
	for (size_t i = 0; i < *n; i++)
		h->order[i] = (struct sort_pair){ host_of_event(f, h, &(*events)[i]), (uint32_t)i };
	sort_pairs(h->order, *n, h->order + *n);
	for (size_t i = 0; i < *n; i++)
		h->events[i] = (*events)[h->order[i].value];
	for (; at < *n && h->order[at].key != SIZE_MAX; at = to) {
		for (to = at + 1; to < *n && h->order[to].key == h->order[at].key; to++)
			continue;
		TRY(join_events(f, (size_t)h->order[at].key, &h->events[at], to - at, err));
		++*joined;
	}
	*events = &h->events[at];
	*n -= at;
	return COORD_OK;
}
