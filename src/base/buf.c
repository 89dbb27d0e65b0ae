/* SPDX-License-Identifier: Apache-2.0
 *
 * Growing bytes: doubles, never shrinks.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"

void buf_done(struct buf *buf)
{
    mem_free(buf->ptr);
    *buf = (struct buf){0};
}

void secret_buf_done(struct buf *buf)
{
    if (buf->ptr != NULL)
        explicit_bzero(buf->ptr, buf->cap);
    buf_done(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->ptr)
        buf->ptr[0] = '\0';
}

char *buf_reserve(struct buf *buf, size_t more)
{
    size_t need = buf->len + more + 1;
    ASSERT(need > more);
    if (need > buf->cap) {
        size_t cap = buf->cap ? buf->cap : 64;
        while (cap < need)
            cap *= 2;
        buf->ptr = mem_resize(buf->ptr, cap, 1);
        buf->cap = cap;
    }
    return buf->ptr + buf->len;
}

void buf_add(struct buf *buf, struct slice bytes)
{
    char *to = buf_reserve(buf, bytes.len);
    if (bytes.len > 0)
        memcpy(to, bytes.ptr, bytes.len);
    buf->len += bytes.len;
    buf->ptr[buf->len] = '\0';
}

void buf_add_lower(struct buf *buf, struct slice bytes)
{
    buf_add(buf, bytes);
    slice_copy_lower(bytes, buf->ptr + buf->len - bytes.len);
}

void buf_add_str(struct buf *buf, const char *str)
{
    buf_add(buf, slice_from_str(str));
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, slice_of(&c, 1));
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(len >= 0);
    vsnprintf(buf_reserve(buf, (size_t)len), (size_t)len + 1, format, again);
    va_end(again);
    buf->len += (size_t)len;
}
