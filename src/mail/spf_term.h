/* SPDX-License-Identifier: Apache-2.0
 *
 * Terms of an SPF record (RFC 7208, 4.6.1, 5 and 6), one after the other. Pure; slices are of the
 * record.
 *
 *     v=spf1 +mx a:mail.example.com/28 ip6:2001:db8::/32 include:_spf.example.net ~all
 */
#ifndef TD_MAIL_SPF_TERM_H
#define TD_MAIL_SPF_TERM_H

#include "base/ip_address.h"

/* X(NAME, word): mechanisms, then the modifiers that are known. */
#define SPF_TERMS(X) \
    X(ALL, "all") \
    X(INCLUDE, "include") \
    X(A, "a") \
    X(MX, "mx") \
    X(PTR, "ptr") \
    X(IP4, "ip4") \
    X(IP6, "ip6") \
    X(EXISTS, "exists") \
    X(REDIRECT, "redirect") \
    X(EXP, "exp")

enum spf_term_kind {
#define X(name, word) SPF_TERM_##name,
    SPF_TERMS(X)
#undef X
        SPF_TERM_OTHER, /* a modifier of another name: it says nothing here */
};

struct spf_term {
    enum spf_term_kind kind;
    char qualifier;       /* + - ~ ?; of a mechanism */
    struct slice domain;  /* empty: that of the record; valid, or with macros */
    bool macros;          /* the domain has a '%': what it is depends on more than the address */
    struct ip_address ip; /* IP4, IP6 */
    uint8_t bits4, bits6; /* A, MX, IP4, IP6: of the prefix */
};

/* Is the text an SPF record of version 1? Then *terms is what follows. */
bool spf_record_is(struct slice text, struct slice *terms);

enum spf_take { SPF_TAKE_TERM, SPF_TAKE_END, SPF_TAKE_BAD };

/* Takes the next term off *terms. */
enum spf_take spf_term_take(struct slice *terms, struct spf_term *out);

#endif
