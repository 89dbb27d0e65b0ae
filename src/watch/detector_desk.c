/* SPDX-License-Identifier: Apache-2.0
 *
 * See detector_desk.h.
 */
#include "watch/detector_desk.h"

#include "base/intern.h"
#include "base/memory.h"
#include "watch/tally_state.h"

#define LOGINS_MAX 100000

struct pooled {
    struct slice source, pool;
    bool transactional;
};

struct detector_desk {
    struct tally *tally;
    struct detector_set *set;
    struct arena *arena;
    struct intern *logins; /* transactional ones */
    struct pooled *sources;
    size_t source_count;
};

static struct detector_names names_of(const struct detector_desk *desk,
                                      const struct message *message,
                                      const struct tally_path_names *path)
{
    bool local = slice_eq(path->provider, SLICE("local"));
    struct detector_names names = {
        .relay = path->relay,
        .source = path->source,
        .provider = local ? (struct slice){NULL, 0} : path->provider,
        .login = tally_login(desk->tally, message),
    };
    names.transactional = names.login.len > 0 && intern_find(desk->logins, names.login) != 0;
    for (size_t i = 0; i < desk->source_count; i++) {
        if (!slice_eq(desk->sources[i].source, names.source))
            continue;
        names.group = desk->sources[i].pool;
        names.transactional |= desk->sources[i].transactional;
    }
    return names;
}

static void take_attempt(void *data, const struct tally_attempt *told)
{
    struct detector_desk *desk = data;
    struct tally_path_names known = told->path ? told->names : (struct tally_path_names){0};
    struct detector_names names = names_of(desk, told->attempt->message, &known);
    if (told->verdict != NULL)
        names.refused = told->verdict->class;
    detector_set_take_attempt(desk->set, told->attempt, &names);
}

static void take_outcome(void *data, const struct outcome_event *event)
{
    struct detector_desk *desk = data;
    uint32_t path = event->recipient ? event->recipient->path : 0;
    struct tally_path_names known = tally_path_names(desk->tally, path);
    if (path == 0)
        known = (struct tally_path_names){0};
    struct detector_names names = names_of(desk, event->message, &known);
    detector_set_take_outcome(desk->set, event, &names);
}

static void take_accepted(void *data, const struct message *message, int64_t now_us)
{
    struct detector_desk *desk = data;
    detector_set_take_accepted(desk->set, message, tally_login(desk->tally, message), now_us);
}

static struct slice keep(struct detector_desk *desk, struct slice text)
{
    return slice_of(arena_copy(desk->arena, text.ptr, text.len), text.len);
}

static void set_pools(struct detector_desk *desk, const struct source_pool *pools, size_t count,
                      const struct transactional *transactional)
{
    tally_set_pools(desk->tally, pools, count);
    desk->source_count = count;
    desk->sources = arena_alloc(desk->arena, (count + 1) * sizeof(*desk->sources));
    for (size_t i = 0; i < count; i++) {
        struct pooled *row = &desk->sources[i];
        row->source = keep(desk, pools[i].source);
        row->pool = keep(desk, pools[i].pool);
        for (size_t k = 0; k < transactional->pool_count; k++)
            row->transactional |= slice_eq(row->pool, transactional->pools[k]);
    }
}

struct detector_desk *detector_desk_new(const struct detector_rules *rules, struct tally *tally,
                                        const struct source_pool *pools, size_t pool_count,
                                        const struct transactional *transactional)
{
    struct detector_desk *desk = MEM_NEW(struct detector_desk);
    desk->tally = tally;
    desk->set = detector_set_new(rules);
    desk->arena = arena_new(1024);
    desk->logins = intern_new(LOGINS_MAX);
    for (size_t i = 0; i < transactional->login_count; i++)
        intern_id(desk->logins, transactional->logins[i]);
    set_pools(desk, pools, pool_count, transactional);
    struct tally_observer observer = {
        .data = desk, .attempt = take_attempt, .outcome = take_outcome, .accepted = take_accepted};
    tally_observe(tally, &observer);
    return desk;
}

void detector_desk_free(struct detector_desk *desk)
{
    if (desk == NULL)
        return;
    detector_set_free(desk->set);
    intern_free(desk->logins);
    arena_free(desk->arena);
    mem_free(desk);
}

void detector_desk_take(struct detector_desk *desk, const struct log_record *record,
                        struct slice log, int64_t time_us, int64_t now_us)
{
    if (time_us != STAMP_NONE)
        detector_set_take_record(desk->set, record, log, now_us);
    else if (now_us > 0) /* a log without any stamp: nothing else is in it for detectors */
        detector_set_take_line(desk->set, record, log, now_us);
    tally_take(desk->tally, record, time_us);
}

void detector_desk_take_login(struct detector_desk *desk, const struct guessing_login *login,
                              int64_t now_us)
{
    detector_set_take_login(desk->set, login, now_us);
}

void detector_desk_tell(struct detector_desk *desk, int64_t now_us, incident_tell tell, void *data)
{
    tally_tell_incidents(desk->tally, now_us, tell, data);
    detector_set_tell(desk->set, now_us, tell, data);
}

void detector_desk_left_out(const struct detector_desk *desk, uint64_t counts[LEFT_OUT_COUNT])
{
    tally_left_out(desk->tally, counts);
    detector_set_left_out(desk->set, counts);
}

struct detector_set *detector_desk_set(const struct detector_desk *desk)
{
    return desk->set;
}
