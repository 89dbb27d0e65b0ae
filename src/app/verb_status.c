/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku status: asks the daemon how things are.
 */
#include <stdio.h>

#include "app/report_words.h"
#include "app/saved_incidents.h"
#include "app/status_text.h"
#include "app/verb_ask.h"
#include "mail/stamp.h"

static const struct option option_table[] = {VERB_ASK_ROWS, {0}};

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    return verb_ask_option(data, code, value, err);
}

static int make_text(void *data, const struct control *control, const struct text_style *style,
                     const json_t *answer, struct buf *to)
{
    (void)data;
    (void)control;
    struct status_answer *status = status_answer_new(answer);
    if (status == NULL)
        return VERB_GO_ON;
    int exit_status = status->incident_count > 0 ? VERB_NO : VERB_FINE;
    status_text(status, style, to);
    status_answer_free(status);
    return exit_status;
}

/* A daemon that does not answer may have left something worth knowing. A socket that was named may
 * be that of another one. */
static int tell_saved(void *data, const struct verb *verb, const struct control *control,
                      const struct err *why)
{
    const struct verb_ask *ask = data;
    struct saved_question question = {.config = ask->control.config, .since_us = INT64_MIN};
    int status = verb_fail(verb, why);
    struct err err;
    int64_t as_of_us;
    (void)control;
    CLEANUP_BUF struct buf count = {0}, time = {0};
    json_t *open = ask->control.socket ? NULL : saved_incidents(&question, &as_of_us, &err);
    if (open == NULL)
        return status;
    report_count(json_array_size(open), "incident", &count);
    report_time(as_of_us, STAMP_NONE, &time);
    json_decref(open);
    if (as_of_us > 0)
        fprintf(
            stderr,
            "todoku %s: what it saved up to %s is readable: %s open then (todoku incident list, "
            "todoku report --history)\n",
            verb->name, buf_str(&time), buf_str(&count));
    return status;
}

int verb_status(const struct verb *verb, int argc, char **argv)
{
    struct verb_ask ask = {0};
    int status = verb_options(verb, argc, argv, option_table, take_option, &ask);
    if (status == VERB_GO_ON)
        status = verb_no_words(verb, argc, argv);
    if (status != VERB_GO_ON)
        return status;
    struct verb_answer answer = {.data = &ask, .text = make_text, .unanswered = tell_saved};
    return verb_ask(verb, &ask, &(struct control_question){.path = "/api/v1/status"}, &answer);
}
