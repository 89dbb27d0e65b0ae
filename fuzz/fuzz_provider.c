/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever the bytes: an operator's table is taken or refused with a line number; looking names up
 * agrees with a plain comparison of suffixes; the organisation's part of a name is its end.
 */
#include "base/memory.h"
#include "base/suffix_map.h"
#include "mail/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_table(struct slice text)
{
    struct err err = {0};
    struct provider_table *table = provider_table_new(text, &err);
    if (table == NULL) {
        ASSERT(strncmp(err.text, "line ", 5) == 0);
        return;
    }
    for (size_t i = 0; i < provider_count(table); i++) {
        const struct provider *row = provider_at(table, i);
        ASSERT(provider_named(table, row->name) == row && row->title.len > 0);
    }
    provider_of_host(table, text);
    provider_of_domain(table, text);
    provider_table_free(table);
}

static bool has_suffix(struct slice name, struct slice suffix)
{
    return slice_iends_with(name, suffix) &&
           (name.len == suffix.len || name.ptr[name.len - suffix.len - 1] == '.');
}

/* Every line's last word is a name, and each a suffix that others may end in. */
static void check_map(struct slice text)
{
    static const struct slice suffixes[] = {{"google.com", 10}, {"l.google.com", 12}, {"jp", 2}};
    struct suffix_map *map = suffix_map_new();
    for (uint32_t i = 0; i < 3; i++)
        suffix_map_put(map, suffixes[i], SUFFIX_BELOW, i);
    while (text.ptr != NULL) {
        struct slice name = slice_cut(&text, '\n');
        uint32_t found = suffix_map_find(map, name);
        ASSERT(found == SUFFIX_MAP_NONE || found < 3);
        slice_take_prefix(&name, SLICE("."));
        if (name.len > 0 && name.ptr[name.len - 1] == '.')
            name.len--;
        if (has_suffix(name, suffixes[1]))
            ASSERT(found == 1);
        else if (has_suffix(name, suffixes[0]))
            ASSERT(found == 0);
        else if (has_suffix(name, suffixes[2]))
            ASSERT(found == 2);
    }
    suffix_map_free(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    check_table(text);
    check_map(text);
    struct slice part = provider_suffix(text);
    ASSERT(part.len <= text.len);
    ASSERT(part.len == 0 || (part.ptr >= text.ptr && slice_end(part) <= slice_end(text)));
    return 0;
}
