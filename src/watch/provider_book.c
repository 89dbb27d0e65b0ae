/* SPDX-License-Identifier: Apache-2.0
 *
 * Provider numbers, with two small caches in front: hosts seen and domains learned, both
 * direct-mapped by hash, so that a log with a million domains costs no more than one with a
 * thousand.
 */
#include "watch/provider_book.h"

#include "base/intern.h"
#include "base/memory.h"
#include "mail/address.h"

#define PROVIDERS_MAX 20000
#define HOST_SLOTS 4096
#define DOMAIN_SLOTS 65536

struct cached {
    uint64_t hash; /* 0: empty */
    uint32_t provider;
};

struct provider_book {
    const struct provider_table *table;
    struct intern *names;
    struct cached hosts[HOST_SLOTS], domains[DOMAIN_SLOTS];
};

struct provider_book *provider_book_new(const struct provider_table *table)
{
    struct provider_book *book = MEM_NEW(struct provider_book);
    book->table = table;
    book->names = intern_new(PROVIDERS_MAX);
    uint32_t local = intern_id(book->names, SLICE("local"));
    ASSERT(local == PROVIDER_LOCAL);
    for (size_t i = 0; i < provider_count(table); i++) /* however many domains come before them */
        (void)intern_id(book->names, provider_at(table, i)->name);
    return book;
}

void provider_book_free(struct provider_book *book)
{
    if (book == NULL)
        return;
    intern_free(book->names);
    mem_free(book);
}

const struct intern *provider_book_names(const struct provider_book *book)
{
    return book->names;
}

struct slice provider_book_name(const struct provider_book *book, uint32_t provider)
{
    return intern_get(book->names, provider);
}

const struct provider *provider_book_row(const struct provider_book *book, uint32_t provider)
{
    return provider_named(book->table, intern_get(book->names, provider));
}

/* Suffixes of unlisted hosts are folded to lower case, so that one organisation has one name. */
static uint32_t number_of_suffix(struct provider_book *book, struct slice suffix)
{
    char lower[256];
    if (suffix.len == 0 || suffix.len > sizeof(lower))
        return INTERN_OTHER;
    slice_copy_lower(suffix, lower);
    return intern_id(book->names, slice_of(lower, suffix.len));
}

static uint32_t provider_of_name(struct provider_book *book, struct slice host)
{
    uint64_t hash = slice_hash(host) | 1;
    struct cached *slot = &book->hosts[hash >> 1 & (HOST_SLOTS - 1)];
    if (slot->hash == hash)
        return slot->provider;
    char lower[PROVIDER_SUFFIX_MAX];
    struct slice name = provider_name_of_host(book->table, host, lower);
    uint32_t provider = name.len > 0 ? intern_id(book->names, name) : INTERN_OTHER;
    *slot = (struct cached){hash, provider};
    return provider;
}

static struct cached *domain_slot(struct provider_book *book, struct slice domain, uint64_t *hash)
{
    *hash = slice_hash_nocase(domain) | 1;
    return &book->domains[(*hash >> 1) & (DOMAIN_SLOTS - 1)];
}

static void learn_domain(struct provider_book *book, struct slice domain, uint32_t provider)
{
    if (domain.len == 0)
        return;
    uint64_t hash;
    struct cached *slot = domain_slot(book, domain, &hash);
    *slot = (struct cached){hash, provider};
}

static uint32_t provider_of_recipient(struct provider_book *book, struct slice domain)
{
    if (domain.len == 0)
        return INTERN_OTHER;
    uint64_t hash;
    const struct cached *slot = domain_slot(book, domain, &hash);
    if (slot->hash == hash)
        return slot->provider;
    const struct provider *row = provider_of_domain(book->table, domain);
    return row ? intern_id(book->names, row->name) : number_of_suffix(book, domain);
}

/* Mailboxes and pipes of this host; LMTP over a unix socket is one too. */
static bool is_local(const struct log_record *record)
{
    enum log_program program = record->line.tag->program;
    if (program == LOG_PROGRAM_LOCAL || program == LOG_PROGRAM_VIRTUAL ||
        program == LOG_PROGRAM_PIPE)
        return true;
    return slice_find_char(log_record_get(record, LOG_FIELD_RELAY_IP), '/') != NULL;
}

uint32_t provider_book_of(struct provider_book *book, const struct log_record *record,
                          const struct reply *reply)
{
    if (is_local(record))
        return PROVIDER_LOCAL;
    struct slice domain = address_domain(log_record_get(record, LOG_FIELD_TO));
    struct slice host = log_record_get(record, LOG_FIELD_RELAY_HOST);
    bool spoken = host.len > 0 && !slice_eq(host, SLICE("none"));
    if (!spoken)
        host = reply ? reply->host : (struct slice){NULL, 0};
    if (!spoken && host.len == 0)
        return provider_of_recipient(book, domain);
    uint32_t provider = provider_of_name(book, host);
    learn_domain(book, domain, provider);
    return provider;
}
