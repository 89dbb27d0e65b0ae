/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_policy.h.
 */
#include "app/daemon_policy.h"

#include "app/daemon_counts.h"
#include "app/daemon_shared.h"
#include "app/listen_place.h"
#include "app/policy_board.h"
#include "app/settings_policy.h"
#include "base/civil.h"
#include "gate/policy_words.h"
#include "io/clock.h"

static const int64_t TURN_US = 1000000, AGAIN_US = 10000000;

struct daemon_policy {
    struct own_log *log;
    struct policy_refunds *refunds;
    struct hijack_channel *channel;
    struct policy_service *service; /* NULL: nothing was wanted yet, or it could not be made */
    struct daemon_counts kept;
    struct daemon_shared shared;
    struct listen_place wanted, present; /* present.count 0: it listens nowhere */
    size_t limits;
    int64_t turned_us, again_us;
    bool answers;
    struct err why;
    bool slows;                 /* there is a transport for mail that is to be slow */
    bool doubts[POLICY_DOUBTS]; /* that were told */
    struct policy_board *board;
    struct policy_service_counts counts; /* as of the last turn */
    struct decision_book *decisions;
    daemon_policy_report take_report; /* NULL: nobody */
    void *report_context;
};

struct daemon_policy *daemon_policy_new(struct own_log *log, struct policy_refunds *refunds,
                                        struct hijack_channel *channel)
{
    struct daemon_policy *policy = MEM_NEW(struct daemon_policy);
    policy->log = log;
    policy->refunds = refunds;
    policy->channel = channel;
    policy->board = policy_board_new();
    policy->answers = true;
    daemon_counts_init(&policy->kept, log);
    policy->decisions = decision_book_new();
    return policy;
}

void daemon_policy_free(struct daemon_policy *policy)
{
    if (policy == NULL)
        return;
    if (policy->service != NULL) {
        policy_service_leave(policy->service);
        daemon_shared_leave(&policy->shared, policy->log, policy_service_shared(policy->service));
    }
    policy_service_free(policy->service);
    daemon_counts_done(&policy->kept);
    policy_board_free(policy->board);
    decision_book_free(policy->decisions);
    daemon_shared_done(&policy->shared);
    listen_place_done(&policy->wanted);
    listen_place_done(&policy->present);
    mem_free(policy);
}

static bool listen_at(struct policy_service *service, const struct listen_place *place,
                      struct err *err)
{
    struct listen_texts texts;
    listen_texts_init(&texts, place);
    const struct answer_server_options options = {
        .addresses = texts.addresses,
        .address_count = place->count,
        .group = listen_place_group(place),
        .connections_max = place->connections,
    };
    bool good = policy_service_listen(service, &options, err);
    listen_texts_done(&texts);
    return good;
}

/* ---- what is wanted ---- */

static struct policy_plan *plan_of(const struct settings_policy *settings)
{
    struct policy_plan *plan = MEM_NEW(struct policy_plan);
    plan->arena = arena_new(4096);
    settings_policy_make(settings, plan->arena, &plan->terms);
    return plan;
}

/* Another state directory is rare: who asks meanwhile is refused, and Postfix goes on. */
void daemon_policy_keep(struct daemon_policy *policy, const char *folder)
{
    if (!daemon_counts_folder(&policy->kept, folder) || policy->service == NULL)
        return;
    policy_service_leave(policy->service);
    policy->present.count = 0;
    daemon_counts_keep(&policy->kept, policy->service);
}

/* Another Redis begins with another place: the thread that asks it is that of the server. */
static void share(struct daemon_policy *policy, const struct settings_store *store)
{
    bool changed = daemon_shared_want(&policy->shared, store);
    if (policy->service == NULL || !changed)
        return;
    policy_service_leave(policy->service);
    policy->present.count = 0;
    daemon_shared_leave(&policy->shared, policy->log, policy_service_shared(policy->service));
    policy_service_share(policy->service, daemon_shared_make(store));
}

static void begin(struct daemon_policy *policy, const struct settings_policy *settings)
{
    policy->service = policy_service_new(plan_of(settings), policy->refunds, &policy->why);
    if (policy->service != NULL)
        policy_service_hand(policy->service, policy->channel);
}

void daemon_policy_want(struct daemon_policy *policy, const struct settings *all, int64_t now_us)
{
    const struct settings_policy *settings = &all->policy;
    listen_place_set(&policy->wanted, settings->listen, settings->listen_count, settings->group);
    policy->wanted.connections = settings->connections;
    policy->limits = settings->limit_count;
    policy->slows = settings->slow_transport != NULL;
    policy->again_us = now_us;
    if (settings->listen_count == 0 && settings->limit_count > 0)
        OWN_LOG(policy->log, OWN_LOG_WARNING, "policy_limits_idle",
                log_str("reason", "policy.limits: nobody can ask: policy.listen is empty"));
    if (policy->service != NULL)
        policy_service_put(policy->service, plan_of(settings));
    else if (settings->listen_count > 0)
        begin(policy, settings);
    if (policy->service != NULL)
        share(policy, &all->store);
}

/* ---- flags of accounts ---- */

void daemon_policy_flag(struct daemon_policy *policy, const struct account_flag *flag)
{
    if (policy->service != NULL)
        policy_service_flag(policy->service, account_flag_new(flag));
}

void daemon_policy_put_flags(struct daemon_policy *policy, const struct account_flags *flags)
{
    if (policy->service != NULL)
        policy_service_put_flags(policy->service, account_flags_copy(flags));
}

void daemon_policy_put_accounts(struct daemon_policy *policy, struct account_book *accounts)
{
    if (policy->service != NULL)
        policy_service_put_accounts(policy->service, account_book_ref(accounts));
    if (policy->channel != NULL)
        hijack_channel_put_accounts(policy->channel, account_book_ref(accounts));
}

/* ---- orders ---- */

bool daemon_policy_order(struct daemon_policy *policy, struct policy_order *order)
{
    bool listens = policy->service != NULL && policy->present.count > 0;
    if (policy->service == NULL || (!listens && policy_order_is_report(order)))
        policy_order_free(order);
    else
        policy_service_order(policy->service, order);
    return listens;
}

void daemon_policy_report_to(struct daemon_policy *policy, daemon_policy_report take, void *context)
{
    policy->take_report = take;
    policy->report_context = context;
}

const struct decision_book *daemon_policy_decisions(const struct daemon_policy *policy)
{
    return policy->decisions;
}

static void hand_over(struct daemon_policy *policy, struct policy_event *event)
{
    if (policy->take_report != NULL) {
        policy->take_report(policy->report_context, event->report);
        event->report = NULL;
    }
    policy_event_free(event);
}

/* ---- turns ---- */

/* Nothing is counted, so nothing can be given back. */
static void drop_refunds(struct daemon_policy *policy)
{
    for (struct policy_refund *refund; (refund = policy_refunds_take(policy->refunds)) != NULL;)
        mem_free(refund);
}

static void move(struct daemon_policy *policy, int64_t now_us, struct err *why)
{
    bool may_try = now_us >= policy->again_us || policy->again_us - now_us > AGAIN_US;
    if (!may_try)
        return;
    policy->again_us = now_us + AGAIN_US;
    if (listen_place_eq(&policy->present, &policy->wanted))
        return;
    policy->present.count = 0;
    if (!policy->kept.filled)
        daemon_counts_keep(&policy->kept, policy->service);
    if (policy->wanted.count == 0) {
        policy_service_leave(policy->service);
    } else if (!listen_at(policy->service, &policy->wanted, why)) {
        return;
    }
    listen_place_copy(&policy->present, &policy->wanted);
}

static void note(struct daemon_policy *policy, bool answers, const struct err *why)
{
    if (answers == policy->answers)
        return;
    policy->answers = answers;
    policy->why = *why;
    if (answers)
        OWN_LOG(policy->log, OWN_LOG_INFO, "policy_answers",
                log_number("limits", (int64_t)policy->limits));
    else
        OWN_LOG(policy->log, OWN_LOG_ERROR, "policy_does_not_answer", log_str("reason", why->text));
}

static void log_hit(struct daemon_policy *policy, const struct policy_event *event)
{
    OWN_LOG(policy->log, OWN_LOG_INFO, "limit_reached", log_text("limit", event->rule),
            log_str("action", event->shadow ? "none" : limit_action_word(event->action)),
            log_text("login", event->login), log_text("sender", event->sender),
            log_text("client", event->client), log_number("used", (int64_t)event->used),
            log_number("most", event->most), log_number("wanted", event->wanted),
            log_text("queue_id", event->queue_id), log_text("instance", event->instance));
}

static void log_flag(struct daemon_policy *policy, const struct policy_event *event)
{
    OWN_LOG(policy->log, OWN_LOG_INFO, "flag_acted", log_text("flag", event->rule),
            log_str("action", limit_action_word(event->action)), log_text("login", event->login),
            log_text("sender", event->sender), log_text("client", event->client),
            log_text("queue_id", event->queue_id), log_text("instance", event->instance));
}

static enum daemon_metric metric_of(const struct policy_event *event)
{
    if (event->by_flag)
        return DAEMON_METRIC_FLAG_ACTED;
    return event->shadow ? DAEMON_METRIC_LIMIT_SHADOWED : DAEMON_METRIC_LIMIT_REACHED;
}

static void tell_events(struct daemon_policy *policy, struct daemon_metrics *metrics)
{
    struct policy_event *event;
    while ((event = policy_service_take(policy->service)) != NULL) {
        if (event->report != NULL) {
            hand_over(policy, event);
            continue;
        }
        if (event->by_flag)
            log_flag(policy, event);
        else
            log_hit(policy, event);
        daemon_metrics_add(metrics, metric_of(event), &event->rule, 1);
        decision_book_put(policy->decisions, event);
    }
}

static void show(struct daemon_policy *policy, struct daemon_metrics *metrics)
{
    static const char *const stages[POLICY_STAGES] = {"other", "mail", "rcpt", "data",
                                                      "end_of_message"};
    struct policy_service_counts now;
    const struct policy_service_counts *before = &policy->counts;
    policy_service_counts(policy->service, &now);
    for (size_t i = 0; i < POLICY_STAGES; i++)
        daemon_metrics_grow(metrics, DAEMON_METRIC_POLICY_REQUESTS, stages[i],
                            now.stages[i] - before->stages[i]);
    for (size_t i = 0; i < POLICY_RESULTS; i++)
        daemon_metrics_grow(metrics, DAEMON_METRIC_POLICY_ANSWERS,
                            policy_result_word((enum policy_result)i),
                            now.results[i] - before->results[i]);
    daemon_metrics_grow(metrics, DAEMON_METRIC_POLICY_BAD, NULL, now.bad - before->bad);
    daemon_metrics_grow(metrics, DAEMON_METRIC_LEFT_OUT, "limit_keys",
                        now.crowded_out - before->crowded_out);
    daemon_metrics_grow(metrics, DAEMON_METRIC_LEFT_OUT, "limit_recipients",
                        now.forgotten - before->forgotten);
    daemon_metrics_grow(metrics, DAEMON_METRIC_LEFT_OUT, "limit_events",
                        now.untold - before->untold);
    daemon_metrics_grow(metrics, DAEMON_METRIC_LEFT_OUT, "limit_refunds",
                        now.refunds_dropped - before->refunds_dropped);
    daemon_metrics_grow(metrics, DAEMON_METRIC_LIMIT_GIVEN_BACK, NULL,
                        now.given_back - before->given_back);
    daemon_metrics_set(metrics, DAEMON_METRIC_POLICY_CONNECTIONS, NULL, (int64_t)now.server.open);
    daemon_metrics_set(metrics, DAEMON_METRIC_POLICY_KEYS, NULL, (int64_t)now.keys);
    policy->counts = now;
}

/* What is in doubt is said once, and is to be seen as long as it is so. */
static void doubt(struct daemon_policy *policy, struct daemon_metrics *metrics,
                  const char *reasons[POLICY_DOUBTS])
{
    for (size_t i = 0; i < POLICY_DOUBTS; i++) {
        const struct policy_doubt_words *words = policy_doubt_words((enum policy_doubt)i);
        bool is = policy_doubt_is((enum policy_doubt)i, &policy->counts, policy->slows);
        struct slice event = slice_from_str(words->event);
        daemon_metrics_set(metrics, DAEMON_METRIC_POLICY_DOUBTS, &event, is);
        reasons[i] = is ? words->reason : NULL;
        if (is && !policy->doubts[i])
            OWN_LOG(policy->log, OWN_LOG_WARNING, words->event, log_str("reason", words->reason),
                    log_str("advice", words->advice));
        policy->doubts[i] = policy->doubts[i] || is;
    }
}

static void show_board(struct daemon_policy *policy, struct daemon_metrics *metrics,
                       const char *trouble, int64_t now_us)
{
    struct policy_board_view view = {
        .counts = &policy->counts,
        .listen = policy->wanted.listen,
        .listen_count = policy->wanted.count,
        .connections_max = policy->wanted.connections,
        .limits = policy->limits,
        .trouble = trouble,
        .shared = &policy->shared.last,
    };
    doubt(policy, metrics, view.doubts);
    policy_board_put(policy->board, &view, now_us, clock_utc_offset(NULL, now_us / US_PER_SECOND));
}

static void look_after(struct daemon_policy *policy, struct daemon_metrics *metrics, int64_t now_us)
{
    struct err why = policy->why;
    move(policy, now_us, &why);
    bool answers = policy->wanted.count == 0 || policy_service_feed(policy->service);
    show(policy, metrics);
    daemon_counts_turn(&policy->kept, policy->service, metrics, now_us);
    daemon_shared_show(&policy->shared, policy->log, metrics,
                       policy_service_shared(policy->service));
    if (!answers && policy->counts.server.fault.code != ERR_NONE)
        why = policy->counts.server.fault;
    else if (!answers && policy->present.count > 0)
        err_set(&why, ERR_IO, "the thread that answers stands still");
    note(policy, answers, &why);
    show_board(policy, metrics, answers ? NULL : policy->why.text, now_us);
    daemon_metrics_set(metrics, DAEMON_METRIC_POLICY_TROUBLE, NULL, !answers);
}

void daemon_policy_turn(struct daemon_policy *policy, struct daemon_metrics *metrics,
                        int64_t now_us)
{
    int64_t since_us = now_us - policy->turned_us;
    if (policy->service == NULL || policy->present.count == 0)
        drop_refunds(policy);
    if (policy->service == NULL)
        return;
    if (policy->again_us <= now_us || since_us < 0 || since_us >= TURN_US) {
        policy->turned_us = now_us;
        look_after(policy, metrics, now_us);
    }
    tell_events(policy, metrics);
}

struct snapshot_place *daemon_policy_shown(struct daemon_policy *policy)
{
    return policy_board_shown(policy->board);
}

int daemon_policy_fd(const struct daemon_policy *policy)
{
    return policy->service != NULL ? policy_service_fd(policy->service) : -1;
}

struct snapshot_place *daemon_policy_counts(const struct daemon_policy *policy)
{
    return policy->kept.shown;
}
