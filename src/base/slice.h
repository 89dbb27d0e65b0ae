/* SPDX-License-Identifier: Apache-2.0
 *
 * A borrowed run of bytes. Nothing here owns, copies or frees memory, and nothing relies on a NUL.
 * Bytes may be anything: log text is hostile.
 */
#ifndef TD_BASE_SLICE_H
#define TD_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct slice {
    const char *ptr; /* may be NULL when len is 0 */
    size_t len;
};

/* Slice of a string literal; the terminating NUL is not part of it. */
#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})

/* printf arguments for "%.*s". */
#define SLICE_ARG(s) ((int)(s).len), ((s).ptr ? (s).ptr : "")

static inline struct slice slice_of(const char *ptr, size_t len)
{
    return (struct slice){ptr, len};
}

static inline struct slice slice_from_str(const char *str)
{
    return (struct slice){str, str ? strlen(str) : 0};
}

/* [begin, end) of one buffer; begin <= end. */
static inline struct slice slice_between(const char *begin, const char *end)
{
    return (struct slice){begin, (size_t)(end - begin)};
}

static inline const char *slice_end(struct slice s)
{
    return s.ptr + s.len;
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Most prefixes fail at their first byte, which saves the call. */
static inline bool slice_starts_with(struct slice s, struct slice prefix)
{
    return prefix.len == 0 || (s.len >= prefix.len && s.ptr[0] == prefix.ptr[0] &&
                               memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool slice_ends_with(struct slice s, struct slice suffix)
{
    return suffix.len == 0 || (s.len >= suffix.len &&
                               memcmp(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len) == 0);
}

/* The rest after n bytes; n is clamped to the length. */
static inline struct slice slice_skip(struct slice s, size_t n)
{
    if (n > s.len)
        n = s.len;
    return n == 0 ? s : (struct slice){s.ptr + n, s.len - n};
}

/* The first n bytes; n is clamped to the length. */
static inline struct slice slice_first(struct slice s, size_t n)
{
    return (struct slice){s.ptr, n < s.len ? n : s.len};
}

/* Copies the bytes to *at, which then stands behind them. The copy. */
static inline struct slice slice_put(struct slice s, char **at)
{
    struct slice copy = {*at, s.len};
    if (s.len > 0)
        memcpy(*at, s.ptr, s.len);
    *at += s.len;
    return copy;
}

/* Drops `prefix` from the front of *s if it is there. */
static inline bool slice_take_prefix(struct slice *s, struct slice prefix)
{
    if (!slice_starts_with(*s, prefix))
        return false;
    *s = slice_skip(*s, prefix.len);
    return true;
}

/* First `c` in s, or NULL. */
static inline const char *slice_find_char(struct slice s, char c)
{
    return s.len ? memchr(s.ptr, c, s.len) : NULL;
}

#ifdef __SSE2__
/* Bit i: the i-th of the sixteen bytes at p is `c`. */
static inline unsigned slice_marks_of(const char *p, char c)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}
#endif

/* The same, where `c` is mostly among the first 32 bytes: those are looked at here and at once (of
 * 16 to 31 bytes the last sixteen again), which costs less than a call and has no branch that
 * depends on where it stands. */
static inline const char *slice_find_near(struct slice s, char c)
{
#ifdef __SSE2__
    if (s.len >= 16) {
        size_t second = s.len < 32 ? s.len - 16 : 16;
        unsigned found = slice_marks_of(s.ptr, c) | slice_marks_of(s.ptr + second, c) << second;
        if (found != 0)
            return s.ptr + __builtin_ctz(found);
        s = slice_skip(s, second + 16);
    }
#endif
    return slice_find_char(s, c);
}

/* Last `c` in s, or NULL. */
static inline const char *slice_find_last_char(struct slice s, char c)
{
    return s.len ? memrchr(s.ptr, c, s.len) : NULL;
}

/* First occurrence of `needle` in s, or NULL. An empty needle is found at the start. */
static inline const char *slice_find(struct slice s, struct slice needle)
{
    if (needle.len == 0)
        return s.ptr;
    return s.len >= needle.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
}

/* Last occurrence of `needle` (not empty) in s, or NULL. */
const char *slice_find_last(struct slice s, struct slice needle);

/* ASCII-case-insensitive variants; bytes above 0x7f compare as they are. */
bool slice_ieq(struct slice a, struct slice b);
bool slice_istarts_with(struct slice s, struct slice prefix);
bool slice_iends_with(struct slice s, struct slice suffix);
const char *slice_ifind(struct slice s, struct slice needle);

/* Three-way byte order, as memcmp; a prefix sorts first. */
int slice_cmp(struct slice a, struct slice b);

/* Without leading and trailing blanks, tabs, CR, LF. */
struct slice slice_trim(struct slice s);

/* Cuts *rest at the first `sep`: returns what stands before, *rest becomes what stands after (empty
 * with ptr NULL when there was no separator, which ends a loop on rest.ptr). */
struct slice slice_cut(struct slice *rest, char sep);

/* Whole of s as an unsigned decimal, at most `max`. False: empty, other bytes, or too large; *out
 * untouched. */
bool slice_to_u64(struct slice s, uint64_t max, uint64_t *out);

/* Copies s to `to`, which has room for it, with ASCII capitals made small. */
void slice_copy_lower(struct slice s, char *to);

/* 64-bit hash for tables in memory; not keyed, not stable across builds. */
uint64_t slice_hash(struct slice s);

/* The same, ignoring ASCII case. */
uint64_t slice_hash_nocase(struct slice s);

static inline char ascii_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

#endif
