/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a Redis is, as people write it:
 *
 *      redis://[[user]:password@]host[:6379][/database]
 *      unix:/run/redis/redis.sock[?db=database]
 *      sentinel://[[user]:password@]host[:26379],host...,host/master[/database]
 *
 * Of sentinel:// the hosts are the Sentinels, user and password those of the Redis they know of. In
 * user and password `%40` stands for `@`. IPv6 addresses are in brackets. Pure.
 */
#ifndef TD_BASE_REDIS_ADDRESS_H
#define TD_BASE_REDIS_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/endpoint.h"
#include "base/slice.h"

enum {
    REDIS_HOSTS_MAX = 8,
    REDIS_HOST_MAX = 255, /* bytes */
    REDIS_WORD_MAX = 255, /* of a user, a password, a master */
    REDIS_DATABASE_MAX = 65535,
};

enum redis_kind { REDIS_TCP, REDIS_UNIX, REDIS_SENTINEL };

struct redis_host {
    char name[REDIS_HOST_MAX + 1]; /* or an address, without brackets */
    uint16_t port;
};

struct redis_address {
    enum redis_kind kind;
    struct redis_host hosts[REDIS_HOSTS_MAX]; /* TCP: one; SENTINEL: one or more */
    size_t host_count;
    char path[ENDPOINT_PATH_MAX + 1];                            /* UNIX */
    char master[REDIS_WORD_MAX + 1];                             /* SENTINEL */
    char user[REDIS_WORD_MAX + 1], password[REDIS_WORD_MAX + 1]; /* empty: none */
    uint32_t database;
};

/* False: another form; *out is undefined then. rediss:// (TLS) is none. */
bool redis_address_parse(struct slice text, struct redis_address *out);

/* Appends the text that is parsed to the same, but for the password, which is `***`. */
void redis_address_format(const struct redis_address *address, struct buf *to);

#endif
