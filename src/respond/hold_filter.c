/* SPDX-License-Identifier: Apache-2.0
 *
 * Reply rules into a table of Postfix. See hold_filter.h. A rule is one line, or some where its
 * `match` lines are long; it looks ahead from behind the first digit:
 *
 *      # rule-id class
 *      /^(5)(?=(.*)$)(?=CONDITION)(?=HEAD.*?(?:MATCH|MATCH))(?!HEAD.*?UNLESS)/ 4$2
 *
 * and of another class it ends with `$1$2`, which is what was asked with. So a line that Postfix
 * cannot compile is left out alone and changes no other.
 *
 * Nothing of a reply is ever part of the table, and of the rules only expressions, which
 * hold_expression.c writes: no byte of them ends a line or an expression.
 */
#include "respond/hold_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "respond/hold_expression.h"

static const char head[] =
    "# Written by todoku from the rules for replies; changes here are lost.\n"
    "# smtp_delivery_status_filter: what is a block or a limit is tried again, 5.x.x as 4.x.x.\n"
    "# The strongest rule stands first; one of another class passes the reply as it is.\n"
    "if /^5\\.\\d+\\.\\d+ host \\S+ said: 5/\n";
static const char foot[] = "endif\n";

/* Steps back and forth that one line may take: a reply that is made to need more costs some
 * milliseconds, and counts as not matched. */
#define STEPS_MAX "200000"
#define SAID "\\S+ host \\S+ said: " /* from behind the first digit */
#define DETAIL_MAX 999               /* of an enhanced code */
#define MATCH_BYTES_MAX 4096         /* of a line, about; PCRE2 has a limit for what it compiles */

/* What Postfix writes behind a reply; see the table of mail/reply.c. */
static const char *const commands[] = {
    [REPLY_STAGE_NONE] = NULL,
    [REPLY_STAGE_CONNECT] = NULL, /* no reply, or one that Postfix defers by itself */
    [REPLY_STAGE_GREETING] = NULL,
    [REPLY_STAGE_EHLO] = "(?:EHLO|HELO|LHLO)",
    [REPLY_STAGE_STARTTLS] = "STARTTLS",
    [REPLY_STAGE_AUTH] = "AUTH",
    [REPLY_STAGE_MAIL] = "MAIL FROM",
    [REPLY_STAGE_RCPT] = "RCPT TO",
    [REPLY_STAGE_DATA] = "DATA",
    [REPLY_STAGE_EOD] = "end of DATA",
};

struct ranked {
    const struct reply_rule *rule;
    uint32_t rank;
    bool holds;
};

bool hold_filter_holds(enum reply_class class)
{
    return class == REPLY_CLASS_BLOCK_IP || class == REPLY_CLASS_BLOCK_DOMAIN ||
           class == REPLY_CLASS_RATE || class == REPLY_CLASS_RATE_RCPT;
}

/* ---- conditions: each false when no reply with 5xx can meet it ---- */

static bool put_codes(const struct reply_rule *rule, struct buf *to)
{
    size_t count = 0;
    for (size_t i = 0; i < rule->code_count; i++) {
        const char *digits = rule->codes[i].digits;
        if (digits[0] != '5' && digits[0] != 'x')
            continue;
        buf_add_str(to, count++ ? "|" : "(?=" SAID "(?:");
        for (size_t k = 0; k < 3; k++)
            buf_addf(to, "%s%c", digits[k] == 'x' ? "\\" : "", digits[k] == 'x' ? 'd' : digits[k]);
    }
    buf_add_str(to, count ? ")[- ])" : "");
    return count > 0 || rule->code_count == 0;
}

static void put_dsn_number(int number, struct buf *to)
{
    if (number == REPLY_DSN_ANY)
        buf_add_str(to, "\\d+");
    else
        buf_addf(to, "%d", number);
}

static void put_dsn(const struct reply_dsn_pattern *dsn, struct buf *to)
{
    put_dsn_number(dsn->class, to);
    buf_add_str(to, "\\.");
    put_dsn_number(dsn->subject, to);
    buf_add_str(to, "\\.(?:");
    if (dsn->detail_min == 0 && dsn->detail_max >= DETAIL_MAX)
        buf_add_str(to, "\\d+");
    else
        for (int i = dsn->detail_min; i <= dsn->detail_max; i++)
            buf_addf(to, "%s%d", i > dsn->detail_min ? "|" : "", i);
    buf_add_char(to, ')');
}

/* From before the first digit. What the reply says goes first; where it says 4.7.1 behind 550,
 * Postfix makes 5.0.0 of it, and that says nothing. */
static void put_dsns(const struct reply_rule *rule, struct buf *to)
{
    if (rule->dsn_count == 0)
        return;
    buf_add_str(to, "(?=(?:(?!5\\.0\\.0 )|5" SAID "\\d\\d\\d[- ]#?)(?:");
    for (size_t i = 0; i < rule->dsn_count; i++) {
        buf_add_str(to, i ? "|" : "");
        put_dsn(&rule->dsns[i], to);
    }
    buf_add_str(to, ")(?![.\\d]))");
}

static bool put_stages(const struct reply_rule *rule, struct buf *to)
{
    size_t count = 0;
    for (size_t stage = 0; stage < sizeof(commands) / sizeof(commands[0]); stage++) {
        if (!(rule->stages >> stage & 1u) || commands[stage] == NULL)
            continue;
        buf_add_str(to, count++ ? "|" : "(?=.* \\(in reply to (?:");
        buf_add_str(to, commands[stage]);
    }
    buf_add_str(to, count ? ") command\\)$)" : "");
    return count > 0 || rule->stages == 0;
}

static void put_host(struct slice suffix, struct buf *to)
{
    for (size_t i = 0; i < suffix.len; i++) {
        buf_add_str(to, suffix.ptr[i] == '.' ? "\\" : "");
        buf_add_char(to, suffix.ptr[i]);
    }
}

static bool put_providers(const struct reply_rule *rule, const struct provider_table *table,
                          struct buf *to)
{
    size_t count = 0;
    for (size_t i = 0; i < rule->providers.count; i++) {
        const struct provider *provider = provider_named(table, rule->providers.items[i].text);
        const struct provider_host *host = provider != NULL ? provider->hosts : NULL;
        for (; host != NULL; host = host->next) {
            buf_add_str(to, count++ ? "|" : "(?=\\S+ host (?:[^ []*\\.)?(?:");
            put_host(host->suffix, to);
        }
    }
    buf_add_str(to, count ? ")\\.?\\[)" : "");
    return count > 0 || rule->providers.count == 0;
}

/* ---- a rule ---- */

static bool is_wide(const struct reply_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (hold_expression_is_wide(values->items[i].text))
            return true;
    return false;
}

/* Some of the `match` lines from *next on, as many as may stand in one line. */
static void put_matches(const struct reply_values *match, size_t *next, struct buf *to)
{
    size_t begin = to->len;
    if (match->count == 0)
        return;
    buf_add_str(to, "(?=" SAID ".*?(?:");
    do {
        buf_add_str(to, to->ptr[to->len - 1] == ')' ? "|" : "");
        hold_expression_put(match->items[(*next)++].text, to);
    } while (*next < match->count && to->len - begin < MATCH_BYTES_MAX);
    buf_add_str(to, "))");
}

static void put_unless(const struct reply_values *unless, struct buf *to)
{
    for (size_t i = 0; i < unless->count; i++) {
        buf_add_str(to, "(?!" SAID ".*?");
        hold_expression_put(unless->items[i].text, to);
        buf_add_char(to, ')');
    }
}

/* False: no reply can meet its conditions. */
static bool put_line(const struct ranked *ranked, const struct provider_table *providers,
                     size_t *next, struct buf *to)
{
    const struct reply_rule *rule = ranked->rule;
    bool wide = is_wide(&rule->match) || is_wide(&rule->unless);
    buf_addf(to, "/(*LIMIT_MATCH=" STEPS_MAX ")%s^", wide ? "(*UTF)" : "");
    put_dsns(rule, to);
    buf_add_str(to, "(5)(?=(.*)$)");
    if (!put_codes(rule, to) || !put_stages(rule, to) || !put_providers(rule, providers, to))
        return false;
    put_matches(&rule->match, next, to);
    put_unless(&rule->unless, to);
    buf_addf(to, "%s/ %s$2\n", hold_expression_definitions, ranked->holds ? "4" : "$1");
    return true;
}

static void put_rule(const struct ranked *ranked, const struct provider_table *providers,
                     struct buf *to)
{
    const struct reply_rule *rule = ranked->rule;
    size_t begin = to->len, next = 0;
    bool possible;
    buf_addf(to, "# %.*s %.*s\n", SLICE_ARG(rule->id), SLICE_ARG(rule->class));
    do {
        possible = put_line(ranked, providers, &next, to);
    } while (possible && next < rule->match.count);
    if (!possible)
        to->len = begin;
}

/* ---- the order ---- */

static size_t rank_rules(const struct reply_rules *rules, bool own, int64_t now_us,
                         struct ranked *to)
{
    size_t count = 0;
    for (uint32_t i = 0; rules != NULL && i < rules->count; i++) {
        const struct reply_rule *rule = &rules->items[i];
        enum reply_class class = REPLY_CLASS_UNKNOWN;
        if (now_us < rule->since_us || (now_us >= rule->until_us && rule->until_us != INT64_MAX))
            continue;
        (void)reply_class_from_word(rule->class, &class); /* the classifier knows all words */
        to[count++] =
            (struct ranked){rule, reply_rule_rank(rule, own, i), hold_filter_holds(class)};
    }
    return count;
}

static int compare_ranks(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

void hold_filter_make(const struct hold_filter_rules *rules, int64_t now_us, struct buf *to)
{
    size_t room = rules->built_in->count + (rules->own ? rules->own->count : 0) + 1, needed = 0;
    struct ranked *ranked = MEM_NEW_ARRAY(struct ranked, room);
    size_t count = rank_rules(rules->built_in, false, now_us, ranked);
    count += rank_rules(rules->own, true, now_us, ranked + count);
    qsort(ranked, count, sizeof(ranked[0]), compare_ranks);
    for (size_t i = 0; i < count; i++)
        if (ranked[i].holds)
            needed = i + 1;
    buf_add_str(to, head);
    for (size_t i = 0; i < needed; i++)
        put_rule(&ranked[i], rules->providers, to);
    buf_add_str(to, foot);
    mem_free(ranked);
}
