/* model_file.c - see model_file.h. */
#include "cli/model_file.h"

static const size_t model_most = (size_t)16 << 20;

enum coord_err
model_file_open(const char *path, struct detect_model **ret, struct coord_error *err)
{
	struct buf text = BUF_INIT(model_most);
	enum coord_err rc = file_read_whole(path, &text, err);

	if (rc == COORD_OK)
		rc = detect_model_parse((struct sv){ text.data, text.len }, ret, err);
	buf_clear(&text);
	return rc;
}
