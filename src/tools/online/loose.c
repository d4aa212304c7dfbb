/* loose.c - lenient reading of what providers answer (reference section 0): numbers as strings, strings as numbers, "none" in four forms. */
#include <math.h>

#include "tools/provider.h"

#define WHOLE_MOST 9007199254740992.0 /* 2^53: larger doubles are no whole numbers any more */

bool
loose_whole(struct json_value v, int64_t *ret)
{
	struct sv text;
	double real;

	if (json_i64(v, ret))
		return true;
	if (json_f64(v, &real)) {
		if (!(fabs(real) < WHOLE_MOST) || floor(real) < real)
			return false;
		*ret = (int64_t)real;
		return true;
	}
	return json_string(v, &text) && sv_to_i64(sv_trim(text), ret);
}

bool
loose_bool(struct json_value v, bool *ret)
{
	struct sv text;
	int64_t number;

	if (json_bool(v, ret))
		return true;
	if (json_i64(v, &number) && (number == 0 || number == 1)) {
		*ret = number == 1;
		return true;
	}
	if (!json_string(v, &text))
		return false;
	text = sv_trim(text);
	*ret = sv_ieq(text, SV("true")) || sv_eq(text, SV("1")) || sv_ieq(text, SV("yes"));
	return *ret || sv_ieq(text, SV("false")) || sv_eq(text, SV("0")) || sv_ieq(text, SV("no"));
}

bool
asn_parse(struct sv text, uint32_t *ret)
{
	uint64_t number;

	text = sv_trim(text);
	if (text.len > 2 && (text.data[0] == 'A' || text.data[0] == 'a') &&
	    (text.data[1] == 'S' || text.data[1] == 's'))
		text = sv_skip(text, 2);
	if (!sv_to_u64(text, &number) || number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

bool
loose_asn(struct json_value v, uint32_t *ret)
{
	struct sv text;
	uint64_t number;

	if (json_u64(v, &number) && number <= UINT32_MAX) {
		*ret = (uint32_t)number;
		return true;
	}
	return json_string(v, &text) && asn_parse(text, ret);
}

bool
loose_time(struct json_value v, int64_t *ret_us)
{
	struct sv text;
	double number;

	if (json_f64(v, &number))
		return number > 0 && time_from_number(number, ret_us);
	if (!json_string(v, &text))
		return false;
	text = sv_trim(text);
	if (sv_ends(text, SV(" UTC")))
		text.len -= 4;
	if (text.len == 10 && text.data[4] == '-') { /* a date alone */
		char whole[] = "0000-00-00T00:00:00Z";

		memcpy(whole, text.data, text.len);
		return time_parse(sv_from(whole), 0, ret_us);
	}
	return time_parse(text, 0, ret_us);
}

/** "046.101.124.074": every part three digits at most, read as decimal. */
static bool
padded_v4(struct sv text, struct addr *ret)
{
	uint32_t number = 0;
	unsigned parts = 0;

	while (text.data != NULL) {
		struct sv part = sv_cut(&text, '.');
		uint64_t octet;

		if (part.len > 3 || !sv_to_u64(part, &octet) || octet > 255 || ++parts > 4)
			return false;
		number = number << 8 | (uint32_t)octet;
	}
	*ret = addr_from_v4(number);
	return parts == 4;
}

bool
loose_addr(struct sv text, struct addr *ret)
{
	text = sv_trim(text);
	return padded_v4(text, ret) || addr_parse(text, ret);
}

bool
is_about(const struct tools_question *question, struct sv address)
{
	struct addr asked, told;

	return addr_parse(question->text, &asked) && loose_addr(address, &told) &&
	       addr_cmp(asked, told) == 0;
}

void
url_encode(struct buf *out, struct sv text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '.' || c == '_' || c == '~') {
			buf_add_char(out, (char)c);
		} else {
			buf_add_char(out, '%');
			buf_add_char(out, hex[c >> 4]);
			buf_add_char(out, hex[c & 15]);
		}
	}
}
