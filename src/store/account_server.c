/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_server.h. Of what the query gives nothing is kept.
 */
#include "store/account_server.h"

#include <poll.h>
#include <stdio.h>

#include "base/escape.h"
#include "io/clock.h"
#include "io/secret_memory.h"

static const int64_t PAUSE_US = 500000;
static const int64_t NAMES_TIMEOUT_US = 15000000;

struct account_source {
    const struct account_link_kind *kind;
    struct arena *arena; /* of the place */
    struct arena *rows;  /* of one find */
    struct account_place place;
    struct account_query query, names;
    struct err fault; /* a query that cannot be asked at all */
    struct account_link *link;
    int64_t paused_us; /* not before then; steady clock */
    struct err pause;  /* why */
    int64_t read_us;   /* when names were read; 0: not yet */
};

/* ---- making ---- */

static const char *keep_text(struct arena *arena, const char *text)
{
    return text != NULL ? arena_copy(arena, text, strlen(text)) : NULL;
}

static void keep_place(struct account_source *source, const struct account_place *place)
{
    struct arena *arena = source->arena;
    struct slice domain = place->default_domain;
    source->place = *place;
    source->place.path = NULL;
    source->place.default_domain = slice_of(arena_copy(arena, domain.ptr, domain.len), domain.len);
    source->place.host = keep_text(arena, place->host);
    source->place.database = keep_text(arena, place->database);
    source->place.user = keep_text(arena, place->user);
    source->place.password = keep_text(arena, place->password);
    source->place.tls_ca = keep_text(arena, place->tls_ca);
    source->place.query = source->place.names_query = NULL;
}

static void parse(struct account_source *source, const char *what, const char *text,
                  struct account_query *query)
{
    if (text != NULL &&
        !account_query_parse(slice_from_str(text), source->kind->marks, query, &source->fault))
        (void)err_at(&source->fault, "accounts.%s", what);
}

struct account_source *account_server_make(const struct account_link_kind *kind,
                                           const struct account_place *place)
{
    struct account_source *source = MEM_NEW(struct account_source);
    source->kind = kind;
    source->arena = arena_new_from(4000, &secret_arena);
    source->rows = arena_new_from(8000, &secret_arena);
    keep_place(source, place);
    parse(source, "names_query", place->names_query, &source->names);
    parse(source, "query", place->query, &source->query);
    return source;
}

static void drop_link(struct account_source *source)
{
    if (source->link != NULL)
        source->kind->close(source->link);
    source->link = NULL;
}

void account_server_free(struct account_source *source)
{
    if (source == NULL)
        return;
    drop_link(source);
    account_query_done(&source->query);
    account_query_done(&source->names);
    arena_free(source->arena);
    arena_free(source->rows);
    mem_free(source);
}

/* ---- words and waiting ---- */

void account_server_words(struct err *err, const char *word, const char *what, const char *words)
{
    CLEANUP_BUF struct buf line = {0}, shown = {0};
    struct slice rest = slice_trim(slice_from_str(words));
    while (rest.len > 0) {
        buf_add(&line, slice_trim(slice_cut(&rest, '\n')));
        if (rest.len > 0)
            buf_add_char(&line, ' ');
    }
    escape_terminal(buf_slice(&line), &shown);
    (void)err_set(err, ERR_LIBRARY, "%s: %s: %s", word, what, buf_str(&shown));
}

bool account_server_wait(int fd, short events, int64_t until_us)
{
    struct pollfd wanted = {.fd = fd, .events = events};
    for (;;) {
        int64_t left_us = until_us - clock_steady_us();
        if (left_us <= 0)
            return false;
        if (poll(&wanted, 1, (int)(left_us / 1000) + 1) > 0)
            return true;
    }
}

/* ---- asking ---- */

static bool pause_with(struct account_source *source, struct err *err)
{
    source->paused_us = clock_steady_us() + PAUSE_US;
    if (err != NULL)
        source->pause = *err;
    return false;
}

static bool have_link(struct account_source *source, int64_t until_us, struct err *err)
{
    if (source->link != NULL)
        return true;
    if (source->paused_us > clock_steady_us()) {
        *err = source->pause;
        return false;
    }
    source->link = source->kind->connect(&source->place, until_us, err);
    return source->link != NULL || pause_with(source, err);
}

/* A call of a link: run or columns. */
typedef enum account_link_end (*link_call)(struct account_link *link,
                                           const struct account_question *question,
                                           account_answer_see see, void *context, struct err *err);

struct asked {
    link_call call;
    struct account_question question;
    account_answer_see see;
    void *context;
    bool *has_begun; /* something was seen: it is not asked again */
};

/* *ran: there was a connection to ask by. */
static enum account_link_end ask_once(struct account_source *source, const struct asked *asked,
                                      bool *ran, struct err *err)
{
    *ran = have_link(source, asked->question.until_us, err);
    if (!*ran)
        return ACCOUNT_LINK_LOST;
    enum account_link_end end =
        asked->call(source->link, &asked->question, asked->see, asked->context, err);
    if (end == ACCOUNT_LINK_LOST)
        drop_link(source);
    return end;
}

/* A connection that was kept may have been lost meanwhile: then it is made again, and asked. */
static enum account_link_end ask(struct account_source *source, const struct asked *asked,
                                 struct err *err)
{
    bool was_kept = source->link != NULL, ran;
    enum account_link_end end = ask_once(source, asked, &ran, err);
    bool in_time = clock_steady_us() < asked->question.until_us;
    if (end == ACCOUNT_LINK_LOST && was_kept && in_time && !*asked->has_begun)
        end = ask_once(source, asked, &ran, err);
    if (end == ACCOUNT_LINK_LOST && ran)
        (void)pause_with(source, err);
    return end;
}

/* ---- one account ---- */

/* What a query for an account has given so far. */
struct finding {
    struct arena *arena;
    bool has_begun;
    bool found;
    struct account_row row;
    struct err err;
};

static struct slice value(const struct account_answer *answer, int column, struct arena *arena)
{
    if (column < 0 || answer->values[column].ptr == NULL)
        return SLICE("");
    struct slice text = answer->values[column];
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

static bool see_row(void *context, const struct account_answer *answer)
{
    struct finding *finding = context;
    struct account_columns at;
    finding->has_begun = true;
    if (!account_columns_read(answer->names, answer->count, true, &at, &finding->err))
        return false;
    if (finding->found)
        return err_set(&finding->err, ERR_INPUT, "gives more than one row for a login");
    struct arena *arena = finding->arena;
    const struct account_text text = {
        .login = value(answer, at.login, arena),
        .account_class = value(answer, at.account_class, arena),
        .server = value(answer, at.server, arena),
        .secret = value(answer, at.secret, arena),
        .protocols = value(answer, at.protocols, arena),
        .networks = value(answer, at.networks, arena),
        .valid_until = value(answer, at.valid_until, arena),
        .flags = value(answer, at.flags, arena),
    };
    account_text_read(&text, arena, &finding->row);
    finding->found = true;
    return true;
}

/* False and err: trouble. */
static bool find_once(struct account_source *source, struct slice login, int64_t until_us,
                      struct finding *finding, struct err *err)
{
    const struct asked asked = {source->kind->run,
                                {&source->query, login, until_us},
                                see_row,
                                finding,
                                &finding->has_begun};
    finding->has_begun = false;
    if (ask(source, &asked, err) != ACCOUNT_LINK_DONE)
        return false;
    if (finding->err.code != ERR_NONE)
        return err_set(err, finding->err.code, "accounts.query: %s", finding->err.text);
    if (finding->found && finding->row.login.len == 0)
        finding->row.login = login;
    return true;
}

static bool is_utf8(struct slice text)
{
    while (text.len > 0)
        if (utf8_take(&text) == UTF8_INVALID)
            return false;
    return true;
}

static bool find_either(struct account_source *source, struct slice login, struct finding *finding,
                        struct err *err)
{
    int64_t until_us = clock_steady_us() + source->place.timeout_us;
    struct slice local = account_without_domain(login, source->place.default_domain);
    if (!find_once(source, login, until_us, finding, err))
        return false;
    return finding->found || local.len == 0 || find_once(source, local, until_us, finding, err);
}

/* A server takes no login that is not UTF-8, and has none. */
enum account_found account_server_find(struct account_source *source, struct slice login,
                                       account_row_see see, void *context, struct err *err)
{
    struct err own = {0};
    struct err *why = err != NULL ? err : &own;
    if (source->fault.code != ERR_NONE) {
        *why = source->fault;
        return ACCOUNT_TROUBLE;
    }
    if (!is_utf8(login) || slice_find_char(login, '\0') != NULL)
        return ACCOUNT_UNKNOWN;
    struct finding finding = {.arena = source->rows};
    enum account_found found = ACCOUNT_TROUBLE;
    *why = (struct err){0};
    if (find_either(source, login, &finding, why)) {
        found = finding.found ? ACCOUNT_FOUND : ACCOUNT_UNKNOWN;
        *why = (struct err){0};
        if (finding.found)
            see(context, &finding.row);
    }
    arena_wipe(source->rows);
    return found;
}

bool account_server_state(struct account_source *source, uint64_t *out)
{
    (void)source;
    (void)out;
    return false;
}

/* ---- all names ---- */

struct reading {
    account_name_see see;
    void *context;
    bool has_begun;
    struct err err;
};

static struct slice borrowed(const struct account_answer *answer, int column)
{
    return column < 0 || answer->values[column].ptr == NULL ? SLICE("") : answer->values[column];
}

static bool see_name(void *context, const struct account_answer *answer)
{
    struct reading *reading = context;
    struct account_columns at;
    reading->has_begun = true;
    if (!account_columns_read(answer->names, answer->count, false, &at, &reading->err))
        return false;
    const struct account_name name = {borrowed(answer, at.login), borrowed(answer, at.account),
                                      borrowed(answer, at.account_class),
                                      borrowed(answer, at.flags), borrowed(answer, at.server)};
    reading->see(reading->context, &name);
    return true;
}

bool account_server_is_changed(struct account_source *source)
{
    int64_t age_us = clock_steady_us() - source->read_us;
    if (source->read_us == 0)
        return true;
    return source->names.text.len > 0 && age_us >= source->place.names_every_us;
}

bool account_server_read(struct account_source *source, account_name_see see, void *context,
                         struct err *err)
{
    struct reading reading = {see, context, false, {0}};
    struct err own = {0};
    struct err *why = err != NULL ? err : &own;
    int64_t now_us = clock_steady_us();
    const struct asked asked = {source->kind->run,
                                {&source->names, SLICE(""), now_us + NAMES_TIMEOUT_US},
                                see_name,
                                &reading,
                                &reading.has_begun};
    source->read_us = 0;
    if (source->fault.code != ERR_NONE) {
        *why = source->fault;
        return false;
    }
    if (source->names.text.len > 0 && ask(source, &asked, why) != ACCOUNT_LINK_DONE)
        return false;
    if (reading.err.code != ERR_NONE)
        return err_set(why, reading.err.code, "accounts.names_query: %s", reading.err.text);
    *why = (struct err){0};
    source->read_us = now_us > 0 ? now_us : 1;
    return true;
}

/* ---- checking ---- */

struct checking {
    bool is_row, has_begun;
    struct err err;
};

static bool see_columns(void *context, const struct account_answer *answer)
{
    struct checking *checking = context;
    struct account_columns columns;
    checking->has_begun = true;
    return account_columns_read(answer->names, answer->count, checking->is_row, &columns,
                                &checking->err);
}

static enum account_check check(struct account_source *source, const struct account_query *query,
                                bool is_row, struct err *err)
{
    const char *what = is_row ? "accounts.query" : "accounts.names_query";
    struct checking checking = {.is_row = is_row};
    const struct asked asked = {source->kind->columns,
                                {query, SLICE(""), clock_steady_us() + source->place.timeout_us},
                                see_columns,
                                &checking,
                                &checking.has_begun};
    switch (ask(source, &asked, err)) {
    case ACCOUNT_LINK_DONE:
        break;
    case ACCOUNT_LINK_REFUSED:
        (void)err_at(err, "%s", what);
        return ACCOUNT_CHECK_WRONG;
    case ACCOUNT_LINK_LOST:
        return ACCOUNT_CHECK_LATER;
    }
    if (checking.err.code == ERR_NONE)
        return ACCOUNT_CHECK_GOOD;
    (void)err_set(err, ERR_INPUT, "%s: %s", what, checking.err.text);
    return ACCOUNT_CHECK_WRONG;
}

static bool asks_for_a_login(const struct account_query *query)
{
    for (size_t i = 0; i < query->count; i++)
        if (query->params[i] != ACCOUNT_PARAM_DOMAIN)
            return true;
    return false;
}

enum account_check account_server_check(struct account_source *source, struct err *err)
{
    struct err own = {0};
    struct err *why = err != NULL ? err : &own;
    *why = (struct err){0};
    if (source->fault.code != ERR_NONE) {
        *why = source->fault;
        return ACCOUNT_CHECK_WRONG;
    }
    if (!asks_for_a_login(&source->query)) {
        (void)err_set(why, ERR_INPUT,
                      "accounts.query: has no :login (nor :user) in it: it would find the same "
                      "account for everybody");
        return ACCOUNT_CHECK_WRONG;
    }
    enum account_check said = check(source, &source->query, true, why);
    if (said == ACCOUNT_CHECK_GOOD && source->names.text.len > 0)
        said = check(source, &source->names, false, why);
    if (said == ACCOUNT_CHECK_GOOD)
        *why = (struct err){0};
    return said;
}
