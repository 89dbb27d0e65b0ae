/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a table stands, as the configuration says it: KIND:PATH as in Postfix' own settings.
 *
 *      text:/etc/postfix/virtual            the source of postmap(1); texthash: is the same
 *      alias:/etc/aliases                   that of postalias(1), aliases(5)
 *      lmdb:/etc/postfix/virtual            as Postfix has it, without its .lmdb
 *      sqlite:/var/lib/mail.db?SELECT server FROM mailbox WHERE address = :key
 *      passwd-file:/etc/dovecot/users       mail/passwd_line.h
 *      static:mb01                          for every key
 *      inline:{ @example.jp=mb01, { @example.com = lmtp:[mb02]:24 } }
 *
 * proxy: before it is taken off. What is a pattern for Postfix alone (regexp, pcre, cidr), needs a
 * library that is not here (hash, btree, cdb) or a server of its own is refused, with what to do.
 */
#ifndef TD_STORE_LOOKUP_PLACE_H
#define TD_STORE_LOOKUP_PLACE_H

#include "base/err.h"
#include "base/memory.h"
#include "base/slice.h"

enum lookup_kind {
    LOOKUP_TEXT,
    LOOKUP_ALIASES,
    LOOKUP_LMDB,
    LOOKUP_SQLITE,
    LOOKUP_PASSWD,
    LOOKUP_STATIC,
    LOOKUP_INLINE,
};

enum { LOOKUP_SPEC_MAX = 16384 /* bytes */ };

struct lookup_place {
    enum lookup_kind kind;
    const char *path; /* of a file, from the root, with .lmdb; else NULL */
    const char *query;
    struct slice text; /* of STATIC the value, of INLINE what is between the braces */
};

/* Texts are of the arena. False and err: another form. */
bool lookup_place_parse(struct slice spec, struct arena *arena, struct lookup_place *out,
                        struct err *err);

/* Takes the next row off the text of INLINE. False: that was all, or *why it is of no such form. */
bool lookup_place_next(struct slice *rest, struct slice *key, struct slice *value,
                       const char **why);

#endif
