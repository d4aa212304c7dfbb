/* generate.h - labelled honeypot data with a known truth: independent background, planted campaigns, and groups that
 * only look coordinated. The families, their parameters and the labels are described in docs/generator.md, after
 * science/evaluation.md section 2.
 *
 * Everything is drawn by address from the seed (base/rng.h): same configuration, same bytes; another group at
 * the end of the plan changes nothing in what was there (but HN6 and HN9, which are about the background). Every address, key, hash and URL is invented: sources come from
 * 198.18.0.0/15, 100.64.0.0/10 and 2001:db8::/32, servers from the documentation ranges. */
#ifndef COORD_GENERATE_H
#define COORD_GENERATE_H

#include "session/session.h"

#define GENERATE_VERSION "3"

/** What the right answer for a group is. */
/* clang-format off */
#define GENERATE_TRUTHS(X)                                                                         \
	X(NONE, "none") /* background: no group */                                                 \
	X(CAMPAIGN, "coordinated_campaign")                                                        \
	X(SINGLE_ACTOR, "single_actor_multiple_sources")                                           \
	X(COINCIDENTAL, "coincidental")

/** Structures of groups: enum, name, truth, title. */
#define GENERATE_STRUCTURES(X)                                                                     \
	X(C1, "C1", CAMPAIGN, "botnet fan-out: parallel members, one script, shared taskings")     \
	X(C1T, "C1T", CAMPAIGN, "two botnets that share one tool and nothing else")                \
	X(C1M, "C1M", CAMPAIGN, "botnet that changes its tool midway")                             \
	X(C2, "C2", CAMPAIGN, "staged: scanners, then brute force, then loaders use what was found") \
	X(C3, "C3", CAMPAIGN, "peer recruitment: members join along a logistic curve")             \
	X(H2A, "H2a", SINGLE_ACTOR, "rotating proxies: one clock, hand-off, partitioned list")     \
	X(H2B, "H2b", SINGLE_ACTOR, "adjacent addresses of one prefix")                            \
	X(H2C, "H2c", SINGLE_ACTOR, "cloud instances replaced one after the other")                \
	X(H2D, "H2d", SINGLE_ACTOR, "one bot whose provider changes its address")                  \
	X(H2E, "H2e", SINGLE_ACTOR, "research scanner fleet (benign)")                             \
	X(HN1, "HN1", COINCIDENTAL, "copy-cats: one public tool and wordlist, independent actors") \
	X(HN2, "HN2", COINCIDENTAL, "flash crowd: one new public exploit within a day")            \
	X(HN3, "HN3", COINCIDENTAL, "leaked source: one bot code base, many owners")               \
	X(HN4, "HN4", COINCIDENTAL, "diurnal cohort: same country, same working hours")            \
	X(HN5, "HN5", COINCIDENTAL, "hosting cohort: same cheap network")                          \
	X(HN6, "HN6", COINCIDENTAL, "sensor artefact: outage, clock step, equal time stamps or a new sensor") \
	X(HN7, "HN7", COINCIDENTAL, "carrier NAT: several actors behind each address")             \
	X(HN8, "HN8", COINCIDENTAL, "popular public script with one public payload")               \
	X(HN9, "HN9", COINCIDENTAL, "selected by an analyst for one popular feature")              \
	X(HN10, "HN10", COINCIDENTAL, "two groups, the second takes over the first one's key")     \
	X(A1, "A1", CAMPAIGN, "evasion: a botnet with decoy visits in other clothes")              \
	X(A2, "A2", CAMPAIGN, "evasion: a botnet behind the most popular client")                  \
	X(A3, "A3", CAMPAIGN, "evasion: a botnet that pads its sessions with common commands")     \
	X(A4, "A4", COINCIDENTAL, "poisoning: forged artefacts frame independent victims")         \
	X(A5, "A5", COINCIDENTAL, "poisoning: shadows imitate the times of independent victims")

#define GENERATE_DIFFICULTIES(X) X(EASY, "easy") X(STANDARD, "standard") X(HARD, "hard")

#define GENERATE_FORMATS(X)                                                                        \
	X(COWRIE, "cowrie", "cowrie.json") /* Cowrie events, interleaved as a sensor writes them */ \
	X(NDJSON, "ndjson", "sessions.ndjson") /* the normalised record (docs/formats.md) */       \
	X(ATTACK, "attack-session", "sessions.json") /* an AttackSession JSON array */              \
	X(CSV, "csv", "sessions.csv") /* the normalised record as a table */                        \
	X(SESSION_CSV, "session-csv", "table.csv")                                                 \
	X(DSHIELD_JSON, "dshield-json", "dshield.json") /* submissions of log-ins */               \
	X(WEBHONEYPOT, "webhoneypot", "webhoneypot.json")                                          \
	X(FIREWALL, "firewall", "dshield.log") X(UFW, "ufw", "ufw.log")                            \
	X(FIREWALL_CSV, "firewall-csv", "firewall.csv")                                            \
	X(ZEEK_JSON, "zeek-json", "zeek.json") X(ZEEK_TSV, "zeek-tsv", "conn.log")                 \
	X(SURICATA, "suricata", "eve.json") X(ECS, "ecs", "ecs.json") X(TPOT, "tpot", "tpot.json") \
	X(HERALDING, "heralding", "log_session.json") X(ADBHONEY, "adbhoney", "adbhoney.json")     \
	X(TANNER, "tanner", "tanner.json") X(DSHIELD_MCP, "dshield-mcp", "events.json")
/* clang-format on */

/** What the planted groups lie in. */
enum generate_background {
	BACKGROUND_SIMULATED, /* S: independent actors, made up */
	BACKGROUND_REAL, /* R: real sessions, untouched: there may be real campaigns among them */
	BACKGROUND_NULL, /* N: real sessions, de-coordinated: known to hold none */
};

enum generate_truth {
#define GENERATE_TRUTH_ENUM(id, text) TRUTH_##id,
	GENERATE_TRUTHS(GENERATE_TRUTH_ENUM)
#undef GENERATE_TRUTH_ENUM
};

enum generate_structure {
#define GENERATE_STRUCTURE_ENUM(id, text, truth, title) STRUCTURE_##id,
	GENERATE_STRUCTURES(GENERATE_STRUCTURE_ENUM)
#undef GENERATE_STRUCTURE_ENUM
	    STRUCTURE_COUNT
};

enum generate_difficulty {
#define GENERATE_DIFFICULTY_ENUM(id, text) DIFFICULTY_##id,
	GENERATE_DIFFICULTIES(GENERATE_DIFFICULTY_ENUM)
#undef GENERATE_DIFFICULTY_ENUM
	    DIFFICULTY_COUNT
};

enum generate_format {
#define GENERATE_FORMAT_ENUM(id, text, file) FORMAT_##id,
	GENERATE_FORMATS(GENERATE_FORMAT_ENUM)
#undef GENERATE_FORMAT_ENUM
	    FORMAT_COUNT
};

const char *generate_truth_name(enum generate_truth truth);
const char *generate_structure_name(enum generate_structure structure);
const char *generate_structure_title(enum generate_structure structure);
enum generate_truth generate_structure_truth(enum generate_structure structure);
const char *generate_difficulty_name(enum generate_difficulty difficulty);
const char *generate_format_name(enum generate_format format);
/** The name of the data file that generate_run writes. */
const char *generate_format_file(enum generate_format format);
/** By name, ASCII case ignored. False: no such name. */
bool generate_structure_find(struct sv name, enum generate_structure *ret);
bool generate_difficulty_find(struct sv name, enum generate_difficulty *ret);
bool generate_format_find(struct sv name, enum generate_format *ret);
const char *generate_background_name(enum generate_background background);

/** Variants of a structure by number from 1 on, "" when there is none (HN1: order of the wordlist; HN6: what went wrong). */
const char *generate_variant_name(enum generate_structure structure, uint32_t variant);
bool generate_variant_find(enum generate_structure structure, struct sv name, uint32_t *ret);

/** What a group can differ in (evaluation.md section 2): each has a range or a choice in every difficulty. */
/* clang-format off */
#define GENERATE_FACTORS(X)                                                                        \
	X(MEMBERS, "members") X(VISITS, "visits") X(SYNCHRONISED, "synchronised_share")            \
	X(JITTER, "jitter") X(MUTATED, "mutated_share") X(SHARE, "share")                          \
	X(NETWORKS, "infrastructure") X(WORDLIST, "wordlist") X(ARTEFACT, "artefact")              \
	X(PAYLOAD, "payload") X(TOOL, "tool") X(SENSORS, "sensors")
/* clang-format on */

enum generate_factor {
#define GENERATE_FACTOR_ENUM(id, text) FACTOR_##id,
	GENERATE_FACTORS(GENERATE_FACTOR_ENUM)
#undef GENERATE_FACTOR_ENUM
	    FACTOR_COUNT
};
const char *generate_factor_name(enum generate_factor factor);

/** A group to plant. What is 0 is drawn from the difficulty's ranges. */
struct generate_plan {
	enum generate_structure structure;
	enum generate_difficulty difficulty;
	uint32_t members; /* sources, at most 100,000 */
	uint32_t visits;  /* a member, at most 1,000 */
	uint32_t variant; /* of the structure, from 1 on */
	/** Where in the difficulty's range each factor lies, in (0, 1); 0: drawn. SHARE is of all sessions and sets the
	 *  visits, as far as their range allows; without it the share is what comes out. */
	double quantile[FACTOR_COUNT];
};

/** Latin-hypercube sample of a cell (McKay, Beckman and Conover 1979): n plans whose quantiles take each n-th of every
 *  factor's range exactly once, in independent random orders. */
void generate_hypercube(enum generate_structure structure, enum generate_difficulty difficulty,
    uint64_t seed, uint32_t n, struct generate_plan *ret);

enum { GENERATE_PLANS_MOST = 64, GENERATE_SENSORS_MOST = 8 };

/** How the background is; what is 0 is drawn from the site. */
struct generate_profile {
	double zipf;  /* exponent of tools, credentials and scripts; drawn for each in 1.0..1.3 */
	double sigma; /* of the log-normal activity; drawn in 0.9..1.4 */
	double amplitude; /* of the day; drawn for each tool in 0..0.8 */
	double hosting;   /* share of the ten largest networks; drawn in 0.4..0.6 */
};

struct generate_config {
	uint64_t seed; /* actors, their times, groups, sessions */
	uint64_t
	    site; /* what is normal here: tools, lists, scripts, networks, habits, bursts; 0: the seed */
	struct generate_profile profile;
	int64_t start_us;            /* 0: 2025-03-03T00:00:00Z, a Monday */
	uint32_t days;               /* 1..30; 0: 7 */
	uint32_t sources;            /* of the background; may be 0 */
	uint32_t sessions;           /* of the background, hit within 2 %; at least `sources` */
	uint32_t sensors;            /* 1..GENERATE_SENSORS_MOST; 0: 1 */
	enum generate_format format; /* with a real background: not COWRIE */
	/** REAL and NULL: sessions, time span, sensors and the groups' vocabulary are those of `real`, which has to have
	 *  SSH or Telnet sessions; start_us, days, sources, sessions, sensors and profile say nothing then. */
	enum generate_background background;
	const struct session_table *real;
	/** REAL and NULL: whose networks the planted sources live in, each as often as it has sources there; NULL: `real`.
	 *  A batch cut out of a log names the log: with its own few networks, newcomers would meet in them as they never do. */
	const struct session_table *population;
	const struct generate_plan *plans;
	size_t n_plans;
};

/** The sample of `make run`: about 2,000 background sessions of 400 sources in 7 days, a botnet (C1, 30 members), one
 *  actor on adjacent addresses (H2b, 12) and a crowd of 60 copy-cats (HN1). */
struct generate_config generate_sample(uint64_t seed);

/** What was planted, with the values drawn. */
struct generate_group {
	char id[16]; /* "g1-C1": number of the plan and structure */
	enum generate_structure structure;
	enum generate_difficulty difficulty;
	enum generate_truth truth;
	uint32_t members, sessions;
	uint32_t visits;         /* drawn for a member */
	double synchronised;     /* share of visits at shared times */
	double jitter_s;         /* standard deviation around them */
	double mutated;          /* share of command lines changed */
	double share;            /* of all sessions */
	uint32_t networks;       /* autonomous systems used */
	const char *wordlist;    /* "private", "partitioned", "half_public", "public" */
	const char *tool;        /* "rare", "shared", "common" */
	const char *artefact;    /* "key_and_hash", "key", "hash", "none" */
	const char *payload;     /* "none", "one", "per_architecture", "per_actor" */
	const char *sensors;     /* "all", "subset", "disjoint" */
	const char *variant;     /* "" where the structure has none */
	const char *selected_by; /* group mode (HN9): the channel selected on; else NULL */
};

enum { GENERATE_ID_LENGTH = 12 };

/** The truth of one session. */
struct generate_label {
	char session[GENERATE_ID_LENGTH + 1];
	struct addr source;
	uint32_t group; /* 0: background; else 1 + index of the group */
	/** C1T, HN10: 1 or 2, halves that are coordinated in themselves while the whole is not. A4, A5: 2 for the adversary,
	 *  0 for the victims. Else 0. */
	uint32_t part;
};

struct generate_labels {
	struct generate_label
	    *labels; /* one a session, by start; in a real background only of groups */
	size_t n;
	struct generate_group groups[GENERATE_PLANS_MOST]; /* one a plan, in their order */
	size_t n_groups;
};
void generate_labels_clear(struct generate_labels *labels);

struct generate_summary {
	uint64_t sessions, sources, events, bytes;
	struct generate_profile profile; /* as drawn; `zipf` of the tools, `amplitude` their mean */
	size_t n_groups;
	struct generate_group groups[GENERATE_PLANS_MOST];
};

/** Adds the sessions to `into` (session_builder_finish is the caller's) and fills *ret, to be released by
 *  generate_labels_clear. COORD_EINVALID with the option in err; COORD_ENOMEM. *ret is written on success only. */
MUST_CHECK enum coord_err generate_sessions(const struct generate_config *config,
    struct session_builder *into, struct generate_labels *ret, struct coord_error *err);

/** Writes the data file of the format, labels.csv and manifest.json into `directory` (made when missing; files of these
 *  names are replaced). COORD_EIO with the file's name in err. `ret` may be NULL. */
MUST_CHECK enum coord_err generate_run(const struct generate_config *config, const char *directory,
    struct generate_summary *ret, struct coord_error *err);

/** Background mode N: adds to `into` a copy of `real` without any coordination across sources: visits redrawn within
 *  the hour, tokens swapped and addresses exchanged within strata, exclusive artefacts made each source's own. Session
 *  ids stay. Cost O(n log n) and about 200 bytes a session and 40 an item. COORD_ENOMEM. */
MUST_CHECK enum coord_err generate_decoordinate(const struct session_table *real, uint64_t seed,
    struct session_builder *into, struct coord_error *err);

#endif
