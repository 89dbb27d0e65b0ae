/* SPDX-License-Identifier: Apache-2.0
 *
 * The line on the terminal, by its text and on a pseudo-terminal.
 */
#include "io/progress.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

static void check(const struct progress_facts *facts, size_t columns, const char *expected)
{
    struct buf CLEANUP_BUF text = {0};
    progress_format(facts, columns, true, &text);
    assert_string_equal(buf_str(&text), expected);
}

static void formats(void **state)
{
    (void)state;
    struct progress_facts facts = {
        .name = "mail.log.2.gz",
        .done_bytes = 430,
        .total_bytes = 1000,
        .lines = 2100000,
        .elapsed_us = 618000,
    };
    check(&facts, 80, "reading mail.log.2.gz  43 %  2.1 M lines  3.4 M lines/s  0:01 left");
    facts.total_bytes = -1;
    check(&facts, 80, "reading mail.log.2.gz  2.1 M lines  3.4 M lines/s");
    facts.total_bytes = 100; /* the file grew */
    check(&facts, 80, "reading mail.log.2.gz  100 %  2.1 M lines  3.4 M lines/s  0:00 left");
    facts = (struct progress_facts){"a", 20, 1000, 999, 7500000};
    check(&facts, 80, "reading a  2 %  999 lines  133 lines/s  6:08 left");
    facts = (struct progress_facts){"a", 10, 1000, 1000, 60000000};
    check(&facts, 80, "reading a  1 %  1.0 k lines  17 lines/s  1:39:00 left");
    facts = (struct progress_facts){"a", 0, 1000, 12345678901, 0};
    check(&facts, 80, "reading a  0 %  12 G lines");
}

static void narrow(void **state)
{
    (void)state;
    struct progress_facts facts = {"/var/log/mail.log.2.gz", 430, 1000, 2100000, 618000};
    check(&facts, 70, "reading /var/log/mail.log  43 %  2.1 M lines  3.4 M lines/s  0:01 left");
    check(&facts, 30, "reading /var/log  43 %  2.1 M ");
    check(&facts, 3, "rea");
    check(&facts, 0, "");
    facts.name = "届いた郵便.log";
    check(&facts, 62, "reading 届いた郵  43 %  2.1 M lines  3.4 M lines/s  0:01 left");
}

static void hostile_names(void **state)
{
    (void)state;
    struct progress_facts facts = {"\x1b[31m\n", 0, -1, 1, 0};
    check(&facts, 80, "reading \\x1b[31m\\n  1 lines");
    struct buf CLEANUP_BUF text = {0};
    facts.name = "\xe5\xb1\x8a";
    progress_format(&facts, 80, false, &text);
    assert_string_equal(buf_str(&text), "reading \\u5c4a  1 lines");
}

static void silent_in_a_pipe(void **state)
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    struct progress *progress = progress_new(ends[1], 100);
    usleep(210000);
    progress_update(progress, "a", 1, 1);
    progress_erase(progress);
    progress_free(progress);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

/* What the terminal got so far. */
static void read_terminal(int master, char *text, size_t size)
{
    ssize_t len = read(master, text, size - 1);
    text[len > 0 ? len : 0] = '\0';
}

static void on_a_terminal(void **state)
{
    (void)state;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    struct winsize size = {.ws_col = 21, .ws_row = 24};
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
    char text[256];
    setenv("TERM", "dumb", 1);
    struct progress *progress = progress_new(terminal, 100);
    usleep(210000);
    progress_update(progress, "mail.log", 10, 500);
    progress_free(progress);
    read_terminal(master, text, sizeof(text));
    assert_string_equal(text, "");
    setenv("TERM", "xterm", 1);
    progress = progress_new(terminal, 100);
    progress_update(progress, "mail.log", 10, 500); /* too early */
    read_terminal(master, text, sizeof(text));
    assert_string_equal(text, "");
    usleep(210000);
    for (int i = 0; i < 1000; i++) /* once */
        progress_update(progress, "mail.log", 10, 500);
    read_terminal(master, text, sizeof(text));
    assert_string_equal(text, "\rreading mail.log  10\x1b[K");
    progress_free(progress);
    read_terminal(master, text, sizeof(text));
    assert_string_equal(text, "\r\x1b[K");
    close(terminal);
    close(master);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),       cmocka_unit_test(narrow),
        cmocka_unit_test(hostile_names), cmocka_unit_test(silent_in_a_pipe),
        cmocka_unit_test(on_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
