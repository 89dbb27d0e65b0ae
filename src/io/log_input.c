/* SPDX-License-Identifier: Apache-2.0
 *
 * See log_input.h. From the bottom: a file_source; the first read of it tells the format; for a
 * packed one an unpack on top, and a block_ring that runs it in a thread (without one to be had it
 * is unpacked in between); then the line_cutter. A regular file is begun when it is opened,
 * everything else when the first line is asked for, since its first read may have to wait.
 */
#include "io/log_input.h"

#include <string.h>

#include "io/block.h"
#include "io/block_ring.h"
#include "io/clock.h"
#include "io/file_source.h"
#include "io/journal.h"
#include "io/line_cutter.h"
#include "io/unpack.h"
#include "base/memory.h"

enum {
    BLOCK_BYTES = 64 * 1024,
    RING_BLOCKS = 8,
    PEEK_BYTES = 64 * 1024,
};

struct log_input {
    struct log_input_facts facts;
    char *name;
    int64_t since_us;
    struct file_source *file;   /* NULL: the journal */
    struct byte_source *unpack; /* over file; NULL: plain */
    struct byte_source *journal;
    struct byte_source *source; /* what blocks come from: one of the three */
    struct block_ring *ring;    /* runs source; NULL: this thread does */
    struct block block;         /* BLOCK_BYTES, without a ring */
    struct slice ready;         /* a block that was read, but not given to the cutter */
    struct line_cutter *cutter;
    char *tail; /* PEEK_BYTES, for log_input_peek */
    bool begun;
    bool ended;              /* END or FAILED was said */
    enum byte_status status; /* BYTES_SOME: more to come */
    struct err err;          /* of status; from `ended` on with the name in front */
};

/* Reads until the format can be told: a magic number or a whole line. */
static void read_head(struct log_input *input)
{
    size_t len = 0;
    block_init(&input->block, BLOCK_BYTES);
    while (input->status == BYTES_SOME && len < UNPACK_MAGIC_BYTES &&
           memchr(input->block.bytes, '\n', len) == NULL) {
        size_t got = 0;
        input->status = input->source->class->fill(input->source, input->block.bytes + len,
                                                   BLOCK_BYTES - len, &got, &input->err);
        len += got;
    }
    input->ready = slice_of(input->block.bytes, len);
}

/* Puts an unpacker on top of the file, in a thread if possible. What read_head met (an end) will be
 * met again. */
static bool begin_unpacking(struct log_input *input, const struct unpack_format *format)
{
    input->facts.compressed = true;
    input->unpack = unpack_new(format, file_source_bytes(input->file), input->ready, &input->err);
    if (input->unpack == NULL)
        return false;
    input->source = input->unpack;
    input->ready = slice_of(NULL, 0);
    input->status = BYTES_SOME;
    if (!file_source_allow_interrupt(input->file, NULL))
        return true;
    input->ring = block_ring_start(input->source, RING_BLOCKS, BLOCK_BYTES);
    if (input->ring != NULL)
        block_done(&input->block);
    return true;
}

static bool begin_journal(struct log_input *input, const char *where, struct err *err)
{
    input->begun = true;
    input->journal = input->source = journal_open(where, input->since_us, err);
    input->facts.size_bytes = -1;
    input->ready = slice_of(NULL, 0);
    input->status = BYTES_SOME;
    if (input->block.bytes == NULL)
        block_init(&input->block, BLOCK_BYTES);
    return input->journal != NULL;
}

static void begin(struct log_input *input)
{
    input->begun = true;
    read_head(input);
    bool ok = true;
    if (input->status == BYTES_FAILED)
        return;
    if (input->facts.regular && journal_is_file(input->ready)) {
        ok = begin_journal(input, input->name, &input->err);
    } else {
        const struct unpack_format *format = unpack_find(input->ready, &ok, &input->err);
        if (format != NULL)
            ok = begin_unpacking(input, format);
    }
    if (ok)
        return;
    input->status = BYTES_FAILED;
    input->ready = slice_of(NULL, 0);
}

static char *copy_name(const char *name)
{
    size_t len = strlen(name);
    char *copy = MEM_NEW_ARRAY(char, len + 1);
    memcpy(copy, name, len);
    return copy;
}

static bool open_journal(struct log_input *input, const char *name, struct err *err)
{
    input->facts.modified_us = clock_now_us();
    return begin_journal(input, name + strlen("journal:"), err) || err_at(err, "%s", name);
}

static bool open_file(struct log_input *input, const char *path, struct err *err)
{
    input->file = file_source_open(path, err);
    if (input->file == NULL)
        return false;
    input->source = file_source_bytes(input->file);
    input->facts.modified_us = file_source_modified_us(input->file);
    input->facts.size_bytes = file_source_size(input->file);
    input->facts.regular = file_source_is_regular(input->file);
    if (input->facts.regular)
        begin(input);
    return true;
}

struct log_input *log_input_open_since(const char *path, int64_t since_us, struct err *err)
{
    struct log_input *input = MEM_NEW(struct log_input);
    input->name = copy_name(strcmp(path, "-") == 0 ? "standard input" : path);
    input->facts.name = input->name;
    input->since_us = since_us;
    input->cutter = line_cutter_new(LOG_INPUT_LINE_MAX);
    bool ok = journal_is_name(path) ? open_journal(input, path, err) : open_file(input, path, err);
    if (ok)
        return input;
    log_input_close(input);
    return NULL;
}

struct log_input *log_input_open(const char *path, struct err *err)
{
    return log_input_open_since(path, INT64_MIN, err);
}

void log_input_close(struct log_input *input)
{
    if (input == NULL)
        return;
    block_ring_stop(input->ring);
    if (input->unpack != NULL)
        input->unpack->class->free(input->unpack);
    if (input->journal != NULL)
        input->journal->class->free(input->journal);
    file_source_free(input->file);
    line_cutter_free(input->cutter);
    block_done(&input->block);
    mem_free(input->tail);
    mem_free(input->name);
    mem_free(input);
}

/* Makes input->ready hold bytes; false: there are no more. */
static bool load(struct log_input *input)
{
    if (!input->begun)
        begin(input);
    if (input->ready.len > 0)
        return true;
    if (input->status != BYTES_SOME)
        return false;
    input->err = (struct err){0};
    if (input->ring != NULL) {
        input->status = block_ring_take(input->ring, &input->ready, &input->err);
    } else {
        size_t got = 0;
        input->status = input->source->class->fill(input->source, input->block.bytes, BLOCK_BYTES,
                                                   &got, &input->err);
        input->ready = slice_of(input->block.bytes, got);
    }
    return input->status == BYTES_SOME;
}

static enum log_input_status finish(struct log_input *input, struct slice *line, struct err *err)
{
    if (input->status == BYTES_END && line_cutter_finish(input->cutter, line))
        return LOG_INPUT_LINE;
    if (!input->ended)
        err_at(&input->err, "%s", input->name);
    input->ended = true;
    if (input->status == BYTES_END)
        return LOG_INPUT_END;
    if (err != NULL)
        *err = input->err;
    return LOG_INPUT_FAILED;
}

enum log_input_status log_input_next(struct log_input *input, struct slice *line, struct err *err)
{
    while (!line_cutter_next(input->cutter, line)) {
        if (!load(input))
            return finish(input, line, err);
        line_cutter_feed(input->cutter, input->ready);
        input->ready = slice_of(NULL, 0);
    }
    return LOG_INPUT_LINE;
}

bool log_input_more(struct log_input *input, struct slice *line)
{
    return line_cutter_more(input->cutter, line);
}

const struct log_input_facts *log_input_facts(const struct log_input *input)
{
    return &input->facts;
}

int64_t log_input_position(const struct log_input *input)
{
    return input->file != NULL ? file_source_position(input->file) : 0;
}

uint64_t log_input_cut_lines(const struct log_input *input)
{
    return line_cutter_cut_lines(input->cutter);
}

const char *log_input_warning(const struct log_input *input)
{
    bool warned = input->ended && input->status == BYTES_END && input->err.code != ERR_NONE;
    return warned ? input->err.text : NULL;
}

struct slice log_input_peek(struct log_input *input, struct slice *tail)
{
    struct slice head = load(input) ? input->ready : slice_of(NULL, 0);
    *tail = slice_of(NULL, 0);
    if (input->facts.regular && !input->facts.compressed) {
        if (input->tail == NULL)
            input->tail = MEM_NEW_ARRAY(char, PEEK_BYTES);
        *tail = slice_of(input->tail, file_source_tail(input->file, input->tail, PEEK_BYTES));
    }
    return slice_first(head, PEEK_BYTES);
}
