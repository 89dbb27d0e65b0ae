/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells which accounts are hijacked: a verdict per account with its evidence, as an incident of
 * kind ACCOUNT_HIJACKED and as a step to be done. Fed with what the log says (messages, attempts,
 * logins), and, when Postfix asks us, with what the policy requests say seconds earlier; see
 * hijack_account.h for what is kept and hijack_score.h for how it is judged. Pure: counts and
 * times.
 *
 * A step is raised as the evidence grows and not lowered while the verdict stands; DEFER and
 * SUSPEND come after HOLD, some seconds later, and only if there is new evidence still. It ends
 * when nothing new speaks for it for the cool-down; what is to be undone by a person (SUSPEND) is
 * not undone by that. Somebody who says that it was the owner (hijack_forgive) ends it at once:
 * what the account did becomes its past, and no step is asked for until the time that they gave.
 *
 * Bounded: HIJACK_ACCOUNTS accounts of 2 KB at most (some 500 bytes of those that are quiet); the
 * one that was quiet for the longest time makes room. HIJACK_OPEN verdicts at once. One thread.
 */
#ifndef TD_WATCH_HIJACK_H
#define TD_WATCH_HIJACK_H

#include "watch/hijack_account.h"
#include "watch/incident_tell.h"

#define HIJACK_ACCOUNTS 131072
#define HIJACK_OPEN 1024

/* The step rose, or still stands with new evidence (once a minute at most), or is over: then it is
 * HIJACK_NONE. Texts live until it returns; it must not call the detector. */
typedef void (*hijack_tell_verdict)(void *data, const struct hijack_verdict *verdict);

struct hijack;

/* The rule and its lists are copied. */
struct hijack *hijack_new(const struct hijack_rule *rule);
void hijack_free(struct hijack *hijack);

/* Another rule from now on; what is known stays. */
void hijack_configure(struct hijack *hijack, const struct hijack_rule *rule);

/* Who is told from now on of verdicts. */
void hijack_hear(struct hijack *hijack, hijack_tell_verdict tell, void *data);

/* Whose a login is, in its one form; the answer lives until the next question. */
typedef struct slice (*hijack_whose)(void *data, struct slice login);

/* Who knows other names of accounts: what an account does by any of them counts for it from now on.
 * Unless this is called each login is an account. */
void hijack_name(struct hijack *hijack, hijack_whose whose, void *data);

/* In which country an address is; COUNTRY_NONE: nobody knows. */
typedef uint16_t (*hijack_where)(void *data, const struct ip_address *ip);

/* Who knows countries of clients from now on. Unless this is called none is known. */
void hijack_locate(struct hijack *hijack, hijack_where where, void *data);

/* ---- what accounts do. Logins in any form; an empty one is ignored ---- */

/* A message of this account is under way from this address (as the log has it). message: hash of
 * its queue id, 0: none. */
void hijack_take_client(struct hijack *hijack, struct slice login, struct slice client,
                        uint32_t message, int64_t now_us);

/* It was accepted. */
void hijack_take_mail(struct hijack *hijack, struct slice login, const struct hijack_mail *mail,
                      int64_t now_us);

/* One of its recipients: when it was asked for, or attempted; saying it twice changes nothing. */
void hijack_take_recipient(struct hijack *hijack, struct slice login, struct slice recipient,
                           int64_t now_us);

/* A recipient that was refused since a flag of the account says so. Counts as mail when it is the
 * first time: who tries again is no thief for that. */
struct hijack_vain {
    struct slice client, sender, recipient;
};
void hijack_take_vain(struct hijack *hijack, struct slice login, const struct hijack_vain *vain,
                      int64_t now_us);

/* What became of an attempt. */
void hijack_take_result(struct hijack *hijack, struct slice login, enum hijack_result result,
                        int64_t now_us);

/* Logging in failed. Of accounts that have sent: names that are only guessed are no accounts. */
void hijack_take_refused(struct hijack *hijack, struct slice login, struct slice client,
                         uint32_t times, int64_t now_us);

/* ---- verdicts ---- */

/* Every 100 ms or so: judges those that did something since, tells incidents and verdicts. */
void hijack_tell(struct hijack *hijack, int64_t now_us, incident_tell tell, void *data);

/* It is the owner, until then at least: see above. Of an account that is not known yet, too. */
void hijack_forgive(struct hijack *hijack, struct slice login, int64_t until_us, int64_t now_us);

/* ---- for hijack_past.h, which keeps over a restart what is learned here ---- */

uint32_t hijack_count(const struct hijack *hijack); /* accounts are 1 to that */
/* forgiven_us: until then it is not judged; 0: it is. */
const struct hijack_account *hijack_get(const struct hijack *hijack, uint32_t number,
                                        int64_t *forgiven_us);
const struct hijack_fleet *hijack_fleet(const struct hijack *hijack);
/* Of what the log said of mail and of its attempts; 0: nothing. */
int64_t hijack_newest(const struct hijack *hijack);

/* Into one that has taken nothing yet: an account, of which what it owns is taken, each once. */
void hijack_restore(struct hijack *hijack, const struct hijack_account *account,
                    int64_t forgiven_us);
/* What they have in common. The log comes again from before newest_us: until hijack_caught_up what
 * is not later counts no more. */
void hijack_restore_fleet(struct hijack *hijack, const struct hijack_fleet *fleet,
                          int64_t newest_us);
void hijack_caught_up(struct hijack *hijack);

/* What is thought of it now. False: nothing is known of it. */
bool hijack_look(struct hijack *hijack, struct slice login, int64_t now_us,
                 struct hijack_facts *facts, struct hijack_verdict *verdict);

#endif
