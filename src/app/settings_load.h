/* SPDX-License-Identifier: Apache-2.0
 *
 * From the text of a configuration to settings, with every fault that it has.
 */
#ifndef TD_APP_SETTINGS_LOAD_H
#define TD_APP_SETTINGS_LOAD_H

#include "app/settings.h"
#include "app/settings_fault.h"

/* Appends the bytes of the file; of one that is not there err says how to begin one. */
bool settings_read(const char *path, struct buf *to, struct err *err);

/* Appends the folder of the file, with '/' at its end: what relative paths begin at. It is absolute
 * where it is there, so that a log and the state have one name wherever todoku is started. */
void settings_folder(const char *path, struct buf *to);

/* The file at `path`. NULL: it cannot be read (*err, and no faults), or it has faults (in the order
 * of their lines; err is ERR_INPUT with the first). */
struct settings *settings_load_faults(const char *path, struct settings_faults *faults,
                                      struct err *err);

/* The same for bytes in memory, named as `faults` was initialised. Relative paths begin at `folder`
 * ("" or with '/' at its end). Files of secrets are not read: their reference is the value. */
struct settings *settings_parse(struct slice bytes, const char *folder,
                                struct settings_faults *faults);

/* Only these keys of the top (NULL ends) with what stands below them: what the others hold, faults
 * too, is not looked at, and they stay at their defaults. A key that is none but near to one of
 * these is a fault. */
struct settings *settings_parse_only(struct slice bytes, const char *folder,
                                     const char *const *keys, struct settings_faults *faults);

/* A secret of a configuration whose files of secrets were not read: what stands in the file that it
 * names. NULL, and a text of its own, stay. False and err: it cannot be read. */
bool settings_read_secret(struct settings *settings, const char **value, struct err *err);

#endif
