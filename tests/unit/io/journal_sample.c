/* SPDX-License-Identifier: Apache-2.0
 *
 * See journal_sample.h.
 */
#include "io/journal_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/file_source.h"
#include "io/sandbox.h"
#include "io/unpack.h"

void journal_sample_unpack(const char *name)
{
    char path[600], block[65536];
    struct buf CLEANUP_BUF journal = {0};
    struct err err = {0};
    const char *data = getenv("TD_TEST_DATA");
    assert_non_null(data);
    snprintf(path, sizeof(path), "%s/journal/mail.journal.xz", data);
    struct file_source *file = file_source_open(path, &err);
    assert_string_equal(err.text, "");
    struct byte_source *source =
        unpack_new(&unpack_xz, file_source_bytes(file), slice_of(block, 0), &err);
    size_t len = 0;
    while (source->class->fill(source, block, sizeof(block), &len, &err) == BYTES_SOME)
        buf_add(&journal, slice_of(block, len));
    source->class->free(source);
    file_source_free(file);
    assert_true(journal.len > 1000);
    sandbox_write(name, buf_slice(&journal));
}
