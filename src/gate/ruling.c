/* SPDX-License-Identifier: Apache-2.0
 *
 * See ruling.h.
 */
#include "gate/ruling.h"

#include "base/memory.h"
#include "gate/meter.h"
#include "gate/shared_call.h"

enum { WORDS = 10 };

static const char *const kind_words[] = {
    [RULING_FLAG] = "flag", [RULING_LIMIT] = "limit", [RULING_RAISE] = "raise"};

#define KINDS (sizeof(kind_words) / sizeof(kind_words[0]))

int64_t ruling_over_us(const struct ruling *ruling)
{
    return ruling_clears(ruling) ? ruling->since_us : ruling->until_us;
}

int ruling_compare(const struct ruling *a, const struct ruling *b)
{
    if (a->stamp != b->stamp)
        return a->stamp < b->stamp ? -1 : 1;
    return slice_cmp(a->relay, b->relay);
}

int64_t ruling_next_stamp(int64_t a, int64_t b)
{
    int64_t last = a > b ? a : b;
    return last < RULING_STAMP_MAX ? last + 1 : last;
}

/* ---- text ---- */

void ruling_key(const struct ruling *ruling, struct buf *to)
{
    buf_add_str(to, kind_words[ruling->kind]);
    buf_add_char(to, ' ');
    shared_call_escape(ruling->login, to);
    buf_add_char(to, ' ');
    shared_call_escape(ruling->name, to);
}

void ruling_format(const struct ruling *ruling, struct buf *to)
{
    buf_addf(to, "%lld ", (long long)ruling->stamp);
    shared_call_escape(ruling->relay, to);
    buf_add_char(to, ' ');
    ruling_key(ruling, to);
    buf_addf(to, " %u %lld %lld ", ruling->count, (long long)ruling->since_us,
             (long long)(ruling_clears(ruling) ? 0 : ruling->until_us));
    shared_call_escape(ruling->actor, to);
    buf_add_char(to, ' ');
    shared_call_escape(ruling->reason, to);
}

static int digit_of(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Appends the bytes of a word; space has room for them. */
static bool take_word(struct slice word, size_t most, struct buf *space, struct slice *out)
{
    char *at = space->ptr + space->len;
    size_t length = 0;
    for (size_t i = 0; i < word.len; i++) {
        int high = 0, low = (unsigned char)word.ptr[i];
        if (word.ptr[i] == '%') {
            if (word.len - i < 3)
                return false;
            high = digit_of(word.ptr[i + 1]);
            low = digit_of(word.ptr[i + 2]);
            i += 2;
            if (high < 0 || low < 0)
                return false;
        }
        if (high == 0 && low == 0)
            return false;
        at[length++] = (char)(high * 16 + low);
    }
    space->len += length;
    *out = slice_of(at, length);
    return length <= most;
}

static bool take_number(struct slice word, uint64_t most, int64_t *out)
{
    uint64_t number;
    if (!slice_to_u64(word, most, &number))
        return false;
    *out = (int64_t)number;
    return true;
}

static bool take_kind(struct slice word, enum ruling_kind *out)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (!slice_eq(word, slice_from_str(kind_words[i])))
            continue;
        *out = (enum ruling_kind)i;
        return true;
    }
    return false;
}

static bool take_texts(const struct slice words[WORDS], struct buf *space, struct ruling *out)
{
    return take_word(words[1], RULING_RELAY_MAX, space, &out->relay) && out->relay.len > 0 &&
           take_word(words[3], ACCOUNT_LOGIN_MAX, space, &out->login) &&
           account_login_is_valid(out->login) &&
           take_word(words[4], LIMIT_NAME_MAX, space, &out->name) && out->name.len > 0 &&
           take_word(words[8], ACCOUNT_ACTOR_MAX, space, &out->actor) &&
           take_word(words[9], ACCOUNT_REASON_MAX, space, &out->reason);
}

static bool take_numbers(const struct slice words[WORDS], struct ruling *out)
{
    int64_t count;
    if (!take_number(words[0], RULING_STAMP_MAX, &out->stamp) || out->stamp == 0 ||
        !take_number(words[5], METER_LIMIT_MAX, &count) ||
        !take_number(words[6], RULING_STAMP_MAX, &out->since_us) ||
        !take_number(words[7], INT64_MAX, &out->until_us))
        return false;
    out->count = (uint32_t)count;
    return out->until_us == 0 || out->until_us > out->since_us;
}

/* A number for good has no end. */
static bool is_sound(const struct ruling *ruling)
{
    enum account_flag_kind kind;
    switch (ruling->kind) {
    case RULING_FLAG:
        return account_flag_from_word(ruling->name, &kind);
    case RULING_LIMIT:
        return ruling->until_us == 0 || ruling->until_us == INT64_MAX;
    case RULING_RAISE:
        return ruling->until_us != INT64_MAX;
    }
    return false;
}

bool ruling_parse(struct slice text, struct buf *space, struct ruling *out)
{
    struct slice words[WORDS], rest = text;
    struct ruling ruling;
    size_t count = 0;
    buf_clear(space);
    if (text.len == 0 || text.len > RULING_TEXT_MAX)
        return false;
    (void)buf_reserve(space, text.len);
    while (rest.ptr != NULL) {
        if (count == WORDS)
            return false;
        words[count++] = slice_cut(&rest, ' ');
    }
    if (count != WORDS || !take_kind(words[2], &ruling.kind) || !take_numbers(words, &ruling) ||
        !take_texts(words, space, &ruling) || !is_sound(&ruling))
        return false;
    *out = ruling;
    return true;
}

/* ---- others of it ---- */

struct ruling *ruling_new(const struct ruling *ruling)
{
    size_t bytes = ruling->relay.len + ruling->login.len + ruling->name.len + ruling->actor.len +
                   ruling->reason.len;
    struct ruling *copy = mem_new(1, sizeof(*copy) + bytes);
    char *at = (char *)(copy + 1);
    *copy = *ruling;
    copy->relay = slice_put(ruling->relay, &at);
    copy->login = slice_put(ruling->login, &at);
    copy->name = slice_put(ruling->name, &at);
    copy->actor = slice_put(ruling->actor, &at);
    copy->reason = slice_put(ruling->reason, &at);
    return copy;
}

struct ruling ruling_of_flag(const struct account_flag *flag)
{
    return (struct ruling){.kind = RULING_FLAG,
                           .stamp = flag->stamp,
                           .since_us = flag->since_us,
                           .until_us = flag->until_us,
                           .relay = flag->relay,
                           .login = flag->login,
                           .name = slice_from_str(account_flag_word(flag->kind)),
                           .actor = flag->actor,
                           .reason = flag->reason};
}

struct account_flag ruling_flag(const struct ruling *ruling)
{
    struct account_flag flag = {.since_us = ruling->since_us,
                                .until_us = ruling->until_us,
                                .login = ruling->login,
                                .actor = ruling->actor,
                                .reason = ruling->reason,
                                .stamp = ruling->stamp,
                                .relay = ruling->relay};
    ASSERT(ruling->kind == RULING_FLAG && account_flag_from_word(ruling->name, &flag.kind));
    return flag;
}

struct ruling ruling_of_override(const struct limit_override *one)
{
    return (struct ruling){.kind = one->temporary ? RULING_RAISE : RULING_LIMIT,
                           .count = one->count,
                           .stamp = one->stamp,
                           .since_us = one->since_us,
                           .until_us = one->until_us,
                           .relay = one->relay,
                           .login = one->login,
                           .name = one->rule,
                           .actor = one->actor,
                           .reason = one->reason};
}

struct limit_override ruling_override(const struct ruling *ruling)
{
    return (struct limit_override){.temporary = ruling->kind == RULING_RAISE,
                                   .count = ruling->count,
                                   .since_us = ruling->since_us,
                                   .until_us = ruling->until_us,
                                   .login = ruling->login,
                                   .rule = ruling->name,
                                   .actor = ruling->actor,
                                   .reason = ruling->reason,
                                   .stamp = ruling->stamp,
                                   .relay = ruling->relay};
}
