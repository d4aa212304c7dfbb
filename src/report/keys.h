/* keys.h - members of the result document: a key and a value in one call (private to report/). */
#ifndef COORD_REPORT_KEYS_H
#define COORD_REPORT_KEYS_H

#include "report/document.h"

/** NULL: null. */
void key_str(struct jsonw *w, const char *key, const char *value);
void key_u64(struct jsonw *w, const char *key, uint64_t value);
/** Rounded to 1e-6; null when not finite. */
void key_prob(struct jsonw *w, const char *key, double value);
void key_bool(struct jsonw *w, const char *key, bool value);
/** null for TIME_NONE. */
void key_time(struct jsonw *w, const char *key, int64_t us);
/** "confidence_interval"; null when there is none. */
void key_interval(struct jsonw *w, double low, double high);
void key_strings(struct jsonw *w, const char *key, const char *const *texts, uint32_t n);
/** Six significant digits. */
void key_digits(struct jsonw *w, const char *key, double value);
/** One tested group (json_campaign.c). `table` NULL: without its members; `external` SV_NONE: nobody was asked. */
void document_campaign(struct jsonw *w, const struct session_table *table,
    const struct detect_campaign *c, struct sv external);
/** A member that another room made; SV_NONE: nothing is written. */
void key_made(struct jsonw *w, const char *key, struct sv json);

#endif
