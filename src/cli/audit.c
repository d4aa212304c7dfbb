/* audit.c - `coord audit verify`: does the log of who did what still hang together? */
#include "auth/auth.h"

#include "cli/command.h"
#include "cli/output.h"
#include "cli/service.h"

/* clang-format off */
static const struct option options[] = {
	{ "--head", 0, "SEQ:HASH", OPTION_TEXT, OPTION_AT(head), 0, 0, NULL, NULL,
	  "A head that an earlier call printed: it has to be in the chain still, so that a tail cut off is seen too." },
	SERVICE_OPTIONS,
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord audit verify", "prints the head: keep it where the service cannot write" },
	{ "coord audit verify --head \"$(cat yesterday)\"",
	    "nothing of yesterday's log was changed" },
	{ NULL, NULL },
};

struct head {
	uint64_t seq;
	struct sv hash;
};

static bool
head_parse(const char *text, struct head *ret)
{
	struct sv rest = sv_from(text), seq = sv_cut(&rest, ':');

	ret->hash = rest;
	return sv_to_u64(seq, &ret->seq) && ret->seq > 0 && rest.len == 64;
}

/** The row of this number has this hash. */
static enum cli_status
head_check(const struct command *self, struct store *store, const struct head *head)
{
	struct arena *arena = arena_new(0);
	enum cli_status status = STATUS_FAILED;
	struct store_audit *rows;
	struct coord_error err;
	char hex[65] = "";
	size_t n = 0;

	if (arena == NULL ||
	    store_audit_list(store, head->seq - 1, 1, arena, &rows, &n, &err) != COORD_OK) {
		arena_free(arena);
		return arena == NULL ? STATUS_FAILED : complain_error(self, &err);
	}
	if (n == 1 && rows[0].seq == head->seq)
		hex_of(rows[0].hash, sizeof(rows[0].hash), hex);
	if (sv_eq(sv_from(hex), head->hash))
		status = STATUS_DONE;
	else
		complain(self, "the audit log is broken: row %llu %s",
		    (unsigned long long)head->seq,
		    hex[0] == 0 ? "is gone" : "is not the one of --head");
	arena_free(arena);
	return status;
}

static enum cli_status
print_check(const struct command *self, const struct auth_audit_check *check)
{
	struct buf out = BUF_INIT(4096);
	enum cli_status status;
	char hex[65];

	if (!check->holds) {
		complain(self, "the audit log is broken at row %llu: %s",
		    (unsigned long long)check->broken_at, check->why);
		return STATUS_FAILED;
	}
	hex_of(check->head, sizeof(check->head), hex);
	if (check->rows == 0)
		buf_add_str(&out, "the audit log is empty\n");
	else
		buf_printf(&out, "the audit log holds: %llu rows, %llu to %llu\nhead %llu:%s\n",
		    (unsigned long long)check->rows, (unsigned long long)check->first,
		    (unsigned long long)check->last, (unsigned long long)check->last, hex);
	status = output_whole(self, NULL, &out);
	buf_clear(&out);
	return status;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct auth_audit_check check;
	struct service service;
	struct coord_error err;
	struct head head = { 0 };
	enum cli_status status;

	if (settings->head != NULL && !head_parse(settings->head, &head)) {
		complain(self,
		    "--head: expected SEQ:HASH as an earlier call printed it, got \"%s\"",
		    settings->head);
		return hint_help(self);
	}
	status = service_open(self, settings, &service);
	if (status == STATUS_DONE && auth_audit_verify(service.store, &check, &err) != COORD_OK)
		status = complain_error(self, &err);
	else if (status == STATUS_DONE)
		status = print_check(self, &check);
	if (status == STATUS_DONE && head.seq != 0)
		status = head_check(self, service.store, &head);
	service_close(&service);
	return status;
}

const struct command command_audit_verify = {
	.name = "audit verify",
	.operands = "",
	.title = "Check the chain of the audit log",
	.about = "Every row of the log holds the hash of the row before it: a row that was "
		 "changed, removed "
		 "or put in between breaks the chain, and the first such row is named. The last "
		 "row's hash is "
		 "printed as the head.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
