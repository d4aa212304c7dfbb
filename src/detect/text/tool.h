/* tool.h - the tool family of a session: with the service, the stratum in which a session is compared.
 *
 * A tool is shared by many actors, so it is the background against which a campaign has to stand out, never evidence of
 * one (methods.md sections 5 and 6; Ghiette et al. 2019 found 49 tools behind 35 million attempts). First that applies:
 *   "hassh:<32 hex>"   the client's key-exchange fingerprint
 *   "banner:libssh2"   the client banner, version numbers taken off
 *   "agent:zgrab"      the user agent's family
 *   "ja4:<text>"       the TLS fingerprint
 *   "packet:<class>"   header-field class of the packets
 *   ""                 nothing known (Telnet)
 * Pure. Cost linear in the fields read. */
#ifndef COORD_DETECT_TOOL_H
#define COORD_DETECT_TOOL_H

#include <stdint.h>

#include "base/sv.h"

struct arena;
struct session_table;

/** The family of row `row`; lies in scratch or in static storage. Never absent. */
struct sv tool_family(const struct session_table *table, uint32_t row, struct arena *scratch);
/** "SSH-2.0-libssh2_1.8.0" -> "libssh2", "SSH-2.0-OpenSSH_7.9p1 Raspbian-10+deb10u2" -> "OpenSSH Raspbian". In scratch. */
struct sv tool_of_banner(struct sv banner, struct arena *scratch);
/** "Mozilla/5.0 zgrab/0.x" -> "zgrab"; "Mozilla/5.0 (Windows NT 10.0 ...) Chrome/77.0" -> "browser Chrome Windows";
 *  anything else: its first product name without version. In scratch or static. */
struct sv tool_of_agent(struct sv agent, struct arena *scratch);

#endif
