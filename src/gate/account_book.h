/* SPDX-License-Identifier: Apache-2.0
 *
 * Which accounts there are, in memory: the names by which each may log in and its class, as a
 * driver of accounts has read them (store/account_driver.h), and the classes of those that no
 * driver knows, by pattern. Filled once, then immutable, and shared by threads behind a count of
 * references.
 *
 *      taro@example.jp   ──▶ taro@example.jp  business
 *      info@example.jp   ──▶ taro@example.jp  business     an alias counts as its account
 *      x@shop.example.jp ──▶ itself           shop         by `*@shop.example.jp`
 *
 * Names are compared in their one form (model/login_form.h). An alias of an alias is one of the
 * account at the end, over ACCOUNT_ALIAS_DEPTH steps at most; a ring of aliases are accounts each.
 * A name that comes twice is what it was first. Flags are the account's own: beside those that
 * todoku keeps (gate/account_flags.h); words that are none are passed over, since whoever logs in
 * is asked for by the auth desk, which takes them for a fault. About 40 bytes a name and its text;
 * at most ACCOUNT_BOOK_MAX names.
 */
#ifndef TD_GATE_ACCOUNT_BOOK_H
#define TD_GATE_ACCOUNT_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "store/account_driver.h"

enum {
    ACCOUNT_BOOK_MAX = 10000000, /* names */
    ACCOUNT_CLASSES_MAX = 1000,
    ACCOUNT_ALIAS_DEPTH = 8,
};

/* A class by pattern (base/wildcard.h) of logins in their one form; the first that fits holds. */
struct account_class_rule {
    struct slice pattern, account_class; /* small letters */
};

struct account_book_options {
    struct slice default_domain; /* of names that have none; empty: they stay as they are */
    const struct account_class_rule *rules;
    size_t rule_count;
};

/* Slices of the book, or the login that was asked for. */
struct account {
    struct slice login;         /* of the account, in its one form */
    struct slice account_class; /* empty: none */
    unsigned flags;             /* that the driver says, bits 1u << enum account_flag_kind */
    bool is_listed;             /* the driver has named it */
};

struct account_book_counts {
    size_t accounts, aliases;
    size_t left_out; /* names that are none, too long, there already, or found no room */
};

struct account_book;

/* Of the options all is copied. One reference, the caller's. */
struct account_book *account_book_new(const struct account_book_options *options)
    __attribute__((returns_nonnull));

/* Adds a name as a driver reads it, in any order; then, once, account_book_finish, and none is
 * added any more. */
void account_book_add(struct account_book *book, const struct account_name *name);
void account_book_finish(struct account_book *book);

struct account_book *account_book_ref(struct account_book *book);

/* Any thread; the last one frees. NULL is fine. */
void account_book_unref(struct account_book *book);

/* Whose a login is, in its one form. Any thread, on a book that is finished. */
struct account account_book_find(const struct account_book *book, struct slice login);

struct account_book_counts account_book_counts(const struct account_book *book);

#endif
