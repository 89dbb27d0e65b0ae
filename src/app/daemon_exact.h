/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact mode in the daemon: the server of exact_routes.h, there as long as the settings ask for it,
 * and the lease of the rows by which Postfix asks it. It lives from one reload to the next: a
 * server at the same place goes on answering while the rest is put together anew. One that is not
 * wanted any more, or is wanted elsewhere, goes a second after the rows:
 *
 *      off ──want──> listens ──want nothing, another place──> leaves ──rows are out──> off, listens
 *
 * What cannot be opened is tried again every 10 s. Until then, and while nobody answers, there is
 * no lease: the rows are out, and mail goes as the other tables say. Of the main thread.
 */
#ifndef TD_APP_DAEMON_EXACT_H
#define TD_APP_DAEMON_EXACT_H

#include "app/exact_routes.h"

struct daemon_exact;

struct daemon_exact *daemon_exact_new(void);

/* Ends the server; the rows must be out. NULL is fine. */
void daemon_exact_free(struct daemon_exact *exact);

/* Where Postfix is to ask from the next turn on. path: NULL: nowhere. Both are copied. */
void daemon_exact_want(struct daemon_exact *exact, const char *path, const char *group);

/* The daemon ends: Postfix is to ask nowhere, whatever is wanted later. NULL is fine. */
void daemon_exact_end(struct daemon_exact *exact);
bool daemon_exact_is_ending(const struct daemon_exact *exact);

/* About once a second: gives the server a sign of life, opens and closes. rows_out: the table
 * `exact` is known to be empty. Returns whether the tables are to be written anew: Postfix may ask,
 * or must not any more, or the lease is to be renewed. */
bool daemon_exact_turn(struct daemon_exact *exact, bool rows_out, int64_t now_us);

/* For tables that are made of these facts at now: puts the lease into them, and answers by them
 * from now on. */
void daemon_exact_tell(struct daemon_exact *exact, struct route_map_facts *facts, int64_t now_us);

/* When the next turn is due; INT64_MAX: without being told, never. */
int64_t daemon_exact_next_due(const struct daemon_exact *exact);

struct daemon_exact_state {
    bool on;            /* wanted, or not closed yet */
    bool answers;       /* Postfix may ask */
    const char *socket; /* where, or where it cannot be opened */
    size_t overrides;   /* that there are answers for */
    int64_t lease_us;   /* of what was told last; 0: Postfix is not to ask */
    bool failing;       /* it is wanted, and does not answer */
    const struct err *why;
    int64_t since_us; /* when that began */
};

/* Texts live until the next call that is not const. */
struct daemon_exact_state daemon_exact_state(const struct daemon_exact *exact);

/* Of all servers that there were. */
void daemon_exact_counts(const struct daemon_exact *exact, struct exact_counts *out);

#endif
