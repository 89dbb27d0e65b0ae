/* SPDX-License-Identifier: Apache-2.0
 *
 * A real PostgreSQL and a real MariaDB of a test's own, in the folder that is the current one: by a
 * unix socket there and on a free port of 127.0.0.1, as nobody when the test is root, ended by
 * their process. Debian's packages, installed or unpacked below the build (scripts/deps).
 */
#ifndef TD_TESTS_UNIT_STORE_SQL_SERVERS_H
#define TD_TESTS_UNIT_STORE_SQL_SERVERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "store/account_driver.h"

#define SQL_SERVER_USER "todoku"
#define SQL_SERVER_PASSWORD "planted-password"

struct sql_server {
    bool is_mysql;
    char folder[200]; /* its own */
    char host[256];   /* as an account_place has it: the socket */
    uint16_t port;
    pid_t pid; /* 0: it does not run */
};

/* Makes its files and starts it; fails the test when it does not come up. */
void sql_server_make(struct sql_server *server, bool is_mysql);
void sql_server_start(struct sql_server *server);

/* At once, as in a crash. */
void sql_server_kill(struct sql_server *server);

/* Runs statements as its owner. */
void sql_server_do(const struct sql_server *server, const char *text);

/* By the socket, with user and password, without queries; a timeout of 2 s. */
struct account_place sql_server_place(const struct sql_server *server);

#endif
