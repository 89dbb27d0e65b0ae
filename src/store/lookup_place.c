/* SPDX-License-Identifier: Apache-2.0
 *
 * See lookup_place.h. Peer document: Postfix DATABASE_README, inline_table in
 * src/util/dict_inline.c.
 */
#include "store/lookup_place.h"

static const struct {
    const char *word;
    enum lookup_kind kind;
} kinds[] = {
    {"text", LOOKUP_TEXT},     {"texthash", LOOKUP_TEXT}, {"alias", LOOKUP_ALIASES},
    {"lmdb", LOOKUP_LMDB},     {"sqlite", LOOKUP_SQLITE}, {"passwd-file", LOOKUP_PASSWD},
    {"static", LOOKUP_STATIC}, {"inline", LOOKUP_INLINE},
};

#define FORMS \
    "text:PATH, alias:PATH, lmdb:PATH, sqlite:PATH?QUERY, passwd-file:PATH, static:VALUE or " \
    "inline:{...}"

/* Those of Postfix that are not read here, and what to do. */
static const struct {
    const char *words; /* with blanks around each */
    const char *advice;
} others[] = {
    {" regexp pcre cidr ",
     "patterns of Postfix are not read; write the keys, or patterns with *, in a text: table"},
    {" hash btree cdb dbm sdbm ",
     "name the file that it is made of: text:PATH, or alias:PATH for aliases(5)"},
    {" mysql pgsql ldap memcache nis nisplus netinfo socketmap tcp unix environ internal ",
     "export it to text:PATH or lmdb:PATH"},
    {" pipemap unionmap randmap thash fail ", "name the tables themselves, one by one"},
};

static const char *advice_for(struct slice word)
{
    char wanted[34];
    if (word.len == 0 || word.len > sizeof(wanted) - 2)
        return NULL;
    wanted[0] = wanted[word.len + 1] = ' ';
    slice_copy_lower(word, wanted + 1);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (slice_find(slice_from_str(others[i].words), slice_of(wanted, word.len + 2)) != NULL)
            return others[i].advice;
    return NULL;
}

static bool find_kind(struct slice word, enum lookup_kind *kind, struct err *err)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (slice_ieq(word, slice_from_str(kinds[i].word))) {
            *kind = kinds[i].kind;
            return true;
        }
    const char *advice = advice_for(word);
    if (advice != NULL)
        return err_set(err, ERR_USAGE, "tables of kind %.*s are not read: %s", SLICE_ARG(word),
                       advice);
    return err_set(err, ERR_USAGE, "%.*s: no kind of table; expected " FORMS,
                   SLICE_ARG(slice_first(word, 100)));
}

static struct slice without_braces(struct slice text)
{
    text = slice_trim(text);
    if (text.len >= 2 && text.ptr[0] == '{' && text.ptr[text.len - 1] == '}')
        return slice_trim(slice_of(text.ptr + 1, text.len - 2));
    return text;
}

static const char *copy(struct arena *arena, struct slice text)
{
    return arena_copy(arena, text.ptr, text.len);
}

static const char *lmdb_path(struct arena *arena, struct slice path)
{
    static const struct slice suffix = {".lmdb", 5};
    if (slice_ends_with(path, suffix))
        return copy(arena, path);
    char *whole = arena_alloc(arena, path.len + suffix.len + 1), *at = whole;
    slice_put(path, &at);
    slice_put(suffix, &at);
    return whole;
}

/* What is behind the first colon. */
static bool parse_rest(struct slice rest, struct arena *arena, struct lookup_place *out,
                       struct err *err)
{
    struct slice path = rest;
    if (out->kind == LOOKUP_STATIC || out->kind == LOOKUP_INLINE) {
        struct slice text = without_braces(rest);
        if (out->kind == LOOKUP_INLINE && text.len == slice_trim(rest).len)
            return err_set(err, ERR_USAGE, "expected inline:{ KEY=VALUE, { KEY = VALUE }, ... }");
        out->text = slice_of(copy(arena, text), text.len);
        return true;
    }
    if (out->kind == LOOKUP_SQLITE) {
        path = slice_cut(&rest, '?');
        if (slice_trim(rest).len == 0)
            return err_set(err, ERR_USAGE, "%.*s: expected sqlite:PATH?QUERY",
                           SLICE_ARG(slice_first(path, 200)));
        out->query = copy(arena, rest);
    }
    if (path.len == 0 || path.ptr[0] != '/')
        return err_set(err, ERR_USAGE, "%.*s: expected a path from the root, as in text:/etc/x",
                       SLICE_ARG(slice_first(path, 200)));
    out->path = out->kind == LOOKUP_LMDB ? lmdb_path(arena, path) : copy(arena, path);
    return true;
}

bool lookup_place_parse(struct slice spec, struct arena *arena, struct lookup_place *out,
                        struct err *err)
{
    struct slice rest = slice_trim(spec);
    struct lookup_place found = {0};
    if (rest.len > LOOKUP_SPEC_MAX || slice_find_char(rest, '\0') != NULL)
        return err_set(err, ERR_USAGE, "a table of more than %d bytes, or with a NUL",
                       LOOKUP_SPEC_MAX);
    (void)slice_take_prefix(&rest, SLICE("proxy:"));
    struct slice word = slice_cut(&rest, ':');
    if (rest.ptr == NULL)
        return err_set(err, ERR_USAGE, "%.*s: expected " FORMS, SLICE_ARG(slice_first(word, 100)));
    if (!find_kind(word, &found.kind, err) || !parse_rest(rest, arena, &found, err))
        return false;
    *out = found;
    return true;
}

/* ---- inline ---- */

static bool is_between(char c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A word, or what is between braces, which may be in braces. */
static bool take_item(struct slice *rest, struct slice *item)
{
    size_t i = 0, depth = 0;
    for (; i < rest->len && (depth > 0 || !is_between(rest->ptr[i])); i++) {
        depth += rest->ptr[i] == '{';
        if (rest->ptr[i] == '}' && depth-- == 0)
            return false;
    }
    *item = slice_first(*rest, i);
    *rest = slice_skip(*rest, i);
    return depth == 0;
}

static void skip_between(struct slice *rest)
{
    while (rest->len > 0 && is_between(rest->ptr[0]))
        *rest = slice_skip(*rest, 1);
}

bool lookup_place_next(struct slice *rest, struct slice *key, struct slice *value, const char **why)
{
    struct slice item;
    skip_between(rest);
    *why = NULL;
    if (rest->len == 0)
        return false;
    *why = "braces that do not match";
    if (!take_item(rest, &item))
        return false;
    *why = "expected KEY=VALUE or { KEY = VALUE }";
    item = without_braces(item);
    struct slice left = slice_cut(&item, '=');
    *key = slice_trim(left);
    *value = without_braces(item);
    if (key->len == 0 || key->len > 512 || value->len == 0)
        return false;
    *why = NULL;
    return true;
}
