/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever stands in the columns of an account, one a line: what is read of it is in order, and
 * what cannot be read permits nothing.
 */
#include "store/account_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(struct slice words, struct slice text)
{
    ASSERT(words.len <= text.len);
    ASSERT(slice_find(words, SLICE("  ")) == NULL || words.len == 0);
    ASSERT(slice_find_char(words, ',') == NULL && slice_find_char(words, '\t') == NULL);
    ASSERT(!slice_starts_with(words, SLICE(" ")) && !slice_ends_with(words, SLICE(" ")));
}

/* What is written is read back. */
static void check_protocols(unsigned protocols)
{
    CLEANUP_BUF struct buf text = {0};
    unsigned again;
    account_text_put_protocols(protocols, &text);
    ASSERT(account_text_protocols(buf_slice(&text), &again));
    ASSERT((again & 0xf) == (protocols & 0xf));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of((const char *)data, size), column[8];
    struct arena *arena = arena_new(4096);
    for (size_t i = 0; i < 8; i++)
        column[i] = slice_cut(&rest, '\n');
    const struct account_text text = {column[0], column[1], column[2], column[3],
                                      column[4], column[5], column[6], column[7]};
    struct account_row row;
    account_text_read(&text, arena, &row);
    check_words(row.networks, text.networks);
    check_words(row.flags, text.flags);
    check_protocols(row.protocols);
    ASSERT(row.valid_until_us >= 0);
    ASSERT(row.fault.len == 0 || row.valid_until_us == 0);
    ASSERT(row.secret.len <= ACCOUNT_TEXT_MAX && row.login.len <= ACCOUNT_TEXT_MAX);
    arena_free(arena);
    return 0;
}
