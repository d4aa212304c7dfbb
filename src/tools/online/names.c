/* names.c - the names of kinds, branches, outcomes and facts, and the table of providers. */
#include "tools/provider.h"

static const char *const kinds[] = { "address", "asn", "prefix", "route", "hash", "url", "domain" };
static const char *const branches[] = { "bgp", "geo", "intel" };
static const char *const outcomes[] = {
#define OUTCOME_NAME(constant, name) #name,
	TOOLS_OUTCOMES(OUTCOME_NAME)
#undef OUTCOME_NAME
};
static const char *const facts[] = {
#define FACT_NAME(constant, name) #name,
	TOOLS_FACTS(FACT_NAME)
#undef FACT_NAME
};
static const struct provider *const providers[] = {
#define PROVIDER_ROW(name) &provider_##name,
	PROVIDERS(PROVIDER_ROW)
#undef PROVIDER_ROW
};

const char *
tools_kind_name(enum tools_kind kind)
{
	return kinds[kind];
}

const char *
tools_branch_name(enum tools_branch branch)
{
	return branches[branch];
}

const char *
tools_outcome_name(enum tools_outcome outcome)
{
	return outcomes[outcome];
}

const char *
tools_fact_name(enum tools_fact_name name)
{
	return facts[name];
}

const struct provider *
provider_at(size_t i)
{
	return i < sizeof(providers) / sizeof(providers[0]) ? providers[i] : NULL;
}

const struct provider *
provider_named(struct sv name)
{
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (sv_eq(name, sv_from(providers[i]->name)))
			return providers[i];
	return NULL;
}
