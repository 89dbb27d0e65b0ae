/* SPDX-License-Identifier: Apache-2.0
 *
 * A thin layer over crypt_r; its 32 KiB of state hold the secret and are cleared.
 */
#include "io/secret_crypt.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include "io/secret_cost.h"
#include "io/secret_memory.h"

#define DES_CHARS 13
#define BCRYPT_SECRET_MAX 72

static const struct {
    const char *prefix;
    enum secret_crypt_kind kind;
} kinds[] = {
    {"$1$", SECRET_CRYPT_MD5},       {"$5$", SECRET_CRYPT_SHA256},  {"$6$", SECRET_CRYPT_SHA512},
    {"$2a$", SECRET_CRYPT_BCRYPT},   {"$2b$", SECRET_CRYPT_BCRYPT}, {"$2x$", SECRET_CRYPT_BCRYPT},
    {"$2y$", SECRET_CRYPT_BCRYPT},   {"$7$", SECRET_CRYPT_SCRYPT},  {"$y$", SECRET_CRYPT_YESCRYPT},
    {"$gy$", SECRET_CRYPT_YESCRYPT},
};

static bool is_des(struct slice stored)
{
    if (stored.len != DES_CHARS)
        return false;
    for (size_t i = 0; i < stored.len; i++)
        if (!secret_cost_is_digit(stored.ptr[i]))
            return false;
    return true;
}

static bool read_cost(enum secret_crypt_kind kind, struct slice rest, struct secret_cost *cost)
{
    switch (kind) {
    case SECRET_CRYPT_DES:
    case SECRET_CRYPT_MD5:
        return true;
    case SECRET_CRYPT_SHA256:
    case SECRET_CRYPT_SHA512:
        return secret_cost_of_sha(rest, cost);
    case SECRET_CRYPT_BCRYPT:
        return secret_cost_of_bcrypt(rest, cost);
    case SECRET_CRYPT_SCRYPT:
        return secret_cost_of_scrypt(rest, cost);
    case SECRET_CRYPT_YESCRYPT:
        return secret_cost_of_yescrypt(rest, cost);
    }
    return false;
}

bool secret_crypt_read(struct slice stored, enum secret_crypt_kind *kind, struct secret_cost *cost)
{
    *cost = (struct secret_cost){0};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (slice_take_prefix(&stored, slice_from_str(kinds[i].prefix))) {
            *kind = kinds[i].kind;
            return read_cost(*kind, stored, cost);
        }
    *kind = SECRET_CRYPT_DES;
    return is_des(stored);
}

/* `$1$salt$hash$ignored`, as some tables have it. */
static struct slice without_tail(enum secret_crypt_kind kind, struct slice stored)
{
    if (kind != SECRET_CRYPT_MD5)
        return stored;
    struct slice rest = slice_skip(stored, 3);
    slice_cut(&rest, '$');
    if (rest.ptr == NULL)
        return stored;
    return slice_between(stored.ptr, slice_end(slice_cut(&rest, '$')));
}

static bool is_phrase(struct slice secret)
{
    return secret.len < CRYPT_MAX_PASSPHRASE_SIZE;
}

/* What crypt_r is given and works in. */
struct work {
    struct crypt_data data;
    char phrase[CRYPT_MAX_PASSPHRASE_SIZE];
    char setting[CRYPT_OUTPUT_SIZE];
};

static struct work *work_new(struct slice secret)
{
    struct work *work = secret_memory_new(sizeof(*work));
    char *at = work->phrase;
    slice_put(secret, &at);
    return work;
}

static void work_free(struct work *work)
{
    secret_memory_free(work, sizeof(*work));
}

/* Empty: refused. */
static struct slice hashed(struct work *work)
{
    const char *made = crypt_r(work->phrase, work->setting, &work->data);
    if (made == NULL || made[0] == '*')
        return (struct slice){NULL, 0};
    return slice_from_str(made);
}

const char *secret_crypt_name(enum secret_crypt_kind kind)
{
    static const char *const names[] = {
        [SECRET_CRYPT_DES] = "DES-CRYPT",       [SECRET_CRYPT_MD5] = "MD5-CRYPT",
        [SECRET_CRYPT_SHA256] = "SHA256-CRYPT", [SECRET_CRYPT_SHA512] = "SHA512-CRYPT",
        [SECRET_CRYPT_BCRYPT] = "BLF-CRYPT",    [SECRET_CRYPT_SCRYPT] = "SCRYPT",
        [SECRET_CRYPT_YESCRYPT] = "YESCRYPT",
    };
    return names[kind];
}

enum secret_verdict secret_crypt_check(const struct secret_bounds *bounds, struct slice stored,
                                       struct slice secret, struct err *err)
{
    enum secret_crypt_kind kind;
    struct secret_cost cost;
    if (stored.len >= SECRET_CRYPT_MAX || !secret_crypt_read(stored, &kind, &cost))
        return secret_is_bad(err, "is nothing that crypt(3) makes");
    if (!secret_bounds_allow(bounds, &cost, err))
        return SECRET_BAD;
    if (!is_phrase(secret))
        return SECRET_WRONG;
    stored = without_tail(kind, stored);
    struct work *work = work_new(secret);
    char *at = work->setting;
    slice_put(stored, &at);
    struct slice made = hashed(work);
    enum secret_verdict verdict = SECRET_WRONG;
    if (made.len != stored.len)
        verdict = secret_is_bad(err, made.len == 0 ? "is refused by crypt(3) of this machine"
                                                   : "is longer or shorter than crypt(3) makes it");
    else if (CRYPTO_memcmp(made.ptr, stored.ptr, made.len) == 0)
        verdict = SECRET_RIGHT;
    work_free(work);
    return verdict;
}

static const char *prefix_of(enum secret_crypt_kind kind)
{
    if (kind == SECRET_CRYPT_BCRYPT)
        return "$2b$";
    if (kind == SECRET_CRYPT_YESCRYPT)
        return "$y$";
    return kind == SECRET_CRYPT_SHA256 ? "$5$" : "$6$";
}

bool secret_crypt_make(enum secret_crypt_kind kind, unsigned long rounds, struct slice secret,
                       struct buf *to, struct err *err)
{
    if (!is_phrase(secret) || (kind == SECRET_CRYPT_BCRYPT && secret.len > BCRYPT_SECRET_MAX))
        return err_set(err, ERR_INPUT,
                       "this scheme takes secrets of at most %d bytes: choose a shorter one, or "
                       "ARGON2ID",
                       kind == SECRET_CRYPT_BCRYPT ? BCRYPT_SECRET_MAX
                                                   : CRYPT_MAX_PASSPHRASE_SIZE - 1);
    struct work *work = work_new(secret);
    struct slice made = {NULL, 0};
    if (crypt_gensalt_rn(prefix_of(kind), rounds, NULL, 0, work->setting,
                         (int)sizeof(work->setting)) != NULL)
        made = hashed(work);
    if (made.len > 0)
        buf_add(to, made);
    work_free(work);
    return made.len > 0 ||
           err_set(err, ERR_LIBRARY, "crypt(3) of this machine makes no %s with a cost of %lu",
                   prefix_of(kind), rounds);
}
