/* SPDX-License-Identifier: Apache-2.0
 *
 * Does what the verdict on accounts asks for, as the mode says:
 *
 *      observe    says so in the own log; the incident tells people
 *      propose    and says the command that takes the step
 *      auto       takes the step: a flag of the account (daemon_accounts.h), on the next request
 *
 * A flag up to DEFER holds for the cool-down and is renewed while evidence comes; SUSPENDED holds
 * until a person clears it. One of the kind that a person has set, and that stands as long, is left
 * to the person. When a person clears a flag of the verdict before its end, or closes the incident,
 * it was the owner: all flags that the verdict has set are cleared, and the account is not judged
 * for a while (policy.hijack.forgive). Whose a flag is says the flag, over restarts, too.
 *
 * A name of HIJACK_LOGIN_MAX bytes may have been cut and be another's: nothing is done to it. Of
 * the main thread.
 */
#ifndef TD_APP_DAEMON_HIJACK_H
#define TD_APP_DAEMON_HIJACK_H

#include "app/daemon_accounts.h"
#include "app/hijack_channel.h"

struct daemon_hijack;

/* Borrowed; they outlive it. */
struct daemon_hijack_options {
    const struct settings *settings;
    struct own_log *log;
    struct daemon_metrics *metrics;
    struct daemon_accounts *accounts;
    struct hijack_channel *channel;
};

struct daemon_hijack *daemon_hijack_new(const struct daemon_hijack_options *options);
void daemon_hijack_free(struct daemon_hijack *hijack); /* NULL is fine */

/* These settings hold from now on. */
void daemon_hijack_want(struct daemon_hijack *hijack, const struct settings *settings);

/* When the channel is readable, and at least once a second. */
void daemon_hijack_turn(struct daemon_hijack *hijack, int64_t now_us);

/* DAEMON_REQUEST_FLAG_ACCOUNT: as daemon_accounts_answer, and pardons who is cleared of a flag of
 * the verdict. */
void daemon_hijack_answer(struct daemon_hijack *hijack, struct daemon_request *request,
                          int64_t now_us);

/* A person, `by`, said that it was the owner. */
void daemon_hijack_pardon(struct daemon_hijack *hijack, struct slice login, struct slice by,
                          int64_t now_us);

#endif
