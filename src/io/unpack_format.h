/* SPDX-License-Identifier: Apache-2.0
 *
 * A way of packing files. One const struct a format, one file each, since each has a library of its
 * own; unpack.c lists them.
 */
#ifndef TD_IO_UNPACK_FORMAT_H
#define TD_IO_UNPACK_FORMAT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"

/* What is still to be read and where the result goes; a step moves both forward. */
struct unpack_span {
    const char *in;
    size_t in_len;
    char *out;
    size_t out_len;
};

enum unpack_result {
    UNPACK_GOING,      /* wants more input or more room */
    UNPACK_MEMBER_END, /* a whole stream (member, frame) is done; another may follow */
    UNPACK_BROKEN,     /* err says how, without the file's name */
};

struct unpack_format {
    const char *name;
    /* Does a file with these first bytes have this format? Fewer than UNPACK_MAGIC_BYTES: could it
     * be cut off right there? */
    bool (*matches)(struct slice head);
    void *(*new)(void); /* NULL: the library has no memory */
    enum unpack_result (*step)(void *state, struct unpack_span *span, struct err *err);
    bool (*restart)(void *state); /* before another member; false: no memory */
    void (*free)(void *state);
};

enum { UNPACK_MAGIC_BYTES = 6 };

/* Does head begin with the magic bytes, or is it the begin of them? */
static inline bool unpack_magic(struct slice head, struct slice magic)
{
    size_t len = head.len < magic.len ? head.len : magic.len;
    return len >= 2 && memcmp(head.ptr, magic.ptr, len) == 0;
}

extern const struct unpack_format unpack_gzip;
extern const struct unpack_format unpack_zstd;
extern const struct unpack_format unpack_bzip2;
extern const struct unpack_format unpack_xz;

#endif
