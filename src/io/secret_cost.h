/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers in the heads of stored forms of crypt(3), from which follows what a check costs.
 * Each is given what stands behind the prefix (`$6$`) and false where the numbers are broken; what
 * stands behind them is for crypt(3) to judge. Pure.
 *
 * Peer documents: crypt(5); yescrypt-common.c of libxcrypt 4.4 for `$7$` and `$y$`.
 */
#ifndef TD_IO_SECRET_COST_H
#define TD_IO_SECRET_COST_H

#include "base/slice.h"
#include "io/secret_bounds.h"

/* ./0-9A-Za-z */
bool secret_cost_is_digit(char c);

/* `rounds=N$` or nothing. */
bool secret_cost_of_sha(struct slice rest, struct secret_cost *cost);

/* `NN$` */
bool secret_cost_of_bcrypt(struct slice rest, struct secret_cost *cost);

/* N as one digit, r and p as five each. */
bool secret_cost_of_scrypt(struct slice rest, struct secret_cost *cost);

/* Flavour, N, r and what else may follow, as numbers of one to six digits, then `$`. */
bool secret_cost_of_yescrypt(struct slice rest, struct secret_cost *cost);

#endif
