/* SPDX-License-Identifier: Apache-2.0
 *
 * Who sends and who receives: mailbox providers by their MX hosts, a long tail of small domains,
 * the service's own mailboxes, logins and addresses. Names come from small tables and numbers, so
 * that nothing is stored. Addresses are of documentation ranges (RFC 5737, RFC 3849).
 */
#ifndef TD_BENCH_WORLD_H
#define TD_BENCH_WORLD_H

#include "line.h"
#include "random.h"

/* X(NAME, provider as data/providers.tsv names it or "", domain, MX host, /24 of its address,
 *   per mille of the recipients). A domain or host with %u is one of many. */
#define RECEIVERS(X) \
    X(GOOGLE, "google", "gmail.com", "gmail-smtp-in.l.google.com", "192.0.2.", 270) \
    X(WORKSPACE, "google", "school%u.example", "aspmx.l.google.com", "192.0.2.", 60) \
    X(MICROSOFT, "microsoft-consumer", "outlook.com", "outlook-com.olc.protection.outlook.com", \
      "198.51.100.", 130) \
    X(DOCOMO, "docomo", "docomo.ne.jp", "mfsmax.docomo.ne.jp", "198.51.100.", 130) \
    X(AU, "kddi-au", "ezweb.ne.jp", "lsean.ezweb.ne.jp", "198.51.100.", 80) \
    X(SOFTBANK, "softbank", "softbank.ne.jp", "mx.softbank.ne.jp", "203.0.113.", 70) \
    X(YAHOO, "yahoo-aol", "yahoo.com", "mx-apac.mail.gm0.yahoodns.net", "203.0.113.", 60) \
    X(APPLE, "apple-icloud", "icloud.com", "mx1.mail.icloud.com", "203.0.113.", 60) \
    X(TAIL, "", "firm%u.example", "mx.firm%u.example", "203.0.113.", 100) \
    X(MAILBOX, "", "mail.example.jp", "mb%u.mail.example.jp", "192.0.2.", 40)

enum receiver {
#define X(name, provider, domain, mx, net, share) RECEIVER_##name,
    RECEIVERS(X)
#undef X
};

#define X(name, provider, domain, mx, net, share) +1
enum { RECEIVER_COUNT = RECEIVERS(X) };
#undef X

enum { LOGIN_COUNT = 85000, TAIL_DOMAINS = 4000, HOSTILE_COUNT = 6 };

/* Logins of services, beside those of people: app0@app.example.jp, news@shop0.example. */
enum { APP_FIRST = LOGIN_COUNT, APP_COUNT = 20 };
enum { SHOP_FIRST = APP_FIRST + APP_COUNT, SHOP_COUNT = 40 };

/* Clients from here on have addresses of RFC 2544, a network of 256 each. */
enum { CLIENT_OURS = 1000000, CLIENT_FOREIGN = 2000000, CLIENT_RANGE = 65536 };

/* How an address is written. */
enum flavour { FLAVOUR_PLAIN, FLAVOUR_UPPER, FLAVOUR_EXTENSION, FLAVOUR_HOSTILE };

struct address {
    uint32_t local;   /* number that makes the local part */
    uint16_t domain;  /* which of many */
    uint8_t receiver; /* enum receiver */
    uint8_t flavour;  /* enum flavour */
};

struct address world_address(struct random *random, bool hostile);

void world_put_address(struct line *line, struct address address);
void world_put_mx(struct line *line, struct address address);
void world_put_ip(struct line *line, struct address address, bool ipv6);

/* Address of an account, which is also its mailbox. */
void world_put_login(struct line *line, uint32_t login);

/* What stands behind its @. */
void world_put_login_domain(struct line *line, uint32_t login);

/* A domain of RECEIVER_TAIL. */
void world_put_tail(struct line *line, uint32_t domain);

/* Per mille of the recipients. */
uint32_t world_share(uint8_t receiver);

/* Name of the receiver's provider; "" for one that no table knows. */
const char *world_provider(uint8_t receiver);

/* A host somewhere out there: name[address]. */
void world_put_client(struct line *line, uint32_t number);

#endif
