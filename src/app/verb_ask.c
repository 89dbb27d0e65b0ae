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

/* Prints the text of the answer, or its JSON; drops `value`. */
static void print(bool json, const struct buf *text, json_t *value)
{
    CLEANUP_BUF struct buf whole = {0};
    if (json)
        json_value_print(value, true, &whole);
    else
        json_decref(value);
    const struct buf *out = json ? &whole : text;
    fwrite(out->ptr, 1, out->len, stdout);
}

int verb_ask(const struct verb *verb, const struct verb_ask *ask,
             const struct control_question *question, verb_answer_fn *answer, void *data)
{
    struct control control;
    struct err err;
    json_t *value;
    enum control_result result = CONTROL_FAILED;
    int status = VERB_GO_ON;
    if (control_init(&control, &ask->control, &err))
        result = control_put(&control, question, &value, &err);
    if (result == CONTROL_OK) {
        CLEANUP_BUF struct buf text = {0};
        struct text_style style = screen_style(true, ask->colour);
        status = answer(data, &control, &style, value, &text);
        if (status == VERB_GO_ON)
            control_stranger(&err);
        else
            print(ask->json, &text, json_incref(value));
        json_decref(value);
    }
    control_done(&control);
    if (status != VERB_GO_ON)
        return status;
    status = verb_fail(verb, &err);
    return result == CONTROL_REFUSED ? VERB_NO : status;
}
