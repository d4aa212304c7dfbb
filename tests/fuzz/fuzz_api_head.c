/* fuzz_api_head.c - request heads: a first line with the target, then "name: value" lines, as any bytes. Nothing crashes,
 * and a head that passes has one length of its body only. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "api/codec.h"
#include "api/head.h"
#include "api/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
try_target(struct sv line)
{
	char *copy = malloc(line.len + 1);
	struct target t;

	if (copy == NULL)
		return;
	if (line.len > 0)
		memcpy(copy, line.data, line.len);
	if (target_parse(copy, line.len, &t) == NULL) {
		for (size_t i = 0; i < t.n_segments && i < TARGET_SEGMENTS; i++)
			assert(t.segments[i].len > 0);
		(void)target_get(&t, SV("x"));
	}
	free(copy);
}

static void
try_values(const struct http_head *head)
{
	struct sv key;
	enum coding coding;

	(void)head_accepts(head->value[HEADER_ACCEPT_ENCODING], SV("gzip"));
	(void)coding_accepted(head->value[HEADER_ACCEPT_ENCODING]);
	(void)coding_of(head->value[HEADER_CONTENT_ENCODING], &coding);
	(void)head_names_etag(head->value[HEADER_IF_NONE_MATCH], SV("\"a\""));
	(void)head_type_is_json(head->value[HEADER_CONTENT_TYPE]);
	if (head_idempotency_key(head->value[HEADER_IDEMPOTENCY_KEY], &key))
		assert(key.len > 0 && key.len <= 255);
	if (head_request_id_valid(head->value[HEADER_REQUEST_ID]))
		assert(head->value[HEADER_REQUEST_ID].len <= 64);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sv rest = { (const char *)data, len };
	struct http_head head = { .is_1_1 = len % 3 != 0 };

	try_target(sv_cut(&rest, '\n'));
	while (rest.data != NULL) {
		struct sv value = sv_cut(&rest, '\n');
		struct sv name = sv_cut(&value, ':');

		head_add(&head, name, sv_trim(value));
	}
	if (head_fault(&head) == NULL)
		assert(!(head.chunked && head.times[HEADER_CONTENT_LENGTH] > 0) &&
		       head.times[HEADER_HOST] <= 1 && head.times[HEADER_CONTENT_LENGTH] <= 1);
	try_values(&head);
	return 0;
}
