/* SPDX-License-Identifier: Apache-2.0
 *
 * See csv_reader.h. libcsv is fed with whole lines: then it is known where a record begins. Its own
 * memory is one block of the size of a record; a field that needs more is too long.
 *
 * Peer documents: RFC 4180; csv(3) of libcsv 3.0.3.
 */
#include "io/csv_reader.h"

#include <csv.h>
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "io/secret_memory.h"

struct csv_reader {
    FILE *file;
    struct csv_parser parser;
    char line[CSV_RECORD_MAX];
    char text[CSV_RECORD_MAX]; /* of the record, fields behind each other */
    struct slice fields[CSV_FIELDS_MAX];
    size_t used, count;  /* of text and fields */
    size_t records;      /* that ended in the line */
    bool is_full;        /* it has more than there is room for */
    bool is_over;        /* nothing is read any more */
    size_t number, from; /* of the line; where the record began */
    int64_t bytes;
};

/* ---- libcsv's ---- */

static void *give(void *before, size_t size)
{
    return before == NULL && size <= CSV_RECORD_MAX ? secret_memory_new(CSV_RECORD_MAX) : NULL;
}

static void take_back(void *block)
{
    if (block != NULL)
        secret_memory_free(block, CSV_RECORD_MAX);
}

static int is_blank(unsigned char byte)
{
    (void)byte;
    return 0; /* none is taken off */
}

static void on_field(void *bytes, size_t len, void *context)
{
    struct csv_reader *reader = context;
    bool fits = reader->count < CSV_FIELDS_MAX && len <= sizeof(reader->text) - reader->used;
    reader->is_full = reader->is_full || !fits;
    if (reader->is_full)
        return;
    if (len > 0)
        memcpy(reader->text + reader->used, bytes, len);
    reader->fields[reader->count++] = slice_of(reader->text + reader->used, len);
    reader->used += len;
}

static void on_record(int end, void *context)
{
    struct csv_reader *reader = context;
    (void)end;
    reader->records++;
}

/* ---- lines ---- */

enum line { LINE_READ, LINE_END, LINE_LONG, LINE_NUL };

/* Up to its LF, or the end of the file. */
static enum line read_line(struct csv_reader *reader, size_t *len)
{
    *len = 0;
    for (int byte; (byte = getc_unlocked(reader->file)) != EOF;) {
        if (byte == '\0')
            return LINE_NUL;
        if (*len == sizeof(reader->line))
            return LINE_LONG;
        reader->line[(*len)++] = (char)byte;
        if (byte == '\n')
            break;
    }
    return *len > 0 ? LINE_READ : LINE_END;
}

static struct slice without_mark(const struct csv_reader *reader, size_t len)
{
    struct slice line = slice_of(reader->line, len);
    if (reader->number == 1)
        (void)slice_take_prefix(&line, SLICE("\xEF\xBB\xBF"));
    return line;
}

/* It begins no record. */
static bool is_empty(struct slice line)
{
    return line.len == 0 || line.ptr[0] == '\n' || line.ptr[0] == '\r';
}

/* ---- records ---- */

static enum csv_step end(struct csv_reader *reader, struct csv_record *out, struct err *err,
                         const char *why)
{
    reader->is_over = true;
    out->line = reader->from;
    (void)err_set(err, ERR_INPUT, "%s", why);
    return CSV_BAD;
}

static const char *fault_of(struct csv_reader *reader, bool parsed)
{
    if (!parsed && csv_error(&reader->parser) == CSV_EPARSE)
        return "has a quote where none may be: a field with quotes stands in quotes, and quotes in "
               "it are doubled (RFC 4180)";
    if (!parsed || reader->is_full)
        return "is longer than 65,536 bytes, or has more than 64 fields";
    if (reader->records > 1)
        return "has a carriage return that ends no line and is in no quotes";
    return NULL;
}

/* The last line may have no end. */
static enum csv_step finish(struct csv_reader *reader, struct csv_record *out, struct err *err)
{
    if (ferror(reader->file)) {
        reader->is_over = true;
        out->line = reader->number;
        (void)err_set_errno(err, errno, "cannot be read");
        return CSV_BAD;
    }
    if (csv_fini(&reader->parser, on_field, on_record, reader) != 0)
        return end(reader, out, err, "has quotes that are never closed");
    reader->is_over = true;
    return reader->records > 0 ? CSV_RECORD : CSV_END;
}

static enum csv_step take_line(struct csv_reader *reader, struct csv_record *out, struct err *err)
{
    size_t len;
    switch (read_line(reader, &len)) {
    case LINE_READ:
        break;
    case LINE_END:
        return finish(reader, out, err);
    case LINE_LONG:
        return end(reader, out, err, "is longer than 65,536 bytes");
    case LINE_NUL:
        return end(reader, out, err, "has a NUL");
    }
    reader->number++;
    reader->bytes += (int64_t)len;
    struct slice line = without_mark(reader, len);
    if (reader->from == 0 && !is_empty(line))
        reader->from = reader->number;
    bool parsed =
        csv_parse(&reader->parser, line.ptr, line.len, on_field, on_record, reader) == line.len;
    const char *fault = fault_of(reader, parsed);
    return fault != NULL ? end(reader, out, err, fault) : CSV_RECORD;
}

static void begin(struct csv_reader *reader)
{
    reader->used = reader->count = reader->records = 0;
    reader->from = 0;
}

enum csv_step csv_reader_next(struct csv_reader *reader, struct csv_record *out, struct err *err)
{
    enum csv_step step = CSV_RECORD;
    begin(reader);
    *out = (struct csv_record){.line = reader->number + 1};
    if (reader->is_over)
        return CSV_END;
    while (step == CSV_RECORD && reader->records == 0)
        step = take_line(reader, out, err);
    if (step != CSV_RECORD)
        return step;
    const char *fault = fault_of(reader, true);
    if (fault != NULL)
        return end(reader, out, err, fault);
    *out = (struct csv_record){reader->fields, reader->count, reader->from};
    return CSV_RECORD;
}

int64_t csv_reader_bytes(const struct csv_reader *reader)
{
    return reader->bytes;
}

struct csv_reader *csv_reader_new(FILE *file)
{
    struct csv_reader *reader = secret_memory_new(sizeof(*reader));
    reader->file = file;
    (void)csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_realloc_func(&reader->parser, give);
    csv_set_free_func(&reader->parser, take_back);
    csv_set_space_func(&reader->parser, is_blank);
    csv_set_blk_size(&reader->parser, CSV_RECORD_MAX);
    return reader;
}

void csv_reader_free(struct csv_reader *reader)
{
    if (reader == NULL)
        return;
    csv_free(&reader->parser);
    secret_memory_free(reader, sizeof(*reader));
}
