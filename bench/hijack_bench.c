/* SPDX-License-Identifier: Apache-2.0
 *
 * What the verdict on accounts makes of populations that are known: hijack-bench ACCOUNTS [SEED].
 * Two weeks and two days of virtual time pass through watch/hijack.h, with accounts of every habit;
 * in the last two days one in fifty (at least twelve) is stolen, by thieves of every kind. A thief
 * goes on until the account is suspended, or the time is over. Called stolen is who is held or
 * worse: at any time, in the first days as well. Prints JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/memory.h"
#include "random.h"
#include "watch/hijack.h"

#define HOUR_US (3600 * US_PER_SECOND)
#define BEGIN_US (INT64_C(20502) * 24 * HOUR_US) /* a Tuesday */
#define ACCOUNTS_MAX 100000

enum { LEARN_DAYS = 14, DAYS = 16, EVENTS_MAX = 1 << 20, STOLEN_PART = 50, STOLEN_LEAST = 12 };

#define HABITS(X) \
    X(ORDINARY, "ordinary") \
    X(QUIET, "quiet") \
    X(NEWSLETTER, "newsletter") \
    X(BATCH, "nightly batch") \
    X(TRAVELLER, "traveller") \
    X(NEWCOMER, "newcomer") \
    X(CAMPAIGN, "first campaign")
#define THIEVES(X) \
    X(NOBODY, "") \
    X(BURST, "burst, one network") \
    X(BOTNET, "many networks and senders") \
    X(DRIP, "twenty an hour") \
    X(OLD_LIST, "dead addresses") \
    X(SPAMMER, "refused as spam") \
    X(INSIDE, "on the owner's machine")

#define X(name, words) name,
enum habit { HABITS(X) };
enum theft { THIEVES(X) };
#undef X
#define X(name, words) words,
static const char *const thief_words[] = {THIEVES(X)};
#undef X
#define X(name, words) +1
enum { HABIT_COUNT = HABITS(X), THEFT_COUNT = THIEVES(X) };
#undef X

struct account {
    enum habit habit;
    enum theft theft;
    enum hijack_step step, worst;
    uint32_t out;                   /* messages of the thief before it was held */
    int64_t begun_us, suspended_us; /* 0: not */
};

struct event {
    int64_t at_us;
    uint32_t account;
    bool stolen;
};

struct bench {
    struct hijack *hijack;
    struct random random;
    struct account *accounts;
    uint32_t count;
    struct event *events; /* of the hour */
    size_t event_count;
    int64_t told_us;
    uint64_t messages;
};

/* ---- who they are ---- */

static enum habit habit_of(uint32_t account)
{
    static const enum habit some[] = {QUIET,     QUIET,    NEWSLETTER, BATCH,
                                      TRAVELLER, NEWCOMER, QUIET,      CAMPAIGN};
    uint32_t place = account % 20;
    return place < sizeof(some) / sizeof(some[0]) ? some[place] : ORDINARY;
}

static void populate(struct bench *bench)
{
    uint32_t stolen = bench->count / STOLEN_PART;
    for (uint32_t i = 0; i < bench->count; i++)
        bench->accounts[i] = (struct account){.habit = habit_of(i)};
    stolen = stolen < STOLEN_LEAST ? STOLEN_LEAST : stolen;
    for (uint32_t done = 0; done < stolen;) {
        struct account *one = &bench->accounts[random_below(&bench->random, bench->count)];
        if (one->theft != NOBODY || one->habit == NEWCOMER)
            continue;
        one->theft = (enum theft)(BURST + done++ % (THEFT_COUNT - 1));
        one->begun_us =
            BEGIN_US + LEARN_DAYS * 24 * HOUR_US + random_below(&bench->random, 20) * HOUR_US;
    }
}

/* ---- an hour of theirs ---- */

static uint32_t honest_mails(struct bench *bench, const struct account *one, int64_t day,
                             int64_t hour)
{
    struct random *random = &bench->random;
    bool work = hour >= 8 && hour < 18 && day % 7 != 4 && day % 7 != 5;
    switch (one->habit) {
    case QUIET:
        return work && random_below(random, 8) == 0;
    case NEWSLETTER:
        return day % 7 == 0 && hour == 10 ? random_between(random, 300, 1500) : work;
    case BATCH:
        return hour == 2 ? random_between(random, 100, 250) : 0;
    case NEWCOMER:
        return day >= LEARN_DAYS && work ? random_between(random, 0, 10) : 0;
    case CAMPAIGN:
        return day == LEARN_DAYS && hour == 11 ? 400 : work ? random_below(random, 3) : 0;
    case ORDINARY:
    case TRAVELLER:
        break;
    }
    return work ? random_below(random, 4) : 0;
}

/* Within the two hours of one who is fast, and the day and a half of one who is not. */
static uint32_t stolen_mails(const struct account *one, int64_t hour_us)
{
    static const uint32_t an_hour[THEFT_COUNT] = {
        [BURST] = 3600,   [BOTNET] = 3600,  [DRIP] = 20,
        [OLD_LIST] = 720, [SPAMMER] = 1200, [INSIDE] = 600};
    int64_t lasts_us = (one->theft == DRIP ? 28 : 2) * HOUR_US;
    bool now = hour_us >= one->begun_us && hour_us < one->begun_us + lasts_us;
    return now && one->suspended_us == 0 ? an_hour[one->theft] : 0;
}

static void plan(struct bench *bench, uint32_t account, uint32_t mails, int64_t hour_us,
                 bool stolen)
{
    for (uint32_t i = 0; i < mails && bench->event_count < EVENTS_MAX; i++)
        bench->events[bench->event_count++] = (struct event){
            hour_us + (int64_t)random_below(&bench->random, 3600000) * 1000, account, stolen};
}

static int earlier(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    return (a->account > b->account) - (a->account < b->account);
}

static void plan_hour(struct bench *bench, int64_t day, int64_t hour)
{
    int64_t hour_us = BEGIN_US + (day * 24 + hour) * HOUR_US;
    bench->event_count = 0;
    for (uint32_t i = 0; i < bench->count; i++) {
        const struct account *one = &bench->accounts[i];
        plan(bench, i, honest_mails(bench, one, day, hour), hour_us, false);
        if (one->theft != NOBODY)
            plan(bench, i, stolen_mails(one, hour_us), hour_us, true);
    }
    qsort(bench->events, bench->event_count, sizeof(struct event), earlier);
}

/* ---- a message ---- */

struct mail {
    char login[48], client[32], sender[48], recipient[64];
    uint64_t size;
    enum hijack_result result;
};

#define SAY(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)

static void make_honest(struct bench *bench, const struct event *event, struct mail *mail)
{
    struct random *random = &bench->random;
    enum habit habit = bench->accounts[event->account].habit;
    bool list = habit == NEWSLETTER || habit == BATCH || habit == CAMPAIGN || habit == NEWCOMER;
    uint32_t to = random_below(random, list ? 3000 : 30);
    int64_t week = (event->at_us - BEGIN_US) / (7 * 24 * HOUR_US);
    bool away = habit == TRAVELLER && (week + event->account) % 2 == 0;
    SAY(mail->client, "10.%u.%u.9", event->account % 250, (unsigned)(away ? 0 : 7));
    if (away)
        SAY(mail->client, "100.%u.3.9", (unsigned)((event->account + (uint32_t)week * 7) % 250));
    SAY(mail->sender, "%s", mail->login);
    SAY(mail->recipient, "friend%u@g%u-%u.example", to, event->account, to % 40);
    mail->size = list ? 8000 : random_between(random, 1000, 40000);
    mail->result = random_chance(random, list ? 20000 : 5000) ? HIJACK_DEAD : HIJACK_TAKEN;
}

static void make_stolen(struct bench *bench, const struct event *event, struct mail *mail)
{
    struct random *random = &bench->random;
    enum theft theft = bench->accounts[event->account].theft;
    uint32_t number = random_below(random, 1000000), networks = 1;
    if (theft == BOTNET || theft == SPAMMER || theft == DRIP)
        networks = theft == DRIP ? 5 : 60;
    SAY(mail->client, "45.%u.1.9", (event->account * 7 + random_below(random, networks)) % 250);
    if (theft == INSIDE)
        SAY(mail->client, "10.%u.7.9", event->account % 250);
    SAY(mail->sender, "%s", mail->login);
    if (theft == BOTNET)
        SAY(mail->sender, "offer%u@brand%u.example", number, number % 500);
    SAY(mail->recipient, "victim%u@t%u.example", number, number % 2000);
    mail->size = 3000 + random_below(random, 40);
    uint32_t dead = theft == OLD_LIST ? 600000 : theft == INSIDE ? 250000 : 100000;
    mail->result = random_chance(random, dead) ? HIJACK_DEAD : HIJACK_TAKEN;
    if (theft == SPAMMER && random_chance(random, 500000))
        mail->result = HIJACK_SPAM;
}

static void refuse_logins(struct bench *bench, struct slice login, int64_t now_us)
{
    uint32_t times = random_below(&bench->random, 40);
    for (uint32_t i = 0; i < times; i++) {
        char client[32];
        SAY(client, "46.%u.1.1", i);
        hijack_take_refused(bench->hijack, login, slice_from_str(client), 1, now_us);
    }
}

static void send(struct bench *bench, const struct event *event)
{
    struct account *one = &bench->accounts[event->account];
    struct mail mail;
    int64_t now_us = event->at_us;
    if (one->step == HIJACK_SUSPEND)
        return;
    SAY(mail.login, "user%u@jp.example", event->account);
    (event->stolen ? make_stolen : make_honest)(bench, event, &mail);
    struct slice login = slice_from_str(mail.login), sender = slice_from_str(mail.sender);
    if (event->stolen && one->out == 0 && one->step < HIJACK_HOLD) {
        one->begun_us = now_us;
        refuse_logins(bench, login, now_us);
    }
    bench->messages++;
    uint32_t id = (uint32_t)bench->messages | 1;
    hijack_take_client(bench->hijack, login, slice_from_str(mail.client), id, now_us);
    hijack_take_recipient(bench->hijack, login, slice_from_str(mail.recipient), now_us);
    hijack_take_mail(bench->hijack, login,
                     &(struct hijack_mail){HIJACK_BY_POLICY, id, sender, 1, mail.size}, now_us);
    if (one->step >= HIJACK_HOLD)
        return; /* it is not tried */
    hijack_take_result(bench->hijack, login, mail.result, now_us);
    one->out += event->stolen;
}

/* ---- verdicts ---- */

static void hear(void *data, const struct hijack_verdict *verdict)
{
    struct bench *bench = data;
    unsigned number = (unsigned)strtoul(verdict->login.ptr + strlen("user"), NULL, 10);
    ASSERT(number < bench->count);
    struct account *one = &bench->accounts[number];
    one->step = verdict->step;
    if (verdict->step > one->worst)
        one->worst = verdict->step;
    if (verdict->step == HIJACK_SUSPEND && one->suspended_us == 0)
        one->suspended_us = verdict->at_us;
}

static void ignore(void *data, const struct incident *incident)
{
    (void)data, (void)incident;
}

static void live(struct bench *bench)
{
    for (int64_t hour = 0; hour < DAYS * 24; hour++) {
        plan_hour(bench, hour / 24, hour % 24);
        for (size_t i = 0; i < bench->event_count; i++) {
            int64_t now_us = bench->events[i].at_us;
            if (now_us - bench->told_us >= US_PER_SECOND) {
                hijack_tell(bench->hijack, now_us, ignore, NULL);
                bench->told_us = now_us;
            }
            send(bench, &bench->events[i]);
        }
    }
}

/* ---- figures ---- */

static int by_size(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void print_spread(const char *name, int64_t *values, size_t count)
{
    qsort(values, count, sizeof(values[0]), by_size);
    printf(", \"%s\": {\"count\": %zu, \"median\": %lld, \"worst\": %lld}", name, count,
           (long long)(count ? values[count / 2] : 0), (long long)(count ? values[count - 1] : 0));
}

/* theft NOBODY: of all. */
static void print_thieves(const struct bench *bench, enum theft theft)
{
    int64_t *out = MEM_NEW_ARRAY(int64_t, bench->count);
    int64_t *seconds = MEM_NEW_ARRAY(int64_t, bench->count);
    size_t all = 0, held = 0, suspended = 0;
    for (uint32_t i = 0; i < bench->count; i++) {
        const struct account *one = &bench->accounts[i];
        if (one->theft == NOBODY || (theft != NOBODY && one->theft != theft))
            continue;
        all++;
        if (one->worst >= HIJACK_HOLD)
            out[held++] = one->out;
        if (one->suspended_us != 0)
            seconds[suspended++] = (one->suspended_us - one->begun_us) / US_PER_SECOND;
    }
    printf("{\"kind\": \"%s\", \"stolen\": %zu", thief_words[theft], all);
    print_spread("out", out, held);
    print_spread("seconds", seconds, suspended);
    printf("}");
    mem_free(out);
    mem_free(seconds);
}

static void print(const struct bench *bench)
{
#define X(name, words) words,
    static const char *const habit_words[] = {HABITS(X)};
#undef X
    uint32_t wrong[HABIT_COUNT] = {0}, noted = 0;
    for (uint32_t i = 0; i < bench->count; i++) {
        const struct account *one = &bench->accounts[i];
        bool honest = one->theft == NOBODY;
        wrong[one->habit] += honest && one->worst >= HIJACK_HOLD;
        noted += honest && one->worst > HIJACK_NONE;
    }
    printf("{\"accounts\": %u, \"messages\": %llu, \"all\": ", bench->count,
           (unsigned long long)bench->messages);
    print_thieves(bench, NOBODY);
    printf(", \"honest_noted\": %u, \"honest_held\": {", noted);
    for (size_t i = 0; i < HABIT_COUNT; i++)
        printf("%s\"%s\": %u", i ? ", " : "", habit_words[i], wrong[i]);
    printf("}, \"thieves\": [");
    for (size_t i = BURST; i < THEFT_COUNT; i++) {
        print_thieves(bench, (enum theft)i);
        printf(i + 1 < THEFT_COUNT ? ", " : "]}\n");
    }
}

int main(int argc, char **argv)
{
    struct bench bench = {.count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 500};
    if (bench.count < 100 || bench.count > ACCOUNTS_MAX) {
        fprintf(stderr, "usage: hijack-bench ACCOUNTS [SEED]; 100 to %d accounts\n", ACCOUNTS_MAX);
        return 2;
    }
    random_init(&bench.random, argc > 2 ? strtoul(argv[2], NULL, 10) : 1);
    bench.hijack = hijack_new(&hijack_rule_default);
    hijack_hear(bench.hijack, hear, &bench);
    bench.accounts = MEM_NEW_ARRAY(struct account, bench.count);
    bench.events = MEM_NEW_ARRAY(struct event, EVENTS_MAX);
    populate(&bench);
    live(&bench);
    print(&bench);
    hijack_free(bench.hijack);
    mem_free(bench.accounts);
    mem_free(bench.events);
    return 0;
}
