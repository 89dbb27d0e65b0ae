/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to name servers that nobody waits for: one thread asks, and hears the answer in a later
 * resolver_advance. Made of c-ares (1.18).
 *
 *     ask ──> waits its turn (pace, so many at once) ──> c-ares: UDP, TCP if cut ──> answer
 *
 * Bounded: RESOLVER_WAITING_MAX questions wait, RESOLVER_AT_ONCE are under way, an answer has no
 * more than 64 KiB, and each question has an answer within its deadline, if need be that there is
 * none. While no server answers, one question is tried every RESOLVER_QUIET_US, the others wait.
 * Servers are those of /etc/resolv.conf as it was when the resolver was made, unless they are
 * named. Names are asked for as they are: no search list, no hosts file.
 */
#ifndef TD_IO_RESOLVER_H
#define TD_IO_RESOLVER_H

#include "base/endpoint.h"
#include "base/err.h"
#include "base/rate.h"
#include "io/dns_answer.h"

#define RESOLVER_WAITING_MAX 1024
#define RESOLVER_AT_ONCE 16
#define RESOLVER_QUIET_US INT64_C(5000000)
#define RESOLVER_SILENT 3 /* unanswered in a row: no server answers */

struct resolver_options {
    const struct endpoint *servers; /* address and port; none: of /etc/resolv.conf */
    size_t server_count;
    int64_t deadline_us;
    struct rate pace;
};

struct resolver;

/* The answer lives for the call, which may ask more. */
typedef void (*resolver_answer)(void *data, const struct dns_answer *answer);

/* NULL and err: no memory, no descriptor, servers that cannot be. Asks nothing yet. */
struct resolver *resolver_new(const struct resolver_options *options, struct err *err);

/* Questions that are open are dropped and never answered. NULL is fine. */
void resolver_free(struct resolver *resolver);

/* Takes the question; `answer` is called once, from resolver_advance. name: valid (host_name.h);
 * copied. False: too many wait. */
bool resolver_ask(struct resolver *resolver, struct slice name, enum dns_type type,
                  resolver_answer answer, void *data);

/* Questions that would be taken now. */
size_t resolver_room(const struct resolver *resolver);

/* Sends what is due, hears answers, gives up what is too late. */
void resolver_advance(struct resolver *resolver);

/* Microseconds until it has something to do without an answer; INT64_MAX: never. */
int64_t resolver_wait_us(const struct resolver *resolver);

/* Readable when there is something to hear. */
int resolver_fd(const struct resolver *resolver);

struct resolver_state {
    uint64_t answers[DNS_UNANSWERED + 1]; /* by result, ever */
    size_t waiting, under_way;
    bool silent;     /* no server has answered for RESOLVER_SILENT questions in a row */
    const char *why; /* silent: of the last one; static */
};

struct resolver_state resolver_state(const struct resolver *resolver);

#endif
