/* SPDX-License-Identifier: Apache-2.0
 *
 * MD5 by OpenSSL; by its old interface where a context is taken out of a sum that has begun, or put
 * into one, since the new one has no door for that.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "io/secret_md5.h"

#include <openssl/md5.h>

#include "io/secret_digest.h"

#define BLOCK 64

static void put_word(MD5_LONG word, unsigned char *to)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (unsigned char)(word >> (8 * i));
}

static MD5_LONG get_word(const unsigned char *from)
{
    return (MD5_LONG)from[0] | (MD5_LONG)from[1] << 8 | (MD5_LONG)from[2] << 16 |
           (MD5_LONG)from[3] << 24;
}

/* MD5 after one block of the key and a pad. */
static bool begin(const unsigned char *key, unsigned char pad, unsigned char *context)
{
    unsigned char block[BLOCK];
    MD5_CTX sum;
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = key[i] ^ pad;
    bool good = MD5_Init(&sum) == 1 && MD5_Update(&sum, block, BLOCK) == 1;
    put_word(sum.A, context);
    put_word(sum.B, context + 4);
    put_word(sum.C, context + 8);
    put_word(sum.D, context + 12);
    explicit_bzero(block, sizeof(block));
    explicit_bzero(&sum, sizeof(sum));
    return good;
}

static bool go_on(const unsigned char *context, struct slice text, unsigned char *digest)
{
    MD5_CTX sum;
    if (MD5_Init(&sum) != 1)
        return false;
    sum.A = get_word(context);
    sum.B = get_word(context + 4);
    sum.C = get_word(context + 8);
    sum.D = get_word(context + 12);
    sum.Nl = BLOCK * 8; /* bits so far */
    return MD5_Update(&sum, text.ptr, text.len) == 1 && MD5_Final(digest, &sum) == 1;
}

bool secret_cram_context(struct slice secret, unsigned char *context)
{
    unsigned char key[BLOCK] = {0};
    bool good = true;
    if (secret.len > BLOCK)
        good = secret_digest(SECRET_MD5, secret, SLICE(""), key);
    else if (secret.len > 0)
        memcpy(key, secret.ptr, secret.len);
    good = good && begin(key, 0x5c, context) && begin(key, 0x36, context + SECRET_MD5_BYTES);
    explicit_bzero(key, sizeof(key));
    return good;
}

bool secret_cram_answer(const unsigned char *context, struct slice challenge, unsigned char *answer)
{
    unsigned char inner[SECRET_MD5_BYTES];
    return go_on(context + SECRET_MD5_BYTES, challenge, inner) &&
           go_on(context, slice_of((const char *)inner, sizeof(inner)), answer);
}

bool secret_apop_answer(struct slice challenge, struct slice secret, unsigned char *answer)
{
    return secret_digest(SECRET_MD5, challenge, secret, answer);
}

bool secret_digest_md5(struct slice login, struct slice secret, unsigned char *digest)
{
    char head[SECRET_FORM_LOGIN_MAX + 2], *at = head;
    struct slice realm = login, user = slice_cut(&realm, '@');
    if (login.len > SECRET_FORM_LOGIN_MAX)
        return false;
    slice_put(user, &at);
    *at++ = ':';
    slice_put(realm, &at);
    *at++ = ':';
    return secret_digest(SECRET_MD5, slice_between(head, at), secret, digest);
}
