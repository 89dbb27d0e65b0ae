/* SPDX-License-Identifier: Apache-2.0
 *
 * AES-256-GCM by OpenSSL.
 */
#include "io/secret_seal.h"

#include <openssl/evp.h>

#include "base/memory.h"
#include "io/base64.h"
#include "io/secret_form.h"
#include "io/secret_random.h"

#define NONCE_BYTES 12
#define TAG_BYTES 16

static const unsigned char *bytes_of(struct slice s)
{
    return (const unsigned char *)(s.ptr ? s.ptr : "");
}

static bool encrypt(EVP_CIPHER_CTX *context, const unsigned char *key, struct slice login,
                    struct slice secret, unsigned char *sealed)
{
    int len = 0;
    unsigned char *text = sealed + NONCE_BYTES;
    return EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, sealed) == 1 &&
           EVP_EncryptUpdate(context, NULL, &len, bytes_of(login), (int)login.len) == 1 &&
           EVP_EncryptUpdate(context, text, &len, bytes_of(secret), (int)secret.len) == 1 &&
           EVP_EncryptFinal_ex(context, text + len, &len) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, text + secret.len) == 1;
}

bool secret_seal(const struct secret_key *key, struct slice login, struct slice secret,
                 struct buf *to, struct err *err)
{
    unsigned char sealed[SECRET_MAX + SECRET_SEAL_EXTRA];
    if (secret.len == 0 || secret.len > SECRET_MAX || login.len > SECRET_FORM_LOGIN_MAX)
        return err_set(err, ERR_INPUT, "a secret to be sealed has 1 to %d bytes", SECRET_MAX);
    if (!secret_random(sealed, NONCE_BYTES, err))
        return false;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool good = context != NULL && encrypt(context, secret_key_bytes(key), login, secret, sealed);
    EVP_CIPHER_CTX_free(context);
    if (!good)
        return err_set(err, ERR_LIBRARY, "AES-256-GCM is not to be had from OpenSSL here");
    buf_add(to, SLICE("{SEALED}"));
    base64_encode(slice_of((const char *)sealed, secret.len + SECRET_SEAL_EXTRA), to);
    return true;
}

static bool decrypt(EVP_CIPHER_CTX *context, const unsigned char *key, struct slice login,
                    struct slice sealed, unsigned char *to)
{
    int len = 0, rest = 0, bytes = (int)(sealed.len - SECRET_SEAL_EXTRA);
    unsigned char tag[TAG_BYTES];
    memcpy(tag, slice_end(sealed) - TAG_BYTES, TAG_BYTES);
    return EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, bytes_of(sealed)) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
           EVP_DecryptUpdate(context, NULL, &len, bytes_of(login), (int)login.len) == 1 &&
           EVP_DecryptUpdate(context, to, &len, bytes_of(sealed) + NONCE_BYTES, bytes) == 1 &&
           EVP_DecryptFinal_ex(context, to + len, &rest) == 1;
}

bool secret_unseal(const struct secret_key *key, struct slice login, struct slice sealed,
                   unsigned char *to, struct err *err)
{
    if (sealed.len <= SECRET_SEAL_EXTRA || sealed.len > SECRET_MAX + SECRET_SEAL_EXTRA ||
        login.len > SECRET_FORM_LOGIN_MAX)
        return err_set(err, ERR_INPUT, "the sealed secret is damaged: set it again");
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool good = context != NULL && decrypt(context, secret_key_bytes(key), login, sealed, to);
    EVP_CIPHER_CTX_free(context);
    return good || err_set(err, ERR_INPUT,
                           "the sealed secret does not open: it is damaged, or was sealed with "
                           "another key or for another login; set it again");
}
