/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of a charge journal: their names, their records. See charge_journal.h.
 */
#ifndef TD_STORE_CHARGE_JOURNAL_FILE_H
#define TD_STORE_CHARGE_JOURNAL_FILE_H

#include "store/charge_journal.h"
#include "store/history_pack.h"

/* The files of a folder, as numbers. */
struct charge_files {
    uint64_t *numbers; /* ascending; owned */
    size_t count;
    int64_t bytes; /* of all of them */
};

/* False and err: the folder cannot be read. */
bool charge_files_list(const char *folder, struct charge_files *out, struct err *err);
void charge_files_done(struct charge_files *files);

/* Removes those before `number`. */
void charge_files_remove_before(const char *folder, uint64_t number);

/* Makes the file of that number with its head. -1 and err: it cannot be made; there is none. */
int charge_file_make(const char *folder, uint64_t number, struct err *err);
void charge_file_remove(const char *folder, uint64_t number);

/* Appends a block and sees to it that it is on the disk. *bytes grows by what it takes. */
bool charge_file_append(int fd, struct history_packer *packer, struct slice block, int64_t *bytes,
                        struct err *err);

/* Shows the blocks of a file and adds to what is known of the past; why it cannot be read, too. */
void charge_file_read(const char *folder, uint64_t number, charge_journal_see see, void *context,
                      struct charge_journal_past *past);

/* Bytes of a head. */
extern const int64_t charge_file_head_bytes;

#endif
