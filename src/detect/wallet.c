/* wallet.c - addresses of crypto-currencies; see wallet.h.
 * Monero's checksum is the original Keccak, which no library of ours offers: its address is judged by length, alphabet,
 * network byte and the canonical size of its last block, which a random word of that length passes once in 1e5. */
#include "detect/wallet.h"

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

/** Network bytes 18 and 19 give 4[0-9A-C]; 42, a sub-address, gives 8[2-9A-D]. */
static bool
is_monero(struct sv word)
{
	if (word.len != MONERO_LEN && word.len != MONERO_INTEGRATED)
		return false;
	if (word.data[0] == '4'   ? strchr("0123456789ABC", word.data[1]) == NULL
	    : word.data[0] == '8' ? strchr("23456789ABCD", word.data[1]) == NULL
				  : true)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (base58_value(word.data[i]) < 0 && i > 1)
			return false;
	return word.data[1] != '\0';
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
