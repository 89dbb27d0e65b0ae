// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into the lab's Postfix: its plug-ins, and the list of them, look as if they were
// root's. Postfix loads no others (src/global/dymap.c), and in the lab nothing is root's. Made by
// package.py beside the wrappers; all other files are seen as they are.
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef int stat_fn(const char *path, struct stat *found);
typedef int fstat_fn(int fd, struct stat *found);

static int ends_with(const char *path, const char *end)
{
    size_t path_length = strlen(path), length = strlen(end);
    return path_length >= length && strcmp(path + path_length - length, end) == 0;
}

// postfix-TYPE.so or dynamicmaps.cf, wherever it is.
static int is_plug_in(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    return strcmp(name, "dynamicmaps.cf") == 0 ||
           (strncmp(name, "postfix-", 8) == 0 && ends_with(name, ".so"));
}

static void make_roots(struct stat *found)
{
    found->st_uid = 0;
    found->st_mode &= (mode_t) ~(S_IWGRP | S_IWOTH);
}

int stat(const char *path, struct stat *found)
{
    stat_fn *next = (stat_fn *)dlsym(RTLD_NEXT, "stat");
    int result = next(path, found);
    if (result == 0 && is_plug_in(path))
        make_roots(found);
    return result;
}

int fstat(int fd, struct stat *found)
{
    fstat_fn *next = (fstat_fn *)dlsym(RTLD_NEXT, "fstat");
    int result = next(fd, found);
    if (result == 0 && S_ISREG(found->st_mode)) {
        char link[40], path[4096];
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        if (length > 0) {
            path[length] = '\0';
            if (is_plug_in(path))
                make_roots(found);
        }
    }
    return result;
}
