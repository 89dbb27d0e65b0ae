/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool of quota servers for the tests from outside: quota_demo DEADLINE_MS CONNECTIONS, then
 * by lines of standard input
 *
 *      servers NAME=ADDRESS ...       the servers from now on
 *      ask TAG NAME SIZE RECIPIENT    TAG OUTCOME [KIND TEXT], when it is answered
 *      counts NAME                    counts KEY=VALUE ...
 *      clone REDIS PREFIX             the Redis of quota_clone (gate/quota_clone.h)
 *      usage TAG USER                 TAG BYTES MESSAGES, or TAG unknown
 *      clone-counts                   counts KEY=VALUE ...
 *
 * until its end. A line that it does not understand ends it with status 2.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/memory.h"
#include "gate/quota_call.h"
#include "gate/quota_clone.h"

enum { SERVERS_MAX = 32, WORDS_MAX = 40, TAG_MAX = 40 };

struct demo {
    uv_loop_t loop;
    uv_pipe_t input;
    struct buf rest;
    struct quota_pool *pool;
    struct quota_clone *clone; /* NULL: none */
    int64_t deadline_us;
    struct quota_marks marks;
    size_t connections;
};

struct question {
    struct quota_ask ask;
    char tag[TAG_MAX];
};

struct clone_question {
    struct quota_clone_ask ask;
    char tag[TAG_MAX];
};

static const char *outcome_name(enum quota_outcome outcome)
{
    static const char *const names[] = {"waiting", "answered", "late", "down", "busy", "unsayable"};
    return names[outcome];
}

static void on_answered(struct quota_ask *ask, enum quota_outcome outcome,
                        const struct quota_said *said)
{
    struct question *question = (struct question *)(void *)ask;
    printf("%s %s", question->tag, outcome_name(outcome));
    if (said != NULL)
        printf(" %s %.*s", quota_kind_name((enum quota_kind)said->kind), SLICE_ARG(said->text));
    printf("\n");
    fflush(stdout);
    mem_free(question);
}

static void refuse(const char *what)
{
    fprintf(stderr, "quota_demo: not understood: %s\n", what);
    exit(2);
}

static void set_servers(struct demo *demo, const struct slice *words, size_t count)
{
    struct quota_server_plan plans[SERVERS_MAX];
    for (size_t i = 0; i < count; i++) {
        struct slice address = words[i];
        plans[i].name = slice_cut(&address, '=');
        plans[i].connections = demo->connections;
        if (i == SERVERS_MAX || !endpoint_parse(address, &plans[i].endpoint))
            refuse("an address");
    }
    quota_pool_set_servers(demo->pool, plans, count);
}

static void ask(struct demo *demo, const struct slice *words)
{
    struct question *question = MEM_NEW(struct question);
    struct quota_server *server = quota_pool_find(demo->pool, words[1]);
    struct quota_question asked = {.recipient = words[3]};
    if (server == NULL || !slice_to_u64(words[2], UINT64_MAX, &asked.size))
        refuse("a question");
    (void)snprintf(question->tag, sizeof(question->tag), "%.*s", SLICE_ARG(words[0]));
    question->ask.answered = on_answered;
    enum quota_outcome outcome = quota_call(server, &asked, &question->ask);
    if (outcome != QUOTA_WAITING)
        on_answered(&question->ask, outcome, NULL);
}

static void show_counts(const struct demo *demo, struct slice name)
{
    const struct quota_server *server = quota_pool_find(demo->pool, name);
    if (server == NULL)
        refuse("a server");
    const struct quota_numbers *numbers = quota_server_numbers(server);
    struct quota_health health = quota_server_health(server);
    printf("counts asked=%" PRIu64 " late=%" PRIu64 " down=%" PRIu64 " retried=%" PRIu64
           " connected=%" PRIu64 " junk=%" PRIu64 " opened=%" PRIu64 " open=%d connections=%zu"
           " waiting=%zu delay_us=%" PRId64 "\n",
           numbers->asked, numbers->late, numbers->down, numbers->retried, numbers->connected,
           numbers->junk, numbers->opened, health.open, health.connections, health.waiting,
           health.delay_us);
    fflush(stdout);
}

static void on_usage(struct quota_clone_ask *ask, const struct quota_usage *usage)
{
    struct clone_question *question = (struct clone_question *)(void *)ask;
    if (usage != NULL)
        printf("%s %" PRIu64 " %" PRIu64 "\n", question->tag, usage->bytes, usage->messages);
    else
        printf("%s unknown\n", question->tag);
    fflush(stdout);
    mem_free(question);
}

static void begin_clone(struct demo *demo, struct slice text, struct slice prefix)
{
    struct redis_address address;
    if (demo->clone != NULL || !redis_address_parse(text, &address))
        refuse("a Redis");
    demo->clone =
        quota_clone_new(&(struct quota_clone_options){&address, prefix, demo->deadline_us});
    quota_clone_begin(demo->clone, &demo->loop);
}

static void ask_usage(struct demo *demo, const struct slice *words)
{
    struct clone_question *question = MEM_NEW(struct clone_question);
    (void)snprintf(question->tag, sizeof(question->tag), "%.*s", SLICE_ARG(words[0]));
    question->ask.answered = on_usage;
    if (!quota_clone_ask(demo->clone, words[1], &question->ask))
        on_usage(&question->ask, NULL);
}

static void show_clone_counts(const struct demo *demo)
{
    struct quota_clone_counts counts = quota_clone_counts(demo->clone);
    printf("counts up=%d asked=%" PRIu64 " known=%" PRIu64 " unknown=%" PRIu64 " late=%" PRIu64
           " refused=%" PRIu64 "\n",
           counts.up, counts.asked, counts.known, counts.unknown, counts.late, counts.refused);
    fflush(stdout);
}

static void obey(struct demo *demo, struct slice line)
{
    struct slice words[WORDS_MAX];
    size_t count = 0;
    while (count < WORDS_MAX && line.ptr != NULL)
        words[count++] = slice_cut(&line, ' ');
    if (slice_eq(words[0], SLICE("servers")))
        set_servers(demo, words + 1, count - 1);
    else if (slice_eq(words[0], SLICE("ask")) && count == 5)
        ask(demo, words + 1);
    else if (slice_eq(words[0], SLICE("counts")) && count == 2)
        show_counts(demo, words[1]);
    else if (slice_eq(words[0], SLICE("clone")) && count == 3)
        begin_clone(demo, words[1], words[2]);
    else if (slice_eq(words[0], SLICE("usage")) && count == 3 && demo->clone != NULL)
        ask_usage(demo, words + 1);
    else if (slice_eq(words[0], SLICE("clone-counts")) && demo->clone != NULL)
        show_clone_counts(demo);
    else
        refuse("a line");
}

static void give_room(uv_handle_t *handle, size_t wish, uv_buf_t *room)
{
    struct demo *demo = handle->data;
    *room = uv_buf_init(buf_reserve(&demo->rest, wish), (unsigned)wish);
}

static void on_input(uv_stream_t *stream, ssize_t got, const uv_buf_t *room)
{
    struct demo *demo = stream->data;
    const char *end;
    (void)room;
    if (got < 0) {
        quota_pool_end(demo->pool);
        if (demo->clone != NULL)
            quota_clone_end(demo->clone);
        uv_close((uv_handle_t *)&demo->input, NULL);
        return;
    }
    demo->rest.len += (size_t)got;
    struct slice input = buf_slice(&demo->rest);
    while ((end = slice_find_char(input, '\n')) != NULL) {
        obey(demo, slice_between(input.ptr, end));
        input = slice_between(end + 1, slice_end(input));
    }
    if (input.len > 0)
        memmove(demo->rest.ptr, input.ptr, input.len);
    demo->rest.len = input.len;
}

int main(int argc, char **argv)
{
    struct demo demo = {0};
    if (argc != 3)
        refuse("the arguments");
    signal(SIGPIPE, SIG_IGN);
    demo.connections = (size_t)strtoul(argv[2], NULL, 10);
    demo.deadline_us = strtol(argv[1], NULL, 10) * 1000;
    demo.pool = quota_pool_new(&(struct quota_pool_options){
        .deadline_us = demo.deadline_us,
        .take = quota_call_take,
        .take_context = &demo.marks,
    });
    uv_loop_init(&demo.loop);
    quota_pool_begin(demo.pool, &demo.loop);
    uv_pipe_init(&demo.loop, &demo.input, 0);
    demo.input.data = &demo;
    if (uv_pipe_open(&demo.input, 0) != 0)
        refuse("standard input: it is no pipe");
    uv_read_start((uv_stream_t *)&demo.input, give_room, on_input);
    uv_run(&demo.loop, UV_RUN_DEFAULT);
    uv_loop_close(&demo.loop);
    quota_pool_free(demo.pool);
    quota_clone_free(demo.clone);
    buf_done(&demo.rest);
    return 0;
}
