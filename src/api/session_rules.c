/* session_rules.c - see session_rules.h: a table of field names and what each may be. A field that is null is one that is
 * not there. Rules are the original service's for its own names; other names of the attacker's address have to be
 * addresses too, because a session filed under a broken address would silently never be grouped. */
#include "api/session_rules.h"

#include <math.h>
#include <stdio.h>

#include "api/request.h"

struct place {
	struct fault_at at; /* of the session */
	const char *name;
	int64_t now_us;
	struct faults *faults;
};

static void
refuse(const struct place *p, const struct fault *fault)
{
	struct fault_at at = fault_step_name(p->at, p->name);

	faults_add(p->faults, &at, fault);
}

static void
refuse_type(const struct place *p, const char *type, const char *msg)
{
	refuse(p, &(struct fault){ .type = type, .msg = msg });
}

static void
check_address(const struct place *p, struct json_value v)
{
	struct sv text;
	struct addr a;

	if (!json_string(v, &text))
		refuse_type(p, "string_type", "Input should be a valid string");
	else if (!addr_parse(sv_trim(text), &a))
		refuse(p, &(struct fault){ .type = "value_error",
			      .msg = "Value error, Invalid IP address format",
			      .ctx = "{\"error\":{}}",
			      .shown = text });
}

static void
check_time(const struct place *p, struct json_value v)
{
	struct sv text = SV_NONE;
	double number = 0;
	int64_t at;
	bool good;

	if (json_type(v) == JSON_OBJECT)
		return; /* {"$date": ...}: the reader of that format knows it */
	if (json_string(v, &text))
		good = time_parse(sv_trim(text), 0, &at) ||
		       time_parse_syslog(sv_trim(text), 1970, 0, &at);
	else if (json_f64(v, &number))
		good = time_from_number(number, &at);
	else {
		refuse_type(p, "datetime_type", "Input should be a valid datetime");
		return;
	}
	if (!good)
		refuse(p, &(struct fault){ .type = "datetime_from_date_parsing",
			      .msg = "Input should be a valid datetime or date",
			      .ctx = "{\"error\":\"expected ISO 8601 or an epoch number\"}",
			      .shown = text });
	else if (at > p->now_us + REQUEST_SKEW_US)
		refuse(p, &(struct fault){ .type = "value_error",
			      .msg = "Value error, Timestamp cannot be in the future",
			      .ctx = "{\"error\":{}}",
			      .shown = text });
}

static void
check_payload(const struct place *p, struct json_value v)
{
	struct sv text;

	if (json_type(v) == JSON_OBJECT || json_type(v) == JSON_ARRAY)
		return; /* structured payloads of some honeypots */
	if (!json_string(v, &text))
		refuse_type(p, "string_type", "Input should be a valid string");
	else if (text.len == 0)
		refuse(p, &(struct fault){ .type = "string_too_short",
			      .msg = "String should have at least 1 character",
			      .ctx = "{\"min_length\":1}",
			      .shown = text });
	else if (text.len > REQUEST_PAYLOAD_MOST && sv_characters(text) > REQUEST_PAYLOAD_MOST)
		refuse(p, &(struct fault){ .type = "string_too_long",
			      .msg = "String should have at most 10000 characters",
			      .ctx = "{\"max_length\":10000}" });
}

static void
check_port_range(const struct place *p, int64_t port)
{
	char text[24];
	struct fault f = { .shown_raw = true };

	if (port >= 1 && port <= 65535)
		return;
	f.shown =
	    (struct sv){ text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)port) };
	f.type = port < 1 ? "greater_than_equal" : "less_than_equal";
	f.msg = port < 1 ? "Input should be greater than or equal to 1"
			 : "Input should be less than or equal to 65535";
	f.ctx = port < 1 ? "{\"ge\":1}" : "{\"le\":65535}";
	refuse(p, &f);
}

static void
check_port(const struct place *p, struct json_value v)
{
	struct sv text;
	int64_t port;
	double number;

	if (json_i64(v, &port)) {
		check_port_range(p, port);
	} else if (json_string(v, &text)) {
		if (sv_to_i64(sv_trim(text), &port))
			check_port_range(p, port);
		else
			refuse(p, &(struct fault){ .type = "int_parsing",
				      .msg = "Input should be a valid integer, unable to parse "
					     "string as an integer",
				      .shown = text });
	} else if (json_f64(v, &number)) {
		if (fabs(number) < 1e15 && number == floor(number))
			check_port_range(p, (int64_t)number);
		else
			refuse_type(p, "int_from_float",
			    "Input should be a valid integer, got a number with a fractional part");
	} else {
		refuse_type(p, "int_type", "Input should be a valid integer");
	}
}

/* The original's rule is ^[A-Z]{2,10}$; any case is taken, and digits behind the first letter ("pop3"). */
static bool
is_protocol(struct sv text)
{
	if (text.len < 2 || text.len > 10)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return true;
}

static void
check_protocol(const struct place *p, struct json_value v)
{
	struct sv text;

	if (!json_string(v, &text))
		refuse_type(p, "string_type", "Input should be a valid string");
	else if (!is_protocol(text))
		refuse(p, &(struct fault){ .type = "string_pattern_mismatch",
			      .msg = "String should match pattern '^[A-Za-z][A-Za-z0-9]{1,9}$'",
			      .ctx = "{\"pattern\":\"^[A-Za-z][A-Za-z0-9]{1,9}$\"}",
			      .shown = text });
}

#define RULE(name, check)                                  \
	{                                                  \
		{ "" name, sizeof(name) - 1 }, name, check \
	}
static const struct rule {
	struct sv name;
	const char *text;
	void (*check)(const struct place *p, struct json_value v);
} rules[] = {
	RULE("source_ip", check_address),
	RULE("src_ip", check_address),
	RULE("sourceIp", check_address),
	RULE("srcIp", check_address),
	RULE("attacker_ip", check_address),
	RULE("attackerIp", check_address),
	RULE("timestamp", check_time),
	RULE("payload", check_payload),
	RULE("target_port", check_port),
	RULE("protocol", check_protocol),
};

static const struct rule *
rule_of(struct sv name)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].name.len == name.len && sv_eq(name, rules[i].name))
			return &rules[i];
	return NULL;
}

void
session_check(
    struct json_value session, const struct fault_at *at, int64_t now_us, struct faults *faults)
{
	struct json_iter members = json_each(session);
	struct sv name;
	struct json_value v;

	if (json_type(session) != JSON_OBJECT) {
		faults_add(faults, at,
		    &(struct fault){ .type = "model_type",
			.msg = "Input should be a valid dictionary or instance of AttackSession",
			.ctx = "{\"class_name\":\"AttackSession\"}" });
		return;
	}
	while (json_next_member(&members, &name, &v)) {
		const struct rule *rule = rule_of(name);
		struct place p = { .now_us = now_us, .faults = faults };

		if (rule == NULL || json_type(v) == JSON_NULL)
			continue;
		p.at = *at;
		p.name = rule->text;
		rule->check(&p, v);
	}
}
