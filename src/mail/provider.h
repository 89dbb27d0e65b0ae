/* SPDX-License-Identifier: Apache-2.0
 *
 * Which mailbox provider a host belongs to, by suffix of the MX host's name on label boundaries,
 * any case, with or without trailing dot; else by the recipient's domain. The table is text: one
 * provider a line, `name<TAB>mx suffixes<TAB>domains<TAB>title<TAB>postmaster page<TAB>delisting
 * page`, lists separated by blanks, `-` for none, `#` comments. name: a-z 0-9, and - . / inside.
 * A suffix covers the name itself and all below it. A domain is one name; `*.ocn.ne.jp` covers
 * ocn.ne.jp and all below it. Pages: http, https or mailto links. Columns after the domains may be
 * missing.
 */
#ifndef TD_MAIL_PROVIDER_H
#define TD_MAIL_PROVIDER_H

#include "base/err.h"
#include "base/slice.h"

struct provider_host {
    struct slice suffix; /* `google.com`; of a host: it and all below it */
    const struct provider_host *next;
};

struct provider {
    struct slice name;                   /* `google`: one word, stable */
    struct slice title;                  /* `Google (Gmail, Workspace)` */
    struct slice postmaster;             /* URL or empty */
    struct slice delist;                 /* URL or empty */
    const struct provider_host *hosts;   /* suffixes of its MX hosts; NULL: none */
    const struct provider_host *domains; /* recipients' domains; NULL: none */
};

struct provider_table;

/* Built-in table, then `extra` (an operator's table of the same form, may be empty) whose rows win:
 * a name that is there already keeps its suffixes and domains, gets the new ones, and title and
 * pages where they are given. At most 65536 rows. NULL and err (line, what was expected) when
 * `extra` does not parse. */
struct provider_table *provider_table_new(struct slice extra, struct err *err);
void provider_table_free(struct provider_table *table);

/* NULL when no row knows the host. Longest suffix wins. host: a name, no brackets or port. Some 30
 * ns: made for the hot path. */
const struct provider *provider_of_host(const struct provider_table *table, struct slice host);

/* NULL when no row knows the domain. */
const struct provider *provider_of_domain(const struct provider_table *table, struct slice domain);

const struct provider *provider_named(const struct provider_table *table, struct slice name);

/* The part of an unlisted MX host's name that stands for its organisation: the last two labels,
 * three below a second-level registry such as co.jp. The whole of a one-label name or an IP
 * address. */
struct slice provider_suffix(struct slice host);

#define PROVIDER_SUFFIX_MAX 256

/* The name that mail to a host counts under: that of its row, else its suffix in lower case, put
 * into `lower`. Empty: no name, or one that is too long. */
struct slice provider_name_of_host(const struct provider_table *table, struct slice host,
                                   char lower[PROVIDER_SUFFIX_MAX]);

/* How many rows, and the row of an index from 0, in order of the table. */
size_t provider_count(const struct provider_table *table);
const struct provider *provider_at(const struct provider_table *table, size_t index);

#endif
