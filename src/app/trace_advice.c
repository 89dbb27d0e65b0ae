/* SPDX-License-Identifier: Apache-2.0
 *
 * What to do about mail that did not arrive: one row for each meaning of a reply, one for each
 * final word, one for each reason of our own server. "We" is the reader's mail service; the words
 * name who has to act.
 */
#include "app/trace_words.h"

#include "mail/queue_id.h"

#define CALL "Tell the on-call team: "

struct class_advice {
    const char *waiting, *refused;
};

#define WAIT_FIRST "Nothing yet: our server tries again by itself. "
#define SHOW \
    "show the reply to the postmaster of the recipient's provider, or have the recipient do so."

static const struct class_advice by_class[] = {
    [REPLY_CLASS_UNKNOWN] =
        {WAIT_FIRST "If it still waits after a day, read the reply: it is the "
                    "other server's own explanation.",
         "Read the reply: it is the other server's own explanation. If it is wrong, " SHOW},
    [REPLY_CLASS_ADDR_DEAD] =
        {"Compare the address letter by letter, also behind the @. Our server goes on trying.",
         "Compare the address letter by letter, also behind the @. If it is right, only the "
         "recipient can ask their provider why the mailbox is gone."},
    [REPLY_CLASS_ADDR_INACTIVE] =
        {WAIT_FIRST "Only the recipient or their provider can open the mailbox for this sender.",
         "Reach the recipient another way: only they or their provider can open the mailbox, or "
         "let this sender in. Sending again does not help before."},
    [REPLY_CLASS_ADDR_QUOTA] =
        {WAIT_FIRST "The recipient must make room in the mailbox: tell them another way.",
         "The recipient must make room in the mailbox. Then send the mail again."},
    [REPLY_CLASS_BLOCK_IP] =
        {CALL "this provider refuses our mail server, so it touches everybody who writes there "
              "(todoku report shows how wide). The sender did nothing wrong; our server goes on "
              "trying.",
         CALL "this provider refuses our mail server, so it touches everybody who writes there "
              "(todoku report shows how wide). The sender did nothing wrong and can send again "
              "when it is solved."},
    [REPLY_CLASS_BLOCK_DOMAIN] =
        {CALL "this provider refuses the sender's domain or a link in the mail (todoku report "
              "shows whether it is only this one).",
         CALL "this provider refuses the sender's domain or a link in the mail (todoku report "
              "shows whether it is only this one). Without links the mail may pass."},
    [REPLY_CLASS_RATE] =
        {"Nothing yet: our server slows down and tries again by itself. Tell the on-call "
         "team if it lasts longer than three hours.",
         CALL "the provider wants less mail from us at once (todoku report shows how wide). Then "
              "send it again; many mails at once should be spread over the day."},
    [REPLY_CLASS_RATE_RCPT] =
        {WAIT_FIRST "The recipient gets more mail than their provider lets in at once.",
         "Send it again in a few hours: the recipient gets more mail than their provider lets in."},
    [REPLY_CLASS_GREYLIST] =
        {"Nothing: this is usual at a first contact. The next try, mostly within the hour, "
         "gets through.",
         "Send it again: the other server wanted a second try."},
    [REPLY_CLASS_AUTH] =
        {"Whoever keeps the DNS of the sender's domain must mend its SPF, DKIM or DMARC records "
         "(they say which servers may send for the domain). Until then it waits.",
         "Whoever keeps the DNS of the sender's domain must mend its SPF, DKIM or DMARC records "
         "(they say which servers may send for the domain). Then send the mail again."},
    [REPLY_CLASS_DNS_PTR] =
        {CALL "the name of our server, or the DNS of the sender's domain, does not hold.",
         CALL "the name of our server, or the DNS of the sender's domain, does not hold. Then send "
              "the mail again."},
    [REPLY_CLASS_TLS] = {CALL "the two servers cannot agree on encryption.",
                         CALL "the two servers cannot agree on encryption."},
    [REPLY_CLASS_POLICY] =
        {WAIT_FIRST "If it does not get through, the recipient's administrator must allow it.",
         "Ask the recipient to have their administrator allow this sender; the reply helps "
         "them."},
    [REPLY_CLASS_CONTENT_SPAM] =
        {WAIT_FIRST "If it does not get through: send it without links, attachments or many "
                    "capitals.",
         "Did the sender write it? If not, somebody else uses the account: change its password and "
         "tell the on-call team. If yes: send it again without links and attachments."},
    [REPLY_CLASS_CONTENT_SIZE] = {"Send it smaller, or as a link to the file.",
                                  "Send it smaller, or as a link to the file."},
    [REPLY_CLASS_CONTENT_MALFORMED] =
        {"The program that wrote the mail makes mistakes: use another, or tell who runs it.",
         "The program that wrote the mail makes mistakes: use another, or tell who runs it."},
    [REPLY_CLASS_NETWORK] =
        {WAIT_FIRST "If it lasts longer than a few hours, the recipient's provider has trouble, or "
                    "the part of the address behind the @ is wrong.",
         "Compare the part of the address behind the @ letter by letter: the domain may be "
         "misspelt or given up. If it is right, the recipient's provider must mend it."},
    [REPLY_CLASS_REMOTE_SYSTEM] = {WAIT_FIRST
                                   "The trouble is on the recipient's side and mostly passes.",
                                   "Send it again in an hour. If it fails again, " SHOW},
    [REPLY_CLASS_PROTOCOL] = {CALL "the two servers misunderstand each other.",
                              CALL "the two servers misunderstand each other."},
    [REPLY_CLASS_LOCAL] = {CALL "the trouble is in our own mail system.",
                           CALL "the trouble is in our own mail system."},
    [REPLY_CLASS_NOT_BOUNCE] = {WAIT_FIRST, "If the address is right, " SHOW},
};

static const char *const by_outcome[] = {
    [STORY_OUTCOME_DELIVERED] =
        "If the recipient does not see it: look into the folder named here, the spam folder, and "
        "the filter rules of the mailbox.",
    [STORY_OUTCOME_ACCEPTED] =
        "If the recipient does not see it: look into the spam folder first, then ask the "
        "recipient's provider with the reply and the time given here.",
    [STORY_OUTCOME_HANDED_ON] =
        "Search the log of that server for the id, or name its log here together with this one.",
    [STORY_OUTCOME_WAITING] = "Nothing yet: our server tries by itself. Tell the on-call team if "
                              "it lasts longer than an hour.",
    [STORY_OUTCOME_HELD] = CALL "it does not move until somebody releases it "
                                "(postsuper -H and the id).",
    [STORY_OUTCOME_REFUSED] = "If the address is right, " SHOW,
    [STORY_OUTCOME_EXPIRED] = "Find out whether the trouble is over, then send the mail again.",
    [STORY_OUTCOME_REJECTED] = "The sender saw this answer at once. Mend what it names, then send "
                               "again.",
    [STORY_OUTCOME_DISCARDED] = "Ask the on-call team which rule that is. Nobody was told: the "
                                "sender has to send again once it is changed.",
    [STORY_OUTCOME_DELETED] = "Ask the on-call team why. Nobody was told: the sender has to send "
                              "again.",
    [STORY_OUTCOME_LOST] = "Search later logs, or those of the other hosts: the end of the story "
                           "is there.",
    [STORY_OUTCOME_UNFINISHED] = "Ask the sender whether the program showed an error, and to send "
                                 "again.",
    [STORY_OUTCOME_CHECKED] = "",
};

/* Another Postfix, and none of a provider that we know: it may be ours. */
static bool may_be_ours(const struct story_step *step)
{
    return step->provider == NULL && queue_id_is_valid(step->next_id);
}

const char *trace_advice(const struct story_recipient *recipient)
{
    const struct story_step *last = recipient->last;
    if (recipient->outcome == STORY_OUTCOME_ACCEPTED && last != NULL && may_be_ours(last))
        return "Is that a server of ours? Then search its log for the id in the reply. If not, and "
               "the "
               "recipient does not see it: look into the spam folder first, then ask the "
               "recipient's provider with the reply and the time given here.";
    bool failed = last != NULL && (last->kind == STORY_DEFERRED || last->kind == STORY_BOUNCED);
    if (failed && last->own && last->class == REPLY_CLASS_ADDR_DEAD)
        return "Compare the address letter by letter: our server has no such mailbox.";
    if (failed && recipient->outcome == STORY_OUTCOME_WAITING)
        return by_class[last->class].waiting;
    if (failed && (recipient->outcome == STORY_OUTCOME_REFUSED ||
                   recipient->outcome == STORY_OUTCOME_EXPIRED))
        return by_class[last->class].refused;
    if (recipient->outcome == STORY_OUTCOME_REJECTED && last != NULL)
        return trace_door_of(last->code, last->dsn, last->reply).advice;
    return by_outcome[recipient->outcome];
}

/* ---- our own refusals ---- */

#define FULL \
    { \
        "the mailbox is full", "The owner of the mailbox must make room in it." \
    }

static const struct {
    const char *phrase;
    struct trace_door door;
} doors[] = {
    {"blocked using",
     {"the sending server is on a public blocklist",
      "The sender's provider must get its server off the list that the reply names."}},
    {"relay access denied",
     {"the recipient is not one of ours, and the sender was not logged in",
      "The sender must switch on login (authentication) for outgoing mail in the mail program."}},
    {"not owned by user",
     {"the sender used an address that does not belong to the login",
      "Set the sender address in the mail program to one of the account's own."}},
    {"greylist",
     {"first contact: the sending server has to come again",
      "Nothing: it comes again by itself, mostly within the hour."}},
    {"rate limit",
     {"more mail in a short time than is allowed",
      "Wait and send again. If the sender did not send much: somebody else may use the account."}},
    {"too many",
     {"more connections or recipients than is allowed",
      "Send again with fewer recipients, or later."}},
    {"suspended", {"the account is suspended", "Ask the on-call team why."}},
    {"user unknown", {"there is no such address with us", "Compare the address letter by letter."}},
    {"unverified address",
     {"the server of that address says that it does not exist",
      "Compare the address letter by letter."}},
    {"undeliverable address",
     {"the server of that address says that it does not exist",
      "Compare the address letter by letter."}},
    {"domain not found",
     {"the part behind the @ of an address does not exist",
      "Compare the part behind the @ letter by letter."}},
    {"cannot find your",
     {"the sending server has no proper name in the DNS",
      "The sender's provider must mend the name (PTR record) of its server."}},
    {"helo command rejected",
     {"the sending server says a wrong name",
      "The sender's provider must mend its server's name (HELO)."}},
    {"fully-qualified",
     {"an address or name is incomplete",
      "Write the address in full, with the part behind the @."}},
    {"quota", FULL},
    {"mailbox full", FULL},
    {"message size", {"the mail is too large", "Send it smaller, or as a link to the file."}},
    {"temporary lookup failure",
     {"trouble in our own mail system", CALL "a table of our server cannot be read."}},
    {"configuration", {"trouble in our own mail system", CALL "our server is set up wrongly."}},
    {"content rejected",
     {"a rule about the content forbids it", "Ask the on-call team which rule."}},
    {"spam", {"the mail looks like spam", "Send it again without links and attachments."}},
    {"virus",
     {"the mail carries something dangerous", "Do not send it again; check the computer."}},
};

struct trace_door trace_door_of(struct slice code, struct slice dsn, struct slice reply)
{
    if (slice_eq(dsn, SLICE("5.2.2")) || slice_eq(dsn, SLICE("4.2.2"))) /* RFC 3463 */
        return (struct trace_door)FULL;
    for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++)
        if (slice_ifind(reply, slice_from_str(doors[i].phrase)) != NULL)
            return doors[i].door;
    if (slice_starts_with(code, SLICE("4")))
        return (struct trace_door){"our server did not take it for now",
                                   "The sending server tries again by itself. If it lasts, ask the "
                                   "on-call team which rule that is."};
    return (struct trace_door){"a rule of our server forbids it",
                               "Ask the on-call team which rule that is."};
}
