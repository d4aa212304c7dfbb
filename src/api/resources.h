/* resources.h - the functions that the table of routes names, one file a resource (private to api/). */
#ifndef COORD_API_RESOURCES_H
#define COORD_API_RESOURCES_H

#include "api/server.h"

bool coordination_run(struct request *r);
bool bulk_run(struct request *r);
bool logs_begin(struct request *r);
bool logs_piece(struct request *r, const char *data, size_t len);
bool logs_run(struct request *r);
bool result_list(struct request *r);
bool result_run(struct request *r);
bool result_delete(struct request *r);
bool events_run(struct request *r);
bool report_run(struct request *r);
bool export_run(struct request *r);
bool sessions_run(struct request *r);
bool workflow_show(struct request *r);
bool workflow_resume(struct request *r);
bool campaigns_run(struct request *r);
bool campaign_run(struct request *r);
bool health_run(struct request *r);
bool ready_run(struct request *r);
bool live_run(struct request *r);
bool metrics_run(struct request *r);
bool openapi_run(struct request *r);
bool docs_run(struct request *r);
bool root_run(struct request *r);

#endif
