/* SPDX-License-Identifier: Apache-2.0
 *
 * Strengths, points and steps. See hijack_score.h.
 */
#include "watch/hijack_score.h"

#include <math.h>

#include "base/country.h"
#include "base/proportion.h"

#define MANY_NETWORKS 3     /* new ones that are as strange as can be */
#define STRANGER_NETWORKS 6 /* of an account whose own nobody knows */
#define ONE_NETWORK 0.6     /* strength of a single new one: a new phone, a hotel */
#define MANY_COUNTRIES 2
#define MANY_DOMAINS 20
#define MANY_REFUSED 20
#define MANY_SENDERS 10
#define MANY_SENDER_DOMAINS 3
#define DEAD_LEAST 5
#define DEAD_USUAL 0.05 /* a share that old lists have */
#define DEAD_MANY 0.25
#define SPAM_LEAST 5
#define SPAM_USUAL 0.05
#define SPAM_MANY 0.4
#define SIZED_LEAST 10
#define ONE_SIZE 0.03    /* deviation by mean */
#define GATE_OPEN 1.5    /* times the normal */
#define FAMILY_LEAST 0.4 /* strength that makes a sign one of a family */

const struct hijack_rule hijack_rule_default = HIJACK_RULE;

enum family { FAMILY_NONE, FAMILY_CLIENTS, FAMILY_LOGINS, FAMILY_ADDRESSES, FAMILY_SENDERS };

static const enum family families[HIJACK_SIGN_COUNT] = {
    [HIJACK_SIGN_NETWORKS] = FAMILY_CLIENTS, [HIJACK_SIGN_COUNTRIES] = FAMILY_CLIENTS,
    [HIJACK_SIGN_TRAVEL] = FAMILY_CLIENTS,   [HIJACK_SIGN_LOGINS] = FAMILY_LOGINS,
    [HIJACK_SIGN_DEAD] = FAMILY_ADDRESSES,   [HIJACK_SIGN_SPAM] = FAMILY_ADDRESSES,
    [HIJACK_SIGN_SENDERS] = FAMILY_SENDERS,
};

/* What is weighed: a strength with its numbers. */
struct weighed {
    double strength;
    uint64_t count, of;
};

static double unit(double value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

/* How many times the normal. */
static double times_normal(const struct hijack_facts *facts, bool *by_day)
{
    double hour = (double)facts->hour / fmax(facts->normal_hour, 1),
           day = (double)facts->day / fmax(facts->normal_day, 1);
    *by_day = day > hour;
    return fmax(hour, day);
}

static struct weighed weigh_volume(const struct hijack_facts *facts, double times, bool by_day)
{
    return (struct weighed){
        .strength = times > 1 ? unit(log2(times) / 2) : 0,
        .count = by_day ? facts->day : facts->hour,
        .of = (uint64_t)llround(by_day ? facts->normal_day : facts->normal_hour),
    };
}

/* How much of what is above the normal the new clients explain: the owner may send meanwhile. */
static double share_above(uint64_t part, const struct weighed *volume)
{
    double above = (double)volume->count - (double)volume->of;
    return above > 0 ? unit((double)part / above) : 0;
}

static struct weighed weigh_networks(const struct hijack_facts *facts, const struct weighed *volume)
{
    struct weighed out = {.count = facts->foreign, .of = facts->recipients};
    double many = facts->has_past ? MANY_NETWORKS : STRANGER_NETWORKS;
    double alone = facts->has_past ? ONE_NETWORK : 0;
    if (facts->networks > 0)
        out.strength =
            fmax(alone, unit((double)facts->networks / many)) * share_above(facts->foreign, volume);
    if (!facts->has_past && facts->networks < STRANGER_NETWORKS)
        out.strength = 0;
    return out;
}

static struct weighed weigh_countries(const struct hijack_facts *facts,
                                      const struct weighed *volume)
{
    struct weighed out = {.count = facts->abroad, .of = facts->recipients};
    if (facts->has_countries && facts->countries > 0)
        out.strength = fmax(ONE_NETWORK, unit((double)facts->countries / MANY_COUNTRIES)) *
                       share_above(facts->abroad, volume);
    return out;
}

/* Of an account whose countries are known it is one sign more for what was sent from new ones: a
 * telephone behind a distant relay is no thief while the mail comes from the desk. */
static struct weighed weigh_travel(const struct hijack_facts *facts, const struct weighed *volume)
{
    struct weighed out = {.count = facts->abroad, .of = facts->recipients};
    if (facts->where.from != COUNTRY_NONE)
        out.strength = facts->has_countries ? unit(2 * share_above(facts->abroad, volume)) : 1;
    return out;
}

static struct weighed weigh_share(uint64_t part, uint64_t whole, bool counts)
{
    return (struct weighed){counts ? share(part, whole) : 0, part, whole};
}

static struct weighed weigh_domains(const struct hijack_facts *facts)
{
    bool counts = facts->has_past;
    return (struct weighed){counts ? unit((double)facts->new_domains / MANY_DOMAINS) : 0,
                            facts->new_domains, facts->addresses};
}

/* A share that is surely above the usual one. */
static struct weighed weigh_failures(uint64_t failed, uint64_t tried, double usual, double many)
{
    double lower = proportion_lower(failed, tried);
    return (struct weighed){unit((lower - usual) / (many - usual)), failed, tried};
}

static struct weighed weigh_dead(const struct hijack_facts *facts)
{
    double usual = fmax(DEAD_USUAL, 2 * facts->usual_dead);
    if (facts->dead < DEAD_LEAST || usual >= 0.9)
        return (struct weighed){0, facts->dead, facts->tried};
    return weigh_failures(facts->dead, facts->tried, usual, usual + DEAD_MANY - DEAD_USUAL);
}

static struct weighed weigh_spam(const struct hijack_facts *facts)
{
    if (facts->spam < SPAM_LEAST)
        return (struct weighed){0, facts->spam, facts->tried};
    return weigh_failures(facts->spam, facts->tried, SPAM_USUAL, SPAM_MANY);
}

static struct weighed weigh_senders(const struct hijack_facts *facts)
{
    struct weighed out = {.count = facts->new_sender_domains, .of = facts->senders};
    double domains = (double)facts->new_sender_domains / MANY_SENDER_DOMAINS,
           several = (double)facts->senders / MANY_SENDERS;
    uint64_t least = facts->has_past ? 0 : 1; /* a newcomer's own is new, too */
    if (facts->new_sender_domains > least)
        out.strength = fmax(unit(domains), 0.5 * unit(several));
    return out;
}

static struct weighed weigh_sizes(const struct hijack_facts *facts)
{
    bool one = facts->sized >= SIZED_LEAST && facts->size_spread <= ONE_SIZE;
    return (struct weighed){one ? 1 : 0, facts->sized, facts->sized};
}

static void weigh_all(const struct hijack_facts *facts, struct weighed all[HIJACK_SIGN_COUNT])
{
    bool past = facts->has_past;
    all[HIJACK_SIGN_NETWORKS] = weigh_networks(facts, &all[HIJACK_SIGN_VOLUME]);
    all[HIJACK_SIGN_COUNTRIES] = weigh_countries(facts, &all[HIJACK_SIGN_VOLUME]);
    all[HIJACK_SIGN_TRAVEL] = weigh_travel(facts, &all[HIJACK_SIGN_VOLUME]);
    all[HIJACK_SIGN_RECIPIENTS] = weigh_share(facts->new_addresses, facts->addresses, past);
    all[HIJACK_SIGN_DOMAINS] = weigh_domains(facts);
    all[HIJACK_SIGN_DEAD] = weigh_dead(facts);
    all[HIJACK_SIGN_SPAM] = weigh_spam(facts);
    all[HIJACK_SIGN_LOGINS] =
        (struct weighed){unit((double)facts->refused / MANY_REFUSED), facts->refused, 0};
    all[HIJACK_SIGN_SENDERS] = weigh_senders(facts);
    all[HIJACK_SIGN_HOURS] = weigh_share(facts->odd, facts->recipients, past);
    all[HIJACK_SIGN_SIZES] = weigh_sizes(facts);
}

/* Where it belongs by its points. */
static void add_evidence(struct hijack_verdict *out, const struct hijack_evidence *evidence)
{
    size_t at = out->evidence_count++;
    for (; at > 0 && out->evidence[at - 1].points < evidence->points; at--)
        out->evidence[at] = out->evidence[at - 1];
    out->evidence[at] = *evidence;
}

static enum hijack_step step_of(const struct hijack_rule *rule, double score, unsigned count)
{
    enum hijack_step most = count > 1 ? HIJACK_SUSPEND : count == 1 ? HIJACK_HOLD : HIJACK_NONE;
    for (enum hijack_step step = most; step > HIJACK_NONE; step--)
        if (score >= rule->steps[step])
            return step;
    return HIJACK_NONE;
}

void hijack_judge(const struct hijack_rule *rule, const struct hijack_facts *facts,
                  struct hijack_verdict *out)
{
    struct weighed all[HIJACK_SIGN_COUNT];
    bool seen[FAMILY_SENDERS + 1] = {false};
    double times = times_normal(facts, &out->by_day);
    double gate = unit((times - 1) / (GATE_OPEN - 1));
    out->step = HIJACK_NONE;
    out->score = 0;
    out->families = 0;
    out->evidence_count = 0;
    out->where = facts->where;
    all[HIJACK_SIGN_VOLUME] = weigh_volume(facts, times, out->by_day);
    out->recipients = all[HIJACK_SIGN_VOLUME].count;
    out->normal = all[HIJACK_SIGN_VOLUME].of;
    if (gate <= 0)
        return;
    weigh_all(facts, all);
    for (size_t i = 0; i < HIJACK_SIGN_COUNT; i++) {
        enum hijack_sign sign = (enum hijack_sign)i;
        double weight = rule->points[sign] * (sign == HIJACK_SIGN_VOLUME ? 1 : gate);
        double points = weight * all[sign].strength;
        if (points < 0.5)
            continue;
        out->score += points;
        add_evidence(out, &(struct hijack_evidence){sign, points, all[sign].count, all[sign].of});
        if (all[sign].strength >= FAMILY_LEAST && families[sign] != FAMILY_NONE)
            seen[families[sign]] = true;
    }
    for (size_t i = FAMILY_CLIENTS; i <= FAMILY_SENDERS; i++)
        out->families += seen[i];
    out->step = step_of(rule, out->score, out->families);
}
