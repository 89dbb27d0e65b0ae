/* SPDX-License-Identifier: Apache-2.0
 *
 * The open messages against a plain list of them, over many random steps.
 */
#include "watch/open_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MODEL_MAX = 600, STEPS = 200000, IDS = 97 };

/* The lists in order; entries are serials. */
struct model {
    struct message *open[MODEL_MAX], *closed[MODEL_MAX];
    uint64_t open_serial[MODEL_MAX], closed_serial[MODEL_MAX];
    uint32_t open_count, closed_count;
};

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

static struct message *cut(struct message **list, uint64_t *serials, uint32_t *count, uint32_t at)
{
    struct message *message = list[at];
    assert_int_equal(message->serial, serials[at]);
    --*count;
    memmove(list + at, list + at + 1, (*count - at) * sizeof(*list));
    memmove(serials + at, serials + at + 1, (*count - at) * sizeof(*serials));
    return message;
}

static void append(struct message **list, uint64_t *serials, uint32_t *count,
                   struct message *message)
{
    list[*count] = message;
    serials[(*count)++] = message->serial;
}

static void check_ends(const struct open_table *table, const struct model *model)
{
    assert_int_equal(open_table_count_open(table), model->open_count);
    assert_int_equal(open_table_count_closed(table), model->closed_count);
    assert_ptr_equal(open_table_oldest_open(table), model->open_count ? model->open[0] : NULL);
    assert_ptr_equal(open_table_oldest_closed(table),
                     model->closed_count ? model->closed[0] : NULL);
}

/* Everything of this id, newest first. */
static void check_id(const struct open_table *table, const struct model *model, uint64_t id)
{
    uint32_t expected = 0, found = 0;
    for (uint32_t i = 0; i < model->open_count; i++)
        expected += model->open[i]->id_hash == id;
    for (uint32_t i = 0; i < model->closed_count; i++)
        expected += model->closed[i]->id_hash == id;
    uint64_t last = UINT64_MAX;
    uint32_t place = 0;
    for (struct message *m; (m = open_table_next(table, id, &place)) != NULL; found++) {
        assert_int_equal(m->id_hash, id);
        assert_true(m->serial < last);
        last = m->serial;
    }
    assert_int_equal(found, expected);
}

static void add(struct open_table *table, struct model *model, uint64_t random)
{
    if (model->open_count + model->closed_count == MODEL_MAX)
        return;
    struct message *message = open_table_add(table, (random >> 8) % IDS);
    assert_int_equal(message->recipient_count, 0);
    assert_false(message->closed || message->born || message->queued);
    for (uint64_t i = 0; i < random >> 60; i++)
        message_add_recipient(message, i);
    append(model->open, model->open_serial, &model->open_count, message);
}

static void step(struct open_table *table, struct model *model, uint64_t random)
{
    uint32_t at = (uint32_t)(random >> 32);
    switch (random % 8) {
    case 0:
    case 1:
    case 2:
        add(table, model, random);
        break;
    case 3:
    case 4:
        if (model->open_count > 0) {
            struct message *message =
                cut(model->open, model->open_serial, &model->open_count, at % model->open_count);
            open_table_close(table, message);
            assert_true(message->closed);
            append(model->closed, model->closed_serial, &model->closed_count, message);
        }
        break;
    case 5:
        if (model->closed_count > 0)
            open_table_remove(table, cut(model->closed, model->closed_serial, &model->closed_count,
                                         at % model->closed_count));
        break;
    case 6:
        if (model->open_count > 0)
            open_table_remove(table, cut(model->open, model->open_serial, &model->open_count,
                                         at % model->open_count));
        break;
    default:
        if (model->open_count > 0) {
            struct message *message =
                cut(model->open, model->open_serial, &model->open_count, at % model->open_count);
            open_table_touch(table, message, 5);
            append(model->open, model->open_serial, &model->open_count, message);
        }
    }
}

static void test_against_model(void **state)
{
    (void)state;
    struct open_table *table = open_table_new();
    static struct model model;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < STEPS; i++) {
        uint64_t random = next_random(&seed);
        step(table, &model, random);
        check_ends(table, &model);
        if (i % 16 == 0)
            check_id(table, &model, random % (IDS + 1));
    }
    open_table_free(table);
}

static void test_recipients(void **state)
{
    (void)state;
    struct open_table *table = open_table_new();
    struct message *message = open_table_add(table, 1), *other = open_table_add(table, 1);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_null(message_recipient(message, i));
        message_add_recipient(message, i)->attempts = (uint16_t)i;
    }
    assert_int_equal(message->recipient_count, 1000);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_int_equal(message_recipient(message, i)->attempts, i);
        assert_int_equal(message_recipients(message)[i].hash, i);
    }
    assert_null(message_recipient(other, 5));
    open_table_remove(table, message);
    assert_ptr_equal(open_table_next(table, 1, &(uint32_t){0}), other);
    open_table_free(table);
}

/* Pointers stay valid while the pool grows. */
static void test_growth(void **state)
{
    (void)state;
    struct open_table *table = open_table_new();
    struct message *first = open_table_add(table, 7);
    uint64_t serial = first->serial;
    for (uint64_t i = 0; i < 200000; i++)
        open_table_add(table, i * UINT64_C(0x9E3779B97F4A7C15));
    assert_int_equal(first->serial, serial);
    assert_ptr_equal(open_table_next(table, 7, &(uint32_t){0}), first);
    assert_ptr_equal(open_table_oldest_open(table), first);
    open_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_model),
        cmocka_unit_test(test_recipients),
        cmocka_unit_test(test_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
