/* SPDX-License-Identifier: Apache-2.0
 *
 * A thin layer over libargon2. Its own reader of stored forms believes any cost, hence ours.
 */
#include "io/secret_argon2.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <sys/mman.h>

#include "io/base64.h"
#include "io/secret_random.h"

#define SALT_BYTES 16
#define HASH_BYTES 32
#define SALT_LEAST 8
#define HASH_LEAST 12
#define PART_MAX 64 /* bytes of a salt or a hash */
#define LANES_MAX 255

static bool take_number(struct slice *rest, struct slice name, char end, uint32_t *value)
{
    uint64_t number;
    if (!slice_take_prefix(rest, name) || !slice_to_u64(slice_cut(rest, end), UINT32_MAX, &number))
        return false;
    *value = (uint32_t)number;
    return rest->ptr != NULL;
}

bool secret_argon2_parse(struct slice stored, struct secret_argon2 *out)
{
    struct secret_argon2 form = {.version = ARGON2_VERSION_10};
    form.mixed = slice_take_prefix(&stored, SLICE("$argon2id$"));
    if (!form.mixed && !slice_take_prefix(&stored, SLICE("$argon2i$")))
        return false;
    if (slice_starts_with(stored, SLICE("v=")) &&
        !take_number(&stored, SLICE("v="), '$', &form.version))
        return false;
    if (!take_number(&stored, SLICE("m="), ',', &form.memory_kib) ||
        !take_number(&stored, SLICE("t="), ',', &form.passes) ||
        !take_number(&stored, SLICE("p="), '$', &form.lanes))
        return false;
    form.salt = slice_cut(&stored, '$');
    form.hash = stored;
    *out = form;
    return (form.version == ARGON2_VERSION_10 || form.version == ARGON2_VERSION_13) &&
           form.passes > 0 && form.lanes > 0 && form.lanes <= LANES_MAX &&
           form.memory_kib / 8 >= form.lanes;
}

struct secret_cost secret_argon2_cost(const struct secret_argon2 *form)
{
    uint64_t bytes = (uint64_t)form->memory_kib << 10, work;
    if (__builtin_mul_overflow(bytes, form->passes, &work))
        work = UINT64_MAX;
    return (struct secret_cost){.memory_bytes = bytes, .work_bytes = work};
}

/* The library clears what it was given before it gives it back. Large pages, where the kernel has
 * some, save a fifth of the time: all of it is gone through at random. */
static int take_pages(uint8_t **memory, size_t bytes)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    (void)madvise(pages, bytes, MADV_DONTDUMP);
    (void)madvise(pages, bytes, MADV_HUGEPAGE);
    *memory = pages;
    return ARGON2_OK;
}

static void give_pages(uint8_t *memory, size_t bytes)
{
    (void)munmap(memory, bytes);
}

/* `bytes` with room behind them for what the decoder writes more. */
struct part {
    unsigned char bytes[PART_MAX + 2];
    size_t len;
};

static bool read_part(struct slice text, size_t least, struct part *out)
{
    return text.len <= (PART_MAX * 4 + 2) / 3 && slice_find_char(text, '=') == NULL &&
           base64_decode(text, out->bytes, &out->len) && out->len >= least && out->len <= PART_MAX;
}

static bool compute(const struct secret_argon2 *form, struct slice secret, struct part *salt,
                    struct part *hash, struct err *err)
{
    argon2_context context = {.out = hash->bytes,
                              .outlen = (uint32_t)hash->len,
                              .pwd = (uint8_t *)(uintptr_t)secret.ptr, /* only read: no such flag */
                              .pwdlen = (uint32_t)secret.len,
                              .salt = salt->bytes,
                              .saltlen = (uint32_t)salt->len,
                              .t_cost = form->passes,
                              .m_cost = form->memory_kib,
                              .lanes = form->lanes,
                              .threads = 1,
                              .version = form->version,
                              .allocate_cbk = take_pages,
                              .free_cbk = give_pages,
                              .flags = ARGON2_DEFAULT_FLAGS};
    int failure = argon2_ctx(&context, form->mixed ? Argon2_id : Argon2_i);
    return failure == ARGON2_OK || err_set(err, ERR_LIBRARY, "Argon2 with %u KiB of memory: %s",
                                           form->memory_kib, argon2_error_message(failure));
}

enum secret_verdict secret_argon2_check(const struct secret_bounds *bounds, struct slice stored,
                                        struct slice secret, struct err *err)
{
    struct secret_argon2 form;
    struct part salt, hash;
    if (!secret_argon2_parse(stored, &form) || !read_part(form.salt, SALT_LEAST, &salt) ||
        !read_part(form.hash, HASH_LEAST, &hash))
        return secret_is_bad(err, "is nothing that Argon2 makes");
    struct secret_cost cost = secret_argon2_cost(&form);
    if (!secret_bounds_allow(bounds, &cost, err))
        return SECRET_BAD;
    struct part made = {.len = hash.len};
    if (!compute(&form, secret, &salt, &made, err))
        return SECRET_BAD;
    bool right = CRYPTO_memcmp(made.bytes, hash.bytes, hash.len) == 0;
    explicit_bzero(&made, sizeof(made));
    return right ? SECRET_RIGHT : SECRET_WRONG;
}

static void put_part(const struct part *part, struct buf *to)
{
    buf_add_char(to, '$');
    base64_encode(slice_of((const char *)part->bytes, part->len), to);
    while (to->ptr[to->len - 1] == '=')
        to->ptr[--to->len] = '\0';
}

bool secret_argon2_make(const struct secret_argon2 *terms, struct slice secret, struct buf *to,
                        struct err *err)
{
    struct secret_argon2 form = *terms;
    struct part salt = {.len = SALT_BYTES}, hash = {.len = HASH_BYTES};
    form.mixed = true;
    form.version = ARGON2_VERSION_13;
    if (!secret_random(salt.bytes, salt.len, err) || !compute(&form, secret, &salt, &hash, err))
        return false;
    buf_addf(to, "$argon2id$v=%u$m=%u,t=%u,p=%u", form.version, form.memory_kib, form.passes,
             form.lanes);
    put_part(&salt, to);
    put_part(&hash, to);
    return true;
}
