/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the section `quota`; see settings_schema.h.
 */
#include "app/settings_schema_private.h"

#include "app/settings.h"
#include "gate/mailbox_finder.h"
#include "gate/quota_words.h"
#include "io/quota_pool.h"

#define T struct settings_quota_server
static const struct setting server_rows[] = {
    {ONE("name", NAME, name), .required = true, .example = "mb01", .meaning = "As tables name it."},
    {ONE("address", ENDPOINT, address), .required = true, .example = "192.0.2.27:12340",
     .meaning = "Where its Dovecot answers quota-status."},
    {MANY("hosts", TEXT, hosts, host_count), .limit = 32, .example = "mb07.example.jp",
     .meaning = "Other names that tables have for it, as the host of a transport "
                "(lmtp:[mb07.example.jp]:24). Its address is one of them."},
};
SECTION(server, T);
#undef T

#define T struct settings_quota_rule
static const struct setting rule_rows[] = {
    {MANY("domains", TEXT, domains, domain_count), .required = true, .limit = 1000,
     .example = "shop.example.jp *.example.com",
     .meaning = "Of the mailboxes; * stands for anything."},
    {ONE("over", WORD, over), .words = "reject defer accept", .first = SETTINGS_QUOTA_REJECT,
     .example = "defer", .meaning = "As quota.over. Default: what that says."},
    {ONE("nouser", WORD, nouser), .words = "dunno reject", .first = SETTINGS_QUOTA_NOUSER_DUNNO,
     .example = "reject",
     .meaning = "As quota.nouser; of the recipient's domain. Default: what "
                "that says."},
    {ONE("text", TEXT, text), .example = "Mailbox is full, call +81 3 0000 0000",
     .meaning = "As quota.text. Default: what that says."},
};
SECTION(rule, T);
#undef T

#define T struct settings_quota_cache
static const struct setting cache_rows[] = {
    {ONE("over", DURATION, over_us), .fallback = "5s", .least = 0, .most = 300 * SECOND,
     .meaning = "So long what was over is over. 0: it is asked each time."},
    {ONE("fits", DURATION, fits_us), .fallback = "2s", .least = 0, .most = 60 * SECOND,
     .meaning = "So long what fitted fits, less what was taken meanwhile."},
    {ONE("nouser", DURATION, no_user_us), .fallback = "10s", .least = 0, .most = 300 * SECOND,
     .meaning = "So long who is not there is not there."},
    {ONE("mailboxes", COUNT, mailboxes), .fallback = "100000", .least = 100, .most = 10e6,
     .meaning = "So many at once, at about 250 bytes each as they come."},
};
SECTION(cache, T);
#undef T

#define TABLES(key, field, example_, meaning_) \
    { \
        MANY(key, TEXT, field.specs, field.count), .limit = FINDER_TABLES_MAX, \
                                                   .example = example_, .meaning = meaning_ \
    }

#define T struct settings_quota
static const struct setting quota_rows[] = {
    {MANY("listen", ENDPOINT, listen, listen_count), .limit = 8, .example = "127.0.0.1:8483",
     .meaning = "Where Postfix asks, at RCPT and at the end of a message (check_policy_service; "
                "todoku config postfix prints the lines). Without any, nobody can ask. Who can ask "
                "learns which mailboxes are full: what is not on this host needs a network that "
                "only relays are in."},
    {ONE("group", NAME, group), .example = "postfix",
     .meaning = "The group of unix sockets: Postfix' user must be in it, and so must the daemon's. "
                "Default: the daemon's own."},
    {MAPS("servers", server, servers, server_count), .limit = 1000, .example = "",
     .meaning = "Mailbox servers by name, and their quota services."},
    {ONE("default_server", NAME, default_server), .example = "mb01",
     .meaning = "Who is asked where a table names a server or transport that is none of these, or "
                "where a mailbox has no value. Default: nobody, such mail passes."},
    TABLES("mailboxes", mailboxes, "text:/etc/postfix/transport lmdb:/etc/postfix/mailboxes",
           "Which server holds a mailbox, in the order in which they are asked: `taro@example.jp "
           "mb07`, `@example.jp mb08`, `*@example.com mb09`, or transports as Postfix has them "
           "(lmtp:[mb07]:24). KIND:PATH as in Postfix: text, lmdb, alias, passwd-file, sqlite "
           "(sqlite:/var/lib/mail.db?SELECT server FROM mailbox WHERE address = :key), inline, "
           "static. Changed files are read again within seconds."),
    TABLES("aliases", aliases, "lmdb:/etc/postfix/virtual",
           "Postfix' virtual_alias_maps: where a recipient's mail really goes."),
    TABLES("canonical", canonical, "lmdb:/etc/postfix/canonical",
           "Postfix' recipient_canonical_maps and canonical_maps."),
    TABLES("local_aliases", local_aliases, "alias:/etc/aliases",
           "Postfix' alias_maps, for local_domains."),
    TABLES("domain_tables", domain_tables, "text:/etc/postfix/domains",
           "Tables with domains that are ours, whatever their values are (virtual_mailbox_domains, "
           "relay_domains)."),
    {MANY("domains", TEXT, domains, domain_count), .limit = 1000,
     .example = "example.jp *.example.com",
     .meaning = "Domains whose mailboxes are ours; * stands for anything. Without these, "
                "local_domains and domain_tables a domain is ours where a mailbox is found."},
    {MANY("local_domains", TEXT, local_domains, local_domain_count), .limit = 1000,
     .example = "mail.example.jp", .meaning = "Postfix' mydestination."},
    {ONE("recipient_delimiter", TEXT, delimiters), .fallback = "+",
     .meaning = "As in Postfix: what is behind it in a local part is no name of its own. \"\": "
                "nothing is."},
    {ONE("default_domain", TEXT, default_domain), .example = "example.jp",
     .meaning = "Of recipients that have none (myorigin)."},
    {ONE("propagate_extensions", SWITCH, propagates), .words = "true false", .fallback = "true",
     .meaning = "An extension goes along through aliases (Postfix' "
                "propagate_unmatched_extensions)."},
    {ONE("deadline", DURATION, deadline_us), .fallback = "400ms", .least = 0.02 * SECOND,
     .most = 1.5 * SECOND,
     .meaning = "So long a mailbox server has for an answer; Postfix has one within three times "
                "this, whatever happens."},
    {ONE("connections_per_server", COUNT, per_server), .fallback = "2", .least = 1,
     .most = QUOTA_CONNECTIONS_MAX,
     .meaning = "Connections to a mailbox server, made as they are needed; each is a process of "
                "Dovecot there."},
    {ONE("on_failure", WORD, on_failure), .words = "dunno defer", .fallback = "dunno",
     .meaning = "What Postfix is told when a server or table cannot be asked: dunno takes the "
                "mail, defer has it come again (451)."},
    {ONE("over", WORD, over), .words = "reject defer accept", .first = SETTINGS_QUOTA_REJECT,
     .fallback = "reject",
     .meaning = "What is done with mail that has no room: reject (552) tells its sender at once; "
                "defer (452) leaves it in his queue for days; accept only counts it. Larger than "
                "the mailbox may ever be is always 552."},
    {ONE("nouser", WORD, nouser), .words = "dunno reject", .first = SETTINGS_QUOTA_NOUSER_DUNNO,
     .fallback = "dunno",
     .meaning = "What Postfix is told of recipients that nobody knows: dunno leaves them to its "
                "own tables, reject is 550."},
    {ONE("text", TEXT, text), .example = "Mailbox is full since {since}",
     .meaning =
         "What the client reads, in place of the built-in sentence. Gaps: " QUOTA_WORDS_GAPS "."},
    {ONE("language", WORD, language), .words = "en ja", .fallback = "en",
     .meaning = "Language of what clients read."},
    {MAPS("rules", rule, rules, rule_count), .limit = 256, .example = "",
     .meaning = "Other answers for some domains; the first that fits counts."},
    {ONE("split", SWITCH, split), .words = "true false", .fallback = "false",
     .meaning = "A mailbox without room for near_full bytes gets its mail alone: other recipients "
                "of that message are told to come again (452). So no message is taken of which "
                "one recipient would bounce; it costs them their sender's time to try again."},
    {ONE("near_full", SIZE, near_full), .fallback = "200KiB", .least = 1, .most = TIB,
     .meaning = "A mailbox is nearly full if a message of this size has no room."},
    {MAP("cache", cache, cache), .meaning = "What is known of mailboxes for seconds."},
    {ONE("connections", COUNT, connections), .fallback = "4096", .least = 16, .most = 65536,
     .meaning = "So many connections of Postfix at once; beyond that the one that was idle for "
                "longest is closed, which Postfix notices and connects again."},
};
const struct setting_section settings_quota_section = {
    quota_rows, sizeof(quota_rows) / sizeof(quota_rows[0]), sizeof(T), false, 0};
#undef T
