/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the past of logins: what is taken is written and read back the same and bears
 * further mail, what is refused leaves no trace.
 */
#include "base/memory.h"
#include "watch/login_past.h"

#define NOW_US INT64_C(2000000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct side {
    struct login_table *table;
    struct correlator *names;
};

static struct side side_new(void)
{
    static const struct surge_rule rule = SURGE_RULE;
    static const struct correlator_limits limits = CORRELATOR_LIMITS;
    static const struct correlator_sink sink = {0};
    return (struct side){login_table_new(&rule), correlator_new(&limits, &sink)};
}

static void side_done(struct side *side)
{
    login_table_free(side->table);
    correlator_free(side->names);
}

static void ignore(void *data, uint32_t login, struct incident *incident)
{
    (void)data, (void)login, (void)incident;
}

/* A campaign of each login, some of it known. */
static void send(struct login_table *table)
{
    uint32_t count = login_table_count(table);
    for (uint32_t number = 1; number < count && number < 100; number++)
        for (int i = 0; i < 10; i++) {
            struct message message = {.login = number, .expected = 50, .client = (uint32_t)i};
            login_table_accept(table, &message, NOW_US + i * INT64_C(300000000));
            login_table_end(table, number, OUTCOME_BOUNCED, 20);
        }
    login_table_tell_surges(table, NOW_US, ignore, NULL);
    login_table_caught_up(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct side first = side_new(), second = side_new();
    CLEANUP_BUF struct buf once = {0}, CLEANUP_BUF again = {0};
    struct err err = {0};
    struct slice bytes = slice_of((const char *)data, size);
    if (login_past_read(bytes, NOW_US, first.table, first.names, &err)) {
        login_past_write(first.table, first.names, &once);
        ASSERT(login_past_read(buf_slice(&once), NOW_US, second.table, second.names, &err));
        login_past_write(second.table, second.names, &again);
        ASSERT(slice_eq(buf_slice(&once), buf_slice(&again)));
        send(first.table);
    } else {
        ASSERT(err.code == ERR_INPUT && login_table_count(first.table) == 1);
        ASSERT(login_table_newest(first.table) == 0);
    }
    side_done(&first);
    side_done(&second);
    return 0;
}
