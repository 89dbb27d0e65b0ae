/* SPDX-License-Identifier: Apache-2.0
 *
 * Sentences about the steps of a trace. See trace_words.h; trace_failure.c has the failed tries.
 */
#include "app/trace_words.h"

#include "io/clock.h"

void trace_time(int64_t us, struct buf *to)
{
    char text[24];
    buf_add_str(to, us == STAMP_NONE ? "-" : clock_format_local(us, text, sizeof(text)));
}

void trace_full_since(int64_t since_us, struct buf *to)
{
    if (since_us == STAMP_NONE)
        return;
    buf_add_str(to, " since ");
    trace_time(since_us, to);
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
    struct trace_door door = trace_door_of(step->code, step->dsn, step->reply);
    buf_addf(to, "Refused by our own server: %s", door.meaning);
    trace_full_since(step->full_since_us, to);
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
    buf_add_str(to, failure ? " that it was not delivered"
                    : delay ? " that it is late"
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
        [STORY_DEFERRED] = trace_failure_say,
        [STORY_BOUNCED] = trace_failure_say,
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
