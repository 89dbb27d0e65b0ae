/* SPDX-License-Identifier: Apache-2.0
 *
 * What a Postfix is configured to do, as postconf(1) prints it: parameters of main.cf in effect,
 * services and options of master.cf.
 */
#ifndef TD_APP_POSTFIX_STATE_H
#define TD_APP_POSTFIX_STATE_H

#include "app/postfix_call.h"
#include "base/row_set.h"

/* Sorted. `$name` in values is replaced by what it stands for. */
struct postfix_state {
    struct row_set main;     /* `myhostname` */
    struct row_set services; /* `out-a/unix`: its other columns, the first of them `private` */
    struct row_set options;  /* `out-a/unix/smtp_bind_address` */
};

/* *out is {0} before; free with postfix_state_done, also after false. False and err: Postfix could
 * not be asked. */
bool postfix_state_ask(const struct postfix_place *place, struct postfix_state *out,
                       struct err *err);
void postfix_state_done(struct postfix_state *state);

/* Of the asking: what `postconf -x`, `-M` and `-P -x` print, into the sets. */
void postfix_state_read(struct slice main, struct slice services, struct slice options,
                        struct postfix_state *out);

/* A parameter of main.cf; empty when there is none. */
struct slice postfix_state_main(const struct postfix_state *state, const char *name);

/* An option of a service of type unix; ptr NULL: none. */
struct slice postfix_state_option(const struct postfix_state *state, const char *service,
                                  const char *name);

/* The columns of a service of type unix; ptr NULL: there is no such one. */
struct slice postfix_state_service(const struct postfix_state *state, const char *service);

#endif
