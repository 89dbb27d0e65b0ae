/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service manager hears, by a socket of our own in its place.
 */
#include "io/service_notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"

static int manager = -1;

static int manager_begin(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    sandbox_enter(state);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", (const char *)*state);
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(manager, (struct sockaddr *)&address, sizeof(address)), 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    return 0;
}

static int manager_end(void **state)
{
    close(manager);
    unsetenv("NOTIFY_SOCKET");
    return sandbox_leave(state);
}

/* The next message, "" when there is none. */
static const char *heard(void)
{
    static char message[4096];
    ssize_t got = recv(manager, message, sizeof(message) - 1, 0);
    message[got > 0 ? got : 0] = '\0';
    return message;
}

static void messages(void **state)
{
    (void)state;
    service_notify_ready();
    assert_string_equal(heard(), "READY=1");
    service_notify_reloading();
    uint64_t when;
    struct slice said = slice_from_str(heard());
    assert_true(slice_take_prefix(&said, SLICE("RELOADING=1\nMONOTONIC_USEC=")));
    assert_true(slice_to_u64(said, UINT64_MAX, &when));
    service_notify_watchdog();
    assert_string_equal(heard(), "WATCHDOG=1");
    service_notify_stopping();
    assert_string_equal(heard(), "STOPPING=1");
}

static void a_status_is_one_line(void **state)
{
    (void)state;
    service_notify_status(SLICE("3 incidents; \xe5\xb1\x8a"));
    assert_string_equal(heard(), "STATUS=3 incidents; \xe5\xb1\x8a");
    service_notify_status(SLICE("evil\nREADY=1\nMAINPID=1"));
    assert_string_equal(heard(), "STATUS=evil\\nREADY=1\\nMAINPID=1");
    char big[2000];
    memset(big, 'x', sizeof(big));
    service_notify_status(slice_of(big, sizeof(big)));
    assert_int_equal(strlen(heard()), strlen("STATUS=") + 256);
}

static void nobody_to_tell(void **state)
{
    (void)state;
    const char *given = getenv("NOTIFY_SOCKET");
    char path[128];
    snprintf(path, sizeof(path), "%s", given ? given : "");
    unsetenv("NOTIFY_SOCKET");
    service_notify_ready();
    service_notify_status(SLICE("x"));
    assert_string_equal(heard(), "");
    setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
    service_notify_watchdog();
    setenv("NOTIFY_SOCKET", path, 1);
}

static void watchdog_interval(void **state)
{
    (void)state;
    static const struct {
        const char *usec, *pid;
        int64_t interval;
    } cases[] = {
        {NULL, NULL, 0},      {"30000000", NULL, 15000000},
        {"30000000", "1", 0}, {"nonsense", NULL, 0},
        {"0", NULL, 0},       {"1", NULL, 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
        if (cases[i].usec)
            setenv("WATCHDOG_USEC", cases[i].usec, 1);
        if (cases[i].pid)
            setenv("WATCHDOG_PID", cases[i].pid, 1);
        assert_int_equal(service_watchdog_interval_us(), cases[i].interval);
    }
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(a_status_is_one_line),
        cmocka_unit_test(nobody_to_tell),
        cmocka_unit_test(watchdog_interval),
    };
    return cmocka_run_group_tests(tests, manager_begin, manager_end);
}
