/* SPDX-License-Identifier: Apache-2.0
 *
 * Digits of crypt(3), and what they say.
 */
#include "io/secret_cost.h"

#define SHA_ROUNDS_USUAL 5000
#define FIXED_DIGITS 5

static int digit_value(char c)
{
    if (c == '.' || c == '/')
        return c - '.';
    if (ascii_is_digit(c))
        return c - '0' + 2;
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 12;
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 38;
    return -1;
}

bool secret_cost_is_digit(char c)
{
    return digit_value(c) >= 0;
}

bool secret_cost_of_sha(struct slice rest, struct secret_cost *cost)
{
    cost->rounds = SHA_ROUNDS_USUAL;
    if (!slice_take_prefix(&rest, SLICE("rounds=")))
        return true;
    return slice_to_u64(slice_cut(&rest, '$'), 999999999, &cost->rounds) && rest.ptr != NULL;
}

bool secret_cost_of_bcrypt(struct slice rest, struct secret_cost *cost)
{
    uint64_t doublings;
    struct slice number = slice_cut(&rest, '$');
    if (number.len != 2 || rest.ptr == NULL || !slice_to_u64(number, 31, &doublings))
        return false;
    cost->doublings = (unsigned)doublings;
    return true;
}

static bool take_digit(struct slice *rest, uint32_t *value)
{
    int digit = rest->len > 0 ? digit_value(rest->ptr[0]) : -1;
    if (digit < 0)
        return false;
    *value = (uint32_t)digit;
    *rest = slice_skip(*rest, 1);
    return true;
}

static bool take_fixed(struct slice *rest, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < FIXED_DIGITS; i++) {
        uint32_t digit;
        if (!take_digit(rest, &digit))
            return false;
        *value |= digit << (6 * i);
    }
    return true;
}

/* A number, at least `least`, whose first digit says how many follow it: the fewer, the smaller. */
static bool take_number(struct slice *rest, uint32_t least, uint32_t *value)
{
    uint32_t start = 0, end = 47, digit, more = 0, number = least;
    if (!take_digit(rest, &digit))
        return false;
    while (digit > end) {
        number += (end + 1 - start) << (6 * more);
        start = end + 1;
        end = start + (62 - end) / 2;
        more++;
    }
    number += (digit - start) << (6 * more);
    for (; more > 0; more--) {
        if (!take_digit(rest, &digit))
            return false;
        number += digit << (6 * (more - 1));
    }
    *value = number;
    return true;
}

/* Saturates, so that what is too much is found to be so. */
static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static bool put_cost(uint32_t log_n, uint32_t r, uint64_t turns, struct secret_cost *cost)
{
    if (log_n < 1 || log_n > 63 || r < 1 || turns < 1)
        return false;
    cost->memory_bytes = times(128 * (uint64_t)r, UINT64_C(1) << log_n);
    cost->work_bytes = times(cost->memory_bytes, turns);
    return true;
}

bool secret_cost_of_scrypt(struct slice rest, struct secret_cost *cost)
{
    uint32_t log_n, r, p;
    return take_digit(&rest, &log_n) && take_fixed(&rest, &r) && take_fixed(&rest, &p) &&
           put_cost(log_n, r, p, cost);
}

/* p, t and g, each only if its bit is set; a fourth stands for a table in ROM, which is nowhere. */
static bool take_extras(struct slice *rest, uint32_t *p, uint32_t *t)
{
    uint32_t have, g;
    if (rest->len > 0 && rest->ptr[0] == '$')
        return true;
    return take_number(rest, 1, &have) && have < 8 && (!(have & 1) || take_number(rest, 2, p)) &&
           (!(have & 2) || take_number(rest, 1, t)) && (!(have & 4) || take_number(rest, 1, &g));
}

bool secret_cost_of_yescrypt(struct slice rest, struct secret_cost *cost)
{
    uint32_t flavour, log_n, r, p = 1, t = 0;
    return take_number(&rest, 0, &flavour) && take_number(&rest, 1, &log_n) &&
           take_number(&rest, 1, &r) && take_extras(&rest, &p, &t) &&
           slice_starts_with(rest, SLICE("$")) &&
           put_cost(log_n, r, times(p, (uint64_t)t + 1), cost);
}
