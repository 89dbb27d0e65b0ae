/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_notifiers.h.
 */
#include "app/daemon_notifiers.h"

#include <limits.h>
#include <unistd.h>

#include "io/clock.h"

#define HOLD_US (15 * INT64_C(60000000)) /* three times that between repetitions */

static struct slice text_of(const char *text)
{
    return text ? slice_from_str(text) : (struct slice){NULL, 0};
}

static void set_words(struct slice *to, size_t most, const char *const *from, size_t count,
                      size_t *taken)
{
    *taken = count < most ? count : most;
    for (size_t i = 0; i < *taken; i++)
        to[i] = slice_from_str(from[i]);
}

static enum notifier_type type_of(enum settings_notify_kind kind)
{
    static const enum notifier_type types[] = {
        [SETTINGS_NOTIFY_SLACK] = NOTIFIER_SLACK,
        [SETTINGS_NOTIFY_WEBHOOK] = NOTIFIER_WEBHOOK,
        [SETTINGS_NOTIFY_MAIL] = NOTIFIER_MAIL,
        [SETTINGS_NOTIFY_ALERTMANAGER] = NOTIFIER_ALERTMANAGER,
        [SETTINGS_NOTIFY_PAGERDUTY] = NOTIFIER_PAGERDUTY,
        [SETTINGS_NOTIFY_COMMAND] = NOTIFIER_COMMAND,
    };
    return types[kind];
}

/* Where and as whom. */
static void set_address(const struct settings_notifier *from, struct notifier_settings *to)
{
    switch (to->type) {
    case NOTIFIER_SLACK:
        to->url = text_of(from->token ? from->slack_api : from->slack);
        to->token = text_of(from->token);
        to->channel = text_of(from->channel);
        to->buttons = from->signing_secret != NULL;
        break;
    case NOTIFIER_WEBHOOK:
        to->url = text_of(from->webhook);
        to->secret = text_of(from->secret);
        break;
    case NOTIFIER_MAIL:
        to->from = text_of(from->from);
        set_words(to->to, NOTIFIER_TO_MAX, from->mail, from->mail_count, &to->to_count);
        set_words(to->command, NOTIFIER_COMMAND_MAX, from->sendmail, from->sendmail_count,
                  &to->command_count);
        break;
    case NOTIFIER_ALERTMANAGER:
        to->url = text_of(from->alertmanager);
        break;
    case NOTIFIER_PAGERDUTY:
        to->url = text_of(from->pagerduty_url);
        to->token = text_of(from->pagerduty);
        break;
    case NOTIFIER_COMMAND:
        set_words(to->command, NOTIFIER_COMMAND_MAX, from->command, from->command_count,
                  &to->command_count);
        break;
    }
}

static struct slice runbooks_of(const struct settings *settings, struct arena *arena)
{
    if (settings->web.url == NULL)
        return (struct slice){NULL, 0};
    CLEANUP_BUF struct buf url = {0};
    buf_add_str(&url, settings->web.url);
    while (url.len > 0 && url.ptr[url.len - 1] == '/')
        url.len--;
    buf_add_str(&url, "/runbooks");
    return slice_of(arena_copy(arena, url.ptr, url.len), url.len);
}

/* Who sends mail when no `from` is set: a mail without a sender is none. */
static struct slice own_mailbox(struct arena *arena)
{
    char host[HOST_NAME_MAX + 1] = "";
    CLEANUP_BUF struct buf address = {0};
    if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
        buf_add_str(&address, "todoku@localhost");
    else
        buf_addf(&address, "todoku@%s", host);
    return slice_of(arena_copy(arena, address.ptr, address.len), address.len);
}

static void describe(const struct settings *settings, size_t i, struct slice runbooks,
                     const struct provider_table *providers, struct notifier_settings *out)
{
    const struct settings_notifier *from = &settings->notifiers[i];
    *out = (struct notifier_settings){
        .type = type_of(from->kind),
        .name = slice_from_str(from->name),
        .min_severity = from->min_severity,
        .min_escalation = from->min_escalation,
        .message = {.language = from->language,
                    .zone = {.offset = clock_utc_offset},
                    .runbooks = runbooks,
                    .providers = providers},
        .hold_us = HOLD_US,
    };
    set_address(from, out);
}

size_t daemon_notifiers(const struct settings *settings, const struct provider_table *providers,
                        struct arena *arena, struct notifier_settings out[NOTIFY_DESK_MAX])
{
    size_t count = settings->notifier_count;
    count = count < NOTIFY_DESK_MAX ? count : NOTIFY_DESK_MAX;
    struct slice runbooks = runbooks_of(settings, arena);
    for (size_t i = 0; i < count; i++) {
        describe(settings, i, runbooks, providers, &out[i]);
        if (out[i].type == NOTIFIER_MAIL && out[i].from.len == 0)
            out[i].from = own_mailbox(arena);
    }
    return count;
}

struct incident_book_settings daemon_book_settings(const struct settings *settings)
{
    const struct settings_incidents *from = &settings->incidents;
    struct incident_book_settings book = INCIDENT_BOOK_SETTINGS;
    book.escalate_after_us = from->escalate_after_us;
    book.escalate_max = from->escalate_calls;
    book.escalate_severity = from->escalate_severity;
    book.flap_us = from->flap_us;
    book.stable_us = from->stable_us;
    book.group_us = from->group_us;
    book.group_wait_us = from->group_wait_us;
    book.update_every_us = from->update_us;
    book.reopen_hits = settings->detect.block.least_failures;
    book.reopen_silent_hits = settings->detect.silent_block.least_failures;
    book.orphan_us = from->orphan_us;
    book.quiet.zone = (struct local_time){.offset = clock_utc_offset};
    for (size_t i = 0; i < from->quiet_hours_count && i < QUIET_WINDOWS_MAX; i++)
        book.quiet.windows[book.quiet.count++] =
            (struct quiet_window){.from_minute = from->quiet_hours[i].from,
                                  .to_minute = from->quiet_hours[i].to,
                                  .days = from->quiet_hours[i].days};
    return book;
}
