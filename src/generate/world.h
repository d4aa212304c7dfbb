/* world.h - private to room generate: the world that families build and writers read.
 *
 * A world is vocabulary (tools, credentials, wordlists, scripts), a clock (how busy each stratum is at each time),
 * actors, and sessions. A session is only a time, an actor and a number; what happened in it is drawn from its address
 * when it is rendered, so a million sessions need little memory.
 * Adding to a world cannot fail in place: a world that ran out of memory says so once, in `failed`. */
#ifndef COORD_GENERATE_WORLD_H
#define COORD_GENERATE_WORLD_H

#include "generate/deck.h"
#include "generate/generate.h"

/** The use of each random stream. The replicate is the group (0: background), the item what is drawn for. */
enum generate_stage {
	STAGE_VOCABULARY = 0x47000001,
	STAGE_CLOCK,
	STAGE_ACTOR,
	STAGE_TIMES,
	STAGE_PARAMETERS,
	STAGE_SESSION,
	STAGE_MUTATION,
	STAGE_ARTEFACT,
	STAGE_ADDRESS,
	STAGE_WEIGHT,
	STAGE_HYPERCUBE,
};

#define NO_INDEX UINT32_MAX

enum {
	TOOLS = 48, /* strata: a tool belongs to one service */
	LISTS_PUBLIC = 16,
	SCRIPTS_PUBLIC = 60,
	SCRIPT_LEAKED = 3, /* the bot whose source everybody has (HN3) */
	SCRIPT_POPULAR =
	    SCRIPTS_PUBLIC, /* the one with a public payload (HN8), besides the others */
	ZONES = 4,
	NETWORKS = 200,
	CREDENTIALS = 6000,
	NEWCOMER_CLASSES =
	    TOOLS + 2, /* of a real background: a common tool, the other tools of a service */
	LINES_MOST = 24
};

/* Marks inside a script's lines, filled in when a session is rendered. */
#define MARK_URL '\001'  /* the payload's URL */
#define MARK_NAME '\002' /* a random file name, new in each session */

struct tool {
	char banner[256]; /* "" for Telnet */
	char algorithms[160];
	char hassh[33];
	uint8_t service;
	uint8_t list, script; /* the public list and script that come with it */
	double amplitude;     /* of its day */
};

/** Ranks of credentials in the order they are tried. */
struct wordlist {
	uint32_t *ranks;
	uint32_t n;
};

enum payload_mode { PAYLOAD_NONE, PAYLOAD_ONE, PAYLOAD_PER_ARCH, PAYLOAD_PER_ACTOR };

/** A file that a script fetches. */
struct payload {
	enum payload_mode mode;
	enum url_mode { URL_ONE, URL_PER_ACTOR, URL_ROTATES } url;
	uint64_t salt; /* names host, path and content */
};

struct script {
	const char *lines[LINES_MOST];
	uint32_t n;
	struct payload payload;
};

enum list_use {
	LIST_WALK, /* in order from an offset with a stride: partition, or everybody from the top */
	LIST_SUBSET, /* random entries of the list */
	LIST_ZIPF,   /* random entries of the whole vocabulary by popularity */
	LIST_HALF    /* every second entry from the list, the others by popularity */
};

struct actor {
	struct addr source;
	uint32_t asn;
	uint32_t group, part; /* as in generate_label */
	uint32_t tool, list, script;
	uint32_t list_offset, list_stride;
	double mutated;      /* share of script lines changed, the same in every session */
	uint8_t zone;        /* of its day, 0..ZONES-1 */
	uint8_t list_use;    /* enum list_use */
	uint8_t attempts;    /* credentials a session; 0: only connects */
	uint8_t success_pct; /* sessions whose last attempt lets it in */
	uint8_t sensor_mask; /* sensors it knows */
	uint8_t padding; /* common lines put between those of the script, new ones each session */
	bool reordered;  /* script lines in an order of its own */
};

struct gen_session {
	int64_t start_us;
	uint32_t actor;
	uint32_t ordinal; /* the actor's 0th, 1st ... session, in order of time */
	uint8_t sensor;
};

/** How busy every stratum is: cumulative shares over bins, one row for each (tool, zone). */
struct clock {
	uint32_t bins;
	int64_t bin_us;
	double *shares; /* [tool][zone][bins + 1], 0 .. 1 */
};

/** Something wrong with a sensor's log, for every session it has in [from_us, to_us). */
struct fault {
	enum fault_kind {
		FAULT_SILENCE, /* never logged */
		FAULT_STEP,    /* the clock is by_us ahead */
		FAULT_BATCH    /* stamped when the batch was flushed, every by_us */
	} kind;
	uint32_t sensor;
	int64_t from_us, to_us, by_us;
};

struct credential_text {
	struct sv user, password;
};

/** A /16 of the real population, whose free addresses plants may have. */
struct real_network {
	uint32_t base; /* host order */
	uint32_t asn;  /* 0: unknown */
	struct sv country, as_org;
};

struct world {
	const struct generate_config *config;
	/* modes R and N, else NULL: the background; in mode N it is null_copy */
	const struct session_table *real;
	struct session_table null_copy;
	uint32_t n_real_sources;
	struct arena *arena;
	uint64_t site; /* the seed of everything that is normal here */
	struct generate_profile profile;
	int64_t start_us, span_us;
	uint32_t sensors;
	bool failed; /* out of memory somewhere: nothing more is added */

	struct tool tools[TOOLS];
	double tool_shares[TOOLS + 1]; /* cumulative */
	double credential_shares[CREDENTIALS + 1];
	double script_shares[SCRIPTS_PUBLIC + 1];
	double network_shares[NETWORKS + 1]; /* of the invented ones */
	double zone_shares[ZONES + 1];
	uint32_t n_tools;     /* that the background uses; the first of `tools` */
	uint32_t tool_leaked; /* the commonest Telnet tool; it brings SCRIPT_LEAKED */
	uint32_t n_credentials, n_networks;
	/* learnt from a real background (real.c) */
	uint64_t tool_keys[TOOLS];
	struct credential_text *credentials; /* the first ranks; the others are invented */
	uint32_t n_real_credentials;
	const char **lines; /* NULL: the invented ones */
	double *line_shares;
	uint32_t n_lines;
	struct script *real_scripts; /* the first public ones */
	uint32_t n_real_scripts;
	struct real_network *real_networks; /* NULL: the invented ones */
	struct deck homes;                  /* of real networks, one for each source */
	struct newcomers *newcomers;        /* NULL: the background is invented */
	struct sv sensor_names[GENERATE_SENSORS_MOST];
	struct addr sensor_addresses[GENERATE_SENSORS_MOST];
	struct wordlist *lists;
	uint32_t n_lists, cap_lists;
	struct script *scripts;
	uint32_t n_scripts, cap_scripts;
	struct clock clock;
	struct map used; /* addresses given out */

	struct actor *actors;
	uint32_t n_actors, cap_actors;
	struct gen_session *sessions;
	uint32_t n_sessions, cap_sessions;
	struct generate_group groups[GENERATE_PLANS_MOST];
	struct fault faults[GENERATE_PLANS_MOST]; /* at most one a plan */
	uint32_t n_faults;
};

/* world.c */
enum coord_err world_new(
    const struct generate_config *config, struct world **ret, struct coord_error *err);
void world_free(struct world *w);
/** A copy of the actor, given an address in network `asn_rank` when it has none. Returns its index. */
uint32_t world_add_actor(struct world *w, const struct actor *actor);
uint32_t world_add_list(struct world *w, const uint32_t *ranks, uint32_t n);
uint32_t world_add_script(struct world *w, const struct script *script);
/** `sessions` sessions of one actor from `at_us` on, a few seconds apart. Outside the time span nothing is added. */
void world_add_visit(
    struct world *w, uint32_t actor, int64_t at_us, uint32_t sessions, struct rng *rng);
/** `visits` visits of an actor at times when its stratum is active, in [from_us, to_us), of 1 or 2 sessions. */
void world_add_visits(struct world *w, uint32_t actor, uint32_t visits, int64_t from_us,
    int64_t to_us, struct rng *rng);
/** The stream of member i of a group (0: of the group itself). */
struct rng member_rng(const struct world *w, size_t plan, uint32_t i);
static inline int64_t
world_end(const struct world *w)
{
	return w->start_us + w->span_us;
}
/** The start as the faulty sensors of the world log it; false when they do not. */
bool fault_apply(const struct world *w, uint32_t sensor, int64_t *at_us);
/** Applies the faults, sorts the sessions by time and numbers them for each actor. */
enum coord_err world_finish(struct world *w, struct coord_error *err);
/** Distinct addresses that have sessions; 0 without memory to count. */
uint32_t world_sources(const struct world *w);
/** The index drawn from cumulative shares[0] = 0 .. shares[n] = 1. */
uint32_t draw_share(const double *shares, uint32_t n, struct rng *rng);

/* network.c: who lives where */
void networks_init(struct world *w);
uint64_t address_key(struct addr a); /* for maps */
/** The network that an independent source lives in. */
uint32_t network_draw(struct world *w, struct rng *rng);
uint32_t network_asn(uint32_t network);
uint32_t network_of(uint32_t asn);
/** A free address in the network; `block` NO_INDEX: any of its /24s. */
struct addr network_address(struct world *w, uint32_t network, uint32_t block, struct rng *rng);
/** `n` free addresses in a row in one /24 of the network, written to ret. */
void network_run(struct world *w, uint32_t network, uint32_t n, struct rng *rng, struct addr *ret);

/* vocabulary.c */
void vocabulary_init(struct world *w);
/** User and password of a rank; distinct ranks differ. Buffers hold 32 bytes each. */
void vocabulary_credential(uint32_t rank, char user[32], char password[32]);
/** A line from the public command vocabulary, by popularity. */
const char *vocabulary_line(const struct world *w, struct rng *rng);
/** A script of `n` lines in the public vocabulary, fetching `payload` when it has one. */
struct script vocabulary_script(
    struct world *w, uint32_t n, struct payload payload, bool telnet, struct rng *rng);
/** The line that plants the SSH key named by `salt`. In the world's arena. */
const char *vocabulary_key_line(struct world *w, uint64_t salt);
/** n credentials that few others try: `private_share` of them from the unpopular end, the rest by popularity. */
uint32_t vocabulary_list(struct world *w, uint32_t n, double private_share, struct rng *rng);

/* clock.c */
enum coord_err clock_init(struct world *w, struct coord_error *err);
/** A time at which tool and zone are active, within [from_us, to_us). */
int64_t clock_draw(const struct world *w, uint32_t tool, uint32_t zone, int64_t from_us,
    int64_t to_us, struct rng *rng);

/* background.c */
void background_extent(struct world *w);
void background_plant(struct world *w);
/** An independent actor as the background has them: tool, list, script, network and zone by popularity. */
struct actor background_actor(struct world *w, struct rng *rng);

/* parameters.c, outfit.c */
struct parameters {
	uint32_t members, visits;
	double synchronised, jitter_s, mutated;
	uint32_t networks; /* 0: one for each member */
	enum wordlist_kind {
		WORDS_PRIVATE,
		WORDS_PARTITIONED,
		WORDS_HALF,
		WORDS_PUBLIC,
		WORDS_ANY /* each member its own */
	} words;
	enum tool_kind { TOOL_RARE, TOOL_SHARED, TOOL_COMMON, TOOL_ANY } tool;
	bool key, hash;
	enum payload_mode payload;
	enum url_mode url;
	bool reordered;
	uint8_t padding;
	enum sensor_kind { SENSORS_ALL, SENSORS_SUBSET, SENSORS_DISJOINT } sensors;
	enum generate_difficulty difficulty;
	uint32_t variant;
};
/** Draws the parameters of plan `plan` and records them in its group. */
struct parameters parameters_draw(struct world *w, size_t plan);
/** The ranges that a difficulty allows, for tests. */
struct parameter_range {
	double low, high;
};
/** For MEMBERS .. SHARE; `high` 0 for the others. */
struct parameter_range parameters_range(
    enum generate_difficulty difficulty, enum generate_factor factor);
/** What members of a group have in common, made once from the parameters. */
struct outfit {
	uint32_t tool, list, script;
	uint32_t networks[32], n_networks;
};
struct outfit outfit_make(
    struct world *w, const struct parameters *p, uint32_t group, struct rng *rng);
/** Another SSH tool than this one, about as popular. */
uint32_t tool_beside(const struct world *w, uint32_t tool);
/** Member i of a group dressed in it, without an address. */
struct actor outfit_actor(struct world *w, const struct outfit *o, const struct parameters *p,
    uint32_t group, uint32_t i, struct rng *rng);

/* families.c: one row a structure; one file a family */
struct family {
	void (*plant)(struct world *w, size_t plan, const struct parameters *p);
	struct parameter_range members, visits; /* in place of the difficulty's when high > 0 */
	void (*adjust)(struct parameters *p);   /* what the structure's definition fixes; or NULL */
	uint32_t variants;                      /* one of so many is drawn; 0: none, or a mixture */
};
const struct family *family_of(enum generate_structure structure);
void plant_fan_out(struct world *w, size_t plan, const struct parameters *p);
void plant_shared_tool(struct world *w, size_t plan, const struct parameters *p);
void plant_tool_change(struct world *w, size_t plan, const struct parameters *p);
void plant_decoys(struct world *w, size_t plan, const struct parameters *p);
void plant_forged(struct world *w, size_t plan, const struct parameters *p);
void plant_shadows(struct world *w, size_t plan, const struct parameters *p);
void plant_staged(struct world *w, size_t plan, const struct parameters *p);
void plant_recruits(struct world *w, size_t plan, const struct parameters *p);
void plant_proxies(struct world *w, size_t plan, const struct parameters *p);
void plant_adjacent(struct world *w, size_t plan, const struct parameters *p);
void plant_cloud(struct world *w, size_t plan, const struct parameters *p);
void plant_churn(struct world *w, size_t plan, const struct parameters *p);
void plant_fleet(struct world *w, size_t plan, const struct parameters *p);
void plant_copycats(struct world *w, size_t plan, const struct parameters *p);
void plant_flash_crowd(struct world *w, size_t plan, const struct parameters *p);
void plant_leaked_source(struct world *w, size_t plan, const struct parameters *p);
void plant_day_workers(struct world *w, size_t plan, const struct parameters *p);
void plant_neighbours(struct world *w, size_t plan, const struct parameters *p);
void plant_sensor_fault(struct world *w, size_t plan, const struct parameters *p);
void plant_carrier_nat(struct world *w, size_t plan, const struct parameters *p);
void plant_popular_script(struct world *w, size_t plan, const struct parameters *p);
void plant_selected(struct world *w, size_t plan, const struct parameters *p);
void plant_takeover(struct world *w, size_t plan, const struct parameters *p);

/* render.c */
enum { RENDER_ITEMS_MOST = 160, RENDER_TEXT_MOST = 24576 };
struct rendered {
	struct session_row row;
	struct session_row_item items[RENDER_ITEMS_MOST];
	char id[GENERATE_ID_LENGTH + 1];
	char text[RENDER_TEXT_MOST];
	size_t text_used;
};
/** Session `i` in full; views point into *ret and the world. */
void render_session(const struct world *w, uint32_t i, struct rendered *ret);
void render_id(const struct world *w, uint32_t i, char ret[GENERATE_ID_LENGTH + 1]);
struct addr sensor_address(const struct world *w, uint32_t sensor);
struct sv sensor_name(const struct world *w, uint32_t sensor);

/* real.c: vocabulary of a real background */
enum coord_err real_learn(struct world *w, struct coord_error *err);
/** What actors of one tool have in common: service, banner and HASSH. */
uint64_t real_tool_key(const struct session_table *t, uint32_t row);
uint64_t real_credential_key(uint32_t user, uint32_t password);
/** A line that anybody may type: no URL, no address, no key, hash or encoded blob, no password that is set, nothing that
 *  its author alone would call by that name. */
bool real_is_common_line(struct sv line);
/** SSH or Telnet. */
bool real_is_shell(const struct session_table *t, uint32_t row);
/* real_newcomers.c */
/** `tool_sources`: how many sources have each of the first n_tools; `ranks`: from real_credential_key to the rank. False:
 *  no memory. */
bool newcomers_learn(struct world *w, const uint32_t *tool_sources, const struct map *ranks);
/** Gives an actor with a tool its credentials, its script (NO_INDEX when it has none) and how it goes about them. */
void newcomer_habits(struct world *w, struct actor *a, struct rng *rng);
/* real_clock.c */
enum coord_err real_clock(struct world *w, struct coord_error *err);
/* real_networks.c */
enum coord_err real_networks_learn(struct world *w, struct coord_error *err);
/* real_rows.c */
/** The start of a row of the background as its sensor logs it; false when it does not (HN6). */
bool real_start(const struct world *w, uint32_t row, int64_t *ret);
/** A row of a table in full, with room for real_items_most(t) items. */
void real_row(const struct session_table *t, uint32_t row, int64_t start_us,
    struct session_row_item *items, struct session_row *ret);
uint32_t real_items_most(const struct session_table *t);
/** Adds the whole background. */
enum coord_err real_fill(
    const struct world *w, struct session_builder *into, struct coord_error *err);

/* output.c */
enum coord_err world_table(
    const struct world *w, struct session_table *ret, struct coord_error *err);

/* cowrie.c: a sensor's log as it grows, the events of all open sessions interleaved */
MUST_CHECK enum coord_err cowrie_write(
    const struct world *w, FILE *file, uint64_t *events, struct coord_error *err);

#endif
