/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of hosts and domains as DNS has them (RFC 1123, RFC 2181): which can be asked for at all,
 * and which nobody can own. Other scripts as xn--.
 */
#ifndef TD_BASE_HOST_NAME_H
#define TD_BASE_HOST_NAME_H

#include <stdbool.h>

#include "base/slice.h"

#define HOST_NAME_BYTES_MAX 253

/* Labels of 1 to 63 letters, digits, hyphens and underscores, with single dots between them and
 * none at the end; not an IPv4 address. */
bool host_name_is_valid(struct slice name);

/* Kept for documentation, tests or local use, or without a dot: the root servers know nothing of
 * it (RFC 2606, 6761, 6762, 7686, 8375, 9476; `internal`; example.jp and its like, of JPRS). name:
 * valid, any case. */
bool host_name_is_reserved(struct slice name);

#endif
