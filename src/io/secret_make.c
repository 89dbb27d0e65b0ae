/* SPDX-License-Identifier: Apache-2.0
 *
 * Stored forms by their families, and the name in front.
 */
#include "io/secret_make.h"

#include "io/base64.h"
#include "io/secret_argon2.h"
#include "io/secret_crypt.h"
#include "io/secret_digest.h"
#include "io/secret_memory.h"
#include "io/secret_pbkdf2.h"
#include "io/secret_random.h"
#include "io/secret_seal.h"

#define MEMORY_USUAL (19u << 20) /* with 2 passes: OWASP's password storage cheat sheet, 2023 */
#define PASSES_USUAL 2
#define LANES_MAX 255
#define SSHA512_SALT 16
#define GROUP_CHARS 4
#define NOBODY_MAX 72

/* In the order of enum secret_choice. least, most, usual: rounds. */
static const struct choice_row {
    const char *name;
    const char *prefix; /* where another name is better known to those who read the form */
    uint32_t least, most, usual;
} choice_rows[] = {
    [SECRET_MAKE_ARGON2ID] = {"ARGON2ID", "{ARGON2ID}", 0, 0, 0},
    [SECRET_MAKE_YESCRYPT] = {"YESCRYPT", "{CRYPT}", 1, 11, 5},
    [SECRET_MAKE_BLF_CRYPT] = {"BLF-CRYPT", "{BLF-CRYPT}", 4, 31, 11},
    [SECRET_MAKE_SHA512_CRYPT] = {"SHA512-CRYPT", "{SHA512-CRYPT}", 1000, 999999999, 100000},
    [SECRET_MAKE_PBKDF2] = {"PBKDF2", "{PBKDF2}", 1000, 999999999, 600000},
    [SECRET_MAKE_SCRAM_SHA_256] = {"SCRAM-SHA-256", "{SCRAM-SHA-256}", 4096, 999999999, 100000},
    [SECRET_MAKE_SSHA512] = {"SSHA512", "{SSHA512}", 0, 0, 0},
    [SECRET_MAKE_SEALED] = {"SEALED", "", 0, 0, 0}, /* secret_seal writes it */
    [SECRET_MAKE_PLAIN] = {"PLAIN", "{PLAIN}", 0, 0, 0},
};

#define CHOICES (sizeof(choice_rows) / sizeof(choice_rows[0]))

bool secret_choice_find(struct slice name, enum secret_choice *out)
{
    for (size_t i = 0; i < CHOICES; i++)
        if (slice_ieq(name, slice_from_str(choice_rows[i].name))) {
            *out = (enum secret_choice)i;
            return true;
        }
    return false;
}

const char *secret_choice_name(enum secret_choice choice)
{
    return choice_rows[choice].name;
}

uint32_t secret_choice_rounds(enum secret_choice choice)
{
    return choice_rows[choice].usual;
}

/* With nothing left to be usual. */
static struct secret_terms filled(const struct secret_terms *terms)
{
    struct secret_terms full = *terms;
    if (full.memory_bytes == 0)
        full.memory_bytes = MEMORY_USUAL;
    if (full.passes == 0)
        full.passes = PASSES_USUAL;
    if (full.lanes == 0)
        full.lanes = 1;
    if (full.rounds == 0)
        full.rounds = choice_rows[full.choice].usual;
    return full;
}

static struct secret_argon2 argon2_of(const struct secret_terms *full)
{
    return (struct secret_argon2){.memory_kib = (uint32_t)(full->memory_bytes >> 10),
                                  .passes = full->passes,
                                  .lanes = full->lanes};
}

struct secret_cost secret_terms_cost(const struct secret_terms *terms)
{
    struct secret_cost cost = {0};
    struct secret_terms full = filled(terms);
    struct secret_argon2 argon2 = argon2_of(&full);
    switch (full.choice) {
    case SECRET_MAKE_ARGON2ID:
        return secret_argon2_cost(&argon2);
    case SECRET_MAKE_BLF_CRYPT:
        cost.doublings = full.rounds;
        return cost;
    case SECRET_MAKE_YESCRYPT: /* crypt_gensalt(3): 1 MiB, and twice that for each step from 2 */
        cost.memory_bytes = UINT64_C(1) << (20 + full.rounds - 1);
        cost.work_bytes = cost.memory_bytes;
        return cost;
    case SECRET_MAKE_SHA512_CRYPT:
    case SECRET_MAKE_PBKDF2:
    case SECRET_MAKE_SCRAM_SHA_256:
        cost.rounds = full.rounds;
        return cost;
    case SECRET_MAKE_SSHA512:
    case SECRET_MAKE_SEALED:
    case SECRET_MAKE_PLAIN:
        return cost;
    }
    return cost;
}

bool secret_terms_check(const struct secret_terms *terms, const struct secret_bounds *bounds,
                        struct err *err)
{
    struct secret_terms full = filled(terms);
    const struct choice_row *row = &choice_rows[full.choice];
    if (full.choice == SECRET_MAKE_SEALED && full.key == NULL)
        return err_set(err, ERR_INPUT, "%s needs a key", row->name);
    if (full.choice == SECRET_MAKE_ARGON2ID &&
        (full.lanes > LANES_MAX || full.memory_bytes >> 13 < full.lanes ||
         full.memory_bytes >> 10 > UINT32_MAX))
        return err_set(err, ERR_INPUT,
                       "%s takes 1 to %d lanes, with 8 KiB of memory or more for each", row->name,
                       LANES_MAX);
    if (row->usual != 0 && (full.rounds < row->least || full.rounds > row->most))
        return err_set(err, ERR_INPUT, "the cost of %s is %u to %u, not %u", row->name, row->least,
                       row->most, full.rounds);
    struct secret_cost cost = secret_terms_cost(&full);
    return secret_bounds_allow(bounds, &cost, err);
}

static bool make_ssha512(struct slice secret, struct buf *to, struct err *err)
{
    unsigned char digest[SECRET_DIGEST_MAX + SSHA512_SALT];
    struct slice salt = {(const char *)digest + SECRET_DIGEST_MAX, SSHA512_SALT};
    if (!secret_random(digest + SECRET_DIGEST_MAX, SSHA512_SALT, err))
        return false;
    if (!secret_digest(SECRET_SSHA512, secret, salt, digest))
        return err_set(err, ERR_LIBRARY, "SHA-512 is not to be had from OpenSSL here");
    base64_encode(slice_of((const char *)digest, sizeof(digest)), to);
    return true;
}

static bool make_data(const struct secret_terms *full, struct slice login, struct slice secret,
                      struct buf *to, struct err *err)
{
    struct secret_argon2 argon2 = argon2_of(full);
    switch (full->choice) {
    case SECRET_MAKE_ARGON2ID:
        return secret_argon2_make(&argon2, secret, to, err);
    case SECRET_MAKE_YESCRYPT:
        return secret_crypt_make(SECRET_CRYPT_YESCRYPT, full->rounds, secret, to, err);
    case SECRET_MAKE_BLF_CRYPT:
        return secret_crypt_make(SECRET_CRYPT_BCRYPT, full->rounds, secret, to, err);
    case SECRET_MAKE_SHA512_CRYPT:
        return secret_crypt_make(SECRET_CRYPT_SHA512, full->rounds, secret, to, err);
    case SECRET_MAKE_PBKDF2:
        return secret_pbkdf2_make(full->rounds, secret, to, err);
    case SECRET_MAKE_SCRAM_SHA_256:
        return secret_scram_make(full->rounds, secret, to, err);
    case SECRET_MAKE_SSHA512:
        return make_ssha512(secret, to, err);
    case SECRET_MAKE_SEALED:
        return secret_seal(full->key, login, secret, to, err);
    case SECRET_MAKE_PLAIN:
        buf_add(to, secret);
        return true;
    }
    return false;
}

bool secret_make(const struct secret_terms *terms, struct slice login, struct slice secret,
                 struct buf *to, struct err *err)
{
    struct secret_terms full = filled(terms);
    CLEANUP_SECRET_BUF struct buf made = {0};
    if (!secret_is_possible(secret))
        return err_set(err, ERR_INPUT, "a secret has 1 to %d bytes and no NUL", SECRET_MAX);
    if (full.choice == SECRET_MAKE_SEALED && full.key == NULL)
        return err_set(err, ERR_INPUT, "there is no key to seal the secret with");
    buf_reserve(&made, SECRET_STORED_MAX); /* it does not grow, so nothing is left behind */
    buf_add_str(&made, choice_rows[full.choice].prefix);
    if (!make_data(&full, login, secret, &made, err))
        return false;
    buf_add(to, buf_slice(&made));
    return true;
}

/* Nobody's: 72 bytes of zero, of which 64 are a digest. */
#define A24 "AAAAAAAAAAAAAAAAAAAAAAAA"
#define NOBODY_SSHA512 SLICE("{SSHA512}" A24 A24 A24 A24)

/* Where a check is so fast that what is around the hash can be told. */
static void check_fast(struct slice stored, struct slice secret)
{
    const struct secret_rules rules = {.bounds = SECRET_BOUNDS_DEFAULT};
    (void)secret_check_plain(&rules, (struct secret_stored){stored, SLICE("")}, secret, NULL);
}

/* No scheme refuses 1 to 72 bytes without a NUL; how long a secret is costs next to nothing. */
void secret_check_nobody(const struct secret_terms *terms, struct slice secret)
{
    CLEANUP_SECRET_BUF struct buf made = {0};
    struct slice phrase = slice_first(secret, NOBODY_MAX);
    phrase = slice_cut(&phrase, '\0');
    if (phrase.len == 0)
        phrase = SLICE("nobody");
    if (terms->choice == SECRET_MAKE_SEALED || terms->choice == SECRET_MAKE_PLAIN)
        check_fast(SLICE("{PLAIN}nobody"), phrase);
    else if (terms->choice == SECRET_MAKE_SSHA512)
        check_fast(NOBODY_SSHA512, phrase);
    else
        (void)secret_make(terms, SLICE(""), phrase, &made, NULL);
}

bool secret_make_app_password(char to[static SECRET_APP_CHARS], struct err *err)
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    unsigned char bytes[SECRET_APP_CHARS];
    if (!secret_random(bytes, sizeof(bytes), err))
        return false;
    for (size_t i = 0; i < SECRET_APP_CHARS; i++)
        to[i] = (i + 1) % (GROUP_CHARS + 1) == 0 ? '-' : letters[bytes[i] % 32];
    explicit_bzero(bytes, sizeof(bytes));
    return true;
}
