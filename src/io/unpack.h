/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes that are packed in a file: gzip, zstd, bzip2, xz, each also as several members, frames
 * or streams one after another. Told by the first bytes.
 *
 * Memory: an input buffer and what the format asks for: gzip 40 KiB, bzip2 4 MiB, zstd and xz their
 * window (8 MiB as the tools pack by default, at most 128 MiB).
 */
#ifndef TD_IO_UNPACK_H
#define TD_IO_UNPACK_H

#include "io/byte_source.h"
#include "io/unpack_format.h"

/* The format of a file that begins so, or NULL for one that is not packed. False in *known: it is
 * packed in a way that is not read here (lz4, zip ...), err says what to do. */
const struct unpack_format *unpack_find(struct slice head, bool *known, struct err *err);

/* Unpacks what `below` gives; `first` are bytes that were already read from it (copied). Does not
 * free `below`. A member after the first that does not begin with the format's magic bytes ends
 * with a warning; zeros (tape padding) and nothing end quietly. NULL and err: no memory. */
struct byte_source *unpack_new(const struct unpack_format *format, struct byte_source *below,
                               struct slice first, struct err *err);

#endif
