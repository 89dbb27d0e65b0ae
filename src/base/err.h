/* SPDX-License-Identifier: Apache-2.0
 *
 * Errors are values. A function that can fail for reasons outside the program returns bool (or an
 * enum) and fills `struct err *` once, at the origin; callers may add where they were with err_at.
 */
#ifndef TD_BASE_ERR_H
#define TD_BASE_ERR_H

#include <stdbool.h>

enum err_code {
    ERR_NONE,
    ERR_USAGE,   /* the call's words are wrong: exit 2 */
    ERR_INPUT,   /* what was read is not of its form */
    ERR_IO,      /* the system refused: open, read, write */
    ERR_LIMIT,   /* a stated bound was reached */
    ERR_LIBRARY, /* a library failed in a way that is neither */
};

struct err {
    enum err_code code;
    char text[512]; /* what, where, what to do; one line, no newline; safe to print */
};

/* Fills err (which may be NULL) and returns false, so that `return err_set(...)` ends a function.
 * Control bytes in the result are replaced by '?'. */
bool err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with ": strerror(errno_value)" appended, code ERR_IO. */
bool err_set_errno(struct err *err, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "where: " in front of the text. Returns false. */
bool err_at(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
