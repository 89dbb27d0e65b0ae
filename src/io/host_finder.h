/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses of a host by its name, as connect wants them: of /etc/hosts, else of the name
 * servers of /etc/resolv.conf with its search list, both as they are when it begins. Nobody waits
 * for it, also not for its end: getaddrinfo can be neither asked from a loop nor called off. Made
 * of c-ares (1.18); modules of nsswitch.conf are not asked.
 *
 * One thread. Bounded: HOST_FINDER_MOST addresses; each server has 250 ms, and 500 ms once more.
 */
#ifndef TD_IO_HOST_FINDER_H
#define TD_IO_HOST_FINDER_H

#include "base/err.h"
#include "base/ip_address.h"

enum { HOST_FINDER_MOST = 16 };

enum host_finding { HOST_FINDER_LOOKS, HOST_FINDER_HAS, HOST_FINDER_FAILED };

struct host_finder;

/* Begins to look. NULL and err: no memory, no descriptor. */
struct host_finder *host_finder_new(const char *name, struct err *err);

/* At once, also while it is looked for. NULL is fine. */
void host_finder_free(struct host_finder *finder);

/* Hears what has come, and asks what is due: to be called now and then while it is looked for. err:
 * why it was not found. */
enum host_finding host_finder_advance(struct host_finder *finder, struct err *err);

/* HAS: one of the addresses; turn: 0 for the best, and so on, over and over. */
struct ip_address host_finder_get(const struct host_finder *finder, size_t turn);

#endif
