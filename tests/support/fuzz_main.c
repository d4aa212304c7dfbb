/* fuzz_main.c - runs a fuzz target once over every file of its corpus and reproducer folders, for the ordinary tests
 * and for compilers without libFuzzer. Each file is also run cut short, so that ends of input are met at odd places. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { FILE_MOST = 16 << 20 };

static int
run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	size_t len;

	if (file == NULL) {
		perror(path);
		return -1;
	}
	data = malloc(FILE_MOST);
	if (data == NULL) {
		(void)fclose(file);
		return -1;
	}
	len = fread(data, 1, FILE_MOST, file);
	(void)fclose(file);
	for (size_t cut = 0; cut < 4; cut++) {
		/* a block of its own size, so that a sanitizer or valgrind sees a read past its end */
		size_t part = len - len * cut / 4;
		uint8_t *exact = malloc(part == 0 ? 1 : part);

		if (exact == NULL)
			break;
		memcpy(exact, data, part);
		(void)LLVMFuzzerTestOneInput(exact, part);
		free(exact);
	}
	free(data);
	return 0;
}

static int
run_folder(const char *folder, unsigned *files)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int failed = 0;

	if (dir == NULL) {
		perror(folder);
		return -1;
	}
	while (failed == 0 && (entry = readdir(dir)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		failed = run_file(path);
		++*files;
	}
	(void)closedir(dir);
	return failed;
}

int
main(int argc, char **argv)
{
	unsigned files = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		int failed = -1;

		if (stat(argv[i], &st) != 0) {
			perror(argv[i]);
		} else if (S_ISDIR(st.st_mode)) {
			failed = run_folder(argv[i], &files);
		} else {
			failed = run_file(argv[i]);
			files++;
		}
		if (failed != 0)
			return 1;
	}
	printf("%u files\n", files);
	return files == 0 ? 1 : 0;
}
