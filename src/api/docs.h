/* docs.h - what embed.py makes of openapi.json and docs.html (private to api/). */
#ifndef COORD_API_DOCS_H
#define COORD_API_DOCS_H

#include <stddef.h>

extern const unsigned char docs_openapi[], docs_page[];
extern const size_t docs_openapi_len, docs_page_len;
extern const char docs_policy[]; /* Content-Security-Policy of the page */

#endif
