/* SPDX-License-Identifier: Apache-2.0
 *
 * See guess_share.h; texts are those of gate/guess_text.h.
 */
#include "app/guess_share.h"

#include "app/redis_asker.h"
#include "base/data.h"
#include "base/memory.h"
#include "base/word_list.h"
#include "gate/guess_text.h"
#include "io/clock.h"

enum {
    HEAD_ITEMS = 5, /* of an answer, before the texts */
    ASKED_WORDS = 5,
    NAME_WORDS = 3,
    PAGE = 200,   /* names of an answer */
    PUT_MAX = 50, /* failures at once */
};

struct guess_share {
    struct guess_guard *guard;
    struct hash_key *key;
    struct redis_asker *asker;
    struct word_list news;  /* NAME_WORDS each */
    size_t sent, under_way; /* words: that Redis has, that a question has with it */

    struct buf begun; /* of what is in Redis; empty: nothing is known */
    int64_t after;    /* number of the last one that was read */
    bool more;        /* the last answer was full */
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
    guess_text_name(news, &share->news.bytes);
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
    share->after = 0;
    drop_news(share);
    set_up(share, false);
    if (up)
        share->counts.fault = (struct err){0};
}

static void refuse(struct guess_share *share, struct slice error)
{
    redis_asker_fault(share->asker, error, &share->counts.fault);
    redis_asker_rest(share->asker);
    drop_news(share);
    set_up(share, false);
}

/* ---- reading ---- */

static bool take_text(struct guess_share *share, struct slice text, int64_t redis_us,
                      int64_t now_us)
{
    struct guess_news news;
    if (!guess_text_parse(text, redis_us, &news))
        return false;
    if (guess_guard_take_shared(share->guard, &news, now_us))
        share->counts.taken++;
    return true;
}

/* Names under another key are nobody's: Redis has not taken them. */
static bool take_key(struct guess_share *share, struct slice text)
{
    struct hash_key key;
    if (!guess_text_key_parse(text, &key))
        return false;
    if (memcmp(&key, share->key, sizeof(key)) != 0)
        drop_news(share);
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

static void on_answer(void *context, const struct redis_answer *answer)
{
    struct guess_share *share = context;
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
    struct slice words[ASKED_WORDS + NAME_WORDS * PUT_MAX];
    size_t count = ASKED_WORDS, left = left_of(share), most = NAME_WORDS * PUT_MAX;
    if (!redis_asker_is_free(share->asker))
        return;
    buf_addf(&after, "%lld", (long long)share->after);
    buf_addf(&page, "%d", PAGE);
    buf_addf(&room, "%d", GUESS_SHARE_NAMES_MAX);
    guess_text_key(share->key, &key);
    const struct slice asked[ASKED_WORDS] = {buf_slice(&share->begun), buf_slice(&after),
                                             buf_slice(&page), buf_slice(&room), buf_slice(&key)};
    memcpy(words, asked, sizeof(asked));
    share->under_way = left < most ? left : most;
    for (size_t i = 0; i < share->under_way; i++)
        words[count++] = word_list_at(&share->news, share->sent + i);
    share->more = false;
    if (!redis_asker_ask(share->asker, words, count))
        share->under_way = 0;
}

void guess_share_turn(struct guess_share *share)
{
    redis_asker_turn(share->asker);
    if (!redis_asker_is_up(share->asker))
        redis_asker_fault(share->asker, SLICE(""), &share->counts.fault);
    ask(share);
    redis_asker_turn(share->asker); /* what was asked goes out */
}

/* ---- life ---- */

struct guess_share *guess_share_new(const struct guess_share_terms *terms,
                                    struct guess_guard *guard, struct hash_key *key,
                                    struct err *err)
{
    struct guess_share *share = MEM_NEW(struct guess_share);
    const struct redis_asker_options asker = {
        .address = &terms->address,
        .prefix = terms->prefix,
        .names = {"guesses", "guesses:order", "guesses:ends", "guesses:head"},
        .script = data_guesses(),
        .deadline_us = terms->deadline_us,
        .changed = on_change,
        .answered = on_answer,
        .context = share};
    share->guard = guard;
    share->key = key;
    share->counts.wanted = true;
    share->counts.since_us = clock_now_us();
    share->asker = redis_asker_new(&asker, err);
    if (share->asker != NULL)
        return share;
    mem_free(share);
    return NULL;
}

void guess_share_free(struct guess_share *share)
{
    if (share == NULL)
        return;
    redis_asker_free(share->asker);
    word_list_done(&share->news);
    buf_done(&share->begun);
    mem_free(share);
}

void guess_share_counts(const struct guess_share *share, struct guess_share_counts *out)
{
    *out = share->counts;
}
