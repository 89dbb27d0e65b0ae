/* SPDX-License-Identifier: Apache-2.0
 *
 * Past and present of an account. See hijack_account.h.
 */
#include "watch/hijack_account.h"

#include <math.h>

#include "base/civil.h"
#include "base/country.h"
#include "base/memory.h"
#include "mail/address.h"

#define HOUR_US (3600 * US_PER_SECOND)
#define SPAN_US (12 * HOUR_US)
#define FADE_A_SPAN 0.985 /* of the busiest half day: to 81 % in a week */
#define PAST_SPANS 2      /* half days with mail that make a past */
#define HOURS_LEAST 20    /* clock hours with mail, for it to have hours of its own */
#define TRIED_MOST 4096   /* attempts remembered */
#define SAME_HOUR_LEAST 3 /* hours of the week that are known */
#define MOST_TIMES 1.5    /* above the most that this hour of the week had */
#define FAR_KM 2000       /* nobody travels so far within an hour */
#define FLEET_LEAST 50    /* hours of others to compare with */
#define FLEET_MOST 1000000
#define FLEET_SHARE 0.9

void hijack_account_done(struct hijack_account *account)
{
    mem_free(account->lately);
    mem_free(account->profile);
    account->lately = NULL;
    account->profile = NULL;
}

/* ---- sets ---- */

static uint64_t mix(uint64_t key)
{
    key = (key ^ (key >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    return key ^ (key >> 33);
}

static void set_add(struct hijack_set *set, uint64_t hash)
{
    uint64_t bit = mix(hash) & 255;
    set->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static bool set_has(const struct hijack_set *set, uint64_t hash)
{
    uint64_t bit = mix(hash) & 255;
    return (set->bits[bit / 64] >> (bit % 64)) & 1;
}

static void set_merge(struct hijack_set *into, const struct hijack_set *other)
{
    for (size_t i = 0; i < 4; i++)
        into->bits[i] |= other->bits[i];
}

/* Linear counting over so many bits. */
static uint64_t estimate(unsigned set, unsigned bits)
{
    unsigned clear = bits - set;
    return (uint64_t)llround(-(double)bits * log((clear ? clear : 1) / (double)bits));
}

/* How many of a and b are not in `known`. */
static uint64_t set_beyond(const struct hijack_set *a, const struct hijack_set *b,
                           const struct hijack_set *known)
{
    unsigned count = 0;
    for (size_t i = 0; i < 4; i++)
        count += (unsigned)__builtin_popcountll((a->bits[i] | b->bits[i]) & ~known->bits[i]);
    return estimate(count, 256);
}

static uint64_t bit_of(uint64_t hash)
{
    return UINT64_C(1) << (mix(hash) & 63);
}

/* ---- clients ---- */

static uint64_t hash_first(const struct ip_address *ip, size_t len)
{
    return slice_hash(slice_of((const char *)ip->bytes, len)) | 1;
}

uint64_t hijack_pool_of(const struct ip_address *ip)
{
    return ip->len == 0 ? 0 : hash_first(ip, ip->len == 4 ? 2 : 4);
}

/* ---- countries ---- */

static bool is_home(const struct hijack_known *known, uint16_t country)
{
    for (size_t i = 0; i < HIJACK_COUNTRIES; i++)
        if (known->homes[i].country == country)
            return true;
    return false;
}

static bool has_home(const struct hijack_known *known)
{
    return known->homes[0].country != COUNTRY_NONE;
}

static bool is_abroad(const struct hijack_known *known, uint16_t country)
{
    return country != COUNTRY_NONE && has_home(known) && !is_home(known, country);
}

static void learn_country(struct hijack_known *known, uint16_t country)
{
    struct hijack_home *least = &known->homes[0];
    for (size_t i = 0; i < HIJACK_COUNTRIES; i++) {
        struct hijack_home *home = &known->homes[i];
        if (home->country == country) {
            home->spans = (uint16_t)(home->spans + (home->spans < UINT16_MAX));
            return;
        }
        if (home->spans < least->spans)
            least = home;
    }
    *least = (struct hijack_home){country, 1};
}

static uint16_t usual_country(const struct hijack_known *known)
{
    const struct hijack_home *most = &known->homes[0];
    for (size_t i = 1; i < HIJACK_COUNTRIES; i++)
        if (known->homes[i].spans > most->spans)
            most = &known->homes[i];
    return most->country;
}

/* False: it is there already, or there is no room. */
static bool add_country(uint16_t *list, size_t room, uint16_t country)
{
    for (size_t i = 0; i < room; i++) {
        if (list[i] == country)
            return false;
        if (list[i] == COUNTRY_NONE) {
            list[i] = country;
            return true;
        }
    }
    return false;
}

static bool is_quicker(const struct hijack_travel *travel, const struct hijack_travel *than)
{
    return than->from == COUNTRY_NONE || travel->minutes < than->minutes;
}

/* From where it was within the hour, when one of the two is new to it. */
static void travel_from(struct hijack_account *account, const struct hijack_place *place,
                        uint16_t country, int64_t now_us)
{
    double km;
    int64_t gap_us = llabs(now_us - place->at_us);
    struct hijack_travel *quickest = &account->lately->now.travel;
    if (place->country == COUNTRY_NONE || place->country == country || gap_us > HOUR_US ||
        (is_home(&account->known, place->country) && is_home(&account->known, country)))
        return;
    uint16_t minutes = (uint16_t)((gap_us + 60 * US_PER_SECOND - 1) / (60 * US_PER_SECOND));
    struct hijack_travel travel = {place->country, country, minutes > 0 ? minutes : 1};
    if (is_quicker(&travel, quickest) && country_distance(place->country, country, &km) &&
        km >= FAR_KM)
        *quickest = travel;
}

static void take_country(struct hijack_account *account, uint16_t country, int64_t now_us)
{
    struct hijack_lately *lately = account->lately;
    struct hijack_place *mine = &lately->places[0];
    if (country == COUNTRY_NONE)
        return;
    (void)add_country(lately->now.countries, HIJACK_PLACES, country);
    for (size_t i = 0; i < HIJACK_PLACES; i++) {
        struct hijack_place *place = &lately->places[i];
        travel_from(account, place, country, now_us);
        if (place->country == country || (mine->country != country && place->at_us < mine->at_us))
            mine = place;
    }
    *mine = (struct hijack_place){country, now_us};
}

/* ---- the past ---- */

static uint32_t more(uint32_t count, uint32_t by)
{
    return by > UINT32_MAX - count ? UINT32_MAX : count + by;
}

static const struct hijack_flow *flow_of(const struct hijack_span *span)
{
    const struct hijack_flow *flows = span->flows;
    return &flows[flows[HIJACK_BY_POLICY].recipients > flows[HIJACK_BY_LOG].recipients];
}

static void learn_failures(struct hijack_known *known, const struct hijack_span *span)
{
    known->tried = more(known->tried, span->tried);
    known->dead = more(known->dead, span->dead);
    while (known->tried > TRIED_MOST) {
        known->tried /= 2;
        known->dead /= 2;
    }
}

static void learn_span(struct hijack_known *known, const struct hijack_span *span)
{
    known->busiest = (uint32_t)(known->busiest * FADE_A_SPAN);
    if (span->tainted || flow_of(span)->messages == 0)
        return;
    set_merge(&known->pools, &span->pools);
    set_merge(&known->domains, &span->domains);
    distinct_merge(&known->recipients, &span->recipients);
    known->sender_domains |= span->sender_domains;
    for (size_t i = 0; i < HIJACK_PLACES && span->countries[i] != COUNTRY_NONE; i++)
        learn_country(known, span->countries[i]);
    if (known->spans < UINT16_MAX)
        known->spans++;
    if (flow_of(span)->recipients > known->busiest)
        known->busiest = flow_of(span)->recipients;
    learn_failures(known, span);
}

static uint32_t class_of(uint32_t count)
{
    if (count < 8)
        return count;
    unsigned octave = 31u - (unsigned)__builtin_clz(count);
    unsigned class = 8 + (octave - 3) * 4 + ((count >> (octave - 2)) & 3);
    return class < HIJACK_FLEET_CLASSES ? class : HIJACK_FLEET_CLASSES - 1;
}

static void learn_fleet(struct hijack_fleet *fleet, uint32_t count)
{
    if (fleet->count >= FLEET_MOST) {
        fleet->count = 0;
        for (size_t i = 0; i < HIJACK_FLEET_CLASSES; i++)
            fleet->count += fleet->hours[i] /= 2;
    }
    fleet->hours[class_of(count)]++;
    fleet->count++;
}

static void learn_profile(struct hijack_account *account, uint32_t count)
{
    if (account->profile == NULL && count < HIJACK_PROFILE_SMALL)
        return;
    if (account->profile == NULL) {
        account->profile = MEM_NEW(struct hour_profile);
        if (account->first_hour < account->hour) /* little until now */
            hour_profile_set(account->profile, account->first_hour, 0);
    }
    hour_profile_set(account->profile, account->hour, count);
}

/* The clock hour has changed. */
static void learn_hour(struct hijack_account *account, struct hijack_fleet *fleet)
{
    uint32_t count = account->count[account->count[1] > account->count[0]];
    uint8_t *hours = account->known.hours, *hour = &hours[account->hour % 24];
    if (account->limit > 0 && count > account->limit)
        count = account->limit;
    if (count > 0 && account->limit == 0) {
        learn_fleet(fleet, count);
        *hour = (uint8_t)(*hour + (*hour < UINT8_MAX));
    }
    learn_profile(account, count);
    account->limit = 0;
    account->count[0] = account->count[1] = 0;
}

/* ---- time ---- */

static void advance_span(struct hijack_account *account, int64_t span)
{
    struct hijack_lately *lately = account->lately;
    int64_t gap = span - account->span;
    if (gap <= 0)
        return;
    account->span = span;
    if (lately == NULL)
        return;
    learn_span(&account->known, &lately->before);
    if (gap == 1) {
        lately->before = lately->now;
        lately->now = (struct hijack_span){.tried = 0};
        return;
    }
    learn_span(&account->known, &lately->now);
    mem_free(lately);
    account->lately = NULL;
}

void hijack_account_advance(struct hijack_account *account, struct hijack_fleet *fleet,
                            int64_t now_us)
{
    int64_t hour = now_us / HOUR_US;
    if (account->first_hour == 0)
        account->first_hour = account->hour = hour;
    if (hour > account->hour) {
        learn_hour(account, fleet);
        account->hour = hour;
    }
    advance_span(account, now_us / SPAN_US);
}

static struct hijack_lately *lately_of(struct hijack_account *account)
{
    if (account->lately == NULL)
        account->lately = MEM_NEW(struct hijack_lately);
    return account->lately;
}

/* ---- what it does ---- */

static bool is_foreign(const struct hijack_account *account, uint64_t pool)
{
    return pool != 0 && !set_has(&account->known.pools, pool);
}

void hijack_account_client(struct hijack_account *account, const struct hijack_client *client,
                           int64_t now_us)
{
    struct hijack_lately *lately = lately_of(account);
    struct hijack_client_seen seen = {client->message, is_foreign(account, client->pool),
                                      is_abroad(&account->known, client->country)};
    if (client->pool != 0)
        set_add(&lately->now.pools, client->pool);
    take_country(account, client->country, now_us);
    lately->clients[lately->next_client++ % HIJACK_CLIENTS] = seen;
}

/* By the newest of its clients, when nobody knows by which. */
static const struct hijack_client_seen *client_of(const struct hijack_lately *lately,
                                                  uint32_t message)
{
    for (uint32_t i = 1; message != 0 && i <= HIJACK_CLIENTS; i++) {
        const struct hijack_client_seen *seen =
            &lately->clients[(lately->next_client - i) % HIJACK_CLIENTS];
        if (seen->message == message)
            return seen;
    }
    return &lately->clients[(lately->next_client - 1) % HIJACK_CLIENTS];
}

/* With an hour of leeway: clocks change in summer. */
static bool is_odd(const struct hijack_known *known, int64_t hour)
{
    unsigned sum = 0;
    for (size_t i = 0; i < 24; i++)
        sum += known->hours[i];
    return sum >= HOURS_LEAST && known->hours[hour % 24] == 0 &&
           known->hours[(hour + 1) % 24] == 0 && known->hours[(hour + 23) % 24] == 0;
}

static void take_size(struct hijack_span *span, uint64_t size)
{
    if (size == 0)
        return;
    double from = (double)size - span->size_mean;
    span->sized++;
    span->size_mean += from / span->sized;
    span->size_squares += from * ((double)size - span->size_mean);
}

void hijack_account_mail(struct hijack_account *account, const struct hijack_mail *mail,
                         int64_t now_us)
{
    struct hijack_lately *lately = lately_of(account);
    struct hijack_flow *flow = &lately->now.flows[mail->origin];
    uint32_t *count = &account->count[mail->origin];
    *count = more(*count, mail->recipients);
    window_count_add(&lately->hour[mail->origin], HOUR_US, now_us, mail->recipients);
    flow->messages = more(flow->messages, 1);
    flow->recipients = more(flow->recipients, mail->recipients);
    const struct hijack_client_seen *client = client_of(lately, mail->message);
    if (client->foreign)
        flow->foreign = more(flow->foreign, mail->recipients);
    if (client->abroad)
        flow->abroad = more(flow->abroad, mail->recipients);
    if (is_odd(&account->known, now_us / HOUR_US))
        flow->odd = more(flow->odd, mail->recipients);
    take_size(&lately->now, mail->size);
    if (mail->sender.len == 0)
        return;
    lately->now.senders |= bit_of(slice_hash_nocase(mail->sender));
    lately->now.sender_domains |= bit_of(slice_hash_nocase(address_domain(mail->sender)));
}

bool hijack_account_recipient(struct hijack_account *account, struct slice recipient)
{
    struct hijack_lately *lately = lately_of(account);
    struct distinct before = lately->now.recipients;
    distinct_add(&lately->now.recipients, slice_hash_nocase(recipient));
    set_add(&lately->now.domains, slice_hash_nocase(address_domain(recipient)));
    return memcmp(&before, &lately->now.recipients, sizeof(before)) != 0;
}

void hijack_account_result(struct hijack_account *account, enum hijack_result result)
{
    struct hijack_span *span = &lately_of(account)->now;
    span->tried = more(span->tried, 1);
    span->dead = more(span->dead, result == HIJACK_DEAD);
    span->spam = more(span->spam, result == HIJACK_SPAM);
}

void hijack_account_refused(struct hijack_account *account, uint64_t pool, uint32_t times)
{
    struct hijack_lately *lately = lately_of(account);
    if (is_foreign(account, pool))
        lately->now.refused = more(lately->now.refused, times);
}

void hijack_account_taint(struct hijack_account *account, double normal_hour)
{
    struct hijack_lately *lately = lately_of(account);
    lately->now.tainted = lately->before.tainted = true;
    account->limit = normal_hour < 1 ? 1 : (uint32_t)fmin(normal_hour, UINT32_MAX);
}

void hijack_account_forgive(struct hijack_account *account)
{
    struct hijack_lately *lately = account->lately;
    if (lately == NULL)
        return;
    lately->now.tainted = lately->before.tainted = false;
    learn_span(&account->known, &lately->before);
    learn_span(&account->known, &lately->now);
    account->limit = 0;
    mem_free(lately);
    account->lately = NULL;
}

/* ---- facts ---- */

static double fleet_high(const struct hijack_fleet *fleet)
{
    double rank = FLEET_SHARE * fleet->count, seen = 0;
    for (uint32_t i = 0; i < HIJACK_FLEET_CLASSES && fleet->count >= FLEET_LEAST; i++) {
        seen += fleet->hours[i];
        if (seen >= rank)
            return i < 8 ? i : ldexp(4.0 + ((i - 8) % 4) + 1, (int)((i - 8) / 4) + 1) - 1;
    }
    return 0;
}

/* Up to so many recipients in an hour are normal. */
static double normal_hour(const struct hijack_account *account, const struct hijack_fleet *fleet,
                          const struct hijack_rule *rule, bool has_past)
{
    double limit = rule->least_hour;
    if (!has_past)
        return fmax(2 * limit, rule->fleet_factor * fleet_high(fleet));
    if (account->profile == NULL)
        return limit;
    struct hour_normal past = hour_profile_normal(account->profile, account->hour);
    limit = fmax(limit, fmax(rule->own_factor * past.median, MOST_TIMES * past.most));
    bool weeks = past.past_hours >= HOURS_OF_WEEK && past.known >= SAME_HOUR_LEAST;
    return weeks ? limit : fmax(limit, past.peak); /* no week is over: any hour may be the one */
}

static double normal_day(const struct hijack_account *account, const struct hijack_rule *rule,
                         double hour, bool has_past)
{
    double usual = has_past ? 2.0 * account->known.busiest : 2 * hour;
    return fmax(fmax(rule->least_day, usual), hour);
}

static double size_spread(const struct hijack_span *span)
{
    if (span->sized < 2 || span->size_mean <= 0)
        return 1;
    return sqrt(span->size_squares / span->sized) / span->size_mean;
}

static void add_sets(const struct hijack_account *account, struct hijack_facts *out)
{
    const struct hijack_known *known = &account->known;
    const struct hijack_span *now = &account->lately->now, *before = &account->lately->before;
    struct distinct seen = now->recipients, both = known->recipients;
    distinct_merge(&seen, &before->recipients);
    distinct_merge(&both, &seen);
    out->addresses = distinct_count(&seen, UINT64_MAX);
    out->new_addresses =
        distinct_count(&both, UINT64_MAX) - distinct_count(&known->recipients, UINT64_MAX);
    if (out->new_addresses > out->addresses)
        out->new_addresses = out->addresses;
    out->networks = set_beyond(&now->pools, &before->pools, &known->pools);
    out->new_domains = set_beyond(&now->domains, &before->domains, &known->domains);
    uint64_t domains = (now->sender_domains | before->sender_domains) & ~known->sender_domains;
    out->new_sender_domains = (uint64_t)__builtin_popcountll(domains);
    out->senders = estimate((unsigned)__builtin_popcountll(now->senders | before->senders), 64);
}

static void add_whereabouts(const struct hijack_account *account, struct hijack_facts *out)
{
    const struct hijack_lately *lately = account->lately;
    const struct hijack_span *spans[] = {&lately->now, &lately->before};
    struct hijack_whereabouts *where = &out->where;
    uint16_t abroad[2 * HIJACK_PLACES] = {COUNTRY_NONE};
    struct hijack_travel travel = lately->now.travel;
    for (size_t i = 0; i < 2 * HIJACK_PLACES; i++) {
        uint16_t country = spans[i / HIJACK_PLACES]->countries[i % HIJACK_PLACES];
        if (is_abroad(&account->known, country))
            out->countries += add_country(abroad, 2 * HIJACK_PLACES, country);
    }
    memcpy(where->abroad, abroad, sizeof(where->abroad));
    if (lately->before.travel.from != COUNTRY_NONE && is_quicker(&lately->before.travel, &travel))
        travel = lately->before.travel;
    where->from = travel.from;
    where->to = travel.to;
    where->minutes = travel.minutes;
    where->usual = usual_country(&account->known);
    out->has_countries = has_home(&account->known);
}

static void add_counts(const struct hijack_account *account, struct hijack_facts *out)
{
    const struct hijack_span *now = &account->lately->now, *before = &account->lately->before;
    const struct hijack_flow *a = flow_of(now), *b = flow_of(before);
    out->day = out->recipients = (uint64_t)a->recipients + b->recipients;
    out->foreign = (uint64_t)a->foreign + b->foreign;
    out->odd = (uint64_t)a->odd + b->odd;
    out->abroad = (uint64_t)a->abroad + b->abroad;
    out->tried = (uint64_t)now->tried + before->tried;
    out->dead = (uint64_t)now->dead + before->dead;
    out->spam = (uint64_t)now->spam + before->spam;
    out->refused = (uint64_t)now->refused + before->refused;
    out->sized = now->sized;
    out->size_spread = size_spread(now);
}

void hijack_account_facts(struct hijack_account *account, const struct hijack_fleet *fleet,
                          const struct hijack_rule *rule, int64_t now_us, struct hijack_facts *out)
{
    *out = (struct hijack_facts){.has_past = account->known.spans >= PAST_SPANS};
    out->normal_hour = normal_hour(account, fleet, rule, out->has_past);
    out->normal_day = normal_day(account, rule, out->normal_hour, out->has_past);
    if (account->known.tried > 0)
        out->usual_dead = (double)account->known.dead / account->known.tried;
    struct hijack_lately *lately = account->lately;
    if (lately == NULL)
        return;
    for (size_t i = 0; i < HIJACK_ORIGINS; i++) {
        uint64_t hour = window_count_sum(&lately->hour[i], HOUR_US, now_us);
        out->hour = hour > out->hour ? hour : out->hour;
    }
    add_counts(account, out);
    add_sets(account, out);
    add_whereabouts(account, out);
}
