/* SPDX-License-Identifier: Apache-2.0
 *
 * Where bytes come from: a file, what is packed in a file, the journal. One reader pulls them into
 * memory of its own. The sources put this struct first in theirs. What they say in an err is
 * without the name of the log, which the reader puts in front.
 */
#ifndef TD_IO_BYTE_SOURCE_H
#define TD_IO_BYTE_SOURCE_H

#include <stddef.h>

#include "base/err.h"

enum byte_status {
    BYTES_SOME,   /* at least one */
    BYTES_END,    /* no more; err->code is ERR_NONE or, with a warning in the text, ERR_INPUT */
    BYTES_FAILED, /* no more; err says why; what came before was good */
};

struct byte_source;

struct byte_source_class {
    /* Puts 1 to `room` bytes at `to` and their number in *len. Waits for them if it must. After
     * BYTES_END or BYTES_FAILED it is not called again. err is not NULL and was cleared. */
    enum byte_status (*fill)(struct byte_source *source, char *to, size_t room, size_t *len,
                             struct err *err);
    /* From another thread: a fill that waits for the other end of a pipe ends soon, as do all
     * later ones. */
    void (*interrupt)(struct byte_source *source);
    void (*free)(struct byte_source *source);
};

struct byte_source {
    const struct byte_source_class *class;
};

#endif
