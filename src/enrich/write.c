/* write.c - documents brought to the cluster in pieces, each tried until it is acknowledged, refused, or there is no time left. What a piece came to is kept in the journal
 * before the next one is sent. A request whose answer was lost is sent again: ids are deterministic, so that what was taken is found there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "enrich/private.h"
#include "metrics/metrics.h"

#define FIRST_WAIT_US INT64_C(100000)
#define MOST_WAIT_US INT64_C(2000000)

enum { TRIES_MOST = 6, UNKNOWN_MOST = 3, WHY_MOST = 200 };

struct writing {
	struct exchange x;
	const struct enrich_item *items;
	enum enrich_fate *fates; /* of all */
	struct enrich_outcome *outcome;
	size_t documents_most; /* of a piece: halved when the cluster says 413 */
	bool over;             /* nothing more is sent: not let in, no time, cancelled */
};

/* --- what is kept ------------------------------------------------------------------------------------------------------------ */

static enum coord_err
recall(struct writing *w, const char *key, struct sv *ret, struct coord_error *err)
{
	const struct enrich_journal *j = w->x.journal;

	return j == NULL ? COORD_ENODATA : j->recall(j->context, sv_from(key), ret, err);
}

static enum coord_err
record(struct writing *w, const char *key, struct sv value, struct coord_error *err)
{
	const struct enrich_journal *j = w->x.journal;

	return j == NULL ? COORD_OK : j->record(j->context, sv_from(key), value, err);
}

static void
tell_why(struct writing *w, const char *why)
{
	if (w->outcome->why[0] == 0)
		(void)snprintf(w->outcome->why, sizeof(w->outcome->why), "%s", why);
}

static void
read_text(struct json_value object, const char *key, char *ret, size_t room)
{
	struct sv text = SV_NONE;

	(void)json_string(json_get(object, sv_from(key)), &text);
	enrich_words(ret, room, text);
}

static void
add_count(struct json_value object, const char *key, uint64_t *ret)
{
	int64_t n = 0;

	if (json_i64(json_get(object, sv_from(key)), &n) && n > 0)
		*ret += (uint64_t)n;
}

/* Adds what a value of the journal says to the outcome. Our own text: one that is damaged says nothing. */
static enum coord_err
take_value(struct writing *w, struct sv value, struct coord_error *err)
{
	struct json_parser *parser = json_parser_new((size_t)1 << 16, 4);
	struct json_value v = JSON_MISSING;
	char why[WHY_MOST];
	enum coord_err rc;

	if (parser == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for what was written");
	rc = json_parse(parser, value.data, value.len, false, &v, err);
	if (rc == COORD_OK) {
		(void)json_bool(json_get(v, SV("last")), &w->over);
		add_count(v, "taken", &w->outcome->taken);
		add_count(v, "refused", &w->outcome->refused);
		add_count(v, "failed", &w->outcome->failed);
		read_text(v, "why", why, sizeof(why));
		tell_why(w, why);
		if (w->outcome->product[0] == 0) {
			read_text(v, "product", w->outcome->product, sizeof(w->outcome->product));
			read_text(v, "version", w->outcome->version, sizeof(w->outcome->version));
		}
	}
	json_parser_free(parser);
	return rc;
}

/* --- one request, again and again ------------------------------------------------------------------------------------------- */

static int64_t
wait_before(uint32_t tries, int64_t retry_after_us)
{
	int64_t wait = FIRST_WAIT_US << (tries < 5 ? tries : 5);

	if (wait > MOST_WAIT_US)
		wait = MOST_WAIT_US;
	return retry_after_us > wait ? retry_after_us : wait;
}

/* How one request ended that was for all its documents alike. */
enum ending {
	ENDED,   /* its answer says what became of each document, or of all */
	LATER,   /* busy or away: after a while */
	UNKNOWN, /* nobody knows what became of them */
	SMALLER, /* 413 */
	CLOSED,  /* not let in: nor would anything else be */
};

static enum ending
ending_of(const struct net_answer *a, char why[WHY_MOST])
{
	if (a->outcome == NET_CANCELLED || a->outcome == NET_REFUSED || a->outcome == NET_TLS) {
		enrich_words(why, WHY_MOST, sv_from(a->what));
		return CLOSED;
	}
	if (a->outcome != NET_ANSWERED) {
		enrich_words(why, WHY_MOST, sv_from(a->what));
		return a->outcome == NET_BROKEN || a->outcome == NET_TOO_LARGE ? UNKNOWN : LATER;
	}
	if (a->status == 200)
		return ENDED;
	bulk_failure(buf_sv(&a->body), a->status, why);
	if (a->status == 413)
		return SMALLER;
	if (a->status == 408 || a->status == 429 || a->status >= 500)
		return LATER;
	return a->status == 400 ? ENDED : CLOSED;
}

/* --- who is there ------------------------------------------------------------------------------------------------------------ */

/* True: it is one of the two. */
static enum coord_err
ask_who(struct writing *w, char why[WHY_MOST], struct coord_error *err)
{
	for (uint32_t tries = 0;; tries++) {
		struct net_answer answer;
		int64_t after_us;
		enum ending ending;
		enum coord_err rc = exchange_run(&w->x, "/", SV_NONE, &answer, err);

		if (rc == COORD_EUNAVAIL && why[0] == 0)
			(void)snprintf(why, WHY_MOST, "there was no time left");
		if (rc != COORD_OK)
			return rc;
		ending = ending_of(&answer, why);
		if (ending == ENDED && answer.status == 200)
			rc = probe_read(
			    buf_sv(&answer.body), sv_from(answer.product), w->outcome, why);
		else
			rc = COORD_EUNAVAIL;
		after_us = answer.retry_after_us;
		net_answer_clear(&answer);
		if (ending != LATER || tries + 1 == UNKNOWN_MOST ||
		    !exchange_wait(&w->x, wait_before(tries, after_us)))
			return rc;
	}
}

static enum coord_err
probe(struct writing *w, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(4096);
	struct jsonw out = jsonw_init(&text, false);
	char why[WHY_MOST] = "";
	struct sv value = SV_NONE;
	enum coord_err rc = recall(w, "probe", &value, err);

	if (rc == COORD_ENODATA) {
		rc = ask_who(w, why, err);
		if (rc == COORD_ENOMEM)
			return rc;
		jsonw_object(&out);
		jsonw_key(&out, rc == COORD_OK ? "product" : "why");
		jsonw_str(&out, rc == COORD_OK ? w->outcome->product : why);
		jsonw_key(&out, "version");
		jsonw_str(&out, w->outcome->version);
		jsonw_end(&out);
		value = buf_sv(&text);
		rc = record(w, "probe", value, err);
	}
	TRY(rc);
	TRY(take_value(w, value, err));
	w->over = w->outcome->product[0] == 0;
	return COORD_OK;
}

/* --- a piece ------------------------------------------------------------------------------------------------------------------- */

static size_t
count(const enum enrich_fate *fates, size_t n, enum enrich_fate which)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += fates[i] == which;
	return found;
}

static void
set_open(enum enrich_fate *fates, size_t n, enum enrich_fate to)
{
	for (size_t i = 0; i < n; i++)
		if (fates[i] == FATE_OPEN || fates[i] == FATE_AGAIN)
			fates[i] = to;
}

static enum coord_err
post(struct writing *w, size_t from, size_t n, char why[WHY_MOST], int64_t *ret_after_us,
    enum ending *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf body = BUF_INIT((size_t)64 << 20);
	struct net_answer answer;
	char path[64];
	enum coord_err rc;

	bulk_write(w->items + from, w->fates + from, n, w->outcome->index, &body);
	if (body.failed)
		return error_set(err, COORD_ENOMEM, "no memory for a request to the cluster");
	(void)snprintf(
	    path, sizeof(path), "/_bulk?timeout=%" PRId64 "ms", exchange_left_us(&w->x) / 1000 + 1);
	*ret = CLOSED;
	rc = exchange_run(&w->x, path, buf_sv(&body), &answer, err);
	if (rc == COORD_EUNAVAIL) {
		if (why[0] == 0)
			(void)snprintf(why, WHY_MOST, "there was no time left");
		return COORD_OK;
	}
	TRY(rc);
	*ret = ending_of(&answer, why);
	*ret_after_us = answer.retry_after_us;
	if (*ret == ENDED && answer.status != 200)
		set_open(w->fates + from, n, FATE_REFUSED);
	else if (*ret == ENDED)
		rc = bulk_read(buf_sv(&answer.body), w->items + from, w->fates + from, n, why, err);
	net_answer_clear(&answer);
	if (rc != COORD_EPARSE)
		return rc;
	(void)snprintf(why, WHY_MOST, "the cluster's answer is not one to what was asked");
	*ret = UNKNOWN;
	return COORD_OK;
}

/* Sends those of a piece that are open until none is. *ret_smaller: the piece is too large for the cluster. */
static enum coord_err
settle(struct writing *w, size_t from, size_t n, char why[WHY_MOST], bool *ret_smaller,
    struct coord_error *err)
{
	uint32_t unknown = 0;

	*ret_smaller = false;
	for (uint32_t tries = 0; tries < TRIES_MOST; tries++) {
		int64_t after_us = 0;
		enum ending ending;

		TRY(post(w, from, n, why, &after_us, &ending, err));
		unknown += ending == UNKNOWN;
		*ret_smaller = ending == SMALLER && n > 1;
		if (ending == SMALLER && n == 1)
			set_open(w->fates + from, n, FATE_REFUSED);
		w->over |= ending == CLOSED;
		if (w->over || *ret_smaller || unknown == UNKNOWN_MOST ||
		    count(w->fates + from, n, FATE_OPEN) + count(w->fates + from, n, FATE_AGAIN) ==
			0)
			return COORD_OK;
		if (tries + 1 < TRIES_MOST && !exchange_wait(&w->x, wait_before(tries, after_us)))
			return COORD_OK;
	}
	return COORD_OK;
}

static enum coord_err
keep_piece(struct writing *w, const char *key, size_t from, size_t n, const char *why,
    struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(4096);
	struct jsonw out = jsonw_init(&text, false);
	const enum enrich_fate *fates = w->fates + from;
	size_t taken = count(fates, n, FATE_TAKEN), refused = count(fates, n, FATE_REFUSED);

	jsonw_object(&out);
	jsonw_key(&out, "documents");
	jsonw_u64(&out, n);
	jsonw_key(&out, "taken");
	jsonw_u64(&out, taken);
	jsonw_key(&out, "refused");
	jsonw_u64(&out, refused);
	jsonw_key(&out, "failed");
	jsonw_u64(&out, n - taken - refused);
	jsonw_key(&out, "why");
	jsonw_str(&out, taken == n ? "" : why);
	jsonw_key(&out, "last");
	jsonw_bool(&out, w->over);
	jsonw_end(&out);
	TRY(record(w, key, buf_sv(&text), err));
	return take_value(w, buf_sv(&text), err);
}

/* How many documents a piece of the journal was of: pieces may have been made smaller. */
static size_t
documents_of(struct sv value)
{
	struct json_parser *parser = json_parser_new((size_t)1 << 16, 4);
	struct json_value v = JSON_MISSING;
	uint64_t n = 0;

	if (parser != NULL &&
	    json_parse(parser, value.data, value.len, false, &v, NULL) == COORD_OK)
		add_count(v, "documents", &n);
	json_parser_free(parser);
	return n;
}

/* One piece from `from`; *ret: how many documents it was of. */
static enum coord_err
write_piece(struct writing *w, size_t from, size_t n, size_t *ret, struct coord_error *err)
{
	char key[40], why[WHY_MOST] = "";
	struct sv value = SV_NONE;
	bool smaller = true;
	enum coord_err rc;

	(void)snprintf(key, sizeof(key), "bulk/%zu", from);
	rc = recall(w, key, &value, err);
	if (rc == COORD_OK) {
		*ret = documents_of(value);
		if (*ret == 0 || *ret > n)
			return error_set(err, COORD_EINVALID, "%s: damaged", key);
		return take_value(w, value, err);
	}
	if (rc != COORD_ENODATA)
		return rc;
	while (smaller) {
		*ret = bulk_piece(w->items + from, n < w->documents_most ? n : w->documents_most,
		    ENRICH_PIECE_BYTES);
		TRY(settle(w, from, *ret, why, &smaller, err));
		if (smaller)
			w->documents_most = *ret / 2;
	}
	return keep_piece(w, key, from, *ret, why, err);
}

static enum coord_err
write_all(struct writing *w, size_t n, struct coord_error *err)
{
	size_t at = 0;

	TRY(probe(w, err));
	while (at < n && !w->over) {
		size_t len = 0;

		TRY(write_piece(w, at, n - at, &len, err));
		at += len;
	}
	w->outcome->failed += n - at;
	return COORD_OK;
}

enum coord_err
enrich_write(struct enrich *enrich, const struct enrich_item *items, size_t n, int64_t created_us,
    const struct enrich_journal *journal, struct enrich_outcome *ret, struct coord_error *err)
{
	struct writing w = { .x = { .enrich = enrich, .journal = journal },
		.items = items,
		.outcome = ret,
		.documents_most = ENRICH_ACTIONS_MOST };
	char index[ENRICH_INDEX_MOST + 1];
	enum coord_err rc;

	*ret = (struct enrich_outcome){ .asked = n };
	if (!enrich_index(enrich->config->es_index, created_us, index))
		return error_set(err, COORD_EINVALID, "COORD_ES_INDEX: no name of an index");
	(void)snprintf(ret->index, sizeof(ret->index), "%s", index);
	w.fates = calloc(n + 1, sizeof(*w.fates));
	if (w.fates == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for documents");
	exchange_begin(&w.x);
	rc = write_all(&w, n, err);
	free(w.fates);
	if (rc != COORD_OK)
		return rc;
	metrics_add(enrich->metrics, METRIC_ENRICH_DOCUMENTS, "taken", NULL, (double)ret->taken);
	metrics_add(
	    enrich->metrics, METRIC_ENRICH_DOCUMENTS, "refused", NULL, (double)ret->refused);
	metrics_add(enrich->metrics, METRIC_ENRICH_DOCUMENTS, "failed", NULL, (double)ret->failed);
	return COORD_OK;
}

void
enrich_outcome_write(const struct enrich_outcome *o, struct jsonw *w)
{
	jsonw_object(w);
	jsonw_key(w, "status");
	jsonw_str(w, o->taken == o->asked ? "ok" : o->taken > 0 ? "degraded" : "down");
	jsonw_key(w, "asked");
	jsonw_u64(w, o->asked);
	jsonw_key(w, "taken");
	jsonw_u64(w, o->taken);
	jsonw_key(w, "refused");
	jsonw_u64(w, o->refused);
	jsonw_key(w, "failed");
	jsonw_u64(w, o->failed);
	jsonw_key(w, "index");
	jsonw_str(w, o->index);
	if (o->product[0] != 0) {
		jsonw_key(w, "product");
		jsonw_str(w, o->product);
		jsonw_key(w, "version");
		jsonw_str(w, o->version);
	}
	if (o->taken < o->asked) {
		jsonw_key(w, "why");
		jsonw_str(w, o->why);
	}
	jsonw_end(w);
}
