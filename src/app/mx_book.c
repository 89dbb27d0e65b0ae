/* SPDX-License-Identifier: Apache-2.0
 *
 * Domains and their providers by MX. See mx_book.h.
 */
#include "app/mx_book.h"

#include <string.h>

#include "base/intern.h"
#include "watch/lru_table.h"

#define PROVIDERS_MAX 4096

struct entry {
    char *name;
    enum mx_cause cause;
    bool asked;                /* a question is under way */
    uint32_t provider, before; /* by number of the name; before: the one that was another */
    int64_t due_us, wanted_us, wait_us;
};

struct mx_book {
    const struct provider_table *table;
    struct lru_table *rows;
    struct entry entries[MX_DOMAINS_MAX + 1];
    int64_t keep_us;
    size_t learned;
    struct intern *providers;
};

struct mx_book *mx_book_new(const struct provider_table *table, int64_t keep_us)
{
    struct mx_book *book = MEM_NEW(struct mx_book);
    book->table = table;
    book->keep_us = keep_us;
    book->rows = lru_table_new(MX_DOMAINS_MAX);
    book->providers = intern_new(PROVIDERS_MAX);
    return book;
}

void mx_book_free(struct mx_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i <= MX_DOMAINS_MAX; i++)
        mem_free(book->entries[i].name);
    lru_table_free(book->rows);
    intern_free(book->providers);
    mem_free(book);
}

/* 0: it is not there. */
static uint32_t find(const struct mx_book *book, struct slice domain)
{
    uint32_t row = lru_table_find(book->rows, slice_hash(domain));
    return row != 0 && slice_eq(slice_from_str(book->entries[row].name), domain) ? row : 0;
}

/* ---- what is wanted ---- */

static struct entry *make(struct mx_book *book, struct slice domain, enum mx_cause cause)
{
    bool fresh;
    struct entry *entry = &book->entries[lru_table_use(book->rows, slice_hash(domain), &fresh)];
    if (entry->name != NULL && entry->cause == MX_LEARNED)
        book->learned--;
    mem_free(entry->name);
    *entry = (struct entry){.name = mem_new(domain.len + 1, 1), .cause = cause};
    memcpy(entry->name, domain.ptr, domain.len);
    book->learned += cause == MX_LEARNED;
    return entry;
}

void mx_book_want(struct mx_book *book, struct slice domain, enum mx_cause cause, int64_t now_us)
{
    bool fresh;
    uint32_t row = find(book, domain);
    struct entry *entry = &book->entries[row];
    if (row == 0 && cause == MX_LEARNED && book->learned == MX_LEARNED_MAX)
        return;
    if (row == 0) {
        entry = make(book, domain, cause);
    } else {
        (void)lru_table_use(book->rows, slice_hash(domain), &fresh);
        book->learned += cause == MX_LEARNED;
        book->learned -= entry->cause == MX_LEARNED;
        entry->cause = cause;
    }
    entry->wanted_us = now_us;
}

/* Also when the clock was set back. */
static bool is_due(const struct entry *entry, int64_t now_us)
{
    bool wanted = now_us - entry->wanted_us < MX_WANTED_US && entry->wanted_us <= now_us;
    bool due = now_us >= entry->due_us || entry->due_us - now_us > MX_HOLD_MOST_US;
    return wanted && due && !entry->asked;
}

size_t mx_book_take_due(struct mx_book *book, int64_t now_us, struct slice *out, size_t max)
{
    size_t count = 0;
    uint32_t rows = lru_table_count(book->rows);
    for (int cause = MX_WAITS; cause <= MX_LEARNED; cause++)
        for (uint32_t row = 1; row <= rows && count < max; row++) {
            struct entry *entry = &book->entries[row];
            if ((int)entry->cause != cause || !is_due(entry, now_us))
                continue;
            entry->asked = true;
            out[count++] = slice_from_str(entry->name);
        }
    return count;
}

/* ---- answers ---- */

/* INTERN_OTHER: none, or several. Names of hosts that are none belong to nobody. */
static uint32_t provider_of(struct mx_book *book, struct slice domain,
                            const struct dns_answer *answer)
{
    char lower[PROVIDER_SUFFIX_MAX];
    uint32_t found = INTERN_OTHER;
    if (answer->result == DNS_NO_DATA)
        return intern_id(book->providers, provider_name_of_host(book->table, domain, lower));
    for (size_t i = 0; i < answer->count; i++) {
        struct slice host = answer->records[i].name;
        if (host.len == 0 || slice_eq(host, SLICE(".")))
            return INTERN_OTHER;
        struct slice name = provider_name_of_host(book->table, host, lower);
        uint32_t one = name.len > 0 ? intern_id(book->providers, name) : INTERN_OTHER;
        if (one == INTERN_OTHER || (found != INTERN_OTHER && one != found))
            return INTERN_OTHER;
        found = one;
    }
    return answer->cut ? INTERN_OTHER : found;
}

static int64_t hold_us(const struct mx_book *book, const struct dns_answer *answer)
{
    int64_t ttl_us = (int64_t)answer->ttl_s * 1000000, least_us = book->keep_us;
    if (answer->result != DNS_FOUND && least_us > MX_NOTHING_US)
        least_us = MX_NOTHING_US;
    ttl_us = ttl_us > least_us ? ttl_us : least_us;
    return ttl_us < MX_HOLD_MOST_US ? ttl_us : MX_HOLD_MOST_US;
}

static int64_t wait_us(int64_t before_us, enum dns_result result)
{
    bool failed = result == DNS_FAILED;
    int64_t first_us = failed ? MX_FAILED_FIRST_US : MX_UNANSWERED_FIRST_US;
    int64_t most_us = failed ? MX_FAILED_MOST_US : MX_UNANSWERED_MOST_US;
    if (before_us == 0)
        return first_us;
    return 2 * before_us < most_us ? 2 * before_us : most_us;
}

void mx_book_answer(struct mx_book *book, struct slice domain, const struct dns_answer *answer,
                    int64_t now_us)
{
    uint32_t row = find(book, domain);
    struct entry *entry = &book->entries[row];
    if (row == 0)
        return;
    entry->asked = false;
    if (answer->result == DNS_FAILED || answer->result == DNS_UNANSWERED) {
        entry->wait_us = wait_us(entry->wait_us, answer->result);
        entry->due_us = now_us + entry->wait_us;
        return;
    }
    uint32_t provider = provider_of(book, domain, answer);
    if (provider != entry->provider && entry->provider != INTERN_OTHER)
        entry->before = entry->provider;
    entry->provider = provider;
    entry->wait_us = 0;
    entry->due_us = now_us + hold_us(book, answer);
}

void mx_book_put_back(struct mx_book *book, struct slice domain)
{
    uint32_t row = find(book, domain);
    if (row != 0)
        book->entries[row].asked = false;
}

/* ---- what is known ---- */

struct slice mx_book_provider(const struct mx_book *book, struct slice domain)
{
    uint32_t row = find(book, domain);
    uint32_t provider = row != 0 ? book->entries[row].provider : INTERN_OTHER;
    return provider != INTERN_OTHER ? intern_get(book->providers, provider)
                                    : (struct slice){NULL, 0};
}

bool mx_book_has_moved(const struct mx_book *book, struct slice domain, struct slice provider)
{
    uint32_t row = find(book, domain);
    const struct entry *entry = &book->entries[row];
    if (row == 0 || entry->before == INTERN_OTHER || entry->provider == INTERN_OTHER)
        return false;
    return slice_eq(intern_get(book->providers, entry->before), provider) &&
           !slice_eq(intern_get(book->providers, entry->provider), provider);
}

bool mx_book_waits(const struct mx_book *book, struct slice domain)
{
    uint32_t row = find(book, domain);
    return row != 0 && book->entries[row].cause == MX_WAITS;
}
