/* SPDX-License-Identifier: Apache-2.0
 *
 * See terminal.h. Flow control is off, so that Ctrl-S is a key and cannot hold up the process.
 */
#include "io/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"

#define ROWS_DEFAULT 24
#define WRITE_WAIT_MS 1000
#define WRITE_BYTES 1024

/* Alternate screen, hidden cursor, no wrapping at the right edge; and back. */
#define ENTER "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J"
#define LEAVE "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"

struct terminal {
    struct termios before;
    sigset_t mask_before;
    int signals; /* signalfd */
};

static bool write_all(struct slice bytes)
{
    while (bytes.len > 0) {
        struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
        if (poll(&out, 1, WRITE_WAIT_MS) <= 0 || (out.revents & POLLOUT) == 0)
            return false;
        size_t some = bytes.len < WRITE_BYTES ? bytes.len : WRITE_BYTES;
        ssize_t done = write(STDOUT_FILENO, bytes.ptr, some);
        if (done < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        bytes = slice_skip(bytes, done > 0 ? (size_t)done : 0);
    }
    return true;
}

static bool enter(struct terminal *terminal)
{
    struct termios mode = terminal->before;
    mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    mode.c_iflag &= ~(tcflag_t)IXON;
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0 && write_all(SLICE(ENTER));
}

static void leave(struct terminal *terminal)
{
    (void)write_all(SLICE(LEAVE));
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal->before);
}

bool terminal_usable(struct err *err)
{
    const char *term = getenv("TERM");
    if (!isatty(STDOUT_FILENO))
        return err_set(err, ERR_USAGE, "standard output is no terminal");
    if (!isatty(STDIN_FILENO))
        return err_set(err, ERR_USAGE, "standard input is no terminal");
    if (term == NULL || *term == '\0' || strcmp(term, "dumb") == 0)
        return err_set(err, ERR_USAGE, "this terminal cannot move its cursor (TERM=%s)",
                       term ? term : "");
    return true;
}

static bool take_signals(struct terminal *terminal)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaddset(&set, numbers[i]);
    sigprocmask(SIG_BLOCK, &set, &terminal->mask_before);
    terminal->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return terminal->signals >= 0;
}

struct terminal *terminal_open(struct err *err)
{
    if (!terminal_usable(err))
        return NULL;
    struct terminal *terminal = MEM_NEW(struct terminal);
    terminal->signals = -1;
    if (tcgetattr(STDIN_FILENO, &terminal->before) != 0) {
        err_set_errno(err, errno, "the terminal does not say its mode");
        mem_free(terminal);
        return NULL;
    }
    if (take_signals(terminal) && enter(terminal))
        return terminal;
    err_set_errno(err, errno, "the terminal cannot be taken over");
    terminal_close(terminal);
    return NULL;
}

/* Signals that came meanwhile are dropped with the descriptor: the one that ended us has done its
 * work. */
void terminal_close(struct terminal *terminal)
{
    if (terminal == NULL)
        return;
    leave(terminal);
    struct signalfd_siginfo info;
    while (terminal->signals >= 0 &&
           read(terminal->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
        continue;
    if (terminal->signals >= 0)
        close(terminal->signals);
    sigprocmask(SIG_SETMASK, &terminal->mask_before, NULL);
    mem_free(terminal);
}

size_t terminal_rows(const struct terminal *terminal)
{
    struct winsize size;
    (void)terminal;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
        return ROWS_DEFAULT;
    return size.ws_row;
}

/* Drawn over what is there, line by line: nothing flickers. A line is erased before it is written:
 * behind one that fills the row the cursor stands on its last character, which would go with the
 * rest. */
bool terminal_draw(struct terminal *terminal, struct slice lines)
{
    CLEANUP_BUF struct buf frame = {0};
    size_t rows = terminal_rows(terminal), row;
    buf_add_str(&frame, "\x1b[H");
    for (row = 0; row < rows && lines.len > 0; row++) {
        buf_add_str(&frame, row > 0 ? "\r\n\x1b[K" : "\x1b[K");
        buf_add(&frame, slice_cut(&lines, '\n'));
        buf_add_str(&frame, "\x1b[0m");
    }
    if (row < rows)
        buf_add_str(&frame, "\r\n\x1b[J");
    return write_all(buf_slice(&frame));
}

/* Ctrl-Z: the terminal is the shell's until somebody says `fg`. */
static enum terminal_event stop(struct terminal *terminal)
{
    leave(terminal);
    raise(SIGSTOP);
    return enter(terminal) ? TERMINAL_REDRAW : TERMINAL_ENDED;
}

static enum terminal_event take_signal(struct terminal *terminal)
{
    struct signalfd_siginfo info;
    enum terminal_event event = TERMINAL_TIME;
    while (event != TERMINAL_ENDED &&
           read(terminal->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGWINCH)
            event = TERMINAL_REDRAW;
        else if (info.ssi_signo == SIGTSTP)
            event = stop(terminal);
        else
            event = TERMINAL_ENDED;
    }
    return event;
}

enum terminal_event terminal_wait(struct terminal *terminal, int64_t wait_ms, char *key)
{
    struct pollfd fds[] = {{.fd = terminal->signals, .events = POLLIN},
                           {.fd = STDIN_FILENO, .events = POLLIN}};
    int ready = poll(fds, 2, wait_ms > 0 ? (int)wait_ms : 0);
    if (ready <= 0)
        return TERMINAL_TIME;
    if (fds[0].revents != 0)
        return take_signal(terminal);
    if (read(STDIN_FILENO, key, 1) == 1)
        return TERMINAL_KEY;
    return TERMINAL_ENDED;
}
