/* lock.h - the one mutex of a struct llm (private to llm/). */
#ifndef COORD_LLM_LOCK_H
#define COORD_LLM_LOCK_H

#include <pthread.h>

struct llm_lock {
	pthread_mutex_t mutex;
};

#endif
