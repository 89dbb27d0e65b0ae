/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_question.h.
 */
#include "mail/quota_question.h"

#include <inttypes.h>

static bool can_be_value(struct slice text)
{
    return text.len <= QUOTA_QUESTION_MAX && slice_find_char(text, '\n') == NULL &&
           slice_find_char(text, '\r') == NULL && slice_find_char(text, '\0') == NULL;
}

bool quota_question_format(const struct quota_question *question, struct buf *to)
{
    size_t before = to->len;
    struct slice protocol = question->protocol_name;
    if (protocol.len == 0)
        protocol = SLICE("ESMTP");
    if (question->recipient.len == 0 || !can_be_value(question->recipient) ||
        !can_be_value(protocol))
        return false;
    buf_add_str(to, "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=");
    buf_add(to, protocol);
    buf_add_str(to, "\nrecipient=");
    buf_add(to, question->recipient);
    buf_addf(to, "\nsize=%" PRIu64 "\n\n", question->size);
    if (to->len - before <= QUOTA_QUESTION_MAX)
        return true;
    to->len = before;
    to->ptr[before] = '\0';
    return false;
}
