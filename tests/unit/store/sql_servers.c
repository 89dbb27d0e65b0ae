/* SPDX-License-Identifier: Apache-2.0
 *
 * See sql_servers.h.
 */
#include "store/sql_servers.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>
#include <mysql.h>

#include <cmocka.h>

enum { NOBODY = 65534, TURNS = 1500, TURN_NS = 20000000 };

/* ---- programs ---- */

/* The newest of that pattern, on the machine or unpacked below the build. */
static void find_program(const char *pattern, char *path, size_t size)
{
    const char *folder = getenv("TD_TEST_PRIVATE");
    const char *const roots[] = {"", folder != NULL ? folder : ""};
    path[0] = '\0';
    for (size_t i = 0; i < 2 && path[0] == '\0'; i++) {
        char whole[400];
        glob_t found = {0};
        snprintf(whole, sizeof(whole), "%s%s", roots[i], pattern);
        if (glob(whole, 0, NULL, &found) == 0)
            snprintf(path, size, "%s", found.gl_pathv[found.gl_pathc - 1]);
        globfree(&found);
    }
    if (path[0] == '\0')
        fail_msg("%s is not there: make deps", pattern);
}

/* Of a server that is unpacked below the build. */
static void set_libraries(const char *program)
{
    const char *folder = getenv("TD_TEST_PRIVATE");
    char pattern[400];
    glob_t found = {0};
    if (folder == NULL || strncmp(program, folder, strlen(folder)) != 0)
        return;
    snprintf(pattern, sizeof(pattern), "%s/usr/lib/*-linux-gnu*", folder);
    if (glob(pattern, 0, NULL, &found) == 0)
        setenv("LD_LIBRARY_PATH", found.gl_pathv[0], 1);
    globfree(&found);
}

/* In the child; what it says goes to the log. It ends with the test. */
static void become(const struct sql_server *server, const char *input)
{
    char log[240];
    snprintf(log, sizeof(log), "%s/log", server->folder);
    int to = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    int from = open(input, O_RDONLY);
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        _exit(120);
    if (dup2(from, 0) < 0 || dup2(to, 1) < 0 || dup2(to, 2) < 0 || chdir(server->folder) != 0)
        _exit(121);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static pid_t run(const struct sql_server *server, const char *const *words, const char *input)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid != 0)
        return pid;
    become(server, input);
    set_libraries(words[0]);
    execv(words[0], (char *const *)(uintptr_t)words);
    _exit(122);
}

static void fail_with_log(const struct sql_server *server, const char *what)
{
    char path[240], text[3000];
    snprintf(path, sizeof(path), "%s/log", server->folder);
    FILE *file = fopen(path, "r");
    if (file != NULL) /* its end */
        (void)(fseek(file, -(long)sizeof(text) / 3, SEEK_END) != 0 && fseek(file, 0, SEEK_SET));
    size_t got = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;
    text[got] = '\0';
    if (file != NULL)
        fclose(file);
    fail_msg("%s: %s", what, text);
}

static void run_to_its_end(const struct sql_server *server, const char *const *words,
                           const char *input)
{
    int status;
    pid_t pid = run(server, words, input);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_with_log(server, words[0]);
}

/* ---- files ---- */

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
    if (geteuid() == 0)
        assert_int_equal(chown(path, NOBODY, NOBODY), 0);
}

static void make_postgresql(const struct sql_server *server)
{
    char program[300];
    find_program("/usr/lib/postgresql/*/bin/initdb", program, sizeof(program));
    const char *const words[] = {
        program,      "-D", "data", "-U", "owner", "-A", "trust", "--no-sync", "--no-instructions",
        "--locale=C", "-E", "UTF8", NULL};
    run_to_its_end(server, words, "/dev/null");
    char path[300];
    snprintf(path, sizeof(path), "%s/data/pg_hba.conf", server->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("local all owner trust\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 "
          "scram-sha-256\n",
          file);
    fclose(file);
}

static void copy_file(const char *from, FILE *to)
{
    char bytes[4096];
    size_t got;
    FILE *file = fopen(from, "r");
    if (file == NULL)
        fail_msg("%s is not there", from);
    while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0)
        fwrite(bytes, 1, got, to);
    fclose(file);
}

/* What mariadb-install-db does, which wants the client's package too. */
static void make_mysql(const struct sql_server *server)
{
    char path[300], script[300], program[300];
    find_program("/usr/sbin/mariadbd", program, sizeof(program));
    snprintf(path, sizeof(path), "%s/boot.sql", server->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"
          "SET @skip_auth_anonymous=1;\n",
          file);
    find_program("/usr/share/mysql/mysql_system_tables.sql", script, sizeof(script));
    copy_file(script, file);
    find_program("/usr/share/mysql/mysql_system_tables_data.sql", script, sizeof(script));
    copy_file(script, file);
    fclose(file);
    char data[240];
    snprintf(data, sizeof(data), "%s/data", server->folder);
    make_folder(data);
    snprintf(data, sizeof(data), "--datadir=%s/data", server->folder);
    const char *const words[] = {program,
                                 "--no-defaults",
                                 "--bootstrap",
                                 "--tmpdir=..", /* from data; what begins clears it */
                                 data,
                                 "--innodb-buffer-pool-size=8M",
                                 "--innodb-log-file-size=4M",
                                 "--innodb-flush-method=nosync",
                                 "--innodb-use-native-aio=0",
                                 NULL};
    run_to_its_end(server, words, path);
}

/* For 127.0.0.1, signed by itself: cert.pem is its authority too. */
static void make_certificate(const struct sql_server *server)
{
    const char *const words[] = {"/usr/bin/openssl",
                                 "req",
                                 "-x509",
                                 "-newkey",
                                 "ec",
                                 "-pkeyopt",
                                 "ec_paramgen_curve:prime256v1",
                                 "-nodes",
                                 "-keyout",
                                 "key.pem",
                                 "-out",
                                 "cert.pem",
                                 "-days",
                                 "2",
                                 "-subj",
                                 "/CN=127.0.0.1",
                                 "-addext",
                                 "subjectAltName=IP:127.0.0.1",
                                 NULL};
    run_to_its_end(server, words, "/dev/null");
}

/* ---- life ---- */

static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static bool do_postgresql(const struct sql_server *server, const char *text)
{
    char info[400];
    snprintf(info, sizeof(info),
             "host=%s port=%u dbname=postgres user=owner connect_timeout=2 "
             "options='-c client_min_messages=warning'",
             server->host, server->port);
    PGconn *conn = PQconnectdb(info);
    bool good = PQstatus(conn) == CONNECTION_OK;
    if (good && text != NULL) {
        PGresult *result = PQexec(conn, text);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fail_msg("%s", PQerrorMessage(conn));
        PQclear(result);
    }
    PQfinish(conn);
    return good;
}

static bool do_mysql(const struct sql_server *server, const char *text)
{
    MYSQL *conn = mysql_init(NULL);
    bool good = mysql_real_connect(conn, NULL, "root", "", "mysql", 0, server->host,
                                   CLIENT_MULTI_STATEMENTS) != NULL;
    if (good && text != NULL) {
        mysql_set_character_set(conn, "utf8mb4");
        int code = mysql_query(conn, text);
        for (; code == 0; code = mysql_next_result(conn)) {
            MYSQL_RES *result = mysql_store_result(conn);
            if (result != NULL)
                mysql_free_result(result);
        }
        if (code > 0)
            fail_msg("%s", mysql_error(conn));
    }
    mysql_close(conn);
    return good;
}

static void launch(struct sql_server *server)
{
    char program[300], data[240], socket_word[300], port[40], pid_file[300];
    if (server->is_mysql) {
        find_program("/usr/sbin/mariadbd", program, sizeof(program));
        snprintf(data, sizeof(data), "--datadir=%s/data", server->folder);
        snprintf(socket_word, sizeof(socket_word), "--socket=%s", server->host);
        snprintf(port, sizeof(port), "--port=%u", server->port);
        snprintf(pid_file, sizeof(pid_file), "--pid-file=%s/pid", server->folder);
        const char *const words[] = {program,
                                     "--no-defaults",
                                     data,
                                     socket_word,
                                     port,
                                     pid_file,
                                     "--bind-address=127.0.0.1",
                                     "--tmpdir=..",
                                     "--innodb-buffer-pool-size=8M",
                                     "--innodb-log-file-size=4M",
                                     "--innodb-flush-method=nosync",
                                     "--innodb-use-native-aio=0",
                                     "--skip-name-resolve",
                                     "--ssl-cert=../cert.pem",
                                     "--ssl-key=../key.pem",
                                     NULL};
        server->pid = run(server, words, "/dev/null");
        return;
    }
    find_program("/usr/lib/postgresql/*/bin/postgres", program, sizeof(program));
    snprintf(port, sizeof(port), "%u", server->port);
    const char *const words[] = {program,
                                 "-D",
                                 "data",
                                 "-k",
                                 server->folder,
                                 "-p",
                                 port,
                                 "-c",
                                 "listen_addresses=127.0.0.1",
                                 "-c",
                                 "fsync=off",
                                 "-c",
                                 "shared_buffers=8MB",
                                 "-c",
                                 "jit=off",
                                 "-c",
                                 "ssl=on",
                                 "-c",
                                 "ssl_cert_file=../cert.pem",
                                 "-c",
                                 "ssl_key_file=../key.pem",
                                 NULL};
    server->pid = run(server, words, "/dev/null");
}

/* False: it has ended, as when somebody else has its port meanwhile. */
static bool comes_up(struct sql_server *server)
{
    const struct timespec turn = {.tv_nsec = TURN_NS};
    launch(server);
    for (int i = 0; i < TURNS; i++) {
        if (server->is_mysql ? do_mysql(server, NULL) : do_postgresql(server, NULL))
            return true;
        if (waitpid(server->pid, NULL, WNOHANG) != 0)
            return false;
        nanosleep(&turn, NULL);
    }
    fail_with_log(server, "it does not come up");
    return false;
}

void sql_server_start(struct sql_server *server)
{
    if (!comes_up(server))
        fail_with_log(server, "it has ended");
}

/* For the first time, on some port. */
static void start_somewhere(struct sql_server *server)
{
    for (int tries = 0; tries < 3; tries++) {
        server->port = free_port();
        if (comes_up(server))
            return;
    }
    fail_with_log(server, "it has ended");
}

void sql_server_make(struct sql_server *server, bool is_mysql)
{
    char here[100];
    *server = (struct sql_server){.is_mysql = is_mysql};
    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(chmod(here, 0711), 0);
    snprintf(server->folder, sizeof(server->folder), "%s/%s", here,
             is_mysql ? "mysql" : "postgresql");
    snprintf(server->host, sizeof(server->host), is_mysql ? "%s/sock" : "%s", server->folder);
    make_folder(server->folder);
    make_certificate(server);
    if (is_mysql)
        make_mysql(server);
    else
        make_postgresql(server);
    start_somewhere(server);
    sql_server_do(server,
                  is_mysql
                      ? "CREATE DATABASE mail CHARACTER SET utf8mb4; CREATE USER " SQL_SERVER_USER
                        "@'%' IDENTIFIED BY '" SQL_SERVER_PASSWORD
                        "'; GRANT SELECT ON mail.* TO " SQL_SERVER_USER "@'%'"
                      : "CREATE USER " SQL_SERVER_USER " PASSWORD '" SQL_SERVER_PASSWORD
                        "'; CREATE SCHEMA mail; GRANT USAGE ON SCHEMA mail TO " SQL_SERVER_USER
                        "; ALTER DEFAULT PRIVILEGES IN SCHEMA mail "
                        "GRANT SELECT ON TABLES TO " SQL_SERVER_USER);
}

void sql_server_kill(struct sql_server *server)
{
    if (server->pid == 0)
        return;
    (void)kill(server->pid, SIGCONT);
    (void)kill(server->pid, server->is_mysql ? SIGKILL : SIGQUIT);
    (void)waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

void sql_server_do(const struct sql_server *server, const char *text)
{
    assert_true(server->is_mysql ? do_mysql(server, text) : do_postgresql(server, text));
}

struct account_place sql_server_place(const struct sql_server *server)
{
    return (struct account_place){.default_domain = SLICE("example.jp"),
                                  .host = server->host,
                                  .port = server->port,
                                  .database = server->is_mysql ? "mail" : "postgres",
                                  .user = SQL_SERVER_USER,
                                  .password = SQL_SERVER_PASSWORD,
                                  .names_every_us = 3600000000,
                                  .timeout_us = 2000000};
}
