/* SPDX-License-Identifier: Apache-2.0
 *
 * Silences in words. See silence_text.h.
 */
#include "app/silence_text.h"

#include "app/report_words.h"
#include "app/text_table.h"

#define INDENT 4

static void add_kinds(const struct silence_answer *silence, struct buf *to)
{
    for (size_t i = 0; i < json_array_size(silence->kinds); i++) {
        const json_t *word = json_array_get(silence->kinds, i);
        buf_add_str(to, i > 0 ? ", " : "");
        buf_add(to, slice_of(json_string_value(word), json_string_length(word)));
    }
}

static void add_names(const struct silence_answer *silence, struct buf *to)
{
    const struct {
        const char *word;
        struct slice text;
    } names[] = {
        {"relay", silence->relay}, {"source", silence->source}, {"provider", silence->provider},
        {"login", silence->login}, {"domain", silence->domain}, {"name", silence->name},
    };
    size_t begin = to->len;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].text.len == 0)
            continue;
        buf_addf(to, "%s%s ", to->len > begin ? ", " : "", names[i].word);
        buf_add(to, names[i].text);
    }
}

void silence_text_what(const struct silence_answer *silence, struct buf *to)
{
    CLEANUP_BUF struct buf names = {0};
    size_t begin = to->len;
    add_kinds(silence, to);
    add_names(silence, &names);
    if (names.len > 0 && to->len > begin)
        buf_add_str(to, ": ");
    buf_add(to, buf_slice(&names));
    if (to->len == begin)
        buf_add_str(to, "everything");
}

void silence_text_life(const struct silence_answer *silence, int64_t now_us, struct buf *to)
{
    if (!silence->active) {
        buf_add_str(to, "from ");
        report_time(silence->from_us, now_us, to);
        buf_add_char(to, ' ');
    }
    buf_add_str(to, "until ");
    report_time(silence->until_us, now_us, to);
    if (silence->active && silence->hides >= 0) {
        buf_add_str(to, ", hides ");
        report_count((uint64_t)silence->hides, "incident", to);
    }
    if (silence->by.len > 0 || silence->comment.len > 0)
        buf_add_str(to, "; ");
    if (silence->by.len > 0) {
        buf_add_str(to, "by ");
        buf_add(to, silence->by);
        buf_add_str(to, silence->comment.len > 0 ? ": " : "");
    }
    buf_add(to, silence->comment);
}

void silence_text_brief(const struct text_style *style, const struct silence_answer *silence,
                        int64_t now_us, struct buf *to)
{
    CLEANUP_BUF struct buf what = {0}, life = {0};
    buf_add_str(to, "  ");
    text_begin(style, TONE_STRONG, to);
    text_add(style, silence->id, to);
    text_end(style, TONE_STRONG, to);
    buf_add_str(to, "  ");
    silence_text_what(silence, &what);
    text_wrap(style, buf_slice(&what), INDENT + silence->id.len, 2, to);
    silence_text_life(silence, now_us, &life);
    buf_addf(to, "%*s", INDENT, "");
    text_wrap(style, buf_slice(&life), INDENT, 3, to);
}

static void add_row(struct text_table *table, const struct text_style *style,
                    const struct silence_answer *silence, int64_t now_us)
{
    CLEANUP_BUF struct buf what = {0};
    silence_text_what(silence, &what);
    text_add(style, silence->id, text_table_cell(table, TONE_STRONG));
    text_add(style, buf_slice(&what), text_table_cell(table, TONE_PLAIN));
    report_time(silence->from_us, now_us,
                text_table_cell(table, silence->active ? TONE_DIM : TONE_WARN));
    report_time(silence->until_us, now_us, text_table_cell(table, TONE_PLAIN));
    struct buf *hides = text_table_cell(table, silence->hides > 0 ? TONE_WARN : TONE_DIM);
    report_number(silence->hides > 0 ? (uint64_t)silence->hides : 0, hides);
    text_add(style, silence->by, text_table_cell(table, TONE_PLAIN));
    text_add(style, silence->comment, text_table_cell(table, TONE_PLAIN));
}

void silence_text_list(const struct text_style *style, const struct silence_answer *silences,
                       size_t count, int64_t now_us, struct buf *to)
{
    static const struct text_column columns[] = {
        {"id", false, 0, 6},       {"hides what", false, 0, 36}, {"from", false, 4, 16},
        {"until", false, 0, 16},   {"incidents", true, 3, 0},    {"by", false, 2, 12},
        {"comment", false, 1, 24},
    };
    if (count == 0) {
        buf_add_str(to, "No silence is set.\n");
        return;
    }
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < count; i++)
        add_row(table, style, &silences[i], now_us);
    text_table_print(table, style, to);
    text_table_free(table);
}
