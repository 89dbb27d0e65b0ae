/* SPDX-License-Identifier: Apache-2.0
 *
 * One question, one answer. See verb_ask.h.
 */
#include "app/verb_ask.h"

#include <stdio.h>

bool verb_ask_option(struct verb_ask *ask, int code, const char *value, struct err *err)
{
    if (control_option(&ask->control, code, value))
        return true;
    if (code == OPTION_COLOUR)
        return screen_colour_parse(slice_from_str(value), &ask->colour, err);
    return screen_format_parse(slice_from_str(value), &ask->json, err);
}

int verb_show(const struct verb *verb, const struct verb_ask *ask, const struct control *control,
              const struct verb_answer *answer, json_t *value)
{
    CLEANUP_BUF struct buf text = {0};
    struct text_style style = screen_style(true, ask->colour);
    struct err err;
    int status = answer->text(answer->data, control, &style, value, &text);
    if (status == VERB_GO_ON) {
        json_decref(value);
        (void)control_stranger(&err);
        return verb_fail(verb, &err);
    }
    if (ask->json) {
        buf_clear(&text);
        json_value_print(value, true, &text);
    } else {
        json_decref(value);
    }
    fwrite(text.ptr, 1, text.len, stdout);
    return status;
}

static int put(const struct verb *verb, const struct verb_ask *ask, const struct control *control,
               const struct control_question *question, const struct verb_answer *answer)
{
    struct err err;
    json_t *value;
    enum control_result result = control_put(control, question, &value, &err);
    if (result == CONTROL_OK && answer->choose != NULL)
        value = answer->choose(answer->data, value);
    if (result == CONTROL_OK)
        return verb_show(verb, ask, control, answer, value);
    int status = VERB_GO_ON;
    if (result == CONTROL_FAILED && answer->unanswered != NULL)
        status = answer->unanswered(answer->data, verb, control, &err);
    if (status != VERB_GO_ON)
        return status;
    status = verb_fail(verb, &err);
    return result == CONTROL_REFUSED ? VERB_NO : status;
}

int verb_ask(const struct verb *verb, const struct verb_ask *ask,
             const struct control_question *question, const struct verb_answer *answer)
{
    struct control control;
    struct err err;
    int status = control_init(&control, &ask->control, &err)
                     ? put(verb, ask, &control, question, answer)
                     : verb_fail(verb, &err);
    control_done(&control);
    return status;
}
