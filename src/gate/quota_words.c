/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_words.h. Nothing that is built in names the mailbox: behind an alias it is nobody's
 * business.
 */
#include "gate/quota_words.h"

#include <inttypes.h>

#include "base/civil.h"
#include "base/text_template.h"

static const char *const full_text[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "Mailbox is full",
    [LANGUAGE_JA] = "メールボックスの容量が上限に達しています",
};
static const char *const no_room_text[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "Mailbox has no room for a message of {size} bytes",
    [LANGUAGE_JA] = "メールボックスに{size}バイトのメールを入れる空きがありません",
};
static const char *const too_large_text[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "Message of {size} bytes is larger than the mailbox may ever be",
    [LANGUAGE_JA] = "{size}バイトのメールはメールボックスの上限を超えています",
};
static const char *const unknown_text[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "User unknown",
    [LANGUAGE_JA] = "宛先のユーザーが存在しません",
};
static const char *const apart_text[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "A mailbox of this message is nearly full; send to this recipient again",
    [LANGUAGE_JA] = "空きの少ないメールボックスが含まれるため、この宛先へは別に再送してください",
};
static const char *const failed_text[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "Mailbox server cannot be asked, try again later",
    [LANGUAGE_JA] = "メールボックスサーバーに確認できません。しばらくしてから再送してください",
};

struct slice quota_words_stray(struct slice text)
{
    const char *open, *close;
    for (struct slice rest = text; (open = slice_find_char(rest, '{')) != NULL;) {
        rest = slice_between(open, slice_end(rest));
        if ((close = slice_find_char(rest, '}')) == NULL)
            break;
        struct slice gap = slice_between(open, close + 1);
        if (slice_find(SLICE(QUOTA_WORDS_GAPS), gap) == NULL)
            return gap;
        rest = slice_between(close + 1, slice_end(rest));
    }
    return SLICE("");
}

static const char *pattern_of(const struct quota_refusal *refusal, enum language language)
{
    if (refusal->kind == QUOTA_TOO_LARGE)
        return too_large_text[language];
    return refusal->since_us != 0 || refusal->size == 0 ? full_text[language]
                                                        : no_room_text[language];
}

static void add_text(const struct quota_rule *rule, const struct quota_refusal *refusal,
                     enum language language, struct buf *to)
{
    CLEANUP_BUF struct buf size = {0}, pattern = {0};
    char since[24] = "-";
    buf_addf(&size, "%" PRIu64, refusal->size);
    if (refusal->since_us != 0)
        civil_format_utc(refusal->since_us, since);
    const struct text_value values[] = {
        {"mailbox", refusal->mailbox}, {"size", buf_slice(&size)}, {"since", slice_from_str(since)},
        {"answer", refusal->words},    {NULL, {NULL, 0}},
    };
    if (rule->text.len > 0)
        buf_add(&pattern, rule->text);
    else
        buf_add_str(&pattern, pattern_of(refusal, language));
    text_template(buf_str(&pattern), values, to);
}

void quota_words_refuse(const struct quota_rule *rule, const struct quota_refusal *refusal,
                        enum language language, struct buf *to)
{
    if (refusal->kind == QUOTA_TOO_LARGE)
        buf_add_str(to, "552 5.2.3 ");
    else
        buf_add_str(to, rule->over == QUOTA_OVER_DEFER ? "452 4.2.2 " : "552 5.2.2 ");
    add_text(rule, refusal, language, to);
}

void quota_words_unknown(enum language language, struct buf *to)
{
    buf_addf(to, "550 5.1.1 %s", unknown_text[language]);
}

void quota_words_apart(enum language language, struct buf *to)
{
    buf_addf(to, "452 4.5.3 %s", apart_text[language]);
}

void quota_words_failed(enum language language, struct buf *to)
{
    buf_addf(to, "451 4.3.0 %s", failed_text[language]);
}
