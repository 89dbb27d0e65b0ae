/* SPDX-License-Identifier: Apache-2.0
 *
 * What the name of a log says about its place among its rotations. Pure.
 *
 *      name = stem [rotation] [".gz" | ".zst" | ".bz2" | ".xz" ...]      mail.log-20260301.gz
 *           | head rotation ".log" [".gz" ...]                           mail-20260301.log.gz
 *      rotation = ["-" date] ["." number]                                maillog.2
 *      date = YYYYMMDD[HH[MM[SS]]] | YYYYMMDD-HHMMSS | YYYY-MM-DD | seconds since 1970 (10 digits)
 *
 * The date may also follow a "." or "_". As logrotate (dateext, dateformat, extension), savelog and
 * newsyslog name them. A name of digits and dots only is an address, not a rotation.
 */
#ifndef TD_IO_LOG_NAME_H
#define TD_IO_LOG_NAME_H

#include <stdint.h>

#include "base/slice.h"

struct log_name {
    struct slice directory;  /* with its last '/'; empty: none in the name */
    struct slice head, tail; /* the stem is head followed by tail, which is "" or ".log" */
    int64_t date;            /* YYYYMMDDHHMMSS as a number; -1: none */
    int number;              /* 0 to 9999; -1: none */
};

/* Slices of `path`. */
struct log_name log_name_parse(struct slice path);

/* Order of two stems, 0: the same. The directory does not count. */
int log_name_cmp_stem(const struct log_name *a, const struct log_name *b);

/* Order of rotations of one stem, oldest first: numbers from the highest down, dates upwards, then
 * the bare name. A stem that has both had its numbers before its dates. */
int log_name_cmp_age(const struct log_name *a, const struct log_name *b);

#endif
