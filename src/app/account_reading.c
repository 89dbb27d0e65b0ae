/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_reading.h.
 */
#include "app/account_reading.h"

#include <errno.h>
#include <unistd.h>

static void see_name(void *context, const struct account_name *name)
{
    account_book_add(context, name);
}

struct account_book *account_reading(const struct account_terms *terms,
                                     struct account_source *source, struct err *err)
{
    struct account_book *book = account_book_new(&terms->options);
    if (source != NULL && !terms->driver->read(source, see_name, book, err)) {
        account_book_unref(book);
        return NULL;
    }
    account_book_finish(book);
    return book;
}

/* The driver would make it, and it would be that of whoever runs the verb. */
static bool is_not_made_yet(const struct account_terms *terms)
{
    return terms->driver == &account_driver_sqlite && access(terms->place.path, F_OK) != 0 &&
           errno == ENOENT;
}

struct account_book *account_reading_once(const struct settings *settings, struct err *err)
{
    struct account_terms *terms = settings_accounts_make(settings);
    bool reads = terms->driver != NULL && !is_not_made_yet(terms);
    struct account_source *source = reads ? terms->driver->make(&terms->place) : NULL;
    struct account_book *book = account_reading(terms, source, err);
    if (source != NULL)
        terms->driver->free(source);
    account_terms_free(terms);
    return book;
}

enum account_check account_reading_check(const struct settings *settings, struct err *err)
{
    struct account_terms *terms = settings_accounts_make(settings);
    enum account_check said = ACCOUNT_CHECK_GOOD;
    if (terms->driver != NULL && terms->driver->check != NULL) {
        struct account_source *source = terms->driver->make(&terms->place);
        said = terms->driver->check(source, err);
        terms->driver->free(source);
    }
    account_terms_free(terms);
    return said;
}
