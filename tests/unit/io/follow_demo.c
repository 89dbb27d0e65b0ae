/* SPDX-License-Identifier: Apache-2.0
 *
 * A follower that may be killed at any moment: follow_demo [OPTION] OUTPUT SOURCE...
 *
 *      SOURCE    a path | journal:WHERE | udp:ADDRESS | tcp:ADDRESS | unix:PATH
 *      --spool FOLDER    for syslog; OUTPUT.spool without it
 *      --spool-max BYTES, --allow PREFIX (again for more), --since US, --end (begin there)
 *
 * OUTPUT is appended to: `L SOURCE PEER TEXT` a line, then `P SOURCE POSITION` behind a batch, all
 * of a batch in one write. So the lines up to the last whole P record are what was kept; started
 * again, it cuts off the rest and goes on from there. Events go to standard error. Ends at SIGTERM.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/log_feed.h"
#include "io/log_tail.h"

enum { SOURCES_MAX = 64, ALLOWED_MAX = 16 };

struct demo {
    struct log_feed_source sources[SOURCES_MAX];
    struct syslog_listener_options listeners[SOURCES_MAX];
    char names[SOURCES_MAX][16];
    struct ip_network allowed[ALLOWED_MAX];
    struct log_feed_options options;
    int64_t since_us;
    int fd; /* of the output */
    struct buf batch, folder;
    _Atomic(struct log_feed *) feed;
};

static void take_line(void *user, const struct log_item *item)
{
    struct demo *demo = user;
    struct slice peer = item->peer.len > 0 ? item->peer : SLICE("-");
    buf_addf(&demo->batch, "L %zu %.*s ", item->source, SLICE_ARG(peer));
    buf_add(&demo->batch, item->line);
    buf_add_char(&demo->batch, '\n');
}

static void take_pause(void *user, size_t source, const struct log_position *at)
{
    struct demo *demo = user;
    buf_addf(&demo->batch, "P %zu ", source);
    log_position_format(at, &demo->batch);
    buf_add_char(&demo->batch, '\n');
    for (size_t done = 0; done < demo->batch.len;) {
        ssize_t got = write(demo->fd, demo->batch.ptr + done, demo->batch.len - done);
        if (got < 0) {
            perror("follow_demo");
            _exit(3);
        }
        done += (size_t)got;
    }
    buf_clear(&demo->batch);
    struct log_feed *feed = atomic_load(&demo->feed);
    if (feed != NULL)
        log_feed_keep(feed, source, at);
}

static void take_event(void *user, size_t source, enum log_event event, const char *text)
{
    static const char *const names[] = {"waiting", "rotated",   "truncated", "gap",
                                        "trouble", "recovered", "refused"};
    (void)user;
    fprintf(stderr, "%zu %s %s\n", source, names[event], text);
}

/* Positions of the last P records; what is behind the last one goes. */
static void read_output(struct demo *demo, const char *path)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    off_t at = 0, whole = 0;
    FILE *file = fopen(path, "r");
    while (file != NULL && (len = getline(&line, &room, file)) > 0) {
        char *rest = line + 2;
        at += len;
        if (line[0] != 'P' || line[len - 1] != '\n')
            continue;
        whole = at;
        size_t source = strtoul(rest, &rest, 10);
        struct slice text = slice_of(rest + 1, (size_t)(line + len - 1 - (rest + 1)));
        if (source >= SOURCES_MAX || !log_position_parse(text, &demo->sources[source].from, NULL))
            exit(3);
    }
    if (file != NULL)
        fclose(file);
    free(line);
    demo->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (demo->fd < 0 || ftruncate(demo->fd, whole) != 0) {
        perror(path);
        exit(3);
    }
}

static void add_source(struct demo *demo, const char *text)
{
    static const char *const transports[] = {"udp:", "tcp:", "unix:"};
    size_t index = demo->options.count++;
    struct log_feed_source *source = &demo->sources[index];
    source->since_us = demo->since_us;
    source->name = text;
    source->kind = LOG_FEED_FILE;
    if (strncmp(text, "journal:", strlen("journal:")) == 0) {
        source->kind = LOG_FEED_JOURNAL;
        source->name = text + strlen("journal:");
    }
    for (unsigned i = 0; i < 3; i++) {
        if (strncmp(text, transports[i], strlen(transports[i])) != 0)
            continue;
        struct syslog_listener_options *listener = &demo->listeners[index];
        listener->transport = (enum syslog_transport)i;
        listener->address = text + strlen(transports[i]);
        source->kind = LOG_FEED_SYSLOG;
        source->listener = listener;
        snprintf(demo->names[index], sizeof(demo->names[index]), "s%zu", index);
        source->name = demo->names[index];
    }
}

/* Number of the first argument that is no option. */
static int read_options(struct demo *demo, int argc, char **argv)
{
    int i = 1;
    size_t allowed = 0;
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--end") == 0)
            demo->since_us = LOG_TAIL_FROM_END;
        else if (strcmp(argv[i], "--spool") == 0)
            demo->options.spool_folder = argv[++i];
        else if (strcmp(argv[i], "--spool-max") == 0)
            demo->options.spool_bytes_max = strtoll(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--since") == 0)
            demo->since_us = strtoll(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--allow") != 0 || allowed == ALLOWED_MAX ||
                 !ip_network_parse(slice_from_str(argv[++i]), &demo->allowed[allowed++]))
            exit(2);
    }
    for (size_t k = 0; k < SOURCES_MAX; k++) {
        demo->listeners[k].allow = demo->allowed;
        demo->listeners[k].allow_count = allowed;
    }
    return i;
}

int main(int argc, char **argv)
{
    struct demo *demo = MEM_NEW(struct demo);
    struct err err = {0};
    sigset_t set;
    int signal_number;
    demo->options = (struct log_feed_options){
        .sources = demo->sources, .spool_bytes_max = 1 << 30, .linger_us = 600 * INT64_C(1000000)};
    int first = read_options(demo, argc, argv);
    if (argc - first < 2 || argc - first - 1 > SOURCES_MAX) {
        fprintf(stderr, "usage: follow_demo [OPTION] OUTPUT SOURCE...\n");
        return 2;
    }
    buf_addf(&demo->folder, "%s.spool", argv[first]);
    if (demo->options.spool_folder == NULL)
        demo->options.spool_folder = buf_str(&demo->folder);
    read_output(demo, argv[first]);
    for (int i = first + 1; i < argc; i++)
        add_source(demo, argv[i]);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    struct log_sink sink = {
        .user = demo, .line = take_line, .pause = take_pause, .tell = take_event};
    struct log_feed *feed = log_feed_start(&demo->options, &sink, &err);
    if (feed == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    atomic_store(&demo->feed, feed);
    sigwait(&set, &signal_number);
    log_feed_stop(feed);
    buf_done(&demo->batch);
    buf_done(&demo->folder);
    close(demo->fd);
    mem_free(demo);
    return 0;
}
