/* SPDX-License-Identifier: Apache-2.0
 *
 * Where one recipient's mail ends up, as Postfix would send it:
 *
 *      canonical(5) ─▶ virtual(5), again and again ─▶ local domain? aliases(5), again and again
 *                                                  └▶ ours? ─▶ tables of mailboxes ─▶ its server
 *
 * An address that leads to itself is meant itself and goes on to the next station; one that was
 * come by is followed once. An extension is taken off, or goes along, as mailbox_finder.h says. Of
 * what virtual(5) says `@other.example` as the first result is the same user there.
 *
 * Pure, and comes back for each row it needs: whoever has the tables (gate/mailbox_tables.h) asks
 * them where and when he likes. One thread at a time.
 *
 *      while ((need = mailbox_search_need(search)) != NULL)
 *          mailbox_search_answer(search, the value, or NULL);
 *
 * Ends always: results, addresses and depth are bounded, and so is what it takes of memory, some
 * 700 bytes an address, of which there are at most 5 * 4 * results_max.
 */
#ifndef TD_GATE_MAILBOX_SEARCH_H
#define TD_GATE_MAILBOX_SEARCH_H

#include "gate/mailbox_finder.h"

struct mailbox_need {
    enum finder_role role;
    size_t table;     /* below terms->tables[role] */
    struct slice key; /* lives until the answer */
    bool is_pattern;  /* the first pattern of the table that the key is of */
};

struct mailbox {
    struct slice address; /* recipient_add_mailbox: by which it is told apart */
    size_t server;
};

enum mailbox_end {
    MAILBOX_END_MAILBOXES, /* there are some */
    MAILBOX_END_ELSEWHERE, /* forwards, commands, files, servers that we do not know: no quota */
    MAILBOX_END_NO_DOMAIN, /* he is not ours */
    MAILBOX_END_NO_USER,   /* his domain is, he is not there */
    MAILBOX_END_TOO_MANY,  /* beyond results_max */
    MAILBOX_END_LOOP,      /* or deeper than depth_max, or nobody is left */
    MAILBOX_END_NO_ADDRESS,
    MAILBOX_END_TROUBLE, /* a table could not be asked */
};

/* Lives as long as the search. */
struct mailbox_result {
    enum mailbox_end end;
    const struct mailbox *mailboxes; /* each once, in the order of the tables */
    size_t count;
    size_t elsewhere;   /* others that there is no quota to ask for */
    size_t unknown;     /* others that are ours, and are not there */
    struct slice where; /* the address or value at which it ended, or that is not known; may be
                           empty. Any bytes: to be escaped */
};

struct mailbox_search;

/* Takes a reference of the finder. recipient: as Postfix says it. */
struct mailbox_search *mailbox_search_new(struct mailbox_finder *finder, struct slice recipient)
    __attribute__((returns_nonnull));
void mailbox_search_free(struct mailbox_search *search); /* NULL is fine */

/* NULL: it has ended. */
const struct mailbox_need *mailbox_search_need(const struct mailbox_search *search);

/* To what it needs: a value, or NULL, there is none. */
void mailbox_search_answer(struct mailbox_search *search, const struct slice *value);

/* It cannot be answered: the search ends with TROUBLE. */
void mailbox_search_fail(struct mailbox_search *search);

/* Once it has ended. */
const struct mailbox_result *mailbox_search_result(const struct mailbox_search *search);

#endif
