/* SPDX-License-Identifier: Apache-2.0
 *
 * Verbs that put one question to the daemon and show its answer, as text or as the JSON it is:
 * status, incident, silence. Their shared options, and the way from question to exit status.
 */
#ifndef TD_APP_VERB_ASK_H
#define TD_APP_VERB_ASK_H

#include "app/control_call.h"
#include "app/screen.h"
#include "app/verb_options.h"

struct verb_ask {
    struct control_options control;
    enum screen_colour colour;
    bool json;
};

enum { OPTION_FORMAT = 1100, OPTION_COLOUR };
/* clang-format off */
#define VERB_ASK_ROWS \
    CONTROL_OPTION_ROWS, \
    {"format", required_argument, NULL, OPTION_FORMAT}, \
    {"color", required_argument, NULL, OPTION_COLOUR}, \
    {"help", no_argument, NULL, 'h'}
/* clang-format on */

/* Takes an option of VERB_ASK_ROWS; the code must be of one. */
bool verb_ask_option(struct verb_ask *ask, int code, const char *value, struct err *err);

/* How a verb takes what comes. */
struct verb_answer {
    void *data;
    /* Appends the answer as text. Returns the exit status, or VERB_GO_ON when it is not of the form
     * that the daemon writes. */
    int (*text)(void *data, const struct control *control, const struct text_style *style,
                const json_t *answer, struct buf *to);
    /* Takes the answer over and gives back what of it is asked for. NULL: all of it. */
    json_t *(*choose)(void *data, json_t *answer);
    /* Nobody answered, `why` says it. Returns the exit status, or VERB_GO_ON: `why` is to be told.
     * NULL: the same. */
    int (*unanswered)(void *data, const struct verb *verb, const struct control *control,
                      const struct err *why);
};

/* Asks and prints. The exit status: that of `answer`; VERB_NO when the daemon said no; VERB_UNKNOWN
 * when nobody answered, or something else than a daemon did. */
int verb_ask(const struct verb *verb, const struct verb_ask *ask,
             const struct control_question *question, const struct verb_answer *answer);

/* Prints what the daemon answered, or would have: as text, or as the JSON it is. Drops `value`. The
 * exit status as of verb_ask. */
int verb_show(const struct verb *verb, const struct verb_ask *ask, const struct control *control,
              const struct verb_answer *answer, json_t *value);

#endif
