/* SPDX-License-Identifier: Apache-2.0
 *
 * See account.h.
 */
#include "io/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include "base/memory.h"

enum { ENTRY_BYTES = 1024, ENTRY_BYTES_MAX = 1 << 20, GROUPS_MAX = 1024 };

static bool find_account(const char *name, uid_t *uid, gid_t *gid)
{
    char *room = NULL;
    int code = ERANGE;
    struct passwd entry, *found = NULL;
    for (size_t size = ENTRY_BYTES; code == ERANGE && size <= ENTRY_BYTES_MAX; size *= 4) {
        room = mem_resize(room, size, 1);
        code = getpwnam_r(name, &entry, room, size, &found);
    }
    if (found != NULL) {
        *uid = entry.pw_uid;
        *gid = entry.pw_gid;
    }
    mem_free(room);
    return found != NULL;
}

static bool is_member(const char *name, gid_t own, gid_t group)
{
    gid_t groups[GROUPS_MAX];
    int count = GROUPS_MAX;
    if (getgrouplist(name, own, groups, &count) < 0)
        return false; /* of more than anybody is in */
    for (int i = 0; i < count; i++)
        if (groups[i] == group)
            return true;
    return false;
}

/* bit: of the others; root may whatever somebody may. */
static bool may_use(const char *name, const char *path, mode_t bit, bool *may)
{
    uid_t uid = (uid_t)-1;
    gid_t gid = (gid_t)-1;
    struct stat st;
    if (!find_account(name, &uid, &gid) || stat(path, &st) != 0)
        return false;
    if (uid == st.st_uid)
        bit <<= 6;
    else if (is_member(name, gid, st.st_gid))
        bit <<= 3;
    *may = uid == 0 || (st.st_mode & bit) != 0;
    return true;
}

bool account_may_write(const char *name, const char *path, bool *may)
{
    return may_use(name, path, S_IWOTH, may);
}

bool account_may_enter(const char *name, const char *path, bool *may)
{
    return may_use(name, path, S_IXOTH, may);
}

bool account_owner(const char *path, struct buf *to)
{
    char *room = NULL;
    int code = ERANGE;
    struct passwd entry, *found = NULL;
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    for (size_t size = ENTRY_BYTES; code == ERANGE && size <= ENTRY_BYTES_MAX; size *= 4) {
        room = mem_resize(room, size, 1);
        code = getpwuid_r(st.st_uid, &entry, room, size, &found);
    }
    if (found != NULL)
        buf_add_str(to, entry.pw_name);
    mem_free(room);
    return found != NULL;
}
