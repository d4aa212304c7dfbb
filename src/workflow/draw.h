/* draw.h - what both drawings share (private to workflow/). */
#ifndef COORD_WORKFLOW_DRAW_H
#define COORD_WORKFLOW_DRAW_H

#include "workflow/inside.h"

struct layout {
	int layer[WORKFLOW_MOST], place[WORKFLOW_MOST]; /* of a node */
	int width[WORKFLOW_MOST];                       /* of a layer: its nodes */
	int order[WORKFLOW_MOST];                       /* nodes, layer by layer */
	int n, layers, widest;
};
void layout_init(struct layout *l, const struct plan *plan);

struct fate {
	enum { FATE_UNKNOWN, FATE_OPEN, FATE_DONE, FATE_FAILED, FATE_ASKS, FATE_SKIPPED } what;
	uint32_t visits, attempts;
	int64_t elapsed_us;
};
struct fate fate_of(const struct store_workflow *run, const char *node);
void fate_text(const struct fate *fate, struct buf *out);

#endif
