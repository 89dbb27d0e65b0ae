/* SPDX-License-Identifier: Apache-2.0
 *
 * PBKDF2 and HMAC by OpenSSL.
 */
#include "io/secret_pbkdf2.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "io/base64.h"
#include "io/secret_hex.h"
#include "io/secret_random.h"

#define ROUNDS_MAX 999999999
#define SALT_BYTES 16
#define SALT_MAX 64
#define SHA1_BYTES 20
#define SHA256_BYTES 32

struct digest {
    unsigned char bytes[SHA256_BYTES];
    int len; /* also says which hash it is */
};

static const EVP_MD *hash_of(int len)
{
    return len == SHA1_BYTES ? EVP_sha1() : EVP_sha256();
}

static bool stretch(struct slice secret, struct slice salt, uint64_t rounds, struct digest *out)
{
    return PKCS5_PBKDF2_HMAC(secret.ptr ? secret.ptr : "", (int)secret.len,
                             (const unsigned char *)salt.ptr, (int)salt.len, (int)rounds,
                             hash_of(out->len), out->len, out->bytes) == 1;
}

static enum secret_verdict not_computed(struct err *err)
{
    err_set(err, ERR_LIBRARY, "PBKDF2 is not to be had from OpenSSL here");
    return SECRET_BAD;
}

static bool allow(const struct secret_bounds *bounds, uint64_t rounds, struct err *err)
{
    return secret_bounds_allow(bounds, &(struct secret_cost){.rounds = rounds}, err);
}

struct stored {
    struct slice salt, hash;
    uint64_t rounds;
};

static bool parse_pbkdf2(struct slice text, struct stored *out)
{
    if (!slice_take_prefix(&text, SLICE("$1$")))
        return false;
    out->salt = slice_cut(&text, '$');
    struct slice rounds = slice_cut(&text, '$');
    out->hash = text;
    return out->salt.len > 0 && out->salt.len <= SALT_MAX && text.len == 2 * SHA1_BYTES &&
           slice_to_u64(rounds, ROUNDS_MAX, &out->rounds) && out->rounds > 0;
}

enum secret_verdict secret_pbkdf2_check(const struct secret_bounds *bounds, struct slice stored,
                                        struct slice secret, struct err *err)
{
    struct stored form;
    struct digest made = {.len = SHA1_BYTES};
    char hex[2 * SHA1_BYTES], wanted[2 * SHA1_BYTES];
    if (!parse_pbkdf2(stored, &form))
        return secret_is_bad(err, "is not of the form $1$salt$rounds$hex of PBKDF2");
    if (!allow(bounds, form.rounds, err))
        return SECRET_BAD;
    if (!stretch(secret, form.salt, form.rounds, &made))
        return not_computed(err);
    secret_hex_write(made.bytes, SHA1_BYTES, hex);
    slice_copy_lower(form.hash, wanted);
    bool right = CRYPTO_memcmp(hex, wanted, sizeof(hex)) == 0;
    explicit_bzero(&made, sizeof(made));
    explicit_bzero(hex, sizeof(hex));
    return right ? SECRET_RIGHT : SECRET_WRONG;
}

struct scram {
    uint64_t rounds;
    unsigned char salt[SALT_MAX + 2], stored[SHA256_BYTES + 4], server[SHA256_BYTES + 4];
    size_t salt_len;
};

static bool read_part(struct slice text, size_t most, unsigned char *to, size_t *len)
{
    return text.len <= (most + 2) / 3 * 4 && base64_decode(text, to, len) && *len <= most;
}

static bool parse_scram(struct slice text, size_t key_len, struct scram *out)
{
    size_t stored_len, server_len;
    return slice_to_u64(slice_cut(&text, ','), ROUNDS_MAX, &out->rounds) && out->rounds > 0 &&
           read_part(slice_cut(&text, ','), SALT_MAX, out->salt, &out->salt_len) &&
           read_part(slice_cut(&text, ','), key_len, out->stored, &stored_len) &&
           read_part(text, key_len, out->server, &server_len) && out->salt_len > 0 &&
           stored_len == key_len && server_len == key_len;
}

bool secret_pbkdf2_rounds(enum secret_scheme scheme, struct slice stored, uint64_t *rounds)
{
    struct stored form;
    if (scheme != SECRET_PBKDF2)
        return slice_to_u64(slice_cut(&stored, ','), ROUNDS_MAX, rounds);
    if (!parse_pbkdf2(stored, &form))
        return false;
    *rounds = form.rounds;
    return true;
}

static bool hmac(const struct digest *key, struct slice text, struct digest *out)
{
    out->len = key->len;
    return HMAC(hash_of(key->len), key->bytes, key->len, (const unsigned char *)text.ptr, text.len,
                out->bytes, NULL) != NULL;
}

/* StoredKey of RFC 5802, section 3, of the salted secret. */
static bool stored_key(const struct digest *salted, struct digest *out)
{
    struct digest client;
    out->len = salted->len;
    bool good = hmac(salted, SLICE("Client Key"), &client) &&
                EVP_Digest(client.bytes, (size_t)client.len, out->bytes, NULL, hash_of(client.len),
                           NULL) == 1;
    explicit_bzero(&client, sizeof(client));
    return good;
}

enum secret_verdict secret_scram_check(const struct secret_bounds *bounds,
                                       const struct secret_form *form, struct slice secret,
                                       struct err *err)
{
    struct scram scram;
    struct digest salted = {.len = form->scheme == SECRET_SCRAM_SHA_1 ? SHA1_BYTES : SHA256_BYTES};
    struct digest made;
    size_t key_len = (size_t)salted.len;
    if (!parse_scram(form->data, key_len, &scram))
        return secret_is_bad(err, "is not of the form iterations,salt,StoredKey,ServerKey");
    if (!allow(bounds, scram.rounds, err))
        return SECRET_BAD;
    bool computed = stretch(secret, slice_of((const char *)scram.salt, scram.salt_len),
                            scram.rounds, &salted) &&
                    stored_key(&salted, &made);
    explicit_bzero(&salted, sizeof(salted));
    if (!computed)
        return not_computed(err);
    return CRYPTO_memcmp(made.bytes, scram.stored, key_len) == 0 ? SECRET_RIGHT : SECRET_WRONG;
}

static struct slice bytes_of(const struct digest *digest)
{
    return slice_of((const char *)digest->bytes, (size_t)digest->len);
}

bool secret_pbkdf2_make(uint32_t rounds, struct slice secret, struct buf *to, struct err *err)
{
    struct digest salt = {.len = SALT_BYTES}, made = {.len = SHA1_BYTES};
    char salt_hex[2 * SALT_BYTES], hex[2 * SHA1_BYTES];
    if (!secret_random(salt.bytes, SALT_BYTES, err))
        return false;
    secret_hex_write(salt.bytes, SALT_BYTES, salt_hex);
    if (!stretch(secret, slice_of(salt_hex, sizeof(salt_hex)), rounds, &made))
        return not_computed(err) == SECRET_RIGHT;
    secret_hex_write(made.bytes, SHA1_BYTES, hex);
    buf_addf(to, "$1$%.*s$%u$%.*s", (int)sizeof(salt_hex), salt_hex, rounds, (int)sizeof(hex), hex);
    return true;
}

bool secret_scram_make(uint32_t rounds, struct slice secret, struct buf *to, struct err *err)
{
    struct digest salt = {.len = SALT_BYTES}, salted = {.len = SHA256_BYTES}, stored, server;
    if (!secret_random(salt.bytes, SALT_BYTES, err))
        return false;
    bool good = stretch(secret, bytes_of(&salt), rounds, &salted) && stored_key(&salted, &stored) &&
                hmac(&salted, SLICE("Server Key"), &server);
    explicit_bzero(&salted, sizeof(salted));
    if (!good)
        return not_computed(err) == SECRET_RIGHT;
    buf_addf(to, "%u,", rounds);
    base64_encode(bytes_of(&salt), to);
    buf_add_char(to, ',');
    base64_encode(bytes_of(&stored), to);
    buf_add_char(to, ',');
    base64_encode(bytes_of(&server), to);
    return true;
}
