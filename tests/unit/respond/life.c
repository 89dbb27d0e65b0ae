/* SPDX-License-Identifier: Apache-2.0
 *
 * A book of incidents under a virtual clock. See life.h.
 */
#include "respond/life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void note(void *data, const struct notice *notice)
{
    struct life *life = data;
    assert_true(life->told < LIFE_TOLD_MAX);
    life->notices[life->told++] = notice_copy(notice);
}

void life_begin(struct life *life)
{
    *life = (struct life){.settings = INCIDENT_BOOK_SETTINGS, .now_us = T0};
    life->book = incident_book_new(&life->settings, note, life);
}

void life_end(struct life *life)
{
    for (size_t i = 0; i < life->told; i++)
        notice_free(life->notices[i]);
    incident_book_free(life->book);
}

int life_set_up(void **state)
{
    struct life *life = test_malloc(sizeof(*life));
    life_begin(life);
    *state = life;
    return 0;
}

int life_tear_down(void **state)
{
    life_end(*state);
    test_free(*state);
    return 0;
}

void life_at(struct life *life, int64_t after_us)
{
    int64_t due_us;
    unsigned rounds = 0;
    while ((due_us = incident_book_next_due(life->book)) <= T0 + after_us) {
        if (due_us > life->now_us)
            life->now_us = due_us;
        incident_book_advance(life->book, life->now_us);
        assert_true(++rounds < 1000); /* a due time that never passes would spin a daemon */
    }
    life->now_us = T0 + after_us;
}

struct incident life_block(const char *source, const char *provider, int64_t opened_us)
{
    return (struct incident){.kind = INCIDENT_BLOCK,
                             .scope = INCIDENT_SCOPE_SOURCE,
                             .relay = SLICE("relay1"),
                             .source = slice_from_str(source),
                             .provider = slice_from_str(provider),
                             .opened_us = T0 + opened_us,
                             .closed_us = INCIDENT_OPEN,
                             .last_hit_us = T0 + opened_us,
                             .attempts = 20,
                             .hits = 10,
                             .class = REPLY_CLASS_BLOCK_IP};
}

void life_say(struct life *life, struct incident incident)
{
    assert_true(incident_book_take(life->book, &incident, life->now_us));
}

void life_close(struct life *life, struct incident incident)
{
    incident.closed_us = life->now_us;
    life_say(life, incident);
}

void life_expect(struct life *life, const char *transitions)
{
    CLEANUP_BUF struct buf told = {0};
    for (; life->seen < life->told; life->seen++) {
        buf_add_str(&told, told.len > 0 ? " " : "");
        buf_add_str(&told, notice_transition_word(life->notices[life->seen]->transition));
    }
    assert_string_equal(buf_str(&told), transitions);
}

static void only(void *data, const struct incident_view *view)
{
    *(struct incident_view *)data = *view;
}

struct incident_view life_view(const struct life *life)
{
    struct incident_view view = {0};
    incident_book_visit(life->book, life->now_us, only, &view);
    return view;
}

const struct notice *life_last(const struct life *life)
{
    assert_true(life->told > 0);
    return life->notices[life->told - 1];
}

void life_restart(struct life *life)
{
    CLEANUP_BUF struct buf state = {0}, again = {0};
    struct err err = {0};
    incident_book_save(life->book, &state);
    incident_book_free(life->book);
    life->book = incident_book_new(&life->settings, note, life);
    assert_true(incident_book_load(life->book, buf_slice(&state), life->now_us, &err));
    incident_book_save(life->book, &again);
    assert_string_equal(buf_str(&again), buf_str(&state));
}

void life_configure(struct life *life)
{
    life_restart(life);
    incident_book_advance(life->book, life->now_us);
}
