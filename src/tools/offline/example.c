/* example.c - the manifest that the program carries: every feed that docs/tools.md knows. `coord tools update` writes nothing of it
 * anywhere; `coord tools list --example` prints it for an operator to begin with. */
#include "tools/tools.h"

/* made from tools.json */
extern const unsigned char tools_json[];
extern const size_t tools_json_len;

struct sv
tools_manifest_example(void)
{
	return (struct sv){ (const char *)tools_json, tools_json_len };
}
