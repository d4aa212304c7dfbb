/* docs.c - the description of the interface: openapi.json as it lies beside this file, and a page that shows it without
 * anything from elsewhere. The page's script and style are allowed by their hashes, computed when it is built in (embed.py). */
#include "api/docs.h"

#include "api/resources.h"

bool
openapi_run(struct request *r)
{
	answer_constant(
	    r, 200, API_JSON, (struct sv){ (const char *)docs_openapi, docs_openapi_len });
	answer_header(r->ex, "Cache-Control", "no-cache");
	return true;
}

bool
docs_run(struct request *r)
{
	answer_constant(r, 200, "text/html; charset=utf-8",
	    (struct sv){ (const char *)docs_page, docs_page_len });
	answer_header(r->ex, "Content-Security-Policy", docs_policy);
	answer_header(r->ex, "Referrer-Policy", "no-referrer");
	return true;
}

bool
root_run(struct request *r)
{
	answer_constant(r, 307, API_JSON, SV("{\"docs\":\"/docs\",\"openapi\":\"/openapi.json\"}"));
	answer_header(r->ex, "Location", "/docs");
	return true;
}
