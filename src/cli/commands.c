/* commands.c - the table of commands: one row a command, which lives in a file of its own. */
#include "cli/command.h"

extern const struct command command_evaluate, command_evaluate_self, command_evaluate_train;
extern const struct command command_evaluate_real;
extern const struct command command_audit_verify, command_keys_create, command_keys_list,
    command_keys_revoke, command_keys_rotate;
extern const struct command command_analyze, command_explain, command_generate, command_help,
    command_ingest, command_reference_build, command_reference_null_table, command_reference_show,
    command_verify, command_version;
extern const struct command command_callbacks_list, command_callbacks_requeue,
    command_callbacks_secret;
extern const struct command command_serve;
extern const struct command command_backup, command_migrate, command_restore;
extern const struct command command_config;
extern const struct command command_jobs_cancel, command_jobs_list, command_jobs_requeue,
    command_jobs_show;
extern const struct command command_llm_ask, command_llm_narrate, command_llm_probe;
extern const struct command command_tools_ask, command_tools_providers;
extern const struct command command_tools_build, command_tools_list, command_tools_lookup,
    command_tools_update;
extern const struct command command_workflow_fork, command_workflow_replay, command_workflow_resume,
    command_workflow_show;
extern const struct command command_worker, command_worker_child;

const struct command *const commands[] = {
	&command_analyze,
	&command_explain,
	&command_verify,
	&command_llm_narrate,
	&command_llm_ask,
	&command_llm_probe,
	&command_ingest,
	&command_reference_build,
	&command_reference_null_table,
	&command_reference_show,
	&command_generate,
	&command_evaluate,
	&command_evaluate_self,
	&command_evaluate_train,
	&command_evaluate_real,
	&command_keys_create,
	&command_keys_list,
	&command_keys_revoke,
	&command_keys_rotate,
	&command_audit_verify,
	&command_callbacks_list,
	&command_callbacks_requeue,
	&command_callbacks_secret,
	&command_serve,
	&command_worker,
	&command_migrate,
	&command_backup,
	&command_restore,
	&command_config,
	&command_jobs_list,
	&command_jobs_show,
	&command_jobs_requeue,
	&command_jobs_cancel,
	&command_workflow_show,
	&command_workflow_replay,
	&command_workflow_resume,
	&command_workflow_fork,
	&command_tools_ask,
	&command_tools_providers,
	&command_tools_update,
	&command_tools_list,
	&command_tools_lookup,
	&command_tools_build,
	&command_help,
	&command_version,
	NULL,
};

const struct command *const hidden_commands[] = {
	&command_worker_child,
	NULL,
};
