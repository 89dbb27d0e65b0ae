/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a login goes while servers come, go, drain and die; what is kept when the book is written
 * anew; which changes of health are told.
 */
#include "gate/backend_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define NOW (INT64_C(1790000000) * SECOND)

enum { IMAP, POP3, SMTP };

static struct backend_place at(uint8_t last, uint16_t port)
{
    return (struct backend_place){.ip = {.bytes = {192, 0, 2, last}, .len = 4}, .port = port};
}

static const struct slice alternatives[] = {{"gone", 4}, {"mb3", 3}, {"mb2", 3}};

/* mb1 to mb4, each with IMAP; POP3 of mb1 only; mail goes out by the default. */
struct fleet {
    struct backend_server servers[4];
    struct backend_terms terms;
};

static void fleet_init(struct fleet *fleet)
{
    static const char *const names[] = {"mb4", "mb2", "mb3", "mb1"};
    *fleet = (struct fleet){0};
    for (uint8_t i = 0; i < 4; i++) {
        fleet->servers[i].name = slice_from_str(names[i]);
        fleet->servers[i].weight = 1;
        fleet->servers[i].places[IMAP] = at((uint8_t)(20 + i), 143);
    }
    fleet->servers[3].places[POP3] = at(23, 110);
    fleet->terms = (struct backend_terms){.servers = fleet->servers, .count = 4, .health = true};
    fleet->terms.defaults[SMTP] = at(31, 587);
}

static bool report_of(struct backend_book *book, size_t server, unsigned protocol, bool ok,
                      struct backend_change *change)
{
    struct backend_state state;
    struct backend_change unused;
    assert_true(backend_book_state(book, server, protocol, &state));
    struct backend_report report = {.server = server,
                                    .protocol = protocol,
                                    .place = state.place,
                                    .ok = ok,
                                    .latency_us = 7,
                                    .reason = SLICE("refused")};
    return backend_book_report(book, &report, NOW, change != NULL ? change : &unused);
}

static void put_down(struct backend_book *book, size_t server, unsigned protocol)
{
    assert_false(report_of(book, server, protocol, false, NULL));
    assert_true(report_of(book, server, protocol, false, NULL));
}

static enum backend_choice choose(const struct backend_book *book, const char *server,
                                  unsigned protocol, struct backend_found *found)
{
    return backend_book_choose(book, slice_from_str(server), SLICE("alice@example.jp"), protocol,
                               found);
}

static void a_named_server(void **state)
{
    struct fleet fleet;
    struct backend_found found;
    (void)state;
    fleet_init(&fleet);
    fleet.servers[1].draining = true;
    fleet.servers[2].weight = 0;
    struct backend_book *book = backend_book_new(&fleet.terms);
    assert_int_equal(choose(book, "mb2", IMAP, &found), BACKEND_FOUND); /* it drains */
    assert_int_equal(found.place.ip.bytes[3], 21);
    assert_true(slice_eq(found.name, SLICE("mb2")) && !found.instead);
    assert_int_equal(choose(book, "mb3", IMAP, &found), BACKEND_FOUND); /* no weight */
    assert_int_equal(found.place.ip.bytes[3], 22);
    assert_int_equal(choose(book, "mb9", IMAP, &found), BACKEND_UNKNOWN);
    assert_int_equal(choose(book, "mb2", POP3, &found), BACKEND_NOT_SERVED);
    assert_int_equal(choose(book, "mb2", SMTP, &found), BACKEND_FOUND); /* by the default */
    assert_int_equal(found.place.port, 587);
    assert_int_equal(choose(book, "", BACKEND_INBOUND, &found), BACKEND_NOT_SERVED);
    put_down(book, 1, IMAP);
    assert_int_equal(choose(book, "mb2", IMAP, &found), BACKEND_DOWN);
    assert_true(found.server == 1 && slice_eq(found.name, SLICE("mb2")));
    assert_false(report_of(book, 4, SMTP, true, NULL));
    assert_false(report_of(book, 4, SMTP, false, NULL));
    assert_true(report_of(book, 4, SMTP, false, NULL));
    assert_int_equal(choose(book, "mb2", SMTP, &found), BACKEND_DOWN);
    backend_book_free(book);
    backend_book_free(NULL);
}

static void its_alternatives(void **state)
{
    struct fleet fleet;
    struct backend_found found;
    (void)state;
    fleet_init(&fleet);
    fleet.servers[3].alternatives = alternatives;
    fleet.servers[3].alternative_count = 3;
    struct backend_book *book = backend_book_new(&fleet.terms);
    put_down(book, 3, IMAP);
    assert_int_equal(choose(book, "mb1", IMAP, &found), BACKEND_FOUND);
    assert_true(found.instead && slice_eq(found.name, SLICE("mb3")));
    put_down(book, 2, IMAP);
    assert_int_equal(choose(book, "mb1", IMAP, &found), BACKEND_FOUND);
    assert_true(found.instead && slice_eq(found.name, SLICE("mb2")));
    put_down(book, 1, IMAP);
    assert_int_equal(choose(book, "mb1", IMAP, &found), BACKEND_DOWN);
    assert_int_equal(choose(book, "mb1", POP3, &found), BACKEND_FOUND); /* another program */
    put_down(book, 3, POP3);
    assert_int_equal(choose(book, "mb1", POP3, &found), BACKEND_DOWN);
    assert_true(report_of(book, 3, IMAP, true, NULL));
    assert_int_equal(choose(book, "mb1", IMAP, &found), BACKEND_FOUND);
    assert_false(found.instead);
    backend_book_free(book);
}

enum { LOGINS = 20000 };

static void draw_all(const struct backend_book *book, size_t to[LOGINS])
{
    struct backend_found found;
    for (int i = 0; i < LOGINS; i++) {
        char login[32];
        int length = snprintf(login, sizeof(login), "user%d@example.jp", i);
        assert_int_equal(
            backend_book_choose(book, SLICE(""), slice_of(login, (size_t)length), IMAP, &found),
            BACKEND_FOUND);
        to[i] = found.server;
    }
}

/* Shares by weight within 5 %; only the logins of what goes move, and they come back. */
static void weights(void **state)
{
    static size_t before[LOGINS], after[LOGINS];
    size_t share[4] = {0};
    struct fleet fleet;
    (void)state;
    fleet_init(&fleet);
    fleet.servers[0].weight = 3;
    fleet.servers[3].weight = 0;
    struct backend_book *book = backend_book_new(&fleet.terms);
    draw_all(book, before);
    for (int i = 0; i < LOGINS; i++)
        share[before[i]]++;
    assert_in_range(share[0], LOGINS * 3 / 5 * 95 / 100, LOGINS * 3 / 5 * 105 / 100);
    assert_in_range(share[1], LOGINS / 5 * 95 / 100, LOGINS / 5 * 105 / 100);
    assert_int_equal(share[3], 0);
    put_down(book, 1, IMAP);
    draw_all(book, after);
    for (int i = 0; i < LOGINS; i++)
        assert_true(before[i] == 1 ? after[i] != 1 && after[i] != 3 : after[i] == before[i]);
    assert_true(report_of(book, 1, IMAP, true, NULL));
    draw_all(book, after);
    assert_memory_equal(before, after, sizeof(before));
    fleet.servers[2].draining = true;
    backend_book_configure(book, &fleet.terms);
    draw_all(book, after);
    for (int i = 0; i < LOGINS; i++)
        assert_true(before[i] == 2 ? after[i] != 2 : after[i] == before[i]);
    backend_book_free(book);
}

static void all_are_gone(void **state)
{
    struct fleet fleet;
    struct backend_found found;
    (void)state;
    fleet_init(&fleet);
    struct backend_book *book = backend_book_new(&fleet.terms);
    for (size_t i = 0; i < 4; i++)
        put_down(book, i, IMAP);
    assert_int_equal(choose(book, "", IMAP, &found), BACKEND_DOWN);
    fleet.terms.health = false; /* and nothing is down any more */
    backend_book_configure(book, &fleet.terms);
    assert_int_equal(choose(book, "", IMAP, &found), BACKEND_FOUND);
    for (int i = 0; i < 5; i++)
        assert_false(report_of(book, 0, IMAP, false, NULL));
    assert_int_equal(choose(book, "mb4", IMAP, &found), BACKEND_FOUND);
    fleet.terms = (struct backend_terms){.health = true};
    backend_book_configure(book, &fleet.terms);
    assert_int_equal(choose(book, "", IMAP, &found), BACKEND_NOT_SERVED);
    assert_int_equal(backend_book_count(book), 1);
    backend_book_free(book);
}

static void what_is_told(void **state)
{
    static const struct {
        bool ok, told;
        enum backend_health health;
    } rows[] = {
        {false, false, BACKEND_HEALTH_UNKNOWN},
        {true, false, BACKEND_UP},
        {false, false, BACKEND_UP},
        {true, false, BACKEND_UP},
        {false, false, BACKEND_UP},
        {false, true, BACKEND_IS_DOWN},
        {false, false, BACKEND_IS_DOWN},
        {true, true, BACKEND_UP},
    };
    struct fleet fleet;
    struct backend_state shown;
    struct backend_change change;
    (void)state;
    fleet_init(&fleet);
    struct backend_book *book = backend_book_new(&fleet.terms);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool told = report_of(book, 0, IMAP, rows[i].ok, &change);
        assert_true(backend_book_state(book, 0, IMAP, &shown));
        if (told != rows[i].told || shown.health != rows[i].health ||
            (told && change.to != shown.health) ||
            slice_eq(shown.reason, SLICE("refused")) == rows[i].ok)
            fail_msg("row %zu", i);
    }
    assert_true(shown.since_us == NOW && shown.checked_us == NOW && shown.latency_us == 7);
    assert_string_equal(backend_health_word(shown.health), "up");
    assert_false(backend_book_state(book, 0, POP3, &shown));
    backend_book_free(book);
}

/* Health stays with name and address; a report about an address of before is for nobody. */
static void written_anew(void **state)
{
    struct fleet fleet;
    struct backend_state shown;
    struct backend_change change;
    (void)state;
    fleet_init(&fleet);
    struct backend_book *book = backend_book_new(&fleet.terms);
    put_down(book, 1, IMAP);
    struct backend_server moved = fleet.servers[1];
    fleet.servers[1] = fleet.servers[0];
    fleet.servers[0] = moved; /* another place in the list */
    backend_book_configure(book, &fleet.terms);
    assert_true(backend_book_state(book, 0, IMAP, &shown));
    assert_int_equal(shown.health, BACKEND_IS_DOWN);
    assert_true(slice_eq(shown.reason, SLICE("refused")));
    struct backend_report late = {.place = shown.place, .ok = true};
    fleet.servers[0].places[IMAP].port = 1143;
    backend_book_configure(book, &fleet.terms);
    assert_false(backend_book_report(book, &late, NOW, &change));
    assert_true(backend_book_state(book, 0, IMAP, &shown));
    assert_true(shown.health == BACKEND_HEALTH_UNKNOWN && shown.checked_us == 0);
    late.server = 77;
    assert_false(backend_book_report(book, &late, NOW, &change));
    backend_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_named_server), cmocka_unit_test(its_alternatives),
        cmocka_unit_test(weights),        cmocka_unit_test(all_are_gone),
        cmocka_unit_test(what_is_told),   cmocka_unit_test(written_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
