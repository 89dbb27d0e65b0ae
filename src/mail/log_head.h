/* SPDX-License-Identifier: Apache-2.0
 *
 * The heads of log lines that were seen: a dozen tags on some hosts make up a whole log, so they
 * are split once and found again by their bytes. Private to log_line.c.
 *
 * Bounded by LOG_TAGS_MAX and LOG_HEADS_MAX. A log with more is hostile; its further tags are split
 * anew on every line.
 */
#ifndef TD_MAIL_LOG_HEAD_H
#define TD_MAIL_LOG_HEAD_H

#include "mail/log_line.h"

/* `HOST TAG`, as it stands in front of `[PID]: `. */
struct log_head {
    struct slice text;
    size_t host_len;
    const struct log_tag *tag;
    uint32_t id; /* dense, from 1 */
};

/* One thread. */
struct log_heads;

struct log_heads *log_heads_new(void);
void log_heads_free(struct log_heads *heads);

/* The tag of this text, split if it is new. Lives as long as the table, except for one past the
 * bound (id 0), which lives until LOG_LINES_HELD such tags later. */
const struct log_tag *log_heads_tag(struct log_heads *heads, struct slice text);

/* The head with these bytes, or NULL. */
const struct log_head *log_heads_find(struct log_heads *heads, struct slice text);

/* Keeps a head that was not there and returns its id; 0 when there are too many already. */
uint32_t log_heads_add(struct log_heads *heads, struct slice text, size_t host_len,
                       const struct log_tag *tag);

#endif
