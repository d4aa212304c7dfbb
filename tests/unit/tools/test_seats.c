/* test_seats.c - the configuration of providers: what is taken, and what is refused with its place. */
#include "testing.h"

#include "tools/online/layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *
in_file(const char *text)
{
	static char path[] = "/tmp/coord-seats-XXXXXX";
	int fd;

	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
	return path;
}

static enum coord_err
open_with(const char *providers, const char *json, const char *more, struct tools **ret,
    struct coord_error *err)
{
	const char *path = in_file(json);
	char named[128], file[128];
	const char *options[] = { named, file, more };
	struct config config;
	enum coord_err rc;

	(void)snprintf(named, sizeof(named), "COORD_PROVIDERS=%s", providers);
	(void)snprintf(file, sizeof(file), "COORD_PROVIDERS_FILE=%s", path);
	assert_int_equal(config_load(NULL, options, more != NULL ? 3 : 2, &config, err), COORD_OK);
	*ret = NULL;
	rc = tools_open(&(struct tools_options){ .config = &config }, ret, err);
	config_clear(&config);
	(void)unlink(path);
	return rc;
}

static void
test_members(void **state)
{
	char key[64], json[1024];
	struct tools *tools;
	struct coord_error err;
	const struct seat *isc, *ripestat;

	(void)state;
	(void)snprintf(key, sizeof(key), "%s", in_file("secret-of-a-file\n"));
	(void)snprintf(json, sizeof(json),
	    "{\n \"isc\": {\"url\": \"http://127.0.0.1:8080/isc/\", \"per_second\": 2.5, "
	    "\"burst\": 3, \"per_day\": 7, \"per_week\": 0, \"parallel\": 5,\n"
	    "  \"hit_ttl\": \"2h\", \"miss_ttl\": 90, \"deadline\": \"1.5s\", \"app\": \"me\", "
	    "\"key_file\": \"%s\"},\n"
	    " \"cymru\": {\"per_second\": 1}\n}",
	    key);
	if (open_with("ripestat, isc", json, NULL, &tools, &err) != COORD_OK)
		fail_msg("%s", err.what);
	(void)unlink(key);
	/* in the order of the table */
	assert_int_equal(tools_count(tools), 2);
	assert_string_equal(tools->seats[0].provider->name, "ripestat");
	isc = seat_named(tools, "isc");
	ripestat = seat_named(tools, "ripestat");
	assert_string_equal(isc->url, "http://127.0.0.1:8080/isc");
	assert_true(isc->own_url && !ripestat->own_url);
	assert_true(isc->per_second > 2.4 && isc->per_second < 2.6);
	assert_int_equal(isc->burst, 3);
	assert_int_equal(isc->per_day, 7);
	assert_int_equal(isc->parallel, 5);
	assert_int_equal(isc->hit_ttl_us, 7200 * TIME_SECOND);
	assert_int_equal(isc->miss_ttl_us, 90 * TIME_SECOND);
	assert_int_equal(isc->deadline_us, 3 * TIME_SECOND / 2);
	assert_string_equal(isc->key, "secret-of-a-file");
	assert_string_equal(isc->app, "me");
	assert_int_equal(ripestat->per_day, 900);
	tools_close(tools);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *json, *what;
		uint64_t line, byte;
	} rows[] = {
		{ "{\"isc\":{\"keey\":\"SECRET\"}}", "isc.keey: there is no such member", 1, 13 },
		{ "{\n\"isc\": {\n  \"keey\": \"SECRET\"}}", "isc.keey", 3, 7 },
		{ "{\"isk\":{}}", "isk: there is no such provider", 1, 5 },
		{ "{\"isc\":7}", "isc: expected an object", 1, 5 },
		{ "[]", "expected an object with a member for each provider", 1, 0 },
		{ "{\"isc\":{\"url\":\"ftp://x/\"}}", "http", 1, 12 },
		{ "{\"isc\":{\"url\":\"http://user:SECRET@x/\"}}", "without userinfo", 1, 12 },
		{ "{\"isc\":{\"url\":\"http://x/?a=b\"}}", "without userinfo", 1, 12 },
		{ "{\"cymru\":{\"url\":\"http://x/\"}}", "dns://", 1, 14 },
		{ "{\"cymru-whois\":{\"url\":\"http://x/\"}}", "whois://", 1, 20 },
		{ "{\"isc\":{\"key\":\"\"}}", "an empty key", 1, 12 },
		{ "{\"isc\":{\"key\":\"SECRET\\r\\nX: y\"}}", "visible ASCII", 1, 12 },
		{ "{\"isc\":{\"key\":7}}", "expected a text", 1, 12 },
		{ "{\"isc\":{\"key\":\"SECRET\",\"key_file\":\"/x\"}}", "one of them", 1, 32 },
		{ "{\"isc\":{\"per_second\":-1}}", "0 (no limit) to 10000", 1, 19 },
		{ "{\"isc\":{\"per_day\":1.5}}", "whole number", 1, 16 },
		{ "{\"isc\":{\"parallel\":0}}", "1 to 64", 1, 17 },
		{ "{\"isc\":{\"hit_ttl\":\"soon\"}}", "\"5m\"", 1, 16 },
		{ "{\"isc\":{\"hit_ttl\":-1}}", "\"5m\"", 1, 16 },
		{ "{\"isc\":{\"deadline\":0}}", "10 ms or more", 1, 17 },
		{ "{\"isc\":{\"app\":\"a b\"}}", "letters, digits", 1, 12 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct tools *tools;
		struct coord_error err = { .line = 0 };

		assert_int_equal(
		    open_with("isc", rows[i].json, NULL, &tools, &err), COORD_EINVALID);
		if (!sv_has(sv_from(err.what), sv_from(rows[i].what)) || err.line != rows[i].line ||
		    err.byte != rows[i].byte)
			fail_msg("%s: %llu:%llu %s", rows[i].json, (unsigned long long)err.line,
			    (unsigned long long)err.byte, err.what);
		assert_false(sv_has(sv_from(err.what), SV("SECRET")));
	}
}

static void
test_other_refusals(void **state)
{
	struct tools *tools;
	struct coord_error err;

	(void)state;
	assert_int_equal(open_with("isc,nobody", "{}", NULL, &tools, &err), COORD_EINVALID);
	assert_true(sv_has(sv_from(err.what), SV("nobody")));
	assert_int_equal(open_with("isc", "{\"isc\":", NULL, &tools, &err), COORD_EPARSE);
	assert_int_equal(
	    open_with("isc", "{\"isc\":{\"key_file\":\"/nonexistent\"}}", NULL, &tools, &err),
	    COORD_EIO);
	assert_int_equal(open_with("isc", "{}", "COORD_OWN_PREFIXES=10.0.0.0/8,x", &tools, &err),
	    COORD_EINVALID);
	assert_true(sv_has(sv_from(err.what), SV("COORD_OWN_PREFIXES")));
	assert_int_equal(open_with("misp", "{}", NULL, &tools, &err),
	    COORD_EINVALID); /* has no URL of its own */
	assert_true(sv_has(sv_from(err.what), SV("url")));
	assert_int_equal(open_with("", "{}", NULL, &tools, &err), COORD_OK);
	assert_int_equal(tools_count(tools), 0);
	tools_close(tools);
	tools_close(NULL);
}

static void
test_the_table_of_providers(void **state)
{
	(void)state;
	for (size_t i = 0; provider_at(i) != NULL; i++) {
		const struct provider *p = provider_at(i);

		assert_ptr_equal(provider_named(sv_from(p->name)), p);
		assert_true(p->n_calls > 0 && p->n_calls <= PROVIDER_CALLS_MOST);
		assert_true(
		    p->hit_ttl_us > 0 && p->miss_ttl_us > 0 && p->worth > 0 && p->worth <= 1);
		assert_non_null(p->title);
		assert_non_null(p->leaves);
		for (size_t n = 0; n < p->n_calls; n++) {
			assert_ptr_equal(call_named(p, sv_from(p->calls[n].name)), &p->calls[n]);
			assert_true(p->calls[n].kinds > 0 && p->calls[n].kinds < 1u << ASK_KINDS);
		}
	}
	for (unsigned i = 0; i < FACT_NAMES; i++)
		assert_non_null(tools_fact_name((enum tools_fact_name)i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_other_refusals),
		cmocka_unit_test(test_the_table_of_providers),
	};

	return cmocka_run_group_tests_name("tools/seats", tests, NULL, NULL);
}
