/* SPDX-License-Identifier: Apache-2.0
 *
 * See syslog_source.h.
 */
#include "io/syslog_source.h"

#include "base/memory.h"
#include "io/log_tail.h"
#include "io/syslog_receiver.h"

struct syslog_source {
    struct log_source source;
    struct log_sink sink;
    struct buf name, folder, path; /* path: of the spool, once it was open */
    int64_t bytes_max;
    const struct syslog_listener_options *listener;
    struct syslog_receiver *receiver; /* NULL: not yet */
    struct log_position from;
    struct log_source *tail; /* NULL: the spool was never open */
    bool troubled;
};

static void take_line(void *user, const struct log_item *item)
{
    struct syslog_source *self = user;
    struct log_item outer = {
        .source = self->source.number, .line = item->line, .after = item->after};
    outer.peer = slice_cut(&outer.line, ' ');
    if (slice_eq(outer.peer, SLICE(SYSLOG_SPOOL_HEADER)))
        return;
    if (slice_eq(outer.peer, SLICE("-")))
        outer.peer = slice_of(NULL, 0);
    self->source.lines++;
    self->sink.line(self->sink.user, &outer);
}

static void take_pause(void *user, size_t source, const struct log_position *at)
{
    (void)source;
    const struct syslog_source *self = user;
    self->sink.pause(self->sink.user, self->source.number, at);
}

/* The rotations of the spool are nobody's business. */
static void take_event(void *user, size_t source, enum log_event event, const char *text)
{
    (void)source;
    const struct syslog_source *self = user;
    if (event != LOG_ROTATED)
        self->sink.tell(self->sink.user, self->source.number, event, text);
}

static struct log_source *open_tail(struct syslog_source *self, const char *path)
{
    /* All that was ever spooled is to be read; our own writer is done with a file when it renames
     * it. */
    struct log_tail_options options = {.path = path, .since_us = 0, .linger_us = 0};
    struct log_sink sink = {
        .user = self, .line = take_line, .pause = take_pause, .tell = take_event};
    return log_tail_new(&options, &self->from, &sink);
}

static bool begin(struct syslog_source *self, struct err *err)
{
    struct syslog_spool *spool =
        syslog_spool_open(buf_str(&self->folder), buf_str(&self->name), self->bytes_max, err);
    if (spool == NULL)
        return false;
    if (self->tail == NULL) {
        buf_add_str(&self->path, syslog_spool_path(spool));
        self->tail = open_tail(self, buf_str(&self->path));
    }
    self->receiver = syslog_receiver_start(self->listener, spool, err);
    return self->receiver != NULL;
}

static void try_begin(struct syslog_source *self)
{
    struct err err = {0};
    bool begun = begin(self, &err);
    if (begun)
        err_set(&err, ERR_NONE, "%s: is there now", buf_str(&self->path));
    if (begun == self->troubled)
        self->sink.tell(self->sink.user, self->source.number, begun ? LOG_RECOVERED : LOG_TROUBLE,
                        err.text);
    self->troubled = !begun;
    log_source_note(&self->source, begun ? LOG_SOURCE_READS : LOG_SOURCE_TROUBLED, &err);
}

static void tell_all(struct syslog_source *self)
{
    enum log_event event;
    struct err text;
    while (syslog_receiver_take_event(self->receiver, &event, &text)) {
        if (event == LOG_TROUBLE)
            log_source_note(&self->source, LOG_SOURCE_TROUBLED, &text);
        else if (event == LOG_RECOVERED)
            log_source_note(&self->source, LOG_SOURCE_READS, NULL);
        self->sink.tell(self->sink.user, self->source.number, event, text.text);
    }
}

static enum log_turn syslog_source_turn(struct log_source *source, int64_t now_us,
                                        struct block *block)
{
    struct syslog_source *self = (struct syslog_source *)source;
    if (self->receiver == NULL)
        try_begin(self);
    if (self->receiver != NULL)
        tell_all(self);
    return self->tail != NULL ? self->tail->class->turn(self->tail, now_us, block) : LOG_TURN_IDLE;
}

static bool syslog_source_watch(struct log_source *source, struct log_watch *watch, size_t owner)
{
    struct syslog_source *self = (struct syslog_source *)source;
    return self->tail != NULL && self->tail->class->watch(self->tail, watch, owner);
}

static int64_t syslog_source_behind(const struct log_source *source)
{
    const struct syslog_source *self = (const struct syslog_source *)source;
    return self->tail != NULL ? self->tail->class->behind(self->tail) : 0;
}

static uint64_t syslog_source_cut_lines(const struct log_source *source)
{
    const struct syslog_source *self = (const struct syslog_source *)source;
    return self->tail != NULL ? self->tail->class->cut_lines(self->tail) : 0;
}

static void syslog_source_free(struct log_source *source)
{
    struct syslog_source *self = (struct syslog_source *)source;
    syslog_receiver_stop(self->receiver);
    if (self->tail != NULL)
        self->tail->class->free(self->tail);
    buf_done(&self->name);
    buf_done(&self->folder);
    buf_done(&self->path);
    mem_free(self);
}

static const struct log_source_class syslog_source_class = {
    .turn = syslog_source_turn,
    .watch = syslog_source_watch,
    .behind = syslog_source_behind,
    .cut_lines = syslog_source_cut_lines,
    .free = syslog_source_free,
};

struct log_source *syslog_source_new(const struct syslog_source_options *options,
                                     const struct log_position *position,
                                     const struct log_sink *sink)
{
    struct syslog_source *self = MEM_NEW(struct syslog_source);
    self->source.class = &syslog_source_class;
    self->sink = *sink;
    self->bytes_max = options->bytes_max;
    self->listener = options->listener;
    self->from = *position;
    buf_add_str(&self->name, options->name);
    buf_add_str(&self->folder, options->folder);
    return &self->source;
}

void syslog_source_counts(struct log_source *source, struct syslog_counts *counts)
{
    struct syslog_source *self = (struct syslog_source *)source;
    *counts = (struct syslog_counts){0};
    if (self->receiver != NULL)
        syslog_receiver_counts(self->receiver, counts);
}

void syslog_source_keep(struct log_source *source, const struct log_position *position)
{
    struct syslog_source *self = (struct syslog_source *)source;
    if (self->receiver != NULL)
        syslog_receiver_keep(self->receiver, position);
}

void syslog_source_seek(struct log_source *source, const struct log_position *position)
{
    struct syslog_source *self = (struct syslog_source *)source;
    self->from = *position;
    if (self->tail == NULL)
        return;
    self->tail->class->free(self->tail);
    self->tail = open_tail(self, buf_str(&self->path));
}
