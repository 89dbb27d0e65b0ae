/* SPDX-License-Identifier: Apache-2.0
 *
 * How many recipients of a message are new to its sender: addresses, in small letters, that it has
 * not written to for the longest time that a limit on new recipients is about. The sender is the
 * login, or without one the client, whatever the key of the limit is: so a message has one number
 * of new recipients.
 *
 *      RCPT       is this one new? If the message goes on it is noted   (recipient_lists.h)
 *      DATA, end  of those that were noted, so many are new
 *      passed     as many as were counted are known from now on         (recipient_book.h)
 *
 * A message that is refused teaches nothing, so its next try is counted as the first was. Of a
 * message that Postfix asks about at its end only, a recipient is known when it is the only one.
 * Nothing is kept while no limit is about new recipients. One thread; pure.
 */
#ifndef TD_GATE_NEW_RECIPIENTS_H
#define TD_GATE_NEW_RECIPIENTS_H

#include "base/keyed_hash.h"
#include "gate/limit_gate.h"
#include "mail/policy_request.h"

enum { NEW_RECIPIENTS_KNOWN = 2000000 }; /* pairs of sender and recipient, if nobody says */

struct new_recipients;

/* messages: under way at once. */
struct new_recipients *new_recipients_new(uint32_t messages);
void new_recipients_free(struct new_recipients *recipients); /* NULL is fine */

/* The limits there are, and room for so many pairs (0: NEW_RECIPIENTS_KNOWN). What is known stays,
 * unless the room is another one or no limit is about it. */
void new_recipients_configure(struct new_recipients *recipients, const struct limit_rules *rules,
                              uint32_t pairs);

/* The key of the hashes; while nothing is known. */
void new_recipients_hash_by(struct new_recipients *recipients, const struct hash_key *key);

/* Whose message, and which. */
struct new_recipients_message {
    struct slice relay;
    const struct policy_request *request;
    const struct limit_subject *who;
};

/* At RCPT: 1 or 0. */
uint32_t new_recipients_look(struct new_recipients *recipients,
                             const struct new_recipients_message *message, int64_t now_us);

/* The recipient may be one of the message. */
void new_recipients_note(struct new_recipients *recipients,
                         const struct new_recipients_message *message);

/* Of all that were noted; no more than the message has. */
uint32_t new_recipients_count(struct new_recipients *recipients,
                              const struct new_recipients_message *message, int64_t now_us);

/* The message passes, and so many new ones were counted. */
void new_recipients_learn(struct new_recipients *recipients,
                          const struct new_recipients_message *message, uint32_t counted,
                          int64_t now_us);

/* See recipient_book.h; since the start. */
uint64_t new_recipients_crowded_out(const struct new_recipients *recipients);

#endif
