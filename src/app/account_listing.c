/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_listing.h. Names are put together by the book of accounts (gate/account_book.h), as
 * in the daemon: aliases of aliases and classes by pattern are what they are there.
 */
#include "app/account_listing.h"

#include "app/account_answer.h"
#include "app/account_wish.h"
#include "app/text_table.h"
#include "model/account_flag.h"
#include "model/login_form.h"

enum { TEXT_MAX = 4096 };

struct listing {
    const struct account_access *access;
    struct account_book *book;
    json_t *rows;  /* as they came; other names have "account" only until they are put together */
    json_t *index; /* one form of a login: its row */
};

static struct slice text_of(const json_t *object, const char *key)
{
    struct slice text = {0};
    (void)json_field_text(object, key, TEXT_MAX, &text);
    return text;
}

static struct slice domain_of(const struct listing *listing)
{
    return listing->access != NULL ? listing->access->terms->place.default_domain : SLICE("");
}

/* ---- from the database ---- */

static void put_words(json_t *object, const char *key, struct slice words)
{
    json_t *list = json_value_array();
    enum account_flag_kind kind;
    while (words.len > 0) {
        struct slice rest = slice_cut(&words, ' ');
        while (rest.len > 0) {
            struct slice word = slice_cut(&rest, ',');
            if (account_flag_from_word(word, &kind))
                json_value_append(list, json_value_text(word));
        }
    }
    if (json_array_size(list) > 0)
        json_value_put(object, key, list);
    else
        json_decref(list);
}

static void see_name(void *context, const struct account_name *name)
{
    struct listing *listing = context;
    if (name->login.len == 0)
        return;
    json_t *row = json_value_object();
    account_book_add(listing->book, name);
    json_value_put_text(row, "login", name->login);
    json_value_put_text(row, "server", name->server);
    put_words(row, "flags_stored", name->flags);
    json_value_append(listing->rows, row);
}

static json_t *row_of(const struct listing *listing, struct slice form)
{
    CLEANUP_BUF struct buf key = {0};
    buf_add(&key, form);
    return json_object_get(listing->index, buf_str(&key));
}

static void index_row(const struct listing *listing, json_t *row, struct slice form)
{
    CLEANUP_BUF struct buf key = {0};
    buf_add(&key, form);
    json_value_put(listing->index, buf_str(&key), json_incref(row));
}

/* Accounts first: their other names may have come before them. */
static void index_accounts(const struct listing *listing)
{
    for (size_t i = 0; i < json_array_size(listing->rows); i++) {
        json_t *row = json_array_get(listing->rows, i);
        CLEANUP_BUF struct buf form = {0};
        login_form(domain_of(listing), text_of(row, "login"), &form);
        struct account account = account_book_find(listing->book, buf_slice(&form));
        if (!slice_eq(account.login, buf_slice(&form)) || row_of(listing, account.login) != NULL)
            continue;
        json_value_put_text(row, "class", account.account_class);
        json_value_put(row, "flags", json_value_array());
        index_row(listing, row, account.login);
    }
}

static void put_alias(const struct listing *listing, const json_t *row)
{
    CLEANUP_BUF struct buf form = {0};
    login_form(domain_of(listing), text_of(row, "login"), &form);
    struct account account = account_book_find(listing->book, buf_slice(&form));
    json_t *of = row_of(listing, account.login);
    if (of == NULL)
        return;
    if (json_object_get(of, "aliases") == NULL)
        json_value_put(of, "aliases", json_value_array());
    json_value_append(json_object_get(of, "aliases"), json_value_text(text_of(row, "login")));
}

/* The rows that are accounts, each with its other names. */
static void put_together(struct listing *listing)
{
    json_t *accounts = json_value_array();
    account_book_finish(listing->book);
    index_accounts(listing);
    for (size_t i = 0; i < json_array_size(listing->rows); i++) {
        json_t *row = json_array_get(listing->rows, i);
        if (json_object_get(row, "flags") != NULL)
            json_value_append(accounts, json_incref(row));
        else
            put_alias(listing, row);
    }
    json_decref(listing->rows);
    listing->rows = accounts;
}

static bool read_database(struct listing *listing, struct err *err)
{
    listing->book = account_book_new(&listing->access->terms->options);
    bool good = account_access_read(listing->access, see_name, listing, err);
    if (good)
        put_together(listing);
    account_book_unref(listing->book);
    return good;
}

/* ---- what the daemon has ---- */

static void put_flagged(const struct listing *listing, json_t *flagged)
{
    for (size_t i = 0; i < json_array_size(flagged); i++) {
        json_t *object = json_array_get(flagged, i),
               *row = row_of(listing, text_of(object, "login"));
        if (row == NULL)
            json_value_append(listing->rows, json_incref(object));
        else
            json_value_put(row, "flags", json_incref(json_object_get(object, "flags")));
    }
    json_decref(flagged);
}

/* ---- which of them ---- */

static bool is_one_of(unsigned flags, struct slice word)
{
    enum account_flag_kind kind;
    return account_flag_from_word(word, &kind) && (flags & ACCOUNT_FLAG_BIT(kind)) != 0;
}

static bool has_flag(const json_t *row, unsigned flags)
{
    const json_t *kept = json_object_get(row, "flags");
    const json_t *stored = json_object_get(row, "flags_stored");
    for (size_t i = 0; i < json_array_size(kept); i++)
        if (is_one_of(flags, text_of(json_array_get(kept, i), "flag")))
            return true;
    for (size_t i = 0; i < json_array_size(stored); i++)
        if (is_one_of(flags, slice_from_str(json_string_value(json_array_get(stored, i)))))
            return true;
    return false;
}

static bool fits(const json_t *row, const struct account_filter *filter)
{
    struct slice account_class = text_of(row, "class"), server = text_of(row, "server");
    return (filter->account_class.len == 0 || slice_ieq(account_class, filter->account_class)) &&
           (filter->server.len == 0 || slice_eq(server, filter->server)) &&
           (filter->flags == 0 || has_flag(row, filter->flags));
}

static json_t *choose(json_t *rows, const struct account_filter *filter)
{
    json_t *chosen = json_value_array();
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (fits(json_array_get(rows, i), filter))
            json_value_append(chosen, json_incref(json_array_get(rows, i)));
    json_decref(rows);
    return chosen;
}

json_t *account_listing(const struct account_access *access, json_t *flagged,
                        const struct account_filter *filter, struct err *err)
{
    struct listing listing = {access, NULL, json_value_array(), json_value_object()};
    bool good = access == NULL || read_database(&listing, err);
    put_flagged(&listing, flagged);
    json_decref(listing.index);
    if (good)
        return choose(listing.rows, filter);
    json_decref(listing.rows);
    return NULL;
}

/* ---- as text ---- */

static void add_word(struct buf *to, const struct text_style *style, struct slice word)
{
    if (to->len > 0)
        buf_add_str(to, ", ");
    text_add(style, word, to);
}

static void add_row(struct text_table *table, const struct text_style *style, const json_t *row)
{
    const json_t *aliases = json_object_get(row, "aliases"), *flags = json_object_get(row, "flags");
    const json_t *stored = json_object_get(row, "flags_stored");
    text_add(style, text_of(row, "login"), text_table_cell(table, TONE_STRONG));
    struct buf *names = text_table_cell(table, TONE_PLAIN);
    for (size_t i = 0; i < json_array_size(aliases); i++)
        add_word(names, style, slice_from_str(json_string_value(json_array_get(aliases, i))));
    text_add(style, text_of(row, "class"), text_table_cell(table, TONE_PLAIN));
    text_add(style, text_of(row, "server"), text_table_cell(table, TONE_PLAIN));
    struct buf *words = text_table_cell(table, TONE_WARN);
    for (size_t i = 0; i < json_array_size(flags); i++)
        add_word(words, style, text_of(json_array_get(flags, i), "flag"));
    for (size_t i = 0; i < json_array_size(stored); i++)
        add_word(words, style, slice_from_str(json_string_value(json_array_get(stored, i))));
}

void account_listing_text(const struct text_style *style, const json_t *listing, struct buf *to)
{
    static const struct text_column columns[] = {
        {"login", false, 0, 24}, {"other names", false, 3, 16}, {"class", false, 1, 8},
        {"server", false, 2, 8}, {"flags", false, 0, 12},
    };
    if (json_array_size(listing) == 0) {
        buf_add_str(to, "No accounts.\n");
        return;
    }
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < json_array_size(listing); i++)
        add_row(table, style, json_array_get(listing, i));
    text_table_print(table, style, to);
    text_table_free(table);
}
