/* fuzz_api_json_fault.c - a text in which the parser finds no fault has none for the search of one, and no fault moves when what lies behind it changes. */
#include <assert.h>
#include <stdlib.h>

#include "api/json_fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sv text = { len > 0 ? (const char *)data : "", len };
	struct json_parser *parser = json_parser_new(1 << 20, 32);
	struct json_value root;
	struct coord_error err;
	size_t at = json_fault(text, 32);

	assert(at <= len);
	assert(json_fault(sv_first(text, at), 32) == at);
	if (at < len)
		assert(json_fault(sv_first(text, at + 1), 32) == at);
	if (parser != NULL &&
	    json_parse(parser, text.data, text.len, false, &root, &err) == COORD_OK)
		assert(at == len);
	json_parser_free(parser);
	return 0;
}
