/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_account_book.h. A worker has the source to itself while `runs`; other settings then
 * wait for it.
 */
#include "app/daemon_account_book.h"

#include <poll.h>

#include "app/account_reading.h"
#include "base/memory.h"
#include "io/job_pool.h"

enum { WAIT_MS = 2000 };

static const int64_t TURN_US = 1000000;

/* A reading, and what is read. */
struct reading {
    struct job job;
    struct account_terms *terms;
    struct account_source *source; /* NULL: there is no driver */
    bool anew;                     /* whether something was changed or not */
    struct account_book *book;     /* read; NULL: nothing was changed, or err says why not */
    struct err err;
};

struct daemon_account_book {
    struct own_log *log;
    struct daemon_policy *policy;
    struct daemon_auth *auth;
    struct job_pool *pool; /* NULL: not needed yet, or not to be had */
    struct reading reading;
    bool runs;
    struct account_terms *next; /* wanted while a reading ran; or NULL */
    struct account_book *book;  /* NULL: nothing was wanted yet */
    uint64_t number;            /* of books so far */
    int64_t turned_us;
    bool trouble;
    bool is_asked; /* to read again */
};

struct daemon_account_book *daemon_account_book_new(struct own_log *log,
                                                    struct daemon_policy *policy,
                                                    struct daemon_auth *auth)
{
    struct daemon_account_book *keeper = MEM_NEW(struct daemon_account_book);
    keeper->log = log;
    keeper->policy = policy;
    keeper->auth = auth;
    return keeper;
}

static void drop_source(struct reading *reading)
{
    if (reading->source != NULL)
        reading->terms->driver->free(reading->source);
    reading->source = NULL;
}

void daemon_account_book_free(struct daemon_account_book *keeper)
{
    if (keeper == NULL)
        return;
    if (keeper->pool != NULL) {
        job_pool_stop(keeper->pool);
        (void)job_pool_take(keeper->pool);
        job_pool_free(keeper->pool);
    }
    drop_source(&keeper->reading);
    account_book_unref(keeper->reading.book);
    account_book_unref(keeper->book);
    account_terms_free(keeper->reading.terms);
    account_terms_free(keeper->next);
    mem_free(keeper);
}

const struct account_book *daemon_account_book_now(const struct daemon_account_book *keeper)
{
    return keeper->book;
}

uint64_t daemon_account_book_number(const struct daemon_account_book *keeper)
{
    return keeper->number;
}

/* ---- a worker thread, or the main one before there is anything ---- */

static void read_book(struct reading *reading)
{
    const struct account_driver *driver = reading->terms->driver;
    if (reading->source == NULL || reading->anew || driver->is_changed(reading->source))
        reading->book = account_reading(reading->terms, reading->source, &reading->err);
}

static void run(struct job *job)
{
    read_book((struct reading *)(void *)job);
}

/* ---- what was read ---- */

static void publish(struct daemon_account_book *keeper, struct account_book *book)
{
    account_book_unref(keeper->book);
    keeper->book = book;
    keeper->number++;
    daemon_policy_put_accounts(keeper->policy, book);
    daemon_auth_changed(keeper->auth, SLICE(""));
}

static void tell_read(struct daemon_account_book *keeper)
{
    struct account_book_counts counts = account_book_counts(keeper->book);
    keeper->trouble = false;
    keeper->reading.anew = false;
    if (keeper->reading.source != NULL)
        OWN_LOG(keeper->log, OWN_LOG_INFO, "accounts_read",
                log_number("accounts", (int64_t)counts.accounts),
                log_number("aliases", (int64_t)counts.aliases),
                log_number("left_out", (int64_t)counts.left_out));
}

/* Of what was not read yet the patterns hold. */
static void publish_patterns(struct daemon_account_book *keeper)
{
    struct account_book *book = account_book_new(&keeper->reading.terms->options);
    account_book_finish(book);
    publish(keeper, book);
}

static void note_trouble(struct daemon_account_book *keeper)
{
    if (!keeper->trouble)
        OWN_LOG(keeper->log, OWN_LOG_ERROR, "accounts_not_read",
                log_str("reason", keeper->reading.err.text));
    keeper->trouble = true;
    if (keeper->book == NULL)
        publish_patterns(keeper);
}

static void take_result(struct daemon_account_book *keeper)
{
    struct reading *reading = &keeper->reading;
    if (reading->book != NULL) {
        publish(keeper, reading->book);
        reading->book = NULL;
        tell_read(keeper);
    } else if (reading->err.code != ERR_NONE) {
        note_trouble(keeper);
    }
    reading->err = (struct err){0};
}

/* ---- settings ---- */

static void look(struct daemon_account_book *keeper)
{
    struct err err = {0};
    if (keeper->pool == NULL)
        keeper->pool = job_pool_start(1, 1, &err);
    if (keeper->pool == NULL) {
        keeper->reading.err = err;
        note_trouble(keeper);
        return;
    }
    keeper->reading.job = (struct job){.run = run};
    keeper->runs = job_pool_submit(keeper->pool, &keeper->reading.job);
}

/* A source that is the same goes on. No reading runs. */
static void begin_with(struct daemon_account_book *keeper, struct account_terms *terms)
{
    struct reading *reading = &keeper->reading;
    struct account_terms *before = reading->terms;
    if (before != NULL && !account_terms_same_source(before, terms))
        drop_source(reading);
    reading->terms = terms;
    if (reading->source == NULL && terms->driver != NULL)
        reading->source = terms->driver->make(&terms->place);
    account_terms_free(before);
    reading->anew = true;
    if (terms->driver != NULL && terms->driver->check != NULL) { /* a server may take its time */
        if (keeper->book == NULL)
            publish_patterns(keeper);
        look(keeper);
        return;
    }
    read_book(reading);
    take_result(keeper);
}

static void take_back(struct daemon_account_book *keeper)
{
    if (job_pool_take(keeper->pool) == NULL)
        return;
    keeper->runs = false;
    take_result(keeper);
    if (keeper->next != NULL)
        begin_with(keeper, keeper->next);
    keeper->next = NULL;
}

/* It is nearly always done, and was only not taken back yet. */
static void wait_a_little(struct daemon_account_book *keeper)
{
    struct pollfd done = {.fd = job_pool_fd(keeper->pool), .events = POLLIN};
    (void)poll(&done, 1, WAIT_MS);
    take_back(keeper);
}

void daemon_account_book_want(struct daemon_account_book *keeper, const struct settings *settings)
{
    struct account_terms *terms = settings_accounts_make(settings);
    if (keeper->runs)
        wait_a_little(keeper);
    if (keeper->book != NULL) /* the listener may be another */
        daemon_policy_put_accounts(keeper->policy, keeper->book);
    if (!keeper->runs) {
        begin_with(keeper, terms);
        return;
    }
    account_terms_free(keeper->next);
    keeper->next = terms;
}

/* ---- turns ---- */

static void show(const struct daemon_account_book *keeper, struct daemon_metrics *metrics)
{
    static const struct slice accounts = {"account", 7}, aliases = {"alias", 5};
    struct account_book_counts counts = account_book_counts(keeper->book);
    daemon_metrics_set(metrics, DAEMON_METRIC_ACCOUNTS, &accounts, (int64_t)counts.accounts);
    daemon_metrics_set(metrics, DAEMON_METRIC_ACCOUNTS, &aliases, (int64_t)counts.aliases);
    daemon_metrics_set(metrics, DAEMON_METRIC_ACCOUNTS_TROUBLE, NULL, keeper->trouble);
}

void daemon_account_book_turn(struct daemon_account_book *keeper, struct daemon_metrics *metrics,
                              int64_t now_us)
{
    int64_t since_us = now_us - keeper->turned_us;
    if (keeper->book == NULL)
        return;
    if (keeper->runs)
        take_back(keeper);
    bool is_due = since_us < 0 || since_us >= TURN_US;
    if (!is_due && (!keeper->is_asked || keeper->runs))
        return;
    keeper->turned_us = now_us;
    if (!keeper->runs && keeper->reading.source != NULL) {
        keeper->reading.anew = keeper->reading.anew || keeper->is_asked;
        keeper->is_asked = false;
        look(keeper);
    }
    show(keeper, metrics);
}

/* A reading that runs may be of before: its end takes the wish off, so it is kept apart. */
void daemon_account_book_read_again(struct daemon_account_book *keeper)
{
    keeper->is_asked = true;
}
