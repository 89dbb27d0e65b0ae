/* SPDX-License-Identifier: Apache-2.0
 *
 * May this address send mail of this domain? SPF (RFC 7208) as far as an address alone decides:
 * ip4, ip6, a, mx, include, redirect, exists and all. What depends on more than the address
 * (macros), or on names that RFC 7208 wants nobody to use (ptr), is not known here; where the
 * answer hangs on it, the result is UNKNOWN, never a guess.
 *
 * Pure, and asks nobody: `lookup` gives what was answered before. At the first thing that it does
 * not know, the result is WANTS and names it; whoever calls has it answered, and calls again. So an
 * evaluation needs no memory of its own, and costs some 20 look-ups at most:
 *
 *     spf_check -> WANTS (TXT shop.example) -> answered -> spf_check -> WANTS (A ...) ... -> FAIL
 *
 * Limits of RFC 7208, 4.6.4: 10 terms that ask, 2 of them in vain, 10 hosts of an mx.
 */
#ifndef TD_MAIL_SPF_H
#define TD_MAIL_SPF_H

#include "base/host_name.h"
#include "base/ip_address.h"

#define SPF_LOOKUPS_MAX 10
#define SPF_VOIDS_MAX 2
#define SPF_HOSTS_MAX 10 /* of an mx */

/* X(NAME, word) */
#define SPF_RESULTS(X) \
    X(NONE, "none") /* the domain says nothing */ \
    X(NEUTRAL, "neutral") \
    X(PASS, "pass") \
    X(FAIL, "fail") \
    X(SOFTFAIL, "softfail") \
    X(TEMPERROR, "temperror") /* a name server did not answer */ \
    X(PERMERROR, "permerror") /* the record is wrong, or asks for too much */ \
    X(UNKNOWN, "unknown")     /* it depends on what is not looked at here */ \
    X(WANTS, "wants")         /* see above */

enum spf_result {
#define X(name, word) SPF_##name,
    SPF_RESULTS(X)
#undef X
};

const char *spf_result_word(enum spf_result result);

enum spf_type { SPF_TYPE_TXT, SPF_TYPE_A, SPF_TYPE_AAAA, SPF_TYPE_MX };

/* What a name server said; lists live as long as the evaluation. */
struct spf_answer {
    bool failed;                  /* it did not say; all else is empty */
    const struct slice *texts;    /* TXT: of each record, in one piece; MX: hosts */
    const struct ip_address *ips; /* A, AAAA */
    size_t count;                 /* 0: there is nothing of the kind, or no such name */
};

struct spf_question {
    char name[HOST_NAME_BYTES_MAX];
    size_t len;
    enum spf_type type;
};

/* False: it was not asked yet. name: valid, any case. */
typedef bool (*spf_lookup)(void *data, struct slice name, enum spf_type type,
                           struct spf_answer *out);

/* ip: of 4 or 16 bytes; domain: valid (host_name.h). *want is set with WANTS only. */
enum spf_result spf_check(const struct ip_address *ip, struct slice domain, spf_lookup lookup,
                          void *data, struct spf_question *want);

#endif
