/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_text.h.
 */
#include "app/limit_text.h"

#include "app/report_words.h"
#include "app/text_table.h"
#include "base/duration.h"

#define INDENT 2
#define OWN_LINES 16 /* the longest reason fits */

static void add_toned(const struct text_style *style, enum text_tone tone, struct slice raw,
                      struct buf *to)
{
    text_begin(style, tone, to);
    text_add(style, raw, to);
    text_end(style, tone, to);
}

static bool is(struct slice word, const char *known)
{
    return slice_eq(word, slice_from_str(known));
}

static bool refuses(struct slice action)
{
    return is(action, "defer") || is(action, "reject") || is(action, "discard");
}

/* What is done with a message, said of it. for_good: nothing ends that by itself. */
static const char *fate_of(struct slice action, bool for_good)
{
    static const struct {
        const char *action, *fate;
    } fates[] = {{"warn", "passes, with a line in the log"},
                 {"slow", "passes, by the slow transport"},
                 {"hold", "goes into the hold queue"},
                 {"defer", "is refused for now (450)"},
                 {"reject", "is refused (550)"},
                 {"discard", "is taken and thrown away"}};
    if (for_good && is(action, "defer"))
        return "is refused (450)";
    for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
        if (is(action, fates[i].action))
            return fates[i].fate;
    return "passes";
}

/* ---- the next message ---- */

static void add_end_of(const struct limit_answer_next *next, int64_t now_us, struct buf *to)
{
    if (next->at_us == 0)
        return;
    if (next->at_us == INT64_MAX) {
        buf_add_str(to, next->flag.len > 0 ? ", until it is cleared" : "");
        return;
    }
    buf_add_str(to, ", until ");
    report_time(next->at_us, now_us, to);
}

static void add_reason(const struct limit_answer_next *next, int64_t now_us, struct buf *to)
{
    if (next->flag.len > 0)
        buf_addf(to, ": the account is flagged %.*s", SLICE_ARG(next->flag));
    else if (next->limit.len > 0)
        buf_addf(to, ": limit %.*s %s", SLICE_ARG(next->limit),
                 next->at_us == INT64_MAX ? "lets nothing pass" : "is full");
    add_end_of(next, now_us, to);
}

static void add_ways(const struct text_style *style, const struct limit_answer_next *next,
                     struct buf *to)
{
    if (json_array_size(next->ways) > 0)
        buf_addf(to, "%*sWhat %s:\n", INDENT, "",
                 next->passes ? "changes that" : "would let it pass");
    for (size_t i = 0; i < json_array_size(next->ways); i++) {
        const json_t *way = json_array_get(next->ways, i);
        buf_addf(to, "%*s", 2 * INDENT, "");
        add_toned(style, TONE_STRONG, slice_of(json_string_value(way), json_string_length(way)),
                  to);
        buf_add_char(to, '\n');
    }
}

static void add_next(const struct text_style *style, const struct limit_answer_account *account,
                     int64_t now_us, struct buf *to)
{
    struct limit_answer_next next;
    CLEANUP_BUF struct buf line = {0};
    (void)limit_answer_read_next(account->next, &next);
    bool acts = next.action.len > 0;
    enum text_tone tone = !next.passes ? TONE_BAD : acts ? TONE_WARN : TONE_GOOD;
    bool for_good = next.limit.len > 0 && next.at_us == INT64_MAX;
    buf_addf(&line, "The next message %s", fate_of(next.action, for_good));
    add_reason(&next, now_us, &line);
    if (!acts && next.recipients >= 0) {
        buf_add_str(&line, ", with up to ");
        report_count((uint64_t)next.recipients, "recipient", &line);
        buf_addf(&line, " (%.*s)", SLICE_ARG(next.recipients_by));
    }
    buf_add_str(&line, ".");
    text_begin(style, tone, to);
    buf_add_str(to, text_glyph(style, next.passes && !acts ? GLYPH_GOOD : GLYPH_OPEN));
    text_end(style, tone, to);
    buf_add_char(to, ' ');
    text_wrap(style, buf_slice(&line), INDENT, 3, to);
    add_ways(style, &next, to);
}

static void add_head(const struct text_style *style, const struct limit_answer_account *account,
                     struct buf *to)
{
    add_toned(style, TONE_STRONG, account->login, to);
    for (size_t i = 0; i < json_array_size(account->flags); i++) {
        const json_t *flag = json_array_get(account->flags, i);
        buf_add_str(to, i == 0 ? "  " : ", ");
        add_toned(style, TONE_WARN, slice_of(json_string_value(flag), json_string_length(flag)),
                  to);
    }
    buf_add_char(to, '\n');
}

/* ---- limits ---- */

/* What is not known elsewhere stays on a narrow screen: whose number it is, and the shadow. */
static const struct text_column limit_columns[] = {
    {.title = "limit"},
    {.title = "used", .right = true},
    {.title = "of", .right = true},
    {.title = "what", .spare = 3},
    {.title = "in"},
    {.title = "left", .right = true, .spare = 2},
    {.title = "room", .spare = 1},
    {.title = "then"},
    {.title = ""},
    {.title = "number from"},
};

/* A pipe has room for everything. */
static void print_table(const struct text_table *table, const struct text_style *style,
                        struct buf *to)
{
    struct text_style wide = *style;
    if (style->piped)
        wide.width = SIZE_MAX;
    text_table_print(table, &wide, to);
}

/* "KiB" of a size are shown as they are: whoever sets them, sets KiB. */
static void add_amount(int64_t amount, struct buf *to)
{
    report_number((uint64_t)amount, to);
}

static void add_window(const struct limit_answer_row *row, struct buf *to)
{
    if (row->within_s == 0)
        buf_add_str(to, "a message");
    else
        duration_format(row->within_s * 1000000, to);
    if (row->burst > 0) {
        buf_add_str(to, ", at most ");
        add_amount(row->burst, to);
        buf_add_str(to, " at once");
    }
}

static void add_action(const struct text_style *style, const struct limit_answer_row *row,
                       struct text_table *table, enum text_tone tone)
{
    text_add(style, row->action, text_table_cell(table, tone));
    buf_add_str(text_table_cell(table, tone), row->shadow ? "(shadow)" : "");
}

static void add_holder(const struct text_style *style, const struct limit_answer_row *row,
                       struct buf *to)
{
    text_add(style, row->level, to);
    if (row->level_name.len > 0)
        buf_add_char(to, ' ');
    text_add(style, row->level_name, to);
}

/* Of a limit that is about more than the login: what it is about. */
static void add_key(const json_t *key, struct buf *to)
{
    buf_add_str(to, json_array_size(key) > 0 ? "by " : "of all mail");
    for (size_t i = 0; i < json_array_size(key); i++)
        buf_addf(to, "%s%s", i > 0 ? ", " : "", json_string_value(json_array_get(key, i)));
}

static enum text_tone tone_of(const struct limit_answer_row *row)
{
    if (row->room_us != 0)
        return row->shadow || !refuses(row->action) ? TONE_WARN : TONE_BAD;
    int64_t whole = row->used + row->left;
    return row->within_s > 0 && row->used * 5 >= whole * 4 ? TONE_WARN : TONE_PLAIN;
}

static void add_room(const struct limit_answer_row *row, int64_t now_us, struct buf *to)
{
    if (row->room_us == INT64_MAX)
        buf_add_str(to, "never");
    else if (row->room_us != 0)
        report_time(row->room_us, now_us, to);
}

static void add_limit(struct text_table *table, const struct text_style *style,
                      const struct limit_answer_row *row, int64_t now_us)
{
    bool said = row->most >= 0, meters = said && row->within_s > 0;
    enum text_tone tone = tone_of(row);
    text_add(style, row->limit, text_table_cell(table, TONE_PLAIN));
    struct buf *used = text_table_cell(table, tone);
    if (meters)
        add_amount(row->used, used);
    struct buf *most = text_table_cell(table, TONE_PLAIN);
    add_amount(said ? row->most : row->standard, most);
    text_add(style, row->unit, text_table_cell(table, TONE_PLAIN));
    add_window(row, text_table_cell(table, TONE_PLAIN));
    struct buf *left = text_table_cell(table, tone);
    if (meters)
        add_amount(row->left, left);
    add_room(row, now_us, text_table_cell(table, tone));
    add_action(style, row, table, TONE_DIM);
    struct buf *from = text_table_cell(table, said ? TONE_PLAIN : TONE_DIM);
    if (said)
        add_holder(style, row, from);
    else
        add_key(row->key, from);
}

/* Until when a number holds, who set it and why. */
static void add_own(const struct text_style *style, const struct limit_answer_row *row,
                    int64_t now_us, struct buf *to)
{
    CLEANUP_BUF struct buf line = {0};
    if (!is(row->level, "account"))
        return;
    buf_addf(&line, "%.*s: ", SLICE_ARG(row->limit));
    report_number((uint64_t)row->most, &line);
    buf_add_str(&line, " in place of ");
    report_number((uint64_t)row->standard, &line);
    if (row->until_us != INT64_MAX) {
        buf_add_str(&line, " until ");
        report_time(row->until_us, now_us, &line);
    }
    if (row->actor.len > 0)
        buf_addf(&line, ", by %.*s", SLICE_ARG(row->actor));
    if (row->reason.len > 0)
        buf_addf(&line, ": %.*s", SLICE_ARG(row->reason));
    buf_addf(to, "%*s", INDENT, "");
    text_wrap(style, buf_slice(&line), INDENT, OWN_LINES, to);
}

static void add_limits(const struct text_style *style, const json_t *limits, struct slice only,
                       int64_t now_us, struct buf *to)
{
    struct text_table *table =
        text_table_new(limit_columns, sizeof(limit_columns) / sizeof(limit_columns[0]));
    CLEANUP_BUF struct buf own = {0};
    size_t shown = 0;
    for (size_t i = 0; i < json_array_size(limits); i++) {
        struct limit_answer_row row;
        (void)limit_answer_read_row(json_array_get(limits, i), &row);
        if (only.len > 0 && !slice_eq(only, row.limit))
            continue;
        add_limit(table, style, &row, now_us);
        add_own(style, &row, now_us, &own);
        shown++;
    }
    if (shown > 0) {
        buf_add_char(to, '\n');
        print_table(table, style, to);
    }
    if (own.len > 0)
        buf_addf(to, "\n%s", buf_str(&own));
    text_table_free(table);
}

/* ---- what is usual, and what was decided ---- */

static void add_baseline(const struct text_style *style, const json_t *object, struct buf *to)
{
    struct limit_answer_baseline usual;
    CLEANUP_BUF struct buf line = {0};
    if (object == NULL || !limit_answer_read_baseline(object, &usual))
        return;
    if (usual.usual_hour > 0) {
        buf_add_str(&line, "Usually up to ");
        report_count((uint64_t)usual.usual_hour, "recipient", &line);
        buf_add_str(&line, " in an hour");
    } else {
        buf_add_str(&line, "Too little mail to say what is usual");
    }
    buf_add_str(&line, "; the most was ");
    report_number((uint64_t)usual.most_hour, &line);
    buf_add_str(&line, ". Seen in the logs: ");
    report_count((uint64_t)usual.messages, "message", &line);
    buf_add_str(&line, " to ");
    report_count((uint64_t)usual.recipients, "recipient", &line);
    buf_add_str(&line, ", from about ");
    report_count((uint64_t)usual.clients, "client", &line);
    buf_add_char(&line, '.');
    buf_add_char(to, '\n');
    buf_addf(to, "%*s", INDENT, "");
    text_wrap(style, buf_slice(&line), INDENT, 3, to);
}

/* rule NULL: the limit is not known any more. */
static void add_why(const struct limit_answer_decision *one, const struct limit_answer_row *rule,
                    struct buf *to)
{
    report_number((uint64_t)one->wanted, to);
    if (rule != NULL && rule->within_s == 0) {
        buf_addf(to, " %.*s, at most ", SLICE_ARG(rule->unit));
        report_number((uint64_t)one->most, to);
        return;
    }
    buf_add_str(to, " wanted, ");
    report_number((uint64_t)one->used, to);
    buf_add_str(to, " of ");
    report_number((uint64_t)one->most, to);
    buf_add_str(to, " used");
}

static bool find_rule(const json_t *limits, struct slice name, struct limit_answer_row *out)
{
    for (size_t i = 0; i < json_array_size(limits); i++)
        if (limit_answer_read_row(json_array_get(limits, i), out) && slice_eq(out->limit, name))
            return true;
    return false;
}

static void add_decision(struct text_table *table, const struct text_style *style,
                         const struct limit_answer_decision *one,
                         const struct limit_answer_row *rule, int64_t now_us)
{
    bool by_flag = one->flag.len > 0, none = is(one->action, "none");
    struct buf *when = text_table_cell(table, TONE_DIM);
    report_time(one->time_us, now_us, when);
    if (one->times > 1)
        buf_addf(when, " (%lld times)", (long long)one->times);
    text_add(style, by_flag ? one->flag : one->limit, text_table_cell(table, TONE_PLAIN));
    text_add(style, none ? SLICE("shadow") : one->action,
             text_table_cell(table, refuses(one->action) ? TONE_BAD
                                    : none               ? TONE_DIM
                                                         : TONE_WARN));
    struct buf *why = text_table_cell(table, TONE_PLAIN);
    if (!by_flag) {
        add_why(one, rule, why);
    }
    text_add(style, one->client, text_table_cell(table, TONE_PLAIN));
    text_add(style, one->queue_id, text_table_cell(table, TONE_PLAIN));
    text_add(style, one->sender, text_table_cell(table, TONE_PLAIN));
}

static void add_decisions(const struct text_style *style,
                          const struct limit_answer_account *account, int64_t now_us,
                          struct buf *to)
{
    static const struct text_column columns[] = {
        {"last decisions", false, 0, 0}, {"by", false, 0, 9},
        {"done", false, 0, 6},           {"why", false, 0, 0},
        {"client", false, 1, 0},         {"queue id", false, 2, 0},
        {"sender", false, 3, 16},
    };
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    const json_t *decisions = account->decisions;
    for (size_t i = 0; i < json_array_size(decisions); i++) {
        struct limit_answer_decision one;
        struct limit_answer_row rule;
        (void)limit_answer_read_decision(json_array_get(decisions, i), &one);
        bool known = find_rule(account->limits, one.limit, &rule);
        add_decision(table, style, &one, known ? &rule : NULL, now_us);
    }
    buf_add_char(to, '\n');
    if (json_array_size(decisions) > 0)
        print_table(table, style, to);
    else
        buf_addf(to, "%*sNothing was over a limit lately.\n", INDENT, "");
    text_table_free(table);
}

/* ---- one account ---- */

static void add_state(const struct text_style *style, const struct limit_answer_account *account,
                      int64_t now_us, struct buf *to)
{
    add_head(style, account, to);
    add_next(style, account, now_us, to);
    if (!account->counted)
        buf_addf(to, "%*sWhat is used is not known: %s.\n", INDENT, "",
                 account->listens ? "the policy listener does not answer"
                                  : "there is no policy listener (policy.listen)");
}

void limit_text(const struct text_style *style, const struct limit_answer_account *account,
                int64_t now_us, struct buf *to)
{
    add_state(style, account, now_us, to);
    add_limits(style, account->limits, (struct slice){NULL, 0}, now_us, to);
    add_baseline(style, account->baseline, to);
    add_decisions(style, account, now_us, to);
}

void limit_text_forgotten(const struct text_style *style,
                          const struct limit_answer_account *account, struct slice limit,
                          struct buf *to)
{
    if (!account->listens)
        return;
    buf_add_str(to, limit.len > 0 ? "counts of " : "all counts");
    text_add(style, limit, to);
    buf_add_str(to, " were forgotten\n");
}

void limit_text_changed(const struct text_style *style, const struct limit_answer_account *account,
                        struct slice limit, int64_t now_us, struct buf *to)
{
    add_state(style, account, now_us, to);
    add_limits(style, account->limits, limit, now_us, to);
}

/* ---- all ---- */

static void add_override(struct text_table *table, const struct text_style *style,
                         const struct limit_answer_override *one, int64_t now_us)
{
    text_add(style, one->login, text_table_cell(table, TONE_STRONG));
    text_add(style, one->limit, text_table_cell(table, TONE_PLAIN));
    add_amount(one->count, text_table_cell(table, TONE_PLAIN));
    report_time(one->since_us, now_us, text_table_cell(table, TONE_DIM));
    struct buf *until = text_table_cell(table, TONE_PLAIN);
    if (one->until_us == INT64_MAX)
        buf_add_str(until, "for good");
    else
        report_time(one->until_us, now_us, until);
    text_add(style, one->actor, text_table_cell(table, TONE_PLAIN));
    text_add(style, one->reason, text_table_cell(table, TONE_PLAIN));
}

static bool add_overrides(const struct text_style *style, const json_t *overrides, int64_t now_us,
                          struct buf *to)
{
    static const struct text_column columns[] = {
        {"account", false, 0, 20}, {"limit", false, 0, 10}, {"number", true, 0, 0},
        {"since", false, 4, 0},    {"until", false, 3, 0},  {"by", false, 2, 10},
        {"reason", false, 1, 20},
    };
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    bool good = true;
    for (size_t i = 0; good && i < json_array_size(overrides); i++) {
        struct limit_answer_override one;
        good = limit_answer_read_override(json_array_get(overrides, i), &one);
        if (good)
            add_override(table, style, &one, now_us);
    }
    buf_add_char(to, '\n');
    if (good && json_array_size(overrides) > 0)
        print_table(table, style, to);
    else
        buf_addf(to, "%*sNo account has a number of its own.\n", INDENT, "");
    text_table_free(table);
    return good;
}

static const struct text_column rule_columns[] = {
    {.title = "limit"}, {.title = "number", .right = true}, {.title = "what", .spare = 2},
    {.title = "in"},    {.title = "counted", .spare = 1},   {.title = "then"},
    {.title = ""},
};

#define RULE_COLUMNS (sizeof(rule_columns) / sizeof(rule_columns[0]))

static void add_rule(struct text_table *table, const struct text_style *style,
                     const struct limit_answer_row *row)
{
    text_add(style, row->limit, text_table_cell(table, TONE_STRONG));
    add_amount(row->standard, text_table_cell(table, TONE_PLAIN));
    text_add(style, row->unit, text_table_cell(table, TONE_PLAIN));
    add_window(row, text_table_cell(table, TONE_PLAIN));
    add_key(row->key, text_table_cell(table, TONE_PLAIN));
    add_action(style, row, table, TONE_PLAIN);
}

/* The number of a domain or class, below that of the limit. */
static bool add_level(struct text_table *table, const struct text_style *style,
                      const json_t *object)
{
    struct limit_answer_level level;
    if (!limit_answer_read_level(object, &level))
        return false;
    struct buf *name = text_table_cell(table, TONE_PLAIN);
    buf_addf(name, "  %s ", level.domain.len > 0 ? "domain" : "class");
    text_add(style, level.domain.len > 0 ? level.domain : level.account_class, name);
    add_amount(level.count, text_table_cell(table, TONE_PLAIN));
    for (size_t blank = 2; blank < RULE_COLUMNS; blank++)
        (void)text_table_cell(table, TONE_PLAIN);
    return true;
}

static bool add_rules(const struct text_style *style, const json_t *limits, struct buf *to)
{
    struct text_table *table = text_table_new(rule_columns, RULE_COLUMNS);
    bool good = true;
    for (size_t i = 0; good && i < json_array_size(limits); i++) {
        struct limit_answer_row row;
        good = limit_answer_read_row(json_array_get(limits, i), &row);
        if (good)
            add_rule(table, style, &row);
        for (size_t k = 0; good && k < json_array_size(row.levels); k++)
            good = add_level(table, style, json_array_get(row.levels, k));
    }
    if (good && json_array_size(limits) > 0)
        print_table(table, style, to);
    else
        buf_addf(to, "%*sThere are no limits: policy.limits is empty.\n", INDENT, "");
    text_table_free(table);
    return good;
}

bool limit_text_list(const struct text_style *style, const json_t *answer, int64_t now_us,
                     struct buf *to)
{
    const json_t *limits = json_object_get(answer, "limits");
    const json_t *overrides = json_object_get(answer, "overrides");
    return json_is_array(limits) && json_is_array(overrides) && add_rules(style, limits, to) &&
           add_overrides(style, overrides, now_us, to);
}
