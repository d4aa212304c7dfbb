/* reload.c - a configuration that is put in force while the service runs. Each stays until the end, so that nobody has to count who looks at which: a reload by hand
 * costs a few kilobytes. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "config/value.h"

enum { VALUE_MOST = 1 << 20 };

const struct config *
config_now(const struct config *first)
{
	const struct config *newer = atomic_load_explicit(&first->newer, memory_order_acquire);

	return newer != NULL ? newer : first;
}

static void
wipe(struct buf *text)
{
	if (text->data != NULL)
		OPENSSL_cleanse(text->data, text->cap);
	buf_clear(text);
}

/** What is in force in the place of what came; a secret that came is wiped. */
static enum coord_err
keep_old(const struct config_row *row, struct sv old, struct config *fresh, struct coord_error *err)
{
	char *secret;

	if (row->type == CONF_SECRET) {
		memcpy(&secret, (const char *)fresh + row->at, sizeof(secret));
		OPENSSL_cleanse(secret, strlen(secret));
	}
	return config_value_read(row, old, fresh, err);
}

static void
add_name(struct buf *names, const char *name)
{
	if (names->len > 0)
		buf_add_char(names, ' ');
	buf_add_str(names, name);
}

static enum coord_err
compare_row(const struct config *now, const struct config_row *row, struct config *fresh,
    struct buf *changed, struct buf *later, struct coord_error *err)
{
	struct buf a = BUF_INIT(VALUE_MOST), b = BUF_INIT(VALUE_MOST);
	enum coord_err rc = COORD_OK;

	config_hand_on(now, row, &a);
	config_hand_on(fresh, row, &b);
	if (a.failed || b.failed) {
		rc = error_set(err, COORD_ENOMEM, "configuration: out of memory");
	} else if (!sv_eq(buf_sv(&a), buf_sv(&b))) {
		add_name(config_reloads(row) ? changed : later, row->name);
		if (!config_reloads(row))
			rc = keep_old(row, buf_sv(&a), fresh, err);
	}
	wipe(&a);
	wipe(&b);
	return rc;
}

enum coord_err
config_compare(const struct config *first, struct config *fresh, struct buf *changed,
    struct buf *later, struct coord_error *err)
{
	const struct config_row *row;

	for (size_t i = 0; (row = config_at(i)) != NULL; i++)
		TRY(compare_row(config_now(first), row, fresh, changed, later, err));
	return COORD_OK;
}

enum coord_err
config_publish(struct config *first, struct config *fresh, struct coord_error *err)
{
	struct config *kept = malloc(sizeof(*kept));

	if (kept == NULL)
		return error_set(err, COORD_ENOMEM, "configuration: out of memory");
	*kept = *fresh;
	kept->older = atomic_load(&first->newer);
	*fresh = (struct config){ .arena = NULL };
	atomic_store_explicit(&first->newer, kept, memory_order_release);
	return COORD_OK;
}
