/* wallet.h - addresses of crypto-currencies by checksum (private to artefacts). */
#ifndef COORD_DETECT_WALLET_H
#define COORD_DETECT_WALLET_H

#include <stdbool.h>

#include "base/sv.h"

/** By checksum: Bitcoin, Base58Check with version 0 or 5, or bech32/bech32m (BIP 173, 350) with "bc"; Monero, standard,
 *  sub-address and integrated, main net. By shape: Ethereum, 0x and 40 hex digits with six or more different ones. */
bool wallet_is_address(struct sv word);

#endif
