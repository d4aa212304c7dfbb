/* world_redis.h - what tests do to their redis-server. */
#ifndef COORD_TESTS_QUEUE_WORLD_REDIS_H
#define COORD_TESTS_QUEUE_WORLD_REDIS_H

#include "world.h"

bool redis_installed(void);
int redis_start_server(void **state); /* without appendonly; waits until it answers */
int redis_stop_server(void **state);
void redis_up(bool appendonly);
void redis_down(void); /* kill -9 */
void redis_freeze(bool frozen);
int redis_port(void);
/** A command in the queue's database: its integer, or the lag in the answer of XINFO GROUPS; -1: something else. */
int64_t redis_ask(const char *command);

#endif
