/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_incidents.h.
 */
#include "app/quota_incidents.h"

static void say(struct part_book *book, const char *name, const char *words)
{
    const struct part_ailment ailment = {
        .name = slice_from_str(name),
        .words = slice_from_str(words),
        .severity = INCIDENT_WARNING,
    };
    part_book_say(book, &ailment);
}

static size_t count_down(const struct quota_state *state)
{
    size_t down = 0;
    for (size_t i = 0; i < state->count; i++)
        down += state->servers[i].is_down;
    return down;
}

static void say_server(struct part_book *book, const struct quota_server_state *server,
                       bool are_all)
{
    CLEANUP_BUF struct buf words = {0};
    buf_addf(&words, "%.*s at %.*s does not say who is full: %.*s", SLICE_ARG(server->name),
             SLICE_ARG(server->address),
             SLICE_ARG(server->reason.len > 0 ? server->reason : SLICE("no answer in time")));
    const struct part_ailment ailment = {
        .name = server->name,
        .words = buf_slice(&words),
        .severity = are_all ? INCIDENT_CRITICAL : INCIDENT_WARNING,
    };
    part_book_say(book, &ailment);
}

static void say_servers(struct part_book *book, const struct quota_state *state)
{
    bool are_all = count_down(state) == state->count;
    for (size_t i = 0; i < state->count; i++)
        if (state->servers[i].is_down)
            say_server(book, &state->servers[i], are_all);
}

void quota_incidents_look(struct part_book *book, const struct quota_incidents_view *view,
                          int64_t now_us, incident_tell tell, void *data)
{
    if (view->wanted && view->trouble != NULL)
        say(book, "quota listener", view->trouble);
    if (view->wanted && view->tables != NULL)
        say(book, "tables of mailboxes", view->tables);
    if (view->wanted && view->state != NULL)
        say_servers(book, view->state);
    else if (view->wanted)
        part_book_keep_others(book);
    part_book_tell(book, now_us, tell, data);
}
