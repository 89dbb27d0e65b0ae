/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the section `policy.hijack`; see settings_schema.h. Their defaults are those of
 * watch/hijack_score.h: a unit test holds the two together.
 */
#include "app/settings_schema_private.h"

#include "app/settings.h"

#define POINTS(sign, word) ONE(word, FACTOR, of[HIJACK_SIGN_##sign]), .least = 0, .most = 100

#define T struct settings_hijack_points
static const struct setting points_rows[] = {
    {POINTS(VOLUME, "volume"), .fallback = "30",
     .meaning = "More recipients than is normal for it; in full at four times the normal."},
    {POINTS(NETWORKS, "networks"), .fallback = "25",
     .meaning = "Mail from client networks that it never had."},
    {POINTS(COUNTRIES, "countries"), .fallback = "15",
     .meaning = "Mail from clients in countries that it never sent from; needs countries."},
    {POINTS(TRAVEL, "travel"), .fallback = "20",
     .meaning = "Mail from two countries that are far from each other, within an hour."},
    {POINTS(RECIPIENTS, "recipients"), .fallback = "10",
     .meaning = "Addresses that it never wrote to."},
    {POINTS(DOMAINS, "domains"), .fallback = "10",
     .meaning = "Many domains of recipients that are new to it."},
    {POINTS(DEAD, "dead"), .fallback = "30",
     .meaning = "Addresses that do not exist, beyond what its own past has."},
    {POINTS(SPAM, "spam"), .fallback = "25", .meaning = "Mail that providers refuse as spam."},
    {POINTS(LOGINS, "logins"), .fallback = "10",
     .meaning = "Logins that failed, from networks that it never had."},
    {POINTS(SENDERS, "senders"), .fallback = "15",
     .meaning = "Envelope senders of domains that are new to it."},
    {POINTS(HOURS, "hours"), .fallback = "10",
     .meaning = "Mail at hours of the day at which it never sent."},
    {POINTS(SIZES, "sizes"), .fallback = "5", .meaning = "Messages that are all of one size."},
};
SECTION(points, T);
#undef T

#define T struct settings_hijack_steps
#define STEP(step, word) ONE(word, FACTOR, of[HIJACK_##step]), .least = 1, .most = 1000
static const struct setting steps_rows[] = {
    {STEP(NOTE, "note"), .fallback = "35", .meaning = "An incident, as information."},
    {STEP(SLOW, "slow"), .fallback = "45",
     .meaning = "Its mail goes by slow_transport, and the incident is a warning."},
    {STEP(HOLD, "hold"), .fallback = "60", .meaning = "Its mail waits in the hold queue."},
    {STEP(DEFER, "defer"), .fallback = "80",
     .meaning = "Its mail is put off (450); needs two signs that do not come from each other."},
    {STEP(SUSPEND, "suspend"), .fallback = "95",
     .meaning = "The account is suspended until a person resumes it; needs two such signs."},
};
SECTION(steps, T);
#undef T

#define T struct settings_hijack_allow
static const struct setting allow_rows[] = {
    {ONE("login", TEXT, login), .required = true, .example = "news@example.jp",
     .meaning = "The account."},
    {ONE("until", TEXT, until), .required = true, .example = "2027-01-01",
     .meaning = "The day (UTC) on which it is watched again."},
};
SECTION(allow, T);
#undef T

#define T struct settings_hijack
static const struct setting hijack_rows[] = {
    {ONE("mode", WORD, mode), .words = "respond off observe propose auto",
     .first = SETTINGS_HIJACK_RESPOND, .fallback = "respond",
     .meaning = "What is done when somebody else seems to send with an account: observe says so, "
                "propose says the command as well, auto takes the step; respond does as "
                "respond.mode says, off watches nothing."},
    {ONE("countries", PATH, countries), .example = "/var/lib/GeoIP/GeoLite2-Country.mmdb",
     .meaning = "A MaxMind database, which says in which country a client is. Without one nothing "
                "is said of countries."},
    {ONE("least_hour", COUNT, least_hour), .fallback = "50", .least = 1, .most = 1e6,
     .meaning = "So many recipients in an hour are normal for anybody."},
    {ONE("least_day", COUNT, least_day), .fallback = "100", .least = 1, .most = 1e6,
     .meaning = "The same within a day."},
    {ONE("own_factor", FACTOR, own_factor), .fallback = "2.5", .least = 1, .most = 1000,
     .meaning = "Up to so many times what the account usually has in this hour of the week is "
                "normal for it."},
    {ONE("fleet_factor", FACTOR, fleet_factor), .fallback = "4", .least = 1, .most = 1000,
     .meaning = "Of an account without a past: up to so many times the busy hours (90th "
                "percentile) of the others."},
    {ONE("cool_down", DURATION, cool_down_us), .fallback = "6h", .least = MINUTE, .most = 30 * DAY,
     .meaning = "A step ends when nothing has spoken for it for so long; suspended accounts are "
                "resumed by people only."},
    {ONE("forgive", DURATION, forgive_us), .fallback = "1d", .least = MINUTE, .most = 30 * DAY,
     .meaning = "When a person closes the incident, the account is not judged for so long."},
    {MAP("points", points, points),
     .meaning = "What each sign is worth at most. 0: it does not count."},
    {MAP("steps", steps, steps), .meaning = "The score from which each step is taken; rising."},
    {MAPS("allow", allow, allow, allow_count), .limit = 256, .example = "",
     .meaning = "Accounts that are not judged, each with an end."},
};
#undef T
const struct setting_section settings_hijack_section = {
    hijack_rows, sizeof(hijack_rows) / sizeof(hijack_rows[0]), sizeof(struct settings_hijack),
    false, 0};
