/* SPDX-License-Identifier: Apache-2.0
 *
 * The running daemon, asked over its control socket: what the verbs that do so share.
 * A question has a deadline and its answer a bound; the forms are those of daemon_web.c. One
 * thread.
 */
#ifndef TD_APP_CONTROL_CALL_H
#define TD_APP_CONTROL_CALL_H

#include "base/buf.h"
#include "base/err.h"
#include "model/json_value.h"

/* As the user says it; NULL: not said. */
struct control_options {
    const char *config, *socket;
};

struct control {
    struct buf socket;  /* path */
    struct buf web_url; /* web.url, else of web.listen, without '/' at its end; empty: not known */
    int64_t deadline_ms;
};

/* Takes getopt's code of an option: 'c', or OPTION_SOCKET. False: another option. */
enum { OPTION_SOCKET = 1000 };
bool control_option(struct control_options *options, int code, const char *value);
/* clang-format off */
#define CONTROL_OPTION_ROWS \
    {"config", required_argument, NULL, 'c'}, \
    {"socket", required_argument, NULL, OPTION_SOCKET}
/* clang-format on */

/* Finds the socket: --socket, else what the configuration says. Secrets of the configuration are
 * not read. Without -c, and where the usual file is not there or not readable for the caller, the
 * usual socket. False and err otherwise; control_done ends it in both cases. */
bool control_init(struct control *control, const struct control_options *options, struct err *err);
void control_done(struct control *control);

enum control_result {
    CONTROL_OK,
    CONTROL_REFUSED, /* the daemon said no: err has its words */
    CONTROL_FAILED,  /* no daemon, no right, no answer in time: err says what to do */
};

struct control_question {
    const char *method; /* NULL: GET, or POST when there is a body */
    const char *path;   /* "/api/v1/status" */
    struct slice body;
};

/* *out is new on CONTROL_OK, else untouched. */
enum control_result control_put(const struct control *control,
                                const struct control_question *question, json_t **out,
                                struct err *err);

/* The same for a GET, or a POST when body is not NULL. */
enum control_result control_ask(const struct control *control, const char *path, struct slice body,
                                json_t **out, struct err *err);

/* What answered is not of the daemon's form. Returns false. */
bool control_stranger(struct err *err);

/* Appends who asks: the caller's login name; behind sudo, of who called that. */
void control_caller(struct buf *to);

#endif
