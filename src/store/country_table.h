/* SPDX-License-Identifier: Apache-2.0
 *
 * In which country an address is, by a file in the MaxMind DB format (GeoLite2-Country and others
 * with `country` or `registered_country`; "MaxMind DB File Format Specification" 2.0). The file is
 * copied into memory when it is opened: one that is replaced, cut off or written to afterwards
 * changes nothing here, and is noticed by country_table_is_old. One thread at a time.
 */
#ifndef TD_STORE_COUNTRY_TABLE_H
#define TD_STORE_COUNTRY_TABLE_H

#include "base/country.h"
#include "base/err.h"
#include "base/ip_address.h"

#define COUNTRY_TABLE_BYTES_MAX ((size_t)256 << 20)

struct country_table;

/* NULL and err (with the path): it cannot be read, is no file, has more than
 * COUNTRY_TABLE_BYTES_MAX bytes, or is not whole. */
struct country_table *country_table_open(const char *path, struct err *err);
void country_table_free(struct country_table *table); /* NULL is fine */

/* What kind it is (`GeoLite2-Country`; of others: not to be printed as it is) and when it was made,
 * seconds since 1970. */
struct slice country_table_kind(const struct country_table *table);
int64_t country_table_made_s(const struct country_table *table);

/* COUNTRY_NONE: the file does not say, or is damaged there. */
uint16_t country_table_find(const struct country_table *table, const struct ip_address *ip);

/* Whether another file is at its path, or none. */
bool country_table_is_old(struct country_table *table);

#endif
