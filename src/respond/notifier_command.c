/* SPDX-License-Identifier: Apache-2.0
 *
 * A program of the operator's: the webhook's document on standard input. Its arguments are those of
 * the configuration, with {page} {transition} {severity} {state} and {kind} filled in: words of
 * ours, never text from a log. No shell is between.
 */
#include "respond/notifier_formats.h"

#include "base/text_template.h"

void notifier_command(const struct notifier_job *job, struct outgoing *to)
{
    const struct notice *notice = job->notice;
    const struct text_value values[] = {
        {"page", notice->page},
        {"transition", slice_from_str(notice_transition_word(notice->transition))},
        {"severity", slice_from_str(incident_severity_word(notice->severity))},
        {"state", slice_from_str(incident_state_word(notice->state))},
        {"kind", slice_from_str(incident_kind_word(notice->items[0].incident.kind))},
        {NULL, SLICE("")}};
    CLEANUP_BUF struct buf body = {0};
    for (size_t i = 0; i < job->settings->command_count; i++) {
        CLEANUP_BUF struct buf pattern = {0}, arg = {0};
        buf_add(&pattern, job->settings->command[i]);
        text_template(buf_str(&pattern), values, &arg);
        outgoing_arg(to, buf_slice(&arg));
    }
    json_value_print(notifier_document(job), false, &body);
    outgoing_body(to, &body);
}
