/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of a Redis: what is one, and what is said of it again without its password.
 */
#include "base/redis_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_forms(void **state)
{
    static const struct {
        const char *text, *again, *user, *password;
    } rows[] = {
        {"redis://127.0.0.1", "redis://127.0.0.1:6379/0", "", ""},
        {"redis://127.0.0.1/", "redis://127.0.0.1:6379/0", "", ""},
        {"redis://redis.example.jp:7000/15", "redis://redis.example.jp:7000/15", "", ""},
        {"redis://[2001:db8::1]:7000/1", "redis://[2001:db8::1]:7000/1", "", ""},
        {"redis://[::1]", "redis://[::1]:6379/0", "", ""},
        {"redis://:secret@h/0", "redis://:***@h:6379/0", "", "secret"},
        {"redis://todoku:s%40c%3Aret@h", "redis://todoku:***@h:6379/0", "todoku", "s@c:ret"},
        {"redis://u:a:b@c@h", "redis://u:***@h:6379/0", "u", "a:b@c"},
        {"unix:/run/redis/redis.sock", "unix:/run/redis/redis.sock?db=0", "", ""},
        {"unix:/run/redis.sock?db=3", "unix:/run/redis.sock?db=3", "", ""},
        {"sentinel://a,b:1,[::1]:2/main", "sentinel://a:26379,b:1,[::1]:2/main/0", "", ""},
        {"sentinel://u:p@a/main/2", "sentinel://u:***@a:26379/main/2", "u", "p"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf again = {0};
        struct redis_address address;
        if (!redis_address_parse(slice_from_str(rows[i].text), &address))
            fail_msg("%s", rows[i].text);
        redis_address_format(&address, &again);
        assert_string_equal(buf_str(&again), rows[i].again);
        assert_string_equal(address.user, rows[i].user);
        assert_string_equal(address.password, rows[i].password);
    }
}

static void test_others(void **state)
{
    static const char *const texts[] = {
        "",
        "redis",
        "redis:",
        "redis://",
        "redis:///0",
        "redis://:6379",
        "redis://h:",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:x",
        "redis://h/x",
        "redis://h/65536",
        "redis://h/-1",
        "redis://a,b",
        "redis://h/0/1",
        "redis://h?db=1",
        "redis://user@h",
        "redis://:@h",
        "redis://:a b@h",
        "redis://:%00@h",
        "redis://:%zz@h",
        "redis://[::1",
        "redis://[::1]x",
        "redis://[::1]6379",
        "rediss://h",
        "unix:",
        "unix:redis.sock",
        "unix:/a\nb",
        "unix:/a?",
        "unix:/a?db=",
        "unix:/a?x=1",
        "sentinel://h",
        "sentinel://h/",
        "sentinel:///main",
        "sentinel://a,,b/main",
        "sentinel://a,/main",
        "sentinel://1,2,3,4,5,6,7,8,9/main",
        "sentinel://h/main/",
        "sentinel://h/main/x",
        "http://h/",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct redis_address address;
        if (redis_address_parse(slice_from_str(texts[i]), &address))
            fail_msg("%s", texts[i]);
    }
}

static void test_what_is_too_long(void **state)
{
    static const char *const heads[] = {"redis://", "redis://:", "unix:/", "sentinel://h/"};
    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct redis_address address;
        buf_add_str(&text, heads[i]);
        for (int n = 0; n < 300; n++)
            buf_add_char(&text, 'x');
        if (i == 1)
            buf_add_str(&text, "@h");
        assert_false(redis_address_parse(buf_slice(&text), &address));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_what_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
