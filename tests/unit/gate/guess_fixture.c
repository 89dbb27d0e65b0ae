/* SPDX-License-Identifier: Apache-2.0
 *
 * See guess_fixture.h.
 */
#include "gate/guess_fixture.h"

#include <stdio.h>

const struct guess_room guess_fixture_small = {4096, 4096, 8192, 4096};

static struct guess_guard *guard_of(const struct guess_terms *terms, const struct guess_room *room)
{
    static const struct hash_key key = {{7, 8}};
    struct guess_guard *guard = guess_guard_new(terms, room, NOW);
    guess_guard_hash_by(guard, &key);
    return guard;
}

struct guess_guard *guess_fixture_with(const struct guess_terms *terms)
{
    return guard_of(terms, &guess_fixture_small);
}

struct guess_guard *guess_fixture_guard(void)
{
    return guess_fixture_with(&guess_terms_default);
}

struct guess_guard *guess_fixture_large(void)
{
    static const struct guess_room large = {65536, 65536, 131072, 65536};
    return guard_of(&guess_terms_default, &large);
}

struct guess_try who_is(const char *login, uint32_t ip)
{
    struct guess_try who = {.login = slice_from_str(login), .ip = {.len = 4}};
    ip += UINT32_C(0xC6120000);
    for (int i = 0; i < 4; i++)
        who.ip.bytes[i] = (uint8_t)(ip >> (24 - 8 * i));
    return who;
}

struct guess_answer look(struct guess_guard *guard, const struct guess_try *who, int64_t now_us)
{
    struct guess_answer answer;
    guess_guard_look(guard, who, now_us, &answer);
    return answer;
}

bool guess(struct guess_guard *guard, const struct guess_try *who, int number, int64_t now_us,
           struct guess_outcome *outcome)
{
    char secret[32];
    struct guess_outcome unused;
    int length = snprintf(secret, sizeof(secret), "guess%d", number);
    if (look(guard, who, now_us).verdict == GUESS_DENY)
        return false;
    guess_guard_fail(guard, who, slice_of(secret, (size_t)length), true, now_us,
                     outcome != NULL ? outcome : &unused);
    return true;
}

bool log_in(struct guess_guard *guard, const struct guess_try *who, int64_t now_us)
{
    if (look(guard, who, now_us).verdict == GUESS_DENY)
        return false;
    guess_guard_pass(guard, who, now_us);
    return true;
}
