/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of accounts and their verdicts. See hijack.h.
 */
#include "watch/hijack.h"

#include <math.h>

#include "base/civil.h"
#include "base/country.h"
#include "base/memory.h"
#include "base/shell_word.h"
#include "model/account_flag.h"
#include "watch/alarm_list.h"
#include "watch/lru_table.h"

#define SHOW_US (10 * US_PER_SECOND)  /* between two changes of an incident that only grows */
#define AGAIN_US (60 * US_PER_SECOND) /* between two tellings of a step that stands */
#define DWELL_US (5 * US_PER_SECOND)  /* held for so long before more is asked for */
#define SWEEP 64                      /* rows looked at in each turn */

struct hijack_row {
    struct hijack_account account;
    struct alarm *alarm;       /* NULL: no verdict stands */
    enum hijack_step step;     /* that was told */
    int64_t since_us, seen_us; /* of the verdict: began; newest evidence */
    int64_t held_us;           /* of the verdict: HOLD was told */
    int64_t shown_us, told_us; /* the incident changed; the step was told */
    int64_t forgiven_us;       /* until then; 0: not */
    bool news, busy;           /* something happened; it is in the list */
};

struct hijack {
    struct hijack_rule rule;
    struct arena *arena; /* of its lists */
    hijack_tell_verdict tell;
    void *tell_data;
    hijack_whose whose; /* NULL: each login is an account */
    void *whose_data;
    hijack_where where; /* NULL: countries are not known */
    void *where_data;
    struct lru_table *index;
    struct hijack_row *rows;
    struct hijack_fleet fleet;
    struct alarm_list *alarms;
    uint32_t *busy; /* rows with news or a verdict */
    uint32_t busy_count, sweep;
    int64_t newest_us, known_until_us; /* said by the log; known: by the past, 0: nothing */
    struct buf login;                  /* of the call that runs */
};

static struct slice keep_lower(struct hijack *hijack, struct slice text)
{
    char *copy = arena_copy(hijack->arena, text.ptr, text.len);
    slice_copy_lower(text, copy);
    return slice_of(copy, text.len);
}

void hijack_configure(struct hijack *hijack, const struct hijack_rule *rule)
{
    arena_free(hijack->arena);
    hijack->arena = arena_new(1024);
    hijack->rule = *rule;
    struct hijack_allowance *allow =
        arena_alloc(hijack->arena, (rule->allow_count + 1) * sizeof(*allow));
    for (size_t i = 0; i < rule->allow_count; i++)
        allow[i] = (struct hijack_allowance){keep_lower(hijack, rule->allow[i].login),
                                             rule->allow[i].until_us};
    hijack->rule.allow = allow;
    hijack->rule.default_domain = keep_lower(hijack, rule->default_domain);
}

struct hijack *hijack_new(const struct hijack_rule *rule)
{
    struct hijack *hijack = MEM_NEW(struct hijack);
    hijack_configure(hijack, rule);
    hijack->index = lru_table_new(HIJACK_ACCOUNTS);
    hijack->rows = MEM_NEW_ARRAY(struct hijack_row, HIJACK_ACCOUNTS + 1);
    hijack->busy = MEM_NEW_ARRAY(uint32_t, HIJACK_ACCOUNTS + 1);
    hijack->alarms = alarm_list_new(HIJACK_OPEN);
    return hijack;
}

void hijack_free(struct hijack *hijack)
{
    if (hijack == NULL)
        return;
    for (uint32_t i = 1; i <= lru_table_count(hijack->index); i++)
        hijack_account_done(&hijack->rows[i].account);
    lru_table_free(hijack->index);
    alarm_list_free(hijack->alarms);
    mem_free(hijack->rows);
    mem_free(hijack->busy);
    arena_free(hijack->arena);
    buf_done(&hijack->login);
    mem_free(hijack);
}

void hijack_hear(struct hijack *hijack, hijack_tell_verdict tell, void *data)
{
    hijack->tell = tell;
    hijack->tell_data = data;
}

void hijack_name(struct hijack *hijack, hijack_whose whose, void *data)
{
    hijack->whose = whose;
    hijack->whose_data = data;
}

void hijack_locate(struct hijack *hijack, hijack_where where, void *data)
{
    hijack->where = where;
    hijack->where_data = data;
}

/* ---- rows ---- */

static void begin(struct hijack_row *row, struct slice login, int64_t now_us)
{
    bool busy = row->busy; /* it is in the list, whoever it is */
    if (row->alarm != NULL)
        alarm_close(row->alarm, now_us);
    hijack_account_done(&row->account);
    *row = (struct hijack_row){.busy = busy};
    row->account.login_len = (uint8_t)login.len;
    memcpy(row->account.login, login.ptr, login.len);
}

/* In small letters, with the domain of those that have none. */
static struct slice form_of(struct hijack *hijack, struct slice login)
{
    buf_clear(&hijack->login);
    for (size_t i = 0; i < login.len; i++)
        buf_add_char(&hijack->login, ascii_lower(login.ptr[i]));
    if (hijack->rule.default_domain.len > 0 && slice_find_char(login, '@') == NULL) {
        buf_add_char(&hijack->login, '@');
        buf_add(&hijack->login, hijack->rule.default_domain);
    }
    return buf_slice(&hijack->login);
}

/* Until the next question. What is cut is cut for everybody who asks, by the login of an incident,
 * too. */
static struct slice account_of(struct hijack *hijack, struct slice login)
{
    struct slice form = form_of(hijack, login);
    if (hijack->whose != NULL)
        form = hijack->whose(hijack->whose_data, form);
    return slice_first(form, HIJACK_LOGIN_MAX);
}

/* NULL: no login, or one that has not sent and shall not be added. */
static struct hijack_row *row_of(struct hijack *hijack, struct slice login, bool add,
                                 int64_t now_us)
{
    bool fresh = false;
    if (login.len == 0 || hijack->rule.off)
        return NULL;
    login = account_of(hijack, login);
    uint64_t key = slice_hash(login);
    uint32_t number = add ? 0 : lru_table_find(hijack->index, key);
    if (!add && number == 0)
        return NULL;
    if (add)
        number = lru_table_use(hijack->index, key, &fresh);
    struct hijack_row *row = &hijack->rows[number];
    if (fresh)
        begin(row, login, now_us);
    hijack_account_advance(&row->account, &hijack->fleet, now_us);
    return row;
}

static void note(struct hijack *hijack, struct hijack_row *row)
{
    row->news = true;
    if (!row->busy)
        hijack->busy[hijack->busy_count++] = (uint32_t)(row - hijack->rows);
    row->busy = true;
}

/* ---- what they do ---- */

static bool comes_again(const struct hijack *hijack, int64_t now_us)
{
    return now_us <= hijack->known_until_us;
}

static void said_by_log(struct hijack *hijack, int64_t now_us)
{
    if (now_us > hijack->newest_us)
        hijack->newest_us = now_us;
}

static uint64_t pool_of(struct slice text)
{
    struct ip_address ip = {.len = 0};
    (void)ip_address_parse(text, &ip); /* `unknown`: it is of no network */
    return hijack_pool_of(&ip);
}

void hijack_take_client(struct hijack *hijack, struct slice login, struct slice client,
                        uint32_t message, int64_t now_us)
{
    if (comes_again(hijack, now_us))
        return;
    struct hijack_row *row = row_of(hijack, login, true, now_us);
    if (row == NULL)
        return;
    struct ip_address ip = {.len = 0};
    (void)ip_address_parse(client, &ip); /* `unknown`: it is of no network */
    struct hijack_client from = {.pool = hijack_pool_of(&ip), .message = message};
    if (hijack->where != NULL && ip.len > 0)
        from.country = hijack->where(hijack->where_data, &ip);
    hijack_account_client(&row->account, &from, now_us);
}

void hijack_take_mail(struct hijack *hijack, struct slice login, const struct hijack_mail *mail,
                      int64_t now_us)
{
    if (comes_again(hijack, now_us))
        return;
    if (mail->origin == HIJACK_BY_LOG)
        said_by_log(hijack, now_us);
    struct hijack_row *row = row_of(hijack, login, true, now_us);
    if (row == NULL)
        return;
    hijack_account_mail(&row->account, mail, now_us);
    note(hijack, row);
}

void hijack_take_recipient(struct hijack *hijack, struct slice login, struct slice recipient,
                           int64_t now_us)
{
    if (comes_again(hijack, now_us))
        return;
    struct hijack_row *row = row_of(hijack, login, true, now_us);
    if (row != NULL)
        (void)hijack_account_recipient(&row->account, recipient);
}

void hijack_take_vain(struct hijack *hijack, struct slice login, const struct hijack_vain *vain,
                      int64_t now_us)
{
    struct hijack_mail mail = {.origin = HIJACK_BY_POLICY, .sender = vain->sender, .recipients = 1};
    struct hijack_row *row = row_of(hijack, login, true, now_us);
    if (row == NULL || !hijack_account_recipient(&row->account, vain->recipient))
        return;
    hijack_take_client(hijack, login, vain->client, 0, now_us);
    hijack_take_mail(hijack, login, &mail, now_us);
}

void hijack_take_result(struct hijack *hijack, struct slice login, enum hijack_result result,
                        int64_t now_us)
{
    if (comes_again(hijack, now_us))
        return;
    said_by_log(hijack, now_us);
    struct hijack_row *row = row_of(hijack, login, false, now_us);
    if (row == NULL)
        return;
    hijack_account_result(&row->account, result);
    if (result == HIJACK_DEAD || result == HIJACK_SPAM)
        note(hijack, row);
}

void hijack_take_refused(struct hijack *hijack, struct slice login, struct slice client,
                         uint32_t times, int64_t now_us)
{
    if (comes_again(hijack, now_us))
        return;
    said_by_log(hijack, now_us);
    struct hijack_row *row = row_of(hijack, login, false, now_us);
    if (row == NULL)
        return;
    hijack_account_refused(&row->account, pool_of(client), times);
}

/* ---- judging ---- */

static const enum incident_severity severities[HIJACK_STEP_COUNT] = {
    [HIJACK_NONE] = INCIDENT_INFO,      [HIJACK_NOTE] = INCIDENT_INFO,
    [HIJACK_SLOW] = INCIDENT_WARNING,   [HIJACK_HOLD] = INCIDENT_WARNING,
    [HIJACK_DEFER] = INCIDENT_CRITICAL, [HIJACK_SUSPEND] = INCIDENT_CRITICAL,
};

static void judge(struct hijack *hijack, struct hijack_row *row, int64_t now_us,
                  struct hijack_facts *facts, struct hijack_verdict *verdict)
{
    *verdict = (struct hijack_verdict){
        .login = slice_of(row->account.login, row->account.login_len), .at_us = now_us};
    hijack_account_facts(&row->account, &hijack->fleet, &hijack->rule, now_us, facts);
    hijack_judge(&hijack->rule, facts, verdict);
}

static void open_verdict(struct hijack *hijack, struct hijack_row *row,
                         const struct hijack_verdict *verdict)
{
    struct incident incident = {
        .kind = INCIDENT_ACCOUNT_HIJACKED,
        .scope = INCIDENT_SCOPE_LOGIN,
        .severity = INCIDENT_INFO,
        .login = verdict->login,
        .opened_us = verdict->at_us,
        .last_hit_us = verdict->at_us,
    };
    row->alarm = alarm_open(hijack->alarms, &incident);
    row->since_us = verdict->at_us;
    row->shown_us = row->told_us = 0;
}

/* What a person would say to the program; nothing of a name that may be cut or cannot be typed. */
static void add_command(const struct hijack_verdict *verdict, enum hijack_step step, struct buf *to)
{
    if (step <= HIJACK_NOTE || verdict->login.len >= HIJACK_LOGIN_MAX ||
        !account_login_can_be_typed(verdict->login))
        return;
    buf_addf(to, "; to do it: todoku account %s ", step == HIJACK_SUSPEND ? "suspend" : "flag");
    shell_word_add(verdict->login, to);
    if (step != HIJACK_SUSPEND)
        buf_addf(to, " %s", hijack_step_word(step));
}

static void show(const struct hijack *hijack, struct hijack_row *row,
                 const struct hijack_verdict *verdict)
{
    CLEANUP_BUF struct buf text = {0};
    struct hijack_verdict told = *verdict;
    struct incident *incident = alarm_change(row->alarm);
    incident->severity = severities[row->step];
    incident->attempts = verdict->recipients;
    incident->recipients = verdict->recipients;
    incident->hits =
        verdict->recipients > verdict->normal ? verdict->recipients - verdict->normal : 0;
    incident->normal = (double)verdict->normal;
    incident->last_hit_us = verdict->at_us;
    told.step = row->step;
    hijack_verdict_text(&told, &text);
    if (hijack->rule.propose)
        add_command(verdict, row->step, &text);
    alarm_see(row->alarm, buf_slice(&text));
    row->shown_us = verdict->at_us;
}

static void tell_step(struct hijack *hijack, struct hijack_row *row, struct hijack_verdict *verdict)
{
    verdict->since_us = row->since_us;
    verdict->step = row->step;
    row->told_us = verdict->at_us;
    if (hijack->tell != NULL)
        hijack->tell(hijack->tell_data, verdict);
}

static void end_verdict(struct hijack *hijack, struct hijack_row *row, int64_t now_us)
{
    struct hijack_verdict verdict = {.login = slice_of(row->account.login, row->account.login_len),
                                     .at_us = now_us};
    alarm_close(row->alarm, row->seen_us);
    row->alarm = NULL;
    row->step = HIJACK_NONE;
    tell_step(hijack, row, &verdict);
}

/* What refuses mail is asked for only when holding it was not the end: held mail is not out, and
 * not lost either. */
static enum hijack_step next_step(const struct hijack_row *row,
                                  const struct hijack_verdict *verdict)
{
    bool held = row->step >= HIJACK_HOLD && verdict->at_us - row->held_us >= DWELL_US;
    if (verdict->step > HIJACK_HOLD && !held)
        return HIJACK_HOLD;
    return verdict->step;
}

static void take_verdict(struct hijack *hijack, struct hijack_row *row,
                         const struct hijack_facts *facts, struct hijack_verdict *verdict)
{
    enum hijack_step step = next_step(row, verdict);
    bool rose = step > row->step;
    if (row->alarm == NULL)
        open_verdict(hijack, row, verdict);
    if (row->alarm == NULL)
        return; /* too many: again with its next mail */
    row->seen_us = verdict->at_us;
    if (rose && row->step < HIJACK_HOLD)
        row->held_us = verdict->at_us;
    if (rose)
        row->step = step;
    hijack_account_taint(&row->account, facts->normal_hour);
    if (rose || verdict->at_us - row->shown_us >= SHOW_US)
        show(hijack, row, verdict);
    if (rose || verdict->at_us - row->told_us >= AGAIN_US)
        tell_step(hijack, row, verdict);
}

/* Too little to be judged by any rule: most accounts at most times. */
static bool is_small(const struct hijack *hijack, const struct hijack_row *row)
{
    const struct hijack_rule *rule = &hijack->rule;
    const struct hijack_lately *lately = row->account.lately;
    uint32_t least = rule->least_hour < rule->least_day ? rule->least_hour : rule->least_day;
    uint64_t sum = 0;
    for (size_t i = 0; lately != NULL && i < HIJACK_ORIGINS; i++)
        sum += (uint64_t)lately->now.flows[i].recipients + lately->before.flows[i].recipients;
    return sum <= least;
}

static bool is_allowed(struct hijack *hijack, const struct hijack_row *row, int64_t now_us)
{
    struct slice login = slice_of(row->account.login, row->account.login_len);
    for (size_t i = 0; i < hijack->rule.allow_count; i++)
        if (now_us < hijack->rule.allow[i].until_us &&
            slice_eq(login, account_of(hijack, hijack->rule.allow[i].login)))
            return true;
    return now_us < row->forgiven_us;
}

/* False: there is nothing to watch until it does something. */
static bool turn(struct hijack *hijack, struct hijack_row *row, int64_t now_us)
{
    bool news = row->news;
    row->news = false;
    if (news && !is_small(hijack, row)) {
        struct hijack_facts facts;
        struct hijack_verdict verdict;
        hijack_account_advance(&row->account, &hijack->fleet, now_us);
        judge(hijack, row, now_us, &facts, &verdict);
        if (verdict.step > HIJACK_NONE && !is_allowed(hijack, row, now_us))
            take_verdict(hijack, row, &facts, &verdict);
    }
    if (row->alarm != NULL && now_us - row->seen_us >= hijack->rule.cool_down_us)
        end_verdict(hijack, row, now_us);
    return row->alarm != NULL;
}

/* Those that fell silent give back what only senders need. */
static void sweep(struct hijack *hijack, int64_t now_us)
{
    uint32_t count = lru_table_count(hijack->index);
    for (uint32_t i = 0; i < SWEEP && i < count; i++) {
        hijack->sweep = hijack->sweep % count + 1;
        hijack_account_advance(&hijack->rows[hijack->sweep].account, &hijack->fleet, now_us);
    }
}

void hijack_tell(struct hijack *hijack, int64_t now_us, incident_tell tell, void *data)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < hijack->busy_count; i++) {
        struct hijack_row *row = &hijack->rows[hijack->busy[i]];
        row->busy = turn(hijack, row, now_us);
        if (row->busy)
            hijack->busy[kept++] = hijack->busy[i];
    }
    hijack->busy_count = kept;
    sweep(hijack, now_us);
    alarm_list_tell(hijack->alarms, tell, data);
}

/* ---- people ---- */

void hijack_forgive(struct hijack *hijack, struct slice login, int64_t until_us, int64_t now_us)
{
    struct hijack_row *row = row_of(hijack, login, true, now_us);
    if (row == NULL)
        return;
    hijack_account_forgive(&row->account);
    row->forgiven_us = until_us;
    if (row->alarm != NULL)
        end_verdict(hijack, row, now_us);
}

/* ---- over a restart ---- */

uint32_t hijack_count(const struct hijack *hijack)
{
    return lru_table_count(hijack->index);
}

const struct hijack_account *hijack_get(const struct hijack *hijack, uint32_t number,
                                        int64_t *forgiven_us)
{
    *forgiven_us = hijack->rows[number].forgiven_us;
    return &hijack->rows[number].account;
}

const struct hijack_fleet *hijack_fleet(const struct hijack *hijack)
{
    return &hijack->fleet;
}

int64_t hijack_newest(const struct hijack *hijack)
{
    return hijack->newest_us;
}

void hijack_restore(struct hijack *hijack, const struct hijack_account *account,
                    int64_t forgiven_us)
{
    bool fresh = false;
    uint64_t key = slice_hash(slice_of(account->login, account->login_len));
    struct hijack_row *row = &hijack->rows[lru_table_use(hijack->index, key, &fresh)];
    ASSERT(fresh);
    *row = (struct hijack_row){.account = *account, .forgiven_us = forgiven_us};
}

void hijack_restore_fleet(struct hijack *hijack, const struct hijack_fleet *fleet,
                          int64_t newest_us)
{
    hijack->fleet = *fleet;
    hijack->newest_us = hijack->known_until_us = newest_us;
}

void hijack_caught_up(struct hijack *hijack)
{
    hijack->known_until_us = 0;
}

bool hijack_look(struct hijack *hijack, struct slice login, int64_t now_us,
                 struct hijack_facts *facts, struct hijack_verdict *verdict)
{
    struct hijack_row *row = row_of(hijack, login, false, now_us);
    if (row == NULL)
        return false;
    judge(hijack, row, now_us, facts, verdict);
    verdict->since_us = row->alarm != NULL ? row->since_us : 0;
    return true;
}
