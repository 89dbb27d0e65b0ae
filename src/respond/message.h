/* SPDX-License-Identifier: Apache-2.0
 *
 * A notice in words of one language, for no receiver in particular: title, facts, a sample, what to
 * do. Plain text: names and replies from logs are in it as they came (valid UTF-8, controls made
 * visible); whoever formats escapes them for the place where they go.
 */
#ifndef TD_RESPOND_MESSAGE_H
#define TD_RESPOND_MESSAGE_H

#include "mail/provider.h"
#include "model/language.h"
#include "respond/local_time.h"
#include "respond/notice.h"

struct message_settings {
    enum language language;
    struct local_time zone;
    struct slice runbooks; /* "https://todoku.example.jp/runbooks": no slash at the end; or empty */
    const struct provider_table *providers; /* for delisting pages and titles; may be NULL */
};

#define MESSAGE_FACTS_MAX 13
#define MESSAGE_LIST_MAX 20 /* lines of a page's or digest's list */

struct message_fact {
    struct slice label; /* "Since" */
    struct slice text;
};

struct notice_message {
    struct arena *arena;
    enum language language;
    struct slice title;   /* "[critical] Blocked: relay1/out-a → docomo" */
    struct slice status;  /* "opened", "came back": the transition in words */
    struct slice summary; /* one sentence with the counts; empty where nothing is counted */
    size_t fact_count;
    struct message_fact facts[MESSAGE_FACTS_MAX]; /* what, where, since when, how much */
    size_t list_count;                            /* 0 for a page of one incident */
    struct slice list[MESSAGE_LIST_MAX];
    struct slice list_title, list_more; /* more: "and 12 more", or empty */
    size_t suspect_count;               /* of surges, while they are open */
    struct slice suspects_title, suspects[INCIDENT_SUSPECTS_MAX]; /* "LOGIN: why", top first */
    struct slice sample_title, sample; /* reply, else log line; empty when there is none */
    struct slice advice_title, advice;
    struct slice runbook_title, runbook; /* URL; empty: not known */
    struct slice link_title, link;       /* delisting or postmaster page; empty: none */
    struct slice hint_title, hint; /* "todoku incident ack 3k9d0q2m"; empty: nothing left to take */
    struct slice route;            /* of NOTICE_ROUTE: "default → out-b: ..." in one line */
    struct slice approve_title, approve; /* "todoku route approve o12"; empty: nothing to approve */
    struct slice deny_title, deny;
};

/* A new message; free it with message_free. The notice may go before it. */
struct notice_message *message_new(const struct notice *notice,
                                   const struct message_settings *settings);
void message_free(struct notice_message *message);

/* Appends it as plain text, lines ended by \n: for mail, for a terminal after escaping. */
void message_text(const struct notice_message *message, struct buf *to);

#endif
