/* SPDX-License-Identifier: Apache-2.0
 *
 * How the mailbox servers are, as one value that travels from the auth thread to the main one.
 */
#ifndef TD_APP_AUTH_SERVERS_H
#define TD_APP_AUTH_SERVERS_H

#include "gate/backend_book.h"

/* A server by a protocol. Texts are of the block. */
struct auth_server {
    struct slice name; /* empty: that of auth.backends */
    unsigned protocol; /* below BACKEND_PROTOCOLS */
    bool draining;
    enum backend_health health;
    int64_t since_us, latency_us; /* 0: not known */
    struct slice reason;          /* of down; printable */
};

struct auth_servers {
    size_t count;
    struct auth_server list[];
};

/* As they are now; one block: mem_free. */
struct auth_servers *auth_servers_new(const struct backend_book *book)
    __attribute__((returns_nonnull));

/* "imap", "inbound". */
const char *auth_server_protocol(const struct auth_server *server);

#endif
