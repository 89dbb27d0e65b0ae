/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether there is room for a message: one question of Postfix in, one answer out, at once or when
 * what it hangs on has come.
 *
 *      RCPT             the recipient ─▶ his mailboxes ─▶ known, or their server is asked. Over at
 *                       that size, all of them: refused; else remembered.
 *      END-OF-MESSAGE   the size is known now: each that was remembered is asked about again. All
 *                       are over: refused. Some: nobody can be refused alone any more, so it is
 *                       taken and said to be MIXED. A message of one recipient names him, and
 *                       needs nothing that was remembered.
 *      all else         DUNNO
 *
 * Splitting avoids MIXED: where a mailbox has room, but not for a message of near_full bytes, its
 * recipient gets a message of his own, and others are told to come again (452).
 *
 * Whatever fails is an answer too, DUNNO or 451 by choice, and never a refusal for good; so is what
 * takes longer than `patience_us`. Of a message with many recipients QUOTA_DESK_WINDOW are asked
 * about at a time, and no more once it cannot be refused.
 *
 * Pure: whoever has the tables and the servers stands behind quota_desk_doors. One thread.
 */
#ifndef TD_GATE_QUOTA_DESK_H
#define TD_GATE_QUOTA_DESK_H

#include "gate/mailbox_search.h"
#include "gate/quota_facts.h"
#include "gate/quota_memory.h"
#include "gate/quota_words.h"
#include "mail/policy_request.h"
#include "mail/quota_question.h"

enum {
    QUOTA_DESK_WINDOW = 32,
    QUOTA_DESK_TEXT_MAX = 512 /* bytes of what is told of a question */
};

/* What became of a question; those from OVER to APART refuse. */
#define QUOTA_RESULTS(X) \
    X(STAGE, "other_stage") /* nothing is decided at this stage */ \
    X(FITS, "fits") \
    X(ELSEWHERE, "elsewhere")       /* forwards, lists, domains that are not ours */ \
    X(UNKNOWN, "unknown")           /* nobody knows him; left to Postfix */ \
    X(UNREMEMBERED, "unremembered") /* the end of a message whose recipients are not known */ \
    X(MIXED, "mixed")               /* taken, though some of its mailboxes are over */ \
    X(TOLERATED, "tolerated")       /* over, and by rule taken all the same */ \
    X(FAILED, "failed")             /* a server or table did not answer; DUNNO */ \
    X(OVER, "over") \
    X(TOO_LARGE, "too_large") \
    X(NO_USER, "no_user") \
    X(APART, "apart")     /* to come again alone */ \
    X(PUT_OFF, "put_off") /* as FAILED, with 451 */

enum quota_result {
#define X(name, word) QUOTA_RESULT_##name,
    QUOTA_RESULTS(X)
#undef X
};
#define X(name, word) +1
enum { QUOTA_RESULT_COUNT = QUOTA_RESULTS(X) };
#undef X

const char *quota_result_word(enum quota_result result);

struct quota_desk_terms {
    const struct quota_rule *rules; /* copied; the first whose domain it is. None: reject */
    size_t rule_count;
    enum language language;
    bool defers_failures, splits;
    uint64_t near_full; /* bytes */
    int64_t patience_us;
    struct quota_facts_options facts; /* the key counts when the desk is made */
    struct mailbox_finder *finder;    /* the desk takes a reference; names[i] is server number i */
};

struct quota_case;  /* a question */
struct quota_probe; /* what a server is asked for it */

/* A recipient on his way to his mailboxes. */
struct quota_lookup {
    struct mailbox_search *search;
    struct quota_case *of; /* NULL: nobody waits any more */
};

struct quota_desk_doors {
    /* Has the search answered to its end. False: later, by quota_desk_found, always. */
    bool (*find)(void *context, struct quota_lookup *lookup);
    /* Asks the server of that name. False: it cannot be asked; else quota_desk_heard, always, and
     * never from within. */
    bool (*ask)(void *context, struct slice server, const struct quota_question *question,
                struct quota_probe *probe);
    void *context;
};

/* What was decided; slices live as long as the case. */
struct quota_ruling {
    enum quota_result result;
    enum policy_stage stage;
    struct slice action;                                        /* for policy_answer */
    struct slice recipient, sender, client, queue_id, instance; /* cut */
    struct slice mailbox, server, words; /* the first that was over, or failed; empty: none */
    uint64_t size;                       /* as Postfix says it */
    size_t mailboxes, over;
    bool full;      /* that mailbox at any size */
    bool near_full; /* one of them, in split mode */
    bool asked;     /* a server was */
};

struct quota_desk;

struct quota_desk *quota_desk_new(const struct quota_desk_terms *terms,
                                  const struct quota_desk_doors *doors);

/* All cases are freed, all lookups found and all probes heard. NULL is fine. */
void quota_desk_free(struct quota_desk *desk);

void quota_desk_configure(struct quota_desk *desk, const struct quota_desk_terms *terms);

/* relay: who asks, see quota_memory.h. All is copied. The caller frees the case, whenever he likes:
 * before it is decided nobody wants to know any more. */
struct quota_case *quota_desk_begin(struct quota_desk *desk, struct slice relay,
                                    const struct policy_request *request, int64_t now_us);
void quota_case_free(struct quota_case *of);

/* NULL: not yet. */
const struct quota_ruling *quota_case_ruling(const struct quota_case *of);

/* A case that was decided since quota_desk_begin; each once. NULL: none. `mark` is the caller's. */
struct quota_case *quota_desk_ready(struct quota_desk *desk);
void quota_case_mark(struct quota_case *of, void *mark);
void *quota_case_marked(const struct quota_case *of);

void quota_desk_found(struct quota_desk *desk, struct quota_lookup *lookup, int64_t now_us);

/* answer NULL: there was none. */
void quota_desk_heard(struct quota_desk *desk, struct quota_probe *probe,
                      const struct quota_answer *answer, int64_t now_us);

/* A few times a second: what took too long, and what is forgotten. */
void quota_desk_tick(struct quota_desk *desk, int64_t now_us);

struct quota_desk_counts {
    struct quota_facts_counts facts;
    struct quota_memory_counts memory;
    size_t cases;        /* not decided */
    uint64_t impatience; /* that took too long */
};
struct quota_desk_counts quota_desk_counts(const struct quota_desk *desk);

const struct quota_facts *quota_desk_facts(const struct quota_desk *desk);

#endif
