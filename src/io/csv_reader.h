/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of a file of comma-separated values, one by one (RFC 4180, read by libcsv): fields with
 * commas, quotes or ends of lines stand in quotes, and quotes in them are doubled; blanks are of
 * the field; lines end with LF or CRLF. Empty lines are passed over, and a byte order mark of UTF-8
 * before the first. They may be secrets: what is read is in no core dump, and cleared.
 *
 * Bounded: CSV_RECORD_MAX bytes and CSV_FIELDS_MAX fields of a record. Blocks as the file does.
 */
#ifndef TD_IO_CSV_READER_H
#define TD_IO_CSV_READER_H

#include <stdio.h>

#include "base/err.h"
#include "base/slice.h"

enum { CSV_RECORD_MAX = 65536, CSV_FIELDS_MAX = 64 };

struct csv_reader;

/* The file is borrowed, and read from where it is. */
struct csv_reader *csv_reader_new(FILE *file) __attribute__((returns_nonnull));
void csv_reader_free(struct csv_reader *reader); /* NULL is fine */

struct csv_record {
    const struct slice *fields; /* until the next is read; no NUL in them */
    size_t count;               /* at least 1 */
    size_t line;                /* where it begins; the first is 1 */
};

enum csv_step { CSV_RECORD, CSV_END, CSV_BAD };

/* CSV_BAD: err says why (ERR_INPUT: what the file has; ERR_IO: it cannot be read), out->line where;
 * it is the last: what follows cannot be told apart any more. */
enum csv_step csv_reader_next(struct csv_reader *reader, struct csv_record *out, struct err *err);

/* Read so far. */
int64_t csv_reader_bytes(const struct csv_reader *reader);

#endif
