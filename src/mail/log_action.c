/* SPDX-License-Identifier: Apache-2.0
 *
 * What smtpd, cleanup and postscreen decided about a message or a command.
 *
 *     ACTION: STAGE from CLIENT: TEXT; words             smtpd, milters
 *     ACTION: CLASS CONTENT from CLIENT; words: TEXT     header and body checks of cleanup
 *     proxy-accept: STAGE: REPLY; words                  smtpd with a content filter in front
 *     reject: STAGE from CLIENT: TEXT; words             postscreen
 *
 * For the words, and who may have chosen what, see log_tail.c.
 *
 * Peer documents: Postfix src/smtpd/smtpd_check.c, src/smtpd/smtpd.c,
 * src/cleanup/cleanup_message.c, src/cleanup/cleanup_milter.c, src/postscreen/postscreen_smtpd.c.
 */
#include "mail/log_form.h"
#include "mail/log_tail.h"
#include "mail/queue_id.h"

#define CONTENT_MAX 320 /* %.200s of the content, and the words of a MIME error */
#define CLIENT_MAX 400  /* ` from NAME[ip]:port`, a name of 255 bytes at most */

/* Sets the words behind the text and returns the text in front of them. */
static struct slice read_tail(struct log_record *record, struct slice text, bool postscreen)
{
    struct log_tail tail;
    log_tail_init(&tail, text, postscreen);
    if (!log_tail_find(&tail, false) && !log_tail_guess(&tail)) {
        record->cut = true;
        log_tail_cut(&tail);
    }
    log_tail_set(record, &tail);
    return tail.before;
}

/* `STAGE from CLIENT: `; what is left is the text. */
static bool take_session(struct log_record *record, struct slice *rest)
{
    struct slice stage, peer;
    if (!log_take_until(rest, SLICE(" from "), &stage))
        return false;
    log_record_set(record, LOG_FIELD_STAGE, stage);
    if (!log_take_until(rest, SLICE(": "), &peer))
        return false;
    log_read_client(record, peer);
    return true;
}

static void read_session(struct log_record *record, struct slice rest, bool coded)
{
    if (!take_session(record, &rest)) {
        record->cut = true;
        return;
    }
    struct slice text = read_tail(record, rest, false);
    if (coded)
        log_read_reply(record, text);
    else
        log_record_set(record, LOG_FIELD_REASON, text);
}

/* `CONTENT from CLIENT`, in front of the words of a tail. */
static bool read_content(struct log_record *record, struct slice text)
{
    struct slice content;
    if (text.len > CONTENT_MAX + CLIENT_MAX ||
        !log_take_until_last(&text, SLICE(" from "), &content) || content.len > CONTENT_MAX)
        return false;
    log_record_set(record, LOG_FIELD_DETAIL, content);
    log_read_client(record, text);
    return true;
}

static bool find_content(struct log_record *record, struct log_tail *tail)
{
    while (log_tail_find(tail, true))
        if (read_content(record, tail->before))
            return true;
    return log_tail_guess(tail) && read_content(record, tail->before);
}

/* `CLASS CONTENT from CLIENT; words: text` */
static void read_check(struct log_record *record, struct slice rest, bool coded)
{
    struct log_tail tail;
    struct slice class = slice_cut(&rest, ' ');
    log_record_set(record, LOG_FIELD_STAGE, class);
    if (rest.len == 0) {
        record->cut = true;
        return;
    }
    log_tail_init(&tail, rest, false);
    if (!find_content(record, &tail)) {
        record->cut = true;
        log_record_set(record, LOG_FIELD_DETAIL, rest);
        return;
    }
    log_tail_set(record, &tail);
    struct slice text = slice_skip(tail.after, 2);
    if (coded && text.len > 0)
        log_read_reply(record, text);
    else if (text.len > 0)
        log_record_set(record, LOG_FIELD_REASON, text);
}

/* `STAGE: REPLY; words` of a content filter that is asked before the queue. */
static void read_proxied(struct log_record *record, struct slice rest)
{
    struct slice stage;
    if (!log_take_until(&rest, SLICE(": "), &stage)) {
        record->cut = true;
        return;
    }
    log_record_set(record, LOG_FIELD_STAGE, stage);
    struct slice reply = read_tail(record, rest, false);
    struct slice next = queue_id_after_queued_as(reply);
    if (record->kind == LOG_KIND_PROXY_ACCEPT && next.len > 0)
        log_record_set(record, LOG_FIELD_NEXT_ID, next);
    log_read_reply(record, reply);
}

struct action {
    struct slice word;
    enum log_kind kind;
    bool coded; /* its text begins with a reply code or an enhanced status code */
};

static const struct action actions[] = {
    {LOG_MARK("reject"), LOG_KIND_REJECT, true},
    {LOG_MARK("milter-reject"), LOG_KIND_REJECT, true},
    {LOG_MARK("reject_warning"), LOG_KIND_ACTION, true},
    {LOG_MARK("milter-header-reject"), LOG_KIND_REJECT, true},
    {LOG_MARK("proxy-accept"), LOG_KIND_PROXY_ACCEPT, true},
    {LOG_MARK("proxy-reject"), LOG_KIND_REJECT, true},
    {LOG_MARK("hold"), LOG_KIND_ACTION, false},
    {LOG_MARK("discard"), LOG_KIND_ACTION, false},
    {LOG_MARK("redirect"), LOG_KIND_ACTION, false},
    {LOG_MARK("filter"), LOG_KIND_ACTION, false},
    {LOG_MARK("bcc"), LOG_KIND_ACTION, false},
    {LOG_MARK("warn"), LOG_KIND_ACTION, false},
    {LOG_MARK("warning"), LOG_KIND_ACTION, false},
    {LOG_MARK("info"), LOG_KIND_ACTION, false},
    {LOG_MARK("permit"), LOG_KIND_ACTION, false},
    {LOG_MARK("delay"), LOG_KIND_ACTION, false},
    {LOG_MARK("pass"), LOG_KIND_ACTION, false},
    {LOG_MARK("prepend"), LOG_KIND_ACTION, false},
    {LOG_MARK("replace"), LOG_KIND_ACTION, false},
    {LOG_MARK("strip"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-hold"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-discard"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-header-filter"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-header-redirect"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-header-discard"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-header-hold"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-header-bcc"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-header-prepend"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-header-replace"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-header-warning"), LOG_KIND_ACTION, false},
    {LOG_MARK("milter-header-info"), LOG_KIND_ACTION, false},
};

static const struct action *action_find(struct slice word)
{
    for (size_t i = 0; i < LOG_COUNT(actions); i++)
        if (slice_eq(word, actions[i].word))
            return &actions[i];
    return NULL;
}

/* A class of content (`header`, `body`, `mime-error`) is in small letters, a stage in capitals. */
static bool is_check(const struct log_record *record, struct slice rest)
{
    return record->line.tag->program == LOG_PROGRAM_CLEANUP && rest.len > 0 && rest.ptr[0] >= 'a' &&
           rest.ptr[0] <= 'z' && !slice_starts_with(rest, SLICE("unknown "));
}

void log_action_read(struct log_record *record)
{
    struct slice rest = record->line.text, word;
    const char *colon = slice_find_char(slice_first(rest, 32), ':');
    if (colon == NULL)
        return;
    word = slice_between(rest.ptr, colon);
    rest = slice_between(colon + 1, slice_end(rest));
    const struct action *action = action_find(word);
    if (action == NULL || !slice_take_prefix(&rest, SLICE(" ")))
        return;
    record->kind = action->kind;
    log_record_set(record, LOG_FIELD_ACTION, word);
    if (slice_starts_with(word, SLICE("proxy-")))
        read_proxied(record, rest);
    else if (is_check(record, rest))
        read_check(record, rest, action->coded);
    else
        read_session(record, rest, action->coded);
}

void log_screen_reject_read(struct log_record *record, struct slice rest)
{
    struct slice stage;
    log_record_set(record, LOG_FIELD_ACTION, slice_first(record->line.text, sizeof("reject") - 1));
    if (!log_take_until(&rest, SLICE(" from "), &stage)) {
        record->cut = true;
        return;
    }
    log_record_set(record, LOG_FIELD_STAGE, stage);
    if (!log_take_endpoint(record, &rest, LOG_FIELD_CLIENT_IP, LOG_FIELD_CLIENT_PORT) ||
        !slice_take_prefix(&rest, SLICE(": "))) {
        record->cut = true;
        return;
    }
    if (!slice_eq(stage, SLICE("CONNECT")))
        rest = read_tail(record, rest, true);
    log_read_reply(record, rest);
}
