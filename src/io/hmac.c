/* SPDX-License-Identifier: Apache-2.0
 *
 * A thin layer over libcrypto 3. It fails only for lack of memory or of its default provider, which
 * ends the process: a message without its signature must not go out.
 */
#include "io/hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

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

struct hmac_signer {
    EVP_MAC_CTX *context;
};

struct hmac_signer *hmac_signer_new(struct slice key)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    struct hmac_signer *signer = MEM_NEW(struct hmac_signer);
    EVP_MAC *kind = EVP_MAC_fetch(NULL, "HMAC", NULL);
    ASSERT(key.len > 0);
    signer->context = EVP_MAC_CTX_new(kind);
    ASSERT(EVP_MAC_init(signer->context, (const unsigned char *)key.ptr, key.len, params));
    EVP_MAC_free(kind); /* the context holds it */
    return signer;
}

void hmac_signer_sign(struct hmac_signer *signer, struct slice text, unsigned char *mac)
{
    size_t len = 0;
    ASSERT(EVP_MAC_init(signer->context, NULL, 0, NULL)); /* anew, with the key that it has */
    ASSERT(EVP_MAC_update(signer->context, (const unsigned char *)(text.ptr ? text.ptr : ""),
                          text.len));
    ASSERT(EVP_MAC_final(signer->context, mac, &len, HMAC_SHA256_BYTES));
    ASSERT(len == HMAC_SHA256_BYTES);
}

void hmac_signer_free(struct hmac_signer *signer)
{
    if (signer == NULL)
        return;
    EVP_MAC_CTX_free(signer->context);
    mem_free(signer);
}

void sha256(struct slice text, unsigned char *digest)
{
    unsigned int len = 0;
    ASSERT(EVP_Digest(text.ptr ? text.ptr : "", text.len, digest, &len, EVP_sha256(), NULL));
    ASSERT(len == 32);
}
