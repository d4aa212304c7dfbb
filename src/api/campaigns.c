/* campaigns.c - GET /campaigns and GET /campaigns/{key}: what was found over all analyses. A campaign keeps its key while
 * its members stay, so the same one found by several analyses is one row of the list, and several of its own page. */
#include "api/parameters.h"
#include "api/resources.h"

enum { ANSWER_MOST = 64 << 20, KEY_MOST = 64 };

static void
write_campaign(struct jsonw *w, const struct store_campaign *c)
{
	jsonw_object(w);
	jsonw_key(w, "campaign_key");
	jsonw_sv(w, c->key);
	jsonw_key(w, "analysis_id");
	jsonw_sv(w, c->analysis_id);
	jsonw_key(w, "verdict");
	jsonw_sv(w, c->verdict);
	jsonw_key(w, "confidence");
	jsonw_prob(w, c->confidence);
	jsonw_key(w, "confidence_interval");
	jsonw_array(w);
	jsonw_prob(w, c->low);
	jsonw_prob(w, c->high);
	jsonw_end(w);
	jsonw_key(w, "sources");
	jsonw_u64(w, c->sources);
	jsonw_key(w, "sessions");
	jsonw_u64(w, c->sessions);
	parameter_time_out(w, "first_seen", c->first_us);
	parameter_time_out(w, "last_seen", c->last_us);
	jsonw_key(w, "summary");
	if (c->summary.len > 0)
		jsonw_raw(w, c->summary);
	else
		jsonw_null(w);
	jsonw_end(w);
}

static bool
read_filter(struct request *r, struct store_campaign_filter *f)
{
	*f = (struct store_campaign_filter){ .owner = request_owner(r),
		.verdict = target_get(&r->ex->target, SV("verdict")) };
	return parameter_share(r, "confidence", &f->confidence_least) &&
	       parameter_time(r, "from", &f->from_us) && parameter_time(r, "to", &f->to_us) &&
	       parameter_cursor(r, &f->after_us, &f->after_key) && parameter_limit(r, &f->limit);
}

static void
answer_campaigns(struct request *r, const struct store_campaign *rows, size_t n, uint32_t limit)
{
	struct buf body = BUF_INIT(ANSWER_MOST);
	struct jsonw w = jsonw_init(&body, false);
	char last[KEY_MOST + 1];
	bool more = n > 0 && n == limit && rows[n - 1].key.len <= KEY_MOST;

	jsonw_object(&w);
	jsonw_key(&w, "campaigns");
	jsonw_array(&w);
	for (size_t i = 0; i < n; i++)
		write_campaign(&w, &rows[i]);
	jsonw_end(&w);
	if (more) {
		memcpy(last, rows[n - 1].key.data, rows[n - 1].key.len);
		last[rows[n - 1].key.len] = 0;
	}
	parameter_next_cursor(&w, n > 0 ? rows[n - 1].last_us : 0, more ? last : NULL);
	jsonw_end(&w);
	answer_compressible(r, 200, API_JSON, &body);
	answer_header(r->ex, "Cache-Control", "no-store");
}

static void
campaigns_later(void *context)
{
	struct request *r = context;
	struct arena *arena = arena_new(0);
	struct coord_error err = { .code = COORD_OK };
	struct store_campaign_filter f;
	struct store_campaign *rows;
	enum coord_err rc;
	size_t n;

	if (arena == NULL) {
		answer_error(r, 503, "Out of memory; try again later");
	} else if (read_filter(r, &f)) {
		rc = store_campaigns(r->api->world.jobs.store, &f, arena, &rows, &n, &err);
		if (rc == COORD_OK)
			answer_campaigns(r, rows, n, f.limit);
		else
			answer_failure(r, rc, &err);
	}
	arena_free(arena);
	request_done(r);
}

bool
campaigns_run(struct request *r)
{
	dispatch_audit_read(r->api->dispatch, r, "campaign.list", SV(""));
	return request_later(r, r->api->reads, campaigns_later);
}

static void
campaign_later(void *context)
{
	struct request *r = context;
	struct arena *arena = arena_new(0);
	struct coord_error err = { .code = COORD_OK };
	struct store_campaign *rows;
	enum coord_err rc = COORD_ENOMEM;
	size_t n = 0;

	if (arena != NULL)
		rc = store_campaign_get(r->api->world.jobs.store, r->parameter, request_owner(r),
		    arena, &rows, &n, &err);
	if (rc == COORD_OK && n > 0)
		answer_campaigns(r, rows, n, UINT32_MAX);
	else if (rc == COORD_OK || rc == COORD_ENODATA)
		answer_error(r, 404, "Campaign not found");
	else
		answer_failure(r, rc, &err);
	arena_free(arena);
	request_done(r);
}

bool
campaign_run(struct request *r)
{
	if (r->parameter.len == 0 || r->parameter.len > KEY_MOST) {
		answer_error(r, 404, "Campaign not found");
		return true;
	}
	dispatch_audit_read(r->api->dispatch, r, "campaign.read", r->parameter);
	return request_later(r, r->api->reads, campaign_later);
}
