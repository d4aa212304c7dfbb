/* world_redis.c - a redis-server of the test's own, on a free port, that can be killed and started again. */
#define _GNU_SOURCE
#include "world_redis.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	pid_t pid;
	int port;
	char folder[64];
} server;

#define PASSWORD "for tests:only@x"

/** Below those of outgoing connections (ip_local_port_range: 32768 and more), one of which could have it while the server is down. */
static int
free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	bool taken = true;

	for (int i = 0; taken && i < 100; i++) {
		uint16_t draw = 0;
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		assert_true(fd >= 0);
		assert_int_equal(getrandom(&draw, sizeof(draw), 0), sizeof(draw));
		at.sin_port = htons((uint16_t)(10000 + draw % 20000));
		taken = bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0;
		assert_int_equal(close(fd), 0);
	}
	assert_false(taken);
	return ntohs(at.sin_port);
}

static void
become_server(bool appendonly)
{
	char port[16];
	int null = open("/dev/null", O_WRONLY);

	(void)snprintf(port, sizeof(port), "%d", server.port);
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		_exit(126);
	(void)execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir",
	    server.folder, "--save", "", "--appendonly", appendonly ? "yes" : "no", "--appendfsync",
	    "always", "--requirepass", PASSWORD, (char *)NULL);
	_exit(127);
}

static redisContext *
try_connect(void)
{
	redisContext *redis = redisConnect("127.0.0.1", server.port);
	redisReply *reply = NULL;

	if (redis != NULL && redis->err == 0)
		reply = redisCommand(redis, "AUTH %s", PASSWORD);
	if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
		redisFree(redis);
		redis = NULL;
	}
	freeReplyObject(reply);
	return redis;
}

static bool
answers(void)
{
	redisContext *redis = try_connect();
	redisReply *reply = redis == NULL ? NULL : redisCommand(redis, "PING");
	bool good = reply != NULL && reply->type == REDIS_REPLY_STATUS;

	freeReplyObject(reply);
	redisFree(redis);
	return good;
}

void
redis_up(bool appendonly)
{
	server.pid = fork();
	assert_true(server.pid >= 0);
	if (server.pid == 0)
		become_server(appendonly);
	while (!answers()) {
		int status;

		if (waitpid(server.pid, &status, WNOHANG) == server.pid) {
			server.pid = 0;
			fail_msg("redis-server ended with status %d", status);
		}
		clock_sleep(10000);
	}
}

void
redis_down(void)
{
	int status;

	if (server.pid <= 0)
		return;
	assert_int_equal(kill(server.pid, SIGKILL), 0);
	assert_int_equal(waitpid(server.pid, &status, 0), server.pid);
	server.pid = 0;
}

void
redis_freeze(bool frozen)
{
	assert_int_equal(kill(server.pid, frozen ? SIGSTOP : SIGCONT), 0);
}

bool
redis_installed(void)
{
	const char *path = getenv("PATH");
	struct sv rest = sv_from(path == NULL ? "/usr/bin" : path);

	while (rest.data != NULL) {
		struct sv folder = sv_cut(&rest, ':');
		char file[512];

		(void)snprintf(file, sizeof(file), "%.*s/redis-server", SV_ARG(folder));
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

int
redis_start_server(void **state)
{
	(void)state;
	(void)snprintf(server.folder, sizeof(server.folder), "/tmp/coord_redis_XXXXXX");
	assert_non_null(mkdtemp(server.folder));
	server.port = free_port();
	redis_up(false);
	return 0;
}

static void
remove_files(void)
{
	static const char *const names[] = { "dump.rdb", "appendonlydir/appendonly.aof.manifest",
		"appendonlydir/appendonly.aof.1.base.rdb",
		"appendonlydir/appendonly.aof.1.incr.aof" };
	char path[160];

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", server.folder, names[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s/appendonlydir", server.folder);
	(void)rmdir(path);
}

int
redis_stop_server(void **state)
{
	(void)state;
	redis_down();
	remove_files();
	return rmdir(server.folder);
}

int64_t
redis_ask(const char *command)
{
	redisContext *redis = try_connect();
	redisReply *reply;
	int64_t answer;

	assert_non_null(redis);
	freeReplyObject(redisCommand(redis, "SELECT 3"));
	reply = redisCommand(redis, command);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("%s: %s", command, reply->str);
	answer = reply->type == REDIS_REPLY_INTEGER ? reply->integer : -1;
	/* XINFO GROUPS: the lag is the last value of the first group */
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
	    reply->element[0]->type == REDIS_REPLY_ARRAY) {
		const redisReply *group = reply->element[0];

		if (group->elements > 0 &&
		    group->element[group->elements - 1]->type == REDIS_REPLY_INTEGER)
			answer = group->element[group->elements - 1]->integer;
	}
	freeReplyObject(reply);
	redisFree(redis);
	return answer;
}

int
redis_start(void **state)
{
	(void)state;
	world = (struct world){ .kind = "redis" };
	(void)redis_ask("FLUSHALL");
	(void)snprintf(world.url, sizeof(world.url),
	    "redis://:for%%20tests%%3Aonly@x@127.0.0.1:%d/3", server.port);
	world.queue = world_open();
	return 0;
}

int
redis_stop(void **state)
{
	(void)state;
	queue_close(world.queue);
	return 0;
}

int
redis_port(void)
{
	return server.port;
}
