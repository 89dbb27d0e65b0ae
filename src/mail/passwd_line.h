/* SPDX-License-Identifier: Apache-2.0
 *
 * A line of a passwd-file of Dovecot, as far as it says who an account is:
 *
 *      taro@example.jp:{ARGON2ID}...:1000:1000::/home/taro::todoku_class=business quota=1G
 *      info@example.jp:{ARGON2ID}...::::::user=taro@example.jp
 *
 * Fields are login, password, uid, gid, gecos, home, shell and extra fields; those at the end may
 * be missing. Of the extra fields, which have blanks between them, `user` names the account that a
 * login is another name of, `todoku_class` the class of an account; each also with `userdb_` before
 * it, which makes Dovecot keep it to itself. The password is stepped over. Pure.
 *
 * Peer document: Dovecot 2.3, doc/wiki/AuthDatabase.PasswdFile.txt.
 */
#ifndef TD_MAIL_PASSWD_LINE_H
#define TD_MAIL_PASSWD_LINE_H

#include <stdbool.h>

#include "base/slice.h"

/* Slices of the line. */
struct passwd_line {
    struct slice login;         /* never empty */
    struct slice user;          /* empty: the login is an account itself */
    struct slice account_class; /* empty: not said */
};

enum passwd_line_kind {
    PASSWD_ACCOUNT,
    PASSWD_NOTHING, /* empty, or a comment */
    PASSWD_BAD,     /* no login, no colon, or a NUL */
};

/* A line without its end (a CR before it is taken off). *out is set for PASSWD_ACCOUNT only. */
enum passwd_line_kind passwd_line_parse(struct slice line, struct passwd_line *out);

#endif
