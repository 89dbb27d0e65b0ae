/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku top: the status on the whole screen, anew every second, until q or a signal.
 */
#include "app/control_call.h"
#include "app/screen.h"
#include "app/top_view.h"
#include "app/verb_options.h"
#include "io/clock.h"
#include "io/terminal.h"

#define EVERY_US INT64_C(1000000)
#define ASK_MS 2000 /* a daemon that is slow holds up keys and signals for so long */

static const struct option option_table[] = {
    CONTROL_OPTION_ROWS,
    {"help", no_argument, NULL, 'h'},
    {0},
};

static bool ask(const struct control *control, struct top_view *view, struct err *err)
{
    json_t *value;
    if (control_ask(control, "/api/v1/status", (struct slice){NULL, 0}, &value, err) != CONTROL_OK)
        return false;
    struct status_answer *status = status_answer_new(value);
    json_decref(value);
    if (status == NULL)
        return control_stranger(err);
    top_view_take(view, status, clock_steady_us());
    return true;
}

static bool draw(struct terminal *terminal, const struct top_view *view)
{
    CLEANUP_BUF struct buf text = {0};
    struct text_style style = screen_style(true, COLOUR_AUTO);
    top_view_draw(view, &style, terminal_rows(terminal), &text);
    return terminal_draw(terminal, buf_slice(&text));
}

/* Waits until `until_us` (steady). False: the user, or the system, wants the end. */
static bool wait_until(struct terminal *terminal, const struct top_view *view, int64_t until_us)
{
    for (int64_t left_us; (left_us = until_us - clock_steady_us()) > 0;) {
        char key = '\0';
        switch (terminal_wait(terminal, left_us / 1000 + 1, &key)) {
        case TERMINAL_TIME:
            break;
        case TERMINAL_KEY:
            if (key == 'q' || key == 'Q')
                return false;
            break;
        case TERMINAL_REDRAW:
            if (!draw(terminal, view))
                return false;
            break;
        case TERMINAL_ENDED:
            return false;
        }
    }
    return true;
}

static void watch(struct terminal *terminal, const struct control *control, struct top_view *view)
{
    int64_t next_us = clock_steady_us();
    while (draw(terminal, view)) {
        next_us += EVERY_US;
        int64_t now_us = clock_steady_us();
        next_us = next_us > now_us ? next_us : now_us + EVERY_US / 4;
        if (!wait_until(terminal, view, next_us))
            return;
        struct err err;
        if (!ask(control, view, &err))
            top_view_fail(view, &err);
    }
}

/* The first answer comes before the screen is taken: without one there is nothing to show. */
static int run(const struct verb *verb, const struct control *control)
{
    struct err err;
    struct top_view *view = top_view_new();
    struct terminal *terminal = ask(control, view, &err) ? terminal_open(&err) : NULL;
    bool good = terminal != NULL;
    if (good)
        watch(terminal, control, view);
    terminal_close(terminal);
    top_view_free(view);
    return good ? VERB_FINE : verb_fail(verb, &err);
}

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    (void)err;
    return control_option(data, code, value);
}

int verb_top(const struct verb *verb, int argc, char **argv)
{
    struct control_options options = {0};
    struct control control;
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status == VERB_GO_ON)
        status = verb_no_words(verb, argc, argv);
    if (status != VERB_GO_ON)
        return status;
    if (!terminal_usable(&err)) {
        err_at(&err, "is a live view (todoku status is for pipes and scripts)");
        return verb_usage_error(verb, &err);
    }
    bool good = control_init(&control, &options, &err);
    control.deadline_ms = ASK_MS;
    status = good ? run(verb, &control) : verb_fail(verb, &err);
    control_done(&control);
    return status;
}
