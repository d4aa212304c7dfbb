/* render.c - what happened in a session, drawn from its address (actor, ordinal): the same whoever asks, whenever.
 * All events lie on whole milliseconds after the start, so that items keep their exact times. */
#include "generate/world.h"

#include <stdio.h>

enum { CONNECT_MS = 150 }; /* before it the handshake happens */

struct sv
sensor_name(const struct world *w, uint32_t sensor)
{
	static const char *const names[GENERATE_SENSORS_MOST] = { "pot-a", "pot-b", "pot-c",
		"pot-d", "pot-e", "pot-f", "pot-g", "pot-h" };

	if (w->sensor_names[sensor].data != NULL)
		return w->sensor_names[sensor];
	return sv_from(names[sensor % GENERATE_SENSORS_MOST]);
}

struct addr
sensor_address(const struct world *w, uint32_t sensor)
{
	if (w->sensor_names[sensor].data != NULL)
		return w->sensor_addresses[sensor];
	return addr_from_v4(0xc0000200u + 10 + sensor); /* 192.0.2.0/24 */
}

/* Actor and ordinal, stirred by bijections on 48 bits (odd factors, shifted xors): unique, and looking random. */
void
render_id(const struct world *w, uint32_t i, char ret[GENERATE_ID_LENGTH + 1])
{
	const struct gen_session *s = &w->sessions[i];
	uint64_t mask = (UINT64_C(1) << 48) - 1;
	uint64_t id = (uint64_t)s->actor << 24 | s->ordinal;

	id = (id * UINT64_C(0x9e3779b97f4b)) & mask;
	id ^= id >> 23;
	id = (id * UINT64_C(0xd6e8feb86659)) & mask;
	id ^= hash_mix(w->config->seed, 1) & mask;
	for (unsigned k = 0; k < GENERATE_ID_LENGTH; k++)
		ret[k] = "0123456789abcdef"[id >> (44 - 4 * k) & 15];
	ret[GENERATE_ID_LENGTH] = '\0';
}

struct rendering {
	const struct world *w;
	const struct actor *actor;
	struct rendered *to;
	struct rng rng;
	uint64_t salt; /* of the payload as this session sees it */
	uint32_t at_ms;
	uint32_t events;
};

static struct sv
keep_text(struct rendering *r, const char *text, size_t len)
{
	char *at = r->to->text + r->to->text_used;

	if (len > sizeof(r->to->text) - r->to->text_used)
		len = sizeof(r->to->text) - r->to->text_used;
	memcpy(at, text, len);
	r->to->text_used += len;
	return (struct sv){ at, len };
}

static struct session_row_item *
add_item(struct rendering *r, enum session_item_kind kind, struct sv a, struct sv b)
{
	struct session_row_item *item;

	if (r->to->row.n_items == RENDER_ITEMS_MOST)
		return &r->to->items[RENDER_ITEMS_MOST - 1];
	item = &r->to->items[r->to->row.n_items++];
	*item = (struct session_row_item){
		.a = a, .b = b, .offset_ms = r->at_ms, .kind = (uint8_t)kind
	};
	return item;
}

/* The credential that the actor tries as its n-th. */
static uint32_t
pick_credential(struct rendering *r, uint32_t n)
{
	const struct actor *a = r->actor;
	const struct wordlist *list = &r->w->lists[a->list];
	uint64_t at = (uint64_t)a->list_offset + (uint64_t)n * a->list_stride;

	switch (a->list_use) {
	case LIST_WALK:
		return list->ranks[at % list->n];
	case LIST_SUBSET:
		return list->ranks[rng_below(&r->rng, list->n)];
	case LIST_HALF:
		if (n % 2 == 0)
			return list->ranks[n / 2 % list->n];
		return draw_share(r->w->credential_shares, r->w->n_credentials, &r->rng);
	default:
		return draw_share(r->w->credential_shares, r->w->n_credentials, &r->rng);
	}
}

static struct session_row_item *
add_credential(struct rendering *r, uint32_t rank)
{
	char user[32], password[32];

	if (rank < r->w->n_real_credentials)
		return add_item(r, ITEM_CREDENTIAL, r->w->credentials[rank].user,
		    r->w->credentials[rank].password);
	vocabulary_credential(rank, user, password);
	return add_item(r, ITEM_CREDENTIAL, keep_text(r, user, strlen(user)),
	    keep_text(r, password, strlen(password)));
}

/* Tries its credentials; true when the last one let it in. */
static bool
render_logins(struct rendering *r, uint32_t ordinal)
{
	const struct actor *a = r->actor;
	bool success = rng_below(&r->rng, 100) < a->success_pct;

	for (uint32_t i = 0; i < a->attempts; i++) {
		struct session_row_item *item;

		r->at_ms += 200 + rng_below(&r->rng, 1500);
		item = add_credential(r, pick_credential(r, ordinal * a->attempts + i));
		r->events++;
		if (success && i + 1 == a->attempts)
			item->flags = ITEM_SUCCESS;
	}
	return success && a->attempts > 0;
}

static void
payload_url(const struct rendering *r, char ret[96])
{
	uint64_t h = r->salt;
	static const uint32_t documentation[] = { 0xcb007100u, 0xc6336400u };

	if (h & 1)
		snprintf(ret, 96, "http://cdn-%06x.example.net/%05x.sh",
		    (unsigned)(h >> 8 & 0xffffff), (unsigned)(h >> 40 & 0xfffff));
	else {
		char text[ADDR_TEXT_MAX];
		uint32_t host = documentation[h >> 1 & 1] + 1 + (uint32_t)(h >> 8 & 0xff) % 254;

		addr_format(addr_from_v4(host), text);
		snprintf(ret, 96, "http://%s:%u/%05x.sh", text, 1024 + (unsigned)(h >> 16 & 0x7fff),
		    (unsigned)(h >> 40 & 0xfffff));
	}
}

static void
payload_hash(const struct rendering *r, uint32_t variant, char ret[65])
{
	uint64_t words[4];

	for (unsigned i = 0; i < 4; i++)
		words[i] = hash_mix(hash_mix(r->salt, variant + 1), i);
	hex_of((const uint8_t *)words, sizeof(words), ret);
}

/* The line with its marks filled in. */
static struct sv
expand_line(struct rendering *r, const char *line, struct sv url, struct sv name)
{
	char text[2048];
	size_t used = 0;

	for (const char *c = line; *c != '\0'; c++) {
		struct sv put = *c == MARK_URL ? url : *c == MARK_NAME ? name : (struct sv){ c, 1 };

		if (used + put.len > sizeof(text))
			break;
		memcpy(text + used, put.data, put.len);
		used += put.len;
	}
	return keep_text(r, text, used);
}

static void
render_download(struct rendering *r, const struct payload *p, const char *url)
{
	uint32_t actor = (uint32_t)(r->actor - r->w->actors);
	uint32_t variant = p->mode == PAYLOAD_PER_ARCH    ? actor % 5
			   : p->mode == PAYLOAD_PER_ACTOR ? actor + 5
							  : 0;
	char hash[65];

	r->at_ms += 300 + rng_below(&r->rng, 2000);
	payload_hash(r, variant, hash);
	add_item(r, ITEM_URL, keep_text(r, url, strlen(url)), SV_NONE);
	add_item(r, ITEM_FILE_HASH, keep_text(r, hash, 64), SV_NONE);
	r->events++;
}

/* A member's own version of line i: the same in all its sessions. Lines that carry an artefact stay. */
static const char *
mutate_line(const struct rendering *r, const struct script *s, uint32_t i)
{
	uint32_t actor = (uint32_t)(r->actor - r->w->actors);
	struct rng rng = rng_at(r->w->config->seed, STAGE_MUTATION, actor, i);
	const char *line = s->lines[i];

	if (r->actor->mutated <= 0.0 || strchr(line, MARK_URL) != NULL || strlen(line) > 200)
		return line;
	return rng_uniform(&rng) < r->actor->mutated ? vocabulary_line(r->w, &rng) : line;
}

/* Common lines between those of the script, `padding` a session on average. */
static void
render_padding(struct rendering *r, uint32_t gaps)
{
	uint32_t n =
	    r->actor->padding == 0 ? 0 : (r->actor->padding + rng_below(&r->rng, gaps)) / gaps;

	for (uint32_t i = 0; i < n; i++) {
		r->at_ms += 100 + rng_below(&r->rng, 900);
		add_item(r, ITEM_COMMAND, sv_from(vocabulary_line(r->w, &r->rng)), SV_NONE);
		r->events++;
	}
}

static void
render_script(struct rendering *r, uint32_t ordinal)
{
	const struct script *s = &r->w->scripts[r->actor->script];
	uint32_t actor = (uint32_t)(r->actor - r->w->actors);
	/* an order of its own is a rotation by actor, which keeps most neighbours */
	uint32_t turn = r->actor->reordered ? actor % s->n : 0;
	char url[96] = "", name[16];

	r->salt = s->payload.salt;
	if (s->payload.url != URL_ONE || s->payload.mode == PAYLOAD_PER_ACTOR) {
		/* the seed: actor 5 of another world of the same site is somebody else */
		r->salt = hash_mix(r->salt, r->w->config->seed);
		r->salt =
		    hash_mix(r->salt, hash_mix(actor, s->payload.url == URL_ROTATES ? ordinal : 0));
	}
	payload_url(r, url);
	snprintf(name, sizeof(name), ".%08x", rng_u32(&r->rng));
	for (uint32_t i = 0; i < s->n; i++) {
		const char *line = mutate_line(r, s, (i + turn) % s->n);
		bool fetches = strchr(line, MARK_URL) != NULL;
		bool marked = fetches || strchr(line, MARK_NAME) != NULL;

		render_padding(r, s->n);
		r->at_ms += 100 + rng_below(&r->rng, 900);
		add_item(r, ITEM_COMMAND,
		    marked ? expand_line(r, line, sv_from(url), sv_from(name)) : sv_from(line),
		    SV_NONE);
		r->events++;
		if (fetches)
			render_download(r, &s->payload, url);
	}
}

void
render_session(const struct world *w, uint32_t i, struct rendered *ret)
{
	const struct gen_session *s = &w->sessions[i];
	const struct actor *a = &w->actors[s->actor];
	const struct tool *tool = &w->tools[a->tool];
	struct session_row *row = &ret->row;
	struct rendering r = { .w = w, .actor = a, .to = ret, .at_ms = CONNECT_MS };

	r.rng = rng_at(w->config->seed, STAGE_SESSION, s->actor, s->ordinal);
	ret->text_used = 0;
	render_id(w, i, ret->id);
	*row = (struct session_row){ .source = a->source,
		.destination = sensor_address(w, s->sensor),
		.start_us = s->start_us,
		.source_port = (uint16_t)(32768 + rng_below(&r.rng, 28000)),
		.target_port = tool->service == SERVICE_SSH ? 22 : 23,
		.transport = TRANSPORT_TCP,
		.service = tool->service,
		.flags = SESSION_CLOSED | SESSION_HAS_CONNECT,
		.items = ret->items };
	row->text[TEXT_ID] = sv_from(ret->id);
	row->text[TEXT_SENSOR] = sensor_name(w, s->sensor);
	if (row->text[TEXT_SENSOR].len == 0)
		row->text[TEXT_SENSOR] = SV_NONE;
	row->text[TEXT_PROTOCOL] = tool->service == SERVICE_SSH ? SV("ssh") : SV("telnet");
	row->text[TEXT_FORMAT] = SV("cowrie");
	r.events = 2; /* connect and closed */
	if (tool->service == SERVICE_SSH)
		r.events += 2;
	if (tool->banner[0] != '\0')
		row->text[TEXT_BANNER] = sv_from(tool->banner);
	if (tool->hassh[0] != '\0')
		row->text[TEXT_HASSH] = sv_from(tool->hassh);
	if (w->real_networks != NULL) {
		const struct real_network *home = &w->real_networks[network_of(a->asn)];

		row->asn = home->asn;
		row->text[TEXT_COUNTRY] = home->country;
		row->text[TEXT_AS_ORG] = home->as_org;
	}
	if (render_logins(&r, s->ordinal) && a->script != NO_INDEX)
		render_script(&r, s->ordinal);
	r.at_ms += 50 + rng_below(&r.rng, 3000);
	row->events = r.events;
	row->duration_us = (int64_t)r.at_ms * 1000;
	row->end_us = row->start_us + row->duration_us;
}
