/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks only where a dot is: the name around it is what may be a list. The table is ours, so a bad
 * row is a bug, not an error.
 */
#include "watch/list_table.h"

#include "base/data.h"
#include "base/memory.h"
#include "base/suffix_map.h"

#define LISTS_MAX 256

#define ENDING 6         /* bytes at the end of a name; no list is shorter */
#define ENDING_BITS 4096 /* power of two, many more than lists */

struct list_table {
    struct suffix_map *hosts;
    uint64_t endings[ENDING_BITS / 64]; /* bit: hash of the ENDING last bytes of a list */
    struct named_list lists[LISTS_MAX]; /* slices point into data_lists() */
    uint32_t count;
};

/* Bit number of how a name ends, any case; it has at least ENDING bytes. */
static size_t ending_of(struct slice host)
{
    uint64_t bytes = 0;
    memcpy(&bytes, slice_end(host) - ENDING, ENDING);
    bytes |= UINT64_C(0x2020202020202020);
    return (size_t)(bytes * UINT64_C(0x9e3779b97f4a7c15) >> 32) % ENDING_BITS;
}

/* Nearly all hosts in replies are none: this tells most of them without a search for each label. */
static bool may_be_listed(const struct list_table *table, struct slice host)
{
    if (host.len < ENDING || ascii_is_digit(host.ptr[host.len - 1]))
        return false;
    size_t bit = ending_of(host);
    return table->endings[bit / 64] >> (bit % 64) & 1;
}

static void add_list(struct list_table *table, struct slice line)
{
    struct slice suffix = slice_cut(&line, '\t');
    struct slice name = slice_cut(&line, '\t');
    struct slice kind = slice_cut(&line, '\t');
    bool domains = slice_eq(kind, SLICE("domain"));
    ASSERT(table->count < LISTS_MAX && suffix.len > 0 && name.len > 0 && line.len > 0);
    ASSERT(domains || slice_eq(kind, SLICE("ip")));
    struct slice url = slice_eq(line, SLICE("-")) ? (struct slice){NULL, 0} : line;
    ASSERT(suffix.len >= ENDING && suffix.ptr[suffix.len - 1] != '.');
    table->endings[ending_of(suffix) / 64] |= UINT64_C(1) << ending_of(suffix) % 64;
    table->lists[table->count] = (struct named_list){name, url, domains};
    suffix_map_put(table->hosts, suffix, SUFFIX_BELOW, table->count++);
}

struct list_table *list_table_new(void)
{
    struct list_table *table = MEM_NEW(struct list_table);
    table->hosts = suffix_map_new();
    struct slice rest = data_lists();
    while (rest.ptr != NULL) {
        struct slice line = slice_cut(&rest, '\n');
        if (line.len > 0 && line.ptr[0] != '#')
            add_list(table, line);
    }
    return table;
}

void list_table_free(struct list_table *table)
{
    if (table == NULL)
        return;
    suffix_map_free(table->hosts);
    mem_free(table);
}

/* Letters, digits, '-', '_' and '.': a bit each, looked up without a branch. */
static bool is_host_byte(char c)
{
    static const uint64_t bits[4] = {
        UINT64_C(0x3ff) << '0' | UINT64_C(1) << '-' | UINT64_C(1) << '.',
        UINT64_C(0x3ffffff) << ('A' - 64) | UINT64_C(0x3ffffff) << ('a' - 64) |
            UINT64_C(1) << ('_' - 64)};
    unsigned char byte = (unsigned char)c;
    return bits[byte / 64] >> (byte % 64) & 1;
}

/* The run of host bytes around text.ptr[at], no further left than `from`. */
static struct slice host_around(struct slice text, size_t from, size_t at)
{
    size_t begin = at, end = at;
    while (begin > from && is_host_byte(text.ptr[begin - 1]))
        begin--;
    while (end < text.len && is_host_byte(text.ptr[end]))
        end++;
    while (end > at && text.ptr[end - 1] == '.')
        end--;
    return slice_between(text.ptr + begin, text.ptr + end);
}

size_t list_table_scan(const struct list_table *table, struct slice text,
                       const struct named_list *found[LISTS_IN_TEXT_MAX])
{
    size_t count = 0, from = 0;
    while (count < LISTS_IN_TEXT_MAX) {
        const char *dot = slice_find_char(slice_skip(text, from), '.');
        if (dot == NULL)
            break;
        size_t at = (size_t)(dot - text.ptr);
        struct slice host = host_around(text, from, at);
        uint32_t index = SUFFIX_MAP_NONE;
        if (may_be_listed(table, host))
            index = suffix_map_find(table->hosts, host);
        if (index != SUFFIX_MAP_NONE)
            found[count++] = &table->lists[index];
        size_t end = (size_t)(slice_end(host) - text.ptr);
        from = end > at ? end : at + 1;
    }
    return count;
}

struct slice list_zone_of(struct slice text)
{
    const char *words = slice_ifind(text, SLICE("blocked using "));
    if (words == NULL)
        return (struct slice){NULL, 0};
    struct slice rest = slice_between(words + 14, slice_end(text));
    struct slice host = rest.len ? host_around(rest, 0, 0) : rest;
    return slice_find_char(host, '.') ? host : (struct slice){NULL, 0};
}
