/* wallet.c - addresses of crypto-currencies; see wallet.h.
 * Monero's checksum is the original Keccak-256 (FIPS 202 pads differently), which no library of ours offers; it is here,
 * straight from the Keccak reference (Bertoni, Daemen, Peeters, Van Assche 2011), for messages of one block. */
#include "detect/text/wallet.h"

#include "base/base.h"

enum { BTC_MIN = 26, BTC_MAX = 35, BECH32_MAX = 90, MONERO_LEN = 95, MONERO_INTEGRATED = 106 };

static int
base58_value(char c)
{
	static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	const char *at = c == '\0' ? NULL : strchr(alphabet, c);

	return at == NULL ? -1 : (int)(at - alphabet);
}

static bool
is_bitcoin_base58(struct sv word)
{
	uint8_t number[25] = { 0 }, digest[32];

	if (word.len < BTC_MIN || word.len > BTC_MAX ||
	    (word.data[0] != '1' && word.data[0] != '3'))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		int carry = base58_value(word.data[i]);

		if (carry < 0)
			return false;
		for (size_t k = sizeof(number); k-- > 0;) {
			carry += 58 * number[k];
			number[k] = (uint8_t)(carry & 0xff);
			carry >>= 8;
		}
		if (carry != 0)
			return false;
	}
	if (number[0] != 0 && number[0] != 5)
		return false;
	sha256_of(number, 21, digest);
	sha256_of(digest, sizeof(digest), digest);
	return memcmp(digest, number + 21, 4) == 0;
}

/** One step of the BCH code of BIP 173. */
static uint32_t
bech32_step(uint32_t sum, uint32_t value)
{
	static const uint32_t generator[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
		0x2a1462b3 };
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (int i = 0; i < 5; i++)
		sum ^= (top >> i & 1) != 0 ? generator[i] : 0;
	return sum;
}

static bool
is_bitcoin_bech32(struct sv word)
{
	static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	static const uint32_t prefix[] = { 'b' >> 5, 'c' >> 5, 0, 'b' & 31, 'c' & 31 };
	uint32_t sum = 1;

	if (word.len < 14 || word.len > BECH32_MAX || !sv_starts(word, SV("bc1")))
		return false;
	for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++)
		sum = bech32_step(sum, prefix[i]);
	for (size_t i = 3; i < word.len; i++) {
		const char *at = word.data[i] == '\0' ? NULL : strchr(alphabet, word.data[i]);

		if (at == NULL)
			return false;
		sum = bech32_step(sum, (uint32_t)(at - alphabet));
	}
	return sum == 1 || sum == 0x2bc830a3;
}

static uint64_t
rotate(uint64_t v, unsigned n)
{
	return n == 0 ? v : v << n | v >> (64 - n);
}

static void
keccak_round(uint64_t lane[25], uint64_t constant)
{
	static const uint8_t offsets[25] = { 0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39,
		41, 45, 15, 21, 8, 18, 2, 61, 56, 14 };
	uint64_t column[5], moved[25];

	for (size_t x = 0; x < 5; x++)
		column[x] = lane[x] ^ lane[x + 5] ^ lane[x + 10] ^ lane[x + 15] ^ lane[x + 20];
	for (size_t i = 0; i < 25; i++)
		lane[i] ^= column[(i + 4) % 5] ^ rotate(column[(i + 1) % 5], 1);
	for (size_t i = 0; i < 25; i++) {
		size_t x = i % 5, y = i / 5;

		moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(lane[i], offsets[i]);
	}
	for (size_t i = 0; i < 25; i++) {
		size_t row = i - i % 5;

		lane[i] = moved[i] ^ (~moved[row + (i + 1) % 5] & moved[row + (i + 2) % 5]);
	}
	lane[0] ^= constant;
}

/** Keccak-256 of at most KECCAK_MAX bytes: one block of rate 136, padding 0x01 ... 0x80. */
static void
keccak256(const uint8_t *data, size_t len, uint8_t ret[32])
{
	uint64_t lane[25] = { 0 };
	uint8_t block[136] = { 0 }, shift = 1;

	memcpy(block, data, len);
	block[len] = 0x01;
	block[135] |= 0x80;
	memcpy(lane, block, sizeof(block));
	for (int round = 0; round < 24; round++) {
		uint64_t constant = 0;

		for (unsigned j = 0; j < 7; j++) { /* the LFSR x^8 + x^6 + x^5 + x^4 + 1 */
			constant |= (uint64_t)(shift & 1) << ((1u << j) - 1);
			shift = (uint8_t)(shift << 1 ^ ((shift & 0x80) != 0 ? 0x71 : 0));
		}
		keccak_round(lane, constant);
	}
	memcpy(ret, lane, 32);
}

/** One block of Monero's Base58: 11 characters are 8 bytes, 7 are 5 (the last block). */
static bool
monero_block(const char *text, size_t n, uint8_t *ret, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		int digit = base58_value(text[i]);

		if (digit < 0 || value > (UINT64_MAX - (unsigned)digit) / 58)
			return false;
		value = value * 58 + (uint64_t)digit;
	}
	if (bytes < 8 && value >> (8 * bytes) != 0)
		return false;
	for (size_t i = bytes; i-- > 0; value >>= 8)
		ret[i] = (uint8_t)(value & 0xff);
	return true;
}

/** Network byte 18 (standard), 42 (sub-address) or 19 (integrated), two keys, 4 bytes of checksum. */
static bool
is_monero(struct sv word)
{
	uint8_t raw[80], digest[32];
	size_t blocks = word.len / 11, tail = word.len % 11, body;

	if ((word.len != MONERO_LEN && word.len != MONERO_INTEGRATED) || tail != 7)
		return false;
	for (size_t i = 0; i < blocks; i++)
		if (!monero_block(word.data + 11 * i, 11, raw + 8 * i, 8))
			return false;
	if (!monero_block(word.data + 11 * blocks, 7, raw + 8 * blocks, 5))
		return false;
	body = 8 * blocks + 5 - 4;
	if (word.len == MONERO_LEN ? raw[0] != 18 && raw[0] != 42 : raw[0] != 19)
		return false;
	keccak256(raw, body, digest);
	return memcmp(digest, raw + body, 4) == 0;
}

static bool
is_ethereum(struct sv word)
{
	size_t kinds = 0;
	bool seen[16] = { false };

	if (word.len != 42 || !sv_starts(word, SV("0x")))
		return false;
	for (size_t i = 2; i < word.len; i++) {
		char c = (char)(word.data[i] | 32);
		int v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (v < 0 || (word.data[i] < '0'))
			return false;
		kinds += !seen[v];
		seen[v] = true;
	}
	return kinds >= 6;
}

bool
wallet_is_address(struct sv word)
{
	return is_bitcoin_base58(word) || is_bitcoin_bech32(word) || is_monero(word) ||
	       is_ethereum(word);
}
