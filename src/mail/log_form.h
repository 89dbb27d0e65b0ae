/* SPDX-License-Identifier: Apache-2.0
 *
 * What the grammars of log records share: tables of forms, and takers that move a slice forward
 * over what they have read. Private to the log_*.c files of this folder.
 */
#ifndef TD_MAIL_LOG_FORM_H
#define TD_MAIL_LOG_FORM_H

#include "mail/log_grammar.h"

/* A text that begins with `prefix` is of `kind`. `read` is given what follows the prefix and may
 * set another kind, LOG_KIND_UNKNOWN when it does not understand; NULL: DETAIL is the whole text.
 */
struct log_form {
    struct slice prefix;
    enum log_kind kind;
    void (*read)(struct log_record *record, struct slice rest);
};

#define LOG_MARK(literal) \
    { \
        literal, sizeof(literal) - 1 \
    }
#define LOG_FORM(literal, kind, read) \
    { \
        LOG_MARK(literal), LOG_KIND_##kind, read \
    }
#define LOG_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Tries the forms in order: put the frequent ones first. True when the kind is known after it. */
bool log_form_read(struct log_record *record, const struct log_form *forms, size_t count);

/* Takes what stands before the first (last) `mark` off the front of *rest, with the mark. False and
 * nothing touched when there is no mark. */
bool log_take_until(struct slice *rest, struct slice mark, struct slice *before);
bool log_take_until_last(struct slice *rest, struct slice mark, struct slice *before);

/* Takes `[ip]:port` or `[ip]` off the front and sets the fields. */
bool log_take_endpoint(struct log_record *record, struct slice *rest, enum log_field ip,
                       enum log_field port);

/* `450 4.7.1 text`, `4.7.1 text` or `text`: sets CODE, DSN and REASON, those that are there. */
void log_read_reply(struct log_record *record, struct slice text);

/* The client of a session: CLIENT_NAME, CLIENT_IP, CLIENT_PORT. */
void log_read_client(struct log_record *record, struct slice peer);

/* Sets the field unless the value is empty. */
void log_set_if_any(struct log_record *record, enum log_field field, struct slice value);

/* log_action.c: `ACTION: STAGE from CLIENT: text; from=<> to=<> proto= helo=<>` of smtpd and
 * cleanup, cleanup's `ACTION: header TEXT from CLIENT; ...`, smtpd's `proxy-accept: STAGE: reply;`.
 */
void log_action_read(struct log_record *record);

/* `reject: STAGE from [ip]:port: text; from=<>, to=<>, proto=, helo=<>` of postscreen; rest begins
 * at the stage. */
void log_screen_reject_read(struct log_record *record, struct slice rest);

/* log_dovecot_login.c: the text behind `imap-login: ` and the word of severity. */
void log_dovecot_login_read(struct log_record *record, struct slice text);

#endif
