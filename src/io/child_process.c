/* SPDX-License-Identifier: Apache-2.0
 *
 * See child_process.h; posix_spawn(3), pidfd_open(2), process groups in setpgid(2). The child leads
 * a process group of its own, so that what it starts goes with it. A pidfd says in the same poll(2)
 * as the pipes that it has ended; output that a grandchild keeps open is not waited for.
 */
#include "io/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"

enum {
    DEADLINE_MS = 30000,
    GRACE_MS = 2000,     /* from SIGTERM to SIGKILL */
    ABORT_LOOK_MS = 100, /* how often `abort` is looked at */
    OUTPUT_BYTES = 64 << 10,
    PART_BYTES = 16 << 10,
    ENVIRONMENT_MAX = 64,
};

static const int64_t MS = 1000;

/* The ends of the three pipes; -1: closed. */
struct pipes {
    int ours[3], theirs[3]; /* by descriptor number in the child */
};

struct child {
    const struct child_command *command;
    struct child_outcome *outcome;
    pid_t pid;
    int pidfd;
    struct pipes pipes;
    struct slice input_left;
    size_t bytes_max;
    int64_t due_us; /* of the next step against it */
    bool terminated;
    bool ended;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void pipes_close(struct pipes *pipes)
{
    for (int i = 0; i < 3; i++) {
        close_fd(&pipes->ours[i]);
        close_fd(&pipes->theirs[i]);
    }
}

static bool pipes_open(struct pipes *pipes, struct err *err)
{
    for (int i = 0; i < 3; i++)
        pipes->ours[i] = pipes->theirs[i] = -1;
    for (int i = 0; i < 3; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) {
            int code = errno;
            pipes_close(pipes);
            return err_set_errno(err, code, "cannot make a pipe");
        }
        pipes->ours[i] = ends[i == 0];
        pipes->theirs[i] = ends[i != 0];
        (void)fcntl(pipes->ours[i], F_SETFL, O_NONBLOCK);
    }
    return true;
}

/* A short environment of our own making: what runs todoku may hold secrets. */
static void make_environment(const struct child_command *command, const char **to)
{
    size_t count = 0;
    to[count++] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    to[count++] = "LC_ALL=C.UTF-8";
    for (char *const *own = environ; own && *own; own++)
        if (strncmp(*own, "TZ=", 3) == 0 && count == 2)
            to[count++] = *own;
    for (const char *const *more = command->environment; more && *more; more++) {
        ASSERT(count < ENVIRONMENT_MAX);
        to[count++] = *more;
    }
    to[count] = NULL;
}

/* The file actions: the pipes as 0, 1 and 2, nothing else open, the folder. */
static int fill_actions(posix_spawn_file_actions_t *actions, const struct child *child)
{
    int code = 0;
    for (int i = 0; i < 3 && code == 0; i++)
        code = posix_spawn_file_actions_adddup2(actions, child->pipes.theirs[i], i);
    if (code == 0)
        code = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    if (code == 0)
        code = posix_spawn_file_actions_addchdir_np(
            actions, child->command->folder ? child->command->folder : "/");
    return code;
}

/* A group of its own, no signal blocked or ignored. */
static int fill_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                        POSIX_SPAWN_SETSIGDEF);
    if (code == 0)
        code = posix_spawnattr_setpgroup(attributes, 0);
    if (code == 0)
        code = posix_spawnattr_setsigmask(attributes, &none);
    return code ? code : posix_spawnattr_setsigdefault(attributes, &all);
}

/* posix_spawn takes arrays of char *, which it does not change. */
static char *const *for_spawn(const char *const *words)
{
    return (char *const *)(uintptr_t)words;
}

static int spawn(struct child *child)
{
    const char *environment[ENVIRONMENT_MAX + 1];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    make_environment(child->command, environment);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    const char *const *argv = child->command->argv;
    int code = fill_actions(&actions, child);
    if (code == 0)
        code = fill_attributes(&attributes);
    if (code == 0)
        code = posix_spawnp(&child->pid, argv[0], &actions, &attributes, for_spawn(argv),
                            for_spawn(environment));
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static void signal_group(const struct child *child, int number)
{
    (void)kill(-child->pid, number);
}

static bool start(struct child *child, struct err *err)
{
    if (!pipes_open(&child->pipes, err))
        return false;
    int code = spawn(child);
    if (code != 0) {
        pipes_close(&child->pipes);
        return err_set_errno(err, code, "%s: cannot run", child->command->argv[0]);
    }
    for (int i = 0; i < 3; i++)
        close_fd(&child->pipes.theirs[i]);
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0U);
    if (child->pidfd >= 0)
        return true;
    code = errno;
    signal_group(child, SIGKILL);
    (void)waitpid(child->pid, NULL, 0);
    pipes_close(&child->pipes);
    return err_set_errno(err, code, "%s: cannot watch it", child->command->argv[0]);
}

/* A write into a pipe that the child has closed: EPIPE; the signal is blocked, see run. */
static void feed(struct child *child)
{
    int *to = &child->pipes.ours[0];
    while (child->input_left.len > 0) {
        ssize_t put = write(*to, child->input_left.ptr, child->input_left.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN)
            return;
        if (put < 0)
            break;
        child->input_left = slice_skip(child->input_left, (size_t)put);
    }
    close_fd(to);
}

/* One part; false: nothing there at the moment, or the end. */
static bool drain_part(struct child *child, int which)
{
    char part[PART_BYTES];
    struct buf *to = which == 1 ? &child->outcome->output : &child->outcome->errors;
    ssize_t got = read(child->pipes.ours[which], part, sizeof(part));
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return errno == EINTR;
    if (got <= 0) {
        close_fd(&child->pipes.ours[which]);
        return false;
    }
    struct slice all = slice_of(part, (size_t)got);
    struct slice fits = slice_first(all, child->bytes_max - to->len);
    buf_add(to, fits);
    child->outcome->cut |= fits.len < all.len;
    return true;
}

static bool is_aborted(const struct child *child)
{
    return child->command->abort != NULL && atomic_load(child->command->abort);
}

/* SIGTERM, later SIGKILL. */
static void press(struct child *child, int64_t now)
{
    if (now < child->due_us && (child->terminated || !is_aborted(child)))
        return;
    signal_group(child, child->terminated ? SIGKILL : SIGTERM);
    child->outcome->timed_out = true;
    child->terminated = true;
    child->due_us = now + GRACE_MS * MS;
}

static int wait_ms(const struct child *child, int64_t now)
{
    int64_t left = (child->due_us - now + MS - 1) / MS;
    if (child->command->abort != NULL && left > ABORT_LOOK_MS)
        left = ABORT_LOOK_MS;
    return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static void attend(struct child *child)
{
    struct pollfd polled[] = {
        {.fd = child->pipes.ours[0], .events = POLLOUT},
        {.fd = child->pipes.ours[1], .events = POLLIN},
        {.fd = child->pipes.ours[2], .events = POLLIN},
        {.fd = child->pidfd, .events = POLLIN},
    };
    int ready = poll(polled, 4, wait_ms(child, clock_steady_us()));
    if (ready > 0) {
        if (polled[0].revents)
            feed(child);
        for (int i = 1; i < 3; i++)
            if (polled[i].revents)
                (void)drain_part(child, i);
        child->ended = polled[3].revents != 0;
    }
    if (!child->ended)
        press(child, clock_steady_us());
}

/* What the pipes hold of an ended child: bounded, since a grandchild may go on writing. */
static void drain_rest(struct child *child)
{
    size_t parts = 2 * child->bytes_max / PART_BYTES + 16;
    for (int i = 1; i < 3; i++)
        for (size_t j = 0; j < parts && child->pipes.ours[i] >= 0; j++)
            if (!drain_part(child, i))
                break;
}

static void collect(struct child *child)
{
    int status = 0;
    /* What it left behind goes before its number may be used again. */
    signal_group(child, SIGKILL);
    drain_rest(child);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    struct child_outcome *outcome = child->outcome;
    outcome->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    outcome->input_left = child->input_left.len > 0;
    pipes_close(&child->pipes);
    close(child->pidfd);
}

/* SIGPIPE stays with this thread and is taken back when it came. */
static void block_sigpipe(sigset_t *before, bool *pending)
{
    sigset_t only, waiting;
    sigemptyset(&only);
    sigaddset(&only, SIGPIPE);
    sigpending(&waiting);
    *pending = sigismember(&waiting, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &only, before);
}

static void unblock_sigpipe(const sigset_t *before, bool pending)
{
    sigset_t only;
    struct timespec at_once = {0};
    sigemptyset(&only);
    sigaddset(&only, SIGPIPE);
    while (!pending && sigtimedwait(&only, NULL, &at_once) < 0 && errno == EINTR)
        continue;
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

bool child_process_run(const struct child_command *command, struct child_outcome *outcome,
                       struct err *err)
{
    struct child_outcome result = {0};
    struct child child = {
        .command = command,
        .outcome = &result,
        .input_left = command->input,
        .bytes_max = command->output_bytes_max ? command->output_bytes_max : OUTPUT_BYTES,
    };
    sigset_t before;
    bool pending;
    if (!start(&child, err))
        return false;
    child.due_us =
        clock_steady_us() + (command->deadline_ms ? command->deadline_ms : DEADLINE_MS) * MS;
    block_sigpipe(&before, &pending);
    while (!child.ended)
        attend(&child);
    collect(&child);
    unblock_sigpipe(&before, pending);
    *outcome = result;
    return true;
}

void child_outcome_done(struct child_outcome *outcome)
{
    buf_done(&outcome->output);
    buf_done(&outcome->errors);
}
