/* SPDX-License-Identifier: Apache-2.0
 *
 * Calendar arithmetic after Howard Hinnant's days_from_civil: eras of 400 years that begin in
 * March.
 */
#include "base/civil.h"

#include <string.h>

int64_t civil_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int days_in_month(int year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] + (month == 2 && leap);
}

bool civil_is_valid(const struct civil *when)
{
    if (when->year < 1 || when->year > 9999 || when->month < 1 || when->month > 12)
        return false;
    if (when->day < 1 || when->day > days_in_month(when->year, when->month))
        return false;
    return when->hour >= 0 && when->hour <= 23 && when->minute >= 0 && when->minute <= 59 &&
           when->second >= 0 && when->second <= 60;
}

int64_t civil_seconds(const struct civil *when)
{
    return civil_days(when->year, when->month, when->day) * SECONDS_PER_DAY + when->hour * 3600 +
           when->minute * 60 + when->second;
}

struct civil civil_from_seconds(int64_t seconds)
{
    int64_t days = seconds / SECONDS_PER_DAY, rest = seconds % SECONDS_PER_DAY;
    if (rest < 0) {
        rest += SECONDS_PER_DAY;
        days--;
    }
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t mp = (5 * day_of_year + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (struct civil){
        .year = (int)(year_of_era + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(day_of_year - (153 * mp + 2) / 5 + 1),
        .hour = (int)(rest / 3600),
        .minute = (int)(rest / 60 % 60),
        .second = (int)(rest % 60),
    };
}

int civil_month_of_name(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int month = 0; month < 12; month++)
        if (memcmp(name, names + month * 3, 3) == 0)
            return month + 1;
    return 0;
}

/* The lowest `count` digits of a number, and what follows them. */
static char *add_field(char *to, int number, int count, char after)
{
    for (int i = count; i-- > 0; number /= 10)
        to[i] = (char)('0' + number % 10);
    to[count] = after;
    return to + count + 1;
}

void civil_format_utc(int64_t us, char *to)
{
    int64_t seconds = us / US_PER_SECOND - (us % US_PER_SECOND < 0);
    struct civil c = civil_from_seconds(seconds);
    if (c.year < 0 || c.year > 9999)
        c = (struct civil){.year = 9999, .month = 12, .day = 31};
    to = add_field(to, c.year, 4, '-');
    to = add_field(to, c.month, 2, '-');
    to = add_field(to, c.day, 2, 'T');
    to = add_field(to, c.hour, 2, ':');
    to = add_field(to, c.minute, 2, ':');
    to = add_field(to, c.second, 2, 'Z');
    *to = '\0';
}
