/* wallet.h - addresses of crypto-currencies by checksum or strict shape (private to artefacts). */
#ifndef COORD_DETECT_WALLET_H
#define COORD_DETECT_WALLET_H

#include <stdbool.h>

#include "base/sv.h"

/** Bitcoin: Base58Check with version 0 or 5, or bech32/bech32m (BIP 173, 350) with "bc". Monero: 95 or 106 characters
 *  of Base58 with the network byte of a main-net address. Ethereum: 0x and 40 hex digits, not all alike. */
bool wallet_is_address(struct sv word);

#endif
