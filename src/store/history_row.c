/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_row.h. What is hashed is the plain form of a text: letters small, and of an address
 * with a quoted local part what is inside the quotes. Two different texts may share a hash: who
 * looks up compares with history_row_matches.
 */
#include "store/history_row.h"

#include <endian.h>

#define HASH_SEED UINT64_C(0x9e3779b97f4a7c15)
#define HASH_STEP UINT64_C(0xd6e8feb86659fd93)

static const uint16_t text_max[HISTORY_TEXT_COUNT] = {
#define X(name, max) max,
    HISTORY_TEXTS(X)
#undef X
};

struct slice history_row_clip(enum history_text field, struct slice text)
{
    return slice_first(text, text_max[field]);
}

/* Without the quotes of a quoted local part: `"a\"b"@example.org` is a"b@example.org. Returns text,
 * or what was written to `to`, which has room for the longest text. */
static struct slice unquoted(struct slice text, char *to)
{
    if (text.len < 2 || text.ptr[0] != '"')
        return text;
    size_t n = 0;
    size_t i = 1;
    for (; i < text.len && text.ptr[i] != '"'; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len)
            i++;
        to[n++] = text.ptr[i];
    }
    for (i++; i < text.len; i++)
        to[n++] = text.ptr[i];
    return slice_of(to, n);
}

static uint64_t load_lower(const char *p, size_t len)
{
    char lowered[8] = {0};
    for (size_t i = 0; i < len; i++)
        lowered[i] = ascii_lower(p[i]);
    uint64_t word;
    memcpy(&word, lowered, sizeof(word));
    return le64toh(word);
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 u128;
    u128 product = (u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash_plain(struct slice plain)
{
    uint64_t hash = HASH_SEED ^ plain.len;
    size_t at = 0;
    for (; at + 8 <= plain.len; at += 8)
        hash = fold(hash ^ load_lower(plain.ptr + at, 8), HASH_STEP);
    if (at < plain.len)
        hash = fold(hash ^ load_lower(plain.ptr + at, plain.len - at), HASH_STEP);
    return (uint32_t)(fold(hash, HASH_SEED) >> 32);
}

static enum history_text field_of(enum history_key key)
{
    switch (key) {
    case HISTORY_KEY_RECIPIENT:
        return HISTORY_RECIPIENT;
    case HISTORY_KEY_SENDER:
        return HISTORY_SENDER;
    case HISTORY_KEY_QUEUE_ID:
        return HISTORY_QUEUE_ID;
    case HISTORY_KEY_MESSAGE_ID:
        break;
    }
    return HISTORY_MESSAGE_ID;
}

uint32_t history_key_hash(enum history_key key, struct slice text)
{
    char room[1024];
    struct slice clipped = history_row_clip(field_of(key), text);
    bool address = key == HISTORY_KEY_RECIPIENT || key == HISTORY_KEY_SENDER;
    return hash_plain(address ? unquoted(clipped, room) : clipped);
}

/* `@example.org` of an address; empty when it has none. */
static struct slice domain_of(struct slice address)
{
    const char *at = slice_find_last_char(address, '@');
    return at ? slice_between(at, slice_end(address)) : (struct slice){NULL, 0};
}

static bool is_quoted(struct slice address)
{
    return slice_starts_with(address, SLICE("\""));
}

static bool is_address_unquoted(struct slice clipped, struct slice wanted)
{
    char a[1024], b[1024];
    return slice_ieq(unquoted(clipped, a), unquoted(wanted, b));
}

/* Asked of every row of a block; quotes are rare. */
static bool is_address(struct slice clipped, struct slice wanted)
{
    if (is_quoted(clipped) || is_quoted(wanted))
        return is_address_unquoted(clipped, wanted);
    return slice_ieq(clipped, wanted);
}

static bool is_hex(struct slice id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = ascii_lower(id.ptr[i]);
        if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return true;
}

static bool matches_recipient(const struct history_row *row, struct slice wanted)
{
    struct slice to = row->text[HISTORY_RECIPIENT], first = row->text[HISTORY_ORIG_RECIPIENT];
    if (slice_starts_with(wanted, SLICE("@")) && slice_ieq(domain_of(to), wanted))
        return true;
    return is_address(to, wanted) || is_address(first, wanted);
}

bool history_row_matches(const struct history_row *row, enum history_key key, struct slice text)
{
    struct slice wanted = history_row_clip(field_of(key), text);
    if (wanted.len == 0)
        return false;
    switch (key) {
    case HISTORY_KEY_RECIPIENT:
        return matches_recipient(row, wanted);
    case HISTORY_KEY_SENDER:
        return is_address(row->text[HISTORY_SENDER], wanted) ||
               is_address(row->text[HISTORY_LOGIN], wanted);
    case HISTORY_KEY_QUEUE_ID:
        return slice_eq(row->text[HISTORY_QUEUE_ID], wanted) ||
               (is_hex(wanted) && slice_ieq(row->text[HISTORY_QUEUE_ID], wanted));
    case HISTORY_KEY_MESSAGE_ID:
        break;
    }
    return slice_ieq(row->text[HISTORY_MESSAGE_ID], wanted);
}

struct key_list {
    struct history_row_key *to;
    size_t count;
};

static void add_key(struct key_list *list, enum history_key key, struct slice text)
{
    if (text.len > 0)
        list->to[list->count++] =
            (struct history_row_key){.key = key, .hash = history_key_hash(key, text)};
}

size_t history_row_keys(const struct history_row *row, uint32_t skip,
                        struct history_row_key to[HISTORY_ROW_KEYS_MAX])
{
    struct key_list list = {.to = to};
    struct slice recipient = row->text[HISTORY_RECIPIENT];
    if (!(skip >> HISTORY_RECIPIENT & 1)) {
        add_key(&list, HISTORY_KEY_RECIPIENT, recipient);
        struct slice domain = domain_of(recipient);
        if (domain.len < recipient.len)
            add_key(&list, HISTORY_KEY_RECIPIENT, domain);
    }
    if (!(skip >> HISTORY_ORIG_RECIPIENT & 1))
        add_key(&list, HISTORY_KEY_RECIPIENT, row->text[HISTORY_ORIG_RECIPIENT]);
    if (!(skip >> HISTORY_SENDER & 1))
        add_key(&list, HISTORY_KEY_SENDER, row->text[HISTORY_SENDER]);
    if (!(skip >> HISTORY_LOGIN & 1))
        add_key(&list, HISTORY_KEY_SENDER, row->text[HISTORY_LOGIN]);
    if (!(skip >> HISTORY_QUEUE_ID & 1))
        add_key(&list, HISTORY_KEY_QUEUE_ID, row->text[HISTORY_QUEUE_ID]);
    if (!(skip >> HISTORY_MESSAGE_ID & 1))
        add_key(&list, HISTORY_KEY_MESSAGE_ID, row->text[HISTORY_MESSAGE_ID]);
    return list.count;
}
