/* state.c - the fields of a run: a step's writes are merged into them, one after the other in the order of the steps. */
#include <string.h>

#include "workflow/inside.h"

uint32_t
field_version(const struct workflow_field *field)
{
	return field->version == 0 ? 1 : field->version;
}

static enum coord_err
reduce(struct run *run, int field, const struct value *added, struct value **ret,
    struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf out = BUF_INIT(VALUE_MOST);

	TRY(run->plan.graph->fields[field].reduce(
	    value_sv(run->fields[field]), value_sv(added), &out, err));
	*ret = out.failed ? NULL : value_new(buf_sv(&out));
	return *ret != NULL ? COORD_OK
			    : error_set(err, COORD_ENOMEM, "workflow: no memory for %s",
				  run->plan.graph->fields[field].name);
}

enum coord_err
state_put(struct run *run, int field, struct value *value, struct coord_error *err)
{
	struct value *now = NULL;

	if (run->plan.graph->fields[field].reduce != NULL)
		TRY(reduce(run, field, value, &now, err));
	else
		now = value_hold(value);
	value_drop(run->fields[field]);
	run->fields[field] = now;
	return COORD_OK;
}

enum coord_err
state_merge(struct run *run, const struct workflow_step *step, struct coord_error *err)
{
	for (size_t f = 0; f < run->plan.graph->n_fields; f++)
		if (step->writes[f] != NULL)
			TRY(state_put(run, (int)f, step->writes[f], err));
	return COORD_OK;
}

static enum coord_err
bring_up(const struct workflow_field *field, const struct output *output, struct buf *migrated,
    struct sv *ret, struct coord_error *err)
{
	const uint32_t now = field_version(field);

	*ret = output->value;
	if (output->version == now)
		return COORD_OK;
	if (output->version > now || field->migrate == NULL)
		return error_set(err, COORD_EINVALID,
		    "workflow: field %s was written in version %u of its form, this program knows "
		    "%u",
		    field->name, output->version, now);
	TRY(field->migrate(output->version, output->value, migrated, err));
	*ret = buf_sv(migrated);
	return migrated->failed
		   ? error_set(err, COORD_ENOMEM, "workflow: no memory for %s", field->name)
		   : COORD_OK;
}

static enum coord_err
apply_one(struct run *run, const struct output *output, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf migrated = BUF_INIT(VALUE_MOST);
	int field = plan_field(run->plan.graph, output->field);
	struct value *value;
	struct sv bytes;
	enum coord_err rc;

	if (field == NONE)
		return error_set(err, COORD_EINVALID,
		    "workflow: the run has a field %.*s, which this program does not know",
		    SV_ARG(output->field));
	TRY(bring_up(&run->plan.graph->fields[field], output, &migrated, &bytes, err));
	TRY(value_check(&run->plan.graph->fields[field], bytes, err));
	value = value_new(bytes);
	if (value == NULL)
		return error_set(err, COORD_ENOMEM, "workflow: no memory for a field");
	rc = state_put(run, field, value, err);
	value_drop(value);
	return rc;
}

enum coord_err
state_apply(struct run *run, struct sv outputs, struct coord_error *err)
{
	struct output output;
	enum coord_err rc;

	while (output_next(&outputs, &output, &rc, err))
		TRY(apply_one(run, &output, err));
	return rc;
}
