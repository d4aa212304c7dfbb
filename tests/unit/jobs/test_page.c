#include "testing.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jobs/page.h"

static void
test_what_a_child_writes_its_parent_reads(void **state)
{
	int fd, status;
	struct page *page = page_new(&fd);
	pid_t pid;

	(void)state;
	assert_non_null(page);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(atomic_load(&page->state), PAGE_STARTING);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct page *mine = page_from(dup(fd));

		if (mine == NULL)
			_exit(1);
		mine->held.fence = 42;
		page_turn(mine, PAGE_RUNNING, 7);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(atomic_load(&page->state), PAGE_RUNNING);
	assert_int_equal(atomic_load(&page->since_us), 7);
	assert_int_equal(page->held.fence, 42);
	page_free(page);
	(void)close(fd);
}

static void
test_another_descriptor_is_no_page(void **state)
{
	(void)state;
	assert_null(page_from(open("/dev/null", O_RDWR)));
	assert_null(page_from(-1));
	page_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_child_writes_its_parent_reads),
		cmocka_unit_test(test_another_descriptor_is_no_page),
	};

	return cmocka_run_group_tests_name("jobs/page", tests, NULL, NULL);
}
