/* SPDX-License-Identifier: Apache-2.0
 *
 * A thin layer over libcrypto 3.
 */
#include "io/base64.h"

#include <openssl/evp.h>

#include "base/memory.h"

#define TEXT_MAX (256u << 20)

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
