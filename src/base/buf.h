/* SPDX-License-Identifier: Apache-2.0
 *
 * Growing bytes. Zero-initialise ({0}) to begin, buf_done to end. The bytes are always followed by
 * a NUL that is not counted, so buf_str may go to libc.
 */
#ifndef TD_BASE_BUF_H
#define TD_BASE_BUF_H

#include "base/slice.h"

struct buf {
    char *ptr; /* owned; NULL until the first byte */
    size_t len, cap;
};

void buf_done(struct buf *buf);

/* Overwrites what it holds and has room for, then frees it. What it left behind when it grew is in
 * the heap: reserve all that it will hold first. */
void secret_buf_done(struct buf *buf);
#define CLEANUP_SECRET_BUF __attribute__((cleanup(secret_buf_done)))

/* Empties it, keeps the memory. */
void buf_clear(struct buf *buf);

void buf_add(struct buf *buf, struct slice bytes);
/* The same with ASCII capitals made small. */
void buf_add_lower(struct buf *buf, struct slice bytes);
void buf_add_str(struct buf *buf, const char *str);
void buf_add_char(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for `more` bytes after len and returns where they go; the caller adds to len. */
char *buf_reserve(struct buf *buf, size_t more) __attribute__((returns_nonnull));

static inline struct slice buf_slice(const struct buf *buf)
{
    return slice_of(buf->ptr, buf->len);
}

/* NUL-terminated; never NULL. */
static inline const char *buf_str(const struct buf *buf)
{
    return buf->ptr ? buf->ptr : "";
}

#define CLEANUP_BUF __attribute__((cleanup(buf_done)))

#endif
