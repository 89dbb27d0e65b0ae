/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon's metrics for Prometheus: their names are the rows of DAEMON_METRICS, which examples/
 * is checked against. No label holds an address or a login. Providers are those of the table, all
 * others together are "other": a host sends to thousands of small domains.
 */
#ifndef TD_APP_DAEMON_METRICS_H
#define TD_APP_DAEMON_METRICS_H

#include "io/http_numbers.h"
#include "io/metrics.h"
#include "watch/tally.h"

/* X(NAME, KIND, name, series at most, scale, help); their labels are in daemon_metrics.c. */
#define DAEMON_METRICS(X) \
    X(LOG_LINES, COUNTER, "todoku_log_lines_total", 64, 1, "Lines read, by log.") \
    X(LOG_UNREAD, COUNTER, "todoku_log_unread_lines_total", 64, 1, \
      "Lines not understood, by program.") \
    X(LOG_BEHIND, GAUGE, "todoku_log_behind_bytes", 64, 1, \
      "Bytes written to a log and not read yet.") \
    X(SYSLOG_LOST, COUNTER, "todoku_syslog_lost_total", 320, 1, \
      "Syslog messages, or connections, that were not taken, by log and reason.") \
    X(LEFT_OUT, COUNTER, "todoku_left_out_total", 32, 1, \
      "What came for names that had no room in a bounded table, by table.") \
    X(ATTEMPTS, COUNTER, "todoku_attempts_total", 2000, 1, \
      "Delivery attempts by relay, source, provider and result (sent, deferred, bounced).") \
    X(OUTCOMES, COUNTER, "todoku_outcomes_total", 1000, 1, \
      "Final results of recipients by provider (sent, bounced, expired, discarded, lost).") \
    X(REPLIES, COUNTER, "todoku_replies_total", 2000, 1, \
      "Refused or failed attempts by provider and class of reply.") \
    X(LATENCY, HISTOGRAM, "todoku_delivery_latency_seconds", 200, 1000, \
      "Time from acceptance to delivery, by provider.") \
    X(MESSAGES_OPEN, GAUGE, "todoku_messages_open", 0, 1, \
      "Messages taken in that have not ended.") \
    X(WAITING, GAUGE, "todoku_recipients_waiting", 0, 1, \
      "Recipients whose mail was deferred and still waits.") \
    X(OLDEST, GAUGE, "todoku_queue_oldest_seconds", 0, 1000000, \
      "Age of the oldest mail that waits.") \
    X(BUDGET, GAUGE, "todoku_error_budget_used_ratio", 400, 1000000, \
      "Share of the error budget used, by objective and source or group (empty: all).") \
    X(INCIDENTS_OPEN, GAUGE, "todoku_incidents_open", 80, 1, \
      "Open incidents by kind and severity.") \
    X(INCIDENTS_SILENCED, GAUGE, "todoku_incidents_silenced", 80, 1, \
      "Open incidents that a silence hides, by kind and severity.") \
    X(SILENCES, GAUGE, "todoku_silences_active", 0, 1, "Silences in effect.") \
    X(NOTICES, COUNTER, "todoku_notices_total", 16, 1, "Notices told, by transition.") \
    X(NOTIFIER_PENDING, GAUGE, "todoku_notifier_pending", 32, 1, \
      "Notices that wait to be sent, by notifier.") \
    X(NOTIFIER_SENT, COUNTER, "todoku_notifier_sent_total", 32, 1, "Notices sent, by notifier.") \
    X(NOTIFIER_FAILURES, COUNTER, "todoku_notifier_failures_total", 32, 1, \
      "Tries that failed and notices given up, by notifier.") \
    X(NOTIFIER_STATE, GAUGE, "todoku_notifier_state", 32, 1, \
      "0: works, 1: the last try failed, 2: dead.") \
    X(SLACK, COUNTER, "todoku_slack_requests_total", 8, 1, \
      "What came to /slack/interactivity, by result (taken, or why it was refused).") \
    X(HISTORY_ROWS, COUNTER, "todoku_history_rows_total", 0, 1, "Rows written to the history.") \
    X(HISTORY_QUEUE, GAUGE, "todoku_history_queue_rows", 0, 1, \
      "Rows in memory that are not written yet.") \
    X(HISTORY_SPOOL, GAUGE, "todoku_history_spool_bytes", 0, 1, \
      "Bytes that wait beside the history because it cannot be written.") \
    X(HISTORY_FILE, GAUGE, "todoku_history_file_bytes", 0, 1, "Size of the history.") \
    X(HISTORY_TROUBLE, GAUGE, "todoku_history_trouble", 0, 1, \
      "1 while the history cannot be written.") \
    X(ROUTE_OVERRIDES, GAUGE, "todoku_route_overrides", 16, 1, \
      "Routes that are changed or proposed to be, by kind and state.") \
    X(ROUTE_PATHS, GAUGE, "todoku_route_paths", 8, 1, "Paths in trouble, by stage.") \
    X(ROUTE_DECISIONS, COUNTER, "todoku_route_decisions_total", 32, 1, \
      "Entries of the audit trail of routes, by action.") \
    X(ROUTE_FAILURES, COUNTER, "todoku_route_failures_total", 8, 1, \
      "What could not be done about a route, by what (tables, queue, reload, filter, state, " \
      "exact).") \
    X(ROUTE_ROWS, GAUGE, "todoku_route_table_rows", 0, 1, "Rows in the tables of Postfix.") \
    X(ROUTE_BEHIND, GAUGE, "todoku_route_tables_behind", 0, 1, \
      "1 while the tables are not yet as they are to be.") \
    X(ROUTE_RELEASED, COUNTER, "todoku_route_released_total", 0, 1, \
      "Messages that were tried anew for a changed route.") \
    X(ROUTE_RELOADS, COUNTER, "todoku_route_reloads_total", 0, 1, \
      "Reloads of Postfix for mail in its active queue, or a changed filter.") \
    X(ROUTE_QUESTIONS, COUNTER, "todoku_route_questions_total", 4, 1, \
      "Questions of Postfix in exact mode, by answer (route, none, unfed: none, since the daemon " \
      "stood still).") \
    X(ROUTE_UNANSWERED, GAUGE, "todoku_route_questions_trouble", 0, 1, \
      "1 while Postfix cannot ask although exact mode is on.") \
    X(SOURCE_FAULT, GAUGE, "todoku_source_fault", 64, 1, \
      "1 while name servers say of a source what makes mail refused (PTR, HELO, blocklists).") \
    X(POLICY_REQUESTS, COUNTER, "todoku_policy_requests_total", 8, 1, \
      "Policy requests of Postfix, by stage.") \
    X(POLICY_ANSWERS, COUNTER, "todoku_policy_answers_total", 16, 1, \
      "Answers to them, by result (pass, exempt, again, warn, slow, hold, defer, reject, " \
      "discard).") \
    X(POLICY_BAD, COUNTER, "todoku_policy_bad_requests_total", 0, 1, \
      "Requests that were none; their connections were closed.") \
    X(POLICY_CONNECTIONS, GAUGE, "todoku_policy_connections", 0, 1, \
      "Connections of Postfix to the policy listener.") \
    X(POLICY_KEYS, GAUGE, "todoku_policy_keys", 0, 1, \
      "Logins and other keys of limits that are counted now.") \
    X(POLICY_TROUBLE, GAUGE, "todoku_policy_trouble", 0, 1, \
      "1 while the policy listener does not answer everywhere.") \
    X(POLICY_DOUBTS, GAUGE, "todoku_policy_doubts", 8, 1, \
      "1 while what Postfix asks, or what is configured, can limit nobody, by the event that " \
      "said " \
      "so.") \
    X(LOGINS, COUNTER, "todoku_logins_total", 300, 1, \
      "Logins that nginx asked about, by protocol, method and result.") \
    X(LOGINS_CACHED, COUNTER, "todoku_logins_cached_total", 0, 1, \
      "Those that passed by a password that was right lately.") \
    X(AUTH_BAD, COUNTER, "todoku_auth_bad_requests_total", 0, 1, \
      "HTTP requests to the auth listener that were none.") \
    X(AUTH_CONNECTIONS, GAUGE, "todoku_auth_connections", 0, 1, \
      "Connections to the auth listener.") \
    X(AUTH_WAITING, GAUGE, "todoku_auth_waiting", 0, 1, \
      "Logins whose account or password is being looked at.") \
    X(AUTH_TROUBLE, GAUGE, "todoku_auth_trouble", 0, 1, \
      "1 while the auth listener does not answer everywhere.") \
    X(GUESSES, COUNTER, "todoku_guesses_shared_total", 2, 1, \
      "Failed logins that went to other relays, and networks and accounts of which they knew " \
      "more, by way (sent, taken).") \
    X(GUESSES_TROUBLE, GAUGE, "todoku_guesses_shared_trouble", 0, 1, \
      "1 while relays cannot tell each other of guesses.") \
    X(QUOTA_ANSWERS, COUNTER, "todoku_quota_answers_total", 80, 1, \
      "Answers about room in mailboxes, by stage and result.") \
    X(QUOTA_WITHOUT_SIZE, COUNTER, "todoku_quota_without_size_total", 0, 1, \
      "Recipients of mail whose client did not say its size.") \
    X(QUOTA_CACHED, COUNTER, "todoku_quota_cached_total", 0, 1, \
      "Answers that no mailbox server was asked for.") \
    X(QUOTA_BAD, COUNTER, "todoku_quota_bad_requests_total", 0, 1, \
      "Requests to the quota listener that were none; their connections were closed.") \
    X(QUOTA_CONNECTIONS, GAUGE, "todoku_quota_connections", 0, 1, \
      "Connections of Postfix to the quota listener.") \
    X(QUOTA_MAILBOXES, GAUGE, "todoku_quota_mailboxes_over", 2, 1, \
      "Mailboxes that mail was over for in the last hour (of the last hundred), by state (full, " \
      "near_full).") \
    X(QUOTA_TROUBLE, GAUGE, "todoku_quota_trouble", 0, 1, \
      "1 while the quota listener does not answer everywhere, or has no tables.") \
    X(QUOTA_SERVER_ANSWERS, COUNTER, "todoku_quota_server_answers_total", 7000, 1, \
      "Questions to mailbox servers, by server and answer (fits, over, too_large, no_user, " \
      "trouble; late: none in time; down: not asked, or it went away).") \
    X(QUOTA_SERVER_UP, GAUGE, "todoku_quota_server_up", 1000, 1, \
      "0 while a mailbox server's quota service does not answer, by server.") \
    X(QUOTA_SERVER_DELAY, GAUGE, "todoku_quota_server_delay_seconds", 1000, 1000000, \
      "Delay of its last answers, smoothed, by server.") \
    X(QUOTA_SERVER_CONNECTIONS, GAUGE, "todoku_quota_server_connections", 1000, 1, \
      "Connections to its quota service, by server.") \
    X(KICKS, COUNTER, "todoku_session_kicks_total", 2, 1, \
      "Runs of the command that ends open sessions, by result (done, failed).") \
    X(MAILBOX_SERVER_UP, GAUGE, "todoku_mailbox_server_up", 4096, 1, \
      "0 while a mailbox server does not greet, by server and protocol.") \
    X(COUNTS_TROUBLE, GAUGE, "todoku_limit_counts_trouble", 0, 1, \
      "1 while what limits count cannot be written: a restart would begin them anew.") \
    X(COUNTS_BEHIND, GAUGE, "todoku_limit_counts_behind_seconds", 0, 1000000, \
      "Age of the oldest count of limits that is not on the disk.") \
    X(COUNTS_BYTES, GAUGE, "todoku_limit_counts_bytes", 0, 1, \
      "Size of the journal of the limits' counts.") \
    X(SHARED_ASKED, COUNTER, "todoku_policy_shared_questions_total", 0, 1, \
      "Questions to the Redis that relays share limits in.") \
    X(SHARED_ALONE, COUNTER, "todoku_policy_shared_alone_total", 0, 1, \
      "Requests that were decided by this relay's part, as Redis could not be asked.") \
    X(SHARED_OWED, GAUGE, "todoku_policy_shared_owed", 0, 1, \
      "Messages that are to be counted in Redis when it is there again.") \
    X(SHARED_RELAYS, GAUGE, "todoku_policy_shared_relays", 0, 1, \
      "Relays that share limits and are alive, as far as is known.") \
    X(SHARED_TROUBLE, GAUGE, "todoku_policy_shared_trouble", 0, 1, \
      "1 while limits are shared in a Redis that cannot be asked.") \
    X(LIMIT_REACHED, COUNTER, "todoku_limit_reached_total", 64, 1, \
      "Messages that were over a limit, by limit.") \
    X(LIMIT_SHADOWED, COUNTER, "todoku_limit_shadowed_total", 64, 1, \
      "Messages that were over a limit in shadow, by limit.") \
    X(FLAG_ACTED, COUNTER, "todoku_account_flag_acted_total", 8, 1, \
      "Questions that a flag of the account answered, by flag.") \
    X(FLAGS, GAUGE, "todoku_account_flags", 8, 1, "Accounts with a flag, by flag.") \
    X(ACCOUNT_VERDICTS, COUNTER, "todoku_account_verdicts_total", 8, 1, \
      "Verdicts on accounts that were told, by step (none: one has ended).") \
    X(FLAGS_UNSAVED, GAUGE, "todoku_account_state_trouble", 0, 1, \
      "1 while flags of accounts cannot be written: a restart would forget the newest.") \
    X(RULINGS, COUNTER, "todoku_account_rulings_total", 2, 1, \
      "Flags and numbers of accounts that went to other relays, or came from them, by way (sent, " \
      "taken).") \
    X(RULINGS_UNHEARD, GAUGE, "todoku_account_rulings_unheard", 0, 1, \
      "Flags and numbers that were set or cleared here and that other relays may not know of.") \
    X(RULINGS_TROUBLE, GAUGE, "todoku_account_rulings_trouble", 0, 1, \
      "1 while relays cannot tell each other of flags and numbers of accounts.") \
    X(COUNTRIES_TROUBLE, GAUGE, "todoku_countries_trouble", 0, 1, \
      "1 while the database of countries cannot be read: what was read before holds.") \
    X(LIMIT_GIVEN_BACK, COUNTER, "todoku_limit_given_back_total", 0, 1, \
      "Messages that Postfix refused after they were counted, and that count no more.") \
    X(ACCOUNTS, GAUGE, "todoku_accounts", 2, 1, \
      "Names of accounts that the driver knows, by kind (account, alias).") \
    X(ACCOUNTS_TROUBLE, GAUGE, "todoku_accounts_trouble", 0, 1, \
      "1 while accounts cannot be read: what was read before holds.") \
    X(DNS_ANSWERS, COUNTER, "todoku_dns_answers_total", 8, 1, \
      "Questions to name servers that ended, by result (found, no_data, no_name, failed, " \
      "unanswered).") \
    X(DNS_SILENT, GAUGE, "todoku_dns_silent", 0, 1, "1 while no name server answers.") \
    X(RELOAD_GOOD, GAUGE, "todoku_config_last_reload_successful", 0, 1, \
      "1: the configuration in effect is that of the file; 0: a newer one was refused.") \
    X(RELOAD_TIME, GAUGE, "todoku_config_last_reload_success_timestamp_seconds", 0, 1000000, \
      "When the configuration in effect was taken.") \
    X(MEMORY, GAUGE, "todoku_process_resident_memory_bytes", 0, 1, "Resident memory.") \
    X(CPU, COUNTER, "todoku_process_cpu_seconds_total", 0, 1000000, \
      "CPU time of the process, user and system.") \
    X(FDS, GAUGE, "todoku_process_open_fds", 0, 1, "Open descriptors.") \
    X(BUILD_INFO, GAUGE, "todoku_build_info", 1, 1, "1, with the version as label.")

enum daemon_metric {
#define X(name, ...) DAEMON_METRIC_##name,
    DAEMON_METRICS(X)
#undef X
};

struct daemon_metrics;

/* All of them, without a series yet but that of the version. Any thread may use it; the tally that
 * it observes is of one. */
struct daemon_metrics *daemon_metrics_new(void);
void daemon_metrics_free(struct daemon_metrics *metrics); /* NULL is fine */

/* For the web server: todoku_http_*, as long as these metrics. */
struct http_numbers *daemon_metrics_http(struct daemon_metrics *metrics);

/* Counts the attempts and outcomes of the tally from now on, without those that were told by an
 * earlier run; in its thread. `again` points to a flag that is true at lines that are read again.
 */
void daemon_metrics_observe(struct daemon_metrics *metrics, struct tally *tally, const bool *again);

/* Adds to a counter or gauge, or sets a gauge. labels: as many as the metric has; NULL for none. */
void daemon_metrics_add(struct daemon_metrics *metrics, enum daemon_metric metric,
                        const struct slice *labels, int64_t value);
void daemon_metrics_set(struct daemon_metrics *metrics, enum daemon_metric metric,
                        const struct slice *labels, int64_t value);

/* Adds what a count has grown by to a counter with one label, or none (NULL); a series begins when
 * there is something to count. */
void daemon_metrics_grow(struct daemon_metrics *metrics, enum daemon_metric metric,
                         const char *label, uint64_t growth);

/* Brings a counter that is kept elsewhere to its value there, which never falls. */
void daemon_metrics_raise(struct daemon_metrics *metrics, enum daemon_metric metric,
                          const struct slice *labels, int64_t value);

/* The text for Prometheus, with what the system says of the process; any thread. Appends. */
void daemon_metrics_write(struct daemon_metrics *metrics, struct buf *to);

#endif
