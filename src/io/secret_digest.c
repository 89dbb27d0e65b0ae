/* SPDX-License-Identifier: Apache-2.0
 *
 * Digests by OpenSSL.
 */
#include "io/secret_digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "io/hmac.h"

bool secret_same(struct slice a, struct slice b)
{
    unsigned char digests[2][32];
    sha256(a, digests[0]);
    sha256(b, digests[1]);
    bool same = CRYPTO_memcmp(digests[0], digests[1], sizeof(digests[0])) == 0 && a.len == b.len;
    explicit_bzero(digests, sizeof(digests));
    return same;
}

static const EVP_MD *digest_of(enum secret_scheme scheme)
{
    switch (secret_scheme_digest(scheme)) {
    case 16:
        return EVP_md5();
    case 20:
        return EVP_sha1();
    case 32:
        return EVP_sha256();
    case 64:
        return EVP_sha512();
    }
    return NULL;
}

bool secret_digest(enum secret_scheme scheme, struct slice head, struct slice tail,
                   unsigned char *digest)
{
    const EVP_MD *kind = digest_of(scheme);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = kind != NULL && context != NULL && EVP_DigestInit_ex(context, kind, NULL) == 1 &&
                EVP_DigestUpdate(context, head.ptr, head.len) == 1 &&
                EVP_DigestUpdate(context, tail.ptr, tail.len) == 1 &&
                EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context); /* clears what it held */
    return good;
}

static bool is_salted(enum secret_scheme scheme)
{
    return scheme == SECRET_SMD5 || scheme == SECRET_SSHA || scheme == SECRET_SSHA256 ||
           scheme == SECRET_SSHA512;
}

enum secret_verdict secret_digest_check(enum secret_scheme scheme, struct slice stored,
                                        struct slice secret, struct err *err)
{
    unsigned char digest[SECRET_DIGEST_MAX];
    size_t bytes = secret_scheme_digest(scheme);
    if (is_salted(scheme) ? stored.len <= bytes : stored.len != bytes)
        return secret_is_bad(err, "has another length than digests of its scheme");
    if (!secret_digest(scheme, secret, slice_skip(stored, bytes), digest)) {
        err_set(err, ERR_LIBRARY, "the digest %s is not to be had from OpenSSL here",
                secret_scheme_name(scheme));
        return SECRET_BAD;
    }
    bool right = CRYPTO_memcmp(digest, stored.ptr, bytes) == 0;
    explicit_bzero(digest, sizeof(digest));
    return right ? SECRET_RIGHT : SECRET_WRONG;
}
