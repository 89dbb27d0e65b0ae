/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups of unknown replies. Unknown replies are rare, so the table is searched in line.
 */
#include "watch/template_table.h"

#include "base/buf.h"
#include "base/memory.h"
#include "mail/reply.h"

#define TEMPLATES_MAX 512
#define TEMPLATE_BYTES 300

struct row {
    uint64_t hash, count;
    struct buf text, sample;
};

struct template_table {
    struct row rows[TEMPLATES_MAX];
    size_t count;
    struct buf masked; /* scratch */
};

struct template_table *template_table_new(void)
{
    return MEM_NEW(struct template_table);
}

void template_table_free(struct template_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++) {
        buf_done(&table->rows[i].text);
        buf_done(&table->rows[i].sample);
    }
    buf_done(&table->masked);
    mem_free(table);
}

static struct row *rarest(struct template_table *table)
{
    struct row *least = &table->rows[0];
    for (size_t i = 1; i < table->count; i++)
        if (table->rows[i].count < least->count)
            least = &table->rows[i];
    return least;
}

static struct row *row_for(struct template_table *table, uint64_t hash)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].hash == hash)
            return &table->rows[i];
    return NULL;
}

void template_table_add(struct template_table *table, struct slice words)
{
    buf_clear(&table->masked);
    reply_mask(slice_first(words, TEMPLATE_BYTES), &table->masked);
    uint64_t hash = slice_hash(buf_slice(&table->masked));
    struct row *row = row_for(table, hash);
    if (row == NULL) {
        row = table->count < TEMPLATES_MAX ? &table->rows[table->count++] : rarest(table);
        row->hash = hash;
        buf_clear(&row->text);
        buf_add(&row->text, buf_slice(&table->masked));
        buf_clear(&row->sample);
        buf_add(&row->sample, slice_first(words, TEMPLATE_BYTES));
    }
    row->count++;
}

size_t template_table_count(const struct template_table *table)
{
    return table->count;
}

struct template_row template_table_get(const struct template_table *table, size_t index)
{
    const struct row *row = &table->rows[index];
    return (struct template_row){buf_slice(&row->text), buf_slice(&row->sample), row->count};
}
