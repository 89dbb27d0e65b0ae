/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_book.h. Names are interned; what is known of each lies under its number.
 */
#include "gate/account_book.h"

#include <stdatomic.h>

#include "base/buf.h"
#include "base/intern.h"
#include "base/memory.h"
#include "base/wildcard.h"
#include "model/account_flag.h"
#include "model/login_form.h"

/* account: its number, that of the name itself if it is one; 0: only heard of in another row. */
struct entry {
    uint32_t account;
    uint32_t account_class; /* 0: none */
    unsigned flags;
};

struct account_book {
    atomic_uint references;
    struct arena *arena; /* of the options */
    struct account_book_options options;
    struct intern *names, *classes;
    struct entry *entries; /* by the number of the name */
    size_t capacity;
    struct buf form; /* of the row that is added */
    struct account_book_counts counts;
};

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr, text.len), text.len);
}

static void keep_options(struct account_book *book, const struct account_book_options *options)
{
    size_t count = options->rule_count;
    struct account_class_rule *rules = arena_alloc(book->arena, (count + 1) * sizeof(*rules));
    for (size_t i = 0; i < count; i++)
        rules[i] = (struct account_class_rule){
            keep(book->arena, options->rules[i].pattern),
            keep(book->arena, options->rules[i].account_class),
        };
    book->options =
        (struct account_book_options){keep(book->arena, options->default_domain), rules, count};
}

struct account_book *account_book_new(const struct account_book_options *options)
{
    struct account_book *book = MEM_NEW(struct account_book);
    atomic_init(&book->references, 1);
    book->arena = arena_new(4096);
    keep_options(book, options);
    book->names = intern_new(ACCOUNT_BOOK_MAX);
    book->classes = intern_new(ACCOUNT_CLASSES_MAX);
    return book;
}

struct account_book *account_book_ref(struct account_book *book)
{
    atomic_fetch_add_explicit(&book->references, 1, memory_order_relaxed);
    return book;
}

void account_book_unref(struct account_book *book)
{
    /* acq_rel: all reads of the others happen before the last one frees. */
    if (book == NULL || atomic_fetch_sub_explicit(&book->references, 1, memory_order_acq_rel) != 1)
        return;
    intern_free(book->names);
    intern_free(book->classes);
    mem_free(book->entries);
    arena_free(book->arena);
    buf_done(&book->form);
    mem_free(book);
}

/* ---- filling ---- */

/* INTERN_OTHER: it is none, or there is no room. */
static uint32_t number_of(struct account_book *book, struct slice login)
{
    if (login.len == 0)
        return INTERN_OTHER;
    buf_clear(&book->form);
    login_form(book->options.default_domain, login, &book->form);
    if (book->form.len > ACCOUNT_LOGIN_MAX)
        return INTERN_OTHER;
    uint32_t number = intern_id(book->names, buf_slice(&book->form));
    if (number >= book->capacity) {
        size_t capacity = book->capacity * 2 > 64 ? book->capacity * 2 : 64;
        book->entries = mem_resize(book->entries, capacity, sizeof(book->entries[0]));
        memset(book->entries + book->capacity, 0,
               (capacity - book->capacity) * sizeof(book->entries[0]));
        book->capacity = capacity;
    }
    return number;
}

static uint32_t class_number(struct account_book *book, struct slice account_class)
{
    if (account_class.len == 0 || account_class.len > ACCOUNT_LOGIN_MAX)
        return INTERN_OTHER;
    buf_clear(&book->form);
    slice_copy_lower(account_class, buf_reserve(&book->form, account_class.len));
    return intern_id(book->classes, slice_of(book->form.ptr, account_class.len));
}

static unsigned flags_of(struct slice words)
{
    unsigned flags = 0;
    while (words.len > 0) {
        size_t len = 0;
        enum account_flag_kind kind;
        while (len < words.len && words.ptr[len] != ' ' && words.ptr[len] != ',')
            len++;
        if (account_flag_from_word(slice_first(words, len), &kind))
            flags |= 1u << kind;
        words = slice_skip(words, len + 1);
    }
    return flags;
}

void account_book_add(struct account_book *book, const struct account_name *name)
{
    uint32_t login = number_of(book, name->login);
    uint32_t account = name->account.len > 0 ? number_of(book, name->account) : login;
    if (login == INTERN_OTHER || account == INTERN_OTHER || book->entries[login].account != 0) {
        book->counts.left_out++;
        return;
    }
    struct entry *entry = &book->entries[login];
    entry->account = account;
    entry->account_class = class_number(book, name->account_class);
    entry->flags = flags_of(name->flags);
    if (account == login)
        book->counts.accounts++;
    else
        book->counts.aliases++;
}

/* ---- finishing ---- */

/* Where a chain of aliases ends; the name itself when it does not. */
static uint32_t end_of(const struct account_book *book, uint32_t number)
{
    uint32_t at = number;
    for (int i = 0; i <= ACCOUNT_ALIAS_DEPTH; i++) {
        uint32_t next = book->entries[at].account;
        if (next == 0 || next == at)
            return at;
        at = next;
    }
    return number;
}

static struct slice class_by_rule(const struct account_book *book, struct slice login)
{
    for (size_t i = 0; i < book->options.rule_count; i++)
        if (wildcard_matches(book->options.rules[i].pattern, login))
            return book->options.rules[i].account_class;
    return SLICE("");
}

void account_book_finish(struct account_book *book)
{
    uint32_t count = intern_count(book->names);
    uint32_t *ends = MEM_NEW_ARRAY(uint32_t, count);
    for (uint32_t i = 1; i < count; i++)
        ends[i] = end_of(book, i);
    for (uint32_t i = 1; i < count; i++) {
        struct entry *entry = &book->entries[i];
        entry->account = ends[i];
        if (entry->account == i && entry->account_class == 0)
            entry->account_class =
                class_number(book, class_by_rule(book, intern_get(book->names, i)));
    }
    mem_free(ends);
    buf_done(&book->form);
}

/* ---- finding ---- */

struct account account_book_find(const struct account_book *book, struct slice login)
{
    uint32_t number = intern_find(book->names, login);
    if (number == INTERN_OTHER)
        return (struct account){.login = login, .account_class = class_by_rule(book, login)};
    uint32_t account = book->entries[number].account;
    uint32_t account_class = book->entries[account].account_class;
    struct account found = {.login = intern_get(book->names, account),
                            .flags = book->entries[account].flags,
                            .is_listed = true};
    if (account_class != INTERN_OTHER)
        found.account_class = intern_get(book->classes, account_class);
    return found;
}

struct account_book_counts account_book_counts(const struct account_book *book)
{
    return book->counts;
}
