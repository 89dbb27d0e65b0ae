/* SPDX-License-Identifier: Apache-2.0
 *
 * See http_message.h.
 */
#include "io/http_message.h"

#include <jansson.h>
#include <strings.h>

#include "base/escape.h"
#include "base/memory.h"

const char *http_method_name(enum http_method method)
{
    static const char *const names[HTTP_METHODS] = {
        [HTTP_GET] = "GET",     [HTTP_POST] = "POST",     [HTTP_PUT] = "PUT",
        [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
    };
    return names[method];
}

struct slice http_request_parameter(const struct http_request *request, const char *name)
{
    struct slice wanted = slice_from_str(name);
    for (size_t i = 0; i < request->parameter_count; i++)
        if (slice_eq(request->parameters[i].name, wanted))
            return request->parameters[i].value;
    return (struct slice){0};
}

void http_response_init(struct http_response *response)
{
    *response = (struct http_response){.status = 200, .content_type = "application/json"};
}

void http_response_done(struct http_response *response)
{
    buf_done(&response->body);
    snapshot_unref(response->shared);
    *response = (struct http_response){0};
}

static bool has_control(struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
            return true;
    return false;
}

bool http_response_header(struct http_response *response, const char *name, struct slice value)
{
    if (value.len >= HTTP_HEADER_BYTES_MAX || has_control(value))
        return false;
    size_t i = 0;
    while (i < response->header_count && strcasecmp(response->headers[i].name, name) != 0)
        i++;
    if (i == HTTP_HEADERS_MAX)
        return false;
    struct http_header *header = &response->headers[i];
    header->name = name;
    if (value.len > 0)
        memcpy(header->value, value.ptr, value.len);
    header->value[value.len] = '\0';
    if (i == response->header_count)
        response->header_count++;
    return true;
}

static json_t *json_text(struct slice text)
{
    CLEANUP_BUF struct buf clean = {0};
    utf8_sanitize(text, &clean);
    return json_stringn(buf_str(&clean), clean.len);
}

static int add_to_buf(const char *bytes, size_t len, void *to)
{
    buf_add(to, slice_of(bytes, len));
    return 0;
}

bool http_wants_page(struct slice accept)
{
    while (accept.ptr != NULL) {
        struct slice one = slice_cut(&accept, ',');
        if (slice_ieq(slice_trim(slice_cut(&one, ';')), SLICE("text/html")))
            return true;
    }
    return false;
}

static void add_paragraph(struct slice text, struct buf *to)
{
    if (text.len == 0)
        return;
    buf_add_str(to, "<p>");
    escape_html(text, to);
    buf_add_str(to, "</p>\n");
}

static void make_page(struct http_response *response, struct slice what, struct slice where,
                      struct slice advice)
{
    struct buf *body = &response->body;
    response->content_type = "text/html; charset=utf-8";
    buf_addf(body,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
             "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>%u</title>\n</head>\n<body>\n<h1>%u: ",
             response->status, response->status);
    escape_html(what, body);
    buf_add_str(body, "</h1>\n");
    add_paragraph(where, body);
    add_paragraph(advice, body);
    buf_add_str(body, "<p><a href=\"/\">What there is</a></p>\n</body>\n</html>\n");
}

void http_response_error(struct http_response *response, unsigned status, struct slice what,
                         struct slice where, struct slice advice)
{
    snapshot_unref(response->shared);
    response->shared = NULL;
    response->status = status;
    response->content_type = "application/json";
    buf_clear(&response->body);
    if (response->error_pages) {
        make_page(response, what, where, advice);
        return;
    }
    json_t *error = json_pack("{s:{s:o,s:o,s:o}}", "error", "what", json_text(what), "where",
                              json_text(where), "advice", json_text(advice));
    ASSERT(error != NULL &&
           json_dump_callback(error, add_to_buf, &response->body, JSON_ENSURE_ASCII) == 0);
    json_decref(error);
    buf_add_char(&response->body, '\n');
}
