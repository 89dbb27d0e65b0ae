/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts in MariaDB or MySQL (store/account_server.h), by a prepared statement of libmariadb.
 * The library blocks: each wait of it has the deadline, in whole seconds rounded up, and the server
 * is told to give statements up too. A name of a host is looked up by the system's resolver, with
 * its own deadlines. Times come in UTC.
 *
 * Peer document: MariaDB Connector/C 3.3, "Prepared Statement API".
 */
#include "store/account_server.h"

#include <mysql.h>
#include <pthread.h>
#include <stdio.h>

#include "io/clock.h"
#include "io/secret_memory.h"

#define WORD "mysql"

enum { CELL_MAX = ACCOUNT_TEXT_MAX + 1 }; /* what is longer is cut there, and refused above */

struct account_link {
    MYSQL *conn;
};

/* A prepared statement, and room for a row of it. */
struct statement {
    MYSQL_STMT *stmt;
    MYSQL_RES *meta;
    size_t count;
    const char *names[ACCOUNT_COLUMNS_MAX];
    MYSQL_BIND binds[ACCOUNT_COLUMNS_MAX];
    unsigned long lengths[ACCOUNT_COLUMNS_MAX];
    my_bool is_null[ACCOUNT_COLUMNS_MAX];
    char *cells; /* of CELL_MAX each */
};

/* ---- connecting ---- */

static unsigned seconds_until(int64_t until_us)
{
    int64_t left_us = until_us - clock_steady_us();
    return left_us > 0 ? (unsigned)((left_us + 999999) / 1000000) : 1;
}

static void set_options(MYSQL *conn, const struct account_place *place, int64_t until_us)
{
    unsigned seconds = seconds_until(until_us);
    my_bool on = 1, off = 0;
    mysql_options(conn, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(conn, MYSQL_OPT_READ_TIMEOUT, &seconds);
    mysql_options(conn, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
    mysql_options(conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(conn, MYSQL_INIT_COMMAND, "SET time_zone = '+00:00'");
    mysql_options(conn, MYSQL_OPT_LOCAL_INFILE, &off);
    if (place->tls == ACCOUNT_TLS_OFF)
        return;
    mysql_options(conn, MYSQL_OPT_SSL_ENFORCE, &on);
    if (place->tls == ACCOUNT_TLS_VERIFY) {
        mysql_options(conn, MYSQL_OPT_SSL_CA, place->tls_ca);
        mysql_options(conn, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
    }
}

static bool is_path(const char *host)
{
    return host != NULL && host[0] == '/';
}

/* MariaDB knows one of these words and MySQL the other; either is fine. */
static void tell_deadline(MYSQL *conn, int64_t timeout_us)
{
    char text[80];
    snprintf(text, sizeof(text), "SET max_statement_time = %.1f", (double)timeout_us / 1e6 * 1.25);
    if (mysql_query(conn, text) == 0)
        return;
    snprintf(text, sizeof(text), "SET max_execution_time = %lld", (long long)timeout_us / 800);
    (void)mysql_query(conn, text);
}

static void close_link(struct account_link *link)
{
    mysql_close(link->conn);
    mem_free(link);
}

static struct account_link *connect_link(const struct account_place *place, int64_t until_us,
                                         struct err *err)
{
    struct account_link *link = MEM_NEW(struct account_link);
    link->conn = mysql_init(NULL);
    if (link->conn == NULL) {
        (void)err_set(err, ERR_LIBRARY, WORD ": no memory for a connection");
        mem_free(link);
        return NULL;
    }
    set_options(link->conn, place, until_us);
    if (mysql_real_connect(link->conn, is_path(place->host) ? NULL : place->host, place->user,
                           place->password, place->database, place->port,
                           is_path(place->host) ? place->host : NULL, 0) != NULL) {
        tell_deadline(link->conn, place->timeout_us);
        return link;
    }
    account_server_words(err, WORD, "cannot connect", mysql_error(link->conn));
    close_link(link);
    return NULL;
}

/* ---- asking ---- */

/* Errors of the client (2000 to 2999, 5000 on) are about the connection; those of the server, but
 * for its going down, about the query. */
static enum account_link_end fail(MYSQL_STMT *stmt, struct err *err)
{
    unsigned code = mysql_stmt_errno(stmt);
    bool is_client = (code >= 2000 && code < 3000) || code >= 5000;
    bool is_ending = code == 1053 || code == 1927 || code == 4031; /* shutdown, killed, idle */
    account_server_words(err, WORD, is_client ? "the connection is lost" : "the server says",
                         mysql_stmt_error(stmt));
    return is_client || is_ending || code == 0 ? ACCOUNT_LINK_LOST : ACCOUNT_LINK_REFUSED;
}

static void close_statement(struct statement *statement)
{
    if (statement->meta != NULL)
        mysql_free_result(statement->meta);
    if (statement->stmt != NULL)
        (void)mysql_stmt_close(statement->stmt);
    secret_memory_free(statement->cells, statement->count * CELL_MAX);
}

/* Prepared, and its columns are known. */
static enum account_link_end prepare(struct account_link *link, const struct account_query *query,
                                     struct statement *statement, struct err *err)
{
    struct slice text = buf_slice(&query->text);
    statement->stmt = mysql_stmt_init(link->conn);
    if (statement->stmt == NULL) {
        account_server_words(err, WORD, "the connection is lost", mysql_error(link->conn));
        return ACCOUNT_LINK_LOST;
    }
    if (mysql_stmt_prepare(statement->stmt, text.ptr, text.len) != 0)
        return fail(statement->stmt, err);
    statement->meta = mysql_stmt_result_metadata(statement->stmt);
    if (statement->meta == NULL) /* it gives no rows */
        return ACCOUNT_LINK_DONE;
    unsigned count = mysql_num_fields(statement->meta);
    const MYSQL_FIELD *fields = mysql_fetch_fields(statement->meta);
    size_t most = count < ACCOUNT_COLUMNS_MAX ? count : ACCOUNT_COLUMNS_MAX;
    for (size_t i = 0; i < most; i++)
        statement->names[i] = fields[i].name;
    if (count > ACCOUNT_COLUMNS_MAX) {
        (void)err_set(err, ERR_INPUT, WORD ": more than %d columns", ACCOUNT_COLUMNS_MAX);
        return ACCOUNT_LINK_REFUSED;
    }
    statement->count = most;
    statement->cells = secret_memory_new(most * CELL_MAX);
    return ACCOUNT_LINK_DONE;
}

static enum account_link_end execute(struct statement *statement,
                                     const struct account_question *question, struct err *err)
{
    MYSQL_BIND binds[ACCOUNT_PARAMS_MAX];
    unsigned long lengths[ACCOUNT_PARAMS_MAX];
    const struct account_query *query = question->query;
    memset(binds, 0, sizeof(binds));
    for (size_t i = 0; i < query->count; i++) {
        struct slice text = account_query_param(query->params[i], question->login);
        lengths[i] = text.len;
        binds[i].buffer_type = MYSQL_TYPE_STRING;
        binds[i].buffer = (void *)(uintptr_t)(text.len > 0 ? text.ptr : "");
        binds[i].buffer_length = text.len;
        binds[i].length = &lengths[i];
    }
    if ((query->count > 0 && mysql_stmt_bind_param(statement->stmt, binds) != 0) ||
        mysql_stmt_execute(statement->stmt) != 0)
        return fail(statement->stmt, err);
    return ACCOUNT_LINK_DONE;
}

static bool bind_cells(struct statement *statement)
{
    for (size_t i = 0; i < statement->count; i++)
        statement->binds[i] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
                                           .buffer = statement->cells + i * CELL_MAX,
                                           .buffer_length = CELL_MAX,
                                           .length = &statement->lengths[i],
                                           .is_null = &statement->is_null[i]};
    return mysql_stmt_bind_result(statement->stmt, statement->binds) == 0;
}

static struct slice cell(const struct statement *statement, size_t i)
{
    unsigned long length = statement->lengths[i];
    if (statement->is_null[i])
        return (struct slice){0};
    return slice_of(statement->cells + i * CELL_MAX, length < CELL_MAX ? length : CELL_MAX);
}

/* Rows come one by one; those that are not wanted any more are stepped over. */
static enum account_link_end fetch(struct statement *statement, account_answer_see see,
                                   void *context, struct err *err)
{
    struct slice values[ACCOUNT_COLUMNS_MAX];
    const struct account_answer answer = {statement->names, values, statement->count};
    bool wanted = true;
    int code;
    if (!bind_cells(statement))
        return fail(statement->stmt, err);
    while ((code = mysql_stmt_fetch(statement->stmt)) == 0 || code == MYSQL_DATA_TRUNCATED) {
        for (size_t i = 0; i < statement->count; i++)
            values[i] = cell(statement, i);
        wanted = wanted && see(context, &answer);
    }
    return code == MYSQL_NO_DATA ? ACCOUNT_LINK_DONE : fail(statement->stmt, err);
}

static enum account_link_end see_names(struct statement *statement, account_answer_see see,
                                       void *context)
{
    const struct account_answer answer = {statement->names, NULL, statement->count};
    (void)see(context, &answer);
    return ACCOUNT_LINK_DONE;
}

static enum account_link_end run(struct account_link *link, const struct account_question *question,
                                 account_answer_see see, void *context, struct err *err)
{
    struct statement statement = {0};
    enum account_link_end end = prepare(link, question->query, &statement, err);
    if (end == ACCOUNT_LINK_DONE && statement.count == 0)
        end = see_names(&statement, see, context);
    else if (end == ACCOUNT_LINK_DONE)
        end = execute(&statement, question, err);
    if (end == ACCOUNT_LINK_DONE && statement.count > 0)
        end = fetch(&statement, see, context, err);
    close_statement(&statement);
    return end;
}

static enum account_link_end columns(struct account_link *link,
                                     const struct account_question *question,
                                     account_answer_see see, void *context, struct err *err)
{
    struct statement statement = {0};
    enum account_link_end end = prepare(link, question->query, &statement, err);
    if (end == ACCOUNT_LINK_DONE)
        end = see_names(&statement, see, context);
    close_statement(&statement);
    return end;
}

/* ---- the driver ---- */

static const struct account_link_kind kind = {
    .word = WORD,
    .marks = ACCOUNT_MARKS_PLAIN,
    .connect = connect_link,
    .close = close_link,
    .run = run,
    .columns = columns,
};

static void begin_library(void)
{
    (void)mysql_library_init(0, NULL, NULL);
}

/* The library is set up before there are threads that use it. */
static struct account_source *make(const struct account_place *place)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, begin_library);
    return account_server_make(&kind, place);
}

const struct account_driver account_driver_mysql = {
    .word = WORD,
    .make = make,
    .free = account_server_free,
    .is_changed = account_server_is_changed,
    .read = account_server_read,
    .find = account_server_find,
    .state = account_server_state,
    .check = account_server_check,
};
