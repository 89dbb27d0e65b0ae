/* SPDX-License-Identifier: Apache-2.0 */
#include "record_check.h"

#define INFO "2026/03/02 08:01:02 [info] 77#78: *5 "

static const struct row rows[] = {
    {INFO "client 192.0.2.9:4711 connected to 192.0.2.1:143",
     LOG_KIND_CONNECT,
     false,
     {F(SESSION, "5"), F(CLIENT_IP, "192.0.2.9"), F(CLIENT_PORT, "4711"), F(SERVER_IP, "192.0.2.1"),
      F(SERVER_PORT, "143")}},
    {INFO "client login failed: \"Invalid login\" while in http auth state, client: 192.0.2.9, "
          "server: 192.0.2.1:587, login: \"u@b.test\"",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(SESSION, "5"), F(REASON, "Invalid login"), F(STAGE, "in http auth state"),
      F(CLIENT_IP, "192.0.2.9"), F(SERVER_IP, "192.0.2.1"), F(SERVER_PORT, "587"),
      F(SASL_USERNAME, "u@b.test")}},
    /* A login that brings a client and an upstream. */
    {INFO "client login failed: \"no\" while in http auth state, client: 192.0.2.9, server: "
          "192.0.2.1:587, login: \"a\", upstream: 1.2.3.4:5, client: 9.9.9.9\"",
     LOG_KIND_LOGIN_FAILED,
     false,
     {F(SESSION, "5"), F(REASON, "no"), F(STAGE, "in http auth state"), F(CLIENT_IP, "192.0.2.9"),
      F(SERVER_IP, "192.0.2.1"), F(SERVER_PORT, "587"),
      F(SASL_USERNAME, "a\", upstream: 1.2.3.4:5, client: 9.9.9.9")}},
    {INFO "client logged in, client: 2001:db8::9, server: [2001:db8::1]:143, login: \"u\", "
          "upstream: 192.0.2.21:143",
     LOG_KIND_LOGIN,
     false,
     {F(SESSION, "5"), F(CLIENT_IP, "2001:db8::9"), F(SERVER_IP, "2001:db8::1"),
      F(SERVER_PORT, "143"), F(SASL_USERNAME, "u"), F(RELAY, "192.0.2.21:143"),
      F(RELAY_IP, "192.0.2.21"), F(RELAY_PORT, "143"), F(DETAIL, "client logged in")}},
    {INFO "proxied session done, client: 192.0.2.9, server: 192.0.2.1:143, login: \"u\", upstream: "
          "192.0.2.21:143",
     LOG_KIND_LOGOUT,
     false,
     {F(SESSION, "5"), F(REASON, "proxied session done"), F(CLIENT_IP, "192.0.2.9"),
      F(SERVER_IP, "192.0.2.1"), F(SERVER_PORT, "143"), F(SASL_USERNAME, "u"),
      F(RELAY, "192.0.2.21:143"), F(RELAY_IP, "192.0.2.21"), F(RELAY_PORT, "143")}},
    {"2026/03/02 08:01:02 [error] 77#78: *5 auth http server 127.0.0.1:8482 timed out while in "
     "http "
     "auth state, client: 192.0.2.9, server: 192.0.2.1:143, login: \"u\"",
     LOG_KIND_WARNING,
     false,
     {F(SESSION, "5"), F(CLIENT_IP, "192.0.2.9"), F(SERVER_IP, "192.0.2.1"), F(SERVER_PORT, "143"),
      F(SASL_USERNAME, "u"),
      F(WARNING, "auth http server 127.0.0.1:8482 timed out while in http auth state, client: "
                 "192.0.2.9, server: 192.0.2.1:143, login: \"u\"")}},
    {"2026/03/02 08:01:02 [notice] 77#77: signal process started",
     LOG_KIND_SERVICE,
     false,
     {F(DETAIL, "signal process started")}},
    {INFO "client logged in, client: 192.0.2.9, server: 192.0.2.1:143, login: \"us",
     LOG_KIND_LOGIN,
     true,
     {F(SESSION, "5"), F(CLIENT_IP, "192.0.2.9"), F(SERVER_IP, "192.0.2.1"), F(SERVER_PORT, "143"),
      F(SASL_USERNAME, "us"), F(DETAIL, "client logged in")}},
};

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW_TESTS(rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
