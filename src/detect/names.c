/* names.c - the names of verdicts and evidence channels, from the one table in detect.h. */
#include "detect/detect.h"

#include <assert.h>

static const struct {
	const char *name, *key, *title;
} channels[] = {
#define CHANNEL_ROW(id, name, key, title) [CHANNEL_##id] = { name, key, title },
	DETECT_CHANNELS(CHANNEL_ROW)
#undef CHANNEL_ROW
};

const char *
detect_verdict_name(enum detect_verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_INSUFFICIENT] = "insufficient_evidence",
		[VERDICT_COINCIDENTAL] = "coincidental",
		[VERDICT_CAMPAIGN] = "coordinated_campaign",
		[VERDICT_SINGLE_ACTOR] = "single_actor_multiple_sources",
	};

	assert((size_t)verdict < sizeof(names) / sizeof(names[0]));
	return names[verdict];
}

const char *
detect_channel_name(enum detect_channel channel)
{
	assert(channel < CHANNEL_COUNT);
	return channels[channel].name;
}

const char *
detect_channel_key(enum detect_channel channel)
{
	assert(channel < CHANNEL_COUNT);
	return channels[channel].key;
}

const char *
detect_channel_title(enum detect_channel channel)
{
	assert(channel < CHANNEL_COUNT);
	return channels[channel].title;
}
