/* SPDX-License-Identifier: Apache-2.0
 *
 * The out-of-line part of slices: searches, comparisons, numbers, hashing.
 */
#include "base/slice.h"

#include "base/word.h"

const char *slice_find_last(struct slice s, struct slice needle)
{
    if (needle.len == 0 || s.len < needle.len)
        return NULL;
    const char *p = s.ptr + (s.len - needle.len) + 1;
    while (p > s.ptr) {
        p = memrchr(s.ptr, needle.ptr[0], (size_t)(p - s.ptr));
        if (p == NULL)
            return NULL;
        if (memcmp(p, needle.ptr, needle.len) == 0)
            return p;
    }
    return NULL;
}

static bool bytes_ieq(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (ascii_lower(a[i]) != ascii_lower(b[i]))
            return false;
    return true;
}

bool slice_ieq(struct slice a, struct slice b)
{
    return a.len == b.len && bytes_ieq(a.ptr, b.ptr, a.len);
}

bool slice_istarts_with(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && bytes_ieq(s.ptr, prefix.ptr, prefix.len);
}

bool slice_iends_with(struct slice s, struct slice suffix)
{
    return s.len >= suffix.len && bytes_ieq(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len);
}

const char *slice_ifind(struct slice s, struct slice needle)
{
    if (needle.len == 0)
        return s.ptr;
    for (size_t i = 0; i + needle.len <= s.len; i++)
        if (bytes_ieq(s.ptr + i, needle.ptr, needle.len))
            return s.ptr + i;
    return NULL;
}

int slice_cmp(struct slice a, struct slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
    while (s.len > 0 && is_space(s.ptr[0]))
        s = slice_skip(s, 1);
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct slice slice_cut(struct slice *rest, char sep)
{
    struct slice whole = *rest;
    const char *at = slice_find_near(whole, sep);
    if (at == NULL) {
        *rest = (struct slice){NULL, 0};
        return whole;
    }
    *rest = slice_between(at + 1, slice_end(whole));
    return slice_between(whole.ptr, at);
}

bool slice_to_u64(struct slice s, uint64_t max, uint64_t *out)
{
    if (s.len == 0 || s.len > 20)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i]))
            return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

/* Multiply-fold hashing, eight bytes a step: the 128-bit product mixes high and low halves. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 u128;
    u128 product = (u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The bytes of a run shorter than eight: two loads that may overlap, so that no length needs a
 * loop; the length itself is hashed beside them. */
static uint64_t load_short(const char *p, size_t len)
{
    if (len >= 4)
        return word_load_half(p) | (uint64_t)word_load_half(p + len - 4) << 32;
    if (len == 0)
        return 0;
    return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[len / 2] << 8 |
           (uint64_t)(unsigned char)p[len - 1] << 16;
}

#define HASH_SEED 0x9e3779b97f4a7c15ULL
#define HASH_STEP 0xd6e8feb86659fd93ULL

static uint64_t as_it_is(uint64_t bytes)
{
    return bytes;
}

/* Eight bytes with their ASCII capitals made small: bit 7 of each byte of `upper` says which. */
static uint64_t lowered(uint64_t bytes)
{
    return bytes | word_range(bytes, 'A', 'Z') >> 2;
}

static void copy_lowered(const char *from, char *to)
{
    uint64_t bytes;
    memcpy(&bytes, from, sizeof(bytes)); /* as it stands in memory: bytes stay where they are */
    bytes = lowered(bytes);
    memcpy(to, &bytes, sizeof(bytes));
}

void slice_copy_lower(struct slice s, char *to)
{
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8)
        copy_lowered(s.ptr + i, to + i);
    for (; i < s.len; i++)
        to[i] = ascii_lower(s.ptr[i]);
}

/* Most of what is hashed is shorter than 33 bytes: loads that may overlap, and no loop, whose end
 * the processor would guess wrong. Inlined twice, with `map` known. */
static inline uint64_t hash_mapped(struct slice s, uint64_t (*map)(uint64_t))
{
    uint64_t h = HASH_SEED ^ s.len;
    if (s.len < 8)
        return fold(fold(h ^ map(load_short(s.ptr, s.len)), HASH_STEP), HASH_SEED);
    const char *p = s.ptr, *end = slice_end(s);
    for (; end - p > 32; p += 8)
        h = fold(h ^ map(word_load(p)), HASH_STEP);
    if (end - p > 16) {
        h = fold(h ^ map(word_load(p)), HASH_STEP ^ map(word_load(p + 8)));
        p = end - 16;
    }
    return fold(fold(h ^ map(word_load(p)), HASH_STEP ^ map(word_load(end - 8))), HASH_SEED);
}

uint64_t slice_hash(struct slice s)
{
    return hash_mapped(s, as_it_is);
}

uint64_t slice_hash_nocase(struct slice s)
{
    return hash_mapped(s, lowered);
}
