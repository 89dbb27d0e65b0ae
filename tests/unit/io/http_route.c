/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of routes: whole paths, prefixes, methods, and what is allowed where.
 */
#include "io/http_route.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void none(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    (void)request;
    (void)response;
}

static const struct http_route routes[] = {
    {HTTP_GET, HTTP_QUICK, "/runbooks/*", none},
    {HTTP_GET, HTTP_QUICK, "/runbooks/old/*", none},
    {HTTP_GET, HTTP_QUICK, "/runbooks/index", none},
    {HTTP_GET, HTTP_QUICK, "/api/v1/route", none},
    {HTTP_POST, HTTP_QUICK, "/api/v1/route", none},
    {HTTP_DELETE, HTTP_QUICK, "/api/v1/route/*", none},
    {HTTP_PUT, HTTP_QUICK, "/runbooks/index", none},
};
#define COUNT (sizeof(routes) / sizeof(routes[0]))

static const struct {
    const char *method, *path;
    int found; /* index; -1 none */
    const char *rest, *allow;
} cases[] = {
    {"GET", "/runbooks/block", 0, "block", "GET, HEAD, OPTIONS"},
    {"GET", "/runbooks/", 0, "", "GET, HEAD, OPTIONS"},
    {"GET", "/runbooks", -1, "", ""},
    {"GET", "/runbooks/old/a/b", 1, "a/b", "GET, HEAD, OPTIONS"},
    {"GET", "/runbooks/index", 2, "", "GET, HEAD, PUT, OPTIONS"},
    {"HEAD", "/runbooks/index", 2, "", "GET, HEAD, PUT, OPTIONS"},
    {"PUT", "/runbooks/index", 6, "", "GET, HEAD, PUT, OPTIONS"},
    {"POST", "/api/v1/route", 4, "", "GET, HEAD, POST, OPTIONS"},
    {"DELETE", "/api/v1/route", -1, "", "GET, HEAD, POST, OPTIONS"},
    {"DELETE", "/api/v1/route/4", 5, "4", "DELETE, OPTIONS"},
    {"PATCH", "/api/v1/route/4", -1, "", "DELETE, OPTIONS"},
    {"GET", "/", -1, "", ""},
    {"GET", "", -1, "", ""},
    {"GET", "/runbooks/*", 0, "*", "GET, HEAD, OPTIONS"},
    {"GET", "/API/v1/route", -1, "", ""},
};

static void finds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum http_method method;
        struct slice rest, path = slice_from_str(cases[i].path);
        http_method_set allowed;
        assert_true(http_route_method(slice_from_str(cases[i].method), &method));
        const struct http_route *route =
            http_route_find(routes, COUNT, method, path, &rest, &allowed);
        assert_ptr_equal(route, cases[i].found < 0 ? NULL : &routes[cases[i].found]);
        assert_true(slice_eq(rest, slice_from_str(cases[i].rest)));
        assert_int_equal(allowed, http_route_methods(routes, COUNT, path));
        CLEANUP_BUF struct buf allow = {0};
        if (allowed)
            http_route_allow(allowed, &allow);
        assert_string_equal(buf_str(&allow), cases[i].allow);
    }
}

static void methods_by_name(void **state)
{
    (void)state;
    enum http_method method;
    static const char *const unknown[] = {"", "get", "GETX", "OPTIONS", "TRACE", "CONNECT", "Head"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_false(http_route_method(slice_from_str(unknown[i]), &method));
    for (unsigned i = 0; i < HTTP_METHODS; i++) {
        const char *name = http_method_name((enum http_method)i);
        assert_true(http_route_method(slice_from_str(name), &method));
        assert_int_equal(method, i);
    }
    assert_true(http_route_method(SLICE("HEAD"), &method));
    assert_int_equal(method, HTTP_GET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(methods_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
