/* text.h - the pieces of the terminal's answer (private to report/). */
#ifndef COORD_REPORT_TEXT_H
#define COORD_REPORT_TEXT_H

#include "report/document.h"
#include "report/pen.h"
#include "report/words.h"

const char *text_verdict_style(enum detect_verdict verdict);
struct sv text_verdict_name(enum detect_verdict verdict);
/** Two digits, but never a rounding up to certainty. */
void text_add_confidence(struct pen *pen, double confidence);
/** " (between 0.91 and 0.99)", nothing when there is none or it is a point. */
void text_add_interval(struct pen *pen, double low, double high);
void text_add_time(struct pen *pen, int64_t us);
/** A group in full, and in one line. */
void text_campaign(
    struct pen *pen, const struct report_input *in, const struct detect_campaign *campaign);
void text_campaign_line(struct pen *pen, const struct detect_campaign *campaign);

/** The sentences of a narrative (JSON of the document; empty: nothing), with what each rests on. */
void text_narrative(struct pen *pen, struct sv json);

#endif
