/* script.c - every simple command of a typed line; see script.h. */
#include "detect/text/script.h"

#include "base/base.h"
#include "detect/text/decode.h"

enum { BASE64_MIN = 24, ESCAPED_MIN = 80 };

struct walk {
	struct arena *scratch;
	script_visit visit;
	void *context;
	size_t commands;
	bool decoded;
	int depth;
};

static void walk_line(struct walk *walk, struct sv line);

/** One layer off a word: base64, or escapes long enough to be a script. */
static bool
unwrap(struct sv word, struct arena *scratch, struct sv *ret)
{
	if (word.len < BASE64_MIN)
		return false;
	if (decode_base64_text(word, scratch, ret))
		return true;
	if (word.len < ESCAPED_MIN || !sv_has(word, SV("\\x")))
		return false;
	*ret = decode_escapes(word, scratch);
	return decode_is_text(*ret);
}

static void
walk_inside(struct walk *walk, const struct shell_command *c)
{
	struct sv script = shell_script(c), plain;
	bool decoded = walk->decoded;
	size_t opened = 0;

	if (walk->depth >= SCRIPT_DEPTH_MAX)
		return;
	walk->depth++;
	if (script.data != NULL)
		walk_line(walk, script);
	walk->decoded = true;
	for (size_t i = 0; i < c->n && !decoded && opened < SCRIPT_OPENED_MAX; i++) {
		if (!unwrap(c->words[i].text, walk->scratch, &plain))
			continue;
		opened++;
		walk_line(walk, plain);
	}
	walk->decoded = decoded;
	walk->depth--;
}

static void
walk_line(struct walk *walk, struct sv line)
{
	struct arena_mark mark = arena_mark(walk->scratch);
	struct shell_line parsed;

	if (!shell_parse(line, walk->scratch, &parsed))
		parsed.n = 0;
	for (size_t i = 0; i < parsed.n && walk->commands < SCRIPT_COMMANDS_MAX; i++) {
		const struct shell_command *c = &parsed.commands[i];

		walk->commands++;
		walk->visit(walk->context, c, i + 1 < parsed.n ? c + 1 : NULL);
		walk_inside(walk, c);
	}
	arena_rewind(walk->scratch, mark);
}

void
script_walk(struct sv line, bool decoded, struct arena *scratch, script_visit visit, void *context)
{
	struct walk walk = {
		.scratch = scratch, .visit = visit, .context = context, .decoded = decoded
	};

	walk_line(&walk, line);
}
