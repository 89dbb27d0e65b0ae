/* SPDX-License-Identifier: Apache-2.0
 *
 * See top_view.h.
 */
#include "app/top_view.h"

#include <stdlib.h>

#include "app/report_words.h"
#include "app/status_itself.h"
#include "app/status_text.h"
#include "app/text_table.h"
#include "base/civil.h"
#include "base/memory.h"

struct sample {
    struct status_answer *status;
    int64_t steady_us;
};

struct top_view {
    struct sample samples[TOP_SAMPLES]; /* oldest first */
    size_t count;
    bool failed;
    struct err err;
};

/* A path of the newest answer and what it did of late. */
struct row {
    const struct status_path *path;
    bool known;                            /* it was in the oldest answer too: there is a rate */
    bool bad;                              /* an open incident is about it */
    double total, sent, deferred, bounced; /* a second */
};

struct top_view *top_view_new(void)
{
    return MEM_NEW(struct top_view);
}

static void forget(struct top_view *view, size_t count)
{
    for (size_t i = 0; i < count; i++)
        status_answer_free(view->samples[i].status);
    view->count -= count;
    for (size_t i = 0; i < view->count; i++)
        view->samples[i] = view->samples[i + count];
}

void top_view_free(struct top_view *view)
{
    if (view == NULL)
        return;
    forget(view, view->count);
    mem_free(view);
}

void top_view_take(struct top_view *view, struct status_answer *status, int64_t steady_us)
{
    if (view->count > 0 && view->samples[0].status->started_us != status->started_us)
        forget(view, view->count);
    if (view->count == TOP_SAMPLES)
        forget(view, 1);
    view->samples[view->count++] = (struct sample){status, steady_us};
    view->failed = false;
}

void top_view_fail(struct top_view *view, const struct err *err)
{
    view->failed = true;
    view->err = *err;
}

/* ---- rates ---- */

static const struct sample *newest(const struct top_view *view)
{
    return &view->samples[view->count - 1];
}

/* Seconds between the oldest and the newest answer; 0: only one so far. */
static double seconds_of(const struct top_view *view)
{
    return (double)(newest(view)->steady_us - view->samples[0].steady_us) / US_PER_SECOND;
}

static double rate(uint64_t now, uint64_t before, double seconds)
{
    return now > before && seconds > 0 ? (double)(now - before) / seconds : 0;
}

static const struct status_path *find_path(const struct status_answer *status,
                                           const struct status_path *like)
{
    for (size_t i = 0; i < status->path_count; i++) {
        const struct status_path *path = &status->paths[i];
        if (slice_eq(path->provider, like->provider) && slice_eq(path->source, like->source) &&
            slice_eq(path->relay, like->relay))
            return path;
    }
    return NULL;
}

static struct row row_of(const struct top_view *view, const struct status_path *path)
{
    double seconds = seconds_of(view);
    const struct status_path *before = find_path(view->samples[0].status, path);
    struct row row = {.path = path,
                      .known = before != NULL && seconds > 0,
                      .bad = status_path_is_bad(newest(view)->status, path)};
    if (!row.known)
        return row;
    const struct status_attempts *now = &path->attempts, *then = &before->attempts;
    row.total = rate(now->total, then->total, seconds);
    row.sent = rate(now->sent, then->sent, seconds);
    row.deferred = rate(now->deferred, then->deferred, seconds);
    row.bounced = rate(now->bounced, then->bounced, seconds);
    return row;
}

/* Those in trouble first, then the busiest, of equally busy ones the largest. */
static int compare_rows(const void *a, const void *b)
{
    const struct row *left = a, *right = b;
    if (left->bad != right->bad)
        return left->bad ? -1 : 1;
    if (left->total != right->total)
        return left->total < right->total ? 1 : -1;
    uint64_t x = left->path->attempts.total, y = right->path->attempts.total;
    return x == y ? 0 : x < y ? 1 : -1;
}

/* ---- drawing ---- */

static void add_rate(double rate, struct buf *to)
{
    if (rate >= 100)
        report_number((uint64_t)(rate + 0.5), to);
    else
        buf_addf(to, rate >= 10 || rate <= 0 ? "%.0f" : "%.1f", rate);
}

static void cell_rate(struct text_table *table, const struct text_style *style, enum text_tone tone,
                      const struct row *row, double rate)
{
    bool some = row->known && rate > 0;
    struct buf *cell = text_table_cell(table, some ? tone : TONE_DIM);
    if (some)
        add_rate(rate, cell);
    else
        buf_add_str(cell, text_glyph(style, GLYPH_NONE));
}

static void add_row(struct text_table *table, const struct status_answer *status,
                    const struct row *row, const struct text_style *style)
{
    status_path_cell(table, status, row->path, style);
    cell_rate(table, style, TONE_STRONG, row, row->total);
    cell_rate(table, style, TONE_PLAIN, row, row->sent);
    cell_rate(table, style, TONE_WARN, row, row->deferred);
    cell_rate(table, style, TONE_BAD, row, row->bounced);
    const struct status_attempts *all = &row->path->attempts;
    report_number(all->total, text_table_cell(table, TONE_DIM));
    report_percent(all->sent, all->total, text_table_cell(table, TONE_DIM));
}

static void add_paths(const struct top_view *view, const struct text_style *style, size_t most,
                      struct buf *to)
{
    static const struct text_column columns[] = {
        {"", false, 0, 32},       {"attempts", true, 0, 0}, {"sent", true, 0, 0},
        {"deferred", true, 0, 0}, {"bounced", true, 0, 0},  {"since start", true, 1, 0},
        {"sent", true, 2, 0},
    };
    const struct status_answer *status = newest(view)->status;
    size_t count = status->path_count, shown = count < most ? count : most;
    text_heading(style, "PATHS, A SECOND", to);
    if (count == 0)
        buf_add_str(to, "  No delivery has been seen yet.\n");
    if (shown == 0)
        return;
    struct row *rows = MEM_NEW_ARRAY(struct row, count);
    for (size_t i = 0; i < count; i++)
        rows[i] = row_of(view, &status->paths[i]);
    qsort(rows, count, sizeof(*rows), compare_rows);
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < shown; i++)
        add_row(table, status, &rows[i], style);
    text_table_print(table, style, to);
    text_table_free(table);
    mem_free(rows);
}

static void add_totals(const struct top_view *view, const struct text_style *style, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    const struct status_answer *now = newest(view)->status, *then = view->samples[0].status;
    double seconds = seconds_of(view);
    const struct {
        uint64_t now, before;
        const char *word;
    } parts[] = {
        {now->attempts.total, then->attempts.total, " attempts/s: "},
        {now->attempts.sent, then->attempts.sent, " sent, "},
        {now->attempts.deferred, then->attempts.deferred, " deferred, "},
        {now->attempts.bounced, then->attempts.bounced, " bounced; "},
        {now->lines, then->lines, " lines/s; "},
    };
    buf_add_str(&text, "  ");
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        add_rate(rate(parts[i].now, parts[i].before, seconds), &text);
        buf_add_str(&text, parts[i].word);
    }
    report_number(now->messages_open, &text);
    buf_add_str(&text, " messages open");
    text_add_cut(style, buf_slice(&text), style->width, to);
    buf_add_char(to, '\n');
}

static size_t lines_in(struct slice text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

static void add_footer(const struct top_view *view, const struct text_style *style, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    if (view->failed) {
        buf_add_str(&text, "NO ANSWER, shown is the last one: ");
        text_add(style, slice_from_str(view->err.text), &text);
        text_begin(style, TONE_BAD, to);
        text_add_cut(style, buf_slice(&text), style->width, to);
        text_end(style, TONE_BAD, to);
    } else {
        const char *dot = text_glyph(style, GLYPH_DOT);
        buf_addf(&text, "q quits %s anew every second %s rates over %.0f s", dot, dot,
                 seconds_of(view));
        text_toned(style, TONE_DIM, buf_str(&text), to);
    }
    buf_add_char(to, '\n');
}

/* ---- layout ---- */

/* Lines of each part, with the empty one above it. */
struct layout {
    size_t wrong, itself, paths;
    bool apart; /* there is room for the empty lines */
};

/* An empty line, the heading, the most important row; of paths the titles too. */
#define LEAST_PART 3
#define LEAST_PATHS 4
#define LEAST_ALL (2 * LEAST_PART + LEAST_PATHS)

/* Gives a part up to `wanted` of the lines that are left. */
static void give(size_t *part, size_t full, size_t wanted, size_t *left)
{
    size_t more = full > *part ? full - *part : 0;
    more = more < wanted ? more : wanted;
    more = more < *left ? more : *left;
    *part += more;
    *left -= more;
}

/* room: for the three parts. full: lines that each would take. Where it is narrow each has its
 * least first, then what is wrong with todoku, then with the mail; the rest is for paths. */
static struct layout lay_out(size_t room, const struct layout *full)
{
    struct layout out = {LEAST_PART, LEAST_PART, LEAST_PATHS, room >= LEAST_ALL};
    size_t least = LEAST_ALL - (out.apart ? 0 : 3);
    size_t left = room > least ? room - least : 0;
    give(&out.itself, full->itself, left / 3, &left);
    give(&out.wrong, full->wrong, left / 2, &left);
    give(&out.paths, full->paths, left, &left);
    give(&out.wrong, full->wrong, left, &left);
    give(&out.itself, full->itself, left, &left);
    return out;
}

/* The first `rows` lines of `body`, padded to so many. */
static void add_body(struct slice body, size_t rows, struct buf *to)
{
    for (size_t row = 0; row < rows; row++) {
        buf_add(to, slice_cut(&body, '\n'));
        buf_add_char(to, '\n');
    }
}

/* The first `rows` lines of a part, which begins with an empty one; that goes where room is scarce.
 */
static void add_part(struct slice part, size_t rows, bool apart, struct buf *to)
{
    for (size_t row = 0; row < rows && part.len > 0; row++) {
        struct slice line = slice_cut(&part, '\n');
        if (row == 0 && !apart)
            continue;
        buf_add(to, line);
        buf_add_char(to, '\n');
    }
}

/* As many incidents as fit with the line that says how many more there are. */
static void draw_wrong(const struct status_answer *status, const struct text_style *style,
                       size_t rows, struct buf *to)
{
    for (size_t most = rows; most > 0; most--) {
        buf_clear(to);
        status_text_incidents(status, style, most, to);
        if (lines_in(buf_slice(to)) <= rows)
            return;
    }
}

static void draw_parts(const struct top_view *view, const struct text_style *style, size_t room,
                       struct buf *to)
{
    CLEANUP_BUF struct buf wrong = {0}, itself = {0}, paths = {0};
    const struct status_answer *status = newest(view)->status;
    status_text_incidents(status, style, room + 1, &wrong);
    status_itself(status, style, SIZE_MAX, &itself);
    struct layout full = {lines_in(buf_slice(&wrong)), lines_in(buf_slice(&itself)),
                          LEAST_PART + status->path_count, true};
    struct layout layout = lay_out(room, &full);
    draw_wrong(status, style, layout.wrong, &wrong);
    buf_clear(&itself);
    status_itself(status, style, layout.itself, &itself);
    add_paths(view, style, layout.paths - LEAST_PART, &paths);
    add_part(buf_slice(&wrong), layout.wrong, layout.apart, to);
    add_part(buf_slice(&itself), layout.itself, layout.apart, to);
    add_part(buf_slice(&paths), layout.paths, layout.apart, to);
}

void top_view_draw(const struct top_view *view, const struct text_style *style, size_t rows,
                   struct buf *to)
{
    CLEANUP_BUF struct buf body = {0};
    size_t room = rows > 3 ? rows - 1 : 2;
    status_text_head(newest(view)->status, style, "todoku top", &body);
    add_totals(view, style, &body);
    size_t used = lines_in(buf_slice(&body));
    draw_parts(view, style, room > used ? room - used : 0, &body);
    add_body(buf_slice(&body), room, to);
    add_footer(view, style, to);
}
