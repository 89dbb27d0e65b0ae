/* SPDX-License-Identifier: Apache-2.0
 *
 * Our HTTP client for the tests from outside: http_ask [KEY=VALUE...] URL
 *
 *      socket=PATH ca=FILE body=TEXT deadline-ms=N most=BYTES header=LINE
 *
 * Prints `STATUS LENGTH [cut]` and the answer's body, or `error: ...` with exit status 3.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/http_call.h"

static void set(struct http_call *call, const char *key, const char *value)
{
    if (strcmp(key, "socket") == 0)
        call->unix_socket = value;
    else if (strcmp(key, "ca") == 0)
        call->ca_file = value;
    else if (strcmp(key, "body") == 0)
        call->body = slice_from_str(value);
    else if (strcmp(key, "deadline-ms") == 0)
        call->deadline_ms = strtol(value, NULL, 10);
    else if (strcmp(key, "most") == 0)
        call->answer_bytes_max = strtoul(value, NULL, 10);
    else if (strcmp(key, "header") == 0)
        call->headers[0] = value;
}

int main(int argc, char **argv)
{
    struct http_call call = {.deadline_ms = 60000};
    for (int i = 1; i < argc - 1; i++) {
        char *value = strchr(argv[i], '=');
        if (value == NULL)
            return 2;
        *value++ = '\0';
        set(&call, argv[i], value);
    }
    call.url = argv[argc - 1];
    struct http_answer answer;
    struct err err = {0};
    if (!http_call(&call, &answer, &err)) {
        printf("error: %s\n", err.text);
        return 3;
    }
    printf("%u %zu%s\n", answer.status, answer.body.len, answer.cut ? " cut" : "");
    fwrite(buf_str(&answer.body), 1, answer.body.len, stdout);
    http_answer_done(&answer);
    return 0;
}
