/* SPDX-License-Identifier: Apache-2.0
 *
 * The provider table. Made once at start (or reload), then only read; one arena holds all text, so
 * slices in `struct provider` live as long as the table.
 */
#include "mail/provider.h"

#include "base/data.h"
#include "base/memory.h"
#include "base/suffix_map.h"

#define ROWS_MAX 65536
#define COLUMNS 6
#define COLUMNS_MIN 3

struct provider_table {
    struct arena *arena;
    struct provider **rows; /* pointers, so that rows never move */
    size_t count, capacity;
    struct suffix_map *hosts, *domains; /* value: index into rows */
    struct suffix_map *names;
};

static bool is_name_byte(char c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool is_name(struct slice s)
{
    if (s.len == 0 || s.len > 64 || !is_name_byte(s.ptr[0]) || !is_name_byte(s.ptr[s.len - 1]))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_name_byte(s.ptr[i]) && s.ptr[i] != '-' && s.ptr[i] != '.' && s.ptr[i] != '/')
            return false;
    return true;
}

static bool is_link(struct slice s)
{
    return slice_starts_with(s, SLICE("https://")) || slice_starts_with(s, SLICE("http://")) ||
           slice_starts_with(s, SLICE("mailto:"));
}

/* A host or domain name: letters, digits, hyphen, underscore; names in other scripts as xn--. */
static bool is_domain(struct slice s)
{
    slice_take_prefix(&s, SLICE("."));
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!ascii_is_digit(c) && !ascii_is_alpha(c) && c != '.' && c != '-' && c != '_')
            return false;
    }
    return s.len > 0 && s.len <= 253;
}

static struct slice unless_dash(struct slice column)
{
    column = slice_trim(column);
    return slice_eq(column, SLICE("-")) ? (struct slice){NULL, 0} : column;
}

/* Columns of a row, `-` as empty; false: too few or too many. */
static bool split_row(struct slice line, struct slice columns[COLUMNS])
{
    size_t n = 0;
    while (line.ptr != NULL) {
        if (n == COLUMNS)
            return false;
        columns[n++] = unless_dash(slice_cut(&line, '\t'));
    }
    return n >= COLUMNS_MIN;
}

static struct provider *row_of(struct provider_table *table, struct slice name)
{
    uint32_t index = suffix_map_find(table->names, name);
    if (index != SUFFIX_MAP_NONE)
        return table->rows[index];
    if (table->count == table->capacity) {
        table->capacity = table->capacity ? table->capacity * 2 : 128;
        table->rows = mem_resize(table->rows, table->capacity, sizeof(struct provider *));
    }
    struct provider *row = arena_alloc(table->arena, sizeof(*row));
    row->name = slice_of(arena_copy(table->arena, name.ptr, name.len), name.len);
    row->title = row->name;
    suffix_map_put(table->names, name, SUFFIX_EXACT, (uint32_t)table->count);
    table->rows[table->count++] = row;
    return row;
}

static void set_text(struct provider_table *table, struct slice value, struct slice *to)
{
    if (value.len > 0)
        *to = slice_of(arena_copy(table->arena, value.ptr, value.len), value.len);
}

static bool put_names(struct suffix_map *map, struct slice list, enum suffix_reach reach,
                      uint32_t index, struct err *err)
{
    while (list.ptr != NULL) {
        struct slice word = slice_cut(&list, ' ');
        enum suffix_reach how = slice_take_prefix(&word, SLICE("*")) ? SUFFIX_BELOW : reach;
        if (word.len == 0 && how == reach)
            continue;
        if (!is_domain(word))
            return err_set(err, ERR_INPUT, "expected host names, found '%.*s'", SLICE_ARG(word));
        suffix_map_put(map, word, how, index);
    }
    return true;
}

/* The names of a column that passed put_names, as they are in the map. */
static void keep_names(struct provider_table *table, struct slice list,
                       const struct provider_host **to)
{
    while (list.ptr != NULL) {
        struct slice word = slice_cut(&list, ' ');
        slice_take_prefix(&word, SLICE("*"));
        slice_take_prefix(&word, SLICE("."));
        if (word.len == 0)
            continue;
        struct provider_host *host = arena_alloc(table->arena, sizeof(*host));
        host->suffix = slice_of(arena_copy(table->arena, word.ptr, word.len), word.len);
        host->next = *to;
        *to = host;
    }
}

static bool check_row(const struct slice columns[COLUMNS], struct err *err)
{
    if (!is_name(columns[0]))
        return err_set(err, ERR_INPUT, "expected a name of a-z 0-9 - . /, found '%.*s'",
                       SLICE_ARG(columns[0]));
    for (size_t i = 4; i < COLUMNS; i++)
        if (columns[i].len > 0 && !is_link(columns[i]))
            return err_set(err, ERR_INPUT, "expected a http, https or mailto link, found '%.*s'",
                           SLICE_ARG(columns[i]));
    return true;
}

static bool add_row(struct provider_table *table, struct slice line, struct err *err)
{
    struct slice columns[COLUMNS] = {{NULL, 0}};
    if (!split_row(line, columns))
        return err_set(err, ERR_INPUT,
                       "expected name, mx suffixes, domains, title, postmaster page and delisting "
                       "page, divided by tabs");
    if (!check_row(columns, err))
        return false;
    struct provider *row = row_of(table, columns[0]);
    uint32_t index = suffix_map_find(table->names, columns[0]);
    set_text(table, columns[3], &row->title);
    set_text(table, columns[4], &row->postmaster);
    set_text(table, columns[5], &row->delist);
    if (!put_names(table->hosts, columns[1], SUFFIX_BELOW, index, err) ||
        !put_names(table->domains, columns[2], SUFFIX_EXACT, index, err))
        return false;
    keep_names(table, columns[1], &row->hosts);
    keep_names(table, columns[2], &row->domains);
    return true;
}

static bool add_rows(struct provider_table *table, struct slice text, struct err *err)
{
    for (unsigned line_number = 1; text.ptr != NULL; line_number++) {
        struct slice line = slice_cut(&text, '\n');
        if (slice_trim(line).len == 0 || line.ptr[0] == '#')
            continue;
        if (table->count >= ROWS_MAX)
            return err_set(err, ERR_LIMIT, "line %u: more than %d providers", line_number,
                           ROWS_MAX);
        if (!add_row(table, line, err))
            return err_at(err, "line %u", line_number);
    }
    return true;
}

struct provider_table *provider_table_new(struct slice extra, struct err *err)
{
    struct provider_table *table = MEM_NEW(struct provider_table);
    table->arena = arena_new(16384);
    table->hosts = suffix_map_new();
    table->domains = suffix_map_new();
    table->names = suffix_map_new();
    bool built_in_ok = add_rows(table, data_providers(), err);
    ASSERT(built_in_ok);
    if (add_rows(table, extra, err))
        return table;
    provider_table_free(table);
    return NULL;
}

void provider_table_free(struct provider_table *table)
{
    if (table == NULL)
        return;
    suffix_map_free(table->hosts);
    suffix_map_free(table->domains);
    suffix_map_free(table->names);
    arena_free(table->arena);
    mem_free(table->rows);
    mem_free(table);
}

static const struct provider *find_in(const struct provider_table *table,
                                      const struct suffix_map *map, struct slice name)
{
    uint32_t index = suffix_map_find(map, name);
    return index == SUFFIX_MAP_NONE ? NULL : table->rows[index];
}

const struct provider *provider_of_host(const struct provider_table *table, struct slice host)
{
    return find_in(table, table->hosts, host);
}

const struct provider *provider_of_domain(const struct provider_table *table, struct slice domain)
{
    return find_in(table, table->domains, domain);
}

const struct provider *provider_named(const struct provider_table *table, struct slice name)
{
    return find_in(table, table->names, name);
}

size_t provider_count(const struct provider_table *table)
{
    return table->count;
}

const struct provider *provider_at(const struct provider_table *table, size_t index)
{
    ASSERT(index < table->count);
    return table->rows[index];
}

/* Second-level labels under which two-letter registries hand out names. */
static bool is_registry_label(struct slice label)
{
    static const char *const labels[] = {
        "co",  "com", "net",  "org", "ne",  "or",  "ac",  "ad", "go",  "gr", "ed",   "lg",  "edu",
        "gov", "gob", "gouv", "mil", "nom", "ltd", "plc", "id", "nic", "in", "info", "biz", "web",
    };
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (slice_ieq(label, slice_from_str(labels[i])))
            return true;
    return false;
}

static bool is_ip_address(struct slice host)
{
    if (slice_find_char(host, ':') != NULL)
        return true;
    for (size_t i = 0; i < host.len; i++)
        if (host.ptr[i] != '.' && !ascii_is_digit(host.ptr[i]))
            return false;
    return true;
}

struct slice provider_suffix(struct slice host)
{
    if (slice_ends_with(host, SLICE(".")))
        host.len--;
    if (is_ip_address(host))
        return host;
    const char *top = slice_find_last_char(host, '.');
    if (top == NULL)
        return host;
    struct slice before = slice_between(host.ptr, top);
    const char *second = slice_find_last_char(before, '.');
    if (second == NULL)
        return host;
    if (slice_end(host) - top == 3 && is_registry_label(slice_between(second + 1, top))) {
        const char *third = slice_find_last_char(slice_between(host.ptr, second), '.');
        return third ? slice_between(third + 1, slice_end(host)) : host;
    }
    return slice_between(second + 1, slice_end(host));
}

struct slice provider_name_of_host(const struct provider_table *table, struct slice host,
                                   char lower[PROVIDER_SUFFIX_MAX])
{
    const struct provider *row = provider_of_host(table, host);
    if (row != NULL)
        return row->name;
    struct slice suffix = provider_suffix(host);
    if (suffix.len == 0 || suffix.len > PROVIDER_SUFFIX_MAX)
        return (struct slice){NULL, 0};
    slice_copy_lower(suffix, lower);
    return slice_of(lower, suffix.len);
}
