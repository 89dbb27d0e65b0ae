/* SPDX-License-Identifier: Apache-2.0
 *
 * Servers, what they said, and tries that failed. See trace_words.h.
 */
#include "app/trace_words.h"

#include "mail/address.h"
#include "mail/reply.h"

void trace_server(const struct story_step *step, struct buf *to)
{
    struct slice domain = address_domain(step->to);
    if (step->own)
        buf_add_str(to, "our own server");
    else if (step->provider != NULL)
        buf_add(to, step->provider->title);
    else if (step->relay_host.len > 0)
        buf_add(to, step->relay_host);
    else if (step->relay_ip.len > 0)
        buf_add(to, step->relay_ip);
    else
        buf_addf(to, "the server of %.*s", SLICE_ARG(domain.len ? domain : step->to));
}

/* `550 5.1.1 `: what stands in front of the text. */
static void add_codes(const struct reply *reply, struct buf *to)
{
    if (reply->code != 0)
        buf_addf(to, "%u", reply->code);
    if (reply->dsn.len > 0)
        buf_addf(to, "%s%.*s", reply->code ? " " : "", SLICE_ARG(reply->dsn));
}

static bool is_spoken(const struct reply *reply)
{
    return reply->origin == REPLY_SAID || reply->origin == REPLY_REFUSED;
}

static void add_own_reply(const struct story_step *step, struct buf *to)
{
    const struct slice parts[] = {step->code, step->dsn, step->reply};
    for (size_t i = 0; i < 3; i++)
        if (parts[i].len > 0)
            buf_addf(to, "%s%.*s", to->len > 0 ? " " : "", SLICE_ARG(parts[i]));
}

void trace_reply(const struct story_step *step, struct buf *to)
{
    struct reply reply;
    if (step->kind == STORY_REJECTED) {
        add_own_reply(step, to);
        return;
    }
    reply_parse(step->reply, &reply);
    if (!is_spoken(&reply)) {
        buf_add(to, reply.words.len > 0 ? reply.words : step->reply);
        return;
    }
    add_codes(&reply, to);
    if (reply.code != 0 || reply.dsn.len > 0)
        buf_add_char(to, ' ');
    reply_text(reply.words, to);
}

struct slice trace_link(const struct story_recipient *recipient)
{
    const struct story_step *last = recipient->last;
    bool failed = recipient->outcome == STORY_OUTCOME_REFUSED ||
                  recipient->outcome == STORY_OUTCOME_EXPIRED ||
                  recipient->outcome == STORY_OUTCOME_WAITING;
    if (last == NULL || !failed)
        return (struct slice){NULL, 0};
    bool spoken = slice_find(last->reply, SLICE(" said: ")) != NULL;
    return last->url.len > 0 || last->provider == NULL || !spoken ? last->url
                                                                  : last->provider->postmaster;
}

/* ---- failures ---- */

static void add_meaning(const struct story_step *step, struct buf *to)
{
    if (step->class == REPLY_CLASS_UNKNOWN || step->class == REPLY_CLASS_NOT_BOUNCE)
        buf_add_str(to, "see its reply");
    else
        buf_add_str(to, reply_class_meaning(step->class));
    if (step->class == REPLY_CLASS_ADDR_QUOTA)
        trace_full_since(step->full_since_us, to);
}

/* "Refused by Google: the address does not exist (550 5.1.1)" */
static void say_spoken(const struct story_step *step, const struct reply *reply, struct buf *to)
{
    if (reply->origin == REPLY_REFUSED)
        buf_add_str(to, "Turned away by ");
    else
        buf_add_str(to, step->kind == STORY_BOUNCED ? "Refused by " : "Refused for now by ");
    trace_server(step, to);
    buf_add_str(to, ": ");
    add_meaning(step, to);
    if (reply->code == 0 && reply->dsn.len == 0)
        return;
    buf_add_str(to, " (");
    add_codes(reply, to);
    buf_add_char(to, ')');
}

static void say_ours(const struct story_step *step, struct buf *to)
{
    buf_add_str(to, step->kind == STORY_BOUNCED ? "Our own server gave it back: "
                                                : "Our own server could not deliver it for now: ");
    if (step->class == REPLY_CLASS_UNKNOWN || step->class == REPLY_CLASS_NOT_BOUNCE)
        trace_reply(step, to);
    else
        buf_add_str(to, reply_class_meaning(step->class));
}

void trace_failure_say(const struct story_step *step, struct buf *to)
{
    struct reply reply;
    struct slice domain = address_domain(step->to);
    reply_parse(step->reply, &reply);
    if (step->repeats)
        buf_add_str(to, "Not tried, since other mail had just failed there. ");
    switch (reply.origin) {
    case REPLY_SAID:
    case REPLY_REFUSED:
        say_spoken(step, &reply, to);
        break;
    case REPLY_CONNECT:
        buf_add_str(to, "No connection to ");
        trace_server(step, to);
        break;
    case REPLY_LOST:
        buf_add_str(to, "The connection to ");
        trace_server(step, to);
        buf_add_str(to, " broke off");
        break;
    case REPLY_DNS:
        buf_addf(to, "No mail server was found for the domain %.*s", SLICE_ARG(domain));
        break;
    case REPLY_OURS:
        say_ours(step, to);
        break;
    }
}
