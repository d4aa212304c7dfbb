/* ask.h - a look-up on its way through the client layer (private to tools/). */
#ifndef COORD_TOOLS_ONLINE_ASK_H
#define COORD_TOOLS_ONLINE_ASK_H

#include "tools/online/layer.h"

enum { ASK_TOGETHER_MOST = 500 };

/** What the look-ups of one tools_ask share. */
struct asking {
	struct tools *tools;
	const struct tools_ask_options *options;
	int64_t deadline_us; /* of tools' clock */
};
/** One of them. Everything it points to is in the arena of sent.facts. */
struct on_way {
	struct tools_answer answer;
	struct sent sent;
	bool settled; /* without a request, or after one that was told off */
};

/** Answers `n` look-ups of one provider: one by one, or over one connection where the provider takes many. answer.lookup, sent.lookup, sent.call and sent.facts.arena
 *  are set by the caller. */
void ask_together(struct asking *asking, struct seat *seat, struct on_way *ways, size_t n);

#endif
