/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells when passwords are guessed (brute-force): by one client network that fails too often, or
 * against one login from several networks. Pure: what the login records say, and times.
 *
 * A client network is the /24 of an IPv4 and the /64 of an IPv6 address: who owns one address of
 * it commonly has them all. Failures are counted in sliding windows. Not an attack: a network whose
 * failures are all of one login that also logs in there (an old password in a phone), and one with
 * more logins than failures (an office, a carrier's gateway). A login is under attack when many
 * failures come from GUESSING_NETWORKS networks or more in which it does not also log in; from one
 * or two, the client's rate tells.
 *
 * Over when the window holds less than a quarter of the rate.
 *
 * Bounded: GUESSING_MAX networks and as many logins of some 180 bytes, 131,072 pairs of a network
 * and a login that is at home there; what was not used for the longest time makes room. An attacker
 * with more networks than that is seen by the logins only. 256 incidents at once. One thread.
 */
#ifndef TD_WATCH_GUESSING_H
#define TD_WATCH_GUESSING_H

#include "watch/incident_tell.h"

#define GUESSING_MAX 16384
#define GUESSING_NETWORKS 3

struct guessing_rate {
    uint32_t count;
    int64_t within_us;
};

struct guessing_rule {
    struct guessing_rate per_client, per_login; /* failures that are an attack */
};

#define GUESSING_RULE \
    { \
        .per_client = {50, INT64_C(600000000)}, .per_login = { 100, INT64_C(600000000) } \
    }

extern const struct guessing_rule guessing_default;

/* One login, in vain or not. */
struct guessing_login {
    struct slice client; /* address as the log has it; empty: not known */
    struct slice login;  /* name as it was given; empty: not known */
    struct slice relay;  /* host that wrote it */
    struct slice line;   /* the log line */
    uint32_t times;      /* 1 or more */
    bool failed;
};

struct guessing;

struct guessing *guessing_new(const struct guessing_rule *rule);
void guessing_free(struct guessing *guessing);

void guessing_take_login(struct guessing *guessing, const struct guessing_login *login,
                         int64_t now_us);

void guessing_tell(struct guessing *guessing, int64_t now_us, incident_tell tell, void *data);

/* The network of an address: `192.0.2.0/24`, `2001:db8:0:1::/64`; false when it is none. `to` holds
 * GUESSING_NETWORK_LEN bytes. */
#define GUESSING_NETWORK_LEN 64
bool guessing_network(struct slice address, char *to);

#endif
