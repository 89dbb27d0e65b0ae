/* SPDX-License-Identifier: Apache-2.0
 *
 * The protocol by which Postfix asks a server for a row of a table: questions and answers are
 * netstrings, `LENGTH:BYTES,`. A question is the name of the table, a blank and the key:
 *
 *      32:transport "some one"@example.com,    ->    9:OK out-b:,
 *                                                   9:NOTFOUND ,
 *
 * Peers: socketmap_table(5); Postfix src/util/dict_sockmap.c, netstring.c. One question at a time
 * comes on a connection; several are read as well. Pure.
 */
#ifndef TD_MAIL_SOCKETMAP_H
#define TD_MAIL_SOCKETMAP_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

enum {
    SOCKETMAP_QUESTION_MAX = 10000,                   /* bytes; Postfix' socketmap_max_query_size */
    SOCKETMAP_ANSWER_MAX = 100000,                    /* bytes; Postfix' socketmap_max_reply_size */
    SOCKETMAP_INPUT_MAX = SOCKETMAP_QUESTION_MAX + 8, /* a question with what is around it */
};

enum socketmap_frame {
    SOCKETMAP_MORE, /* keep what is left of input, call again with more behind it */
    SOCKETMAP_QUESTION,
    SOCKETMAP_BAD, /* no netstring, or a longer one than SOCKETMAP_QUESTION_MAX */
};

/* Slices of the input. */
struct socketmap_question {
    struct slice table; /* up to the first blank */
    struct slice key;   /* what follows it, of any bytes; empty when there is no blank */
};

/* Takes the next question off *input. Never leaves more than SOCKETMAP_INPUT_MAX bytes with
 * SOCKETMAP_MORE; *out is set with SOCKETMAP_QUESTION only. */
enum socketmap_frame socketmap_take(struct slice *input, struct socketmap_question *out);

/* Appends an answer: `OK value`, or that there is no such row where value is empty, since an empty
 * value is a fault in Postfix' eyes. A value longer than SOCKETMAP_ANSWER_MAX is none either. */
void socketmap_answer(struct slice value, struct buf *to);

#endif
