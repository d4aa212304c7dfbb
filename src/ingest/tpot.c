/* tpot.c - documents as T-Pot's Logstash stores them (input-formats.md section 8): flat, `type` names the honeypot,
 * Cowrie's dst_* are called dest_*.
 *
 * Cowrie, ADBHoney and Suricata documents keep all fields of their logs and go to those readers. Of the others,
 * Heralding documents name their session; the rest are folded by gaps. Documents of T-Pot's own web server are not
 * attacks. P0f and Fatt only watch: what they add are client fingerprints. */
#include "ingest/generic.h"
#include "ingest/packet.h"

static const char *const TIMES[] = { "timestamp", "@timestamp", "start_time", NULL };
static const char *const SOURCES[] = { "src_ip", NULL };

static bool
recognise(const struct record *record)
{
	struct json_value j = record->json;
	struct sv type;

	if (json_exists(json_get(j, SV("t-pot_hostname"))) ||
	    json_exists(json_get(j, SV("t-pot_ip_ext"))))
		return true;
	return json_string(json_get(j, SV("type")), &type) &&
	       json_exists(json_get(j, SV("src_ip"))) && json_exists(json_get(j, SV("dest_port")));
}

/** "4:54+10:0:1460:mss*44,7:...": version, TTL as it arrived + distance, options, MSS, window. */
static enum coord_err
emit_p0f(const struct emit *e, struct json_value j)
{
	struct packet p = PACKET_INIT;
	struct sv signature, os, left, right;
	uint64_t ttl, distance;

	if (field_string(j, SV("os"), &os) && os.len > 0 && !sv_eq(os, SV("???")))
		TRY(emit_item(e, ITEM_EXTRA, 0, SV("p0f_os"), os));
	if (!field_string(j, SV("raw_sig"), &signature))
		return COORD_OK;
	sv_cut(&signature, ':');
	right = sv_cut(&signature, ':');
	left = sv_cut(&right, '+');
	if (!sv_to_u64(left, &ttl) || ttl > UINT8_MAX)
		return COORD_OK;
	if (sv_to_u64(right, &distance) && ttl + distance <= UINT8_MAX)
		ttl += distance;
	p.ttl = (int32_t)ttl;
	TRY(emit_item(e, ITEM_EXTRA, 0, SV("p0f_signature"), signature));
	return emit_text(e, TEXT_PACKET, packet_class(e->ctx, &p));
}

static enum coord_err
emit_honeytrap(const struct emit *e, struct json_value j)
{
	struct json_value payload = field_get(j, SV("attack_connection.payload"));
	struct sv text;

	if (field_string(payload, SV("md5_hash"), &text) && text.len > 0)
		TRY(emit_item(e, ITEM_EXTRA, 0, SV("payload_md5"), text));
	if (!field_string(payload, SV("data_hex"), &text) || text.len == 0)
		return COORD_OK;
	return emit_item(e, ITEM_PAYLOAD, 0, text, SV_NONE);
}

/** What the honeypot's own reader would have got: the document is read there. */
static const struct reader *
own_reader(const struct record *record)
{
	static const struct reader *const READERS[] = { &reader_cowrie, &reader_adbhoney,
		&reader_suricata };

	for (size_t i = 0; i < sizeof(READERS) / sizeof(READERS[0]); i++)
		if (READERS[i]->recognise(record))
			return READERS[i];
	return NULL;
}

static enum coord_err
read_document(struct reader_ctx *ctx, const struct record *record, struct sv type)
{
	struct emit e = emit_new(ctx, record, FOLD_GAP);
	struct json_value j = record->json;

	TRY(need_time(ctx, j, TIMES, &e.base.at_us));
	TRY(need_addr(ctx, j, SOURCES, &e.base.source));
	TRY(generic_base(&e, j));
	if (sv_eq(type, SV("Heralding")) || sv_eq(type, SV("Adbhoney"))) {
		e.base.session = value_text(ctx, field_any(j, GENERIC_IDS, NULL));
		e.base.fold = e.base.session.len > 0 ? FOLD_SESSION : FOLD_GAP;
	}
	if (sv_eq(type, SV("P0f")) || sv_eq(type, SV("Fatt")))
		e.base.connection_only = true;
	if (e.base.transport == TRANSPORT_UNKNOWN)
		e.base.transport = TRANSPORT_TCP;
	TRY(emit_connect(&e));
	TRY(emit_port(&e));
	TRY(generic_emit(&e, j));
	TRY(emit_honeytrap(&e, j));
	return emit_p0f(&e, j);
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	const struct reader *reader = own_reader(record);
	struct sv type = SV("");

	if (reader != NULL)
		return reader->read(ctx, record);
	field_string(record->json, SV("type"), &type);
	if (sv_eq(type, SV("NGINX")))
		return reader_ignore(ctx);
	return read_document(ctx, record, type);
}

const struct reader reader_tpot = {
	.name = "tpot",
	.title = "T-Pot documents of all its honeypots (JSON)",
	.json = true,
	.recognise = recognise,
	.read = read_record,
};
