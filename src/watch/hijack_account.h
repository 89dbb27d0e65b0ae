/* SPDX-License-Identifier: Apache-2.0
 *
 * What is kept of one account, to tell its owner from a thief: its past (what it is used to) and
 * its last two half days (what it does). Pure; a row of watch/hijack.h.
 *
 * What is seen comes twice, by the policy requests before a message and by the log after it. What
 * counts (recipients) is kept apart by origin, and the larger of the two is believed; what is
 * looked for (addresses, networks, senders) are sets, in which the second sight changes nothing.
 *
 * A half day becomes past when two others have begun since: so what a thief does is not normal on
 * the same day, and what the account did while a verdict stood is never learned. Sets are bits by
 * hash: two things may fall together, which makes new things look known and never known ones new.
 *
 * Memory: 500 bytes; 860 more while it sends, 680 more once it had PROFILE_SMALL in an hour.
 */
#ifndef TD_WATCH_HIJACK_ACCOUNT_H
#define TD_WATCH_HIJACK_ACCOUNT_H

#include "base/distinct.h"
#include "base/ip_address.h"
#include "watch/hijack_score.h"
#include "watch/hour_profile.h"
#include "watch/window_count.h"

#define HIJACK_LOGIN_MAX 96     /* bytes of a name that are kept */
#define HIJACK_CLIENTS 8        /* messages under way whose client is remembered */
#define HIJACK_COUNTRIES 8      /* in which it is at home */
#define HIJACK_PLACES 4         /* countries at a time, of each half day, too */
#define HIJACK_PROFILE_SMALL 16 /* recipients an hour */

enum hijack_origin { HIJACK_BY_LOG, HIJACK_BY_POLICY, HIJACK_ORIGINS };

struct hijack_flow {
    uint32_t messages, recipients;
    uint32_t foreign, odd; /* recipients by new networks; at hours at which it never sent */
    uint32_t abroad;       /* by clients in new countries */
};

struct hijack_set { /* 256 bits by hash */
    uint64_t bits[4];
};

/* In two countries that are far from each other, within so few minutes. */
struct hijack_travel {
    uint16_t from, to; /* COUNTRY_NONE: there was none */
    uint16_t minutes;
};

/* Half a day. */
struct hijack_span {
    struct hijack_flow flows[HIJACK_ORIGINS];
    uint32_t tried, dead, spam; /* attempts by the log */
    uint32_t refused;           /* failed logins from new networks */
    uint32_t sized;
    double size_mean, size_squares; /* of squared distances; Welford 1962 */
    struct hijack_set pools;        /* of client addresses, see hijack_pool_of */
    struct hijack_set domains;      /* of recipients */
    uint64_t senders, sender_domains;
    struct distinct recipients;
    uint16_t countries[HIJACK_PLACES]; /* of clients, as they came; the rest COUNTRY_NONE */
    struct hijack_travel travel;       /* the quickest */
    bool tainted;                      /* a verdict stood: nothing of it is learned */
};

struct hijack_client_seen {
    uint32_t message; /* hash of the queue id */
    bool foreign, abroad;
};

struct hijack_place {
    uint16_t country;
    int64_t at_us; /* last */
};

struct hijack_lately {
    struct window_count hour[HIJACK_ORIGINS];
    struct hijack_span now, before;
    struct hijack_client_seen clients[HIJACK_CLIENTS];
    uint32_t next_client;
    struct hijack_place places[HIJACK_PLACES]; /* the one of longest ago makes room */
};

/* Half days with mail from there; saturating. The one with the fewest makes room. */
struct hijack_home {
    uint16_t country, spans;
};

struct hijack_known {
    struct hijack_set pools, domains;
    struct distinct recipients;
    uint64_t sender_domains;
    uint8_t hours[24];    /* how often it sent at this hour of the day (UTC); saturating */
    uint32_t tried, dead; /* halved from time to time */
    uint32_t busiest;     /* recipients of a half day; fades */
    uint16_t spans;       /* half days with mail; saturating */
    struct hijack_home homes[HIJACK_COUNTRIES]; /* none: where it sends from is not known */
};

struct hijack_account {
    struct hijack_known known;
    struct hijack_lately *lately;   /* owned; NULL: it was quiet */
    struct hour_profile *profile;   /* owned; NULL: never had HIJACK_PROFILE_SMALL in an hour */
    int64_t span;                   /* number of `now`, half days since 1970 */
    int64_t hour, first_hour;       /* since 1970: of `count`; of its first mail */
    uint32_t count[HIJACK_ORIGINS]; /* recipients in the clock hour */
    uint32_t limit;                 /* up to which an hour is learned; 0: all */
    uint8_t login_len;
    char login[HIJACK_LOGIN_MAX];
};

/* What a client address is to an account: neighbouring networks are of one provider's pool, in
 * which its customers wander (203.0.0.0/16, 2001:db8::/32). Its hash; 0: the address is not known.
 */
uint64_t hijack_pool_of(const struct ip_address *ip);

/* What all accounts have in common: recipients in the clock hours with mail, in classes of a
 * quarter of an octave. */
#define HIJACK_FLEET_CLASSES 96
struct hijack_fleet {
    uint32_t hours[HIJACK_FLEET_CLASSES];
    uint32_t count;
};

void hijack_account_done(struct hijack_account *account);

/* Brings it to the time; before all of the following, which take the same time. */
void hijack_account_advance(struct hijack_account *account, struct hijack_fleet *fleet,
                            int64_t now_us);

/* Where a message comes from. */
struct hijack_client {
    uint64_t pool;
    uint16_t country; /* COUNTRY_NONE: not known */
    uint32_t message; /* hash of its queue id; 0: none */
};
void hijack_account_client(struct hijack_account *account, const struct hijack_client *client,
                           int64_t now_us);

struct hijack_mail {
    enum hijack_origin origin;
    uint32_t message;    /* hash of the queue id; 0: none */
    struct slice sender; /* of the envelope; empty: not known, or none */
    uint32_t recipients;
    uint64_t size; /* bytes; 0: not known */
};
void hijack_account_mail(struct hijack_account *account, const struct hijack_mail *mail,
                         int64_t now_us);

/* Whether it is new among those of this half day. */
bool hijack_account_recipient(struct hijack_account *account, struct slice recipient);

enum hijack_result { HIJACK_TAKEN, HIJACK_DEAD, HIJACK_SPAM, HIJACK_OTHERWISE };
void hijack_account_result(struct hijack_account *account, enum hijack_result result);

/* Logging in failed so often from there. */
void hijack_account_refused(struct hijack_account *account, uint64_t pool, uint32_t times);

/* A verdict stands: what it does lately is not learned, of an hour no more than its normal. */
void hijack_account_taint(struct hijack_account *account, double normal_hour);

/* It was the owner: all that it did lately is its past now. */
void hijack_account_forgive(struct hijack_account *account);

/* Of now. */
void hijack_account_facts(struct hijack_account *account, const struct hijack_fleet *fleet,
                          const struct hijack_rule *rule, int64_t now_us, struct hijack_facts *out);

#endif
