/* page.h - the page's own text, made from page.html, page.css and page.js at build time by embed.py. */
#ifndef COORD_REPORT_PAGE_H
#define COORD_REPORT_PAGE_H

#include "base/sv.h"

/** The pieces between which html.c sets the text, the result and the view. */
enum page_piece { PAGE_BEFORE_TEXT, PAGE_BEFORE_RESULT, PAGE_BEFORE_VIEW, PAGE_END, PAGE_PIECES };

struct sv page_part(enum page_piece piece);

#endif
