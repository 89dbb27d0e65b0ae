/* SPDX-License-Identifier: Apache-2.0
 *
 * See log_watch.h. libuv's fs_event cannot choose what it is woken for: in /var/log that would be
 * every line of every other log. The kernel gives one number for one inode, however often it is
 * added, so a list of (number, owner) tells who is meant.
 */
#include "io/log_watch.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/memory.h"

struct entry {
    int number;
    size_t owner;
};

struct log_watch {
    int fd;
    struct entry *entries;
    size_t count, room;
};

struct log_watch *log_watch_new(struct err *err)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
        err_set_errno(err, errno, "inotify (raise fs.inotify.max_user_instances)");
        return NULL;
    }
    struct log_watch *watch = MEM_NEW(struct log_watch);
    watch->fd = fd;
    return watch;
}

void log_watch_free(struct log_watch *watch)
{
    if (watch == NULL)
        return;
    close(watch->fd);
    mem_free(watch->entries);
    mem_free(watch);
}

int log_watch_descriptor(const struct log_watch *watch)
{
    return watch->fd;
}

bool log_watch_add(struct log_watch *watch, size_t owner, const char *path,
                   enum log_watch_kind kind)
{
    uint32_t folder = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR;
    uint32_t mask = kind == LOG_WATCH_FOLDER ? folder : IN_MODIFY | IN_MOVE_SELF;
    int number = inotify_add_watch(watch->fd, path, mask);
    if (number < 0)
        return false;
    if (watch->count == watch->room) {
        watch->room = watch->room ? 2 * watch->room : 16;
        watch->entries = mem_resize(watch->entries, watch->room, sizeof(*watch->entries));
    }
    watch->entries[watch->count++] = (struct entry){.number = number, .owner = owner};
    return true;
}

static bool is_used(const struct log_watch *watch, int number)
{
    for (size_t i = 0; i < watch->count; i++)
        if (watch->entries[i].number == number)
            return true;
    return false;
}

void log_watch_drop(struct log_watch *watch, size_t owner)
{
    for (size_t i = watch->count; i-- > 0;) {
        struct entry gone = watch->entries[i];
        if (gone.owner != owner)
            continue;
        watch->entries[i] = watch->entries[--watch->count];
        if (!is_used(watch, gone.number))
            (void)inotify_rm_watch(watch->fd, gone.number);
    }
}

static void wake(const struct log_watch *watch, const struct inotify_event *event,
                 void (*woken)(void *user, size_t owner), void *user)
{
    bool all = (event->mask & IN_Q_OVERFLOW) != 0;
    for (size_t i = 0; i < watch->count; i++)
        if (all || watch->entries[i].number == event->wd)
            woken(user, watch->entries[i].owner);
}

void log_watch_take(struct log_watch *watch, void (*woken)(void *user, size_t owner), void *user)
{
    _Alignas(struct inotify_event) char events[4096 + sizeof(struct inotify_event) + NAME_MAX + 1];
    ssize_t got;
    while ((got = read(watch->fd, events, sizeof(events))) > 0) {
        for (ssize_t at = 0; at < got;) {
            const void *next = events + at;
            const struct inotify_event *event = next;
            at += (ssize_t)(sizeof(*event) + event->len);
            wake(watch, event, woken, user);
        }
    }
}
