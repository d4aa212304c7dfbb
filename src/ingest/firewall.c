/* firewall.c - netfilter log lines: the DShield sensor's dshield.log, UFW and iptables through syslog.
 *
 *   1753696800 pi1 kernel:[48469.251880]  DSHIELDINPUT IN=eth0 OUT= MAC=... SRC=... DST=... LEN=60 ... PROTO=TCP ...
 *   Jul 28 10:00:00 host kernel: [48469.251880] [UFW BLOCK] IN=eth0 OUT= MAC=... SRC=... DST=... LEN=40 ...
 *   2025-07-28T10:00:00.123456+02:00 host kernel: iptables-drop: IN=eth0 OUT= SRC=... DST=... LEN=40 ...
 *
 * The head is a time (epoch, syslog's without a year, or RFC 3339) and the host; whatever stands before "IN=" is the
 * kernel's clock and the rule's prefix. Of a key that comes twice (LEN of UDP) the first counts: the outer header. An
 * ICMP error carries the header of another packet in [...]: reading ends there. Lines without an incoming interface are
 * packets the host itself sent. */
#include "ingest/packet.h"

enum key {
	KEY_SRC,
	KEY_DST,
	KEY_LEN,
	KEY_TTL,
	KEY_ID,
	KEY_PROTO,
	KEY_SPT,
	KEY_DPT,
	KEY_TYPE,
	KEY_WINDOW,
	KEY_IN,
	KEY_HOPLIMIT,
	KEY_COUNT
};

static const char *const KEYS[KEY_COUNT] = { "SRC", "DST", "LEN", "TTL", "ID", "PROTO", "SPT",
	"DPT", "TYPE", "WINDOW", "IN", "HOPLIMIT" };

struct fields {
	struct sv value[KEY_COUNT];
	bool partial; /* a fragment, or a packet cut short: no ports to be expected */
};

/** Where the keys begin: at "IN=", or at "SRC=" in a line without. SIZE_MAX: nowhere. */
static size_t
find_body(struct sv line)
{
	size_t at = sv_find(line, SV("IN="));

	return at != SIZE_MAX ? at : sv_find(line, SV("SRC="));
}

/** Attackers write what they like into user names and paths: a row of a table that quotes a firewall line is none. What
 *  stands before the keys was written by the host, without commas, quotes and tabs. */
static bool
is_head(struct sv head)
{
	for (size_t i = 0; i < head.len; i++)
		if (strchr(",;|\"'\t", head.data[i]) != NULL)
			return false;
	return head.len > 0;
}

static bool
recognise(const struct record *record)
{
	struct sv line = record->line;
	size_t mark, body;

	if (json_exists(record->json))
		return false;
	mark = sv_find(line, SV("DSHIELDINPUT"));
	if (mark == SIZE_MAX && (!sv_has(line, SV(" SRC=")) || !sv_has(line, SV(" PROTO="))))
		return false;
	body = find_body(line);
	return is_head(sv_first(line, mark < body ? mark : body));
}

static uint64_t
offset_in(struct sv line, struct sv part)
{
	return part.data == NULL ? 0 : (uint64_t)(part.data - line.data);
}

static void
fields_add(struct fields *f, struct sv token)
{
	struct sv value = token;
	struct sv key = sv_cut(&value, '=');

	if (sv_starts(token, SV("FRAG:")) || sv_eq(token, SV("INCOMPLETE")))
		f->partial = true;
	if (value.data == NULL)
		return;
	for (unsigned i = 0; i < KEY_COUNT; i++)
		if (f->value[i].data == NULL && sv_eq(key, sv_from(KEYS[i])))
			f->value[i] = value;
}

static struct fields
fields_parse(struct sv body)
{
	struct fields f = { .partial = false };

	while (body.data != NULL) {
		struct sv token = sv_cut(&body, ' ');

		if (sv_starts(token, SV("[SRC=")))
			break;
		fields_add(&f, token);
	}
	return f;
}

/** A time of one word, or "2025-07-28 10:00:00" of two. */
static struct sv
cut_time(struct sv *rest)
{
	bool two = rest->len > 10 && rest->data[4] == '-' && rest->data[10] == ' ';
	struct sv tail = two ? sv_skip(*rest, 11) : *rest;
	struct sv word = sv_cut(&tail, ' ');
	struct sv stamp = sv_first(*rest, word.len + (two ? 11 : 0));

	*rest = tail;
	return stamp;
}

/** "Jul 28 10:00:00", two blanks before a one-digit day. */
static bool
head_is_syslog(struct sv head)
{
	return head.len >= 15 && head.data[3] == ' ' && head.data[6] == ' ' &&
	       head.data[9] == ':' && head.data[12] == ':';
}

static enum coord_err
parse_head(struct reader_ctx *ctx, struct sv line, struct packet *p)
{
	struct sv rest = line;
	struct sv stamp;

	if (sv_starts(rest, SV("<")) && sv_find_char(rest, '>') < 6)
		rest = sv_skip(rest, sv_find_char(rest, '>') + 1);
	if (head_is_syslog(rest)) {
		stamp = sv_first(rest, 15);
		rest = sv_skip(rest, 15);
		if (!time_parse_syslog(
			stamp, reader_year(ctx), reader_options(ctx)->zone_offset_us, &p->at_us))
			return reader_refuse(ctx, REFUSED_TIME_INVALID, offset_in(line, stamp),
			    "time: expected \"Mon dd hh:mm:ss\", got \"%.*s\"", SV_ARG(stamp));
		reader_assume_zone(ctx);
	} else {
		stamp = cut_time(&rest);
		TRY(need_time_text(ctx, "time", offset_in(line, stamp), stamp, &p->at_us));
	}
	rest = sv_trim(rest);
	stamp = sv_cut(&rest, ' ');
	if (!sv_starts(stamp, SV("kernel:")) && !sv_has(stamp, SV("=")))
		p->sensor = stamp;
	return COORD_OK;
}

/** An optional number from 0 to `most`; anything else leaves it unknown: header fields never refuse a line. */
static int32_t
number_of(struct sv text, uint64_t most)
{
	uint64_t value;

	return sv_to_u64(text, &value) && value <= most ? (int32_t)value : PACKET_UNKNOWN;
}

static enum coord_err
parse_port(
    struct reader_ctx *ctx, struct sv line, const struct fields *f, enum key key, int32_t *ret)
{
	struct sv text = f->value[key];
	uint16_t port = 0;

	if (text.len == 0)
		return COORD_OK;
	TRY(check_port_text(ctx, KEYS[key], offset_in(line, text), text, &port));
	*ret = port;
	return COORD_OK;
}

static enum coord_err
parse_fields(struct reader_ctx *ctx, struct sv line, const struct fields *f, struct packet *p)
{
	const struct sv *v = f->value;
	enum session_transport transport;

	TRY(need_addr_text(ctx, "SRC", offset_in(line, v[KEY_SRC]), v[KEY_SRC], &p->source));
	TRY(need_addr_text(ctx, "DST", offset_in(line, v[KEY_DST]), v[KEY_DST], &p->destination));
	if (v[KEY_PROTO].len == 0)
		return reader_refuse(ctx, REFUSED_FIELD_MISSING, line.len,
		    "PROTO: expected a protocol, got nothing");
	p->protocol = v[KEY_PROTO];
	transport = transport_of(p->protocol);
	TRY(parse_port(ctx, line, f, KEY_SPT, &p->source_port));
	TRY(parse_port(ctx, line, f, KEY_DPT, &p->target_port));
	if ((transport == TRANSPORT_TCP || transport == TRANSPORT_UDP) && !f->partial &&
	    p->target_port < 0)
		return reader_refuse(
		    ctx, REFUSED_FIELD_MISSING, line.len, "DPT: expected a port, got nothing");
	p->icmp_type = number_of(v[KEY_TYPE], UINT8_MAX);
	p->ttl = number_of(v[KEY_TTL].len > 0 ? v[KEY_TTL] : v[KEY_HOPLIMIT], UINT8_MAX);
	p->window = number_of(v[KEY_WINDOW], UINT16_MAX);
	p->ip_id = number_of(v[KEY_ID], UINT16_MAX);
	p->length = number_of(v[KEY_LEN], UINT16_MAX);
	return COORD_OK;
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct packet p = PACKET_INIT;
	struct sv line = record->line;
	size_t body = find_body(line);
	struct fields f;

	if (body == SIZE_MAX)
		return reader_refuse(
		    ctx, REFUSED_FIELD_MISSING, line.len, "SRC: expected an address, got nothing");
	f = fields_parse(sv_skip(line, body));
	if (f.value[KEY_IN].data != NULL && f.value[KEY_IN].len == 0)
		return reader_ignore(ctx);
	if (sv_has(sv_first(line, body), SV("[UFW AUDIT]")))
		return reader_ignore(ctx); /* logged once more under the rule that decided */
	TRY(parse_head(ctx, line, &p));
	TRY(parse_fields(ctx, line, &f, &p));
	return packet_emit(ctx, record, &p);
}

const struct reader reader_firewall = {
	.name = "firewall",
	.title = "firewall log lines: dshield.log, UFW and iptables syslog",
	.json = false,
	.recognise = recognise,
	.read = read_record,
};
