/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the lines go: one file, standard output, or a rotated set of pieces (FILE.N the oldest,
 * FILE.1 the newest), plain or gzip.
 */
#ifndef TD_BENCH_LOGFILE_H
#define TD_BENCH_LOGFILE_H

#include "base/err.h"
#include "base/slice.h"

struct logfile;

/* pieces 0: one file. lines: how many will be written in all, to cut the pieces evenly. */
struct logfile *logfile_open(const char *path, uint32_t pieces, bool gzip, uint64_t lines,
                             struct err *err);

/* One line with its newline. Failures are kept until logfile_close. */
void logfile_write(struct logfile *file, struct slice line);

/* Writes out what is left, closes and frees. False: something could not be written. */
bool logfile_close(struct logfile *file, struct err *err);

#endif
