/* value.c - what a value of each type looks like. Whole numbers only, units spelled out: "30s", "256MiB"; a bare number where a unit
 * belongs is refused, since nobody can tell what was meant. Zero needs no unit. */
#include "config/value.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* Largest first: the first that divides a value writes it. */
static const struct unit durations[] = {
	{ "d", UINT64_C(86400000000) },
	{ "h", UINT64_C(3600000000) },
	{ "m", UINT64_C(60000000) },
	{ "s", UINT64_C(1000000) },
	{ "ms", UINT64_C(1000) },
	{ "us", UINT64_C(1) },
};
static const struct unit sizes[] = {
	{ "TiB", UINT64_C(1) << 40 },
	{ "GiB", UINT64_C(1) << 30 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "B", UINT64_C(1) },
};
enum {
	N_DURATIONS = sizeof(durations) / sizeof(durations[0]),
	N_SIZES = sizeof(sizes) / sizeof(sizes[0])
};

#define WHAT_DURATION "a duration such as 500ms, 30s, 5m, 2h or 7d"
#define WHAT_SIZE "a size such as 64KiB, 256MiB or 4GiB"

/** What a message says came; never the text of a secret. */
#define CAME(text) SV_ARG(sv_first((text), 80))

static enum coord_err
refuse(const struct config_row *row, struct sv text, const char *expected, struct coord_error *err)
{
	if (row->type == CONF_SECRET)
		return error_set(err, COORD_EINVALID, "%s: expected %s", row->name, expected);
	return error_set(
	    err, COORD_EINVALID, "%s: expected %s, got \"%.*s\"", row->name, expected, CAME(text));
}

static bool
is_clean(struct sv text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return false;
	return true;
}

static void *
place(const struct config_row *row, struct config *config)
{
	return (char *)config + row->at;
}

static const void *
place_of(const struct config_row *row, const struct config *config)
{
	return (const char *)config + row->at;
}

/* --- numbers ----------------------------------------------------------------------------------------------------- */

/** "30s" by the units of a type. False: no such text; *ret_large: it is one, and too large. */
static bool
with_unit(struct sv text, const struct unit *units, size_t n, uint64_t *ret, bool *ret_large)
{
	size_t digits = 0;
	uint64_t number;

	*ret_large = false;
	while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
		digits++;
	if (digits == 0)
		return false;
	*ret_large = !sv_to_u64(sv_first(text, digits), &number);
	if (digits == text.len) {
		*ret = 0;
		return !*ret_large && number == 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (!sv_ieq(sv_skip(text, digits), sv_from(units[i].name)))
			continue;
		*ret_large = *ret_large || __builtin_mul_overflow(number, units[i].factor, ret) ||
			     *ret > INT64_MAX;
		return true;
	}
	return false;
}

static void
write_with_unit(struct buf *out, uint64_t value, const struct unit *units, size_t n)
{
	size_t i = 0;

	while (i + 1 < n && value % units[i].factor != 0)
		i++;
	if (value == 0)
		buf_add_char(out, '0');
	else
		buf_printf(out, "%" PRIu64 "%s", value / units[i].factor, units[i].name);
}

/** A bound of the table, as it would be typed. */
static void
write_bound(const struct config_row *row, double bound, struct buf *out)
{
	uint64_t value = (uint64_t)bound;

	if (row->type == CONF_DURATION)
		write_with_unit(out, value, durations, N_DURATIONS);
	else if (row->type == CONF_BYTES)
		write_with_unit(out, value, sizes, N_SIZES);
	else
		buf_printf(out, "%" PRIu64 " %s", value, row->unit);
}

static enum coord_err
outside(const struct config_row *row, struct sv text, const char *side, double bound,
    struct coord_error *err)
{
	struct buf expected = BUF_INIT(200);
	enum coord_err rc;

	buf_printf(&expected, "%s ", side);
	write_bound(row, bound, &expected);
	rc = refuse(row, text, buf_cstr(&expected), err);
	buf_clear(&expected);
	return rc;
}

static enum coord_err
check_range(const struct config_row *row, struct sv text, uint64_t value, struct coord_error *err)
{
	if ((double)value < row->min)
		return outside(row, text, "at least", row->min, err);
	if (row->max > 0 && (double)value > row->max)
		return outside(row, text, "at most", row->max, err);
	return COORD_OK;
}

static enum coord_err
read_uint(const struct config_row *row, struct sv text, uint64_t *ret, struct coord_error *err)
{
	uint64_t value = 0;

	if (!sv_to_u64(text, &value) || value > INT64_MAX)
		return refuse(row, text, "a whole number", err);
	TRY(check_range(row, text, value, err));
	*ret = value;
	return COORD_OK;
}

static enum coord_err
read_with_unit(const struct config_row *row, struct sv text, uint64_t *ret, struct coord_error *err)
{
	bool duration = row->type == CONF_DURATION, large;
	const char *what = duration ? WHAT_DURATION : WHAT_SIZE;
	uint64_t value = 0;

	if (!with_unit(text, duration ? durations : sizes, duration ? N_DURATIONS : N_SIZES, &value,
		&large))
		return refuse(row, text, what, err);
	if (large)
		return refuse(row, text, duration ? "a shorter duration" : "a smaller size", err);
	TRY(check_range(row, text, value, err));
	*ret = value;
	return COORD_OK;
}

/* --- words ------------------------------------------------------------------------------------------------------- */

static bool
any_of(struct sv text, const char *words)
{
	struct sv rest = sv_from(words);

	while (rest.data != NULL)
		if (sv_ieq(text, sv_cut(&rest, '|')))
			return true;
	return false;
}

static enum coord_err
read_bool(const struct config_row *row, struct sv text, bool *ret, struct coord_error *err)
{
	bool yes = any_of(text, "yes|true|on|1");

	if (!yes && !any_of(text, "no|false|off|0"))
		return refuse(row, text, "yes or no", err);
	*ret = yes;
	return COORD_OK;
}

static enum coord_err
read_choice(const struct config_row *row, struct sv text, unsigned *ret, struct coord_error *err)
{
	struct sv rest = sv_from(row->unit);
	char expected[120];

	for (unsigned i = 0; rest.data != NULL; i++) {
		if (sv_ieq(sv_cut(&rest, '|'), text)) {
			*ret = i;
			return COORD_OK;
		}
	}
	(void)snprintf(expected, sizeof(expected), "one of %s", row->unit);
	return refuse(row, text, expected, err);
}

static enum coord_err
store_text(struct config *config, struct sv text, const char **ret, struct coord_error *err)
{
	const char *copy = arena_strdup(config->arena, text);

	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "configuration: out of memory");
	*ret = copy;
	return COORD_OK;
}

static enum coord_err
read_text(const struct config_row *row, struct sv text, struct config *config, const char **ret,
    struct coord_error *err)
{
	if (!is_clean(text))
		return refuse(row, text, "one line without control characters", err);
	return store_text(config, text, ret, err);
}

/** "a, b" is kept as "a,b": users cut it at the commas. */
static enum coord_err
read_list(const struct config_row *row, struct sv text, struct config *config, const char **ret,
    struct coord_error *err)
{
	struct sv rest = text;
	struct buf list;
	enum coord_err rc;

	if (!is_clean(text))
		return refuse(row, text, "one line without control characters", err);
	list = BUF_INIT(text.len + 1);
	while (rest.data != NULL && text.len > 0) {
		struct sv word = sv_trim(sv_cut(&rest, ','));

		if (word.len == 0) {
			buf_clear(&list);
			return refuse(row, text, "words separated by single commas", err);
		}
		if (list.len > 0)
			buf_add_char(&list, ',');
		buf_add_sv(&list, word);
	}
	rc = store_text(config, sv_from(buf_cstr(&list)), ret, err);
	buf_clear(&list);
	return rc;
}

/* --- both ways --------------------------------------------------------------------------------------------------- */

enum coord_err
config_value_read(
    const struct config_row *row, struct sv text, struct config *config, struct coord_error *err)
{
	void *at = place(row, config);
	uint64_t number = 0;

	switch (row->type) {
	case CONF_TEXT:
	case CONF_SECRET:
		return read_text(row, text, config, at, err);
	case CONF_LIST:
		return read_list(row, text, config, at, err);
	case CONF_BOOL:
		return read_bool(row, text, at, err);
	case CONF_CHOICE:
		return read_choice(row, text, at, err);
	case CONF_UINT:
		return read_uint(row, text, at, err);
	case CONF_BYTES:
		return read_with_unit(row, text, at, err);
	case CONF_DURATION:
		TRY(read_with_unit(row, text, &number, err));
		*(int64_t *)at = (int64_t)number;
		return COORD_OK;
	}
	return refuse(row, text, "nothing", err);
}

static void
write_choice(const struct config_row *row, unsigned value, struct buf *out)
{
	struct sv rest = sv_from(row->unit), word = SV_NONE;

	for (unsigned i = 0; i <= value && rest.data != NULL; i++)
		word = sv_cut(&rest, '|');
	buf_add_sv(out, word);
}

void
config_value_write(const struct config_row *row, const struct config *config, struct buf *out)
{
	const void *at = place_of(row, config);

	switch (row->type) {
	case CONF_TEXT:
	case CONF_LIST:
		buf_add_str(out, *(const char *const *)at);
		break;
	case CONF_SECRET:
		buf_add_str(out, **(const char *const *)at != '\0' ? "(set)" : "(not set)");
		break;
	case CONF_BOOL:
		buf_add_str(out, *(const bool *)at ? "yes" : "no");
		break;
	case CONF_CHOICE:
		write_choice(row, *(const unsigned *)at, out);
		break;
	case CONF_UINT:
		buf_printf(out, "%" PRIu64, *(const uint64_t *)at);
		break;
	case CONF_BYTES:
		write_with_unit(out, *(const uint64_t *)at, sizes, N_SIZES);
		break;
	case CONF_DURATION:
		write_with_unit(out, (uint64_t) * (const int64_t *)at, durations, N_DURATIONS);
		break;
	}
}
