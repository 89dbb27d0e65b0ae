/* SPDX-License-Identifier: Apache-2.0
 *
 * One message of a trace as text.
 *
 *     x Not delivered   2026-11-21 19:52:17
 *       From        a@lab.test
 *       ...
 *       19:52:17  Taken in from client.example [192.0.2.4], login a@lab.test
 *       19:52:17  Refused by Google: the address does not exist (550 5.1.1)
 *
 *       x bob@example.org: not delivered
 *         Why    ...
 */
#include "app/trace_text_private.h"

#include "app/report_words.h"
#include "app/trace_group.h"
#include "base/civil.h"

#define INDENT 2
#define LABEL 11
#define BLOCK_INDENT 4
#define BLOCK_LABEL 7
#define NAMES_SHOWN 3
#define BLOCK_NAMES_SHOWN 6
#define BLOCKS_SHOWN 12
#define GROUPS_SHOWN 40

static const enum text_tone tones[] = {
    [TRACE_GOOD] = TONE_GOOD, [TRACE_OPEN] = TONE_WARN, [TRACE_BAD] = TONE_BAD};

static const char *mark(const struct text_style *style, enum trace_tone tone)
{
    static const char *const marks[][2] = {
        [TRACE_GOOD] = {"*", "✓"}, [TRACE_OPEN] = {"?", "…"}, [TRACE_BAD] = {"x", "✗"}};
    return marks[tone][style->utf8];
}

static void add_row(const struct text_style *style, size_t indent, size_t width, const char *label,
                    struct slice raw, size_t lines, struct buf *to)
{
    buf_addf(to, "%*s", (int)indent, "");
    text_begin(style, TONE_DIM, to);
    buf_addf(to, "%-*s", (int)width, label);
    text_end(style, TONE_DIM, to);
    buf_add_char(to, ' ');
    text_wrap(style, raw, indent + width + 1, lines, to);
}

void trace_text_row(const struct text_style *style, size_t indent, const char *label,
                    struct slice raw, size_t lines, struct buf *to)
{
    add_row(style, indent, indent == INDENT ? LABEL : BLOCK_LABEL, label, raw, lines, to);
}

/* ---- facts ---- */

static void add_from(const struct story_message *message, const struct text_style *style,
                     struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    if (!message->from_known)
        buf_add_str(&text, "not in these logs");
    else if (message->from.len == 0)
        buf_add_str(&text, "nobody: an automatic notice or reply");
    else
        buf_add(&text, message->from);
    if (message->login.len > 0 && !slice_ieq(message->login, message->from))
        buf_addf(&text, " (login %.*s)", SLICE_ARG(message->login));
    trace_text_row(style, INDENT, "From", buf_slice(&text), 3, to);
}

static void add_size(const struct story_message *message, const struct text_style *style,
                     struct buf *to)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    if (message->size == 0)
        return;
    double value = (double)message->size;
    size_t unit = 0;
    while (value >= 1024 && unit < 3) {
        value /= 1024;
        unit++;
    }
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text, unit > 0 && value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    trace_text_row(style, INDENT, "Size", buf_slice(&text), 1, to);
}

/* For those who look further in other logs. */
static void add_ids(const struct story_message *message, const struct text_style *style,
                    struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    const struct slice none = {NULL, 0};
    struct slice host = none;
    for (size_t i = 0; i < message->hop_count; i++) {
        const struct story_hop *hop = message->hops[i];
        bool notice = hop->is_notification && !message->is_notification;
        buf_add_str(&text, i > 0 ? ", " : "");
        if (i == 0 || !slice_eq(host, hop->host))
            buf_addf(&text, "%.*s ", SLICE_ARG(hop->host));
        buf_addf(&text, "%s%.*s",
                 notice            ? "notice "
                 : hop->is_mailbox ? "mailbox session "
                                   : "",
                 SLICE_ARG(hop->queue_id));
        host = hop->host;
    }
    trace_text_row(style, INDENT, "Ids", buf_slice(&text), 6, to);
}

static void add_to(const struct story_message *message, const struct text_style *style,
                   struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    struct trace_names names = {0};
    for (size_t i = 0; i < message->recipient_count; i++)
        trace_names_add(&names, message->recipients[i]->address);
    trace_names_say(&names, BLOCK_NAMES_SHOWN, &text);
    if (text.len == 0)
        buf_add_str(&text, "not in these logs");
    if (message->others > 0) {
        buf_add_str(&text, " (and ");
        report_count(message->others, "other recipient", &text);
        buf_add_str(&text, ", not asked about)");
    }
    trace_text_row(style, INDENT, "To", buf_slice(&text), 3, to);
}

static void add_facts(const struct story_message *message, const struct text_style *style,
                      struct buf *to)
{
    add_from(message, style, to);
    add_to(message, style, to);
    if (message->message_id.len > 0)
        trace_text_row(style, INDENT, "Message-ID", message->message_id, 3, to);
    add_size(message, style, to);
    add_ids(message, style, to);
}

/* ---- steps ---- */

/* Those that are not here are plain. */
static const enum text_tone step_tones[] = {
    [STORY_BOUNCED] = TONE_BAD,   [STORY_EXPIRED] = TONE_BAD,    [STORY_REJECTED] = TONE_BAD,
    [STORY_DELETED] = TONE_BAD,   [STORY_DISCARDED] = TONE_BAD,  [STORY_STORE_FAILED] = TONE_BAD,
    [STORY_DEFERRED] = TONE_WARN, [STORY_HELD] = TONE_WARN,      [STORY_SENT] = TONE_GOOD,
    [STORY_STORED] = TONE_GOOD,   [STORY_DELIVERED] = TONE_GOOD, [STORY_REMOVED] = TONE_PLAIN,
};

/* `19:52:17`, or `11-22 19:52:17` in a story of several days. */
static void add_step_time(int64_t us, bool days, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    trace_time(us, &text);
    size_t skip = days ? strlen("2026-") : strlen("2026-11-22 ");
    buf_addf(to, "  %.*s  ", SLICE_ARG(slice_skip(buf_slice(&text), skip)));
}

static bool is_of_days(const struct story_message *message)
{
    CLEANUP_BUF struct buf first = {0}, last = {0};
    trace_time(message->first_us, &first);
    for (size_t i = 0; i < message->step_count; i++) {
        buf_clear(&last);
        trace_time(message->steps[i]->time_us, &last);
        if (!slice_eq(slice_first(buf_slice(&first), 10), slice_first(buf_slice(&last), 10)))
            return true;
    }
    return false;
}

static void add_group(const struct trace_group *group, bool days, bool several,
                      const struct text_style *style, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    enum text_tone tone = step_tones[group->first->kind];
    trace_step_say(group->first, &text);
    if (several && group->names.count > 0) {
        buf_add_str(&text, ", for ");
        trace_names_say(&group->names, NAMES_SHOWN, &text);
    }
    if (group->first->kind == STORY_DEFERRED && group->last->time_us != group->first->time_us) {
        buf_addf(&text, "; %u tries, the last at ", group->tries);
        trace_time(group->last->time_us, &text);
    }
    add_step_time(group->first->time_us, days, to);
    text_begin(style, tone, to);
    text_wrap(style, buf_slice(&text), days ? 18 : 12, 4, to);
    text_end(style, tone, to);
}

static void add_steps(const struct story_message *message, const struct text_style *style,
                      struct buf *to)
{
    struct trace_groups groups;
    trace_groups_make(message, &groups);
    bool days = is_of_days(message);
    bool several = message->recipient_count > 1;
    size_t hidden = groups.count > GROUPS_SHOWN ? groups.count - GROUPS_SHOWN : 0;
    buf_add_char(to, '\n');
    for (size_t i = 0; i < groups.count; i++) {
        if (hidden > 0 && i == GROUPS_SHOWN / 2) {
            buf_addf(to, "  %s %zu steps are not shown (--format json has all)\n",
                     text_glyph(style, GLYPH_ELLIPSIS), hidden + (size_t)groups.left_out);
            i += hidden;
        }
        add_group(&groups.at[i], days, several, style, to);
    }
    trace_groups_done(&groups);
}

/* ---- recipients ---- */

static void add_block_title(const struct trace_block *block, const struct text_style *style,
                            struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    const struct story_recipient *recipient = block->first;
    enum trace_tone tone = trace_tone_of(recipient->outcome);
    if (block->names.count > 0)
        trace_names_say(&block->names, BLOCK_NAMES_SHOWN, &text);
    else
        report_count(block->count, "recipient", &text);
    if (block->names.count == 1 && !slice_ieq(recipient->address, recipient->final))
        buf_addf(&text, " (an alias for %.*s)", SLICE_ARG(recipient->final));
    buf_add_str(&text, ": ");
    trace_outcome_say(recipient, &text);
    buf_add_str(to, "\n  ");
    text_begin(style, tones[tone], to);
    buf_addf(to, "%s ", mark(style, tone));
    text_wrap(style, buf_slice(&text), BLOCK_INDENT, 6, to);
    text_end(style, tones[tone], to);
}

static void add_text_row(const struct text_style *style, const char *label, struct slice text,
                         size_t lines, struct buf *to)
{
    if (text.len > 0)
        trace_text_row(style, BLOCK_INDENT, label, text, lines, to);
}

static void add_reason(const struct story_recipient *recipient, const struct text_style *style,
                       struct buf *to)
{
    CLEANUP_BUF struct buf why = {0};
    bool good = story_outcome_is_good(recipient->outcome);
    trace_reason_say(recipient, &why);
    add_text_row(style, good ? "Note" : "Why", buf_slice(&why), 6, to);
}

/* What was said and why; where all is well and the next block says the same, only what was said. */
static void add_block(const struct trace_block *block, bool same_follows,
                      const struct text_style *style, struct buf *to)
{
    const struct story_recipient *recipient = block->first;
    CLEANUP_BUF struct buf reply = {0};
    add_block_title(block, style, to);
    if (!same_follows)
        add_reason(recipient, style, to);
    if (recipient->last != NULL)
        trace_reply(recipient->last, &reply);
    add_text_row(style, "Reply", buf_slice(&reply), 5, to);
    add_text_row(style, "Link", trace_link(recipient), 2, to);
    if (!same_follows)
        add_text_row(style, "To do", slice_from_str(trace_advice(recipient)), 5, to);
}

static bool same_follows(const struct trace_blocks *blocks, size_t index)
{
    const struct story_recipient *recipient = blocks->at[index].first;
    return recipient->outcome == STORY_OUTCOME_ACCEPTED && index + 1 < blocks->count &&
           index + 1 < BLOCKS_SHOWN && blocks->at[index + 1].first->outcome == recipient->outcome;
}

static void add_recipients(const struct story_message *message, const struct text_style *style,
                           struct buf *to)
{
    struct trace_blocks blocks;
    uint64_t hidden = 0;
    trace_blocks_make(message, &blocks);
    for (size_t i = 0; i < blocks.count; i++) {
        if (i < BLOCKS_SHOWN)
            add_block(&blocks.at[i], same_follows(&blocks, i), style, to);
        else
            hidden += blocks.at[i].count;
    }
    if (hidden + blocks.left_out > 0) {
        buf_add_str(to, "\n  and ");
        report_count(hidden + blocks.left_out, "other recipient", to);
        buf_add_str(to, " (--format json has all)\n");
    }
    trace_blocks_done(&blocks);
}

void trace_text_message(const struct story_message *message, const struct text_style *style,
                        struct buf *to)
{
    CLEANUP_BUF struct buf title = {0};
    enum trace_tone tone = trace_title(message, &title);
    buf_add_char(to, '\n');
    text_begin(style, tones[tone] == TONE_BAD ? TONE_BAD : TONE_STRONG, to);
    buf_addf(to, "%s %.*s", mark(style, tone), SLICE_ARG(buf_slice(&title)));
    text_end(style, tones[tone] == TONE_BAD ? TONE_BAD : TONE_STRONG, to);
    buf_add_str(to, "  ");
    trace_time(message->first_us, to);
    if (message->is_notification)
        buf_add_str(to, "  a notice of our mail system");
    buf_add_char(to, '\n');
    add_facts(message, style, to);
    add_steps(message, style, to);
    add_recipients(message, style, to);
}
