/* test_webhook.c - the vector of Standard Webhooks, several secrets, and secrets that are none. */
#include "net/net.h"
#include "testing.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID SV("msg_p5jXN8AQM9LWM0D4loKWxJek")
#define BODY SV("{\"test\": 2432232314}")
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define STAMP 1614265330

static void
test_vector(void **state)
{
	struct buf out = BUF_INIT(4096);
	struct coord_error err;

	(void)state;
	assert_int_equal(COORD_OK, net_webhook_sign(SV(SECRET), ID, STAMP, BODY, &out, &err));
	assert_string_equal(SIGNATURE, buf_cstr(&out));
	buf_clear(&out);
	assert_int_equal(
	    COORD_OK, net_webhook_sign(SV("  " SECRET "  whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA "),
			  ID, STAMP, BODY, &out, &err));
	assert_true(sv_starts(buf_sv(&out), SV(SIGNATURE " v1,")));
	assert_int_equal(2 * (sizeof(SIGNATURE) - 1) + 1, out.len);
	buf_clear(&out);
	/* each part counts */
	assert_int_equal(COORD_OK, net_webhook_sign(SV(SECRET), ID, STAMP + 1, BODY, &out, &err));
	assert_string_not_equal(SIGNATURE, buf_cstr(&out));
	buf_clear(&out);
	assert_int_equal(
	    COORD_OK, net_webhook_sign(SV(SECRET), SV("msg_2"), STAMP, BODY, &out, &err));
	assert_string_not_equal(SIGNATURE, buf_cstr(&out));
	buf_clear(&out);
}

static void
test_bad_secrets(void **state)
{
	static const char *const bad[] = { "", " ", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_",
		"whsec_AAAA", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!", SECRET " whsec_AAAA",
		"whsec_"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAA" };
	struct buf out = BUF_INIT(4096);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct coord_error err;

		assert_int_equal(
		    COORD_EINVALID, net_webhook_sign(sv_from(bad[i]), ID, STAMP, BODY, &out, &err));
		assert_null(strstr(err.what, "AAAA")); /* a secret is not repeated */
		assert_int_equal(0, out.len);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_bad_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
