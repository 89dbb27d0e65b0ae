/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts in PostgreSQL (store/account_server.h), by libpq without its blocking calls; a name of a
 * host is looked up by the system's resolver, with its own deadlines. Dates come in ISO form and
 * UTC. The server is told to give up statements when we do.
 *
 * Peer document: PostgreSQL 15, chapter 34, "Asynchronous Command Processing".
 */
#include "store/account_server.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>

#include "io/clock.h"

#define WORD "postgresql"

struct account_link {
    PGconn *conn;
    int64_t timeout_us; /* that the server was told */
};

/* ---- connecting ---- */

static const char *ssl_mode(enum account_tls tls)
{
    switch (tls) {
    case ACCOUNT_TLS_OFF:
        return "disable";
    case ACCOUNT_TLS_ON:
        return "require";
    case ACCOUNT_TLS_VERIFY:
        return "verify-full";
    }
    return "verify-full";
}

static PGconn *start(const struct account_place *place)
{
    char port[8] = "";
    if (place->port != 0)
        snprintf(port, sizeof(port), "%u", (unsigned)place->port);
    const char *const names[] = {"host",
                                 "port",
                                 "dbname",
                                 "user",
                                 "password",
                                 "sslmode",
                                 "sslrootcert",
                                 "client_encoding",
                                 "application_name",
                                 NULL};
    const char *const values[] = {place->host,
                                  port,
                                  place->database,
                                  place->user,
                                  place->password,
                                  ssl_mode(place->tls),
                                  place->tls == ACCOUNT_TLS_VERIFY ? place->tls_ca : NULL,
                                  "UTF8",
                                  "todoku",
                                  NULL};
    return PQconnectStartParams(names, values, 0);
}

/* False: not by then, or refused. */
static bool finish(PGconn *conn, int64_t until_us)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (PQstatus(conn) != CONNECTION_BAD) {
        if (next == PGRES_POLLING_OK)
            return true;
        if (next == PGRES_POLLING_FAILED)
            return false;
        short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!account_server_wait(PQsocket(conn), events, until_us))
            return false;
        next = PQconnectPoll(conn);
    }
    return false;
}

/* What a server says beside its answers; by default it goes to stderr. */
static void ignore_notice(void *context, const char *words)
{
    (void)context;
    (void)words;
}

static void tell_late(struct err *err)
{
    (void)err_set(err, ERR_IO, WORD ": the server does not answer in time (accounts.timeout)");
}

static void tell(PGconn *conn, const char *what, struct err *err)
{
    const char *words = PQerrorMessage(conn);
    if (words != NULL && words[0] != '\0')
        account_server_words(err, WORD, what, words);
    else
        tell_late(err);
}

static void close_link(struct account_link *link)
{
    PQfinish(link->conn);
    mem_free(link);
}

static struct account_link *connect_link(const struct account_place *place, int64_t until_us,
                                         struct err *err)
{
    struct account_link *link = MEM_NEW(struct account_link);
    link->conn = start(place);
    if (link->conn == NULL) {
        (void)err_set(err, ERR_LIBRARY, WORD ": no memory for a connection");
        mem_free(link);
        return NULL;
    }
    (void)PQsetNoticeProcessor(link->conn, ignore_notice, NULL);
    if (finish(link->conn, until_us) && PQsetnonblocking(link->conn, 1) == 0)
        return link;
    tell(link->conn, "cannot connect", err);
    close_link(link);
    return NULL;
}

/* ---- asking ---- */

/* The next result; NULL with *late unset: that was the last. */
static PGresult *next_result(struct account_link *link, int64_t until_us, bool *late)
{
    PGconn *conn = link->conn;
    *late = false;
    for (;;) {
        int unsent = PQflush(conn);
        bool is_dead = unsent < 0 || PQsocket(conn) < 0 || PQstatus(conn) == CONNECTION_BAD;
        if (is_dead || (unsent == 0 && PQisBusy(conn) == 0))
            return PQgetResult(conn);
        short events = (short)(POLLIN | (unsent > 0 ? POLLOUT : 0));
        *late = !account_server_wait(PQsocket(conn), events, until_us);
        if (*late || PQconsumeInput(conn) == 0)
            return *late ? NULL : PQgetResult(conn);
    }
}

struct walk {
    account_answer_see see;
    void *context;
    bool is_over; /* no more is wanted */
};

/* Its ptr is NULL for NULL. */
static struct slice value_of(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column) != 0)
        return slice_of(NULL, 0);
    return slice_of(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}

static void see_result(struct walk *walk, const PGresult *result)
{
    const char *names[ACCOUNT_COLUMNS_MAX];
    struct slice values[ACCOUNT_COLUMNS_MAX];
    int columns = PQnfields(result);
    size_t count = columns < ACCOUNT_COLUMNS_MAX ? (size_t)columns : ACCOUNT_COLUMNS_MAX;
    struct account_answer answer = {names, NULL, count};
    for (int i = 0; i < (int)count; i++)
        names[i] = PQfname(result, i);
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        walk->is_over = !walk->see(walk->context, &answer);
    for (int row = 0; row < PQntuples(result) && !walk->is_over; row++) {
        for (int i = 0; i < (int)count; i++)
            values[i] = value_of(result, row, i);
        answer.values = values;
        walk->is_over = !walk->see(walk->context, &answer);
    }
}

/* Without the line of the query, and the mark below it. */
static void tell_refusal(const PGresult *result, struct err *err)
{
    CLEANUP_BUF struct buf words = {0};
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    buf_add_str(&words, message != NULL ? message : PQresultErrorMessage(result));
    if (hint != NULL)
        buf_addf(&words, " (%s)", hint);
    account_server_words(err, WORD, "the server says", buf_str(&words));
}

/* All results of what was sent. */
static enum account_link_end take_results(struct account_link *link, int64_t until_us,
                                          struct walk *walk, struct err *err)
{
    enum account_link_end end = ACCOUNT_LINK_DONE;
    PGresult *result;
    bool late;
    while ((result = next_result(link, until_us, &late)) != NULL) {
        ExecStatusType status = PQresultStatus(result);
        bool good =
            status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
        if (!good && end == ACCOUNT_LINK_DONE) {
            tell_refusal(result, err);
            end = ACCOUNT_LINK_REFUSED;
        }
        bool is_copy = status == PGRES_COPY_OUT || status == PGRES_COPY_IN;
        if (good && walk != NULL && !walk->is_over)
            see_result(walk, result);
        PQclear(result);
        if (is_copy) /* there is no end of it that way */
            return ACCOUNT_LINK_LOST;
    }
    if (late)
        tell_late(err);
    if (PQstatus(link->conn) == CONNECTION_BAD && end == ACCOUNT_LINK_DONE)
        tell(link->conn, "the connection is lost", err);
    return late || PQstatus(link->conn) == CONNECTION_BAD ? ACCOUNT_LINK_LOST : end;
}

static enum account_link_end lost(struct account_link *link, struct err *err)
{
    tell(link->conn, "the connection is lost", err);
    return ACCOUNT_LINK_LOST;
}

/* For the server, a round milliseconds more than we wait. */
static enum account_link_end tell_deadline(struct account_link *link, int64_t until_us,
                                           struct err *err)
{
    char text[160];
    int64_t timeout_us = until_us - clock_steady_us();
    if (link->timeout_us >= timeout_us && link->timeout_us < timeout_us * 2)
        return ACCOUNT_LINK_DONE;
    link->timeout_us = timeout_us + timeout_us / 4;
    snprintf(text, sizeof(text),
             "SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SET statement_timeout = %lld",
             (long long)(link->timeout_us / 1000) + 1);
    if (PQsendQuery(link->conn, text) == 0)
        return lost(link, err);
    return take_results(link, until_us, NULL, err);
}

static bool send(struct account_link *link, const struct account_question *question)
{
    CLEANUP_BUF struct buf texts = {0};
    size_t at[ACCOUNT_PARAMS_MAX];
    const char *values[ACCOUNT_PARAMS_MAX];
    const struct account_query *query = question->query;
    for (size_t i = 0; i < query->count; i++) {
        at[i] = texts.len;
        buf_add(&texts, account_query_param(query->params[i], question->login));
        buf_add_char(&texts, '\0');
    }
    for (size_t i = 0; i < query->count; i++)
        values[i] = texts.ptr + at[i];
    return PQsendQueryParams(link->conn, buf_str(&query->text), (int)query->count, NULL, values,
                             NULL, NULL, 0) != 0 &&
           PQsetSingleRowMode(link->conn) != 0;
}

static enum account_link_end run(struct account_link *link, const struct account_question *question,
                                 account_answer_see see, void *context, struct err *err)
{
    struct walk walk = {see, context, false};
    enum account_link_end end = tell_deadline(link, question->until_us, err);
    if (end != ACCOUNT_LINK_DONE)
        return end;
    if (!send(link, question))
        return lost(link, err);
    return take_results(link, question->until_us, &walk, err);
}

static enum account_link_end columns(struct account_link *link,
                                     const struct account_question *question,
                                     account_answer_see see, void *context, struct err *err)
{
    struct walk walk = {see, context, false};
    enum account_link_end end = tell_deadline(link, question->until_us, err);
    if (end != ACCOUNT_LINK_DONE)
        return end;
    if (PQsendPrepare(link->conn, "", buf_str(&question->query->text), 0, NULL) == 0)
        return lost(link, err);
    end = take_results(link, question->until_us, NULL, err);
    if (end != ACCOUNT_LINK_DONE)
        return end;
    if (PQsendDescribePrepared(link->conn, "") == 0)
        return lost(link, err);
    return take_results(link, question->until_us, &walk, err);
}

/* ---- the driver ---- */

static const struct account_link_kind kind = {
    .word = WORD,
    .marks = ACCOUNT_MARKS_NUMBERED,
    .connect = connect_link,
    .close = close_link,
    .run = run,
    .columns = columns,
};

static struct account_source *make(const struct account_place *place)
{
    return account_server_make(&kind, place);
}

const struct account_driver account_driver_postgresql = {
    .word = WORD,
    .make = make,
    .free = account_server_free,
    .is_changed = account_server_is_changed,
    .read = account_server_read,
    .find = account_server_find,
    .state = account_server_state,
    .check = account_server_check,
};
