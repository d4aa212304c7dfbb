/* output.c - a world into a session builder, or into a directory: the log, labels.csv, manifest.json. */
#include "generate/formats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FLUSH_BYTES = 1 << 20 };

static void
label_of(const struct world *w, uint32_t i, struct generate_label *ret)
{
	const struct actor *a = &w->actors[w->sessions[i].actor];

	ret->source = a->source;
	ret->group = a->group;
	ret->part = a->part;
	render_id(w, i, ret->session);
}

void
generate_labels_clear(struct generate_labels *labels)
{
	free(labels->labels);
	*labels = (struct generate_labels){ 0 };
}

static enum coord_err
fill_builder(const struct world *w, struct session_builder *into, struct coord_error *err)
{
	struct rendered *r = malloc(sizeof(*r));
	enum coord_err rc = COORD_OK;

	if (r == NULL)
		return error_set(err, COORD_ENOMEM, "generate: no memory");
	if (w->real != NULL)
		rc = real_fill(w, into, err);
	for (uint32_t i = 0; i < w->n_sessions && rc == COORD_OK; i++) {
		render_session(w, i, r);
		rc = session_builder_add(into, &r->row, err);
	}
	free(r);
	return rc;
}

enum coord_err
generate_sessions(const struct generate_config *config, struct session_builder *into,
    struct generate_labels *ret, struct coord_error *err)
{
	struct world *w = NULL;
	struct generate_labels labels = { 0 };
	enum coord_err rc;

	TRY(world_new(config, &w, err));
	labels.labels = malloc(((size_t)w->n_sessions + 1) * sizeof(*labels.labels));
	if (labels.labels == NULL)
		rc = error_set(err, COORD_ENOMEM, "generate: no memory for labels");
	else
		rc = fill_builder(w, into, err);
	if (rc == COORD_OK) {
		labels.n = w->n_sessions;
		labels.n_groups = config->n_plans;
		memcpy(labels.groups, w->groups, sizeof(labels.groups));
		for (uint32_t i = 0; i < w->n_sessions; i++)
			label_of(w, i, &labels.labels[i]);
		*ret = labels;
	} else {
		free(labels.labels);
	}
	world_free(w);
	return rc;
}

/** A file being written, with its name for errors. */
struct sink {
	FILE *file;
	char path[1024];
	struct buf out;
};

static enum coord_err
sink_open(struct sink *s, const char *directory, const char *name, struct coord_error *err)
{
	*s = (struct sink){ .out = BUF_INIT(8 * FLUSH_BYTES) };
	if ((size_t)snprintf(s->path, sizeof(s->path), "%s/%s", directory, name) >= sizeof(s->path))
		return error_set(err, COORD_EIO, "%s: path too long", directory);
	if ((s->file = fopen(s->path, "wb")) == NULL)
		return error_set(err, COORD_EIO, "%s: %s", s->path, strerror(errno));
	return COORD_OK;
}

static void
sink_flush(struct sink *s, size_t above)
{
	if (s->out.len <= above || s->out.failed)
		return;
	if (fwrite(s->out.data, 1, s->out.len, s->file) != s->out.len)
		s->out.failed = true;
	s->out.len = 0;
}

/* Ends the file; a write error shows here at the latest. */
static enum coord_err
sink_close(struct sink *s, enum coord_err rc, uint64_t *bytes, struct coord_error *err)
{
	long at;

	if (s->file == NULL)
		return rc;
	sink_flush(s, 0);
	at = ftell(s->file);
	*bytes = at < 0 ? 0 : (uint64_t)at;
	if ((fclose(s->file) != 0 || s->out.failed) && rc == COORD_OK)
		rc = error_set(err, COORD_EIO, "%s: cannot write", s->path);
	buf_clear(&s->out);
	return rc;
}

enum coord_err
world_table(const struct world *w, struct session_table *ret, struct coord_error *err)
{
	struct session_builder *b = session_builder_new();
	enum coord_err rc;

	if (b == NULL)
		return error_set(err, COORD_ENOMEM, "generate: no memory");
	rc = fill_builder(w, b, err);
	if (rc == COORD_OK)
		rc = session_builder_finish(b, ret, NULL, err);
	session_builder_free(b);
	return rc;
}

static enum coord_err
write_normalised(const struct world *w, struct sink *s, struct coord_error *err)
{
	bool csv = w->config->format == FORMAT_CSV;
	struct session_table table;

	TRY(world_table(w, &table, err));
	if (csv)
		session_write_csv_header(&s->out);
	for (uint32_t row = 0; row < table.n; row++) {
		if (csv)
			session_write_csv(&table, row, &s->out);
		else
			session_write_ndjson(&table, row, &s->out);
		sink_flush(s, FLUSH_BYTES);
	}
	session_table_free(&table);
	return COORD_OK;
}

static void
write_attack_session(const struct session_row *row, struct jsonw *j)
{
	struct buf text = BUF_INIT(RENDER_TEXT_MOST);
	char source[ADDR_TEXT_MAX], at[TIME_TEXT_MAX];

	addr_format(row->source, source);
	time_format(row->start_us, false, at);
	format_payload(row, &text);
	jsonw_object(j);
	jsonw_key(j, "source_ip");
	jsonw_str(j, source);
	jsonw_key(j, "timestamp");
	jsonw_str(j, at);
	jsonw_key(j, "payload");
	jsonw_sv(j, sv_first(buf_sv(&text), 10000));
	jsonw_key(j, "target_port");
	jsonw_u64(j, row->target_port);
	jsonw_key(j, "protocol");
	jsonw_sv(j, row->text[TEXT_PROTOCOL]);
	jsonw_key(j, "session_id");
	jsonw_sv(j, row->text[TEXT_ID]);
	jsonw_key(j, "sensor");
	jsonw_sv(j, row->text[TEXT_SENSOR]);
	if (row->text[TEXT_HASSH].data != NULL) {
		jsonw_key(j, "hassh");
		jsonw_sv(j, row->text[TEXT_HASSH]);
	}
	jsonw_end(j);
	buf_clear(&text);
}

/* One session as the format has it: by its writer, or as an element of an array. */
static void
write_row(
    const struct format *format, const struct session_row *row, struct jsonw *j, struct sink *s)
{
	if (format != NULL) {
		format->row(row, &s->out);
		return;
	}
	write_attack_session(row, j);
	buf_add_char(&s->out, '\n');
}

/* Every session in full, in the order of time; an array when the format has no writer of its own. */
static enum coord_err
write_rows(
    const struct world *w, const struct format *format, struct sink *s, struct coord_error *err)
{
	struct session_table table;
	struct session_row_item *items;
	struct jsonw j = jsonw_init(&s->out, false);

	TRY(world_table(w, &table, err));
	items = calloc((size_t)real_items_most(&table) + 1, sizeof(*items));
	if (items == NULL) {
		session_table_free(&table);
		return error_set(err, COORD_ENOMEM, "generate: no memory");
	}
	if (format == NULL)
		jsonw_array(&j);
	else
		buf_add_str(&s->out, format->begin == NULL ? "" : format->begin);
	for (uint32_t i = 0; i < table.n; i++) {
		struct session_row row;

		real_row(&table, i, table.start_us[i], items, &row);
		write_row(format, &row, &j, s);
		sink_flush(s, FLUSH_BYTES);
	}
	if (format == NULL) {
		jsonw_end(&j);
		buf_add_char(&s->out, '\n');
	}
	free(items);
	session_table_free(&table);
	return COORD_OK;
}

static enum coord_err
write_data(const struct world *w, const char *directory, struct generate_summary *sum,
    struct coord_error *err)
{
	enum generate_format format = w->config->format;
	struct sink s;
	enum coord_err rc = sink_open(&s, directory, generate_format_file(format), err);

	if (rc != COORD_OK)
		return rc;
	sum->events = sum->sessions;
	if (format == FORMAT_COWRIE)
		rc = cowrie_write(w, s.file, &sum->events, err);
	else
		rc = format == FORMAT_NDJSON || format == FORMAT_CSV
			 ? write_normalised(w, &s, err)
			 : write_rows(w, format_of(format), &s, err);
	return sink_close(&s, rc, &sum->bytes, err);
}

/* Empty unless the group, or this part of it, is coordinated. */
static void
label_campaign(const struct generate_group *g, uint32_t part, char ret[24])
{
	if (part > 0)
		snprintf(ret, 24, "%s%c", g->id, (char)('a' + part - 1));
	else
		snprintf(ret, 24, "%s", g->truth == TRUTH_COINCIDENTAL ? "" : g->id);
}

/* A log's own session id may hold anything. */
static void
add_csv(struct buf *out, struct sv text)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.data[i]);
	}
	buf_add_char(out, '"');
}

static void
label_background(const struct session_table *t, uint32_t row, struct buf *out)
{
	char source[ADDR_TEXT_MAX];

	addr_format(t->source[row], source);
	add_csv(out, session_text(t, row, TEXT_ID));
	buf_printf(out, ",%s,,,background,none\n", source);
}

static void
label_session(const struct world *w, uint32_t i, struct buf *out)
{
	struct generate_label label;
	char source[ADDR_TEXT_MAX], campaign[24];
	const struct generate_group *g;

	label_of(w, i, &label);
	addr_format(label.source, source);
	buf_add_str(out, label.session);
	buf_add_char(out, ',');
	buf_add_str(out, source);
	if (label.group == 0) {
		buf_add_str(out, ",,,background,none\n");
		return;
	}
	g = &w->groups[label.group - 1];
	label_campaign(g, label.part, campaign);
	buf_printf(out, ",%s,%s,%s,%s\n", g->id, campaign, generate_structure_name(g->structure),
	    generate_truth_name(g->truth));
}

static enum coord_err
write_labels(const struct world *w, const char *directory, struct coord_error *err)
{
	struct sink s;
	uint64_t bytes;
	enum coord_err rc = sink_open(&s, directory, "labels.csv", err);

	if (rc != COORD_OK)
		return rc;
	buf_add_str(&s.out, "session,source,group,campaign,structure,truth\n");
	for (uint32_t row = 0; w->real != NULL && row < w->real->n; row++) {
		int64_t start;

		if (real_start(w, row, &start))
			label_background(w->real, row, &s.out);
		sink_flush(&s, FLUSH_BYTES);
	}
	for (uint32_t i = 0; i < w->n_sessions; i++) {
		label_session(w, i, &s.out);
		sink_flush(&s, FLUSH_BYTES);
	}
	return sink_close(&s, rc, &bytes, err);
}

static void
manifest_group(struct jsonw *j, const struct generate_group *g)
{
	jsonw_object(j);
	jsonw_key(j, "id");
	jsonw_str(j, g->id);
	jsonw_key(j, "structure");
	jsonw_str(j, generate_structure_name(g->structure));
	jsonw_key(j, "title");
	jsonw_str(j, generate_structure_title(g->structure));
	jsonw_key(j, "difficulty");
	jsonw_str(j, generate_difficulty_name(g->difficulty));
	jsonw_key(j, "truth");
	jsonw_str(j, generate_truth_name(g->truth));
	jsonw_key(j, "members");
	jsonw_u64(j, g->members);
	jsonw_key(j, "sessions");
	jsonw_u64(j, g->sessions);
	jsonw_key(j, "share");
	jsonw_prob(j, g->share);
	jsonw_key(j, "visits_per_member");
	jsonw_u64(j, g->visits);
	jsonw_key(j, "synchronised_share");
	jsonw_prob(j, g->synchronised);
	jsonw_key(j, "jitter_seconds");
	jsonw_prob(j, g->jitter_s);
	jsonw_key(j, "mutated_share");
	jsonw_prob(j, g->mutated);
	jsonw_key(j, "networks");
	jsonw_u64(j, g->networks);
	jsonw_key(j, "wordlist");
	jsonw_str(j, g->wordlist);
	jsonw_key(j, "tool");
	jsonw_str(j, g->tool);
	jsonw_key(j, "artefact");
	jsonw_str(j, g->artefact);
	jsonw_key(j, "payload");
	jsonw_str(j, g->payload);
	jsonw_key(j, "sensors");
	jsonw_str(j, g->sensors);
	jsonw_key(j, "variant");
	jsonw_str(j, g->variant[0] == '\0' ? NULL : g->variant);
	jsonw_key(j, "selected_by");
	jsonw_str(j, g->selected_by);
	jsonw_end(j);
}

/* What a real background is like is not ours to say: null. */
static void
manifest_profile(struct jsonw *j, const char *key, double value)
{
	jsonw_key(j, key);
	if (value > 0.0)
		jsonw_prob(j, value);
	else
		jsonw_null(j);
}

static void
manifest_background(struct jsonw *j, const struct world *w)
{
	jsonw_key(j, "background");
	jsonw_object(j);
	jsonw_key(j, "mode");
	jsonw_str(j, generate_background_name(w->config->background));
	jsonw_key(j, "sources");
	jsonw_u64(j, w->real == NULL ? w->config->sources : w->n_real_sources);
	jsonw_key(j, "sessions");
	jsonw_u64(j, w->real == NULL ? w->config->sessions : w->real->n);
	manifest_profile(j, "zipf_exponent", w->profile.zipf);
	manifest_profile(j, "activity_sigma", w->profile.sigma);
	manifest_profile(j, "day_amplitude", w->profile.amplitude);
	manifest_profile(j, "hosting_share", w->profile.hosting);
	jsonw_end(j);
}

static enum coord_err
write_manifest(const struct world *w, const char *directory, const struct generate_summary *sum,
    struct coord_error *err)
{
	struct sink s;
	struct jsonw j;
	char start[TIME_TEXT_MAX];
	uint64_t bytes;
	enum coord_err rc = sink_open(&s, directory, "manifest.json", err);

	if (rc != COORD_OK)
		return rc;
	time_format(w->start_us, true, start);
	j = jsonw_init(&s.out, true);
	jsonw_object(&j);
	jsonw_key(&j, "generator_version");
	jsonw_str(&j, GENERATE_VERSION);
	jsonw_key(&j, "coord_version");
	jsonw_str(&j, COORD_VERSION);
	jsonw_key(&j, "seed");
	jsonw_u64(&j, w->config->seed);
	jsonw_key(&j, "site");
	jsonw_u64(&j, w->site);
	jsonw_key(&j, "start");
	jsonw_str(&j, start);
	jsonw_key(&j, "days");
	jsonw_i64(&j, (w->span_us / TIME_SECOND + 86399) / 86400);
	jsonw_key(&j, "sensors");
	jsonw_u64(&j, w->sensors);
	manifest_background(&j, w);
	jsonw_key(&j, "format");
	jsonw_str(&j, generate_format_name(w->config->format));
	jsonw_key(&j, "file");
	jsonw_str(&j, generate_format_file(w->config->format));
	jsonw_key(&j, "sessions");
	jsonw_u64(&j, sum->sessions);
	jsonw_key(&j, "sources");
	jsonw_u64(&j, sum->sources);
	jsonw_key(&j, "groups");
	jsonw_array(&j);
	for (size_t i = 0; i < w->config->n_plans; i++)
		manifest_group(&j, &w->groups[i]);
	jsonw_end(&j);
	jsonw_end(&j);
	buf_add_char(&s.out, '\n');
	return sink_close(&s, rc, &bytes, err);
}

/* Sessions of a real background that its sensors logged. */
static uint32_t
count_real(const struct world *w)
{
	uint32_t n = 0;

	for (uint32_t row = 0; w->real != NULL && row < w->real->n; row++) {
		int64_t start;

		n += real_start(w, row, &start);
	}
	return n;
}

enum coord_err
generate_run(const struct generate_config *config, const char *directory,
    struct generate_summary *ret, struct coord_error *err)
{
	struct generate_summary sum = { .n_groups = config->n_plans };
	struct world *w = NULL;
	enum coord_err rc;

	if (config->background != BACKGROUND_SIMULATED && config->format == FORMAT_COWRIE)
		return error_set(err, COORD_EINVALID,
		    "format: cowrie is for simulated backgrounds; ndjson carries all of a real "
		    "one");
	TRY(world_new(config, &w, err));
	if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
		world_free(w);
		return error_set(err, COORD_EIO, "%s: %s", directory, strerror(errno));
	}
	sum.sessions = w->n_sessions + count_real(w);
	sum.sources = world_sources(w);
	sum.profile = w->profile;
	memcpy(sum.groups, w->groups, sizeof(sum.groups));
	rc = write_data(w, directory, &sum, err);
	if (rc == COORD_OK)
		rc = write_labels(w, directory, err);
	if (rc == COORD_OK)
		rc = write_manifest(w, directory, &sum, err);
	if (rc == COORD_OK && ret != NULL)
		*ret = sum;
	world_free(w);
	return rc;
}
