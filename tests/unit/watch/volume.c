/* SPDX-License-Identifier: Apache-2.0
 *
 * Surges of domains, paths and all, against a rhythm of days and weeks.
 */
#include "watch/volume.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "told.h"

#define SHOPS 20
#define SERIES (SHOPS + 4) /* a campaign, a shop that sends seldom, a path, all */

/* What a series has sent, as a history has it. */
struct past {
    enum volume_kind kind;
    char domain[32];
    uint32_t recipients[PROFILE_HOURS]; /* since MONDAY */
};

struct bench {
    struct volume *volume;
    struct told told;
    uint64_t seed;
    struct past past[SERIES];
    size_t past_count;
};

static int begin(void **state)
{
    struct bench *bench = MEM_NEW(struct bench);
    bench->volume = volume_new(&volume_default);
    bench->seed = 11;
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    volume_free(bench->volume);
    mem_free(bench);
    return 0;
}

static void tell(struct bench *bench, int64_t now_us)
{
    volume_tell(bench->volume, now_us, told_take, &bench->told);
}

static void note(struct bench *bench, enum volume_kind kind, const char *domain,
                 uint32_t recipients, int64_t now_us)
{
    size_t i = 0, hour = (size_t)((now_us - MONDAY) / HOUR);
    while (i < bench->past_count &&
           (bench->past[i].kind != kind || strcmp(bench->past[i].domain, domain) != 0))
        i++;
    if (i == SERIES || hour >= PROFILE_HOURS)
        return;
    struct past *past = &bench->past[i];
    if (i == bench->past_count) {
        bench->past_count++;
        past->kind = kind;
        (void)snprintf(past->domain, sizeof(past->domain), "%s", domain);
    }
    past->recipients[hour] += recipients;
}

static void take(struct bench *bench, const char *login, const char *domain, uint32_t recipients,
                 int64_t now_us)
{
    struct volume_message message = {
        .login = slice_from_str(login), .domain = slice_from_str(domain), .recipients = recipients};
    if (recipients == 0)
        return;
    volume_take_message(bench->volume, &message, now_us);
    note(bench, VOLUME_ALL, "", recipients, now_us);
    note(bench, VOLUME_DOMAIN, domain, recipients, now_us);
}

static void attempt(struct bench *bench, const char *source, uint32_t count, int64_t now_us)
{
    struct volume_attempt attempt = {
        .relay = SLICE("relay1"), .source = slice_from_str(source), .provider = SLICE("google")};
    for (uint32_t i = 0; i < count; i++)
        volume_take_attempt(bench->volume, &attempt, now_us);
    note(bench, VOLUME_PATH, "", count, now_us);
}

/* Share of the busiest hour: nights a twentieth, weekends a fourth, in a zone whose clock is
 * `shift` hours ahead. */
static double rhythm(int64_t now_us, int shift)
{
    int64_t local = now_us + shift * HOUR;
    int64_t hour = local / HOUR % 24, day = (local - MONDAY) / DAY % 7;
    double share = hour < 7 || hour >= 22 ? 0.05 : hour < 9 || hour >= 19 ? 0.4 : 1;
    return share * (day >= 5 ? 0.25 : 1);
}

/* Shops of very different size, a path, each by its rhythm; every Tuesday at ten a campaign, and a
 * shop that sends one at any time. */
static void run(struct bench *bench, int64_t from_us, int64_t to_us, int shift)
{
    for (int64_t now = from_us; now < to_us; now += 10 * MINUTE) {
        double share = rhythm(now, shift) / 6;
        for (unsigned i = 0; i < SHOPS; i++) {
            char domain[32];
            (void)snprintf(domain, sizeof(domain), "shop%u.example", i);
            take(bench, domain, domain, told_poisson(&bench->seed, share * 10 * (1 << (i / 2))),
                 now);
        }
        if ((now + shift * HOUR - MONDAY) % WEEK == DAY + 10 * HOUR)
            take(bench, "news", "campaign.example", 8000 + told_random(&bench->seed) % 2000, now);
        if (told_random(&bench->seed) % 900 == 0)
            take(bench, "now-and-then", "seldom.example", 3000 + told_random(&bench->seed) % 1000,
                 now);
        attempt(bench, "out-a", told_poisson(&bench->seed, share * 1500), now);
        tell(bench, now + 10 * MINUTE - 1);
    }
}

static void test_quiet_month(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 35 * DAY, 9);
    assert_int_equal(bench->told.count, 0);
}

static void test_begins_with_a_weekend(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY + 5 * DAY, MONDAY + 20 * DAY, 9);
    assert_int_equal(bench->told.count, 0);
}

static void test_summer_time(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 27 * DAY, 1);
    run(bench, MONDAY + 27 * DAY, MONDAY + 41 * DAY, 2);
    run(bench, MONDAY + 41 * DAY, MONDAY + 50 * DAY, 1);
    assert_int_equal(bench->told.count, 0);
}

/* At night, a tenth of what is normal at noon is eight times what is normal then. */
static void test_path_at_night(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 15 * DAY, 0);
    int64_t night = MONDAY + 15 * DAY + 2 * HOUR;
    run(bench, MONDAY + 15 * DAY, night, 0);
    attempt(bench, "out-a", 1300, night + MINUTE);
    tell(bench, night + MINUTE);
    const struct incident *surge = told_of(&bench->told, INCIDENT_SURGE);
    assert_int_equal(bench->told.count, 1);
    assert_int_equal(surge->scope, INCIDENT_SCOPE_SOURCE);
    assert_true(slice_eq(surge->source, SLICE("out-a")));
    assert_true(slice_eq(surge->provider, SLICE("google")));
    assert_in_range((unsigned)surge->normal, 60, 90);
    run(bench, night + 10 * MINUTE, night + 3 * HOUR, 0);
    assert_int_equal(told_open(&bench->told), 0);
}

static void test_domain_with_suspect(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 15 * DAY, 0);
    int64_t noon = MONDAY + 15 * DAY + 12 * HOUR;
    run(bench, MONDAY + 15 * DAY, noon, 0);
    for (unsigned i = 0; i < 400; i++) { /* shop10 sends 320 an hour */
        char client[24], domain[24];
        (void)snprintf(client, sizeof(client), "10.%u.1.1", i);
        (void)snprintf(domain, sizeof(domain), "r%u.example", i);
        struct volume_message message = {.login = SLICE("hijacked@shop10.example"),
                                         .domain = SLICE("shop10.example"),
                                         .recipients = 10};
        volume_take_message(bench->volume, &message, noon + i * SECOND);
        volume_take_client(bench->volume, message.login, slice_from_str(client), noon);
        struct volume_attempt try = {.relay = SLICE("relay1"),
                                     .source = SLICE("out-b"),
                                     .provider = SLICE("google"),
                                     .login = message.login,
                                     .recipient_domain = slice_from_str(domain)};
        volume_take_attempt(bench->volume, &try, noon + i * SECOND);
        struct volume_result result = {.login = message.login, .count = 10, .bounced = i % 4 == 0};
        volume_take_result(bench->volume, &result, noon + i * SECOND);
        tell(bench, noon + i * SECOND);
    }
    const struct incident *surge = told_of(&bench->told, INCIDENT_SURGE);
    assert_int_equal(bench->told.count, 1);
    assert_true(slice_eq(surge->domain, SLICE("shop10.example")));
    assert_true(surge->opened_us < noon + 200 * SECOND);
    assert_true(slice_eq(surge->suspects[0].login, SLICE("hijacked@shop10.example")));
    assert_int_equal(surge->suspects[0].hours, 0);
    assert_true(surge->suspects[0].recipients >= 320);
    assert_in_range(surge->suspects[0].new_percent, 20, 100);
    assert_in_range(surge->suspects[0].bounced_percent, 20, 30);
    assert_true(surge->suspects[0].networks >= 1);
    assert_int_equal(surge->suspects[0].refused, 0);
    assert_int_equal(surge->suspects[1].login.len, 0);
}

static void test_all(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 15 * DAY, 0);
    int64_t noon = MONDAY + 15 * DAY + 12 * HOUR;
    run(bench, MONDAY + 15 * DAY, noon, 0);
    take(bench, "", "", 80000, noon);
    tell(bench, noon);
    assert_int_equal(bench->told.count, 1);
    assert_int_equal(told_of(&bench->told, INCIDENT_SURGE)->scope, INCIDENT_SCOPE_FLEET);
}

/* New on the first day: nothing to compare with. Later the others are there. */
static void test_newcomer(void **state)
{
    struct bench *bench = *state;
    take(bench, "a", "first.example", 50000, MONDAY);
    tell(bench, MONDAY);
    assert_int_equal(bench->told.count, 0);
    run(bench, MONDAY + HOUR, MONDAY + 15 * DAY, 0);
    take(bench, "b", "campaign2.example", 9000, MONDAY + 15 * DAY);
    tell(bench, MONDAY + 15 * DAY);
    assert_int_equal(bench->told.count, 0); /* a campaign as others have them */
    take(bench, "c", "spam.example", 200000, MONDAY + 15 * DAY + 2 * HOUR);
    tell(bench, MONDAY + 15 * DAY + 2 * HOUR);
    assert_int_equal(bench->told.count, 2); /* and all */
}

/* Begins anew, with what a history says of the time until then. */
static void restart(struct bench *bench, int64_t until_us)
{
    volume_free(bench->volume);
    bench->volume = volume_new(&volume_default);
    for (size_t i = 0; i < bench->past_count; i++) {
        const struct past *past = &bench->past[i];
        struct volume_row row = {.kind = past->kind,
                                 .domain = slice_from_str(past->domain),
                                 .hour = until_us / HOUR - 1,
                                 .count = (size_t)((until_us - MONDAY) / HOUR),
                                 .recipients = past->recipients};
        if (past->kind == VOLUME_PATH) {
            row.relay = SLICE("relay1");
            row.source = SLICE("out-a");
            row.provider = SLICE("google");
        }
        volume_load(bench->volume, &row);
    }
}

/* What a restarted daemon builds from rows judges as the old one. */
static void test_loaded(void **state)
{
    struct bench *bench = *state;
    run(bench, MONDAY, MONDAY + 15 * DAY, 0);
    assert_int_equal(bench->past_count, SERIES);
    restart(bench, MONDAY + 15 * DAY);
    attempt(bench, "out-a", 1300, MONDAY + 15 * DAY + 2 * HOUR);
    tell(bench, MONDAY + 15 * DAY + 2 * HOUR);
    assert_int_equal(bench->told.count, 1);
    run(bench, MONDAY + 15 * DAY + 6 * HOUR, MONDAY + 22 * DAY, 0);
    assert_int_equal(bench->told.count, 1);
}

static void test_more_domains_than_room(void **state)
{
    struct bench *bench = *state;
    for (unsigned i = 0; i < VOLUME_DOMAINS + 3; i++) {
        char domain[32];
        (void)snprintf(domain, sizeof(domain), "d%u.example", i);
        volume_take_message(
            bench->volume,
            &(struct volume_message){.domain = slice_from_str(domain), .recipients = 1}, MONDAY);
    }
    assert_int_equal(volume_left_out(bench->volume), 3);
}

static void test_profile(void **state)
{
    (void)state;
    struct hour_profile profile = {.first = 0};
    uint32_t count;
    assert_false(hour_profile_get(&profile, 500000, &count));
    hour_profile_set(&profile, 500000, 1000);
    hour_profile_set(&profile, 500003, 100000);
    assert_true(hour_profile_get(&profile, 500000, &count));
    assert_in_range(count, 940, 1060);
    assert_true(hour_profile_get(&profile, 500001, &count) && count == 0);
    hour_profile_set(&profile, 499990, 7); /* earlier: the gap had nothing */
    assert_true(hour_profile_get(&profile, 499995, &count) && count == 0);
    hour_profile_set(&profile, 500003 - PROFILE_HOURS, 7);
    assert_false(hour_profile_get(&profile, 500003 - PROFILE_HOURS, &count));
    struct hour_normal normal = hour_profile_normal(&profile, 500003 + HOURS_OF_WEEK);
    assert_int_equal(normal.known, 3);
    assert_int_equal(normal.active, 1);
    assert_true(normal.median < 1 && normal.most > 90000);
    hour_profile_set(&profile, 500003 + 2 * PROFILE_HOURS, 5);
    assert_false(hour_profile_get(&profile, 500003, &count));
    static const uint32_t counts[] = {0, 1, 7, 8, 9, 15, 16, 17, 255, 65535, UINT32_MAX};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        hour_profile_set(&profile, 600000, counts[i]);
        assert_true(hour_profile_get(&profile, 600000, &count));
        assert_in_range(count, counts[i] - counts[i] / 15,
                        counts[i] == UINT32_MAX ? UINT32_MAX : counts[i] + counts[i] / 15);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_quiet_month),
        TEST(test_begins_with_a_weekend),
        TEST(test_summer_time),
        TEST(test_path_at_night),
        TEST(test_domain_with_suspect),
        TEST(test_all),
        TEST(test_newcomer),
        TEST(test_loaded),
        TEST(test_more_domains_than_room),
        cmocka_unit_test(test_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
