/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole terminal for a live view, without curses: ECMA-48 and the alternate screen that xterm,
 * tmux, the Linux console and all that imitate them know. One at a time a process, one thread.
 *
 * While it is taken, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP and SIGWINCH come through
 * terminal_wait, so that every one of these ends in terminal_close, or, for SIGTSTP, leaves a
 * usable terminal while the process is stopped. Only SIGKILL and an abort leave the terminal as it
 * is (`reset` helps).
 */
#ifndef TD_IO_TERMINAL_H
#define TD_IO_TERMINAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

struct terminal;

/* Are standard input and output a terminal that can move its cursor (not TERM=dumb)? False and
 * ERR_USAGE otherwise. */
bool terminal_usable(struct err *err);

/* Takes standard input and output over: keys come one by one and are not shown, the cursor is
 * hidden, what was on the screen is kept aside. NULL and err: as terminal_usable, or ERR_IO: the
 * system refused. */
struct terminal *terminal_open(struct err *err);

/* Puts everything back. NULL is fine. */
void terminal_close(struct terminal *terminal);

/* Lines that fit now, at least 1. */
size_t terminal_rows(const struct terminal *terminal);

/* Shows lines, each ended by a newline, from the top; those that do not fit are left out, what is
 * too wide is cut by the terminal. Escaped text and SGR sequences only. False when nobody reads any
 * more: the terminal is gone, or takes nothing for a second. */
bool terminal_draw(struct terminal *terminal, struct slice lines);

enum terminal_event {
    TERMINAL_TIME,   /* nothing happened until wait_ms were over */
    TERMINAL_KEY,    /* *key: one byte as typed */
    TERMINAL_REDRAW, /* another size, or back from a stop */
    TERMINAL_ENDED,  /* a signal to end, or the terminal is gone */
};

enum terminal_event terminal_wait(struct terminal *terminal, int64_t wait_ms, char *key);

#endif
