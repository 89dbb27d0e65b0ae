/* SPDX-License-Identifier: Apache-2.0
 *
 * What the mail proxy of nginx is answered: header lines.
 *
 *              IMAP                          POP3             SMTP (Auth-Error-Code)   sieve
 *  OK          Auth-Status: OK, Auth-Server, Auth-Port, and Auth-User, Auth-Pass when given
 *  WRONG       [AUTHENTICATIONFAILED] text   [AUTH] text      535 5.7.8                text
 *  FORBIDDEN   [AUTHORIZATIONFAILED] text    [AUTH] text      535 5.7.13               text
 *  LATER       [UNAVAILABLE] text            [SYS/TEMP] text  454 4.7.0                text
 *
 * All but OK is Auth-Status, whose text nginx passes on to its client behind NO, -ERR or the code,
 * and Auth-Wait: so long nginx holds the client; without it nginx closes its connection.
 *
 * nginx takes a reply that has Auth-Server and Auth-Port but no Auth-Status as a login, whatever
 * the HTTP status; it fails on more than 1,024 bytes of status line and headers; it wants an IPv4
 * address or ::1 as Auth-Server, and takes values as they are, without blanks around them (nginx
 * 1.22.1, measured). RFC 5530, 2449, 3206, 4954, 5248 have the codes. Pure.
 */
#ifndef TD_MAIL_AUTH_REPLY_H
#define TD_MAIL_AUTH_REPLY_H

#include "base/buf.h"
#include "base/ip_address.h"
#include "mail/auth_request.h"

enum {
    AUTH_REPLY_MAX = 900, /* bytes of all lines: the HTTP server adds about 100, at most 124 */
    AUTH_TEXT_MAX = 240,  /* bytes; the rest is cut off */
};

enum auth_verdict { AUTH_OK, AUTH_WRONG, AUTH_FORBIDDEN, AUTH_LATER };

struct auth_reply {
    enum auth_verdict verdict;
    enum auth_protocol protocol;
    struct slice text;        /* for people, not with AUTH_OK; empty: a sentence of ours */
    uint32_t wait_s;          /* not with AUTH_OK; 0: nginx closes the client's connection */
    struct ip_address server; /* AUTH_OK */
    uint16_t port;            /* AUTH_OK */
    struct slice user, pass;  /* AUTH_OK: instead of what the client said; empty: as it came */
};

/* nginx can be sent there: an IPv4 address or ::1. */
bool auth_reply_can_name(const struct ip_address *server);

/* Appends lines `Name: value`, each with CR LF, Auth-Status first. In the text a line break is a
 * blank, and every other character that is not printable ASCII a `?`. False: an AUTH_OK that cannot
 * be said (a server that cannot be named, port 0, a user or pass with a control byte or blanks
 * around it, more than AUTH_REPLY_MAX bytes) was said as AUTH_LATER. With a pass the bytes are
 * secret. */
bool auth_reply_format(const struct auth_reply *reply, struct buf *to);

#endif
