/* SPDX-License-Identifier: Apache-2.0
 *
 * What kinds of tables have in common: see lookup_table.h, which is all that others need.
 */
#ifndef TD_STORE_LOOKUP_DRIVER_H
#define TD_STORE_LOOKUP_DRIVER_H

#include "store/lookup_table.h"

struct lookup_source; /* each driver's own */

struct lookup_driver {
    /* place outlives the source. NULL and err: it cannot be asked. */
    struct lookup_source *(*open)(const struct lookup_place *place,
                                  const struct lookup_options *options, struct err *err);
    void (*free)(struct lookup_source *source);
    enum lookup_found (*find)(struct lookup_source *source, struct slice key, bool may_wait,
                              struct buf *value, struct err *err);

    /* Of tables in memory, else NULL. */
    const struct lookup_rows *(*rows)(const struct lookup_source *source);
    bool (*is_old)(const struct lookup_source *source);
    void (*count_faults)(const struct lookup_source *source, struct lookup_numbers *numbers);
};

extern const struct lookup_driver lookup_driver_memory, lookup_driver_lmdb, lookup_driver_sqlite;

#endif
