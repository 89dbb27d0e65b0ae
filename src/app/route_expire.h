/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku route expire: takes out of the tables that Postfix reads what a daemon that died has left
 * in them. Needs the files alone, no daemon.
 */
#ifndef TD_APP_ROUTE_EXPIRE_H
#define TD_APP_ROUTE_EXPIRE_H

#include "app/verb.h"

/* config: NULL: the usual one. stopped: the daemon is not there, so nobody answers questions.
 * Prints what went out; returns the exit status. */
int route_expire(const struct verb *verb, const char *config, bool json, bool stopped);

#endif
