/* SPDX-License-Identifier: Apache-2.0
 *
 * What the mail proxy of nginx asks before it lets somebody in: header lines of an HTTP request,
 *
 *      Auth-Method: plain    Auth-User: alice%40example.jp    Auth-Pass: pass%20word
 *      Auth-Protocol: imap   Auth-Login-Attempt: 1            Client-IP: 192.0.2.7
 *
 * and those that Dovecot's lua passdb sends to the same place (PLAIN and LOGIN in capitals,
 * Auth-Port, Client-Port). Names in any case. Pure.
 *
 * Peers: nginx 1.22 src/mail/ngx_mail_auth_http_module.c. It writes 0x00 to 0x20 and `%` of a user
 * and password as %XX, every other byte as it is: 0x7F and those above are kept, `+` is a plus.
 */
#ifndef TD_MAIL_AUTH_REQUEST_H
#define TD_MAIL_AUTH_REQUEST_H

#include "base/buf.h"
#include "base/header_field.h"
#include "base/ip_address.h"

enum {
    AUTH_HEADERS_MAX = 100,
    AUTH_USER_MAX = 512,    /* bytes, decoded; as ACCOUNT_LOGIN_MAX of the model */
    AUTH_SECRET_MAX = 1024, /* bytes, decoded */
    AUTH_SALT_MAX = 512,    /* bytes, decoded */
    AUTH_VALUE_MAX = 4096,  /* bytes of any other value that is read */
};

/* X(NAME, word) */
#define AUTH_METHODS_X(X) \
    X(PLAIN, "plain") /* `login` too: nginx says plain for both */ \
    X(CRAM_MD5, "cram-md5") \
    X(APOP, "apop") \
    X(EXTERNAL, "external") /* by a certificate that nginx has verified */ \
    X(NONE, "none")         /* SMTP without a login: where does this mail go? */

enum auth_method {
#define X(name, word) AUTH_##name,
    AUTH_METHODS_X(X)
#undef X
};

#define X(name, word) +1
enum { AUTH_METHODS = AUTH_METHODS_X(X) };
#undef X

/* X(NAME, word) */
#define AUTH_PROTOCOLS_X(X) \
    X(IMAP, "imap") \
    X(POP3, "pop3") \
    X(SMTP, "smtp")   /* `submission` too, as Dovecot names it */ \
    X(SIEVE, "sieve") /* `managesieve` too; never from nginx */

enum auth_protocol {
#define X(name, word) AUTH_##name,
    AUTH_PROTOCOLS_X(X)
#undef X
};

#define X(name, word) +1
enum { AUTH_PROTOCOLS = AUTH_PROTOCOLS_X(X) };
#undef X

const char *auth_method_word(enum auth_method method);
const char *auth_protocol_word(enum auth_protocol protocol);

/* Any case, synonyms too. False: no such word; *out untouched. */
bool auth_method_from_word(struct slice word, enum auth_method *out);
bool auth_protocol_from_word(struct slice word, enum auth_protocol *out);

/* Slices live in the space given (user, secret, salt) or in the headers; empty: not said. No value
 * has a NUL, CR or LF. */
struct auth_request {
    enum auth_method method;
    enum auth_protocol protocol;
    struct slice user;           /* 1 to AUTH_USER_MAX bytes; empty for AUTH_NONE only */
    struct slice secret;         /* AUTH_PLAIN: may be empty; cram-md5, apop: 32 hex digits */
    struct slice salt;           /* cram-md5, apop: `<...>` */
    uint32_t attempt;            /* within one connection of the client, from 1; 0: not said */
    struct ip_address client;    /* none: not said, or it came by a unix socket */
    uint16_t client_port, port;  /* 0: not said; port: the one that the client connected to */
    struct slice client_host;    /* smtp: its name in DNS, or `[UNAVAILABLE]` */
    struct slice helo, from, to; /* AUTH_NONE; from and to are whole command lines */
    bool tls;                    /* between client and proxy */
    bool certificate_verified;   /* Auth-SSL-Verify: SUCCESS */
    struct slice certificate_subject, certificate_fingerprint; /* of a verified one only */
    struct slice key;                                          /* X-Auth-Key */
};

/* X(NAME, whose, sentence). whose: CLIENT for what somebody who logs in can bring about with any
 * proxy (a wrong login, to him), CALLER for what only the program that asks can. */
#define AUTH_REQUEST_FAULTS_X(X) \
    X(NONE, CALLER, "nothing is wrong") \
    X(HEADERS, CALLER, "more than 100 header lines") \
    X(TWICE, CALLER, "an Auth-, Client- or X-Auth-Key header comes twice") \
    X(CONTROL, CALLER, "a NUL, CR or LF in a header") \
    X(LONG, CLIENT, "a header is longer than any that is real") \
    X(NO_METHOD, CALLER, "no Auth-Method") \
    X(METHOD, CLIENT, "Auth-Method is none of plain, login, cram-md5, apop, external, none") \
    X(NO_PROTOCOL, CALLER, "no Auth-Protocol") \
    X(PROTOCOL, CALLER, "Auth-Protocol is none of imap, pop3, smtp, sieve") \
    X(ESCAPE, CALLER, "a % in Auth-User, Auth-Pass or Auth-Salt without two hex digits") \
    X(NUL, CLIENT, "a NUL in the user or the password") \
    X(NO_USER, CLIENT, "no Auth-User") \
    X(USER_LONG, CLIENT, "a user of more than 512 bytes") \
    X(NO_SECRET, CALLER, "no Auth-Pass") \
    X(SECRET_LONG, CLIENT, "a password of more than 1,024 bytes") \
    X(SALT, CALLER, "Auth-Salt is no challenge in angle brackets of at most 512 bytes") \
    X(DIGEST, CLIENT, "Auth-Pass is no digest of 32 hex digits") \
    X(CERTIFICATE, CLIENT, "method external without a verified certificate") \
    X(NONE_SMTP, CALLER, "method none is for smtp alone") \
    X(NONE_USER, CALLER, "method none with an Auth-User") \
    X(CLIENT_IP, CALLER, "Client-IP is no address") \
    X(NUMBER, CALLER, "Auth-Login-Attempt, Auth-Port or Client-Port is no number")

enum auth_request_fault {
#define X(name, whose, sentence) AUTH_FAULT_##name,
    AUTH_REQUEST_FAULTS_X(X)
#undef X
};

#define X(name, whose, sentence) +1
enum { AUTH_REQUEST_FAULTS = AUTH_REQUEST_FAULTS_X(X) };
#undef X

/* For a log: never a byte of the request. */
const char *auth_request_fault_sentence(enum auth_request_fault fault);

/* Somebody who logs in can bring it about: he is told that his login is wrong, and it counts as
 * one. Otherwise the program that asks is at fault: the login fails for now, and an operator should
 * hear of it. */
bool auth_request_fault_is_clients(enum auth_request_fault fault);

/* Reads the headers; those with names that are not known are ignored, Proxy-Protocol-* are not
 * read. Blanks around a value are no part of it. *space is emptied, and grown once before a secret
 * is written there: auth_request_wipe when the request is done with. False: *fault says why; of
 * *out only key, protocol, client and client_port are set as far as they could be read (a header
 * that came twice is none), for the answer and the log. */
bool auth_request_parse(const struct header_field *headers, size_t count, struct buf *space,
                        struct auth_request *out, enum auth_request_fault *fault);

/* Overwrites what was decoded and empties the space; its memory is kept. */
void auth_request_wipe(struct buf *space);

#endif
