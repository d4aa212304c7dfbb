/* shell.c - one typed line as a shell would read it; see shell.h. */
#include "detect/text/shell.h"

#include "base/base.h"
#include "detect/text/data/words.h"

struct lexer {
	struct sv line;
	size_t at;
	char *text;                /* unquoted bytes; never longer than the line */
	size_t used, word;         /* end of the text, and where the open word starts */
	bool open;                 /* a word is open, though it may be empty: '' */
	bool no_single, no_double; /* an unclosed quote was seen: later ones cannot close either */
	struct shell_word *words;
	size_t n_words, max_words, command;
	struct shell_line *ret;
};

static bool
is_number(struct sv s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
	return s.len > 0;
}

static void
word_put(struct lexer *lex, char c)
{
	lex->text[lex->used++] = c;
	lex->open = true;
}

static void
word_push(struct lexer *lex, struct sv text, bool redirect)
{
	if (lex->n_words < lex->max_words)
		lex->words[lex->n_words++] =
		    (struct shell_word){ .text = text, .redirect = redirect };
}

static void
word_end(struct lexer *lex)
{
	if (lex->open)
		word_push(lex, (struct sv){ lex->text + lex->word, lex->used - lex->word }, false);
	lex->word = lex->used;
	lex->open = false;
}

static bool
is_flow_word(struct sv word)
{
	return WORDS_AMONG(word, "then", "do", "else", "elif", "if", "while", "until", "!", "{",
	    "}", "fi", "done", "esac");
}

static void
command_end(struct lexer *lex, bool pipes)
{
	struct shell_command *c = &lex->ret->commands[lex->ret->n];

	word_end(lex);
	while (lex->command < lex->n_words && !lex->words[lex->command].redirect &&
	       is_flow_word(lex->words[lex->command].text))
		lex->command++;
	if (lex->command == lex->n_words)
		return;
	*c = (struct shell_command){
		.words = lex->words + lex->command, .n = lex->n_words - lex->command, .pipes = pipes
	};
	lex->command = lex->n_words;
	lex->ret->n++;
}

static char
peek(const struct lexer *lex, size_t ahead)
{
	return lex->at + ahead < lex->line.len ? lex->line.data[lex->at + ahead] : '\n';
}

/** From a backslash outside quotes or in double ones. */
static void
read_backslash(struct lexer *lex, bool in_double)
{
	char next = peek(lex, 1);
	bool keep = in_double ? strchr("$`\"\\\n", next) == NULL || next == '\0'
			      : next == 'x' || (next >= '0' && next <= '9');

	if (lex->at + 1 >= lex->line.len) {
		lex->at++;
		return;
	}
	if (keep)
		word_put(lex, '\\');
	if (next != '\n' && next != '\0')
		word_put(lex, next);
	lex->at += 2;
}

static void
read_single(struct lexer *lex)
{
	struct sv rest = sv_skip(lex->line, lex->at + 1);
	size_t end = lex->no_single ? SIZE_MAX : sv_find_char(rest, '\'');

	lex->at++;
	if (end == SIZE_MAX) {
		lex->no_single = true;
		return;
	}
	lex->open = true;
	for (size_t i = 0; i < end; i++)
		if (rest.data[i] != '\0')
			word_put(lex, rest.data[i]);
	lex->at += end + 1;
}

static size_t
double_end(const struct lexer *lex)
{
	for (size_t i = lex->at + 1; i < lex->line.len; i++) {
		if (lex->line.data[i] == '"')
			return i;
		if (lex->line.data[i] == '\\')
			i++;
	}
	return SIZE_MAX;
}

static void
read_double(struct lexer *lex)
{
	size_t end = lex->no_double ? SIZE_MAX : double_end(lex);

	lex->at++;
	if (end == SIZE_MAX) {
		lex->no_double = true;
		return;
	}
	lex->open = true;
	while (lex->at < end) {
		if (lex->line.data[lex->at] == '\\') {
			read_backslash(lex, true);
			continue;
		}
		if (lex->line.data[lex->at] != '\0')
			word_put(lex, lex->line.data[lex->at]);
		lex->at++;
	}
	lex->at = end + 1;
}

static void
read_redirect(struct lexer *lex)
{
	size_t start = lex->at;

	if (lex->open && is_number((struct sv){ lex->text + lex->word, lex->used - lex->word })) {
		lex->used = lex->word; /* the file descriptor in 2> */
		lex->open = false;
	}
	word_end(lex);
	while (lex->at - start < 3 &&
	       (peek(lex, 0) == '<' || peek(lex, 0) == '>' || peek(lex, 0) == '|'))
		lex->at++;
	if (peek(lex, 0) == '&' && lex->at < lex->line.len) {
		lex->at++;
		if ((peek(lex, 0) >= '0' && peek(lex, 0) <= '9') || peek(lex, 0) == '-') {
			lex->at++;
			return;
		}
	}
	word_push(lex, (struct sv){ lex->line.data + start, lex->at - start }, true);
}

static void
read_comment(struct lexer *lex)
{
	while (lex->at < lex->line.len && lex->line.data[lex->at] != '\n')
		lex->at++;
}

/** ; & && | || ( ) ` and newline. */
static void
read_separator(struct lexer *lex)
{
	char c = peek(lex, 0);
	bool doubled = (c == '|' || c == '&') && peek(lex, 1) == c;

	if ((c == '(' || c == '`') && lex->used > lex->word && lex->text[lex->used - 1] == '$')
		lex->used--;
	if (lex->used == lex->word)
		lex->open = false;
	command_end(lex, c == '|' && !doubled);
	lex->at += doubled ? 2 : 1;
}

static void
read_one(struct lexer *lex)
{
	char c = peek(lex, 0);

	if (c == ' ' || c == '\t' || c == '\r' || c == '\0') {
		if (c != '\0')
			word_end(lex);
		lex->at++;
	} else if (c == '&' && peek(lex, 1) == '>') {
		lex->at++;
		read_redirect(lex);
	} else if (strchr("\n;&|()`", c) != NULL) {
		read_separator(lex);
	} else if (c == '\'') {
		read_single(lex);
	} else if (c == '"') {
		read_double(lex);
	} else if (c == '\\') {
		read_backslash(lex, false);
	} else if (c == '<' || c == '>') {
		read_redirect(lex);
	} else if (c == '#' && !lex->open) {
		read_comment(lex);
	} else {
		word_put(lex, c);
		lex->at++;
	}
}

bool
shell_parse(struct sv line, struct arena *scratch, struct shell_line *ret)
{
	struct lexer lex = { .line = sv_first(line, SHELL_LINE_MAX), .ret = ret };

	lex.max_words = lex.line.len < SHELL_WORDS_MAX ? lex.line.len : SHELL_WORDS_MAX;
	lex.text = arena_array_raw(scratch, lex.line.len + 1, 1);
	lex.words = ARENA_ARRAY_RAW(scratch, lex.max_words, struct shell_word);
	*ret = (struct shell_line){ .commands = ARENA_ARRAY_RAW(
					scratch, lex.max_words + 1, struct shell_command) };
	if (lex.text == NULL || lex.words == NULL || ret->commands == NULL)
		return false;
	while (lex.at < lex.line.len && lex.n_words < lex.max_words)
		read_one(&lex);
	command_end(&lex, false);
	return true;
}

static struct sv
base_name(struct sv path)
{
	size_t at = path.len;

	while (at > 0 && path.data[at - 1] != '/')
		at--;
	return at == path.len ? path : sv_skip(path, at);
}

static size_t
first_word(const struct shell_command *command, size_t from)
{
	while (from < command->n && command->words[from].redirect)
		from += 2;
	return from;
}

struct sv
shell_name(const struct shell_command *command)
{
	size_t at = first_word(command, 0);

	return at < command->n ? base_name(command->words[at].text) : SV_NONE;
}

static bool
is_wrapper(struct sv word)
{
	return WORDS_AMONG(
	    word, "busybox", "sudo", "nohup", "exec", "setsid", "time", "env", "toybox");
}

struct sv
shell_applet(const struct shell_command *command, size_t *arg)
{
	size_t at = first_word(command, 0);

	for (int depth = 0; depth < 4 && at < command->n; depth++) {
		size_t next = first_word(command, at + 1);

		if (!is_wrapper(base_name(command->words[at].text)) || next >= command->n)
			break;
		at = next;
	}
	*arg = at < command->n ? at + 1 : command->n;
	return at < command->n ? base_name(command->words[at].text) : SV_NONE;
}

static bool
is_shell(struct sv word)
{
	return WORDS_AMONG(word, "sh", "bash", "ash", "dash", "zsh", "ksh", "su");
}

struct sv
shell_script(const struct shell_command *command)
{
	size_t arg;
	struct sv name = shell_applet(command, &arg);

	if (sv_eq(name, SV("eval")))
		return arg < command->n ? command->words[arg].text : SV_NONE;
	if (!is_shell(name))
		return SV_NONE;
	for (; arg + 1 < command->n; arg++)
		if (sv_eq(command->words[arg].text, SV("-c")))
			return command->words[arg + 1].text;
	return SV_NONE;
}
