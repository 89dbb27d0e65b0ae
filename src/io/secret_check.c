/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the form, has its bytes decoded, and hands them to the family.
 */
#include "io/secret_check.h"

#include <openssl/crypto.h>

#include "io/base64.h"
#include "io/secret_argon2.h"
#include "io/secret_crypt.h"
#include "io/secret_digest.h"
#include "io/secret_hex.h"
#include "io/secret_md5.h"
#include "io/secret_memory.h"
#include "io/secret_pbkdf2.h"
#include "io/secret_seal.h"

#define COST_LEAST (64u << 10) /* state of crypt_r, what is copied, stack */

/* What is decoded and opened; given back cleared. */
struct scratch {
    unsigned char decoded[BASE64_ROOM(SECRET_STORED_MAX)];
    unsigned char opened[SECRET_MAX];
};

bool secret_is_possible(struct slice secret)
{
    return secret.len > 0 && secret.len <= SECRET_MAX && slice_find_char(secret, '\0') == NULL;
}

/* `*`, `!`, `x`, and `!` before a hash: set aside by whoever keeps the table. `{PLAIN}x` is one. */
static bool is_locked(struct slice stored, const struct secret_form *form)
{
    if (form->data.len == 0 || slice_eq(stored, SLICE("x")) || slice_eq(stored, SLICE("*")) ||
        slice_eq(stored, SLICE("!")) || slice_eq(stored, SLICE("!!")))
        return true;
    return form->scheme != SECRET_PLAIN && (form->data.ptr[0] == '*' || form->data.ptr[0] == '!');
}

bool secret_is_locked(const struct secret_rules *rules, struct slice stored)
{
    struct secret_form form;
    return stored.len == 0 ||
           (secret_form_parse(stored, rules->unprefixed, &form) && is_locked(stored, &form));
}

static bool decode(struct secret_form *form, unsigned char *to)
{
    size_t len = form->data.len / 2;
    if (form->coding == SECRET_TEXT)
        return true;
    if (form->coding == SECRET_HEX ? !secret_hex_read(form->data, to)
                                   : !base64_decode(form->data, to, &len))
        return false;
    form->data = slice_of((const char *)to, len);
    form->coding = SECRET_TEXT;
    return true;
}

/* A sealed one becomes a plain one. */
static bool unseal(const struct secret_rules *rules, struct slice login, struct secret_form *form,
                   unsigned char *to, struct err *err)
{
    if (rules->key == NULL)
        return err_set(err, ERR_INPUT, "the stored secret is sealed and there is no key");
    if (!secret_unseal(rules->key, login, form->data, to, err))
        return false;
    *form = (struct secret_form){
        .scheme = SECRET_PLAIN,
        .data = slice_of((const char *)to, form->data.len - SECRET_SEAL_EXTRA)};
    return true;
}

/* RIGHT: *form is there to be checked against, within the stored text or the scratch. */
static enum secret_verdict read_stored(const struct secret_rules *rules,
                                       struct secret_stored stored, struct scratch *scratch,
                                       struct secret_form *form, struct err *err)
{
    if (!secret_form_parse(stored.text, rules->unprefixed, form))
        return secret_is_bad(err, "has a scheme or a coding that is not known, or is too long");
    if (is_locked(stored.text, form))
        return SECRET_WRONG;
    if (!decode(form, scratch->decoded))
        return secret_is_bad(err, "is not written in the base64 or hex of its scheme");
    if (form->scheme == SECRET_SEALED && !unseal(rules, stored.login, form, scratch->opened, err))
        return SECRET_BAD;
    return SECRET_RIGHT;
}

static enum secret_verdict no_md5(struct err *err)
{
    err_set(err, ERR_LIBRARY, "MD5 is not to be had from OpenSSL here");
    return SECRET_BAD;
}

static enum secret_verdict compare(const unsigned char *made, struct slice wanted)
{
    return CRYPTO_memcmp(made, wanted.ptr, wanted.len) == 0 ? SECRET_RIGHT : SECRET_WRONG;
}

static enum secret_verdict check_cram_context(struct slice stored, struct slice secret,
                                              struct err *err)
{
    unsigned char context[SECRET_CRAM_BYTES];
    if (stored.len != SECRET_CRAM_BYTES)
        return secret_is_bad(err, "is not of the length of {CRAM-MD5}");
    if (!secret_cram_context(secret, context))
        return no_md5(err);
    enum secret_verdict verdict = compare(context, stored);
    explicit_bzero(context, sizeof(context));
    return verdict;
}

static enum secret_verdict check_digest_md5(struct slice stored, struct slice login,
                                            struct slice secret, struct err *err)
{
    unsigned char digest[SECRET_MD5_BYTES];
    if (stored.len != SECRET_MD5_BYTES || login.len > SECRET_FORM_LOGIN_MAX)
        return secret_is_bad(err, "is not of the length of {DIGEST-MD5}");
    if (!secret_digest_md5(login, secret, digest))
        return no_md5(err);
    enum secret_verdict verdict = compare(digest, stored);
    explicit_bzero(digest, sizeof(digest));
    return verdict;
}

static enum secret_verdict check_form(const struct secret_rules *rules, struct slice login,
                                      const struct secret_form *form, struct slice secret,
                                      struct err *err)
{
    switch (form->scheme) {
    case SECRET_PLAIN:
        return secret_same(form->data, secret) ? SECRET_RIGHT : SECRET_WRONG;
    case SECRET_MD5:
    case SECRET_SMD5:
    case SECRET_SHA1:
    case SECRET_SSHA:
    case SECRET_SHA256:
    case SECRET_SSHA256:
    case SECRET_SHA512:
    case SECRET_SSHA512:
        return secret_digest_check(form->scheme, form->data, secret, err);
    case SECRET_CRYPT:
        return secret_crypt_check(&rules->bounds, form->data, secret, err);
    case SECRET_PBKDF2:
        return secret_pbkdf2_check(&rules->bounds, form->data, secret, err);
    case SECRET_ARGON2:
        return secret_argon2_check(&rules->bounds, form->data, secret, err);
    case SECRET_SCRAM_SHA_1:
    case SECRET_SCRAM_SHA_256:
        return secret_scram_check(&rules->bounds, form, secret, err);
    case SECRET_CRAM_MD5:
        return check_cram_context(form->data, secret, err);
    case SECRET_DIGEST_MD5:
        return check_digest_md5(form->data, login, secret, err);
    case SECRET_SEALED:
        break; /* has become PLAIN */
    }
    return SECRET_BAD;
}

enum secret_verdict secret_check_plain(const struct secret_rules *rules,
                                       struct secret_stored stored, struct slice secret,
                                       struct err *err)
{
    struct secret_form form;
    if (!secret_is_possible(secret))
        return SECRET_WRONG;
    struct scratch *scratch = secret_memory_new(sizeof(*scratch));
    enum secret_verdict verdict = read_stored(rules, stored, scratch, &form, err);
    if (verdict == SECRET_RIGHT)
        verdict = check_form(rules, stored.login, &form, secret, err);
    secret_memory_free(scratch, sizeof(*scratch));
    return verdict;
}

struct question {
    bool apop;
    struct slice challenge;
    unsigned char answer[SECRET_MD5_BYTES];
};

static bool can_answer(const struct question *question, enum secret_scheme scheme)
{
    return scheme == SECRET_PLAIN || scheme == SECRET_SEALED ||
           (scheme == SECRET_CRAM_MD5 && !question->apop);
}

/* What the client should have answered. RIGHT: *made is it. */
static enum secret_verdict make_answer(const struct question *question,
                                       const struct secret_form *form, unsigned char *made,
                                       struct err *err)
{
    unsigned char context[SECRET_CRAM_BYTES];
    bool good = true;
    if (question->apop)
        return secret_apop_answer(question->challenge, form->data, made) ? SECRET_RIGHT
                                                                         : no_md5(err);
    if (form->scheme == SECRET_PLAIN)
        good = secret_cram_context(form->data, context);
    else if (form->data.len != SECRET_CRAM_BYTES)
        return secret_is_bad(err, "is not of the length of {CRAM-MD5}");
    else
        memcpy(context, form->data.ptr, SECRET_CRAM_BYTES);
    good = good && secret_cram_answer(context, question->challenge, made);
    explicit_bzero(context, sizeof(context));
    return good ? SECRET_RIGHT : no_md5(err);
}

static enum secret_verdict check_answer(const struct secret_rules *rules,
                                        struct secret_stored stored,
                                        const struct question *question, struct err *err)
{
    unsigned char made[SECRET_MD5_BYTES];
    struct secret_form form;
    if (secret_form_parse(stored.text, rules->unprefixed, &form) &&
        !can_answer(question, form.scheme))
        return SECRET_UNSUPPORTED;
    struct scratch *scratch = secret_memory_new(sizeof(*scratch));
    enum secret_verdict verdict = read_stored(rules, stored, scratch, &form, err);
    if (verdict == SECRET_RIGHT)
        verdict = make_answer(question, &form, made, err);
    if (verdict == SECRET_RIGHT)
        verdict = compare(made, slice_of((const char *)question->answer, sizeof(made)));
    explicit_bzero(made, sizeof(made));
    secret_memory_free(scratch, sizeof(*scratch));
    return verdict;
}

static bool read_answer(struct slice hex, struct question *question)
{
    return hex.len == 2 * SECRET_MD5_BYTES && secret_hex_read(hex, question->answer);
}

enum secret_verdict secret_check_cram_md5(const struct secret_rules *rules,
                                          struct secret_stored stored, struct slice challenge,
                                          struct slice digest_hex, struct err *err)
{
    struct question question = {.challenge = challenge};
    return read_answer(digest_hex, &question) ? check_answer(rules, stored, &question, err)
                                              : SECRET_WRONG;
}

enum secret_verdict secret_check_apop(const struct secret_rules *rules, struct secret_stored stored,
                                      struct slice challenge, struct slice digest_hex,
                                      struct err *err)
{
    struct question question = {.apop = true, .challenge = challenge};
    return read_answer(digest_hex, &question) ? check_answer(rules, stored, &question, err)
                                              : SECRET_WRONG;
}

size_t secret_cost_bytes(const struct secret_rules *rules, struct slice stored)
{
    struct secret_form form;
    struct secret_cost cost = {0};
    struct secret_argon2 argon2;
    enum secret_crypt_kind kind;
    if (!secret_form_parse(stored, rules->unprefixed, &form))
        return COST_LEAST;
    if (form.coding != SECRET_TEXT)
        return COST_LEAST;
    if (form.scheme == SECRET_CRYPT && !secret_crypt_read(form.data, &kind, &cost))
        return COST_LEAST;
    if (form.scheme == SECRET_ARGON2 && secret_argon2_parse(form.data, &argon2))
        cost = secret_argon2_cost(&argon2);
    if (!secret_bounds_allow(&rules->bounds, &cost, NULL))
        return COST_LEAST;
    return (size_t)cost.memory_bytes + COST_LEAST;
}
