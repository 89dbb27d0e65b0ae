/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of two stored forms is easier to guess for who has them, and what a form is called.
 */
#include "io/secret_make.h"

#include "io/secret_argon2.h"
#include "io/secret_crypt.h"
#include "io/secret_pbkdf2.h"

/* What a guess costs: nothing, one digest for all accounts, one for each, many of them, many with
 * a little memory, as much memory as is asked for. Numbers are compared within one of these. */
enum strength { OPEN, SHARED_DIGEST, DIGEST, ROUNDS, BCRYPT, MEMORY };

static bool crypt_strength(struct slice data, enum strength *out, struct secret_cost *cost)
{
    enum secret_crypt_kind kind;
    if (!secret_crypt_read(data, &kind, cost))
        return false;
    switch (kind) {
    case SECRET_CRYPT_DES:
        *out = SHARED_DIGEST;
        return true;
    case SECRET_CRYPT_MD5:
    case SECRET_CRYPT_SHA256:
    case SECRET_CRYPT_SHA512:
        *out = ROUNDS;
        return true;
    case SECRET_CRYPT_BCRYPT:
        *out = BCRYPT;
        return true;
    case SECRET_CRYPT_SCRYPT:
    case SECRET_CRYPT_YESCRYPT:
        *out = MEMORY;
        return true;
    }
    return false;
}

static bool argon2_strength(struct slice data, enum strength *out, struct secret_cost *cost)
{
    struct secret_argon2 form;
    if (!secret_argon2_parse(data, &form))
        return false;
    *cost = secret_argon2_cost(&form);
    *out = MEMORY;
    return true;
}

/* False: of a form that is left as it is. */
static bool stored_strength(const struct secret_form *form, enum strength *out,
                            struct secret_cost *cost)
{
    switch (form->scheme) {
    case SECRET_PLAIN:
        *out = OPEN;
        return true;
    case SECRET_MD5:
    case SECRET_SHA1:
    case SECRET_SHA256:
    case SECRET_SHA512:
        *out = SHARED_DIGEST;
        return true;
    case SECRET_SMD5:
    case SECRET_SSHA:
    case SECRET_SSHA256:
    case SECRET_SSHA512:
        *out = DIGEST;
        return true;
    case SECRET_CRYPT:
        return form->coding == SECRET_TEXT && crypt_strength(form->data, out, cost);
    case SECRET_ARGON2:
        return form->coding == SECRET_TEXT && argon2_strength(form->data, out, cost);
    case SECRET_PBKDF2:
        *out = ROUNDS;
        return form->coding == SECRET_TEXT &&
               secret_pbkdf2_rounds(form->scheme, form->data, &cost->rounds);
    case SECRET_SCRAM_SHA_1:
    case SECRET_SCRAM_SHA_256:
    case SECRET_CRAM_MD5:
    case SECRET_DIGEST_MD5:
    case SECRET_SEALED:
        return false;
    }
    return false;
}

static enum strength choice_strength(enum secret_choice choice)
{
    switch (choice) {
    case SECRET_MAKE_ARGON2ID:
    case SECRET_MAKE_YESCRYPT:
        return MEMORY;
    case SECRET_MAKE_BLF_CRYPT:
        return BCRYPT;
    case SECRET_MAKE_SHA512_CRYPT:
    case SECRET_MAKE_PBKDF2:
    case SECRET_MAKE_SCRAM_SHA_256:
        return ROUNDS;
    case SECRET_MAKE_SSHA512:
        return DIGEST;
    case SECRET_MAKE_SEALED:
    case SECRET_MAKE_PLAIN:
        return OPEN;
    }
    return OPEN;
}

bool secret_is_weaker(const struct secret_rules *rules, struct slice stored,
                      const struct secret_terms *terms)
{
    struct secret_form form;
    struct secret_cost has = {0}, wanted = secret_terms_cost(terms);
    enum strength strength = OPEN, aim = choice_strength(terms->choice);
    if (!secret_form_parse(stored, rules->unprefixed, &form) || form.data.len == 0 ||
        !stored_strength(&form, &strength, &has))
        return false;
    if (strength == OPEN)
        return terms->choice != SECRET_MAKE_PLAIN;
    if (strength != aim)
        return strength < aim;
    return has.memory_bytes < wanted.memory_bytes || has.work_bytes < wanted.work_bytes ||
           has.rounds < wanted.rounds || has.doublings < wanted.doublings;
}

void secret_look(const struct secret_rules *rules, struct slice stored, struct secret_look *out)
{
    struct secret_form form;
    struct secret_cost cost = {0};
    enum secret_crypt_kind kind;
    enum strength strength = MEMORY;
    *out = (struct secret_look){.is_set = !secret_is_locked(rules, stored)};
    if (!out->is_set || !secret_form_parse(stored, rules->unprefixed, &form))
        return;
    out->name = secret_scheme_name(form.scheme);
    if (form.scheme == SECRET_CRYPT && secret_crypt_read(form.data, &kind, &cost))
        out->name = secret_crypt_name(kind);
    out->is_weak = (stored_strength(&form, &strength, &cost) && strength <= DIGEST) ||
                   form.scheme == SECRET_CRAM_MD5 || form.scheme == SECRET_DIGEST_MD5;
}
