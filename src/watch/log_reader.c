/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading many logs as one. Each chain of rotations has one input open and the next one opening, so
 * that a compressed one is unpacked while its predecessor is read. The chain whose next line is
 * oldest is read on until its time passes that of another.
 */
#include "watch/log_reader.h"

#include "base/buf.h"
#include "base/memory.h"
#include "io/log_input.h"
#include "io/log_set.h"
#include "watch/file_year.h"
#include "watch/log_clock.h"

#define AHEAD 2 /* inputs of a chain that are open at once */
#define PROBLEMS_MAX 100
#define UNSURE_LINES 10000 /* in which a queue id may say another year than was assumed */

struct chain {
    const char *const *paths;
    size_t count, next;              /* next: path to open */
    struct log_input *inputs[AHEAD]; /* inputs[0] is being read */
    size_t open;
    struct stamp_context stamps;
    struct log_clock clock;
    unsigned unsure;   /* lines left that may say the year; 0: it is sure */
    struct slice line; /* read ahead, not given yet; with several chains */
    int64_t line_us;
    bool begun, ended;
};

struct log_reader {
    struct log_set *set;
    struct chain *chains;
    size_t chain_count;
    struct chain *current;
    int64_t current_until_us; /* read on while the time is not above; INT64_MAX: the only one */
    struct log_parser *parser;
    struct buf problems[PROBLEMS_MAX];
    size_t problem_count;
    bool failed; /* a log could not be read to its end */
    struct err
        err; /* of the input read last; here, since on the stack it would be cleared each line */
    uint64_t cut_lines;
    int64_t done_bytes;
};

static void add_problem(struct log_reader *reader, const char *text)
{
    if (reader->problem_count < PROBLEMS_MAX)
        buf_add_str(&reader->problems[reader->problem_count++], text);
}

struct log_reader *log_reader_new(const char *const *paths, size_t count, stamp_zone_fn zone,
                                  void *zone_data)
{
    struct log_reader *reader = MEM_NEW(struct log_reader);
    reader->set = log_set_new(paths, count);
    reader->chain_count = log_set_count(reader->set);
    reader->chains = MEM_NEW_ARRAY(struct chain, reader->chain_count);
    reader->parser = log_parser_new(0, zone, zone_data);
    for (size_t i = 0; i < reader->chain_count; i++) {
        struct log_chain named = log_set_chain(reader->set, i);
        struct chain *chain = &reader->chains[i];
        chain->paths = named.paths;
        chain->count = named.count;
        stamp_context_init(&chain->stamps, 0, zone, zone_data);
        log_clock_init(&chain->clock);
    }
    for (size_t i = 0; i < log_set_warning_count(reader->set); i++)
        add_problem(reader, log_set_warning(reader->set, i));
    return reader;
}

static void close_front(struct log_reader *reader, struct chain *chain)
{
    reader->cut_lines += log_input_cut_lines(chain->inputs[0]);
    reader->done_bytes += log_input_position(chain->inputs[0]);
    log_input_close(chain->inputs[0]);
    chain->inputs[0] = chain->inputs[1];
    chain->inputs[1] = NULL;
    chain->open--;
}

void log_reader_free(struct log_reader *reader)
{
    if (reader == NULL)
        return;
    for (size_t i = 0; i < reader->chain_count; i++)
        while (reader->chains[i].open > 0)
            close_front(reader, &reader->chains[i]);
    for (size_t i = 0; i < reader->problem_count; i++)
        buf_done(&reader->problems[i]);
    log_parser_free(reader->parser);
    log_set_free(reader->set);
    mem_free(reader->chains);
    mem_free(reader);
}

/* Opens inputs until AHEAD are open or none is left. */
static void open_ahead(struct log_reader *reader, struct chain *chain)
{
    while (chain->open < AHEAD && chain->next < chain->count) {
        struct err err;
        struct log_input *input = log_input_open(chain->paths[chain->next++], &err);
        if (input == NULL) {
            add_problem(reader, err.text);
            reader->failed = true;
            continue;
        }
        chain->inputs[chain->open++] = input;
    }
}

/* The years of a chain's later files follow from the order of their lines, unless an id says more.
 */
static void begin_input(struct chain *chain)
{
    struct slice tail, head = log_input_peek(chain->inputs[0], &tail);
    struct file_year found =
        file_year_of(head, tail, log_input_facts(chain->inputs[0])->modified_us);
    bool known = chain->stamps.year != 0;
    if (!known) {
        chain->stamps.near_us = log_input_facts(chain->inputs[0])->modified_us;
        chain->unsure = found.certain ? 0 : UNSURE_LINES;
    }
    if (found.year != 0 && (found.certain || !known)) {
        if (chain->stamps.year != found.year)
            chain->stamps.month = 0;
        chain->stamps.year = found.year;
        chain->stamps.last_len = 0;
    }
}

/* Lines before it may have been taken for those of another year, but few: what has queue ids has
 * them from the begin. */
static void look_for_year(struct chain *chain, struct slice line)
{
    struct stamp_context *stamps = &chain->stamps;
    int year, month;
    chain->unsure--;
    if (!file_year_of_line(line, &year, &month))
        return;
    if (stamps->month >= 1 && stamps->month <= 2 && month >= 11)
        return; /* a late line of the old year */
    chain->unsure = 0;
    if (stamps->year == year)
        return;
    stamps->year = year;
    stamps->month = 0;
    stamps->last_len = 0;
}

/* The chain's next line, over the ends of its files. */
static bool chain_line(struct log_reader *reader, struct chain *chain, struct slice *line)
{
    for (;;) {
        if (!chain->begun) {
            open_ahead(reader, chain);
            if (chain->open == 0)
                return false;
            begin_input(chain);
            chain->begun = true;
        }
        switch (log_input_next(chain->inputs[0], line, &reader->err)) {
        case LOG_INPUT_LINE:
            return true;
        case LOG_INPUT_FAILED:
            add_problem(reader, reader->err.text);
            reader->failed = true;
            break;
        case LOG_INPUT_END:
            if (log_input_warning(chain->inputs[0]) != NULL)
                add_problem(reader, log_input_warning(chain->inputs[0]));
            break;
        }
        close_front(reader, chain);
        chain->begun = false;
    }
}

/* Reads the chain's next line ahead, for the comparison of times. */
static void read_ahead(struct log_reader *reader, struct chain *chain)
{
    if (!chain_line(reader, chain, &chain->line)) {
        chain->ended = true;
        return;
    }
    log_parser_switch(reader->parser, &chain->stamps);
    if (chain->unsure > 0)
        look_for_year(chain, chain->line);
    bool believed;
    chain->line_us =
        log_clock_take(&chain->clock, log_line_time(reader->parser, chain->line), &believed);
}

/* The chain whose next line is oldest becomes current, until the next oldest one's time. */
static bool choose_chain(struct log_reader *reader)
{
    struct chain *oldest = NULL;
    int64_t second_us = INT64_MAX;
    for (size_t i = 0; i < reader->chain_count; i++) {
        struct chain *chain = &reader->chains[i];
        if (chain->ended)
            continue;
        if (oldest == NULL || chain->line_us < oldest->line_us) {
            if (oldest != NULL)
                second_us = oldest->line_us;
            oldest = chain;
        } else if (chain->line_us < second_us) {
            second_us = chain->line_us;
        }
    }
    reader->current = oldest;
    reader->current_until_us = second_us;
    return oldest != NULL;
}

static int64_t read_record(struct log_reader *reader, struct chain *chain, struct slice line,
                           struct log_record *record)
{
    bool believed;
    if (chain->unsure > 0)
        look_for_year(chain, line);
    log_record_parse(reader->parser, line, record);
    return log_clock_take(&chain->clock, record->line.time_us, &believed);
}

/* The only chain's next line. */
static bool only_line(struct log_reader *reader, struct slice *line)
{
    reader->current = &reader->chains[0];
    if (!chain_line(reader, reader->current, line))
        return false;
    log_parser_switch(reader->parser, &reader->current->stamps);
    return true;
}

static bool next_of_many(struct log_reader *reader, struct log_record *record, int64_t *time_us)
{
    if (reader->current == NULL) {
        for (size_t i = 0; i < reader->chain_count; i++)
            read_ahead(reader, &reader->chains[i]);
        if (!choose_chain(reader))
            return false;
    } else {
        read_ahead(reader, reader->current);
        bool on = !reader->current->ended && reader->current->line_us <= reader->current_until_us;
        if (!on && !choose_chain(reader))
            return false;
    }
    struct chain *chain = reader->current;
    log_parser_switch(reader->parser, &chain->stamps);
    log_record_parse(reader->parser, chain->line, record);
    *time_us = chain->line_us;
    return true;
}

bool log_reader_next(struct log_reader *reader, struct log_record *record, int64_t *time_us)
{
    if (reader->chain_count != 1)
        return next_of_many(reader, record, time_us);
    struct slice line;
    if (!only_line(reader, &line))
        return false;
    *time_us = read_record(reader, reader->current, line, record);
    return true;
}

size_t log_reader_take(struct log_reader *reader, struct timed_record *to, size_t room)
{
    if (reader->chain_count != 1)
        return next_of_many(reader, &to->record, &to->time_us);
    struct slice line;
    if (!only_line(reader, &line))
        return 0;
    struct chain *chain = reader->current;
    size_t count = 0;
    room = room < LOG_LINES_HELD ? room : LOG_LINES_HELD;
    do {
        to[count].time_us = read_record(reader, chain, line, &to[count].record);
        count++;
    } while (count < room && log_input_more(chain->inputs[0], &line));
    return count;
}

const char *log_reader_name(const struct log_reader *reader)
{
    const struct chain *chain = reader->current;
    if (chain == NULL || chain->open == 0)
        return "";
    return log_input_facts(chain->inputs[0])->name;
}

size_t log_reader_problem_count(const struct log_reader *reader)
{
    return reader->problem_count;
}

const char *log_reader_problem(const struct log_reader *reader, size_t index)
{
    return buf_str(&reader->problems[index]);
}

bool log_reader_failed(const struct log_reader *reader)
{
    return reader->failed;
}

uint64_t log_reader_cut_lines(const struct log_reader *reader)
{
    uint64_t cut = reader->cut_lines;
    for (size_t i = 0; i < reader->chain_count; i++)
        if (reader->chains[i].open > 0)
            cut += log_input_cut_lines(reader->chains[i].inputs[0]);
    return cut;
}

int64_t log_reader_position(const struct log_reader *reader)
{
    int64_t bytes = reader->done_bytes;
    for (size_t i = 0; i < reader->chain_count; i++)
        if (reader->chains[i].open > 0)
            bytes += log_input_position(reader->chains[i].inputs[0]);
    return bytes;
}

int64_t log_reader_size(const struct log_reader *reader)
{
    return log_set_bytes(reader->set);
}
