/* SPDX-License-Identifier: Apache-2.0
 *
 * See mailbox_tables.h.
 */
#include "gate/mailbox_tables.h"

#include "base/memory.h"

struct mailbox_tables {
    atomic_uint references;
    struct lookup_table *tables[FINDER_ROLES][FINDER_TABLES_MAX];
    size_t counts[FINDER_ROLES];
};

struct mailbox_tables *mailbox_tables_new(void)
{
    struct mailbox_tables *tables = MEM_NEW(struct mailbox_tables);
    atomic_init(&tables->references, 1);
    return tables;
}

void mailbox_tables_add(struct mailbox_tables *tables, enum finder_role role,
                        struct lookup_table *table)
{
    ASSERT(tables->counts[role] < FINDER_TABLES_MAX);
    tables->tables[role][tables->counts[role]++] = table;
}

struct mailbox_tables *mailbox_tables_ref(struct mailbox_tables *tables)
{
    atomic_fetch_add_explicit(&tables->references, 1, memory_order_relaxed);
    return tables;
}

void mailbox_tables_unref(struct mailbox_tables *tables)
{
    if (tables == NULL ||
        atomic_fetch_sub_explicit(&tables->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t role = 0; role < FINDER_ROLES; role++)
        for (size_t i = 0; i < tables->counts[role]; i++)
            lookup_table_unref(tables->tables[role][i]);
    mem_free(tables);
}

struct mailbox_tables *mailbox_tables_twin(const struct mailbox_tables *tables)
{
    struct mailbox_tables *twin = mailbox_tables_new();
    for (size_t role = 0; role < FINDER_ROLES; role++)
        for (size_t i = 0; i < tables->counts[role]; i++)
            mailbox_tables_add(twin, (enum finder_role)role,
                               lookup_table_twin(tables->tables[role][i]));
    return twin;
}

size_t mailbox_tables_count(const struct mailbox_tables *tables, enum finder_role role)
{
    return tables->counts[role];
}

struct lookup_table *mailbox_tables_at(const struct mailbox_tables *tables, enum finder_role role,
                                       size_t i)
{
    ASSERT(i < tables->counts[role]);
    return tables->tables[role][i];
}

struct mailbox_tables *mailbox_tables_renew(const struct mailbox_tables *tables, struct err *err)
{
    struct mailbox_tables *next = mailbox_tables_new();
    bool is_new = false;
    err->code = ERR_NONE;
    for (size_t role = 0; role < FINDER_ROLES; role++)
        for (size_t i = 0; i < tables->counts[role]; i++) {
            struct lookup_table *table = tables->tables[role][i], *again = NULL;
            if (lookup_table_is_old(table))
                again = lookup_table_again(table, err);
            is_new = is_new || again != NULL;
            mailbox_tables_add(next, (enum finder_role)role,
                               again != NULL ? again : lookup_table_ref(table));
        }
    if (is_new)
        return next;
    mailbox_tables_unref(next);
    return NULL;
}

/* One row. */
static enum lookup_found find(struct lookup_table *table, const struct mailbox_need *need,
                              bool may_wait, struct buf *value, struct err *err)
{
    if (!need->is_pattern)
        return lookup_table_find(table, need->key, may_wait, value, err);
    return lookup_table_find_pattern(table, need->key, value) ? LOOKUP_FOUND : LOOKUP_MISSING;
}

static bool is_over(const struct mailbox_patience *patience)
{
    return patience != NULL && patience->is_over != NULL &&
           atomic_load_explicit(patience->is_over, memory_order_relaxed);
}

enum mailbox_tables_run mailbox_tables_run(const struct mailbox_tables *tables,
                                           struct mailbox_search *search,
                                           const struct mailbox_patience *patience, struct err *err)
{
    CLEANUP_BUF struct buf value = {0};
    const struct mailbox_need *need;
    while ((need = mailbox_search_need(search)) != NULL) {
        struct lookup_table *table = mailbox_tables_at(tables, need->role, need->table);
        enum lookup_found found = LOOKUP_TROUBLE;
        buf_clear(&value);
        if (is_over(patience))
            err_set(err, ERR_LIMIT, "%s: given up at %.*s, it took too long",
                    lookup_table_spec(table), SLICE_ARG(need->key));
        else
            found = find(table, need, patience != NULL, &value, err);
        const struct slice said = buf_slice(&value);
        if (found == LOOKUP_WAITS)
            return MAILBOX_TABLES_WAITS;
        if (found == LOOKUP_TROUBLE)
            mailbox_search_fail(search);
        else
            mailbox_search_answer(search, found == LOOKUP_FOUND ? &said : NULL);
    }
    return MAILBOX_TABLES_ENDED;
}
