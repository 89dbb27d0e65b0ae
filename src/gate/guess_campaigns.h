/* SPDX-License-Identifier: Apache-2.0
 *
 * The accounts that are guessed at, by name, and what is distributed guessing: many networks on one
 * account (opened at as many as the terms say in half an hour to an hour, over below half of them),
 * or many networks on many accounts in ten minutes (opened at four times what is usual here and no
 * fewer than the terms say, over after three spans below half of that). What is usual is learned
 * from spans in which nothing is open; a service that has just been started counts old passwords
 * anew, and so needs GUESS_EARLY_TIMES as many for half an hour.
 *
 * GUESS_CAMPAIGNS_MAX accounts, about 400 bytes each and the login. One thread; pure.
 */
#ifndef TD_GATE_GUESS_CAMPAIGNS_H
#define TD_GATE_GUESS_CAMPAIGNS_H

#include "gate/guess_guard.h"
#include "gate/guess_table.h"

enum { GUESS_EARLY_TIMES = 8 };

struct guess_campaigns;

struct guess_campaigns *guess_campaigns_new(int64_t now_us);
void guess_campaigns_free(struct guess_campaigns *campaigns); /* NULL is fine */

/* A failure that counted, elsewhere than where the account is trusted. */
struct guess_failure {
    struct slice login;
    uint64_t account, network; /* names */
    uint32_t networks;         /* that failed on the account lately */
    bool strange;              /* the account is beyond its count */
};

void guess_campaigns_note(struct guess_campaigns *campaigns, const struct guess_terms *terms,
                          const struct guess_failure *failure, int64_t now_us);

/* See guess_guard_campaign, guess_guard_campaigns. */
bool guess_campaigns_news(struct guess_campaigns *campaigns, const struct guess_terms *terms,
                          int64_t now_us, struct guess_campaign *news);
void guess_campaigns_each(const struct guess_campaigns *campaigns, guess_campaign_see see,
                          void *context);
uint32_t guess_campaigns_open(const struct guess_campaigns *campaigns);

/* An account that is kept here: names and logins. False: there are no more. */
bool guess_campaigns_account(const struct guess_campaigns *campaigns, size_t number,
                             uint64_t *account, struct slice *login);

/* Networks in ten minutes; -1: not known. */
double guess_campaigns_usual(const struct guess_campaigns *campaigns);
void guess_campaigns_set_usual(struct guess_campaigns *campaigns, double usual);

#endif
