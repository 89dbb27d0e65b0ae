/* SPDX-License-Identifier: Apache-2.0
 *
 * The evidence against a login as rows of a table: from which number on it is worth a word, and the
 * words. See suspect_words.h.
 */
#include "model/suspect_words.h"

#include "base/figure.h"
#include "base/text_template.h"

struct evidence {
    size_t offset; /* of the number in struct incident_suspect */
    uint64_t least;
    bool needs_past;                  /* of somebody new everything is */
    const char *one[LANGUAGE_COUNT];  /* for the number 1; NULL: as many */
    const char *many[LANGUAGE_COUNT]; /* with {count} */
};

static const struct evidence rows[] = {
    {.offset = offsetof(struct incident_suspect, new_percent),
     .least = 20,
     .many = {"; {count} % to new domains", "、新規ドメイン宛 {count} %"}},
    {.offset = offsetof(struct incident_suspect, bounced_percent),
     .least = 2,
     .many = {"; {count} % bounced", "、バウンス {count} %"}},
    {.offset = offsetof(struct incident_suspect, networks),
     .least = 1,
     .needs_past = true,
     .one = {"; 1 new client network", NULL},
     .many = {"; {count} new client networks", "、新しい接続元ネットワーク {count} 件"}},
    {.offset = offsetof(struct incident_suspect, refused),
     .least = 10,
     .many = {"; {count} failed logins", "、ログイン失敗 {count} 回"}},
};

/* Volume against normal: of somebody new there is no normal. */
static const char *const volume[LANGUAGE_COUNT] = {
    "{count} recipients within two hours, usually {usual} an hour",
    "2 時間以内に宛先 {count} 件 (通常は 1 時間に {usual} 件)"};
static const char *const volume_new[LANGUAGE_COUNT] = {
    "{count} recipients within two hours, none before", "2 時間以内に宛先 {count} 件 (以前はなし)"};

static uint64_t number_of(const struct incident_suspect *suspect, size_t offset)
{
    return *(const uint64_t *)(const void *)((const char *)suspect + offset);
}

void suspect_reason(const struct incident_suspect *suspect, enum language language, struct buf *to)
{
    CLEANUP_BUF struct buf count = {0}, usual = {0};
    figure_number(suspect->recipients, &count);
    figure_number(suspect->usual, &usual);
    const struct text_value values[] = {
        {"count", buf_slice(&count)}, {"usual", buf_slice(&usual)}, {NULL, SLICE("")}};
    text_template(suspect->hours > 0 ? volume[language] : volume_new[language], values, to);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct evidence *row = &rows[i];
        uint64_t number = number_of(suspect, row->offset);
        if (number < row->least || (row->needs_past && suspect->hours == 0))
            continue;
        CLEANUP_BUF struct buf text = {0};
        figure_number(number, &text);
        const struct text_value one[] = {{"count", buf_slice(&text)}, {NULL, SLICE("")}};
        bool single = number == 1 && row->one[language] != NULL;
        text_template(single ? row->one[language] : row->many[language], one, to);
    }
}
