/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk of the tree along the schema. It goes on after a fault, so that one look at the file
 * mends all of them; what faults depend on each other (settings_rules.c) comes after a walk without
 * any.
 */
#include "app/settings_load.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/settings_accounts.h"
#include "app/settings_rules.h"
#include "app/settings_value.h"
#include "base/spelling.h"
#include "io/conf_tree.h"
#include "io/file_text.h"
#include "io/secret_memory.h"

enum { SHOWN_PATH_MAX = 80 }; /* in a sentence that holds a fault, too */

struct walk {
    struct setting_place place;
    struct settings_faults *faults;
    struct buf key;          /* of the value being read: "detect.block" */
    bool in_list;            /* that value is an entry of a list */
    const char *const *only; /* keys of the top that are read, NULL ends; NULL: all */
};

static void fault(struct walk *walk, uint32_t line, const char *text, const char *accepted)
{
    settings_faults_add(walk->faults, line, buf_str(&walk->key), text, accepted);
}

/* Goes into a member of a map or (key NULL) an entry of a list. Returns what leave() needs. */
static size_t enter(struct walk *walk, const char *key, size_t index)
{
    size_t before = walk->key.len;
    if (key == NULL)
        buf_addf(&walk->key, "[%zu]", index);
    else
        buf_addf(&walk->key, "%s%s", before > 0 ? "." : "", key);
    return before;
}

static void leave(struct walk *walk, size_t before)
{
    walk->key.len = before;
    if (walk->key.ptr != NULL)
        walk->key.ptr[before] = '\0';
}

/* A value that is not of the form that its row wants. */
static void fault_form(struct walk *walk, const struct setting *row, const struct conf_node *node)
{
    CLEANUP_BUF struct buf text = {0}, accepted = {0};
    buf_addf(&text, "%s %s", node->kind == CONF_NOTHING ? "has" : "is", conf_kind_word(node->kind));
    setting_accepted(row, walk->in_list, &accepted);
    fault(walk, node->line, buf_str(&text), buf_str(&accepted));
}

static void take_value(struct walk *walk, const struct setting *row, const struct conf_node *node,
                       void *out)
{
    struct err err;
    if (node->kind != CONF_TEXT) {
        fault_form(walk, row, node);
        return;
    }
    if (setting_parse(row, node->text, &walk->place, out, &err))
        return;
    CLEANUP_BUF struct buf accepted = {0};
    setting_accepted(row, walk->in_list, &accepted);
    fault(walk, node->line, err.text, buf_str(&accepted));
}

static void take_section(struct walk *walk, const struct setting_section *section,
                         const struct conf_node *node, void *out);

/* An entry of a list, or the one value of a row that has none. */
static void take_entry(struct walk *walk, const struct setting *row, const struct conf_node *node,
                       void *out)
{
    if (row->type != SETTING_SECTION)
        take_value(walk, row, node, out);
    else if (node->kind == CONF_MAP || (node->kind == CONF_NOTHING && !row->list))
        take_section(walk, row->section, node, out);
    else
        fault_form(walk, row, node);
}

static bool within_limit(struct walk *walk, const struct setting *row, const struct conf_node *node,
                         size_t count)
{
    size_t limit = row->limit != 0 ? row->limit : SETTING_ENTRIES_MAX;
    CLEANUP_BUF struct buf text = {0}, accepted = {0};
    if (count <= limit)
        return true;
    buf_addf(&text, "has %zu entries", count);
    buf_addf(&accepted, "at most %zu", limit);
    fault(walk, node->line, buf_str(&text), buf_str(&accepted));
    return false;
}

/* Where a list is wanted a single text will do: it is a list of one. */
static void take_list(struct walk *walk, const struct setting *row, const struct conf_node *node,
                      char *base)
{
    size_t count = 0, index = 0, size = setting_size(row);
    const struct conf_node *entry = node->kind == CONF_LIST ? node->first : NULL;
    for (; entry != NULL; entry = entry->next)
        count++;
    if (!within_limit(walk, row, node, count))
        return;
    char *values = arena_alloc(walk->place.arena, (count + 1) * size);
    for (entry = count > 0 ? node->first : NULL; entry != NULL; entry = entry->next, index++) {
        size_t before = enter(walk, NULL, index);
        walk->in_list = true;
        take_entry(walk, row, entry, values + index * size);
        walk->in_list = false;
        leave(walk, before);
    }
    if (node->kind == CONF_TEXT) {
        take_entry(walk, row, node, values);
        count = 1;
    }
    *(const void **)(base + row->at) = count > 0 ? values : NULL;
    *(size_t *)(base + row->count_at) = count;
}

static void take_row(struct walk *walk, const struct setting *row, const struct conf_node *node,
                     char *base)
{
    bool single = node->kind == CONF_TEXT && row->type != SETTING_SECTION;
    if (node->kind == CONF_NOTHING && (row->list || row->type == SETTING_SECTION))
        return; /* a heading whose lines are all commented out */
    if (!row->list)
        take_entry(walk, row, node, base + row->at);
    else if (node->kind == CONF_LIST || single)
        take_list(walk, row, node, base);
    else
        fault_form(walk, row, node);
}

/* ---- defaults ---- */

/* Parses a text of the schema; one that is wrong is our own bug, and the unit test finds it. */
static void put_default(struct walk *walk, const struct setting *row, struct slice text, void *out)
{
    struct err err;
    bool plain = walk->place.plain_secret;
    ASSERT(setting_parse(row, text, &walk->place, out, &err));
    walk->place.plain_secret = plain;
}

static void put_default_list(struct walk *walk, const struct setting *row, char *base)
{
    size_t count = 0, size = setting_size(row);
    for (struct slice rest = slice_from_str(row->fallback); rest.ptr != NULL; count++)
        slice_cut(&rest, ' ');
    char *values = arena_alloc(walk->place.arena, count * size);
    struct slice rest = slice_from_str(row->fallback);
    for (size_t i = 0; i < count; i++)
        put_default(walk, row, slice_cut(&rest, ' '), values + i * size);
    *(const void **)(base + row->at) = values;
    *(size_t *)(base + row->count_at) = count;
}

static void put_defaults(struct walk *walk, const struct setting_section *section, char *base)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *row = &section->rows[i];
        if (row->type == SETTING_SECTION && !row->list)
            put_defaults(walk, row->section, base + row->at);
        else if (row->fallback != NULL && row->list)
            put_default_list(walk, row, base);
        else if (row->fallback != NULL)
            put_default(walk, row, slice_from_str(row->fallback), base + row->at);
    }
}

/* ---- sections ---- */

static void fault_unknown(struct walk *walk, const struct setting_section *section,
                          const struct conf_node *member)
{
    CLEANUP_BUF struct buf text = {0}, accepted = {0};
    struct spelling search = {.word = member->key};
    for (size_t i = 0; i < section->count; i++)
        spelling_offer(&search, slice_from_str(section->rows[i].key));
    buf_add_str(&text, "unknown key");
    spelling_suggest(&search, &text);
    setting_keys(section, &accepted);
    fault(walk, member->key_line, buf_str(&text), buf_str(&accepted));
}

/* The row of the one key that makes the entry's kind. NULL: none, which was told. */
static const struct setting *find_kind(struct walk *walk, const struct setting_section *section,
                                       const struct conf_node *node)
{
    CLEANUP_BUF struct buf kinds = {0};
    const struct setting *kind = NULL;
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *row = &section->rows[i];
        if (row->kind == 0)
            continue;
        buf_addf(&kinds, "%s%s", kinds.len > 0 ? ", " : "one of ", row->key);
        if (kind == NULL && conf_tree_find(node, slice_from_str(row->key)) != NULL)
            kind = row;
    }
    if (kind == NULL)
        fault(walk, node->line, "does not say of which kind it is", buf_str(&kinds));
    return kind;
}

/* False: this key does not go with the entry's kind, which was told. */
static bool goes_with(struct walk *walk, const struct setting *row, const struct setting *kind,
                      const struct setting_section *section, const struct conf_node *member)
{
    CLEANUP_BUF struct buf text = {0}, accepted = {0};
    if (kind == NULL || row == kind)
        return true;
    if (row->kind == 0 && (row->with == 0 || (row->with & 1u << (kind->kind - 1)) != 0))
        return true;
    if (row->kind != 0) {
        buf_addf(&text, "a second kind beside %s", kind->key);
        buf_addf(&accepted, "one kind an entry: make %s an entry of its own", row->key);
    } else {
        buf_addf(&text, "does not go with %s", kind->key);
        for (size_t i = 0; i < section->count; i++) {
            unsigned number = section->rows[i].kind;
            if (number != 0 && (row->with & 1u << (number - 1)) != 0)
                buf_addf(&accepted, "%s%s", accepted.len > 0 ? " or " : "beside ",
                         section->rows[i].key);
        }
    }
    fault(walk, member->key_line, buf_str(&text), buf_str(&accepted));
    return false;
}

static void require_rows(struct walk *walk, const struct setting_section *section,
                         const struct conf_node *node)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *row = &section->rows[i];
        if (!row->required || conf_tree_find(node, slice_from_str(row->key)) != NULL)
            continue;
        CLEANUP_BUF struct buf accepted = {0};
        size_t before = enter(walk, row->key, 0);
        setting_accepted(row, false, &accepted);
        fault(walk, node->line, "is missing", buf_str(&accepted));
        leave(walk, before);
    }
}

static const struct setting *find_row(const struct setting_section *section, struct slice key)
{
    for (size_t i = 0; i < section->count; i++)
        if (slice_eq(key, slice_from_str(section->rows[i].key)))
            return &section->rows[i];
    return NULL;
}

static void take_member(struct walk *walk, const struct setting_section *section,
                        const struct setting *kind, const struct conf_node *member, char *base)
{
    CLEANUP_BUF struct buf key = {0};
    const struct setting *row = find_row(section, member->key);
    buf_add(&key, slice_first(member->key, 60));
    size_t before = enter(walk, buf_str(&key), 0);
    if (row == NULL)
        fault_unknown(walk, section, member);
    else if (goes_with(walk, row, kind, section, member))
        take_row(walk, row, member, base);
    leave(walk, before);
}

/* A key of the top that nobody asks for here, whatever it holds. One that may be a slip for one
 * that is asked for is not left out: it is a fault. */
static bool is_left_out(const struct walk *walk, struct slice key)
{
    struct spelling search = {.word = key};
    if (walk->only == NULL || walk->key.len > 0)
        return false;
    for (const char *const *only = walk->only; *only != NULL; only++)
        spelling_offer(&search, slice_from_str(*only));
    return search.near.len == 0 ||
           (!slice_eq(search.near, key) && find_row(&settings_schema, key) != NULL);
}

static void take_section(struct walk *walk, const struct setting_section *section,
                         const struct conf_node *node, void *out)
{
    const struct setting *kind = NULL;
    walk->in_list = false;
    put_defaults(walk, section, out);
    if (section->kinds)
        kind = find_kind(walk, section, node);
    if (kind != NULL)
        *(unsigned *)((char *)out + section->kind_at) = kind->kind - 1;
    for (const struct conf_node *member = node->first; member != NULL; member = member->next)
        if (!is_left_out(walk, member->key))
            take_member(walk, section, kind, member, out);
    require_rows(walk, section, node);
}

/* ---- the whole ---- */

static bool walk_tree(struct walk *walk, const struct conf_node *root, struct settings *settings)
{
    if (root->kind == CONF_TEXT || root->kind == CONF_LIST) {
        CLEANUP_BUF struct buf accepted = {0};
        buf_add_str(&accepted, "a map of the keys ");
        setting_keys(&settings_schema, &accepted);
        CLEANUP_BUF struct buf text = {0};
        buf_addf(&text, "the file is %s", conf_kind_word(root->kind));
        fault(walk, root->line, buf_str(&text), buf_str(&accepted));
        return false;
    }
    take_section(walk, &settings_schema, root, settings);
    if (settings->auth.listen_count > 0)
        settings_accounts_embed(settings);
    if (walk->faults->count == 0 && walk->only == NULL)
        settings_rules_apply(settings, root, walk->faults);
    return walk->faults->count == 0;
}

static struct settings *parse(struct slice bytes, const struct setting_place *place,
                              const char *const *only, struct settings_faults *faults)
{
    struct arena *arena = arena_new_from(16384, &secret_arena); /* it holds the secrets, too */
    struct settings *settings = arena_alloc(arena, sizeof(*settings));
    struct walk walk = {.place = *place, .faults = faults, .only = only};
    struct conf_fault wrong;
    walk.place.arena = settings->arena = arena;
    const struct conf_node *root = conf_tree_parse(bytes, arena, &wrong);
    if (root == NULL)
        settings_faults_add(faults, wrong.line, "", wrong.err.text, NULL);
    bool good = root != NULL && walk_tree(&walk, root, settings);
    settings->plain_secret = walk.place.plain_secret;
    buf_done(&walk.key);
    settings_faults_sort(faults);
    if (good)
        return settings;
    settings_free(settings);
    return NULL;
}

struct settings *settings_parse(struct slice bytes, const char *folder,
                                struct settings_faults *faults)
{
    return parse(bytes, &(struct setting_place){.folder = folder}, NULL, faults);
}

struct settings *settings_parse_only(struct slice bytes, const char *folder,
                                     const char *const *keys, struct settings_faults *faults)
{
    return parse(bytes, &(struct setting_place){.folder = folder}, keys, faults);
}

/* Only what ends: a FIFO or a terminal would hold up the start. */
static bool read_secret_file(const char *path, struct buf *to, struct err *err)
{
    struct stat facts;
    if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
        return err_set(err, ERR_INPUT, "%s is no file", path);
    return file_text_read(path, to, err);
}

bool settings_read_secret(struct settings *settings, const char **value, struct err *err)
{
    CLEANUP_SECRET_BUF struct buf content = {0};
    struct slice path = *value != NULL ? slice_from_str(*value) : SLICE("");
    if (!slice_take_prefix(&path, SLICE("file:")))
        return true;
    if (!read_secret_file(path.ptr, &content, err))
        return false;
    struct slice text = slice_trim(buf_slice(&content));
    *value = arena_copy(settings->arena, text.ptr, text.len);
    return text.len > 0 || err_set(err, ERR_INPUT, "%s holds nothing", path.ptr);
}

bool settings_read(const char *path, struct buf *to, struct err *err)
{
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return err_set(err, ERR_IO,
                       "%.200s: there is no such file; todoku config example > %.200s begins one",
                       path, path);
    return file_text_read(path, to, err);
}

void settings_folder(const char *path, struct buf *to)
{
    CLEANUP_BUF struct buf folder = {0};
    char real[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash != NULL)
        buf_add(&folder, slice_between(path, slash + 1));
    if (path[0] == '/' || realpath(slash != NULL ? buf_str(&folder) : ".", real) == NULL) {
        buf_add(to, buf_slice(&folder));
        return;
    }
    buf_add_str(to, real);
    if (strcmp(real, "/") != 0)
        buf_add_char(to, '/');
}

struct settings *settings_load_faults(const char *path, struct settings_faults *faults,
                                      struct err *err)
{
    CLEANUP_SECRET_BUF struct buf bytes = {0};
    CLEANUP_BUF struct buf folder = {0};
    if (!settings_read(path, &bytes, err))
        return NULL;
    settings_folder(path, &folder);
    const struct setting_place place = {.folder = buf_str(&folder),
                                        .read_secret = read_secret_file};
    struct settings *settings = parse(buf_slice(&bytes), &place, NULL, faults);
    if (settings == NULL)
        err_set(err, ERR_INPUT, "%s", faults->faults[0].text);
    return settings;
}

struct settings *settings_load(const char *path, struct err *err)
{
    struct settings_faults faults;
    settings_faults_init(&faults, path);
    struct settings *settings = settings_load_faults(path, &faults, err);
    if (settings == NULL && faults.count > 1)
        err_set(err, ERR_INPUT, "%.370s (and %zu more: todoku config check -c %s)",
                faults.faults[0].text, faults.count - 1 + faults.more,
                strlen(path) <= SHOWN_PATH_MAX ? path : "FILE");
    settings_faults_done(&faults);
    return settings;
}

struct settings *settings_default(void)
{
    struct settings_faults faults;
    settings_faults_init(&faults, "");
    struct settings *settings = settings_parse(SLICE(""), "", &faults);
    ASSERT(settings != NULL);
    return settings;
}

void settings_free(struct settings *settings)
{
    if (settings != NULL)
        arena_free(settings->arena);
}
