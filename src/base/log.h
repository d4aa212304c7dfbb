/* log.h - one event a line: subject first, fields as key=value on a terminal, one JSON object otherwise. Front rooms (cli, api, mcp, jobs) log, lower rooms return
 * errors. Attacker bytes are escaped; no payload, no secret and no credential is ever a field. */
#ifndef COORD_BASE_LOG_H
#define COORD_BASE_LOG_H

#include <stdint.h>

#include "base/sv.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_field {
	const char *key;
	enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_REAL } type;
	struct sv text;
	int64_t number;
	double real;
};
#define LOG_TEXT(key_, value_) \
	((struct log_field){ .key = (key_), .type = LOG_FIELD_TEXT, .text = sv_from(value_) })
#define LOG_SV(key_, value_) \
	((struct log_field){ .key = (key_), .type = LOG_FIELD_TEXT, .text = (value_) })
#define LOG_INT(key_, value_) \
	((struct log_field){ .key = (key_), .type = LOG_FIELD_INT, .number = (int64_t)(value_) })
#define LOG_REAL(key_, value_) \
	((struct log_field){ .key = (key_), .type = LOG_FIELD_REAL, .real = (value_) })

/** At the start, and again whenever settings are read again. `json` false: text for people. Lines go to `fd` (standard error), each in one write. */
void log_setup(int fd, bool json, enum log_level least);
bool log_wants(enum log_level level);
/** An absent text field (data NULL) is left out. `event`: "analysis finished", a constant. */
void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t n);
/** log_write(LOG_INFO, "analysis finished", LOG_TEXT("analysis_id", id), LOG_INT("sessions", n)); */
#define log_write(level, event, ...)                                           \
	log_event((level), (event), (const struct log_field[]){ __VA_ARGS__ }, \
	    sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

#endif
