/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reply means, on three independent axes: class (from the evidence), scope (what it is
 * about) and permanence (from the reply code alone).
 */
#ifndef TD_MODEL_REPLY_CLASS_H
#define TD_MODEL_REPLY_CLASS_H

#include <stdbool.h>

#include "base/slice.h"

/* X(NAME, word, meaning in plain words) */
#define REPLY_CLASSES(X) \
    X(UNKNOWN, "unknown", "not understood") \
    X(ADDR_DEAD, "addr_dead", "the address does not exist") \
    X(ADDR_INACTIVE, "addr_inactive", "the mailbox is switched off or refuses this sender") \
    X(ADDR_QUOTA, "addr_quota", "the mailbox is full") \
    X(BLOCK_IP, "block_ip", "the provider refuses our sending address") \
    X(BLOCK_DOMAIN, "block_domain", "the provider refuses our domain or a link in the mail") \
    X(RATE, "rate", "we send faster than the provider wants") \
    X(RATE_RCPT, "rate_rcpt", "the recipient receives more than the provider lets in") \
    X(GREYLIST, "greylist", "first contact: come again later") \
    X(AUTH, "auth", "SPF, DKIM or DMARC does not hold") \
    X(DNS_PTR, "dns_ptr", "reverse name, HELO name or the sender domain's DNS is wrong") \
    X(TLS, "tls", "encryption is asked for and fails or is missing") \
    X(POLICY, "policy", "a rule of the recipient's organisation") \
    X(CONTENT_SPAM, "content_spam", "this message looks like spam or carries something forbidden") \
    X(CONTENT_SIZE, "content_size", "this message is too large") \
    X(CONTENT_MALFORMED, "content_malformed", "this message is not well formed") \
    X(NETWORK, "network", "the other server could not be reached") \
    X(REMOTE_SYSTEM, "remote_system", "trouble inside the other mail system") \
    X(PROTOCOL, "protocol", "the two servers misunderstood each other") \
    X(LOCAL, "local", "trouble in our own mail system") \
    X(NOT_BOUNCE, "not_bounce", "not a failure")

enum reply_class {
#define X(name, word, meaning) REPLY_CLASS_##name,
    REPLY_CLASSES(X)
#undef X
};

#define X(name, word, meaning) +1
enum { REPLY_CLASS_COUNT = REPLY_CLASSES(X) };
#undef X

#define REPLY_SCOPES(X) \
    X(NONE, "") \
    X(RECIPIENT, "recipient") \
    X(RECIPIENT_DOMAIN, "recipient-domain") \
    X(MESSAGE, "message") \
    X(SENDER, "sender") \
    X(DOMAIN, "domain") \
    X(IP, "ip") \
    X(NETBLOCK, "netblock") \
    X(RANGE, "range") \
    X(RELAY, "relay") \
    X(TENANT, "tenant") \
    X(TRIPLET, "triplet") \
    X(PROVIDER, "provider")

enum reply_scope {
#define X(name, word) REPLY_SCOPE_##name,
    REPLY_SCOPES(X)
#undef X
};

enum reply_permanence { REPLY_PERMANENCE_NONE, REPLY_TEMPORARY, REPLY_PERMANENT };

const char *reply_class_word(enum reply_class class);
const char *reply_class_meaning(enum reply_class class); /* for support staff, no jargon */
bool reply_class_from_word(struct slice word, enum reply_class *out);

const char *reply_scope_word(enum reply_scope scope);
bool reply_scope_from_word(struct slice word, enum reply_scope *out);

const char *reply_permanence_word(
    enum reply_permanence permanence); /* "temporary" "permanent" "" */

#endif
