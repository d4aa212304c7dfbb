/* packet.c - see packet.h.
 *
 * The header-field class is what a tool leaves in its packets: the initial TTL (guessed as the next of 32, 64, 128, 255
 * above what arrived), the TCP window, the packet length, and whether the IP ID is ZMap's 54321, zero, or anything. */
#include "ingest/packet.h"

enum { ZMAP_IP_ID = 54321 };

static int
initial_ttl(int32_t ttl)
{
	if (ttl <= 32)
		return 32;
	if (ttl <= 64)
		return 64;
	return ttl <= 128 ? 128 : 255;
}

static const char *
ip_id_class(int32_t id)
{
	if (id == 0)
		return "zero";
	return id == ZMAP_IP_ID ? "zmap" : "var";
}

struct sv
packet_class(struct reader_ctx *ctx, const struct packet *p)
{
	char parts[4][24] = { "", "", "", "" };
	struct sv text;

	if (p->ttl >= 0)
		snprintf(parts[0], sizeof(parts[0]), " ttl:%d", initial_ttl(p->ttl));
	if (p->window >= 0)
		snprintf(parts[1], sizeof(parts[1]), " win:%d", (int)p->window);
	if (p->ip_id >= 0)
		snprintf(parts[2], sizeof(parts[2]), " id:%s", ip_id_class(p->ip_id));
	if (p->length >= 0)
		snprintf(parts[3], sizeof(parts[3]), " len:%d", (int)p->length);
	text = emit_format(ctx, "%s%s%s%s", parts[0], parts[1], parts[2], parts[3]);
	return text.len == 0 ? SV_NONE : sv_skip(text, 1);
}

/** "icmp/8": an ICMP packet has a type where others have a port; protocols without either are named alone. */
static enum coord_err
emit_target(const struct emit *e, const struct packet *p)
{
	if (e->base.transport == TRANSPORT_ICMP && p->icmp_type >= 0)
		return emit_item(
		    e, ITEM_PORT, 0, emit_format(e->ctx, "icmp/%d", (int)p->icmp_type), SV_NONE);
	if (p->target_port < 0 && e->base.transport == TRANSPORT_OTHER)
		return emit_item(e, ITEM_PORT, 0, e->base.protocol, SV_NONE);
	if (p->target_port < 0)
		return COORD_OK; /* a fragment */
	if (e->base.transport == TRANSPORT_UNKNOWN)
		return emit_port(e);
	/* port 0 is a probe like any other here; redirects are never seen by a firewall */
	return emit_item(e, ITEM_PORT, 0,
	    emit_format(e->ctx, "%.*s/%d", SV_ARG(e->base.protocol), (int)p->target_port), SV_NONE);
}

enum coord_err
packet_emit(struct reader_ctx *ctx, const struct record *record, const struct packet *p)
{
	struct emit e = emit_new(ctx, record, FOLD_GAP);

	e.base.at_us = p->at_us;
	e.base.sensor = p->sensor;
	e.base.source = p->source;
	e.base.destination = p->destination;
	e.base.transport = (uint8_t)transport_of(p->protocol);
	e.base.protocol = transport_token(ctx, p->protocol);
	e.base.connection_only = true;
	if (p->source_port > 0)
		e.base.source_port = (uint16_t)p->source_port;
	if (p->target_port > 0)
		e.base.target_port = (uint16_t)p->target_port;
	TRY(emit_connect(&e));
	TRY(emit_target(&e, p));
	return emit_text(&e, TEXT_PACKET, packet_class(ctx, p));
}
