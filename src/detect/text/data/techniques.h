/* techniques.h - the rule table of ATT&CK techniques (data of ../techniques.c). */
#ifndef COORD_DETECT_DATA_TECHNIQUES_H
#define COORD_DETECT_DATA_TECHNIQUES_H

#include <stddef.h>

/** What a session shows beyond its commands; computed once a session. */
enum session_fact {
	FACT_NONE,
	FACT_GUESSING,      /* a log-in failed */
	FACT_SPRAYING,      /* one password for three or more users */
	FACT_STUFFING,      /* three or more pairs, every user and every password once */
	FACT_LOGGED_IN,     /* a log-in succeeded */
	FACT_SSH_LOGGED_IN, /* the same, on SSH */
	FACT_SHELL,         /* a command line was typed */
	FACT_TRANSFER,      /* a file or URL was fetched or uploaded */
	FACT_FORWARD,       /* a connection through the honeypot was asked for */
	FACT_CONNECTION,    /* packets or a bare connection, no dialogue */
	FACT_MANY_PORTS,    /* three or more ports */
	FACT_MANY_REQUESTS, /* ten or more distinct requests */
	FACT_SCANNER_AGENT, /* the user agent names a scanner */
	FACT_KEY_PLANTED,   /* an SSH public key was typed */
	FACT_COUNT
};

enum rule_on {
	ON_FACT, /* the fact */
	ON_COMMAND, /* a simple command called one of `names`, one of whose words contains one of `parts` (NULL: any) */
	ON_WORD, /* any word of any command contains one of `parts` */
	ON_WEB,  /* a request, body or header, decoded, contains one of `parts` (lower case) */
};

/** Lists are separated by blanks; '_' stands for a blank inside a part. */
struct technique_rule {
	const char *id;
	enum rule_on on;
	enum session_fact fact;
	const char *names, *parts;
};

/** Rule i, NULL behind the last. Sorted by id. */
const struct technique_rule *technique_rule_at(size_t i);

#endif
