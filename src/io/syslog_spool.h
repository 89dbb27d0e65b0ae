/* SPDX-License-Identifier: Apache-2.0
 *
 * Received syslog messages on disk, one line each: `PEER SP MESSAGE`, PEER an address or "-". The
 * file FOLDER/NAME.spool is followed like any log; every sixteenth of the bound it is renamed to
 * NAME.spool-YYYYMMDDHHMMSS. Files go when their lines are kept elsewhere (syslog_spool_keep).
 *
 * Not synced to disk: what write(2) took survives the death of the process, not of the machine. A
 * line that a kill cut in two is dropped when the spool is opened again. One thread.
 */
#ifndef TD_IO_SYSLOG_SPOOL_H
#define TD_IO_SYSLOG_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "io/log_position.h"

struct syslog_spool;

/* In the place of PEER in the first line of a file, which is no message. */
#define SYSLOG_SPOOL_HEADER "spool"

/* Makes the folder (mode 0750) and the file (0640). bytes_max: of all its files together, at least
 * 1 MiB. NULL and err. */
struct syslog_spool *syslog_spool_open(const char *folder, const char *name, int64_t bytes_max,
                                       struct err *err);
void syslog_spool_free(struct syslog_spool *spool); /* flushes */

/* For log_tail; valid as long as the spool. */
const char *syslog_spool_path(const struct syslog_spool *spool);

/* Is there room for messages? Ask before each batch: syslog_spool_add takes what it is given. */
bool syslog_spool_has_room(const struct syslog_spool *spool);

/* Line ends in the message become blanks. Not on disk before the flush. */
void syslog_spool_add(struct syslog_spool *spool, const char *peer, struct slice message);

/* Writes what was added. False and err (disk full ...): it stays and is tried at the next flush.
 */
bool syslog_spool_flush(struct syslog_spool *spool, struct err *err);

/* All before `position` is kept elsewhere: removes files that are wholly before it. */
void syslog_spool_keep(struct syslog_spool *spool, const struct log_position *position);

#endif
