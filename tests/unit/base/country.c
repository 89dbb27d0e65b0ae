/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes and back, and how far countries are from each other.
 */
#include "base/country.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/data.h"

static void codes(void **state)
{
    (void)state;
    static const char *const none[] = {"", "J", "JPN", "J1", "--", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_int_equal(country_from_text(slice_from_str(none[i])), COUNTRY_NONE);
    assert_int_equal(country_from_text(SLICE("aa")), 1);
    assert_int_equal(country_from_text(SLICE("ZZ")), COUNTRY_MOST);
    for (uint16_t country = 1; country <= COUNTRY_MOST; country++) {
        struct country_text text = country_text(country);
        assert_int_equal(country_from_text(slice_from_str(text.text)), country);
    }
    assert_string_equal(country_text(COUNTRY_NONE).text, "??");
    assert_string_equal(country_text(COUNTRY_MOST + 1).text, "??");
}

/* By the places that are nearest: Russia is next to Japan, and to Norway. */
static const struct {
    const char *a, *b;
    double least, most; /* km */
} rows[] = {
    {"JP", "JP", 0, 0},         {"JP", "KR", 900, 1300}, {"JP", "VN", 3000, 4500},
    {"VN", "BR", 14000, 17000}, {"RU", "JP", 500, 1500}, {"RU", "FI", 200, 1000},
    {"FJ", "WF", 300, 1500}, /* over the date line */
    {"DE", "FR", 300, 900},     {"US", "CA", 0, 500},    {"NZ", "ES", 17000, 20016},
};

static void distances(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint16_t a = country_from_text(slice_from_str(rows[i].a)),
                 b = country_from_text(slice_from_str(rows[i].b));
        double km = -1, back = -1;
        assert_true(country_distance(a, b, &km) && country_distance(b, a, &back));
        if (km < rows[i].least || km > rows[i].most || km - back > 0.001 || back - km > 0.001)
            fail_msg("%s to %s: %.0f km, %.0f back", rows[i].a, rows[i].b, km, back);
    }
}

static void nowhere(void **state)
{
    (void)state;
    double km = 7;
    assert_false(country_distance(country_from_text(SLICE("QQ")), 1, &km));
    assert_false(country_distance(COUNTRY_NONE, COUNTRY_NONE, &km));
    assert_true(km > 6.9 && km < 7.1);
}

/* Each line of the table is one of its form. */
static void the_table_is_whole(void **state)
{
    (void)state;
    struct slice rest = data_countries();
    size_t places = 0;
    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n'), code = slice_cut(&line, '\t');
        if (slice_starts_with(code, SLICE("#")))
            continue;
        uint16_t country = country_from_text(code);
        double km;
        assert_int_not_equal(country, COUNTRY_NONE);
        assert_true(country_distance(country, country, &km));
        places++;
    }
    assert_in_range(places, 400, 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes),
        cmocka_unit_test(distances),
        cmocka_unit_test(nowhere),
        cmocka_unit_test(the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
