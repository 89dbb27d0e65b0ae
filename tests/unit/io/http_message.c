/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters, headers and errors of the HTTP server's messages.
 */
#include "io/http_message.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void parameters(void **state)
{
    (void)state;
    const struct http_parameter list[] = {
        {SLICE("a"), SLICE("1")}, {SLICE("b"), {0}}, {SLICE("a"), SLICE("2")}};
    struct http_request request = {.parameters = list, .parameter_count = 3};
    assert_true(slice_eq(http_request_parameter(&request, "a"), SLICE("1")));
    assert_int_equal(http_request_parameter(&request, "b").len, 0);
    assert_null(http_request_parameter(&request, "c").ptr);
    assert_null(http_request_parameter(&request, "").ptr);
}

static void headers(void **state)
{
    (void)state;
    struct http_response response;
    http_response_init(&response);
    assert_int_equal(response.status, 200);
    assert_true(http_response_header(&response, "ETag", SLICE("\"1\"")));
    assert_true(http_response_header(&response, "etag", SLICE("\"2\"")));
    assert_int_equal(response.header_count, 1);
    assert_string_equal(response.headers[0].value, "\"2\"");
    assert_false(http_response_header(&response, "Location", SLICE("/a\r\nSet-Cookie: b")));
    assert_false(http_response_header(&response, "Location", SLICE("/a\0b")));
    char big[HTTP_HEADER_BYTES_MAX + 1];
    memset(big, 'x', sizeof(big));
    assert_false(http_response_header(&response, "Big", slice_of(big, HTTP_HEADER_BYTES_MAX)));
    assert_true(http_response_header(&response, "Big", slice_of(big, HTTP_HEADER_BYTES_MAX - 1)));
    assert_true(http_response_header(&response, "Empty", (struct slice){0}));
    static const char *const more[] = {"h1", "h2", "h3", "h4"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(http_response_header(&response, more[i], SLICE("v")),
                         i + 3 < HTTP_HEADERS_MAX);
    http_response_done(&response);
}

static void errors(void **state)
{
    (void)state;
    struct http_response response;
    http_response_init(&response);
    buf_add_str(&response.body, "half an answer");
    response.content_type = "text/html";
    struct buf text = {0};
    buf_add_str(&text, "x");
    response.shared = snapshot_new(&text);
    http_response_error(&response, 404, SLICE("no \"such\" thing\n"), SLICE("/\xff\x1b<b>"),
                        (struct slice){0});
    assert_int_equal(response.status, 404);
    assert_null(response.shared);
    assert_string_equal(response.content_type, "application/json");
    assert_string_equal(buf_str(&response.body),
                        "{\"error\": {\"what\": \"no \\\"such\\\" thing\\n\", "
                        "\"where\": \"/\\uFFFD\\u001B<b>\", \"advice\": \"\"}}\n");
    http_response_done(&response);
}

/* Who asks for a page gets one, in which nothing of a stranger is markup. */
static void error_pages(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        bool page;
    } rows[] = {
        {"", false},
        {"*/*", false},
        {"text/html", true},
        {"TEXT/HTML;q=1", true},
        {"a/b, text/html ", true},
        {"text/htmlx", false},
        {"x-text/html", false},
        {"a/b;c=text/html", false},
        {",,", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (http_wants_page(slice_from_str(rows[i].accept)) != rows[i].page)
            fail_msg("%s", rows[i].accept);
    struct http_response response;
    http_response_init(&response);
    response.error_pages = true;
    buf_add_str(&response.body, "half an answer");
    http_response_error(&response, 404, SLICE("no <such>"), SLICE("/\xff\x1b<b>\"'&"), SLICE(""));
    assert_string_equal(response.content_type, "text/html; charset=utf-8");
    assert_non_null(strstr(buf_str(&response.body), "<h1>404: no &lt;such&gt;</h1>\n<p>/"));
    assert_null(strstr(buf_str(&response.body), "<b>"));
    assert_null(strstr(buf_str(&response.body), "\x1b"));
    assert_null(strstr(buf_str(&response.body), "half"));
    assert_null(strstr(buf_str(&response.body), "<p></p>"));
    http_response_done(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters),
        cmocka_unit_test(headers),
        cmocka_unit_test(errors),
        cmocka_unit_test(error_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
