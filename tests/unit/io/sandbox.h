/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of io/ share: a folder of their own, files in it, and packed bytes. Everything
 * fails the test at hand when it cannot.
 */
#ifndef TD_TESTS_UNIT_IO_SANDBOX_H
#define TD_TESTS_UNIT_IO_SANDBOX_H

#include "base/buf.h"
#include "base/slice.h"
#include "io/log_input.h"

/* As set-up and tear-down of a cmocka group: makes a folder, goes there, removes it. */
int sandbox_enter(void **state);
int sandbox_leave(void **state);

void sandbox_write(const char *name, struct slice bytes);

/* The whole of a file, appended. */
void sandbox_read(const char *name, struct buf *to);

/* Fails the test when it cannot be opened. */
struct log_input *sandbox_open(const char *path);

enum packing {
    PACKED_GZIP,
    PACKED_ZSTD,
    PACKED_BZIP2,
    PACKED_XZ,
};
#define PACKINGS 4

/* Appends one member (frame, stream). */
void pack(enum packing packing, struct slice bytes, struct buf *to);

/* Appends `count` lines "line N: ..." of a Postfix log, numbered from `first`, none like another.
 */
void make_lines(size_t first, size_t count, struct buf *to);

#endif
