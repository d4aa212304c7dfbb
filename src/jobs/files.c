/* files.c - what the analyses of a service rest on, as its settings name it. */
#include "jobs/jobs.h"
#include "services/services.h"

enum coord_err
jobs_files_open(const struct config *config, struct services_files **ret, struct coord_error *err)
{
	struct services_paths paths = { .reference = config->reference,
		.null_table = config->null_table,
		.asn = config->asn,
		.model = config->model,
		.tools_folder = config->tools_folder,
		.tools_system = config->tools_folder != NULL && config->tools_folder[0] != 0,
		.base_names = true };

	return services_files_open(&paths, ret, err);
}
