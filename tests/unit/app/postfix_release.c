/* SPDX-License-Identifier: Apache-2.0
 *
 * What waits by provider, as `postqueue -j` lists it, and having it tried: beside fake commands of
 * Postfix.
 */
#include "app/postfix_release.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"

#define SECOND INT64_C(1000000)
#define LIT(text) \
    { \
        "" text, sizeof(text) - 1 \
    }

static char here[256];
static const struct postfix_place place = {.commands = here};
static const struct release_domain domains[] = {
    {LIT("d.example"), 1}, {LIT("g.example"), 0}, {LIT("g2.example"), 0}};

static int enter(void **state)
{
    if (sandbox_enter(state) != 0 || getcwd(here, sizeof(here)) == NULL)
        return -1;
    return 0;
}

static void command(const char *name, const char *script)
{
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text, "#!/bin/sh\ncd \"${0%%/*}\"\n%s\n", script);
    sandbox_write(name, buf_slice(&text));
    assert_int_equal(chmod(name, 0755), 0);
}

/* A line of postqueue -j; recipients as JSON. */
static void add_mail(struct buf *to, const char *queue, const char *id, long arrival_s,
                     const char *recipients)
{
    buf_addf(to,
             "{\"queue_name\": \"%s\", \"queue_id\": \"%s\", \"arrival_time\": %ld, "
             "\"message_size\": 900, \"forced_expire\": false, \"sender\": \"a@c.example\", "
             "\"recipients\": [%s]}\n",
             queue, id, arrival_s, recipients);
}

#define TO(address) "{\"address\": \"" address "\", \"delay_reason\": \"blocked\"}"

static void list(const struct buf *listing)
{
    sandbox_write("queue", buf_slice(listing));
    command("postqueue", "[ \"$*\" = -j ] && cat queue");
}

static struct release_look begin(struct release_waiting waiting[2])
{
    struct release_look look = {.arena = arena_new(4096), .waiting = waiting, .providers = 2};
    for (size_t i = 0; i < 2; i++)
        waiting[i] = (struct release_waiting){.oldest_us = INT64_MAX};
    return look;
}

static void take(struct release_look *look, size_t instance)
{
    struct err err = {0};
    if (!postfix_release_look(&place, instance, domains, sizeof(domains) / sizeof(domains[0]), look,
                              &err))
        fail_msg("%s", err.text);
}

#define assert_slice(slice, text) assert_true(slice_eq((slice), slice_from_str(text)))

static void what_waits_is_told_by_provider(void **state)
{
    struct release_waiting waiting[2];
    struct release_look look = begin(waiting);
    CLEANUP_BUF struct buf listing = {0};
    (void)state;
    add_mail(&listing, "deferred", "A1", 200, TO("u1@g.example"));
    add_mail(&listing, "deferred", "A2", 100, TO("u2@G2.EXAMPLE") "," TO("u3@g.example"));
    add_mail(&listing, "deferred", "A3", 50, TO("u4@elsewhere.example"));
    add_mail(&listing, "active", "A4", 10, TO("u5@d.example"));
    add_mail(&listing, "hold", "A5", 10, TO("u6@g.example"));
    add_mail(&listing, "incoming", "A6", 10, TO("u7@g.example"));
    add_mail(&listing, "deferred", "A7", 300, TO("u8@d.example") "," TO("u9@g.example"));
    list(&listing);
    take(&look, 3);
    assert_int_equal(waiting[0].deferred, 4);
    assert_int_equal(waiting[0].active, 0);
    assert_int_equal(waiting[0].oldest_us, 100 * SECOND);
    assert_int_equal(waiting[1].deferred, 1);
    assert_int_equal(waiting[1].active, 1);
    assert_int_equal(waiting[1].oldest_us, 300 * SECOND);
    assert_int_equal(waiting[0].recipient_count, 4);
    assert_slice(waiting[0].recipients[1], "u2@G2.EXAMPLE");
    assert_slice(waiting[0].messages[1].id, "A2");
    /* Each message once, whoever it is for. */
    assert_int_equal(look.id_count, 3);
    assert_string_equal(look.ids[0].id.ptr, "A1");
    assert_string_equal(look.ids[1].id.ptr, "A2");
    assert_string_equal(look.ids[2].id.ptr, "A7");
    assert_int_equal(look.ids[2].provider, 1);
    assert_int_equal(look.ids[2].instance, 3);
    arena_free(look.arena);
}

static void instances_are_added_up(void **state)
{
    struct release_waiting waiting[2];
    struct release_look look = begin(waiting);
    CLEANUP_BUF struct buf listing = {0};
    (void)state;
    add_mail(&listing, "deferred", "B1", 100, TO("u@g.example"));
    list(&listing);
    take(&look, 0);
    take(&look, 1);
    assert_int_equal(waiting[0].deferred, 2);
    assert_int_equal(look.id_count, 2);
    assert_int_equal(look.ids[0].instance, 0);
    assert_int_equal(look.ids[1].instance, 1);
    arena_free(look.arena);
}

static void lines_that_are_none_are_passed_over(void **state)
{
    struct release_waiting waiting[2];
    struct release_look look = begin(waiting);
    CLEANUP_BUF struct buf listing = {0};
    (void)state;
    buf_add_str(&listing, "Mail queue is empty\n{\n\n[]\n{\"queue_name\": 1}\n");
    add_mail(&listing, "deferred", "C1", 100, "");
    add_mail(&listing, "deferred", "C2", 100, TO("no-domain") "," TO("@") "," TO(""));
    add_mail(&listing, "deferred", "C3", 100, TO("\\\"a@b\\\"@g.example"));
    list(&listing);
    take(&look, 0);
    assert_int_equal(look.id_count, 1);
    assert_slice(look.ids[0].id, "C3");
    assert_int_equal(waiting[0].deferred, 1);
    arena_free(look.arena);
}

static void recipients_are_bounded_and_counts_are_not(void **state)
{
    struct release_waiting waiting[2];
    struct release_look look = begin(waiting);
    CLEANUP_BUF struct buf listing = {0};
    (void)state;
    for (int i = 0; i < 3 * RELEASE_RECIPIENTS; i++)
        add_mail(&listing, "deferred", "D1", 100, TO("u@g.example"));
    list(&listing);
    take(&look, 0);
    assert_int_equal(waiting[0].deferred, 3 * RELEASE_RECIPIENTS);
    assert_int_equal(waiting[0].recipient_count, RELEASE_RECIPIENTS);
    assert_int_equal(look.id_count, 3 * RELEASE_RECIPIENTS);
    arena_free(look.arena);
}

static void a_queue_that_cannot_be_asked(void **state)
{
    static const char *const scripts[] = {
        "echo 'postqueue: fatal: Operation not permitted' >&2; exit 69", "exit 1", "kill -9 $$"};
    struct err err;
    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        struct release_waiting waiting[2];
        struct release_look look = begin(waiting);
        err = (struct err){0};
        command("postqueue", scripts[i]);
        assert_false(postfix_release_look(&place, 0, domains, 3, &look, &err));
        assert_true(err.code != ERR_NONE && strstr(err.text, "postqueue") != NULL);
        assert_int_equal(look.id_count, 0);
        arena_free(look.arena);
    }
}

static void assert_called(const char *words)
{
    CLEANUP_BUF struct buf called = {0};
    sandbox_read("called", &called);
    assert_string_equal(buf_str(&called), words);
    unlink("called");
}

static void a_message_is_tried(void **state)
{
    atomic_bool leave = false;
    struct err err = {0};
    (void)state;
    command("postqueue", "echo \"$@\" >> called");
    assert_true(postfix_release_message(&place, "4Xq1", &leave, &err));
    assert_called("-i 4Xq1\n");
    const struct postfix_place other = {.commands = here, .config = "/etc/postfix-2"};
    assert_true(postfix_release_message(&other, "4Xq1", &leave, &err));
    assert_called("-c /etc/postfix-2 -i 4Xq1\n");
    command("postqueue", "echo 'postqueue: fatal: Operation not permitted' >&2; exit 69");
    assert_false(postfix_release_message(&place, "4Xq1", &leave, &err));
    assert_non_null(strstr(err.text, "Operation not permitted"));
}

static void a_command_ends_when_the_daemon_does(void **state)
{
    atomic_bool leave = true;
    struct err err = {0};
    (void)state;
    command("postqueue", "exec sleep 600");
    assert_false(postfix_release_message(&place, "4Xq1", &leave, &err));
}

static void postfix_is_reloaded_its_own_way_or_the_operators(void **state)
{
    char own[300];
    atomic_bool leave = false;
    struct err err = {0};
    (void)state;
    snprintf(own, sizeof(own), "%s/own", here);
    const char *const words[] = {own, "-n", "postfix reload", NULL};
    command("postfix", "echo postfix \"$@\" >> called");
    command("own", "echo own $# \"$@\" >> called");
    assert_true(postfix_release_reload(&place, NULL, &leave, &err));
    assert_called("postfix reload\n");
    assert_true(postfix_release_reload(&place, words, &leave, &err));
    assert_called("own 2 -n postfix reload\n");
    unlink("own");
    assert_false(postfix_release_reload(&place, words, &leave, &err));
    assert_non_null(strstr(err.text, "own"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_is_told_by_provider),
        cmocka_unit_test(instances_are_added_up),
        cmocka_unit_test(lines_that_are_none_are_passed_over),
        cmocka_unit_test(recipients_are_bounded_and_counts_are_not),
        cmocka_unit_test(a_queue_that_cannot_be_asked),
        cmocka_unit_test(a_message_is_tried),
        cmocka_unit_test(a_command_ends_when_the_daemon_does),
        cmocka_unit_test(postfix_is_reloaded_its_own_way_or_the_operators),
    };
    return cmocka_run_group_tests(tests, enter, sandbox_leave);
}
