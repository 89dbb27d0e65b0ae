/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into a Dovecot that was unpacked, not installed (auth_packages.py): what it looks for
 * in /usr/lib/dovecot, which is compiled into it, it finds in the folder that DOVECOT_HOME names.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPILED "/usr/lib/dovecot/"

static const char *moved(const char *path, char *to, size_t size)
{
    const char *home = getenv("DOVECOT_HOME");
    if (path == NULL || home == NULL || strncmp(path, COMPILED, strlen(COMPILED)) != 0)
        return path;
    (void)snprintf(to, size, "%s/%s", home, path + strlen(COMPILED));
    return to;
}

DIR *opendir(const char *path)
{
    char to[4096];
    DIR *(*next)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    return next(moved(path, to, sizeof(to)));
}

void *dlopen(const char *path, int mode)
{
    char to[4096];
    void *(*next)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
    return next(moved(path, to, sizeof(to)), mode);
}
