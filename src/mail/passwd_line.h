/* SPDX-License-Identifier: Apache-2.0
 *
 * A line of a passwd-file of Dovecot, as far as todoku goes by it:
 *
 *      taro@example.jp:{ARGON2ID}...:1000:1000::/home/taro::todoku_class=business quota=1G
 *      info@example.jp:{ARGON2ID}...::::::user=taro@example.jp allow_nets=192.0.2.0/24,::1
 *
 * Fields are login, password, uid, gid, gecos, home, shell and extra fields; those at the end may
 * be missing. Extra fields have blanks between them:
 *
 *      user=LOGIN                 whose other name the login is
 *      allow_nets=A/B,...         from where it may come; `local` (no network) is stepped over when
 *                                 there are others
 *      nologin                    it may not log in
 *      todoku_class=, todoku_server=, todoku_protocols=imap,pop3, todoku_flags=no-send,...,
 *      todoku_valid_until=2026-12-31
 *
 * user and those of todoku also with `userdb_` before them, which makes Dovecot keep them to
 * itself. Of a field that comes twice the first holds. Others, and host and proxy, which are for a
 * Dovecot that is the proxy itself, are stepped over. Pure.
 *
 * Peer document: Dovecot 2.3, doc/wiki/AuthDatabase.PasswdFile.txt, PasswordDatabase.ExtraFields.
 */
#ifndef TD_MAIL_PASSWD_LINE_H
#define TD_MAIL_PASSWD_LINE_H

#include <stdbool.h>

#include "base/slice.h"

/* Slices of the line; empty: not said. */
struct passwd_line {
    struct slice login; /* never empty */
    struct slice password;
    struct slice user; /* empty: the login is an account itself */
    struct slice account_class, server;
    struct slice protocols, networks, flags; /* words, with commas between */
    struct slice valid_until;
    bool is_closed; /* nologin */
};

enum passwd_line_kind {
    PASSWD_ACCOUNT,
    PASSWD_NOTHING, /* empty, or a comment */
    PASSWD_BAD,     /* no login, no colon, or a NUL */
};

/* A line without its end (a CR before it is taken off). *out is set for PASSWD_ACCOUNT only. */
enum passwd_line_kind passwd_line_parse(struct slice line, struct passwd_line *out);

#endif
