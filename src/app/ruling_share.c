/* SPDX-License-Identifier: Apache-2.0
 *
 * See ruling_share.h. What was read of all is remembered as a hash of each text, so that what is
 * missing is found when all was read.
 */
#include "app/ruling_share.h"

#include <stdlib.h>

#include "app/redis_asker.h"
#include "base/data.h"
#include "base/memory.h"
#include "base/word_list.h"
#include "io/clock.h"

static const int64_t LOOK_US = 200000; /* between looks for what is new */

enum {
    HEAD_ITEMS = 5, /* of an answer, before the texts */
    RULING_WORDS = 3,
    PUT_MAX = 50, /* rulings at once */
};

/* Rulings that are to be sent, RULING_WORDS each. */
struct waiting {
    struct word_list words;
    size_t sent; /* words */
};

struct ruling_share {
    struct ruling_share_options options;
    struct redis_asker *asker;
    bool turning;
    bool put_refused;    /* the last one: looks go on between tries */
    struct waiting *put; /* that is under way; NULL: it is a look */
    size_t put_words;
    struct waiting news, backlog; /* backlog: of the time before all was read */

    bool reads_all;
    struct buf begun; /* of what is in Redis; empty: there was nothing */
    int64_t after;    /* number of the last one that was read */
    uint64_t *seen;   /* while all is read: hashes of texts */
    size_t seen_count, seen_room;

    int64_t look_us;  /* steady clock */
    int64_t ahead_us; /* of the clock of Redis before ours */
    struct ruling_share_counts counts;
};

/* ---- what is to be sent ---- */

static size_t left_of(const struct waiting *waiting)
{
    return (waiting->words.count - waiting->sent) / RULING_WORDS;
}

static void forget(struct waiting *waiting)
{
    word_list_done(&waiting->words);
    waiting->sent = 0;
}

static void add(struct waiting *waiting, const struct ruling *ruling, struct slice text)
{
    struct buf *to = &waiting->words.bytes;
    int64_t over_us = ruling_over_us(ruling);
    ruling_key(ruling, to);
    word_list_close(&waiting->words);
    if (over_us != INT64_MAX)
        buf_addf(to, "%lld", (long long)((over_us + RULING_REMEMBERED_US) / 1000000));
    word_list_close(&waiting->words);
    word_list_add(&waiting->words, text);
}

void ruling_share_put(struct ruling_share *share, const struct ruling *ruling)
{
    CLEANUP_BUF struct buf text = {0};
    share->counts.unheard++;
    if (!redis_asker_is_up(share->asker))
        return; /* it will be found */
    ruling_format(ruling, &text);
    add(&share->news, ruling, buf_slice(&text));
}

/* ---- up and down ---- */

static void set_up(struct ruling_share *share, bool up)
{
    if (share->counts.up == up)
        return;
    share->counts.up = up;
    share->counts.since_us = clock_now_us();
}

static void read_all(struct ruling_share *share)
{
    share->reads_all = true;
    share->after = 0;
    share->seen_count = 0;
    share->look_us = 0;
    forget(&share->backlog);
    set_up(share, false);
}

static void on_change(void *context, bool up)
{
    struct ruling_share *share = context;
    buf_clear(&share->begun);
    forget(&share->news);
    read_all(share);
    if (up)
        share->counts.fault = (struct err){0};
}

/* ---- reading ---- */

static int compare_hashes(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void note_seen(struct ruling_share *share, struct slice text)
{
    if (share->seen_count == share->seen_room) {
        share->seen_room = share->seen_room == 0 ? 256 : share->seen_room * 2;
        share->seen = mem_resize(share->seen, share->seen_room, sizeof(share->seen[0]));
    }
    share->seen[share->seen_count++] = slice_hash(text);
}

static void add_missing(void *context, const struct ruling *ruling)
{
    struct ruling_share *share = context;
    CLEANUP_BUF struct buf text = {0};
    ruling_format(ruling, &text);
    uint64_t hash = slice_hash(buf_slice(&text));
    if (share->seen_count == 0 ||
        bsearch(&hash, share->seen, share->seen_count, sizeof(hash), compare_hashes) == NULL)
        add(&share->backlog, ruling, buf_slice(&text));
}

static void end_reading_all(struct ruling_share *share)
{
    if (share->seen_count > 0)
        qsort(share->seen, share->seen_count, sizeof(share->seen[0]), compare_hashes);
    share->options.each(share->options.context, add_missing, share);
    share->reads_all = false;
    mem_free(share->seen);
    share->seen = NULL;
    share->seen_count = share->seen_room = 0;
}

static bool is_page(const struct redis_answer *answer)
{
    if (answer->count < HEAD_ITEMS || answer->count > HEAD_ITEMS + RULING_PAGE)
        return false;
    for (size_t i = 0; i < answer->count; i++)
        if (answer->items[i].is_text != (i == 1 || i >= HEAD_ITEMS))
            return false;
    return true;
}

static void take_page(struct ruling_share *share, const struct redis_answer *answer)
{
    struct slice texts[RULING_PAGE], begun = answer->items[1].text;
    size_t count = answer->count - HEAD_ITEMS;
    int64_t from = answer->items[2].number, last = answer->items[3].number;
    if (!slice_eq(begun, buf_slice(&share->begun)) || from != share->after) {
        read_all(share);
        buf_clear(&share->begun);
        buf_add(&share->begun, begun);
    }
    for (size_t i = 0; i < count; i++) {
        texts[i] = answer->items[HEAD_ITEMS + i].text;
        if (share->reads_all)
            note_seen(share, texts[i]);
    }
    share->after = last;
    if (count > 0)
        share->options.take(share->options.context, texts, count);
    bool whole = last >= answer->items[4].number;
    share->look_us = whole ? clock_steady_us() + LOOK_US : 0;
    if (whole && share->reads_all)
        end_reading_all(share);
}

/* ---- asking ---- */

static void advance(struct ruling_share *share);

static void end_put(struct ruling_share *share, const struct redis_answer *answer)
{
    struct waiting *put = share->put;
    share->put = NULL;
    share->put_refused = false;
    if (share->begun.len == 0) /* it is the beginning */
        buf_add(&share->begun, answer->items[1].text);
    put->sent += share->put_words;
    share->counts.sent += share->put_words / RULING_WORDS;
    share->counts.left_out += (uint64_t)answer->items[2].number;
    if (put->sent < put->words.count)
        return;
    if (put == &share->news)
        share->counts.unheard = 0;
    forget(put);
}

static bool is_put(const struct redis_answer *answer)
{
    return answer->count == 3 && !answer->items[0].is_text && answer->items[1].is_text &&
           !answer->items[2].is_text;
}

/* What is under way stays where it waits. */
static void refuse(struct ruling_share *share, struct slice error)
{
    redis_asker_fault(share->asker, error.len > 0 ? error : SLICE("an answer of another form"),
                      &share->counts.fault);
    redis_asker_rest(share->asker);
    share->put_refused = share->put != NULL;
    share->put = NULL;
    set_up(share, false);
}

/* Redis may have gone with what is under way: on_change has forgotten it then. */
static void on_answer(void *context, const struct redis_answer *answer)
{
    struct ruling_share *share = context;
    if (answer->outcome == REDIS_LATE || answer->outcome == REDIS_UNLOADED) {
        share->put = NULL;
        return; /* the script is on its way */
    }
    bool good = answer->outcome == REDIS_ANSWERED &&
                (share->put != NULL ? is_put(answer) : is_page(answer));
    if (!good) {
        refuse(share, answer->error);
        return;
    }
    share->ahead_us = answer->items[0].number - clock_now_us();
    if (share->put != NULL)
        end_put(share, answer);
    else
        take_page(share, answer);
    advance(share);
}

static void look(struct ruling_share *share)
{
    CLEANUP_BUF struct buf after = {0}, most = {0};
    buf_addf(&after, "%lld", (long long)share->after);
    buf_addf(&most, "%d", RULING_PAGE);
    const struct slice words[] = {SLICE("get"), buf_slice(&share->begun), buf_slice(&after),
                                  buf_slice(&most)};
    (void)redis_asker_ask(share->asker, words, sizeof(words) / sizeof(words[0]));
}

static void send_some(struct ruling_share *share, struct waiting *waiting)
{
    CLEANUP_BUF struct buf most = {0};
    struct slice words[2 + RULING_WORDS * PUT_MAX];
    size_t left = left_of(waiting), count = left < PUT_MAX ? left : PUT_MAX;
    buf_addf(&most, "%d", SHARED_RULINGS_MAX);
    words[0] = SLICE("put");
    words[1] = buf_slice(&most);
    share->put_words = RULING_WORDS * count;
    for (size_t i = 0; i < share->put_words; i++)
        words[2 + i] = word_list_at(&waiting->words, waiting->sent + i);
    if (redis_asker_ask(share->asker, words, 2 + share->put_words))
        share->put = waiting;
}

/* News first, then what others have, then the rest. */
static void advance(struct ruling_share *share)
{
    int64_t now_us = clock_steady_us();
    if (!redis_asker_is_free(share->asker))
        return;
    bool looks = now_us >= share->look_us;
    if (left_of(&share->news) > 0 && !(looks && share->put_refused))
        send_some(share, &share->news);
    else if (looks)
        look(share);
    else if (left_of(&share->backlog) > 0)
        send_some(share, &share->backlog);
    else if (!share->reads_all && !share->counts.up) {
        share->counts.unheard = 0;
        set_up(share, true);
    }
}

void ruling_share_turn(struct ruling_share *share)
{
    share->turning = true;
    redis_asker_turn(share->asker);
    if (!redis_asker_is_up(share->asker))
        redis_asker_fault(share->asker, SLICE(""), &share->counts.fault);
    advance(share);
    redis_asker_turn(share->asker); /* what was asked goes out */
    share->turning = false;
}

bool ruling_share_flush(struct ruling_share *share)
{
    int64_t until_us = clock_steady_us() + share->options.deadline_us;
    if (share->turning || !redis_asker_is_up(share->asker))
        return false;
    share->turning = true;
    advance(share);
    while (left_of(&share->news) > 0 && redis_asker_is_up(share->asker) &&
           clock_steady_us() < until_us && !redis_asker_rests(share->asker)) {
        redis_asker_await(share->asker);
        advance(share); /* also where Redis had forgotten the script */
    }
    share->turning = false;
    return left_of(&share->news) == 0 && redis_asker_is_up(share->asker);
}

/* ---- life ---- */

struct ruling_share *ruling_share_new(const struct ruling_share_options *options, struct err *err)
{
    struct ruling_share *share = MEM_NEW(struct ruling_share);
    const struct redis_asker_options asker = {
        .address = options->address,
        .prefix = options->prefix,
        .names = {"rulings", "rulings:order", "rulings:ends", "rulings:head"},
        .script = data_rulings(),
        .deadline_us = options->deadline_us,
        .changed = on_change,
        .answered = on_answer,
        .context = share};
    share->options = *options;
    share->reads_all = true;
    share->counts.since_us = clock_now_us();
    share->asker = redis_asker_new(&asker, err);
    if (share->asker != NULL)
        return share;
    mem_free(share);
    return NULL;
}

void ruling_share_free(struct ruling_share *share)
{
    if (share == NULL)
        return;
    redis_asker_free(share->asker);
    forget(&share->news);
    forget(&share->backlog);
    buf_done(&share->begun);
    mem_free(share->seen);
    mem_free(share);
}

int ruling_share_fd(const struct ruling_share *share)
{
    return redis_asker_fd(share->asker);
}

int ruling_share_wait_ms(const struct ruling_share *share)
{
    return redis_asker_wait_ms(share->asker);
}

int64_t ruling_share_time(const struct ruling_share *share, int64_t now_us)
{
    return now_us + share->ahead_us;
}

void ruling_share_counts(const struct ruling_share *share, struct ruling_share_counts *out)
{
    *out = share->counts;
}
