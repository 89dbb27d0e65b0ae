/* SPDX-License-Identifier: Apache-2.0
 *
 * Many accounts into the file that is todoku's own, all of them or none, in one transaction. Rows
 * come one by one from whoever reads them (a passwd-file, a table); other names may come before
 * the accounts that they are of: they are added at the end.
 */
#ifndef TD_STORE_ACCOUNT_IMPORT_H
#define TD_STORE_ACCOUNT_IMPORT_H

#include "store/account_writer.h"

/* Slices live until the next row is asked for. */
struct account_import_row {
    struct account_change change; /* of another name only its login counts */
    struct slice account;         /* whose other name it is; empty: an account itself */
    size_t line;                  /* where it stands; of a bad one too */
};

enum account_import_step {
    ACCOUNT_IMPORT_ROW,
    ACCOUNT_IMPORT_END,
    ACCOUNT_IMPORT_BAD, /* err says what is wrong with it; ERR_INPUT: there may be others after it
                         */
};

/* What happens to a row of which there is an account, or another name, already. */
enum account_import_existing {
    ACCOUNT_IMPORT_REFUSE, /* nothing is imported */
    ACCOUNT_IMPORT_SKIP,   /* it stays as it is */
    ACCOUNT_IMPORT_CHANGE, /* what the row gives is changed */
};

struct account_import {
    enum account_import_step (*next)(void *context, struct account_import_row *row,
                                     struct err *err);
    void (*progress)(void *context, size_t rows); /* every 1,000 rows; may be NULL */
    /* Looks at a row that is going to be written, and may change it; what it puts there lives until
     * the next. False and err: the row is refused. May be NULL. */
    bool (*prepare)(void *context, struct account_import_row *row, struct err *err);
    /* A bad row, or one that is refused: others are looked at all the same, and nothing is
     * imported. NULL: the first is the last. */
    void (*refused)(void *context, size_t line, const struct err *err);
    void *context;
    enum account_import_existing existing;
    bool dry_run; /* nothing is imported; it is only seen whether all could be */
};

struct account_import_counts {
    size_t rows; /* taken from next; when it fails at one, that one is the last */
    size_t added, changed, skipped;
    size_t aliases; /* other names that were added */
    size_t refused; /* told of */
};

/* False and err: a row is bad or refused (the first of them), or the file failed; nothing was
 * imported. Within no transaction of the caller. */
bool account_import_run(struct account_writer *writer, const struct account_import *import,
                        struct account_import_counts *counts, struct err *err);

#endif
