/* fixture.c - see fixture.h. */
#define _XOPEN_SOURCE 700 /* nftw */
#include "fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

const char *const fixture_hostile[] = {
	"<script>document.title='PWNED'</script>",
	"]]></script><img src=x onerror=\"document.title='PWNED'\">",
	"\x1b[2J\x1b]0;owned\x07\x1b[31m",
	"invalid \xff\xfe \xc3( \xed\xa0\x80 \xf5 utf-8",
	"quotes \" ' ` \\ and '; DROP TABLE sessions; --",
	"=cmd|' /C calc'!A0",
	"\xe2\x80\xaegnp.exe and \xe2\x81\xa6isolates\xe2\x81\xa9",
	"wide \xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96\xe7\x95\x8c and e\xcc\x81\xcc\x82\xcc\x83",
	"line\r\nbreaks\tand\vmore\xe2\x80\xa8",
	NULL,
};

/* 2020-01-25T03:00:00Z */
static const int64_t start = INT64_C(1579921200) * TIME_SECOND;
static const char key_print[] = "SHA256:dummyKeyFingerprintForTests0000000000000000";
static const char drop_url[] = "http://192.0.2.7/'; DROP/x.sh\x1b[0m\xe2\x80\xae";

static struct sv
sensor_name(unsigned i)
{
	return i % 2 == 0 ? SV("pot-a") : SV("pot\0<b>\x1b[31m");
}

static void
add_session(struct session_builder *builder, unsigned group, unsigned i, int64_t at,
    struct session_row_item *items, uint32_t n_items)
{
	struct session_row row = { .source = addr_from_v4((group == 0      ? 0xc6336400u
							      : group == 1 ? 0xcb007100u
									   : 0xc0000200u) +
							  1 +
							  i % (group == 0      ? 14
								  : group == 1 ? 3
									       : 40)),
		.start_us = at,
		.end_us = at + 40 * TIME_SECOND,
		.duration_us = 40 * TIME_SECOND,
		.events = 5,
		.source_port = (uint16_t)(40000 + i),
		.target_port = group == 1 ? 80 : 22,
		.transport = TRANSPORT_TCP,
		.service = group == 1 ? SERVICE_WEB : SERVICE_SSH,
		.items = items,
		.n_items = n_items };
	char id[64];

	(void)snprintf(id, sizeof(id), "%c%05u", "abz"[group], i);
	row.text[TEXT_ID] = i == 3 ? SV("=1+1\0<i>\xff") : sv_from(id);
	row.text[TEXT_SENSOR] = sensor_name(i);
	row.text[TEXT_PROTOCOL] = group == 1 ? SV("http") : SV("ssh");
	row.text[TEXT_FORMAT] = SV("cowrie");
	if (group == 0 && i % 14 == 13)
		assert_true(addr_parse(SV("2001:db8::bad:1"), &row.source));
	assert_int_equal(session_builder_add(builder, &row, NULL), COORD_OK);
}

static void
fill_table(struct session_table *table)
{
	struct session_builder *builder = session_builder_new();
	struct session_row_item campaign[] = {
		{ .a = SV("root"),
		    .b = SV("xc3511"),
		    .kind = ITEM_CREDENTIAL,
		    .flags = ITEM_SUCCESS },
		{ .a = sv_from(key_print), .b = SV_NONE, .kind = ITEM_PUBLIC_KEY },
		{ .a = SV("cd ~ && rm -rf .ssh && mkdir .ssh"), .kind = ITEM_COMMAND },
		{ .a = sv_from(drop_url), .kind = ITEM_URL },
	};
	struct session_row_item web[] = {
		{ .a = SV("GET /index.php"), .kind = ITEM_REQUEST },
	};

	assert_non_null(builder);
	for (unsigned i = 0; i < 84; i++)
		add_session(builder, 0, i,
		    start + (int64_t)(i / 14) * 3600 * TIME_SECOND * 7 +
			(int64_t)(i % 14) * 11 * TIME_SECOND,
		    campaign,
		    i % 5 == 0   ? 1
		    : i % 14 < 5 ? 4
				 : 3);
	for (unsigned i = 0; i < 9; i++)
		add_session(builder, 1, i, start + (int64_t)i * 9000 * TIME_SECOND, web, 1);
	for (unsigned i = 0; i < 60; i++)
		add_session(builder, 2, i, start + (int64_t)i * 3100 * TIME_SECOND, campaign, 1);
	assert_int_equal(session_builder_finish(builder, table, NULL, NULL), COORD_OK);
	session_builder_free(builder);
}

/* Members: the sessions whose source starts with `prefix`, or are IPv6 when it is 0xc63364. */
static void
fill_members(
    const struct session_table *t, struct arena *arena, uint32_t prefix, struct detect_campaign *c)
{
	c->sessions = ARENA_ARRAY(arena, t->n, uint32_t);
	c->sources = ARENA_ARRAY(arena, t->n, struct addr);
	c->first_us = INT64_MAX;
	c->last_us = INT64_MIN;
	for (uint32_t i = 0; i < t->n; i++) {
		struct addr net = addr_prefix(t->source[i], 24);
		uint32_t at = 0;

		if (addr_cmp(net, addr_from_v4(prefix << 8)) != 0 &&
		    (prefix != 0xc63364 || addr_is_v4(t->source[i])))
			continue;
		c->sessions[c->n_sessions++] = i;
		c->first_us = t->start_us[i] < c->first_us ? t->start_us[i] : c->first_us;
		c->last_us = t->end_us[i] > c->last_us ? t->end_us[i] : c->last_us;
		while (at < c->n_sources && addr_cmp(c->sources[at], t->source[i]) < 0)
			at++;
		if (at < c->n_sources && addr_cmp(c->sources[at], t->source[i]) == 0)
			continue;
		memmove(&c->sources[at + 1], &c->sources[at],
		    (c->n_sources - at) * sizeof(c->sources[0]));
		c->sources[at] = t->source[i];
		c->n_sources++;
	}
	c->sensors = ARENA_ARRAY(arena, 2, uint32_t);
	c->sensors[0] = strtab_find(t->strings, sensor_name(0));
	c->sensors[1] = strtab_find(t->strings, sensor_name(1));
	c->n_sensors = 2;
	c->nodes = c->n_sources;
	c->visits = c->n_sessions - 3;
}

static struct detect_top *
hostile_tops(struct arena *arena, uint32_t *n)
{
	struct detect_top *tops;

	for (*n = 0; fixture_hostile[*n] != NULL; (*n)++)
		;
	tops = ARENA_ARRAY(arena, *n + 1, struct detect_top);
	for (uint32_t i = 0; i < *n; i++)
		tops[i + 1] = (struct detect_top){ .what = fixture_hostile[i],
			.kind = i % 2 == 0 ? "command" : "credential",
			.nodes = *n - i,
			.background = i,
			.weight = (double)(*n - i) / 4 };
	tops[0] = (struct detect_top){ .what = "root / xc3511",
		.kind = "credential",
		.nodes = 14,
		.background = 40,
		.weight = 3.25 };
	(*n)++;
	return tops;
}

static void
fill_evidence(struct detect_campaign *c, struct arena *arena, bool strong)
{
	for (unsigned i = 0; i < CHANNEL_COUNT; i++)
		c->evidence[i] = (struct detect_evidence){ .channel = (enum detect_channel)i,
			.abstained = true,
			.effect = (double)NAN,
			.p = (double)NAN,
			.log_e = (double)NAN,
			.similarity = (double)NAN,
			.detail = "Nothing of the kind was seen." };
	c->evidence[CHANNEL_SYNCHRONY] = (struct detect_evidence){ .channel = CHANNEL_SYNCHRONY,
		.effect = strong ? 14.5 : 1.1,
		.p = strong ? 1e-4 : 0.43,
		.log_e = strong ? 8.1 : -0.5,
		.similarity = strong ? 0.8125 : 0.2,
		.null_name = "empirical-background interval jitter",
		.n = c->n_sources,
		.worlds = strong ? 9999 : 199,
		.detail = strong ? "14 sources came within 150 s of each other, 6 times in 2 days."
				 : "No more coincidences than the background has." };
	if (!strong)
		return;
	c->evidence[CHANNEL_BEHAVIOUR] = (struct detect_evidence){
		.channel = CHANNEL_BEHAVIOUR,
		.defining = true,
		.effect = 6,
		.p = 0.005,
		.log_e = 5.3,
		.similarity = 0.97,
		.null_name = "whole-pipeline null worlds",
		.n = 13,
		.worlds = 199,
		.detail =
		    "The same command line, <b>word for word</b>; the group exists only through it."
	};
	c->evidence[CHANNEL_BEHAVIOUR].top =
	    hostile_tops(arena, &c->evidence[CHANNEL_BEHAVIOUR].n_top);
	c->evidence[CHANNEL_DICTIONARY] = (struct detect_evidence){ .channel = CHANNEL_DICTIONARY,
		.effect = 0.7,
		.p = 0.9,
		.log_e = -0.66,
		.similarity = 0,
		.null_name = "curveball swaps within tool strata",
		.n = 14,
		.worlds = 199,
		.detail = "Fewer shared credentials than chance gives." };
	c->evidence[CHANNEL_INFRASTRUCTURE].excluded = true;
	c->evidence[CHANNEL_ARTEFACT] = (struct detect_evidence){ .channel = CHANNEL_ARTEFACT,
		.effect = (double)NAN,
		.p = (double)NAN,
		.log_e = log(1e4),
		.similarity = (double)NAN,
		.null_name = "stated prior of exclusiveness (no p-value)",
		.n = 14,
		.detail = "One SSH key that nobody else carries." };
}

static void
fill_campaign(struct detect_campaign *c, struct arena *arena)
{
	static struct detect_artefact artefacts[] = {
		{ .kind = "ssh_key", .value = key_print, .sources = 14, .log_bayes = 9.21034 },
		{ .kind = "url", .value = drop_url, .sources = 5, .log_bayes = 6.907755 },
		{ .kind = "file_hash",
		    .value = "a8460f446be540410004b1a8db4083773fa46f7fe76fa84219c93daa1669f8f2",
		    .sources = 4,
		    .is_public = true },
	};
	static struct detect_technique techniques[] = {
		{ "T1110.001", "Brute Force: Password Guessing", 84 },
		{ "T1098.004", "Account Manipulation: SSH Authorized Keys", 67 },
	};
	static struct detect_counterfactual without[] = {
		{ "channel:synchrony", 0.88, VERDICT_INSUFFICIENT },
		{ "channel:behavior", 0.95, VERDICT_CAMPAIGN },
		{ "artefact:ssh_key:SHA256:dummyKeyFingerprintForTests0000000000000000", 0.41,
		    VERDICT_INSUFFICIENT },
		{ "artefact:url:http://192.0.2.7/'; DROP/x.sh\x1b[0m\xe2\x80\xae", 0.96,
		    VERDICT_CAMPAIGN },
	};

	static struct detect_ledger_line ledger[] = {
		{ "prior", -2197225, "one tested group in ten is coordinated" },
		{ "synchrony", 3104000, "p = 0.0001" },
		{ "behavior", 0, "it formed the group" },
		{ "dictionary", -405465, "fewer shared credentials than <b>chance</b> gives" },
		{ "artefact", 4605170, "one key that nobody else carries" },
		{ "null_worlds", 650000, NULL },
		{ "size", 120000, NULL },
		{ "calibration", -310000, "groups that scored alike were coordinated less often" },
		{ "guard:low", -2047086, "the lower bound is below 0.80" },
	};

	c->id = "c1";
	c->key = "00c0ffee00c0ffee";
	c->verdict = VERDICT_CAMPAIGN;
	c->qualifier = "control_structure_undetermined";
	c->reason = "An exclusive key and synchrony agree, and no null world has a group like it.";
	c->confidence = 0.9712345678;
	c->low = 0.91;
	c->high = 0.995;
	c->p_world = 0.005;
	c->stability = 1;
	for (size_t i = 0; i < sizeof(artefacts) / sizeof(artefacts[0]); i++)
		artefacts[i].carriers = c->sources;
	c->artefacts = artefacts;
	c->n_artefacts = 3;
	c->techniques = techniques;
	c->n_techniques = 2;
	c->counterfactuals = without;
	c->n_counterfactuals = 4;
	c->behaviour = ARENA_ARRAY(arena, 5, const char *);
	c->behaviour[0] = "cd ~ && rm -rf .ssh && mkdir .ssh && echo \"ssh-rsa AAAA... \">>.ssh/"
			  "authorized_keys && chmod -R go= ~/.ssh && cd ~";
	for (unsigned i = 1; i < 5; i++)
		c->behaviour[i] = fixture_hostile[i - 1];
	c->n_behaviour = 5;
	c->ledger = ledger;
	c->n_ledger = sizeof(ledger) / sizeof(ledger[0]);
	c->single_actor = 0.25;
	fill_evidence(c, arena, true);
	for (unsigned i = 0; i < FEATURE_COUNT; i++)
		c->features[i] = i % 2 == 0 ? i * 1.25 : (double)NAN;
}

static void
fill_second(struct detect_campaign *c, struct arena *arena)
{
	static struct detect_counterfactual without[] = { { "channel:synchrony", 0.3,
	    VERDICT_INSUFFICIENT } };

	static struct detect_ledger_line ledger[] = {
		{ "prior", -2197225, "one tested group in ten is coordinated" },
		{ "synchrony", 1533931, "p = 0.43" },
	};

	c->id = "c2";
	c->key = "0123456789abcdef";
	c->verdict = VERDICT_INSUFFICIENT;
	c->reason = "Three sources and nine visits are too few to judge.";
	c->confidence = 0.34;
	c->low = 0.05;
	c->high = 0.7;
	c->p_world = (double)NAN;
	c->stability = (double)NAN;
	c->counterfactuals = without;
	c->n_counterfactuals = 1;
	c->ledger = ledger;
	c->n_ledger = sizeof(ledger) / sizeof(ledger[0]);
	c->single_actor = (double)NAN;
	fill_evidence(c, arena, false);
	for (unsigned i = 0; i < FEATURE_COUNT; i++)
		c->features[i] = (double)NAN;
}

static void
fill_result(struct fixture *f)
{
	static const char *not_concluded[] = {
		"Group c2: too few visits.",
		"Whether c1 is one actor or a botnet: hand-over of work could not be tested.",
	};
	static struct detect_mask masks[2];
	struct detect_result *r = &f->result;

	masks[0] = (struct detect_mask){ STR_NONE, start + 3600 * TIME_SECOND,
		start + 4800 * TIME_SECOND, "collection_gap" };
	masks[1] = (struct detect_mask){ strtab_find(f->table.strings, sensor_name(1)), start,
		start + 60 * TIME_SECOND, "equal_timestamps" };
	r->arena = arena_new(0);
	assert_non_null(r->arena);
	r->campaigns = ARENA_ARRAY(r->arena, 2, struct detect_campaign);
	r->n_campaigns = 2;
	fill_members(&f->table, r->arena, 0xc63364, &r->campaigns[0]);
	fill_members(&f->table, r->arena, 0xcb0071, &r->campaigns[1]);
	fill_campaign(&r->campaigns[0], r->arena);
	fill_second(&r->campaigns[1], r->arena);
	r->verdict = VERDICT_CAMPAIGN;
	r->confidence = r->campaigns[0].confidence;
	r->low = r->campaigns[0].low;
	r->high = r->campaigns[0].high;
	r->confidence_rule = "world-bound";
	r->model_hash = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";
	r->coverage = 84.0 / 153;
	r->reason = "One group of 14 sources shares an SSH key that nobody else carries.";
	r->not_concluded = not_concluded;
	r->n_not_concluded = 2;
	for (unsigned i = 0; i < CHANNEL_COUNT; i++)
		r->evidence[i] = r->campaigns[0].evidence[i].similarity;
	r->masks = masks;
	r->n_masks = 2;
	r->sessions = f->table.n;
	r->sources = 57;
	r->nodes = 57;
	r->visits = 150;
	r->tokens = 412;
	r->strata = 3;
	r->pairs_possible = 1596;
	r->pairs_tested = 301;
	r->edges = 92;
	r->worlds = 199;
	r->worlds_with_cluster = 12;
	r->reference_hash = "batch";
	r->config =
	    "{\"rule\":\"world-bound\",\"depth\":1,\"worlds\":199,\"fdr\":0.01,\"prior\":0.1}";
	r->config_hash = "f7c73d9621c3d6d2e208867a9c43ae61335925d467eb9aad485fef15b47d7b14";
	r->seed = UINT64_C(0xfedcba9876543210);
}

static void
fill_ingest(struct ingest_report *in)
{
	*in = (struct ingest_report){ .files = 2,
		.bytes_stored = 12345,
		.bytes = 99999,
		.records = 800,
		.events = 765,
		.sessions = 153,
		.duplicates = 4,
		.ignored = 30,
		.refused = 2,
		.n_shown = 2,
		.n_formats = 1 };
	in->formats[0] = (struct ingest_format_count){ "cowrie", 800, 153 };
	in->refused_by_kind[REFUSED_NOT_JSON] = 1;
	in->refused_by_kind[REFUSED_FIELD_INVALID] = 1;
	in->shown[0].file = strdup("logs/cowrie.json");
	in->shown[0].kind = REFUSED_NOT_JSON;
	(void)error_at(&in->shown[0].error, COORD_EPARSE, 17, 5, "JSON: unexpected character");
	in->shown[1].file = strdup("logs/<b>\x1b[1mevil\x1b[0m.json");
	in->shown[1].kind = REFUSED_FIELD_INVALID;
	(void)error_at(&in->shown[1].error, COORD_EPARSE, 18, 99,
	    "src_ip: expected an address, got \"<script>alert(1)</script>\"");
	(void)snprintf(in->notes[0], sizeof(in->notes[0]), "times without a zone were read as UTC");
}

struct fixture *
fixture_new(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	fill_table(&f->table);
	assert_null(session_table_check(&f->table));
	fill_result(f);
	fill_ingest(&f->ingest);
	f->input = (struct report_input){
		.table = &f->table, .result = &f->result, .ingest = &f->ingest, .version = "0.1.0"
	};
	return f;
}

void
fixture_free(struct fixture *f)
{
	for (uint32_t i = 0; i < f->ingest.n_shown; i++)
		free(f->ingest.shown[i].file);
	arena_free(f->result.arena);
	session_table_free(&f->table);
	free(f);
}

void
fixture_repeat_campaign(struct fixture *f, uint32_t n)
{
	struct detect_campaign *many = ARENA_ARRAY(f->result.arena, n, struct detect_campaign);

	assert_non_null(many);
	for (uint32_t i = 0; i < n; i++) {
		many[i] = f->result.campaigns[0];
		many[i].id = arena_printf(f->result.arena, "c%u", i + 1);
		many[i].key = arena_printf(f->result.arena, "%016x", i + 1);
	}
	f->result.campaigns = many;
	f->result.n_campaigns = n;
}

static void
write_file(const char *path, struct sv text)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
	assert_int_equal(fclose(file), 0);
}

static const char *
temp_folder(void)
{
	static char path[400];
	const char *root = getenv("TMPDIR");

	(void)snprintf(path, sizeof(path), "%s/coord-report-test-%ld", root != NULL ? root : "/tmp",
	    (long)getpid());
	return path;
}

void
golden_check(const char *name, struct sv text)
{
	char path[512];
	struct buf old = BUF_INIT(1 << 24);
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", COORD_GOLDEN, name);
	if (getenv("COORD_UPDATE_GOLDEN") != NULL) {
		write_file(path, text);
		return;
	}
	file = fopen(path, "rb");
	if (file == NULL)
		fail_msg("no %s: run with COORD_UPDATE_GOLDEN=1 and look at the difference", path);
	for (int c; (c = fgetc(file)) != EOF;)
		buf_add_char(&old, (char)c);
	(void)fclose(file);
	if (!sv_eq(buf_sv(&old), text)) {
		char now[600];

		(void)snprintf(now, sizeof(now), "%s.%s", temp_folder(), name);
		write_file(now, text);
		fail_msg("%s differs from what is written now: diff %s %s", name, path, now);
	}
	buf_clear(&old);
}

const char *
temp_write(const char *name, struct sv text)
{
	static char path[512];

	(void)mkdir(temp_folder(), 0700);
	(void)snprintf(path, sizeof(path), "%s/%s", temp_folder(), name);
	write_file(path, text);
	return path;
}

static int
remove_one(const char *path, const struct stat *what, int kind, struct FTW *where)
{
	(void)what;
	(void)kind;
	(void)where;
	(void)remove(path);
	return 0;
}

int
temp_clean(void **state)
{
	(void)state;
	(void)nftw(temp_folder(), remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static void
child(const char *const *argv, int output)
{
	int null = open("/dev/null", O_RDWR);

	(void)dup2(null, 0);
	(void)dup2(output, 1);
	(void)dup2(null, 2);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

int
run_program(const char *const *argv, struct buf *out)
{
	int ends[2];
	int status;
	char block[4096];
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		child(argv, ends[1]);
	(void)close(ends[1]);
	while ((n = read(ends[0], block, sizeof(block))) > 0)
		if (out != NULL)
			buf_add(out, block, (size_t)n);
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status) : -1;
}
