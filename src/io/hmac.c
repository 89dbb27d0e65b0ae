/* SPDX-License-Identifier: Apache-2.0
 *
 * A thin layer over libcrypto 3. It fails only for lack of memory or of its default provider, which
 * ends the process: a message without its signature must not go out.
 */
#include "io/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/memory.h"

void hmac_sha256(struct slice key, struct slice text, unsigned char *mac)
{
    unsigned int len = 0;
    ASSERT(key.len <= INT32_MAX);
    ASSERT(HMAC(EVP_sha256(), key.ptr ? key.ptr : "", (int)key.len,
                (const unsigned char *)(text.ptr ? text.ptr : ""), text.len, mac, &len));
    ASSERT(len == HMAC_SHA256_BYTES);
}

void hmac_sha256_hex(struct slice key, struct slice text, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char mac[HMAC_SHA256_BYTES];
    hmac_sha256(key, text, mac);
    for (unsigned int i = 0; i < HMAC_SHA256_BYTES; i++) {
        hex[2 * i] = digits[mac[i] >> 4];
        hex[2 * i + 1] = digits[mac[i] & 15];
    }
    hex[HMAC_SHA256_HEX] = '\0';
}

void sha256(struct slice text, unsigned char *digest)
{
    unsigned int len = 0;
    ASSERT(EVP_Digest(text.ptr ? text.ptr : "", text.len, digest, &len, EVP_sha256(), NULL));
    ASSERT(len == 32);
}
