/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs every file of the corpus folders named on the command line through a fuzz target, once: the
 * corpus is a test with every compiler and sanitizer. Prints TAP, one case a folder. A crash ends
 * the program before its "ok"; the line "# file" before it names the culprit.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_BYTES_MAX = 1 << 20 };

/* False when the file cannot be read; the target itself can only crash. */
static bool replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat facts;
    if (file == NULL || fstat(fileno(file), &facts) != 0 || facts.st_size > FILE_BYTES_MAX) {
        printf("# %s: %s\n", path, file == NULL ? strerror(errno) : "too big for a corpus");
        if (file != NULL)
            fclose(file);
        return false;
    }
    size_t size = (size_t)facts.st_size;
    uint8_t *data = MEM_NEW_ARRAY(uint8_t, size);
    bool read = fread(data, 1, size, file) == size;
    fclose(file);
    if (read)
        LLVMFuzzerTestOneInput(data, size);
    mem_free(data);
    return read;
}

/* Number of files replayed, or -1. */
static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        printf("# %s: %s\n", folder, strerror(errno));
        return -1;
    }
    int count = 0;
    struct dirent *entry;
    while (count >= 0 && (entry = readdir(dir)) != NULL) {
        char path[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        int len = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (len < 0 || (size_t)len >= sizeof(path))
            count = -1;
        printf("# %s\n", path);
        fflush(stdout);
        count = count >= 0 && replay_file(path) ? count + 1 : -1;
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    bool good = true;
    printf("1..%d\n", argc - 1);
    for (int i = 1; i < argc; i++) {
        int count = replay_folder(argv[i]);
        good = good && count > 0; /* an empty corpus proves nothing */
        printf("%s %d - %s (%d files)\n", count > 0 ? "ok" : "not ok", i, argv[i], count);
    }
    return good ? 0 : 1;
}
