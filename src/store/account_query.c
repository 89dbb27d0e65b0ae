/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_query.h.
 */
#include "store/account_query.h"

#include <strings.h>

/* ---- places ---- */

static bool is_word(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Up to behind `end`, or all of it. */
static size_t until(struct slice text, size_t begin, struct slice end)
{
    struct slice rest = slice_skip(text, begin);
    const char *found = slice_find(rest, end);
    return found != NULL ? begin + (size_t)(found - rest.ptr) + end.len : text.len;
}

/* $$...$$, $tag$...$tag$: the length; 0: it is none. */
static size_t dollars(struct slice text)
{
    size_t end = 1;
    while (end < text.len && is_word(text.ptr[end]))
        end++;
    if (end == text.len || text.ptr[end] != '$' || ascii_is_digit(text.ptr[1]))
        return 0;
    return until(text, end + 1, slice_first(text, end + 1));
}

/* The length of a string or a comment at the front; 0: there is none. */
static size_t quoted(struct slice text)
{
    char c = text.ptr[0];
    if (c == '\'' || c == '"' || c == '`')
        return until(text, 1, slice_of(&text.ptr[0], 1));
    if (slice_starts_with(text, SLICE("--")))
        return until(text, 2, SLICE("\n"));
    if (slice_starts_with(text, SLICE("/*")))
        return until(text, 2, SLICE("*/"));
    return c == '$' ? dollars(text) : 0;
}

/* The length of a word after a colon that is a parameter; 0: it is none. */
static size_t param(struct slice text, enum account_param *out)
{
    static const struct {
        struct slice word;
        enum account_param param;
    } params[] = {{{":login", 6}, ACCOUNT_PARAM_LOGIN},
                  {{":user", 5}, ACCOUNT_PARAM_USER},
                  {{":domain", 7}, ACCOUNT_PARAM_DOMAIN}};
    for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
        size_t len = params[i].word.len;
        if (slice_starts_with(text, params[i].word) &&
            (text.len == len || !is_word(text.ptr[len]))) {
            *out = params[i].param;
            return len;
        }
    }
    return 0;
}

/* One mark for each name. */
static size_t number_of(const struct account_query *query, enum account_param wanted)
{
    size_t at = 0;
    while (at < query->count && query->params[at] != wanted)
        at++;
    return at;
}

static bool put_mark(struct account_query *query, enum account_marks marks,
                     enum account_param wanted)
{
    bool is_numbered = marks == ACCOUNT_MARKS_NUMBERED;
    size_t at = is_numbered ? number_of(query, wanted) : query->count;
    if (at == ACCOUNT_PARAMS_MAX)
        return false;
    if (at == query->count)
        query->params[query->count++] = wanted;
    if (is_numbered)
        buf_addf(&query->text, "$%zu", at + 1);
    else
        buf_add_char(&query->text, '?');
    return true;
}

bool account_query_parse(struct slice text, enum account_marks marks, struct account_query *out,
                         struct err *err)
{
    *out = (struct account_query){0};
    if (text.len > ACCOUNT_QUERY_MAX || slice_find_char(text, '\0') != NULL)
        return err_set(err, ERR_INPUT, "a query has at most %d bytes, and no NUL",
                       ACCOUNT_QUERY_MAX);
    while (text.len > 0) {
        enum account_param wanted;
        size_t length = quoted(text);
        if (length == 0 && slice_starts_with(text, SLICE("::")))
            length = 2;
        size_t named = length == 0 ? param(text, &wanted) : 0;
        if (named > 0 && !put_mark(out, marks, wanted))
            return err_set(err, ERR_INPUT, "a query has at most %d parameters", ACCOUNT_PARAMS_MAX);
        if (named == 0)
            buf_add(&out->text, slice_first(text, length > 0 ? length : 1));
        text = slice_skip(text, named > 0 ? named : length > 0 ? length : 1);
    }
    return true;
}

void account_query_done(struct account_query *query)
{
    buf_done(&query->text);
}

struct slice account_query_param(enum account_param wanted, struct slice login)
{
    const char *at = slice_find_last_char(login, '@');
    switch (wanted) {
    case ACCOUNT_PARAM_LOGIN:
        return login;
    case ACCOUNT_PARAM_USER:
        return at != NULL ? slice_between(login.ptr, at) : login;
    case ACCOUNT_PARAM_DOMAIN:
        return at != NULL ? slice_between(at + 1, slice_end(login)) : SLICE("");
    }
    return SLICE("");
}

/* ---- columns ---- */

static int *column_of(struct account_columns *columns, const char *name, bool is_row)
{
    const struct {
        const char *name;
        int *at;
        bool in_row, in_names;
    } known[] = {
        {"login", &columns->login, true, true},
        {"account", &columns->account, false, true},
        {"class", &columns->account_class, true, true},
        {"server", &columns->server, true, true},
        {"secret", &columns->secret, true, false},
        {"protocols", &columns->protocols, true, false},
        {"networks", &columns->networks, true, false},
        {"valid_until", &columns->valid_until, true, false},
        {"flags", &columns->flags, true, false},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcasecmp(name, known[i].name) == 0 && (is_row ? known[i].in_row : known[i].in_names))
            return known[i].at;
    return NULL;
}

bool account_columns_read(const char *const *names, size_t count, bool is_row,
                          struct account_columns *out, struct err *err)
{
    struct account_columns columns = {-1, -1, -1, -1, -1, -1, -1, -1, -1};
    for (size_t i = 0; i < count; i++) {
        int *at = column_of(&columns, names[i], is_row);
        if (at == NULL)
            return err_set(err, ERR_INPUT, "there is no column `%.64s`, but %s", names[i],
                           is_row ? "login, secret, class, server, protocols, networks, "
                                    "valid_until, flags (use AS)"
                                  : "login, account, class, server, flags (use AS)");
        if (*at >= 0)
            return err_set(err, ERR_INPUT, "the column `%.64s` comes twice", names[i]);
        *at = (int)i;
    }
    if (is_row && columns.secret < 0)
        return err_set(err, ERR_INPUT, "the column `secret` is missing: SELECT ... AS secret");
    if (!is_row && columns.login < 0)
        return err_set(err, ERR_INPUT, "the column `login` is missing: SELECT ... AS login");
    *out = columns;
    return true;
}
