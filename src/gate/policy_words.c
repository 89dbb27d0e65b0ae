/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_words.h. A moment is said in UTC and as a wait: neither needs to know where the
 * client is.
 */
#include "gate/policy_words.h"

#include "base/civil.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/text_template.h"

static const int64_t MINUTE_US = INT64_C(60) * 1000000, HOUR_US = INT64_C(3600) * 1000000;

static const char *const over_a_time[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "limit {rule}: {used} of {most} {unit} in {within} are used; try again in "
                    "{wait} (after {time} UTC)",
    [LANGUAGE_JA] =
        "送信制限 {rule}: {within}あたり{most}{unit}のうち{used}を使用済みです。{wait}後"
        "(UTC {time}以降)に再送してください",
};
static const char *const over_at_once[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "limit {rule}: {wanted} {unit} at once, no more than {most} can pass",
    [LANGUAGE_JA] = "送信制限 {rule}: 一度に送れるのは{most}{unit}までです(今回{wanted})",
};
static const char *const nothing_passes[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "limit {rule}: sending is not allowed",
    [LANGUAGE_JA] = "送信制限 {rule}: 送信は許可されていません",
};

const char *limit_action_word(enum limit_action action)
{
    static const char *const words[] = {
        [LIMIT_WARN] = "warn",   [LIMIT_SLOW] = "slow",     [LIMIT_HOLD] = "hold",
        [LIMIT_DEFER] = "defer", [LIMIT_REJECT] = "reject", [LIMIT_DISCARD] = "discard",
    };
    return words[action];
}

const char *limit_unit_word(enum limit_unit unit, enum language language)
{
    static const char *const words[][LANGUAGE_COUNT] = {
        [LIMIT_RECIPIENTS] = {"recipients", "宛先"},
        [LIMIT_MESSAGES] = {"messages", "通"},
        [LIMIT_KIBIBYTES] = {"KiB", "KiB"},
        [LIMIT_NEW_RECIPIENTS] = {"new recipients", "新規宛先"},
    };
    return words[unit][language];
}

static const char *pattern_of(const struct limit_hit *hit, enum language language)
{
    if (hit->most == 0)
        return nothing_passes[language];
    return hit->room_us == INT64_MAX ? over_at_once[language] : over_a_time[language];
}

/* Rounded up: who comes when it was said must not be too early. */
static int64_t up_to(int64_t us, int64_t unit_us)
{
    return (us + unit_us - 1) / unit_us * unit_us;
}

/* Whole minutes, of a longer wait whole hours. */
static void add_wait(int64_t us, struct buf *to)
{
    duration_format(up_to(us, us > 2 * HOUR_US ? HOUR_US : MINUTE_US), to);
}

/* With the day, unless that is today. */
static void add_time(int64_t us, int64_t now_us, struct buf *to)
{
    struct civil when = civil_from_seconds(up_to(us, MINUTE_US) / US_PER_SECOND);
    struct civil now = civil_from_seconds(now_us / US_PER_SECOND);
    if (when.day != now.day || when.month != now.month || when.year != now.year)
        buf_addf(to, "%04d-%02d-%02d ", when.year, when.month, when.day);
    buf_addf(to, "%02d:%02d", when.hour, when.minute);
}

/* Numbers as text, one behind the other: all are written before the first is read, as the buffer
 * may move. */
enum { USED, MOST, WANTED, WITHIN, WAIT, TIME, NUMBERS };

static void add_number(const struct limit_hit *hit, int which, int64_t now_us, struct buf *to)
{
    bool ever = hit->room_us != INT64_MAX;
    if (which == USED)
        buf_addf(to, "%llu", (unsigned long long)hit->used);
    else if (which == MOST)
        buf_addf(to, "%u", hit->most);
    else if (which == WANTED)
        buf_addf(to, "%u", hit->wanted);
    else if (which == WITHIN)
        duration_format(hit->rule->within_us, to);
    else if (ever && which == WAIT)
        add_wait(hit->room_us - now_us, to);
    else if (ever)
        add_time(hit->room_us, now_us, to);
}

static void add_text(const struct limit_hit *hit, struct slice login, enum language language,
                     int64_t now_us, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0}, pattern = {0};
    size_t begins[NUMBERS + 1] = {0};
    for (int i = 0; i < NUMBERS; i++) {
        add_number(hit, i, now_us, &text);
        begins[i + 1] = text.len;
    }
    struct slice numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] =
            slice_first(slice_skip(buf_slice(&text), begins[i]), begins[i + 1] - begins[i]);
    const struct text_value values[] = {
        {"rule", hit->rule->name},
        {"login", login},
        {"unit", slice_from_str(limit_unit_word(hit->rule->unit, language))},
        {"used", numbers[USED]},
        {"most", numbers[MOST]},
        {"wanted", numbers[WANTED]},
        {"within", numbers[WITHIN]},
        {"wait", numbers[WAIT]},
        {"time", numbers[TIME]},
        {NULL, {NULL, 0}},
    };
    if (hit->rule->text.len > 0)
        buf_add(&pattern, hit->rule->text);
    else
        buf_add_str(&pattern, pattern_of(hit, language));
    text_template(buf_str(&pattern), values, to);
}

struct slice policy_words_stray(struct slice text)
{
    const char *open, *close;
    for (struct slice rest = text; (open = slice_find_char(rest, '{')) != NULL;) {
        rest = slice_between(open, slice_end(rest));
        if ((close = slice_find_char(rest, '}')) == NULL)
            break;
        struct slice gap = slice_between(open, close + 1);
        if (slice_find(SLICE(POLICY_WORDS_GAPS), gap) == NULL)
            return gap;
        rest = slice_between(close + 1, slice_end(rest));
    }
    return (struct slice){NULL, 0};
}

/* False: that was all; an action that takes no text. */
static bool add_action(enum limit_action action, struct slice slow, struct buf *to)
{
    static const char *const begins[] = {
        [LIMIT_WARN] = "WARN ",        [LIMIT_SLOW] = "WARN ", /* without a transport for it */
        [LIMIT_HOLD] = "HOLD ",        [LIMIT_DEFER] = "450 4.7.1 ",
        [LIMIT_REJECT] = "550 5.7.1 ", [LIMIT_DISCARD] = "DISCARD ",
    };
    if (action == LIMIT_SLOW && slow.len > 0) { /* an empty next hop: each recipient's domain */
        buf_addf(to, "FILTER %.*s:", SLICE_ARG(slow));
        return false;
    }
    buf_add_str(to, begins[action]);
    return true;
}

void policy_words_over(const struct limit_hit *hit, struct slice login, struct slice slow,
                       enum language language, int64_t now_us, struct buf *to)
{
    if (add_action(hit->rule->action, slow, to))
        add_text(hit, login, language, now_us, to);
}

/* ---- flags ---- */

enum limit_action account_flag_action(enum account_flag_kind kind)
{
    switch (kind) {
    case ACCOUNT_NOTE:
    case ACCOUNT_PASSWORD_RESET:
    case ACCOUNT_NO_LOGIN:
        return LIMIT_WARN;
    case ACCOUNT_SLOW:
        return LIMIT_SLOW;
    case ACCOUNT_HOLD:
        return LIMIT_HOLD;
    case ACCOUNT_DEFER:
        return LIMIT_DEFER;
    case ACCOUNT_NO_SEND:
    case ACCOUNT_SUSPENDED:
        return LIMIT_REJECT;
    }
    return LIMIT_WARN;
}

static const char *const flag_says[ACCOUNT_FLAG_KINDS][LANGUAGE_COUNT] = {
    [ACCOUNT_SLOW] = {"{login}: mail is slowed down", "{login}: 送信を低速化しています"},
    [ACCOUNT_HOLD] = {"{login}: mail is held for a check", "{login}: 確認のため保留しています"},
    [ACCOUNT_DEFER] =
        {"sending by {login} is put off: try again later, or ask your administrator",
         "{login} "
         "の送信を一時的に見合わせています。後ほど再送するか、管理者にお問い合わせください"},
    [ACCOUNT_NO_SEND] = {"{login} may not send mail: ask your administrator",
                         "{login} からの送信は許可されていません。管理者にお問い合わせください"},
    [ACCOUNT_SUSPENDED] = {"{login} is suspended: ask your administrator",
                           "{login} は停止されています。管理者にお問い合わせください"},
};

void policy_words_flag(const struct account_flag *flag, struct slice slow, enum language language,
                       struct buf *to)
{
    const struct text_value values[] = {{"login", flag->login}, {NULL, {NULL, 0}}};
    ASSERT(account_flag_is_about_sending(flag->kind));
    if (add_action(account_flag_action(flag->kind), slow, to))
        text_template(flag_says[flag->kind][language], values, to);
}
