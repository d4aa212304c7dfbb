/* world_support.h - a world for the tests of room generate. */
#ifndef COORD_TEST_WORLD_SUPPORT_H
#define COORD_TEST_WORLD_SUPPORT_H

#include "generate/world.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static inline struct world *
make_world(const struct generate_config *config)
{
	struct world *w = NULL;
	struct coord_error err;

	if (world_new(config, &w, &err) != COORD_OK)
		fail_msg("%s", err.what);
	return w;
}

#endif
