/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts of a file into the file that is todoku's own, all of them or none; with progress on a
 * terminal. What is wrong with the file is said line by line on standard error, REFUSED_TOLD of
 * them.
 */
#ifndef TD_APP_ACCOUNT_FILE_IMPORT_H
#define TD_APP_ACCOUNT_FILE_IMPORT_H

#include <stdio.h>

#include "io/secret_make.h"
#include "store/account_import.h"

/* A format. Whoever makes it frees it; next as struct account_import has it. */
struct account_rows {
    void *(*make)(FILE *file); /* borrowed */
    void (*free)(void *rows);
    enum account_import_step (*next)(void *rows, struct account_import_row *row, struct err *err);
    int64_t (*bytes)(const void *rows); /* read so far */
};

enum account_file_format { ACCOUNT_FILE_PASSWD, ACCOUNT_FILE_CSV };

struct account_file_import {
    FILE *file;       /* read from where it is */
    const char *path; /* its name; `-`: standard input */
    enum account_file_format format;
    enum account_import_existing existing;
    bool dry_run;
    /* How passwords in clear are kept, which takes a while of each; NULL: as they are. */
    const struct secret_terms *secrets;
};

/* False and err: nothing was imported. */
bool account_file_import(struct account_writer *writer, const struct account_file_import *how,
                         struct account_import_counts *counts, struct err *err);

#endif
