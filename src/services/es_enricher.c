/* es_enricher.c - the result written into an index, when there is one: after all numbers are fixed and the story is told. Best effort: the node ends well whatever the cluster does, and
 * says what became of it. What was acknowledged is recorded, so that a run that goes on does not send it again. */
#include "enrich/enrich.h"
#include "services/run.h"

static const char provider[] = "elasticsearch";

static enum coord_err
recall(void *context, struct sv key, struct sv *ret, struct coord_error *err)
{
	struct workflow_effect effect;

	TRY(workflow_recall(context, sv_from(provider), key, &effect, err));
	*ret = effect.value;
	return COORD_OK;
}

static enum coord_err
record(void *context, struct sv key, struct sv value, struct coord_error *err)
{
	struct workflow_effect effect = {
		.provider = sv_from(provider), .key = key, .value = value
	};

	return workflow_record(context, &effect, err);
}

static bool
is_cancelled(void *context)
{
	return workflow_cancelled(context);
}

static enum coord_err
write_documents(struct workflow_step *step, struct arena *arena, struct enrich_outcome *ret,
    struct coord_error *err)
{
	struct run *run = workflow_context(step);
	const struct services_request *request = run->request;
	const struct enrich_journal journal = { recall, record, is_cancelled, step };
	struct sv answers = SV_NONE, document = SV_NONE;
	struct enrich_item *items = NULL;
	size_t n = 0;

	TRY(run_answers(step, arena, &answers, err));
	TRY(run_document(run, step, answers, arena, &document, err));
	TRY(enrich_documents(document, workflow_get(step, "narrative"), workflow_id(step),
	    request->created_us, arena, &items, &n, err));
	if (run->world->enrich == NULL) { /* begun with one, by another process */
		*ret = (struct enrich_outcome){
			.asked = n, .failed = n, .why = "ELASTICSEARCH_URL is not set any more"
		};
		return COORD_OK;
	}
	return enrich_write(run->world->enrich, items, n, request->created_us, &journal, ret, err);
}

enum coord_err
node_es_enricher(struct workflow_step *step, struct coord_error *err)
{
	CLEANUP(arena_release) struct arena *arena = arena_new(0);
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 16);
	struct jsonw w = jsonw_init(&text, false);
	struct enrich_outcome outcome;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for an index");
	TRY(write_documents(step, arena, &outcome, err));
	enrich_outcome_write(&outcome, &w);
	workflow_decide(step, "%llu of %llu documents are in the index",
	    (unsigned long long)outcome.taken, (unsigned long long)outcome.asked);
	return workflow_set(step, "indexed", buf_sv(&text), err);
}

/* --- told -------------------------------------------------------------------------------------------------------------------- */

static bool
is_ok(struct sv indexed)
{
	struct json_parser *parser = json_parser_new((size_t)1 << 16, 4);
	struct json_value value;
	struct sv status = SV_NONE;
	bool ok;

	ok = parser != NULL &&
	     json_parse(parser, indexed.data, indexed.len, false, &value, NULL) == COORD_OK &&
	     json_string(json_get(value, SV("status")), &status) && sv_eq(status, SV("ok"));
	json_parser_free(parser);
	return ok;
}

enum coord_err
run_indexed(struct sv indexed, struct sv status, struct arena *arena, struct sv *ret, bool *ret_all,
    struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)2 << 20);
	const char *copy;

	*ret = status;
	*ret_all = indexed.len > 0 && is_ok(indexed);
	if (indexed.len == 0)
		return COORD_OK;
	status = sv_trim(status);
	buf_add_sv(&text, status.len > 2 ? sv_first(status, status.len - 1) : SV("{"));
	buf_printf(&text, "%s\"%s\":", status.len > 2 ? "," : "", provider);
	buf_add_sv(&text, indexed);
	buf_add_char(&text, '}');
	copy = text.failed ? NULL : arena_strdup(arena, buf_sv(&text));
	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for what an index said");
	*ret = (struct sv){ copy, text.len };
	return COORD_OK;
}
