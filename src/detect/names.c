/* names.c - the names of verdicts, evidence channels and nulls. A channel's own are in its file. */
#include <assert.h>

#include "detect/channel/channel.h"

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
	return channels[channel]->name;
}

const char *
detect_channel_key(enum detect_channel channel)
{
	assert(channel < CHANNEL_COUNT);
	return channels[channel]->key;
}

const char *
detect_channel_title(enum detect_channel channel)
{
	assert(channel < CHANNEL_COUNT);
	return channels[channel]->title;
}

const char *
detect_channel_family(enum detect_channel channel)
{
	assert(channel < CHANNEL_COUNT);
	return channel_family_name(channels[channel]->family);
}

const char *
detect_channel_null(enum detect_channel channel)
{
	assert(channel < CHANNEL_COUNT);
	return channels[channel]->null_name;
}

static const struct null_row {
	const char *name, *meaning;
} other_nulls[] = { { "whole nodes drawn from the reference within tool strata",
			"all that a source did replaced by all that another did, drawn from the "
			"background's attackers with the same tool" },
	{ "whole nodes exchanged within tool strata",
	    "all that a source did exchanged for all that another did, among the input's "
	    "attackers with the same tool" },
	{ "uniform interval jitter (too little background)",
	    "each visit moved to any time within the same hour, as the background is "
	    "too thin" },
	{ "whole-pipeline null worlds",
	    "the whole analysis run on batches in which times, deeds and addresses were redrawn "
	    "among attackers with the same tool" } };

enum { OTHER_NULLS = sizeof(other_nulls) / sizeof(other_nulls[0]) };

static const char *
null_row(size_t i, const char **ret_meaning)
{
	if (i >= CHANNEL_COUNT + OTHER_NULLS)
		return NULL;
	*ret_meaning =
	    i < CHANNEL_COUNT ? channels[i]->null_meaning : other_nulls[i - CHANNEL_COUNT].meaning;
	return i < CHANNEL_COUNT ? channels[i]->null_name : other_nulls[i - CHANNEL_COUNT].name;
}

/* Channels may share a null: its first row counts. */
static bool
named_before(size_t row, const char *name)
{
	const char *meaning;

	for (size_t i = 0; i < row; i++)
		if (strcmp(null_row(i, &meaning), name) == 0)
			return true;
	return false;
}

const char *
detect_null_at(size_t i, const char **ret_meaning)
{
	const char *name;
	size_t row = 0;

	for (; (name = null_row(row, ret_meaning)) != NULL; row++)
		if (!named_before(row, name) && i-- == 0)
			return name;
	return NULL;
}

const char *
detect_null_meaning(struct sv null_name)
{
	const char *name, *meaning;

	for (size_t i = 0; (name = detect_null_at(i, &meaning)) != NULL; i++)
		if (sv_eq(null_name, sv_from(name)))
			return meaning;
	return NULL;
}

const char *
detect_feature_name(unsigned feature)
{
	static const char *const names[] = {
#define FEATURE(constant, name) name,
		DETECT_FEATURES(FEATURE)
#undef FEATURE
	};

	assert(feature < FEATURE_COUNT);
	if (feature < CHANNEL_COUNT)
		return channels[feature]->name;
	return names[feature - CHANNEL_COUNT];
}
