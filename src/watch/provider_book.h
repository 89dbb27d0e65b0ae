/* SPDX-License-Identifier: Apache-2.0
 *
 * The provider of each attempt. In order: the host that was spoken to (by the table of providers,
 * else the organisation's part of its name), the host that a failure names, the provider that took
 * mail for this recipient domain before, the table's domains, the recipient domain itself.
 *
 * Bounded: at most 20,000 names; learned domains live in a fixed table in which the newest wins.
 */
#ifndef TD_WATCH_PROVIDER_BOOK_H
#define TD_WATCH_PROVIDER_BOOK_H

#include "mail/log_record.h"
#include "mail/provider.h"
#include "mail/reply.h"

struct provider_book;

/* Number of the provider of mail that was delivered on this host: mailboxes, pipes. */
#define PROVIDER_LOCAL 1u

/* table: borrowed, outlives the book. */
struct provider_book *provider_book_new(const struct provider_table *table);
void provider_book_free(struct provider_book *book);

/* Provider number of a delivery record; reply: its reason taken apart, NULL for one that was sent.
 */
uint32_t provider_book_of(struct provider_book *book, const struct log_record *record,
                          const struct reply *reply);

struct slice provider_book_name(const struct provider_book *book, uint32_t provider);

/* The table's row, or NULL for a provider known only by its suffix. */
const struct provider *provider_book_row(const struct provider_book *book, uint32_t provider);

#endif
