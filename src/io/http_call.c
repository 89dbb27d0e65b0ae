/* SPDX-License-Identifier: Apache-2.0
 *
 * See http_call.h; libcurl 7.88, one easy handle a call. With the threaded resolver a hanging
 * look-up ends with the deadline; its thread is left behind then (CURLOPT_QUICK_EXIT), else
 * clean-up would wait for it.
 */
#include "io/http_call.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>

#include "base/memory.h"

enum { DEADLINE_MS = 5000, ANSWER_BYTES = 1 << 20 };

/* What libcurl's callbacks see. */
struct transfer {
    const struct http_call *call;
    struct http_answer *answer;
    size_t bytes_max;
};

static size_t take_bytes(char *bytes, size_t size, size_t count, void *data)
{
    struct transfer *transfer = data;
    struct buf *body = &transfer->answer->body;
    struct slice part = slice_of(bytes, size * count);
    struct slice fits = slice_first(part, transfer->bytes_max - body->len);
    buf_add(body, fits);
    transfer->answer->cut = fits.len < part.len;
    return fits.len; /* less than was offered ends the transfer */
}

static int look_for_abort(void *data, curl_off_t to_get, curl_off_t got, curl_off_t to_send,
                          curl_off_t sent)
{
    (void)to_get;
    (void)got;
    (void)to_send;
    (void)sent;
    const struct transfer *transfer = data;
    return transfer->call->abort != NULL && atomic_load(transfer->call->abort);
}

/* One option of libcurl; the first that is refused makes the rest be skipped. */
#define SET(option, value) (code = code ? code : curl_easy_setopt(handle, (option), (value)))

static CURLcode set_bounds(CURL *handle, const struct http_call *call, struct transfer *transfer)
{
    CURLcode code = CURLE_OK;
    long deadline = (long)(call->deadline_ms ? call->deadline_ms : DEADLINE_MS);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_TIMEOUT_MS, deadline);
    SET(CURLOPT_CONNECTTIMEOUT_MS, deadline);
    SET(CURLOPT_WRITEFUNCTION, take_bytes);
    SET(CURLOPT_WRITEDATA, transfer);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, look_for_abort);
    SET(CURLOPT_XFERINFODATA, transfer);
    if (call->ca_file != NULL)
        SET(CURLOPT_CAINFO, call->ca_file);
    if (call->proxy != NULL || !call->environment_proxy)
        SET(CURLOPT_PROXY, call->proxy ? call->proxy : "");
    return code;
}

static CURLcode set_request(CURL *handle, const struct http_call *call)
{
    CURLcode code = CURLE_OK;
    SET(CURLOPT_URL, call->url);
    SET(CURLOPT_USERAGENT, "todoku/" TD_VERSION);
    if (call->unix_socket != NULL)
        SET(CURLOPT_UNIX_SOCKET_PATH, call->unix_socket);
    if (call->body.len > 0 || (call->method != NULL && strcmp(call->method, "POST") == 0)) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
        SET(CURLOPT_POSTFIELDS, call->body.len > 0 ? call->body.ptr : "");
    }
    if (call->method != NULL)
        SET(CURLOPT_CUSTOMREQUEST, call->method);
    return code;
}

#undef SET

/* The caller's and ours; NULL: no memory. */
static struct curl_slist *make_headers(const struct http_call *call)
{
    char type[256];
    snprintf(type, sizeof(type), "Content-Type: %s",
             call->content_type ? call->content_type : "application/json");
    /* Without this one libcurl waits a second for the receiver's leave to send a large body. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    if (list != NULL && call->body.len > 0 && curl_slist_append(list, type) == NULL)
        goto no_memory;
    for (size_t i = 0; i < HTTP_CALL_HEADERS_MAX && call->headers[i] != NULL; i++)
        if (list != NULL && curl_slist_append(list, call->headers[i]) == NULL)
            goto no_memory;
    return list;
no_memory:
    curl_slist_free_all(list);
    return NULL;
}

/* What a person can do about it, where that is known. */
static const char *advice_for(CURLcode code)
{
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return " (the certificate is not trusted for this name)";
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return " (check the name and the resolver)";
    return "";
}

/* libcurl speaks of host and port, of which a unix socket has none. */
static bool socket_failed(int code, const char *path, struct err *err)
{
    if (code == ENOENT || code == ECONNREFUSED)
        return err_set(err, ERR_IO,
                       "%s: no daemon answers there: is it running? (todoku run, or "
                       "systemctl start todoku)",
                       path);
    if (code == EACCES || code == EPERM)
        return err_set(err, ERR_IO, "%s: you may not use it: join its group, or use sudo", path);
    return err_set_errno(err, code, "%s: cannot connect", path);
}

/* The URL without what may be secret in it: path and query of a webhook are its password. */
static struct slice public_part(const char *url)
{
    struct slice all = slice_from_str(url);
    const char *host = slice_find(all, SLICE("://"));
    if (host == NULL)
        return SLICE("(no URL)");
    struct slice rest = slice_skip(slice_between(host, slice_end(all)), 3);
    struct slice authority = slice_cut(&rest, '/');
    const char *at = slice_find_last_char(authority, '@');
    return at ? slice_between(at + 1, slice_end(authority))
              : slice_first(all, (size_t)(slice_end(authority) - all.ptr));
}

static bool call_failed(CURL *handle, CURLcode code, const char *detail,
                        const struct http_call *call, struct err *err)
{
    long os_code = 0;
    (void)curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &os_code);
    if (call->unix_socket != NULL && code == CURLE_COULDNT_CONNECT && os_code != 0)
        return socket_failed((int)os_code, call->unix_socket, err);
    enum err_code kind = ERR_IO;
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        kind = ERR_USAGE;
    if (code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK)
        kind = ERR_LIMIT;
    err_set(err, kind, "%s%s", *detail ? detail : curl_easy_strerror(code), advice_for(code));
    if (call->unix_socket != NULL)
        return err_at(err, "%s", call->unix_socket);
    struct slice where = public_part(call->url);
    return err_at(err, "%.*s", SLICE_ARG(where));
}

static void read_result(CURL *handle, struct http_answer *answer)
{
    long status = 0;
    curl_off_t retry_after = 0;
    (void)curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
    answer->status = (unsigned)status;
    answer->retry_after_s = retry_after > 0 ? (int64_t)retry_after : -1;
}

static bool perform(CURL *handle, const struct http_call *call, struct http_answer *answer,
                    struct err *err)
{
    char detail[CURL_ERROR_SIZE] = "";
    struct transfer transfer = {
        .call = call,
        .answer = answer,
        .bytes_max = call->answer_bytes_max ? call->answer_bytes_max : ANSWER_BYTES,
    };
    struct curl_slist *headers = make_headers(call);
    CURLcode code = headers ? set_bounds(handle, call, &transfer) : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK)
        code = curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail);
    if (code == CURLE_OK)
        code = curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK)
        code = set_request(handle, call);
    if (code == CURLE_OK)
        code = curl_easy_perform(handle);
    curl_slist_free_all(headers);
    read_result(handle, answer);
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && answer->cut))
        return true;
    return call_failed(handle, code, detail, call, err);
}

/* A line end would begin a header, or a request, of somebody else's. */
static bool headers_are_lines(const struct http_call *call)
{
    for (size_t i = 0; i < HTTP_CALL_HEADERS_MAX && call->headers[i] != NULL; i++)
        if (strpbrk(call->headers[i], "\r\n") != NULL)
            return false;
    return call->content_type == NULL || strpbrk(call->content_type, "\r\n") == NULL;
}

bool http_call(const struct http_call *call, struct http_answer *answer, struct err *err)
{
    if (!headers_are_lines(call))
        return err_set(err, ERR_USAGE, "a header holds a line end");
    CURL *handle = curl_easy_init();
    if (handle == NULL)
        return err_set(err, ERR_LIBRARY, "libcurl does not start");
    struct http_answer got = {.retry_after_s = -1};
    bool ok = perform(handle, call, &got, err);
    curl_easy_cleanup(handle);
    if (ok)
        *answer = got;
    else
        http_answer_done(&got);
    return ok;
}

void http_answer_done(struct http_answer *answer)
{
    buf_done(&answer->body);
}
