/* SPDX-License-Identifier: Apache-2.0
 *
 * Sentences of a trace. See trace_words.h.
 */
#include "app/trace_words.h"

#include "app/report_words.h"
#include "io/clock.h"
#include "mail/reply.h"

void trace_time(int64_t us, struct buf *to)
{
    char text[24];
    buf_add_str(to, us == STAMP_NONE ? "-" : clock_format_local(us, text, sizeof(text)));
}

/* ---- servers and replies ---- */

static struct slice domain_of(struct slice address)
{
    const char *at = slice_find_last_char(address, '@');
    return at ? slice_between(at + 1, slice_end(address)) : (struct slice){NULL, 0};
}

void trace_server(const struct story_step *step, struct buf *to)
{
    struct slice domain = domain_of(step->to);
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

static void say_failure(const struct story_step *step, struct buf *to)
{
    struct reply reply;
    struct slice domain = domain_of(step->to);
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

/* ---- steps ---- */

static void add_client(const struct story_step *step, struct buf *to)
{
    bool named = step->client_name.len > 0 && !slice_eq(step->client_name, SLICE("unknown"));
    if (named)
        buf_add(to, step->client_name);
    if (step->client_ip.len > 0)
        buf_addf(to, named ? " [%.*s]" : "%.*s", SLICE_ARG(step->client_ip));
}

static void say_accepted(const struct story_step *step, struct buf *to)
{
    buf_add_str(to, "Taken in from ");
    add_client(step, to);
    if (step->login.len > 0)
        buf_addf(to, ", login %.*s", SLICE_ARG(step->login));
}

static void add_host(const struct story_hop *hop, struct buf *to)
{
    if (hop->host.len > 0)
        buf_add(to, hop->host);
    else
        buf_add_str(to, "this host");
}

static void say_submitted(const struct story_step *step, struct buf *to)
{
    buf_add_str(to, "Written by a program on ");
    add_host(step->hop, to);
}

static bool is_loopback(struct slice ip)
{
    return slice_starts_with(ip, SLICE("127.")) || slice_eq(ip, SLICE("::1"));
}

static void say_handed_on(const struct story_step *step, struct buf *to)
{
    bool other = step->next != NULL && !slice_eq(step->next->host, step->hop->host);
    if (slice_starts_with(step->reply, SLICE("forwarded as ")))
        buf_add_str(to, "Sent on, as the address is an alias");
    else if (other)
        buf_addf(to, "Handed on to our server %.*s", SLICE_ARG(step->next->host));
    else if (step->own || is_loopback(step->relay_ip))
        buf_add_str(to, "Checked by the content filter and taken back");
    else
        buf_addf(to, "Handed on to our server %.*s", SLICE_ARG(step->relay_host));
    struct slice id = step->next ? step->next->queue_id : step->next_id;
    if (id.len > 0)
        buf_addf(to, ", there as %.*s", SLICE_ARG(id));
}

static void say_sent(const struct story_step *step, struct buf *to)
{
    buf_add_str(to, "Taken by ");
    trace_server(step, to);
}

static void say_delivered(const struct story_step *step, struct buf *to)
{
    if (slice_starts_with(step->reply, SLICE("delivered to command")) ||
        slice_starts_with(step->reply, SLICE("delivered via ")))
        buf_add_str(to, "Given to a program of ours");
    else
        buf_add_str(to, "Put into the mailbox");
}

static void say_server_failed(const struct story_step *step, struct buf *to)
{
    buf_add_str(to, "One of several servers failed (");
    trace_server(step, to);
    buf_add_str(to, "), the next one was tried");
}

static void say_expired(const struct story_step *step, struct buf *to)
{
    buf_add_str(to, slice_starts_with(step->detail, SLICE("force"))
                        ? "Given up by order of an administrator, returned to the sender"
                        : "Given up after too long a time, returned to the sender");
}

static void say_rejected(const struct story_step *step, struct buf *to)
{
    buf_addf(to, "Refused by our own server: %s", trace_door_of(step->reply, step->code).meaning);
}

/* A rule's own words, without what smtpd puts in front: `<a@b>: Recipient address WORDS`. */
static void add_rule(const struct story_step *step, struct buf *to)
{
    static const struct slice heads[] = {{"Recipient address ", 18}, {"Sender address ", 15},
                                         {"Client host ", 12},       {"Helo command ", 13},
                                         {"End-of-data ", 12},       {"triggers ", 9}};
    struct slice words = step->reply;
    const char *colon = slice_find(words, SLICE(">: "));
    if (slice_starts_with(words, SLICE("<")) && colon != NULL)
        words = slice_between(colon + 3, slice_end(words));
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        slice_take_prefix(&words, heads[i]);
    if (words.len > 0)
        buf_addf(to, ": %.*s", SLICE_ARG(words));
}

static void say_held(const struct story_step *step, struct buf *to)
{
    bool by_hand = slice_eq(step->detail, SLICE("placed on hold"));
    buf_add_str(to, by_hand ? "Stopped by an administrator" : "Stopped by a rule of ours");
    add_rule(step, to);
}

static void say_released(const struct story_step *step, struct buf *to)
{
    (void)step;
    buf_add_str(to, "Released by an administrator");
}

static void say_requeued(const struct story_step *step, struct buf *to)
{
    (void)step;
    buf_add_str(to, "Put back to the start by an administrator; goes on under a new id");
}

static void say_expiry_ordered(const struct story_step *step, struct buf *to)
{
    (void)step;
    buf_add_str(to, "An administrator ordered to give it up");
}

static void say_deleted(const struct story_step *step, struct buf *to)
{
    (void)step;
    buf_add_str(to, "Deleted by an administrator; nobody was told");
}

static void say_discarded(const struct story_step *step, struct buf *to)
{
    buf_add_str(to, "Thrown away by a rule of ours");
    add_rule(step, to);
}

static void say_redirected(const struct story_step *step, struct buf *to)
{
    buf_add_str(to, "Sent to another address by a rule of ours");
    add_rule(step, to);
}

static void say_noted(const struct story_step *step, struct buf *to)
{
    buf_addf(to, "Noted by our server: %.*s", SLICE_ARG(step->detail));
    if (!slice_eq(step->detail, step->reply))
        add_rule(step, to);
}

static void say_notified(const struct story_step *step, struct buf *to)
{
    bool delay = slice_find(step->detail, SLICE("delay")) != NULL;
    bool failure = slice_find(step->detail, SLICE("non-delivery")) != NULL;
    bool postmaster = slice_starts_with(step->detail, SLICE("postmaster"));
    buf_add_str(to, postmaster ? "Our postmaster was told" : "The sender was told");
    buf_add_str(to, failure ? " that it was not delivered" : delay ? " that it is late"
                                                                   : " what became of it");
    if (step->on == NULL)
        return;
    bool arrived = story_outcome_is_good(step->on->outcome);
    bool waits = story_outcome_is_open(step->on->outcome);
    buf_add_str(to, arrived ? ": that notice was delivered"
                    : waits ? ": that notice is still waiting"
                            : ", but that notice could not be delivered either");
    if (step->on->address.len > 0)
        buf_addf(to, " (%.*s)", SLICE_ARG(step->on->address));
}

static void say_checked(const struct story_step *step, struct buf *to)
{
    bool yes = slice_eq(step->detail, SLICE("deliverable"));
    buf_add_str(to, "Our server only asked whether the address exists. ");
    trace_server(step, to);
    buf_add_str(to, yes ? " says yes" : " says no");
}

static void say_stored(const struct story_step *step, struct buf *to)
{
    buf_addf(to, "Stored in the folder %.*s", SLICE_ARG(step->detail));
}

static void say_store_failed(const struct story_step *step, struct buf *to)
{
    buf_addf(to, "Could not be stored in the folder %.*s", SLICE_ARG(step->detail));
    add_rule(step, to);
}

static void say_sorted(const struct story_step *step, struct buf *to)
{
    buf_addf(to, "A filter rule of the mailbox: %.*s", SLICE_ARG(step->reply));
}

static void say_plain(const struct story_step *step, struct buf *to)
{
    static const char *const texts[] = {
        [STORY_REENTERED] = "Taken in again",
        [STORY_QUEUED] = "Put into the queue",
        [STORY_REMOVED] = "Done: taken out of the queue",
    };
    buf_add_str(to, texts[step->kind]);
}

void trace_step_say(const struct story_step *step, struct buf *to)
{
    static void (*const says[])(const struct story_step *, struct buf *) = {
        [STORY_ACCEPTED] = say_accepted,
        [STORY_SUBMITTED] = say_submitted,
        [STORY_REENTERED] = say_plain,
        [STORY_QUEUED] = say_plain,
        [STORY_HANDED_ON] = say_handed_on,
        [STORY_SENT] = say_sent,
        [STORY_DELIVERED] = say_delivered,
        [STORY_DEFERRED] = say_failure,
        [STORY_BOUNCED] = say_failure,
        [STORY_SERVER_FAILED] = say_server_failed,
        [STORY_EXPIRED] = say_expired,
        [STORY_REJECTED] = say_rejected,
        [STORY_HELD] = say_held,
        [STORY_RELEASED] = say_released,
        [STORY_REQUEUED] = say_requeued,
        [STORY_EXPIRY_ORDERED] = say_expiry_ordered,
        [STORY_DELETED] = say_deleted,
        [STORY_DISCARDED] = say_discarded,
        [STORY_REDIRECTED] = say_redirected,
        [STORY_NOTED] = say_noted,
        [STORY_NOTIFIED] = say_notified,
        [STORY_CHECKED] = say_checked,
        [STORY_STORED] = say_stored,
        [STORY_STORE_FAILED] = say_store_failed,
        [STORY_SORTED] = say_sorted,
        [STORY_REMOVED] = say_plain,
    };
    says[step->kind](step, to);
}
