/* SPDX-License-Identifier: Apache-2.0
 *
 * See guess_share.h. A name in Redis is a letter (N: network, A: account) and 16 hexadecimal
 * digits; a text of an answer is a name, a blank, and when its bucket is full again, in
 * microseconds of the clock of Redis.
 */
#include "app/guess_share.h"

#include <inttypes.h>

#include "base/data.h"
#include "base/memory.h"
#include "base/word_list.h"
#include "io/clock.h"
#include "io/poll_loop.h"
#include "io/redis_client.h"

static const int64_t AGAIN_US = 1000000; /* after Redis refused something */

enum {
    KEYS = 4,
    HEAD_ITEMS = 5, /* of an answer, before the texts */
    ASKED_WORDS = 5,
    NAME_WORDS = 3,
    PAGE = 200,   /* names of an answer */
    PUT_MAX = 50, /* failures at once */
    NAME_BYTES = 17,
    KEY_BYTES = 32, /* hexadecimal */
};

struct guess_share {
    struct guess_guard *guard;
    struct hash_key *key;
    struct buf keys[KEYS];
    struct poll_loop *loop;
    struct redis_client *client;

    struct redis_question question;
    bool asking;
    struct word_list news;  /* NAME_WORDS each */
    size_t sent, under_way; /* words: that Redis has, that a question has with it */

    struct buf begun; /* of what is in Redis; empty: nothing is known */
    int64_t after;    /* number of the last one that was read */
    bool more;        /* the last answer was full */
    int64_t again_us; /* steady clock */
    struct guess_share_counts counts;
};

/* ---- what is to be sent ---- */

static size_t left_of(const struct guess_share *share)
{
    return share->news.count - share->sent;
}

static void empty(struct guess_share *share)
{
    word_list_clear(&share->news);
    share->sent = share->under_way = 0;
}

static void drop_news(struct guess_share *share)
{
    share->counts.left_out += left_of(share) / NAME_WORDS;
    empty(share);
}

void guess_share_put(struct guess_share *share, const struct guess_news *news)
{
    if (share == NULL)
        return;
    if (!share->counts.up || left_of(share) / NAME_WORDS >= GUESS_SHARE_WAITING_MAX) {
        share->counts.left_out++;
        return;
    }
    buf_addf(&share->news.bytes, "%c%016" PRIx64, news->kind == GUESS_NETWORK ? 'N' : 'A',
             news->name);
    word_list_close(&share->news);
    word_list_add_number(&share->news, news->fill_us);
    word_list_add_number(&share->news, news->most_us);
}

/* ---- up and down ---- */

static void set_up(struct guess_share *share, bool up)
{
    if (share->counts.up == up)
        return;
    share->counts.up = up;
    share->counts.since_us = clock_now_us();
}

/* What Redis did with a question that was not answered is not known: failures rather count once too
 * little than once too often. */
static void on_change(void *context, bool up)
{
    struct guess_share *share = context;
    buf_clear(&share->begun);
    share->after = share->again_us = 0;
    drop_news(share);
    set_up(share, false);
    if (up)
        share->counts.fault = (struct err){0};
}

static void refuse(struct guess_share *share, struct slice error)
{
    err_set(&share->counts.fault, ERR_IO, "Redis: %.*s", SLICE_ARG(slice_first(error, 200)));
    share->again_us = clock_steady_us() + AGAIN_US;
    drop_news(share);
    set_up(share, false);
}

/* ---- reading ---- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex(struct slice digits, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digit_of(digits.ptr[i]);
        if (digit < 0)
            return false;
        number = number << 4 | (unsigned)digit;
    }
    *out = number;
    return digits.len == 16;
}

static bool take_text(struct guess_share *share, struct slice text, int64_t redis_us,
                      int64_t now_us)
{
    struct guess_news news = {0};
    uint64_t full_us;
    if (text.len <= NAME_BYTES + 1 || text.ptr[NAME_BYTES] != ' ' ||
        (text.ptr[0] != 'N' && text.ptr[0] != 'A') ||
        !take_hex(slice_skip(slice_first(text, NAME_BYTES), 1), &news.name) ||
        !slice_to_u64(slice_skip(text, NAME_BYTES + 1), INT64_MAX / 2, &full_us))
        return false;
    news.kind = text.ptr[0] == 'N' ? GUESS_NETWORK : GUESS_ACCOUNT;
    news.fill_us = (int64_t)full_us - redis_us;
    if (guess_guard_take_shared(share->guard, &news, now_us))
        share->counts.taken++;
    return true;
}

static bool take_key(struct guess_share *share, struct slice text)
{
    struct hash_key key;
    if (text.len != KEY_BYTES || !take_hex(slice_first(text, 16), &key.words[0]) ||
        !take_hex(slice_skip(text, 16), &key.words[1]))
        return false;
    *share->key = key;
    guess_guard_share_by(share->guard, &key);
    return true;
}

static bool is_page(const struct redis_answer *answer)
{
    if (answer->count < HEAD_ITEMS || answer->count > HEAD_ITEMS + PAGE)
        return false;
    for (size_t i = 0; i < answer->count; i++)
        if (answer->items[i].is_text != (i == 1 || i >= HEAD_ITEMS - 1))
            return false;
    return answer->items[0].number > 0;
}

static void end_put(struct guess_share *share)
{
    share->counts.sent += share->under_way / NAME_WORDS;
    share->sent += share->under_way;
    share->under_way = 0;
    if (left_of(share) == 0)
        empty(share);
}

static void take_page(struct guess_share *share, const struct redis_answer *answer)
{
    const struct redis_item *items = answer->items;
    int64_t now_us = clock_now_us();
    buf_clear(&share->begun);
    buf_add(&share->begun, items[1].text);
    share->after = items[3].number;
    share->more = answer->count == HEAD_ITEMS + PAGE;
    for (size_t i = HEAD_ITEMS; i < answer->count; i++)
        if (!take_text(share, items[i].text, items[0].number, now_us))
            share->counts.left_out++;
    end_put(share);
    set_up(share, true);
}

/* ---- asking ---- */

static void ask(struct guess_share *share);

static void on_answer(struct redis_question *question, const struct redis_answer *answer)
{
    struct guess_share *share =
        (struct guess_share *)(void *)((char *)question - offsetof(struct guess_share, question));
    share->asking = false;
    if (answer->outcome == REDIS_LATE)
        drop_news(share);
    if (answer->outcome == REDIS_UNLOADED)
        share->under_way = 0; /* the script is on its way */
    if (answer->outcome == REDIS_LATE || answer->outcome == REDIS_UNLOADED)
        return;
    if (answer->outcome == REDIS_REFUSED)
        refuse(share, answer->error);
    else if (!is_page(answer) || !take_key(share, answer->items[4].text))
        refuse(share, SLICE("an answer of another form"));
    else
        take_page(share, answer);
    if (share->more || left_of(share) > 0)
        ask(share);
}

static void ask(struct guess_share *share)
{
    CLEANUP_BUF struct buf after = {0}, page = {0}, room = {0}, key = {0};
    struct slice words[KEYS + ASKED_WORDS + NAME_WORDS * PUT_MAX];
    size_t count = KEYS + ASKED_WORDS, left = left_of(share), most = NAME_WORDS * PUT_MAX;
    if (share->asking || !redis_client_is_up(share->client) || clock_steady_us() < share->again_us)
        return;
    buf_addf(&after, "%lld", (long long)share->after);
    buf_addf(&page, "%d", PAGE);
    buf_addf(&room, "%d", GUESS_SHARE_NAMES_MAX);
    buf_addf(&key, "%016" PRIx64 "%016" PRIx64, share->key->words[0], share->key->words[1]);
    for (size_t i = 0; i < KEYS; i++)
        words[i] = buf_slice(&share->keys[i]);
    words[KEYS] = buf_slice(&share->begun);
    words[KEYS + 1] = buf_slice(&after);
    words[KEYS + 2] = buf_slice(&page);
    words[KEYS + 3] = buf_slice(&room);
    words[KEYS + 4] = buf_slice(&key);
    share->under_way = left < most ? left : most;
    for (size_t i = 0; i < share->under_way; i++)
        words[count++] = word_list_at(&share->news, share->sent + i);
    share->question.answered = on_answer;
    share->more = false;
    share->asking = redis_client_ask(share->client, words, count, KEYS, &share->question);
    if (!share->asking)
        share->under_way = 0;
}

void guess_share_turn(struct guess_share *share)
{
    if (share == NULL)
        return;
    poll_loop_turn(share->loop);
    if (!redis_client_is_up(share->client))
        share->counts.fault = *redis_client_fault(share->client);
    ask(share);
    poll_loop_turn(share->loop); /* what was asked goes out */
}

/* ---- life ---- */

struct guess_share *guess_share_new(const struct guess_share_terms *terms,
                                    struct guess_guard *guard, struct hash_key *key,
                                    struct err *err)
{
    static const char *const names[KEYS] = {"guesses", "guesses:order", "guesses:ends",
                                            "guesses:head"};
    struct poll_loop *loop = poll_loop_new(err);
    if (loop == NULL)
        return NULL;
    struct guess_share *share = MEM_NEW(struct guess_share);
    const struct redis_client_options client = {.address = &terms->address,
                                                .script = data_guesses(),
                                                .deadline_us = terms->deadline_us,
                                                .changed = on_change,
                                                .context = share};
    share->guard = guard;
    share->key = key;
    share->loop = loop;
    share->counts.wanted = true;
    share->counts.since_us = clock_now_us();
    for (size_t i = 0; i < KEYS; i++)
        buf_addf(&share->keys[i], "%.*s%s", SLICE_ARG(terms->prefix), names[i]);
    share->client = redis_client_new(&client);
    redis_client_begin(share->client, poll_loop_uv(loop));
    return share;
}

void guess_share_free(struct guess_share *share)
{
    if (share == NULL)
        return;
    redis_client_end(share->client);
    poll_loop_free(share->loop);
    redis_client_free(share->client);
    word_list_done(&share->news);
    for (size_t i = 0; i < KEYS; i++)
        buf_done(&share->keys[i]);
    buf_done(&share->begun);
    mem_free(share);
}

void guess_share_counts(const struct guess_share *share, struct guess_share_counts *out)
{
    *out = share != NULL ? share->counts : (struct guess_share_counts){0};
}
