/* proof.c - what a result document proves of how it came about: its evidence chain holds, link by link, and the values that are in the document are those that the chain has
 * the hashes of. Whoever changes one and recomputes all hashes behind it is found by whoever has the chain's head from before. */
#include "base/json.h"
#include "services/run.h"

static const size_t document_most = (size_t)1 << 30, value_most = (size_t)256 << 20;

struct proving {
	struct json_value document, chain;
	struct sv text;
	struct coord_error *err;
};

/* The hash that the chain has of a field: the last one, of an output or (of what was asked) an input. */
static struct sv
hash_of(const struct proving *p, struct sv field)
{
	static const char *const lists[] = { "inputs", "outputs" };
	struct json_iter links = json_each(p->chain);
	struct json_value link, value;
	struct sv hash = SV_NONE;

	while (json_next(&links, &link))
		for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
			struct json_iter each = json_each(json_get(link, sv_from(lists[i])));

			while (json_next(&each, &value)) {
				struct sv name = SV_NONE;

				(void)json_string(json_get(value, SV("field")), &name);
				if (sv_eq(name, field))
					(void)json_string(json_get(value, SV("sha256")), &hash);
			}
		}
	return hash;
}

static enum coord_err
check_value(const struct proving *p, struct sv field, struct json_value value)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(value_most);
	char hash[65];

	json_copy(&text, value);
	if (text.failed)
		return error_set(p->err, COORD_ENOMEM, "no memory for a proof");
	run_hash(buf_sv(&text), hash);
	if (sv_eq(hash_of(p, field), sv_from(hash)))
		return COORD_OK;
	return error_set(p->err, COORD_EINVALID,
	    "the chain has another hash of %.*s than what stands in the document", SV_ARG(field));
}

static enum coord_err
check_fields(const struct proving *p)
{
	struct json_iter each =
	    json_each(json_get(json_get(p->document, SV("workflow")), SV("fields")));
	struct json_value value, narrative = json_get(p->document, SV("narrative"));
	struct sv key;

	while (json_next_member(&each, &key, &value))
		TRY(check_value(p, key, value));
	return json_exists(narrative) ? check_value(p, SV("narrative"), narrative) : COORD_OK;
}

static enum coord_err
check_core(const struct proving *p)
{
	struct json_value fields = json_get(json_get(p->document, SV("workflow")), SV("fields"));
	struct json_value judgement = json_get(fields, SV("judgement"));
	struct sv stated = SV_NONE;
	char hash[65];

	if (!json_exists(judgement))
		return COORD_OK;
	(void)json_string(json_get(judgement, SV("document_sha256")), &stated);
	TRY(report_core_hash(p->text, hash, p->err));
	return sv_eq(stated, sv_from(hash)) ? COORD_OK
					    : error_set(p->err, COORD_EINVALID,
						  "the judgement was written for another document: "
						  "it has the hash %.12s..., "
						  "this is %.12s...",
						  stated.len > 12 ? stated.data : "none", hash);
}

static enum coord_err
check_head(const struct proving *p, const char *head)
{
	struct sv stated = SV_NONE;

	(void)json_string(json_get(json_get(p->document, SV("workflow")), SV("head")), &stated);
	return sv_eq(stated, sv_from(head)) ? COORD_OK
					    : error_set(p->err, COORD_EINVALID,
						  "the chain ends at another link than the run");
}

static size_t
count_answers(struct json_value chain)
{
	struct json_iter each = json_each(chain);
	struct json_value link;
	size_t n = 0;

	while (json_next(&each, &link))
		n += json_count(json_get(link, SV("answers")));
	return n;
}

static enum coord_err
prove(const struct proving *p, struct services_proof *ret)
{
	char head[65];

	TRY(workflow_chain_verify(p->chain, &ret->links, head, p->err));
	ret->answers = count_answers(p->chain);
	TRY(check_head(p, head));
	TRY(check_fields(p));
	return check_core(p);
}

enum coord_err
services_prove(struct sv document, struct services_proof *ret, struct coord_error *err)
{
	struct json_parser *parser = json_parser_new(document_most, 32);
	struct proving p = { .text = document, .err = err };
	enum coord_err rc;

	*ret = (struct services_proof){ .present = false };
	if (parser == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a proof");
	rc = json_parse(parser, document.data, document.len, false, &p.document, err);
	p.chain = json_get(p.document, SV("evidence_chain"));
	ret->present = rc == COORD_OK && json_exists(p.chain);
	if (ret->present)
		rc = prove(&p, ret);
	json_parser_free(parser);
	return rc;
}
