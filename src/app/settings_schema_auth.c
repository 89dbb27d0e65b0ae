/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the section `auth`; see settings_schema.h.
 */
#include "app/settings_schema_private.h"

#include "app/settings.h"

#define ADDRESSES \
    {ONE("imap", ENDPOINT, imap), .example = "192.0.2.21:143", .meaning = "Its IMAP."}, \
        {ONE("pop3", ENDPOINT, pop3), .example = "192.0.2.21:110", .meaning = "Its POP3."}, \
        {ONE("smtp", ENDPOINT, smtp), .example = "192.0.2.31:587", \
         .meaning = "Where it takes mail of its users (submission)."}, \
    { \
        ONE("sieve", ENDPOINT, sieve), .example = "192.0.2.21:4190", .meaning = "Its ManageSieve." \
    }

#define T struct settings_auth_backends
static const struct setting backends_rows[] = {
    ADDRESSES,
    {ONE("inbound", ENDPOINT, inbound), .example = "192.0.2.31:25",
     .meaning = "Where mail goes that comes without a login (smtp_auth none). Default: nowhere, it "
                "is refused."},
};
SECTION(backends, T);
#undef T

#define T struct settings_auth_server
static const struct setting server_rows[] = {
    {ONE("name", NAME, name), .required = true, .example = "mb07",
     .meaning = "As accounts name it."},
    ADDRESSES,
    {ONE("weight", COUNT, weight), .fallback = "1", .least = 0, .most = 1000,
     .meaning = "Its part of the accounts that name no server; 0: none of them."},
    {ONE("draining", SWITCH, draining), .words = "true false", .fallback = "false",
     .meaning = "It gets no account any more that does not name it."},
    {MANY("alternatives", NAME, alternatives, alternative_count), .limit = 8, .example = "mb07-b",
     .meaning = "Servers that have the same mailboxes, in this order, while it is down. Without "
                "any its accounts are told to try again later."},
};
SECTION(server, T);
#undef T

#define T struct settings_auth_guesses
static const struct setting guesses_rows[] = {
    {ONE("network", RATE, network), .fallback = "60/1h",
     .meaning = "So many failures from one network (/24, /64) are nothing strange; beyond them it "
                "waits, and is then denied. The same wrong password again counts once."},
    {ONE("account", RATE, account), .fallback = "30/1h",
     .meaning = "The same of one account, wherever they come from. Networks from which it has "
                "logged in do not feel it."},
    {ONE("pair", RATE, pair), .fallback = "10/15m",
     .meaning = "The same of one account from one network."},
    {ONE("wait", DURATION, wait_us), .fallback = "1s", .least = 0, .most = 60 * SECOND,
     .meaning = "So long nginx holds back the answer to the first failure; each further one waits "
                "twice as long. 0: never."},
    {ONE("wait_max", DURATION, wait_max_us), .fallback = "30s", .least = SECOND,
     .most = 300 * SECOND, .meaning = "But no longer than this."},
    {ONE("trust", DURATION, trust_us), .fallback = "30d", .least = MINUTE, .most = 400 * DAY,
     .meaning = "So long after a login the network that it came from is trusted for that account."},
    {MANY("exempt", NETWORK, exempt, exempt_count), .limit = 256, .example = "192.0.2.80",
     .meaning = "Addresses that many users share, as those of webmail: failures there count for "
                "their accounts only."},
};
SECTION(guesses, T);
#undef T

#define T struct settings_auth_cache
static const struct setting cache_rows[] = {
    {ONE("ttl", DURATION, ttl_us), .fallback = "1h", .least = 0, .most = 7 * DAY,
     .meaning = "So long a password that was right needs not be computed again; a change of the "
                "account ends that at once. Also so long who logged in lately can do so while the "
                "database is away. 0: never."},
    {ONE("entries", COUNT, entries), .fallback = "200000", .least = 100, .most = 10e6,
     .meaning = "So many at once, at about 128 bytes each as they come."},
    {ONE("recheck", DURATION, recheck_us), .fallback = "1s", .least = 0, .most = HOUR,
     .meaning = "So long the account itself is not looked up again, where the driver of accounts "
                "cannot say that something was changed (postgresql, mysql)."},
};
SECTION(cache, T);
#undef T

#define T struct settings_auth_hashing
static const struct setting hashing_rows[] = {
    {ONE("threads", COUNT, threads), .fallback = "0", .least = 0, .most = 256,
     .meaning = "Passwords that are computed at once, with less claim to the processor than "
                "answers. 0: as many as there are processors."},
    {ONE("memory", SIZE, memory_bytes), .fallback = "256MiB", .least = 8 * MIB, .most = TIB,
     .meaning = "Memory for all of them together; a password that needs more than that alone "
                "cannot be checked."},
    {ONE("scheme", WORD, scheme),
     .words = "argon2id yescrypt blf-crypt sha512-crypt pbkdf2 scram-sha-256 ssha512 sealed plain",
     .fallback = "argon2id",
     .meaning = "How new passwords are kept. sealed (encrypted by plain_key) and plain are for "
                "cram-md5 and apop, which need the password itself."},
    {ONE("cost_memory", SIZE, cost_bytes), .fallback = "19MiB", .least = MIB, .most = 4096 * MIB,
     .meaning = "argon2id: memory of one."},
    {ONE("cost_passes", COUNT, cost_passes), .fallback = "2", .least = 1, .most = 100,
     .meaning = "argon2id: passes over it."},
    {ONE("rehash", SWITCH, rehash), .words = "true false", .fallback = "false",
     .meaning = "Keep the password anew when its user logs in and it is kept in a weaker way; "
                "driver sqlite only."},
};
SECTION(hashing, T);
#undef T

#define T struct settings_auth
static const struct setting auth_rows[] = {
    {MANY("listen", ENDPOINT, listen, listen_count), .limit = 8,
     .example = "unix:/run/todoku/auth 127.0.0.1:8482",
     .meaning = "Where nginx asks (auth_http; todoku config nginx prints the lines). A unix socket "
                "costs half of what TCP does. Who can ask can also guess: what is not on this host "
                "needs a key."},
    {ONE("group", NAME, group), .example = "www-data",
     .meaning = "The group of unix sockets: nginx's user must be in it, and so must the daemon's. "
                "Default: the daemon's own."},
    {ONE("key", SECRET, key), .example = "file:/etc/todoku/auth-key",
     .meaning = "What nginx sends in the header X-Auth-Key (auth_http_header); who does not is "
                "refused. Default: none is asked for."},
    {MANY("callers", NETWORK, callers, caller_count), .limit = 256, .fallback = "127.0.0.0/8 ::1",
     .meaning = "Who may ask by TCP."},
    {MANY("methods", WORD, methods, method_count), .limit = 5,
     .words = "plain cram-md5 apop external none", .fallback = "plain cram-md5 apop",
     .meaning = "How clients may say who they are; plain is also LOGIN and USER/PASS. external: by "
                "a certificate that nginx has verified. none: SMTP without a login, which goes to "
                "backends.inbound."},
    {ONE("internal_password", SECRET, internal_password),
     .example = "file:/etc/todoku/internal-password",
     .meaning = "What nginx logs in with behind it, in place of the user's password, which then "
                "goes no further; needed by cram-md5, apop and external, where nobody has it."},
    {ONE("plain_key", PATH, plain_key), .example = "/etc/todoku/plain-key",
     .meaning = "The file with the key of sealed passwords."},
    {ONE("external_by", WORD, external_by), .words = "name mail", .fallback = "mail",
     .meaning = "What of a certificate's subject is the login: its CN, or its emailAddress."},
    {MAP("backends", backends, backends),
     .meaning = "Where clients go whose account names no server, by protocol; nginx takes IPv4 "
                "addresses, or ::1."},
    {MAPS("servers", server, servers, server_count), .limit = 1000, .example = "",
     .meaning = "Mailbox servers by name. Who names none is one's of those by weight, always the "
                "same, unless backends says where."},
    {ONE("health", SWITCH, health), .words = "true false", .fallback = "true",
     .meaning = "See whether they greet, and send nobody to one that does not."},
    {ONE("health_every", DURATION, health_every_us), .fallback = "5s", .least = SECOND,
     .most = HOUR, .meaning = "How often."},
    {ONE("health_deadline", DURATION, health_deadline_us), .fallback = "3s", .least = 0.1 * SECOND,
     .most = MINUTE, .meaning = "When a greeting is too late."},
    {ONE("proxy_protocol", SWITCH, proxy_protocol), .words = "true false", .fallback = "false",
     .meaning = "Those of IMAP and POP3 want a PROXY line first (nginx: proxy_protocol on). SMTP "
                "servers are told by XCLIENT, and get none."},
    {MAP("guesses", guesses, guesses), .meaning = "When failures are taken to be guessing."},
    {MAP("cache", cache, cache), .meaning = "Passwords that were right lately."},
    {MAP("hashing", hashing, hashing), .meaning = "Computing passwords."},
    {ONE("log", WORD, log), .words = "all refused none", .fallback = "all",
     .meaning = "Which logins are lines of the daemon's own log."},
    {MANY("kick", TEXT, kick, kick_count), .limit = 16, .example = "doveadm kick {login}",
     .meaning = "A command that ends the open sessions of an account which may not log in any "
                "more, word by word; {login} is the account. Without it open sessions go on."},
    {ONE("connections", COUNT, connections), .fallback = "10000", .least = 16, .most = 65536,
     .meaning = "So many connections at once."},
};
const struct setting_section settings_auth_section = {
    auth_rows, sizeof(auth_rows) / sizeof(auth_rows[0]), sizeof(T), false, 0};
#undef T
