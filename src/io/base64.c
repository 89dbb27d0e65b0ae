/* SPDX-License-Identifier: Apache-2.0
 *
 * A thin layer over libcrypto 3.
 */
#include "io/base64.h"

#include <openssl/evp.h>

#include "base/memory.h"

#define TEXT_MAX (256u << 20)
#define DECODED_MAX (64u << 10) /* of text to decode */

void base64_encode(struct slice text, struct buf *to)
{
    ASSERT(text.len <= TEXT_MAX);
    if (text.len == 0)
        return;
    char *room = buf_reserve(to, (text.len + 2) / 3 * 4); /* a NUL is written behind it */
    int len =
        EVP_EncodeBlock((unsigned char *)room, (const unsigned char *)text.ptr, (int)text.len);
    ASSERT(len >= 0);
    to->len += (size_t)len;
}

static bool is_digit(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '+' || c == '/';
}

/* OpenSSL steps over blanks and dashes, wants padding, and counts it as bytes. */
bool base64_decode(struct slice text, void *to, size_t *len)
{
    size_t begun = text.len % 4 == 0 ? 0 : 4 - text.len % 4, padding = 0;
    while (begun == 0 && padding < 2 && padding < text.len &&
           text.ptr[text.len - 1 - padding] == '=')
        padding++;
    size_t digits = text.len - padding, tail = digits % 4;
    if (text.len > DECODED_MAX || tail == 1)
        return false;
    for (size_t i = 0; i < digits; i++)
        if (!is_digit(text.ptr[i]))
            return false;
    unsigned char last[4] = {'=', '=', '=', '='};
    if (tail > 0)
        memcpy(last, text.ptr + digits - tail, tail);
    unsigned char *bytes = to;
    size_t whole = digits / 4;
    if (whole > 0 && EVP_DecodeBlock(bytes, (const unsigned char *)text.ptr, (int)whole * 4) < 0)
        return false;
    if (tail > 0 && EVP_DecodeBlock(bytes + whole * 3, last, 4) < 0)
        return false;
    explicit_bzero(last, sizeof(last));
    *len = whole * 3 + (tail > 0 ? tail - 1 : 0);
    return true;
}
