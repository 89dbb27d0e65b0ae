/* SPDX-License-Identifier: Apache-2.0
 *
 * See country.h. Distances are along great circles (haversine), from the table as it lies there:
 * some 400 lines, looked at only when an account shows up in two countries.
 */
#include "base/country.h"

#include <math.h>

#include "base/data.h"

#define EARTH_KM 6371.0
#define PLACES_MAX 32 /* of a country; the most are 29 */
#define RADIANS_OF_UNIT (0.01 * 3.14159265358979323846 / 180)

struct place {
    uint16_t country;
    double latitude, longitude; /* radians */
};

static int letter_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    return c >= 'A' && c <= 'Z' ? c - 'A' : -1;
}

uint16_t country_from_text(struct slice text)
{
    if (text.len != 2 || letter_of(text.ptr[0]) < 0 || letter_of(text.ptr[1]) < 0)
        return COUNTRY_NONE;
    return (uint16_t)(letter_of(text.ptr[0]) * 26 + letter_of(text.ptr[1]) + 1);
}

struct country_text country_text(uint16_t country)
{
    if (country == COUNTRY_NONE || country > COUNTRY_MOST)
        return (struct country_text){"??"};
    unsigned place = country - 1u;
    return (struct country_text){{(char)('A' + place / 26), (char)('A' + place % 26), '\0'}};
}

static bool take_angle(struct slice text, double *out)
{
    bool below = slice_take_prefix(&text, SLICE("-"));
    uint64_t units;
    if (!slice_to_u64(text, 18000, &units))
        return false;
    *out = (below ? -1.0 : 1.0) * (double)units * RADIANS_OF_UNIT;
    return true;
}

/* False: no further one. */
static bool next_place(struct slice *rest, struct place *out)
{
    while (rest->len > 0) {
        struct slice line = slice_cut(rest, '\n');
        out->country = country_from_text(slice_cut(&line, '\t'));
        if (out->country != COUNTRY_NONE && take_angle(slice_cut(&line, '\t'), &out->latitude) &&
            take_angle(line, &out->longitude))
            return true;
    }
    return false;
}

static double distance(const struct place *a, const struct place *b)
{
    double north = sin((a->latitude - b->latitude) / 2),
           east = sin((a->longitude - b->longitude) / 2);
    double half = north * north + cos(a->latitude) * cos(b->latitude) * east * east;
    return 2 * EARTH_KM * asin(sqrt(fmin(half, 1)));
}

/* Those of one country. */
struct places {
    struct place of[PLACES_MAX];
    size_t count;
};

static void add(struct places *places, const struct place *place)
{
    if (places->count < PLACES_MAX)
        places->of[places->count++] = *place;
}

bool country_distance(uint16_t a, uint16_t b, double *km)
{
    struct slice rest = data_countries();
    struct place place;
    struct places from = {.count = 0}, to = {.count = 0};
    double least = 4 * EARTH_KM; /* no two places are so far */
    while (next_place(&rest, &place)) {
        if (place.country == a)
            add(&from, &place);
        if (place.country == b)
            add(&to, &place);
    }
    for (size_t i = 0; i < from.count; i++)
        for (size_t k = 0; k < to.count; k++)
            least = fmin(least, distance(&from.of[i], &to.of[k]));
    if (from.count == 0 || to.count == 0)
        return false;
    *km = least;
    return true;
}
