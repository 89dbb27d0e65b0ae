/* SPDX-License-Identifier: Apache-2.0
 *
 * Any headers of a login request, a line each with LF: what comes out is within its bounds and lies
 * where it should, and a reply made of it has the form that nginx takes for what it means.
 */
#include "base/memory.h"
#include "mail/auth_reply.h"
#include "mail/auth_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t cut_lines(struct slice text, struct header_field *fields, size_t max)
{
    size_t count = 0;
    while (text.len > 0 && count < max) {
        struct slice value = slice_cut(&text, '\n'), name = slice_cut(&value, ':');
        fields[count++] = (struct header_field){name, value};
    }
    return count;
}

static void check_within(struct slice part, struct slice whole, size_t max)
{
    ASSERT(part.len <= max);
    ASSERT(part.len == 0 || (part.ptr >= whole.ptr && slice_end(part) <= slice_end(whole)));
    ASSERT(slice_find_char(part, '\0') == NULL);
}

static void check_request(const struct auth_request *got, const struct buf *space,
                          struct slice input)
{
    struct slice decoded = buf_slice(space);
    check_within(got->user, decoded, AUTH_USER_MAX);
    check_within(got->secret, decoded, AUTH_SECRET_MAX);
    check_within(got->helo, input, AUTH_VALUE_MAX);
    check_within(got->from, input, AUTH_VALUE_MAX);
    check_within(got->key, input, AUTH_VALUE_MAX);
    ASSERT((got->user.len == 0) == (got->method == AUTH_NONE));
    ASSERT(got->method != AUTH_EXTERNAL || got->certificate_verified);
    if (got->method == AUTH_CRAM_MD5 || got->method == AUTH_APOP) {
        check_within(got->salt, decoded, AUTH_SALT_MAX);
        ASSERT(got->secret.len == 32 && got->salt.len > 2);
    }
}

static void check_reply(const struct auth_reply *reply)
{
    CLEANUP_BUF struct buf text = {0};
    bool ok = auth_reply_format(reply, &text) && reply->verdict == AUTH_OK;
    struct slice lines = buf_slice(&text);
    ASSERT(lines.len <= AUTH_REPLY_MAX && slice_starts_with(lines, SLICE("Auth-Status: ")));
    ASSERT(slice_starts_with(lines, SLICE("Auth-Status: OK\r\n")) == ok);
    ASSERT((slice_find(lines, SLICE("\nAuth-Server: ")) != NULL) == ok);
    ASSERT(slice_ends_with(lines, SLICE("\r\n")));
    while (lines.len > 0) {
        struct slice line = slice_cut(&lines, '\n');
        ASSERT(slice_find_char(line, '\r') == slice_end(line) - 1);
        ASSERT(slice_find(line, SLICE(": ")) != NULL && slice_find_char(line, '\0') == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_of((const char *)data, size);
    struct header_field fields[AUTH_HEADERS_MAX + 1];
    size_t count = cut_lines(input, fields, AUTH_HEADERS_MAX + 1);
    CLEANUP_BUF struct buf space = {0};
    struct auth_request got;
    enum auth_request_fault fault;
    bool good = auth_request_parse(fields, count, &space, &got, &fault);
    ASSERT(good == (fault == AUTH_FAULT_NONE) && auth_request_fault_sentence(fault) != NULL);
    if (good)
        check_request(&got, &space, input);
    const struct auth_reply ok = {.protocol = got.protocol,
                                  .server = got.client,
                                  .port = got.client_port,
                                  .user = got.user,
                                  .pass = got.secret};
    check_reply(&ok);
    check_reply(&(struct auth_reply){AUTH_WRONG, got.protocol, .text = got.user, .wait_s = 1});
    auth_request_wipe(&space);
    return 0;
}
