/* SPDX-License-Identifier: Apache-2.0
 *
 * See unpack.h. What follows a complete member is treated as gzip(1) does it: another member goes
 * on, zeros are padding, everything else is ignored with a warning. A file that ends within a
 * member gives all that could be unpacked and then fails.
 */
#include "io/unpack.h"

#include "io/block.h"
#include "base/memory.h"

enum { INPUT_BYTES = 128 * 1024 };

struct unpack {
    struct byte_source bytes;
    const struct unpack_format *format;
    void *state; /* of the format */
    struct byte_source *below;
    struct block input;
    size_t at, len;   /* input[at .. len) is still to be unpacked */
    uint64_t members; /* complete ones */
    bool below_ended;
    bool between;              /* a member is complete, the next has not begun */
    enum byte_status finished; /* BYTES_SOME: not yet; else what comes after what is given */
    struct err why;
};

static const struct unpack_format *const formats[] = {
    &unpack_gzip,
    &unpack_zstd,
    &unpack_bzip2,
    &unpack_xz,
};

/* Known, but too rare for logs to be worth a library. */
static const struct {
    struct slice magic;
    const char *name, *command;
} refused[] = {
    {{"\x04\x22\x4d\x18", 4}, "lz4", "lz4 -dc"},   {{"\x1f\x9d", 2}, "compress (.Z)", "zcat"},
    {{"PK\x03\x04", 4}, "zip", "unzip -p"},        {{"LZIP\x01", 5}, "lzip", "lzip -dc"},
    {{"7z\xbc\xaf\x27\x1c", 6}, "7z", "7z x -so"},
};

const struct unpack_format *unpack_find(struct slice head, bool *known, struct err *err)
{
    *known = true;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (formats[i]->matches(head))
            return formats[i];
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (!slice_starts_with(head, refused[i].magic))
            continue;
        *known = false;
        err_set(err, ERR_INPUT, "is packed with %s, which is not read here: use `%s FILE | ... -`",
                refused[i].name, refused[i].command);
    }
    return NULL;
}

static void unpack_finish(struct unpack *unpack, enum byte_status status)
{
    unpack->finished = status;
}

/* Moves what is left to the front and reads more behind it. */
static void refill(struct unpack *unpack)
{
    if (unpack->at > 0)
        memmove(unpack->input.bytes, unpack->input.bytes + unpack->at, unpack->len - unpack->at);
    unpack->len -= unpack->at;
    unpack->at = 0;
    size_t got = 0;
    unpack->why = (struct err){0};
    enum byte_status status =
        unpack->below->class->fill(unpack->below, unpack->input.bytes + unpack->len,
                                   INPUT_BYTES - unpack->len, &got, &unpack->why);
    unpack->len += got;
    unpack->below_ended = status != BYTES_SOME;
    if (status == BYTES_FAILED)
        unpack_finish(unpack, BYTES_FAILED);
}

static void skip_zeros(struct unpack *unpack)
{
    for (;;) {
        while (unpack->at < unpack->len && unpack->input.bytes[unpack->at] == '\0')
            unpack->at++;
        if (unpack->at < unpack->len || unpack->below_ended)
            return;
        refill(unpack);
    }
}

/* After a member: another, the end, or garbage. */
static void begin_member(struct unpack *unpack)
{
    skip_zeros(unpack);
    while (unpack->len - unpack->at < UNPACK_MAGIC_BYTES && !unpack->below_ended)
        refill(unpack);
    if (unpack->finished != BYTES_SOME)
        return;
    struct slice head =
        slice_between(unpack->input.bytes + unpack->at, unpack->input.bytes + unpack->len);
    if (head.len == 0) {
        unpack_finish(unpack, BYTES_END);
    } else if (!unpack->format->matches(slice_first(head, UNPACK_MAGIC_BYTES))) {
        err_set(&unpack->why, ERR_INPUT,
                "what follows the end of the %s data was ignored (not %s: appended by mistake?)",
                unpack->format->name, unpack->format->name);
        unpack_finish(unpack, BYTES_END);
    } else if (!unpack->format->restart(unpack->state)) {
        err_set(&unpack->why, ERR_LIBRARY, "no memory to unpack %s", unpack->format->name);
        unpack_finish(unpack, BYTES_FAILED);
    }
    unpack->between = false;
}

static void fail_cut_off(struct unpack *unpack)
{
    err_set(&unpack->why, ERR_INPUT,
            "the %s data ends too early (cut off, or still being written?): "
            "what came before the break was read",
            unpack->format->name);
    unpack_finish(unpack, BYTES_FAILED);
}

static void fail_broken(struct unpack *unpack, const struct err *why)
{
    err_set(&unpack->why, why->code, "the %s data is damaged (%s): what came before was read",
            unpack->format->name, why->text);
    unpack_finish(unpack, BYTES_FAILED);
}

/* One step of the format; moves on in input and output. */
static void unpack_some(struct unpack *unpack, char *to, size_t room, size_t *done)
{
    struct unpack_span span = {
        .in = unpack->input.bytes + unpack->at,
        .in_len = unpack->len - unpack->at,
        .out = to + *done,
        .out_len = room - *done,
    };
    struct err why = {.code = ERR_INPUT, .text = "makes no progress"};
    enum unpack_result result = unpack->format->step(unpack->state, &span, &why);
    bool stuck = span.in_len == unpack->len - unpack->at && span.out_len == room - *done;
    unpack->at = unpack->len - span.in_len;
    *done = room - span.out_len;
    if (result == UNPACK_MEMBER_END) {
        unpack->members++;
        unpack->between = true;
    } else if (result == UNPACK_BROKEN) {
        fail_broken(unpack, &why);
    } else if (stuck && span.in_len == 0 && unpack->below_ended) {
        fail_cut_off(unpack);
    } else if (stuck && span.in_len > 0) {
        fail_broken(unpack, &why);
    }
}

static enum byte_status unpack_fill(struct byte_source *source, char *to, size_t room, size_t *len,
                                    struct err *err)
{
    struct unpack *unpack = (struct unpack *)source;
    size_t done = 0;
    while (done < room && unpack->finished == BYTES_SOME) {
        bool used_up = unpack->at == unpack->len && !unpack->below_ended;
        if (used_up && done > 0)
            break; /* a pipe may take its time: first give what there is */
        if (unpack->between)
            begin_member(unpack);
        else if (used_up)
            refill(unpack);
        if (unpack->finished == BYTES_SOME && !unpack->between)
            unpack_some(unpack, to, room, &done);
    }
    *len = done;
    if (done > 0)
        return BYTES_SOME;
    *err = unpack->why;
    return unpack->finished;
}

static void unpack_interrupt(struct byte_source *source)
{
    struct byte_source *below = ((struct unpack *)source)->below;
    below->class->interrupt(below);
}

static void unpack_free(struct byte_source *source)
{
    struct unpack *unpack = (struct unpack *)source;
    unpack->format->free(unpack->state);
    block_done(&unpack->input);
    mem_free(unpack);
}

static const struct byte_source_class unpack_class = {
    .fill = unpack_fill,
    .interrupt = unpack_interrupt,
    .free = unpack_free,
};

struct byte_source *unpack_new(const struct unpack_format *format, struct byte_source *below,
                               struct slice first, struct err *err)
{
    void *state = format->new ();
    if (state == NULL) {
        err_set(err, ERR_LIBRARY, "no memory to unpack %s", format->name);
        return NULL;
    }
    struct unpack *unpack = MEM_NEW(struct unpack);
    size_t room = first.len > INPUT_BYTES ? first.len : INPUT_BYTES;
    *unpack = (struct unpack){
        .bytes = {&unpack_class},
        .format = format,
        .state = state,
        .below = below,
        .len = first.len,
        .finished = BYTES_SOME,
    };
    block_init(&unpack->input, room);
    memcpy(unpack->input.bytes, first.ptr, first.len);
    return &unpack->bytes;
}
