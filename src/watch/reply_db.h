/* SPDX-License-Identifier: Apache-2.0
 *
 * The database of data/replies.rules, compiled while the program is built (tools/compile_rules.c,
 * tools/embed.c). For pattern_set_load.
 */
#ifndef TD_WATCH_REPLY_DB_H
#define TD_WATCH_REPLY_DB_H

#include "base/slice.h"

struct slice reply_db(void);

#endif
