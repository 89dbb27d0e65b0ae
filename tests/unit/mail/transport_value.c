/* SPDX-License-Identifier: Apache-2.0
 *
 * Servers by their names and in the forms of transport(5), smtp(8) and lmtp(8).
 */
#include "mail/transport_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

static void table(void **state)
{
    static const struct {
        const char *value, *said; /* host|port, "-": none, "!": nobody */
    } rows[] = {
        {"mb07", "mb07|"},
        {" mb07 ", "mb07|"},
        {"mb07:24", "mb07|24"},
        {"[mb07]", "mb07|"},
        {"[mb07]:24", "mb07|24"},
        {"lmtp:mb07", "mb07|"},
        {"lmtp:[mb07]", "mb07|"},
        {"lmtp:mb07:24", "mb07|24"},
        {"lmtp:inet:mb07:24", "mb07|24"},
        {"lmtp:inet:[mb07]:24", "mb07|24"},
        {"lmtp:inet:mb07", "mb07|"},
        {"inet:mb07:24", "mb07|24"},
        {"relay:[mb07.example.jp]:lmtp", "mb07.example.jp|lmtp"},
        {"smtp:[192.0.2.7]", "192.0.2.7|"},
        {"smtp:[2001:db8::7]:24", "2001:db8::7|24"},
        {"smtp:[IPv6:2001:db8::7]", "2001:db8::7|"},
        {"relay:[mb07]:24, [mb08]:24", "mb07|24"},
        {"lmtp:unix:/run/dovecot/lmtp", "unix:/run/dovecot/lmtp|"},
        {"lmtp:unix:private/dovecot-lmtp", "unix:private/dovecot-lmtp|"},
        {"unix:/run/lmtp", "unix:/run/lmtp|"},
        {":[mb07]", "mb07|"},
        {":mb07", "mb07|"},
        {"virtual:", "-"},
        {"lmtp:unix:", "-"},
        {":", "-"},
        {"", "-"},
        {"lmtp:[]", "-"},
        {"error:5.1.1 no such user", "!"},
        {"error:", "!"},
        {"retry:later", "!"},
        {"discard:", "!"},
        {"error", "error|"}, /* a name */
        {"lmtp:[mb07", "[mb07|"},
        {"lmtp:[mb07]24", "[mb07]24|"},
        {"example.jp/taro/", "example.jp/taro/|"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf said = {0};
        struct transport_value got = transport_value_parse(slice_from_str(rows[i].value));
        if (got.kind == TRANSPORT_SERVER)
            buf_addf(&said, "%.*s|%.*s", SLICE_ARG(got.host), SLICE_ARG(got.port));
        else
            buf_add_str(&said, got.kind == TRANSPORT_NONE ? "-" : "!");
        if (strcmp(buf_str(&said), rows[i].said) != 0)
            fail_msg("%s: %s, not %s", rows[i].value, buf_str(&said), rows[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
