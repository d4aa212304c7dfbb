/* phrase.h - small things about texts that parsing, help, man pages and completions share (private to cli/). */
#ifndef COORD_CLI_PHRASE_H
#define COORD_CLI_PHRASE_H

#include "cli/command.h"

/** Edits (insert, delete, replace) that make one of the other; at most 64 for longer texts. */
unsigned phrase_distance(struct sv a, struct sv b);
/** "a number from 1 to 64", "one of text, json": what an option's text has to be. */
void phrase_expected(const struct option *option, struct buf *out);
/** Fills lines of at most `columns` with the words of `text`, each line behind `indent` blanks. */
void phrase_wrap(struct buf *out, struct sv text, unsigned indent, unsigned columns);
/** Cuts the next paragraph off *rest: texts separate them by an empty line. */
struct sv phrase_paragraph(struct sv *rest);
/** Adds the bytes with everything that could drive a terminal replaced by '?'. */
void phrase_printable(struct buf *out, struct sv text);
/** 1234567 as "1,234,567". */
void phrase_count(struct buf *out, uint64_t n);

#endif
