/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the section `respond`; see settings_schema.h. What the values do to each other:
 * docs/guide/route-plan.md.
 */
#include "app/settings_schema_private.h"

#include "app/settings.h"

#define T struct settings_route_mode
static const struct setting route_mode_rows[] = {
    {ONE("provider", NAME, provider), .example = "docomo",
     .meaning = "For this provider; without it for all."},
    {ONE("source", NAME, source), .example = "out-a",
     .meaning = "For this source; without it for all."},
    {ONE("mode", WORD, mode), .required = true, .words = "observe propose auto",
     .first = ROUTE_OBSERVE, .example = "auto", .meaning = "What is done for them."},
};
SECTION(route_mode, T);
#undef T

#define T struct settings_detour
static const struct setting detour_rows[] = {
    {ONE("step", SHARE, step), .fallback = "20%", .least = 0, .most = 1,
     .meaning = "A source that stands in takes its own daily mean of the last 7 days to the "
                "provider, and this share of it more."},
    {ONE("least", COUNT, least), .fallback = "1000", .least = 1, .most = 1e9,
     .meaning = "Or so many recipients a day more, if that is more: for sources that send little."},
    {ONE("pool_share", SHARE, pool_share), .fallback = "50%", .least = 0, .most = 1,
     .meaning = "When more of a pool's sources than this are refused by one provider, none is "
                "detoured any more: the mail waits. One always may be."},
    {ONE("blocked_sources", COUNT, blocked_sources), .fallback = "3", .least = 2, .most = 1000,
     .meaning = "So many refused sources of a pool are no matter of addresses: what is sent, or "
                "its domain, is the cause. Nothing is detoured, and somebody is called."},
    {ONE("replan", DURATION, replan_us), .fallback = "5m", .least = 0, .most = DAY,
     .meaning = "A source that stood in and is refused too is followed by another no sooner than "
                "this: sources are not to be burnt one after the other."},
    {ONE("least_traffic", COUNT, least_traffic), .fallback = "10", .least = 1, .most = 1e9,
     .meaning = "A source with fewer recipients a day at a provider sends nothing there: its pool "
                "need not agree to where that provider's mail goes."},
};
SECTION(detour, T);
#undef T

#define T struct settings_throttle
static const struct setting throttle_rows[] = {
    {ONE("back_off", SHARE, back_off), .fallback = "50%", .least = 0.1, .most = 0.9,
     .meaning = "What is left of the pace when the provider wants less, each time."},
    {ONE("recover", SHARE, recover), .fallback = "10%", .least = 0.01, .most = 1,
     .meaning = "What is added, of the usual pace, each time that it was content."},
    {ONE("every", DURATION, every_us), .fallback = "10m", .least = MINUTE, .most = DAY,
     .meaning = "Each time: after so long."},
    {ONE("tolerated", SHARE, tolerated), .fallback = "5%", .least = 0, .most = 0.9,
     .meaning = "A provider that puts off no more than this share of the attempts is content."},
    {ONE("least_per_hour", COUNT, least_per_hour), .fallback = "20", .least = 1, .most = 1e6,
     .meaning = "Never slower than so many deliveries an hour."},
    {ONE("block_after", DURATION, block_after_us), .fallback = "2h", .least = MINUTE,
     .most = 7 * DAY,
     .meaning = "A provider that is not content with that for so long blocks, in other words."},
};
SECTION(throttle, T);
#undef T

#define T struct settings_probe
static const struct setting probe_rows[] = {
    {ONE("first", DURATION, first_us), .fallback = "15m", .least = SECOND, .most = 7 * DAY,
     .meaning = "From the block to the first message that is tried by the blocked source again."},
    {ONE("interval", DURATION, interval_us), .fallback = "15m", .least = SECOND, .most = DAY,
     .meaning = "Between messages that get through."},
    {ONE("timeout", DURATION, timeout_us), .fallback = "10m", .least = SECOND, .most = DAY,
     .meaning = "A message of which nothing was heard for so long says nothing: another is tried."},
    {ONE("successes", COUNT, successes), .fallback = "3", .least = 1, .most = 100,
     .meaning = "So many in a row must get through before mail is given back."},
    {ONE("longest", DURATION, longest_us), .fallback = "6h", .least = MINUTE, .most = 30 * DAY,
     .meaning = "The wait doubles with each one that is refused, up to this."},
};
SECTION(probe, T);
#undef T

#define T struct settings_ramp
static const struct setting ramp_rows[] = {
    {MANY("steps", SHARE, steps, step_count), .limit = ROUTE_RAMP_STEPS_MAX,
     .fallback = "10% 25% 50%", .least = 0.01, .most = 0.99,
     .meaning = "The shares of the provider's mail that are given back one after the other, "
                "rising; then all of its own. At most 8."},
    {ONE("step", DURATION, step_us), .fallback = "30m", .least = SECOND, .most = 7 * DAY,
     .meaning = "Each step lasts at least so long."},
    {ONE("volume", COUNT, volume), .fallback = "50", .least = 0, .most = 1e9,
     .meaning = "And until so many messages got through by the source."},
    {ONE("patience", DURATION, patience_us), .fallback = "6h", .least = SECOND, .most = 30 * DAY,
     .meaning = "Or, when there are fewer, until so long has passed without a refusal."},
    {ONE("tolerated", SHARE, tolerated), .fallback = "5%", .least = 0, .most = 0.9,
     .meaning = "A larger share of refusals, for sure, and the source loses its mail again."},
    {ONE("refusals", COUNT, refusals), .fallback = "3", .least = 1, .most = 1e6,
     .meaning = "But not for fewer than so many."},
};
SECTION(ramp, T);
#undef T

#define T struct settings_flap
static const struct setting flap_rows[] = {
    {ONE("count", COUNT, count), .fallback = "3", .least = 1, .most = 16,
     .meaning = "What was given back and lost again so often waits for a person."},
    {ONE("within", DURATION, within_us), .fallback = "1d", .least = MINUTE, .most = 30 * DAY,
     .meaning = "Within this time. A source that loses its mail sooner than this after it had it "
                "back waits twice as long as before."},
};
SECTION(flap, T);
#undef T

#define T struct settings_hold
static const struct setting hold_rows[] = {
    {ONE("deadline", DURATION, deadline_us), .fallback = "4h", .least = MINUTE, .most = 30 * DAY,
     .meaning = "Somebody is called when mail has had nowhere to go for so long."},
    {ONE("then", WORD, then), .words = "keep release resort", .first = ROUTE_THEN_KEEP,
     .fallback = "keep",
     .meaning = "And then it waits on, or tries by its own source again, or leaves by the source "
                "of last resort."},
    {ONE("resort", NAME, resort), .example = "rescue",
     .meaning = "That source: its pool must be allowed to stand in, but how much it may take is "
                "not asked. Goes with then: resort."},
    {ONE("lifetime", DURATION, lifetime_us), .fallback = "5d", .least = HOUR, .most = 100 * DAY,
     .meaning = "Postfix' maximal_queue_lifetime: older mail is returned to its sender."},
    {ONE("warn_before", DURATION, warn_before_us), .fallback = "12h", .least = MINUTE,
     .most = 100 * DAY,
     .meaning = "Somebody is called so long before held mail would be returned."},
};
SECTION(hold, T);
#undef T

#define T struct settings_caps
static const struct setting caps_rows[] = {
    {ONE("overrides", COUNT, overrides), .fallback = "5", .least = 1, .most = 200,
     .meaning = "Providers whose mail is moved at once without a person's yes. A wrong rule that "
                "sees blocks everywhere gets no farther."},
    {ONE("volume", SHARE, volume), .fallback = "50%", .least = 0, .most = 1,
     .meaning = "And the share of all mail that theirs may be. The first provider always may."},
};
SECTION(caps, T);
#undef T

#define T struct settings_release
static const struct setting release_rows[] = {
    {ONE("pace", RATE, pace), .fallback = "20/1s",
     .meaning = "So fast waiting messages are tried anew after a route has changed."},
    {ONE("active", COUNT, active), .fallback = "20", .least = 1, .most = 1e9,
     .meaning = "What stands in Postfix' active queue keeps its old route until a reload. So many "
                "messages of the provider are worth one."},
    {ONE("reload_every", DURATION, reload_every_us), .fallback = "5m", .least = SECOND, .most = DAY,
     .meaning = "Reloads are at least so far apart: each makes Postfix forget what it learned of "
                "the pace that others take."},
};
SECTION(release, T);
#undef T

#define T struct settings_respond
static const struct setting respond_rows[] = {
    {ONE("mode", WORD, mode), .words = "observe propose auto", .first = ROUTE_OBSERVE,
     .fallback = "observe",
     .meaning = "What is done about a block: observe says what would be done, propose does it "
                "when a person says yes, auto does it."},
    {MAPS("modes", route_mode, modes, mode_count), .limit = ROUTE_MODES_MAX, .example = "",
     .meaning = "Other modes for some providers or sources. The first that fits."},
    {ONE("exact", SWITCH, exact), .words = "true false", .fallback = "false",
     .meaning = "Postfix' queue manager asks the daemon about each mail for a provider that has a "
                "share or a pace, so that these are exact; needs what todoku config postfix prints "
                "then. Without it, Postfix throws a die of its own for the nearest of 5, 10, 25, "
                "50 and 75%."},
    {ONE("exact_socket", SOCKET, exact_socket), .fallback = "/run/todoku/routes.sock",
     .meaning = "The socket by which it asks; a path of at most 107 bytes."},
    {ONE("exact_group", NAME, exact_group), .example = "postfix",
     .meaning = "The group of that socket: Postfix' user must be in it, and so must the daemon's. "
                "Default: the daemon's own."},
    {ONE("expiry", DURATION, expiry_us), .fallback = "1h", .least = 5 * MINUTE, .most = 30 * DAY,
     .meaning = "An override ends after so long unless todoku renews it, which it does as long as "
                "its reason holds: what a dead daemon leaves behind ends by itself."},
    {MANY("approvers", NAME, approvers, approver_count), .example = "U012ABCDEF",
     .meaning = "Who may approve and deny routes by buttons in Slack, as ids of Slack users. "
                "Default: everybody who sees the message. The commands and the API are not "
                "bound by it."},
    {MAP("detour", detour, detour), .meaning = "Whose mail may leave by which other source."},
    {MAP("throttle", throttle, throttle),
     .meaning = "How a path is slowed down when its provider wants less."},
    {MAP("probe", probe, probe), .meaning = "How a blocked path is tried again, with real mail."},
    {MAP("ramp", ramp, ramp), .meaning = "How its mail is given back."},
    {MAP("flap", flap, flap), .meaning = "When that has gone wrong too often."},
    {MAP("hold", hold, hold), .meaning = "Mail that has nowhere to go."},
    {MAP("release", release, release),
     .meaning = "Mail that waited for a route, or took another one before it changed."},
    {MAP("caps", caps, caps), .meaning = "How much is done without a person."},
};
const struct setting_section settings_respond_section = {
    respond_rows, sizeof(respond_rows) / sizeof(respond_rows[0]), sizeof(T), false, 0};
#undef T
