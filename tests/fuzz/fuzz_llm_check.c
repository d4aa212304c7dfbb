/* fuzz_llm_check.c - sentences of a model: whatever comes, what is kept is plain text of a bounded length that cites what exists, and no attacker's words. Up to the
 * first line end the input is a document's attacker text, behind it the sentence. */
#include <assert.h>

#include "llm/check.h"

#define DOCUMENT                                                                                   \
	"{\"batch\":{\"sessions\":34,\"sources\":12},\"campaigns\":[{\"id\":\"c1\",\"key\":"       \
	"\"8a6aac16\",\"verdict\":"                                                                \
	"\"coordinated_campaign\",\"confidence\":0.8,\"counts\":{\"sources\":12,\"sessions\":34}," \
	"\"behavior\":["

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct evidence_list *list, struct sv text)
{
	struct buf plain = BUF_INIT(1 << 16);
	struct sv ids[] = { SV("c1"), sv_first(text, 8) };
	struct checker checker;
	size_t n = 2;

	checker_init(&checker, list);
	if (check_plain(text, &plain) &&
	    check_sentence(&checker, buf_sv(&plain), ids, &n) == CHECK_HOLDS) {
		assert(n >= 1 && plain.len <= SENTENCE_MOST);
		assert(!word_set_has_run(&checker.attacker, buf_sv(&plain)));
		for (size_t i = 0; i < plain.len; i++)
			assert(plain.data[i] >= ' ' && plain.data[i] < 0x7f &&
			       strchr("<>[]{}`/@\\*#|\"&$!?^~", plain.data[i]) == NULL);
		assert(!sv_has(buf_sv(&plain), SV("://")) && !sv_has(buf_sv(&plain), SV("benign")));
	}
	(void)check_name(&checker, text);
	checker_clear(&checker);
	buf_clear(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv text = { (const char *)data, size }, attacker = sv_cut(&text, '\n');
	struct buf document = BUF_INIT(1 << 20);
	struct arena *arena = arena_new((size_t)16 << 20);
	struct evidence_list list;
	struct jsonw w = jsonw_init(&document, false);

	buf_add_str(&document, DOCUMENT);
	jsonw_sv(&w, attacker.data == NULL ? SV("") : attacker);
	buf_add_str(&document, "]}]}");
	if (arena != NULL && !document.failed && text.data != NULL &&
	    evidence_read(buf_sv(&document), arena, &list, NULL) == COORD_OK)
		check(&list, text);
	arena_free(arena);
	buf_clear(&document);
	return 0;
}
