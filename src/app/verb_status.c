/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku status: asks the daemon how things are.
 */
#include "app/status_text.h"
#include "app/verb_ask.h"

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

int verb_status(const struct verb *verb, int argc, char **argv)
{
    struct verb_ask ask = {0};
    int status = verb_options(verb, argc, argv, option_table, take_option, &ask);
    if (status == VERB_GO_ON)
        status = verb_no_words(verb, argc, argv);
    if (status != VERB_GO_ON)
        return status;
    return verb_ask(verb, &ask, &(struct control_question){.path = "/api/v1/status"}, make_text,
                    NULL);
}
