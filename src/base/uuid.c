/* uuid.c - see uuid.h. */
#include "base/uuid.h"

#include <string.h>

#include "base/hash.h"

void
uuid_text(const uint8_t bytes[16], unsigned version, char ret[UUID_TEXT])
{
	uint8_t raw[16];
	char hex[33];
	char *at = ret;

	memcpy(raw, bytes, sizeof(raw));
	raw[6] = (uint8_t)((raw[6] & 0x0f) | version << 4);
	raw[8] = (uint8_t)((raw[8] & 0x3f) | 0x80);
	hex_of(raw, sizeof(raw), hex);
	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = hex[2 * i];
		*at++ = hex[2 * i + 1];
	}
	*at = 0;
}

void
uuid_of_moment(const uint8_t random[16], uint64_t ms, char ret[UUID_TEXT])
{
	uint8_t raw[16];

	memcpy(raw, random, sizeof(raw));
	for (unsigned i = 0; i < 4; i++)
		raw[i] = (uint8_t)(ms >> (24 - 8 * i));
	uuid_text(raw, 4, ret);
}
