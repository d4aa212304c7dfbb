/* packet.h - the first packet of a connection as a firewall saw it (private to ingest/): text logs, CSV tables and
 * submissions differ only in how they write it down. */
#ifndef COORD_INGEST_PACKET_H
#define COORD_INGEST_PACKET_H

#include "ingest/emit.h"

enum { PACKET_UNKNOWN = -1 };

struct packet {
	int64_t at_us;
	struct sv sensor;
	struct addr source, destination;
	struct sv protocol;  /* name or number; absent: unknown */
	int32_t source_port; /* PACKET_UNKNOWN when absent, here and below */
	int32_t target_port;
	int32_t icmp_type;
	int32_t ttl, window, ip_id, length;
};

#define PACKET_INIT                          \
	((struct packet){ .source_port = -1, \
	    .target_port = -1,               \
	    .icmp_type = -1,                 \
	    .ttl = -1,                       \
	    .window = -1,                    \
	    .ip_id = -1,                     \
	    .length = -1 })

/** A connection-only event folded by gaps, its PORT item and its header-field class. */
MUST_CHECK enum coord_err packet_emit(
    struct reader_ctx *ctx, const struct record *record, const struct packet *packet);
/** "ttl:64 win:64240 id:var len:60": what is unknown is left out; absent when nothing is known. */
struct sv packet_class(struct reader_ctx *ctx, const struct packet *packet);

#endif
