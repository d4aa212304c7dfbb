/* outputs.c - what a step wrote, as the bytes of a checkpoint: for each field its name (a byte of length), the version of its form (4 bytes), its length (8)
 * and the value, all little-endian. Fields that a step did not write are not there: a checkpoint costs what changed. */
#include <string.h>

#include "workflow/inside.h"

void
output_put(struct buf *out, struct sv field, uint32_t version, struct sv value)
{
	const uint64_t len = value.len;

	buf_add_char(out, (char)(unsigned char)field.len);
	buf_add_sv(out, field);
	buf_add(out, &version, sizeof(version));
	buf_add(out, &len, sizeof(len));
	buf_add_sv(out, value);
}

static bool
damaged(enum coord_err *rc, struct coord_error *err)
{
	*rc = error_set(err, COORD_EINVALID, "workflow: a checkpoint is damaged");
	return false;
}

bool
output_next(struct sv *rest, struct output *ret, enum coord_err *rc, struct coord_error *err)
{
	size_t name;
	uint64_t len;

	*rc = COORD_OK;
	if (rest->len == 0)
		return false;
	name = (unsigned char)rest->data[0];
	if (name == 0 || name >= WORKFLOW_NAME_MOST ||
	    rest->len < 1 + name + sizeof(ret->version) + sizeof(len))
		return damaged(rc, err);
	ret->field = (struct sv){ rest->data + 1, name };
	memcpy(&ret->version, rest->data + 1 + name, sizeof(ret->version));
	memcpy(&len, rest->data + 1 + name + sizeof(ret->version), sizeof(len));
	*rest = sv_skip(*rest, 1 + name + sizeof(ret->version) + sizeof(len));
	if (len > rest->len || ret->version == 0)
		return damaged(rc, err);
	ret->value = sv_first(*rest, len);
	*rest = sv_skip(*rest, len);
	return true;
}

struct sv
workflow_saved(const struct store_workflow *run, const char *field, uint32_t before)
{
	struct sv found = SV_NONE;

	for (size_t i = 0; i < run->n_steps; i++) {
		struct sv rest = run->steps[i].outputs;
		enum coord_err rc;
		struct output output;

		while (run->steps[i].step < before && output_next(&rest, &output, &rc, NULL))
			if (sv_eq(output.field, sv_from(field)))
				found = output.value;
	}
	return found;
}
