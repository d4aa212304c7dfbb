/* adbhoney.c - ADBHoney (Android Debug Bridge honeypot) logs as Cowrie does, with dest_ip and dest_port, the port and the
 * duration as strings, and no protocol. */
#include "ingest/cowrie.h"

static bool
adbhoney_recognise(const struct record *record)
{
	struct sv event;

	return json_string(record_get(record, SV("eventid")), &event) &&
	       sv_starts(event, SV("adbhoney."));
}

static enum coord_err
adbhoney_read(struct reader_ctx *ctx, const struct record *record)
{
	return cowrie_read_as(ctx, record, sizeof("adbhoney.") - 1, SV("adb"));
}

const struct reader reader_adbhoney = {
	.name = "adbhoney",
	.title = "ADBHoney JSON events (Android Debug Bridge honeypot)",
	.json = true,
	.recognise = adbhoney_recognise,
	.read = adbhoney_read,
};
