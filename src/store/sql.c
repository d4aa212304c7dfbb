/* sql.c - statements' texts, and the small calls that every statement goes through. */
#include "store/sql.h"

#include <stdlib.h>
#include <string.h>

#define STATEMENT(name, text) [SQL_##name] = text,
static const char *const statements[SQL_STATEMENTS] = {
#include "store/statements.def"
};
#undef STATEMENT

const char *
sql_statement_text(enum sql_statement statement)
{
	return statements[statement];
}

char *
sql_text(const char *text, char mark, bool pg)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1), *to = copy;
	bool inside = false;

	if (copy == NULL)
		return NULL;
	for (const char *from = text; *from != 0; from++) {
		if (pg && strncmp(from, "/*pg ", 5) == 0) {
			from += 4;
			inside = true;
		} else if (inside && strncmp(from, "*/", 2) == 0) {
			from++;
			inside = false;
		} else {
			*to++ = *from == '$' ? mark : *from;
		}
	}
	*to = 0;
	return copy;
}

enum coord_err
sql_run(struct sql_conn *conn, enum sql_statement statement, const struct sql_arg *args,
    size_t n_args, struct coord_error *err)
{
	struct sql_rows rows;
	enum coord_err rc = conn->driver->query(conn, statement, NULL, args, n_args, &rows, err);

	while (rc == COORD_OK)
		rc = conn->driver->next(&rows, err);
	sql_end(&rows);
	return rc == COORD_ENODATA ? COORD_OK : rc;
}

enum coord_err
sql_one(struct sql_conn *conn, enum sql_statement statement, const struct sql_arg *args,
    size_t n_args, struct sql_rows *ret, struct coord_error *err)
{
	enum coord_err rc = conn->driver->query(conn, statement, NULL, args, n_args, ret, err);

	if (rc == COORD_OK)
		rc = conn->driver->next(ret, err);
	if (rc != COORD_OK)
		sql_end(ret);
	return rc;
}

void
sql_end(struct sql_rows *rows)
{
	if (rows->handle != NULL)
		rows->conn->driver->end(rows);
	rows->handle = NULL;
}

enum coord_err
sql_keep(const struct sql_rows *rows, int column, struct arena *arena, struct sv *ret,
    struct coord_error *err)
{
	struct sv text = sql_sv(rows, column);

	*ret = text;
	if (text.data == NULL)
		return COORD_OK;
	ret->data = arena_strdup(arena, text);
	return ret->data != NULL ? COORD_OK
				 : error_set(err, COORD_ELIMIT,
				       "store: no room for %zu bytes of a row", text.len);
}

void
sql_id(const struct sql_rows *rows, int column, char ret[STORE_ID_LEN + 1])
{
	struct sv text = sv_first(sql_sv(rows, column), STORE_ID_LEN);

	memset(ret, 0, STORE_ID_LEN + 1);
	if (text.len > 0)
		memcpy(ret, text.data, text.len);
}
