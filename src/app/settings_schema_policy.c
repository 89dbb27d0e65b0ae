/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the section `policy`; see settings_schema.h.
 */
#include "app/settings_schema_private.h"

#include "app/settings.h"
#include "gate/meter.h"
#include "gate/policy_words.h"

#define KIND(number) .kind = 1 + (number)
#define KINDS(type_, name) \
    static const struct setting_section name##_section = { \
        name##_rows, sizeof(name##_rows) / sizeof(name##_rows[0]), sizeof(type_), true, \
        offsetof(type_, kind)}

#define T struct settings_level
static const struct setting level_rows[] = {
    {ONE("domain", TEXT, domain), KIND(SETTINGS_LEVEL_DOMAIN), .example = "shop.example.jp",
     .meaning = "For logins of this domain."},
    {ONE("class", NAME, account_class), KIND(SETTINGS_LEVEL_CLASS), .example = "business",
     .meaning = "For accounts of this class; wins over their domain."},
    {ONE("count", COUNT, count), .required = true, .least = 0, .most = METER_LIMIT_MAX,
     .example = "5000",
     .meaning = "The number that holds for them, in place of that of the limit: "
                "recipients, messages, or KiB. 0: nothing may pass."},
};
KINDS(T, level);
#undef T

#define T struct settings_limit
#define WITH_RATE \
    .with = 1u << SETTINGS_LIMIT_RECIPIENTS | 1u << SETTINGS_LIMIT_MESSAGES | \
            1u << SETTINGS_LIMIT_NEW_RECIPIENTS
static const struct setting limit_rows[] = {
    {ONE("recipients", RATE, recipients), KIND(SETTINGS_LIMIT_RECIPIENTS), .example = "500/1h",
     .meaning = "So many recipients in so long: never more in any span of that length. A message "
                "passes with all of its recipients or not at all, and one that is refused counts "
                "nothing."},
    {ONE("messages", RATE, messages), KIND(SETTINGS_LIMIT_MESSAGES), .example = "100/1h",
     .meaning = "So many messages, whatever the number of their recipients."},
    {ONE("size", SIZE, size_bytes), KIND(SETTINGS_LIMIT_SIZE), .least = 1024, .most = 900 * 1e9,
     .example = "500MiB",
     .meaning = "So many bytes, each message rounded up to KiB. Exact only where Postfix asks at "
                "the end of a message; before it, what the client says counts."},
    {ONE("per_message", COUNT, per_message), KIND(SETTINGS_LIMIT_PER_MESSAGE), .least = 0,
     .most = METER_LIMIT_MAX, .example = "100", .meaning = "So many recipients of one message."},
    {ONE("new_recipients", RATE, new_recipients), KIND(SETTINGS_LIMIT_NEW_RECIPIENTS),
     .example = "200/1d",
     .meaning = "So many addresses that the login (without one: the client) has not written to for "
                "as long; of several such limits the longest time says who is new. Postfix must "
                "ask at RCPT too: only there it names them all."},
    {ONE("name", NAME, name), .example = "user-hour",
     .meaning = "What it is called in answers, metrics and logs; not twice. Default: what it "
                "counts, from the second one on with a number: recipients-2."},
    {MANY("key", WORD, key, key_count), .limit = 5,
     .words = "sasl_username sender_domain client_address client_network account_class",
     .fallback = "sasl_username",
     .meaning = "Who is counted apart: login, domain of the sender, client, its network (/24, "
                "/48), class of the account, or several of these together. A message that has not "
                "what the key asks for is not limited by it. []: all mail is counted as one."},
    {ONE("within", DURATION, within_us), .with = 1u << SETTINGS_LIMIT_SIZE, .least = SECOND,
     .most = 366 * DAY, .fallback = "1d", .meaning = "The length of time that size is about."},
    {ONE("burst", COUNT, burst), WITH_RATE, .fallback = "0", .least = 0, .most = METER_LIMIT_MAX,
     .meaning = "A token bucket in place of the sliding window: the rate is how it fills, and so "
                "many may be saved up. 0: a window."},
    {ONE("action", WORD, action), .words = "warn slow hold defer reject discard",
     .first = LIMIT_WARN, .fallback = "defer",
     .meaning = "What is done with a message that is over: defer (450) and reject (550) say when "
                "to try again; warn, slow and hold let it pass, and count it; discard drops it "
                "while its sender believes that it was sent."},
    {ONE("shadow", SWITCH, shadow), .words = "true false", .fallback = "false",
     .meaning = "Say what would have been done, and do nothing."},
    {ONE("text", TEXT, text), .example = "over {rule}, again after {time} UTC",
     .meaning =
         "What the client reads, in place of the built-in sentence. Gaps: " POLICY_WORDS_GAPS "."},
    {MAPS("levels", level, levels, level_count), .limit = 256, .example = "",
     .meaning = "Other numbers for some domains and classes."},
};
KINDS(T, limit);
#undef T

#define T struct settings_policy
static const struct setting policy_rows[] = {
    {MANY("listen", ENDPOINT, listen, listen_count), .limit = 8,
     .example = "unix:/run/todoku/policy 127.0.0.1:8481",
     .meaning = "Where Postfix asks before it takes a message (check_policy_service; todoku config "
                "postfix prints the lines). Without any, nobody can ask. What is not on this host "
                "needs a network that only relays are in: who can ask can also count."},
    {ONE("group", NAME, group), .example = "postfix",
     .meaning = "The group of unix sockets: Postfix' user must be in it, and so must the daemon's. "
                "Default: the daemon's own."},
    {MAPS("limits", limit, limits, limit_count), .limit = 64, .example = "",
     .meaning = "How much may be sent, each of one kind; of those with the same key at most 16. "
                "A message must keep all of them."},
    {MANY("exempt", NETWORK, exempt, exempt_count), .limit = 256, .fallback = "127.0.0.0/8 ::1",
     .meaning = "Mail from these networks without a login is not limited: what comes back from a "
                "content filter was counted when it came in. Bounces are not limited either."},
    {ONE("default_domain", TEXT, default_domain), .example = "example.jp",
     .meaning = "Put behind logins that have no domain, so that taro and taro@example.jp are one "
                "account. Default: they are two."},
    {ONE("slow_transport", NAME, slow_transport), .example = "slow",
     .meaning = "The transport in master.cf that mail is sent by which a limit slows down. Needed "
                "by action: slow."},
    {ONE("language", WORD, language), .words = "en ja", .fallback = "en",
     .meaning = "Language of what clients read."},
    {ONE("accounts", COUNT, accounts), .fallback = "1000000", .least = 1000, .most = 100e6,
     .meaning = "So many keys of each kind are counted at once, at about 190 bytes each as they "
                "come; beyond that the one that was quiet for longest is forgotten."},
    {ONE("known_recipients", COUNT, known_recipients), .fallback = "2000000", .least = 1000,
     .most = 200e6,
     .meaning = "For limits of new_recipients: so many pairs of sender and recipient are known at "
                "once, at 16 to 32 bytes each; beyond that some of the oldest are forgotten, and "
                "are new again. Another number forgets all of them."},
    {ONE("connections", COUNT, connections), .fallback = "4096", .least = 16, .most = 65536,
     .meaning = "So many connections at once; beyond that the one that was idle for longest is "
                "closed, which Postfix notices and connects again."},
    {ONE("hijack", SECTION, hijack), .section = &settings_hijack_section,
     .meaning = "When an account is taken to be hijacked, and what is done about it."},
};
const struct setting_section settings_policy_section = {
    policy_rows, sizeof(policy_rows) / sizeof(policy_rows[0]), sizeof(T), false, 0};
#undef T
