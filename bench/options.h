/* SPDX-License-Identifier: Apache-2.0
 *
 * What the command line asks for. Features are the odd corners of a mail log; a profile is a set of
 * them with a name.
 */
#ifndef TD_BENCH_OPTIONS_H
#define TD_BENCH_OPTIONS_H

#include "base/err.h"
#include "base/slice.h"

/* X(NAME, word, what it puts into the log) */
#define FEATURES(X) \
    X(REUSE, "reuse", "short ids used again as soon as the file is removed") \
    X(TWINS, "twins", "equal ids on two hosts at the same time") \
    X(LONG_IDS, "long", "one host with enable_long_queue_ids") \
    X(INSTANCES, "instances", "one host with the instance name postfix-out") \
    X(TLS, "tls", "tls= in delivery records (Postfix 3.11)") \
    X(CONN_USE, "conn_use", "re-used connections") \
    X(FILTER, "filter", "content filter: mail comes back under a new id") \
    X(PROBES, "probes", "address probes") \
    X(DISCARD, "discard", "discard transport") \
    X(SUSPENDED, "suspended", "delivery temporarily suspended") \
    X(EXPIRED, "expired", "queue lifetime over, and postsuper -e") \
    X(FORWARD, "forward", "local aliases: forwarded as a new id; deliveries to a local mailbox") \
    X(VIRTUAL, "virtual", "virtual aliases: orig_to=") \
    X(POSTSUPER, "postsuper", "postsuper -d, -r, -h, -H") \
    X(SOFTBOUNCE, "softbounce", "soft_bounce=yes on one host") \
    X(GREYLIST, "greylist", "deferred at first contact, then sent") \
    X(HOSTILE, "hostile", "quoted local parts that look like fields") \
    X(IPV6, "ipv6", "receivers with IPv6 addresses") \
    X(MILTER, "milter", "rejects of a milter and of header checks") \
    X(REJECTS, "rejects", "NOQUEUE rejects") \
    X(LOGINS, "logins", "failed SASL logins, Dovecot's lines") \
    X(SCREEN, "screen", "postscreen, dnsblog, anvil") \
    X(WARNINGS, "warnings", "warnings, statistics, service lines") \
    X(CUT, "cut", "lines cut at 2000 bytes") \
    X(BLOCKS, "blocks", "blocks, an outage, a slow-down, broken SPF and reverse DNS") \
    X(SURGE, "surge", "one login sends far more than usual") \
    X(MONTH, "rhythm", "days and nights, campaigns, and trouble of every kind now and then")

enum feature {
#define X(name, word, meaning) FEATURE_##name,
    FEATURES(X)
#undef X
};

#define FORMS(X) \
    X(RFC3164, "rfc3164") \
    X(RFC3164_ZERO, "rfc3164-zero") \
    X(ISO, "iso") \
    X(RFC5424, "rfc5424") \
    X(MIXED, "mixed")

enum form {
#define X(name, word) FORM_##name,
    FORMS(X)
#undef X
};

#define HOSTS_MAX 16

struct options {
    uint64_t lines; /* of a month: about */
    uint64_t seed;
    uint32_t hosts;    /* 1 .. HOSTS_MAX */
    uint32_t hours;    /* simulated time between the first and the last line */
    uint32_t features; /* bit FEATURE_x */
    enum form form;
    int64_t start_us;  /* of the first line, UTC */
    const char *out;   /* "-": standard output */
    const char *truth; /* NULL: not wanted */
    uint32_t pieces;   /* out.N (oldest) .. out.1; 0: one file */
    bool gzip;
    bool help; /* was asked for; nothing else counts */
};

static inline bool options_have(const struct options *options, enum feature feature)
{
    return options->features >> feature & 1;
}

/* Fills *options from the words of the command line. False: err says what is wrong. */
bool options_parse(int argc, char **argv, struct options *options, struct err *err);

/* The text for --help, to standard output. */
void options_help(void);

#endif
