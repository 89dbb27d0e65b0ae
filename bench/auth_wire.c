/* SPDX-License-Identifier: Apache-2.0
 *
 * auth-wire: what asking and answering costs before anybody is looked up. The server of header
 * questions, the grammar of requests and that of replies; everybody is let in. --bare: the server
 * alone, with lines that are ready.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/header_server.h"
#include "mail/auth_reply.h"
#include "mail/auth_request.h"

struct wire {
    bool bare;
    struct buf space, lines;
};

static void ask(void *context, bool fed, const struct header_question *question)
{
    struct wire *wire = context;
    struct auth_request request;
    enum auth_request_fault fault;
    struct auth_reply reply = {.server = {.bytes = {127, 0, 0, 1}, .len = 4}, .port = 143};
    (void)fed;
    if (wire->bare) {
        (void)header_answer(&question->ticket, SLICE("Auth-Status: OK\r\nAuth-Server: 127.0.0.1\r\n"
                                                     "Auth-Port: 143\r\n"));
        return;
    }
    if (!auth_request_parse(question->headers, question->count, &wire->space, &request, &fault))
        reply.verdict = AUTH_LATER;
    reply.protocol = request.protocol;
    buf_clear(&wire->lines);
    (void)auth_reply_format(&reply, &wire->lines);
    (void)header_answer(&question->ticket, buf_slice(&wire->lines));
    auth_request_wipe(&wire->space);
}

int main(int argc, char **argv)
{
    static struct wire wire;
    struct err err = {0};
    wire.bare = argc == 3 && strcmp(argv[1], "--bare") == 0;
    if (argc != 2 && !wire.bare) {
        fprintf(stderr, "usage: auth-wire [--bare] ADDRESS\n");
        return 2;
    }
    const char *const addresses[] = {argv[argc - 1]};
    struct header_server *server = header_server_start(
        &(struct header_server_options){
            .addresses = addresses, .address_count = 1, .ask = ask, .context = &wire},
        &err);
    if (server == NULL) {
        fprintf(stderr, "auth-wire: %s\n", err.text);
        return 3;
    }
    for (;;) {
        (void)header_server_feed(server);
        sleep(1);
    }
}
