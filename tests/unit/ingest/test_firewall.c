/* test_firewall.c - netfilter log lines. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("firewall", "ufw.log.2025-07-28");
	reader_check_forced("firewall", "ufw.log.2025-07-28");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "1753696800 pi1 kernel: DSHIELDINPUT IN=eth0 OUT= DST=192.0.2.10 PROTO=TCP SPT=1 "
		  "DPT=2",
		    REFUSED_FIELD_MISSING, "SRC: expected an address, got nothing" },
		{ "1753696800 pi1 kernel: DSHIELDINPUT IN=eth0 OUT= SRC=203.0.113.300 "
		  "DST=192.0.2.10 PROTO=TCP SPT=1 DPT=2",
		    REFUSED_FIELD_INVALID, "SRC: expected an address, got \"203.0.113.300\"" },
		{ "1753696800 pi1 kernel: DSHIELDINPUT IN=eth0 OUT= SRC=203.0.113.30 "
		  "DST=192.0.2.10 PROTO=TCP SPT=1 DPT=65536",
		    REFUSED_FIELD_INVALID, "DPT: expected a port, got \"65536\"" },
		{ "1753696800 pi1 kernel: DSHIELDINPUT IN=eth0 OUT= SRC=203.0.113.30 "
		  "DST=192.0.2.10 PROTO=TCP SPT=1",
		    REFUSED_FIELD_MISSING, "DPT: expected a port, got nothing" },
		{ "1753696800 pi1 kernel: DSHIELDINPUT IN=eth0 OUT= SRC=203.0.113.30 "
		  "DST=192.0.2.10 LEN=60",
		    REFUSED_FIELD_MISSING, "PROTO: expected a protocol, got nothing" },
		{ "1753696800 pi1 kernel: DSHIELDINPUT", REFUSED_FIELD_MISSING,
		    "SRC: expected an address, got nothing" },
		{ "Jux 28 10:00:00 host kernel: [UFW BLOCK] IN=e OUT= SRC=203.0.113.30 "
		  "DST=192.0.2.10 PROTO=TCP SPT=1 DPT=2",
		    REFUSED_TIME_INVALID,
		    "time: expected \"Mon dd hh:mm:ss\", got \"Jux 28 10:00:00\"" },
		{ "[48469.25] [UFW BLOCK] IN=e OUT= SRC=203.0.113.30 DST=192.0.2.10 PROTO=TCP "
		  "SPT=1 DPT=2",
		    REFUSED_TIME_INVALID, "time: expected a time, got \"[48469.25]\"" },
		{ "99 pi1 kernel: DSHIELDINPUT IN=eth0 OUT= SRC=203.0.113.30 DST=192.0.2.10 "
		  "PROTO=TCP SPT=1 DPT=2",
		    REFUSED_TIME_INVALID, "time: expected a time from 1990 to 2099, got \"99\"" },
	};

	(void)state;
	reader_check_refusals("firewall", false, "ufw.log.2025-07-08", BAD, COUNT_OF(BAD));
	reader_check_refusals("firewall", true, "ufw.log.2025-07-08", BAD, COUNT_OF(BAD));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
