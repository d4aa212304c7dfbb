/* fuzz_model.c - a model file from anywhere: refused, or every number in it is one that scoring can use. */
#include <assert.h>
#include <math.h>

#include "detect/judge/score.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct detect_model *model;
	struct coord_error err;
	struct score_input in = { .p_world_adjusted = 0.01, .prior = 0.1, .visits = 10 };
	struct score s;

	if (detect_model_parse((struct sv){ (const char *)data, len }, &model, &err) != COORD_OK)
		return 0;
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		in.features[f] = f % 3 == 0 ? (double)NAN : (double)f;
	in.head = &model->with_reference;
	s = score_of(&in);
	assert(s.confidence >= 0 && s.confidence <= 1 && s.low <= s.high);
	detect_model_free(model);
	return 0;
}
