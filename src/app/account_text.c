/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts in words. See account_text.h.
 */
#include "app/account_text.h"

#include "app/report_words.h"
#include "app/text_table.h"
#include "model/account_flag.h"

#define INDENT 4

/* What a flag does, for who does not know the words. */
static const char *meaning(struct slice word)
{
    static const char *const meanings[ACCOUNT_FLAG_KINDS] = {
        [ACCOUNT_NOTE] = "noted, nothing is done",
        [ACCOUNT_PASSWORD_RESET] = "a new password is due; kept and shown",
        [ACCOUNT_NO_LOGIN] = "kept for who decides on logins",
        [ACCOUNT_SLOW] = "mail is slowed down",
        [ACCOUNT_HOLD] = "mail goes into the hold queue",
        [ACCOUNT_DEFER] = "mail is refused for now (450)",
        [ACCOUNT_NO_SEND] = "mail is refused (550)",
        [ACCOUNT_SUSPENDED] = "mail is refused (550)",
    };
    enum account_flag_kind kind;
    return account_flag_from_word(word, &kind) ? meanings[kind] : "";
}

static enum text_tone tone_of(struct slice word)
{
    enum account_flag_kind kind;
    if (!account_flag_from_word(word, &kind) || !account_flag_is_about_sending(kind))
        return TONE_PLAIN;
    return kind >= ACCOUNT_DEFER ? TONE_BAD : TONE_WARN;
}

static void add_end(int64_t until_us, int64_t now_us, struct buf *to)
{
    if (until_us == INT64_MAX)
        buf_add_str(to, "until cleared");
    else
        report_time(until_us, now_us, to);
}

/* ---- one ---- */

/* "by kato on relay2: phished". */
static void add_said(const struct account_flag_answer *flag, struct buf *to)
{
    bool by = flag->actor.len > 0 || flag->relay.len > 0;
    if (by || flag->reason.len > 0)
        buf_add_str(to, "; ");
    if (flag->actor.len > 0)
        buf_addf(to, "by %.*s", SLICE_ARG(flag->actor));
    if (flag->relay.len > 0)
        buf_addf(to, "%son %.*s", flag->actor.len > 0 ? " " : "", SLICE_ARG(flag->relay));
    if (by && flag->reason.len > 0)
        buf_add_str(to, ": ");
    buf_add(to, flag->reason);
}

/* Who did it, and of relays that share accounts on which. */
static void add_actor(const struct text_style *style, struct slice actor, struct slice relay,
                      struct buf *to)
{
    text_add(style, actor, to);
    if (relay.len == 0)
        return;
    buf_add_str(to, actor.len > 0 ? " on " : "on ");
    text_add(style, relay, to);
}

static void add_flag(const struct text_style *style, const json_t *object, int64_t now_us,
                     struct buf *to)
{
    struct account_flag_answer flag;
    CLEANUP_BUF struct buf life = {0};
    (void)account_flag_answer_read(object, &flag);
    buf_add_str(to, "  ");
    text_begin(style, tone_of(flag.flag), to);
    text_add(style, flag.flag, to);
    text_end(style, tone_of(flag.flag), to);
    buf_addf(to, "  %s\n%*s", meaning(flag.flag), INDENT, "");
    buf_add_str(&life, "since ");
    report_time(flag.since_us, now_us, &life);
    buf_add_str(&life, flag.until_us == INT64_MAX ? ", " : ", until ");
    add_end(flag.until_us, now_us, &life);
    add_said(&flag, &life);
    text_wrap(style, buf_slice(&life), INDENT, 3, to);
}

static void add_entry(struct text_table *table, const struct text_style *style,
                      const json_t *object, int64_t now_us)
{
    struct account_trail_answer entry;
    CLEANUP_BUF struct buf what = {0};
    (void)account_trail_answer_read(object, &entry);
    buf_addf(&what, "%.*s %.*s", SLICE_ARG(entry.action), SLICE_ARG(entry.what));
    report_time(entry.time_us, now_us, text_table_cell(table, TONE_DIM));
    text_add(style, buf_slice(&what), text_table_cell(table, TONE_PLAIN));
    struct buf *until = text_table_cell(table, TONE_PLAIN);
    if (entry.until_us > 0)
        add_end(entry.until_us, now_us, until);
    add_actor(style, entry.actor, entry.relay, text_table_cell(table, TONE_PLAIN));
    text_add(style, entry.reason, text_table_cell(table, TONE_PLAIN));
}

static void add_trail(const struct text_style *style, const json_t *trail, int64_t now_us,
                      struct buf *to)
{
    static const struct text_column columns[] = {
        {"time", false, 0, 16}, {"what", false, 0, 20},   {"until", false, 3, 16},
        {"by", false, 2, 12},   {"reason", false, 1, 24},
    };
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < json_array_size(trail); i++)
        add_entry(table, style, json_array_get(trail, i), now_us);
    buf_add_char(to, '\n');
    text_table_print(table, style, to);
    text_table_free(table);
}

void account_text(const struct text_style *style, const struct account_answer *account,
                  int64_t now_us, struct buf *to)
{
    text_begin(style, TONE_STRONG, to);
    text_add(style, account->login, to);
    text_end(style, TONE_STRONG, to);
    if (account->account_class.len > 0) {
        buf_add_str(to, ", class ");
        text_add(style, account->account_class, to);
    }
    if (account->flags == NULL)
        buf_add_str(to, ": flags are not known");
    else if (json_array_size(account->flags) == 0)
        buf_add_str(to, ": no flag is set");
    buf_add_char(to, '\n');
    for (size_t i = 0; i < json_array_size(account->flags); i++)
        add_flag(style, json_array_get(account->flags, i), now_us, to);
    if (json_array_size(account->trail) > 0)
        add_trail(style, account->trail, now_us, to);
}

/* ---- all ---- */

static void add_row(struct text_table *table, const struct text_style *style, struct slice login,
                    const json_t *object, int64_t now_us)
{
    struct account_flag_answer flag;
    (void)account_flag_answer_read(object, &flag);
    text_add(style, login, text_table_cell(table, TONE_STRONG));
    text_add(style, flag.flag, text_table_cell(table, tone_of(flag.flag)));
    report_time(flag.since_us, now_us, text_table_cell(table, TONE_DIM));
    add_end(flag.until_us, now_us, text_table_cell(table, TONE_PLAIN));
    add_actor(style, flag.actor, flag.relay, text_table_cell(table, TONE_PLAIN));
    text_add(style, flag.reason, text_table_cell(table, TONE_PLAIN));
}

bool account_text_list(const struct text_style *style, const json_t *accounts, int64_t now_us,
                       struct buf *to)
{
    static const struct text_column columns[] = {
        {"login", false, 0, 24}, {"flag", false, 0, 9}, {"since", false, 4, 16},
        {"until", false, 3, 16}, {"by", false, 2, 12},  {"reason", false, 1, 24},
    };
    bool good = json_is_array(accounts);
    if (good && json_array_size(accounts) == 0)
        buf_add_str(to, "No account has a flag.\n");
    if (!good || json_array_size(accounts) == 0)
        return good;
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; good && i < json_array_size(accounts); i++) {
        struct account_answer account;
        good = account_answer_read(json_array_get(accounts, i), &account);
        for (size_t k = 0; good && k < json_array_size(account.flags); k++)
            add_row(table, style, account.login, json_array_get(account.flags, k), now_us);
    }
    if (good)
        text_table_print(table, style, to);
    text_table_free(table);
    return good;
}
