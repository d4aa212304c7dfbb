/* chain.c - the evidence chain: each link holds the hash of the one before and of its own content, SHA-256(previous, content), so that a link that was changed,
 * left out, put in or moved is seen by everybody who has a later one. The first one's previous is all zeros. */
#include <string.h>

#include "workflow/inside.h"

enum { CHAIN_MOST = 1 << 30, LINK_MOST = 1 << 24, VERIFY_ARENA = 1 << 26 };

void
chain_init(struct chain *chain)
{
	*chain = (struct chain){ .text = BUF_INIT(CHAIN_MOST) };
	memset(chain->head, '0', 64);
}

void
chain_hash(struct sv previous, struct sv record, char ret[65])
{
	struct sha256 *s = sha256_new();
	uint8_t sha[32] = { 0 };

	if (s != NULL) {
		sha256_add(s, previous.data, previous.len);
		sha256_add(s, record.data, record.len);
		sha256_end(s, sha);
	}
	hex_of(sha, sizeof(sha), ret);
}

/** `record` is one JSON object: the hashes become its last members. */
void
chain_add(struct chain *chain, struct sv record)
{
	char hash[65];

	chain_hash(sv_from(chain->head), record, hash);
	buf_add_str(&chain->text, chain->n++ == 0 ? "\n" : ",\n");
	buf_add_sv(&chain->text, sv_first(record, record.len - 1));
	buf_printf(&chain->text, ",\"previous\":\"%s\",\"hash\":\"%s\"}", chain->head, hash);
	memcpy(chain->head, hash, sizeof(hash));
}

void
chain_end(const struct chain *chain, struct buf *out)
{
	buf_add_char(out, '[');
	buf_add_sv(out, buf_sv(&chain->text));
	buf_add_str(out, chain->n == 0 ? "]" : "\n]");
}

static enum coord_err
broken(struct coord_error *err, size_t at, const char *why)
{
	return error_set(err, COORD_EINVALID, "link %zu: %s", at, why);
}

static enum coord_err
verify_link(struct json_value v, size_t at, const char *head, struct arena *arena, char hash[65],
    struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(LINK_MOST);
	struct jsonw w = jsonw_init(&text, false);
	struct coord_error why = { .what = "" };
	struct record record;
	struct sv claimed, previous;

	if (record_read(v, true, arena, &record, &why) != COORD_OK)
		return broken(err, at, why.what);
	claimed = record.hash;
	previous = record.previous;
	record.hash = record.previous = SV_NONE;
	if (record.step != at)
		return broken(err, at, "it has another number");
	if (!sv_eq(previous, (struct sv){ head, 64 }))
		return broken(err, at, "it does not name the hash of the link before");
	record_write(&record, &w);
	if (text.failed)
		return error_set(err, COORD_ENOMEM, "link %zu: no memory", at);
	chain_hash(previous, buf_sv(&text), hash);
	return sv_eq(claimed, (struct sv){ hash, 64 })
		   ? COORD_OK
		   : broken(err, at, "its content has another hash");
}

enum coord_err
workflow_chain_verify(
    struct json_value chain, size_t *ret_links, char ret_head[65], struct coord_error *err)
{
	struct json_iter it = json_each(chain);
	struct arena *arena = arena_new(VERIFY_ARENA);
	struct json_value v;
	enum coord_err rc = COORD_OK;
	char head[65], hash[65];
	size_t n = 0;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a chain");
	if (json_type(chain) != JSON_ARRAY)
		rc = error_set(err, COORD_EINVALID, "a chain is a list of links");
	memset(head, '0', 64);
	head[64] = '\0';
	while (rc == COORD_OK && json_next(&it, &v)) {
		struct arena_mark mark = arena_mark(arena);

		rc = verify_link(v, n, head, arena, hash, err);
		arena_rewind(arena, mark);
		if (rc != COORD_OK)
			break;
		memcpy(head, hash, sizeof(head));
		n++;
	}
	arena_free(arena);
	if (rc != COORD_OK)
		return rc;
	*ret_links = n;
	memcpy(ret_head, head, sizeof(head));
	return COORD_OK;
}

enum coord_err
workflow_chain(
    const struct store_workflow *run, struct buf *out, char ret_head[65], struct coord_error *err)
{
	struct chain chain;
	enum coord_err rc = COORD_OK;

	chain_init(&chain);
	for (size_t i = 0; i < run->n_steps && rc == COORD_OK; i++) {
		struct sv record = run->steps[i].record;

		/* of a wave that was interrupted, later steps may be there before earlier ones */
		if (run->steps[i].step != i)
			break;
		if (record.len < 2 || record.data[record.len - 1] != '}')
			rc = broken(err, i, "it is damaged");
		else
			chain_add(&chain, record);
	}
	if (rc == COORD_OK) {
		chain_end(&chain, out);
		memcpy(ret_head, chain.head, 65);
		if (out->failed || chain.text.failed)
			rc = error_set(err, COORD_ENOMEM, "workflow: no memory for a chain");
	}
	buf_clear(&chain.text);
	return rc;
}
