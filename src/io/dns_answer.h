/* SPDX-License-Identifier: Apache-2.0
 *
 * What a name server says (RFC 1035), made into values. The bytes are a stranger's: of thousands of
 * records the first DNS_RECORDS_MAX are kept and the rest is told as cut; a name that no host can
 * have is kept as an empty one; aliases are followed by the server that was asked, so their records
 * are passed over.
 */
#ifndef TD_IO_DNS_ANSWER_H
#define TD_IO_DNS_ANSWER_H

#include "base/host_name.h"
#include "base/ip_address.h"
#include "base/memory.h"

#define DNS_RECORDS_MAX 64

/* Numbers of the registry of IANA. */
enum dns_type { DNS_A = 1, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28 };

enum dns_result {
    DNS_FOUND,      /* there is a record at least */
    DNS_NO_DATA,    /* the name is there, without a record of the type */
    DNS_NO_NAME,    /* there is no such name */
    DNS_FAILED,     /* a server answered that it cannot say, or nonsense */
    DNS_UNANSWERED, /* none answered in time, or would not to us: perhaps it is our side */
};

struct dns_record {
    /* MX, PTR: a valid host name in lower case, "." for the root (RFC 7505: takes no mail); empty:
     * bytes that no host's name has. */
    struct slice name;
    uint16_t preference;  /* MX: the least is tried first */
    struct ip_address ip; /* A, AAAA */
    struct slice text;    /* TXT: its strings in one piece (RFC 7208, 3.3); any bytes */
};

struct dns_answer {
    enum dns_result result;
    uint32_t ttl_s; /* how long it holds; without a record, as the zone says (RFC 2308), or 0 */
    struct dns_record *records; /* FOUND; in the order of the answer */
    size_t count;
    bool cut;        /* there were more */
    const char *why; /* FAILED, UNANSWERED: in words; static */
};

/* Reads a message; records are in the arena. A message that is not of its form is FAILED. */
void dns_answer_read(struct slice message, enum dns_type type, struct arena *arena,
                     struct dns_answer *out);

#endif
