/* SPDX-License-Identifier: Apache-2.0
 *
 * See progress.h. Written with write(2), not stdio, so that nothing of it waits in a buffer when
 * the result is printed.
 */
#include "io/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/memory.h"
#include "io/clock.h"

enum { DRAW_EVERY_US = 200000, COLUMNS_DEFAULT = 80, NAME_COLUMNS_MIN = 8 };

struct progress {
    int fd;
    bool shown, utf8;
    bool drawn; /* the line stands on the terminal */
    int64_t total_bytes;
    int64_t begun_us, next_us; /* steady clock */
    struct buf text;
};

/* Character set by the locale's name, as the terminal has no better way to say it. */
static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && *value != '\0')
            return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
    }
    return false;
}

static bool can_erase(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
}

struct progress *progress_new(int fd, int64_t total_bytes)
{
    struct progress *progress = MEM_NEW(struct progress);
    *progress = (struct progress){
        .fd = fd,
        .shown = can_erase(fd),
        .utf8 = locale_is_utf8(),
        .total_bytes = total_bytes,
        .begun_us = clock_steady_us(),
    };
    progress->next_us = progress->begun_us + DRAW_EVERY_US;
    return progress;
}

void progress_free(struct progress *progress)
{
    if (progress == NULL)
        return;
    progress_erase(progress);
    buf_done(&progress->text);
    mem_free(progress);
}

/* A terminal that does not take it is no reason to stop. */
static void put(const struct progress *progress, struct slice text)
{
    ssize_t put = write(progress->fd, text.ptr, text.len);
    (void)put;
}

void progress_erase(struct progress *progress)
{
    if (progress->drawn)
        put(progress, SLICE("\r\x1b[K"));
    progress->drawn = false;
}

/* 999, 4.2 k, 42 k, 1.3 M ... */
static void add_count(struct buf *to, double count)
{
    static const char *const units[] = {"", " k", " M", " G", " T"};
    size_t unit = 0;
    while (count >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        count /= 1000;
        unit++;
    }
    buf_addf(to, unit > 0 && count < 9.95 ? "%.1f%s" : "%.0f%s", count, units[unit]);
}

/* 0:12, 1:02:03. */
static void add_duration(struct buf *to, double seconds)
{
    int64_t s = seconds < 360000 ? (int64_t)(seconds + 0.5) : 359999;
    if (s >= 3600)
        buf_addf(to, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
    else
        buf_addf(to, "%" PRId64 ":%02d", s / 60, (int)(s % 60));
}

/* Everything behind the name. */
static void add_numbers(struct buf *to, const struct progress_facts *facts)
{
    double seconds = (double)facts->elapsed_us / 1e6;
    double share =
        facts->total_bytes > 0 ? (double)facts->done_bytes / (double)facts->total_bytes : -1;
    if (share > 1)
        share = 1; /* the file grew */
    if (share >= 0)
        buf_addf(to, "  %d %%", (int)(share * 100));
    buf_add_str(to, "  ");
    add_count(to, (double)facts->lines);
    buf_add_str(to, " lines");
    if (seconds <= 0)
        return;
    buf_add_str(to, "  ");
    add_count(to, (double)facts->lines / seconds);
    buf_add_str(to, " lines/s");
    if (share < 0.01) /* too early to tell */
        return;
    buf_add_str(to, "  ");
    add_duration(to, seconds * (1 - share) / share);
    buf_add_str(to, " left");
}

void progress_format(const struct progress_facts *facts, size_t columns, bool utf8, struct buf *to)
{
    CLEANUP_BUF struct buf name = {0}, numbers = {0}, line = {0};
    struct slice raw = slice_from_str(facts->name);
    (utf8 ? escape_terminal : escape_ascii)(raw, &name);
    add_numbers(&numbers, facts);
    buf_add_str(&line, "reading ");
    size_t others = line.len + numbers.len; /* plain ASCII */
    size_t room = columns > others + NAME_COLUMNS_MIN ? columns - others : NAME_COLUMNS_MIN;
    buf_add(&line, escape_cut(buf_slice(&name), room));
    buf_add(&line, buf_slice(&numbers));
    buf_add(to, escape_cut(buf_slice(&line), columns));
}

/* One less than the terminal has: some wrap when the last one is written. */
static size_t columns_of(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return COLUMNS_DEFAULT - 1;
    return size.ws_col - 1u;
}

void progress_update(struct progress *progress, const char *name, int64_t done_bytes,
                     uint64_t lines)
{
    if (!progress->shown)
        return;
    int64_t now = clock_steady_us();
    if (now < progress->next_us)
        return;
    progress->next_us = now + DRAW_EVERY_US;
    struct progress_facts facts = {
        .name = name,
        .done_bytes = done_bytes,
        .total_bytes = progress->total_bytes,
        .lines = lines,
        .elapsed_us = now - progress->begun_us,
    };
    buf_clear(&progress->text);
    buf_add_str(&progress->text, "\r");
    progress_format(&facts, columns_of(progress->fd), progress->utf8, &progress->text);
    buf_add_str(&progress->text, "\x1b[K");
    put(progress, buf_slice(&progress->text));
    progress->drawn = true;
}
