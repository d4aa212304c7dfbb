/* llm.c - `coord llm narrate|ask|probe`: a result told in words, a question about it answered, and the model server looked at. */
#include "llm/llm.h"

#include "cli/command.h"
#include "cli/output.h"
#include "cli/service.h"

enum { FORMAT_TEXT, FORMAT_JSON };

static const size_t document_most = (size_t)1 << 30;

/* clang-format off */
#define FORMAT_OPTION                                                                              \
	{ "--format", 0, "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json", "text",    \
	  "text: for people. json: as `narrative` of a result document." }

static const struct option options[] = {
	FORMAT_OPTION,
	OUTPUT_OPTION,
	SERVICE_OPTIONS,
};
static const struct option probe_options[] = {
	SERVICE_OPTIONS,
};
/* clang-format on */

/** The server of the configuration. The database is used when one is named: for the cache, and for turns with the workers of the service. */
struct session {
	struct service service;
	struct net *net;
	struct llm *llm;
	struct arena *arena;
};

static enum cli_status
session_open(const struct command *self, const struct settings *settings, struct session *ret)
{
	const struct config *config = &ret->service.config;
	struct coord_error err;
	enum cli_status status;

	*ret = (struct session){ .arena = arena_new(0) };
	if (ret->arena == NULL)
		return STATUS_FAILED;
	status = service_config(self, settings, &ret->service.config);
	if (status != STATUS_DONE)
		return status;
	if (config->database_url[0] != 0 || config->state_dir[0] != 0) {
		config_clear(&ret->service.config);
		status = service_open(self, settings, &ret->service);
		if (status != STATUS_DONE)
			return status;
	}
	if (service_net(config, &ret->net, &err) != COORD_OK ||
	    llm_open(config, ret->net, ret->service.store, NULL, &ret->llm, &err) != COORD_OK)
		return complain_error(self, &err);
	return STATUS_DONE;
}

static void
session_close(struct session *session)
{
	llm_close(session->llm);
	net_free(session->net);
	service_close(&session->service);
	arena_free(session->arena);
}

static enum cli_status
print(
    const struct command *self, const struct settings *settings, const struct narrative *narrative)
{
	struct buf out = BUF_INIT((size_t)16 << 20);
	struct jsonw w = jsonw_init(&out, true);
	enum cli_status status;

	if (settings->format == FORMAT_JSON) {
		narrative_json(narrative, &w);
		buf_add_char(&out, '\n');
	} else {
		narrative_text(narrative, &out);
	}
	status = output_whole(self, settings->output, &out);
	buf_clear(&out);
	return status;
}

static enum cli_status
tell(const struct command *self, const struct settings *settings, struct session *session,
    const char *question)
{
	struct buf document = BUF_INIT(document_most);
	struct narrative narrative;
	struct coord_error err;
	enum coord_err rc = file_read_whole(settings->operands.items[0], &document, &err);
	enum cli_status status;

	if (rc == COORD_OK && question == NULL)
		rc = llm_narrate(
		    session->llm, buf_sv(&document), NULL, session->arena, &narrative, &err);
	else if (rc == COORD_OK)
		rc = llm_ask(session->llm, buf_sv(&document), sv_from(question), NULL,
		    session->arena, &narrative, &err);
	status = rc == COORD_OK ? print(self, settings, &narrative) : complain_error(self, &err);
	buf_clear(&document);
	return status;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct session session;
	enum cli_status status = session_open(self, settings, &session);

	if (status == STATUS_DONE)
		status = tell(self, settings, &session,
		    settings->operands.n > 1 ? settings->operands.items[1] : NULL);
	session_close(&session);
	return status;
}

static const struct example narrate_examples[] = {
	{ "coord analyze --format json -o result.json logs/ && coord llm narrate result.json",
	    "the story of a result" },
	{ "coord llm narrate --set LLM_SERVICE_URL=http://127.0.0.1:11434 result.json",
	    "told by Ollama" },
	{ NULL, NULL },
};

const struct command command_llm_narrate = {
	.name = "llm narrate",
	.operands = "RESULT.json",
	.operands_least = 1,
	.operands_most = 1,
	.operands_are_files = true,
	.title = "Tell a result in sentences that cite their evidence",
	.about =
	    "Reads a result that analyze wrote with --format json. With LLM_SERVICE_URL a language "
	    "model tells it and every sentence is checked against the result; without one, or when "
	    "what it says does not stand up, a template does. No number is produced or moved.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = narrate_examples,
	.run = run,
};

static const struct example ask_examples[] = {
	{ "coord llm ask result.json \"What speaks against coordination of c1?\"", "one question" },
	{ NULL, NULL },
};

const struct command command_llm_ask = {
	.name = "llm ask",
	.operands = "RESULT.json QUESTION",
	.operands_least = 2,
	.operands_most = 2,
	.operands_are_files = true,
	.title = "Answer a question about a result",
	.about =
	    "The answer's sentences are checked as those of a narrative are. Without a model the "
	    "template's sentences that share words with the question are shown.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = ask_examples,
	.run = run,
};

/* --- probe ------------------------------------------------------------------------------------------------------------ */

static void
print_probe(const struct llm_probe *probe, struct buf *out)
{
	if (probe->kind.len > 0)
		buf_printf(out, "server: %.*s\n", SV_ARG(probe->kind));
	for (size_t i = 0; i < probe->n_models; i++)
		buf_printf(out, "model: %.*s, asked by %.*s%s\n", SV_ARG(probe->models[i].name),
		    SV_ARG(probe->models[i].probed ? probe->models[i].mode : SV("nothing yet")),
		    !probe->models[i].probed ? ""
		    : probe->models[i].obeys ? ", which the server holds answers to"
					     : ", which only the prompt asks for");
}

static enum cli_status
probe(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT((size_t)1 << 20);
	struct session session;
	struct llm_probe found;
	struct coord_error err;
	enum cli_status status = session_open(self, settings, &session);

	if (status == STATUS_DONE &&
	    llm_probe(session.llm, session.arena, &found, &err) != COORD_OK)
		status = complain_error(self, &err);
	else if (status == STATUS_DONE) {
		print_probe(&found, &out);
		status = output_whole(self, NULL, &out);
		if (found.reason.len > 0) {
			complain(self, "%.*s%s%.*s", SV_ARG(found.reason),
			    found.detail.len > 0 ? ": " : "", SV_ARG(found.detail));
			status = STATUS_FAILED;
		}
	}
	buf_clear(&out);
	session_close(&session);
	return status;
}

const struct command command_llm_probe = {
	.name = "llm probe",
	.operands = "",
	.title = "Look at the language model's server",
	.about =
	    "Asks LLM_SERVICE_URL which server it is and which models it has, and finds out how "
	    "each of COORD_LLM_MODELS can be held to a schema.",
	.options = probe_options,
	.n_options = sizeof(probe_options) / sizeof(probe_options[0]),
	.run = probe,
};
