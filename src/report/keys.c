/* keys.c - see keys.h. */
#include "report/keys.h"

#include <math.h>

void
key_str(struct jsonw *w, const char *key, const char *value)
{
	jsonw_key(w, key);
	jsonw_str(w, value);
}

void
key_u64(struct jsonw *w, const char *key, uint64_t value)
{
	jsonw_key(w, key);
	jsonw_u64(w, value);
}

void
key_prob(struct jsonw *w, const char *key, double value)
{
	jsonw_key(w, key);
	jsonw_prob(w, value);
}

void
key_bool(struct jsonw *w, const char *key, bool value)
{
	jsonw_key(w, key);
	jsonw_bool(w, value);
}

void
key_time(struct jsonw *w, const char *key, int64_t us)
{
	jsonw_key(w, key);
	document_time(w, us);
}

void
key_interval(struct jsonw *w, double low, double high)
{
	jsonw_key(w, "confidence_interval");
	if (!isfinite(low) || !isfinite(high)) {
		jsonw_null(w);
		return;
	}
	jsonw_array(w);
	jsonw_prob(w, low);
	jsonw_prob(w, high);
	jsonw_end(w);
}

void
key_strings(struct jsonw *w, const char *key, const char *const *texts, uint32_t n)
{
	jsonw_key(w, key);
	jsonw_array(w);
	for (uint32_t i = 0; i < n; i++)
		jsonw_str(w, texts[i]);
	jsonw_end(w);
}

/* Six significant digits: a p-value of 1e-9 must not become 0, for no test of ours can say "impossible". */
void
key_digits(struct jsonw *w, const char *key, double value)
{
	jsonw_key(w, key);
	jsonw_f64(w, document_digits(value));
}
