/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as what relays tell each other of guesses: a row that is taken has a name that is
 * written the same, and a key that is taken is written back the same.
 */
#include "base/memory.h"
#include "gate/guess_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t NOW_US = INT64_C(1772452800000000);
    CLEANUP_BUF struct buf name = {0}, CLEANUP_BUF text = {0};
    struct slice bytes = slice_of((const char *)data, size);
    struct guess_news news;
    struct hash_key key;
    if (guess_text_key_parse(bytes, &key)) {
        guess_text_key(&key, &text);
        ASSERT(slice_eq(buf_slice(&text), bytes));
    }
    if (!guess_text_parse(bytes, NOW_US, &news))
        return 0;
    ASSERT(news.kind != GUESS_PAIR && news.name != 0 && news.fill_us >= -NOW_US);
    guess_text_name(&news, &name);
    ASSERT(slice_starts_with(bytes, buf_slice(&name)));
    return 0;
}
