/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the texts that tables of Postfix are made of: those of postmap(1), and aliases(5).
 *
 *      info@example.jp   taro@example.jp,       A line that begins with a blank goes on with the
 *          jiro@example.jp                      one before, as it is. Empty lines and those that
 *      # comment                                begin with # count for nothing, in between too.
 *      "john doe"@example.jp  john              A blank within quotes parts nothing.
 *
 *      postmaster: root                         aliases(5): a name without @, its quotes taken off
 *      "list x": "|/usr/bin/list x", taro
 *
 * Measured beside postmap and postalias of Postfix 3.7.11, which step over the same rows: one that
 * begins with a blank and goes on with nothing, one without a key or a value, with quotes that do
 * not end, that is not UTF-8 or holds a NUL. Pure.
 */
#ifndef TD_MAIL_TABLE_TEXT_H
#define TD_MAIL_TABLE_TEXT_H

#include "base/buf.h"
#include "base/slice.h"

enum {
    TABLE_KEY_MAX = 512,
    TABLE_VALUE_MAX = 65536, /* 1,000 addresses */
};

enum table_form { TABLE_OF_KEYS, TABLE_OF_ALIASES };

/* Begins as {.rest = text, .form = form}; ends with table_text_done. */
struct table_text {
    struct slice rest;
    enum table_form form;
    size_t line;       /* of what was taken */
    struct buf joined; /* of several lines */
    struct buf name;   /* without its quotes */
};

struct table_row {
    size_t line;       /* its first, from 1 */
    const char *fault; /* why it is none; NULL: it is one */
    struct slice key;  /* 1 to TABLE_KEY_MAX bytes, letters as they are */
    struct slice value;
};

/* The next row or fault; its slices live until the next call. False: that was all. Time: that of
 * the text. */
bool table_text_next(struct table_text *text, struct table_row *row);

void table_text_done(struct table_text *text);

#endif
