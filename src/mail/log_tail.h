/* SPDX-License-Identifier: Apache-2.0
 *
 * The words at the end of a decision's line: `; from=<S> to=<R> proto=P helo=<H>`, postscreen's
 * with commas. Private to the log_*.c files of this folder.
 */
#ifndef TD_MAIL_LOG_TAIL_H
#define TD_MAIL_LOG_TAIL_H

#include "mail/log_record.h"

struct log_tail_word;

enum { LOG_TAIL_WORDS_MAX = 8 };

struct log_tail {
    const struct log_tail_word *words; /* in the order in which they are written */
    size_t count;
    struct slice text;   /* what is read, to the end of the line */
    struct slice before; /* in front of the `;`; the search begins at its end */
    struct slice after;  /* behind the words: empty, or `: text` */
    struct slice value[LOG_TAIL_WORDS_MAX];
    uint32_t present; /* bit i: words[i] is there */
};

/* smtpd's and cleanup's words, or postscreen's. */
void log_tail_init(struct log_tail *tail, struct slice text, bool postscreen);

/* Finds the last `;` in tail->before whose words read to the end, or to `: ` where a text may
 * follow. Call again for the one in front of it. */
bool log_tail_find(struct log_tail *tail, bool text_follows);

/* For addresses that are not quoted: the last mark of each word counts. The whole of tail->text is
 * searched, and must be complete. */
bool log_tail_guess(struct log_tail *tail);

/* For a line that breaks off inside the words, or in front of them: takes what is whole. */
void log_tail_cut(struct log_tail *tail);

/* Sets the fields that were found. */
void log_tail_set(struct log_record *record, const struct log_tail *tail);

#endif
