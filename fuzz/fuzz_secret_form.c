/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever stands in a database as somebody's secret: its parts lie within it, what it costs is
 * within the bounds, a refusal has a reason that can be printed, and a secret that is right is the
 * only one. The first line is the stored form, the rest the secret; the bounds are low, so that a
 * form that asks for more shows itself as slow.
 */
#include "base/err.h"
#include "base/memory.h"
#include "io/secret_make.h"

#define LOGIN SLICE("taro@example.jp")
#define MEMORY_MAX (64 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_form(const struct secret_rules *rules, struct slice stored)
{
    struct secret_form form;
    if (!secret_form_parse(stored, rules->unprefixed, &form))
        return;
    ASSERT(form.data.len == 0 ||
           (form.data.ptr >= stored.ptr && slice_end(form.data) == slice_end(stored)));
    ASSERT(secret_cost_bytes(rules, stored) <= MEMORY_MAX + (64 << 10));
}

static void check_reason(enum secret_verdict verdict, const struct err *err)
{
    ASSERT((verdict == SECRET_BAD) == (err->text[0] != '\0'));
    for (const char *p = err->text; *p != '\0'; p++)
        ASSERT(*p >= ' ' && *p < 0x7f);
}

static void check_answers(const struct secret_rules *rules, struct secret_stored stored,
                          struct slice secret)
{
    struct slice answer = slice_first(secret, 32);
    struct slice challenge = slice_skip(secret, 32);
    struct err err = {0};
    check_reason(secret_check_cram_md5(rules, stored, challenge, answer, &err), &err);
    err = (struct err){0};
    check_reason(secret_check_apop(rules, stored, challenge, answer, &err), &err);
}

/* DES looks at seven bits of eight bytes, so the lowest bit of the first is changed. */
static void check_other(const struct secret_rules *rules, struct secret_stored stored,
                        struct slice secret)
{
    CLEANUP_BUF struct buf other = {0};
    buf_add(&other, secret);
    other.ptr[0] ^= 1;
    ASSERT(secret_check_plain(rules, stored, buf_slice(&other), NULL) != SECRET_RIGHT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct secret_rules rules = {
        .unprefixed = size % 2 ? SECRET_CRYPT : SECRET_PLAIN,
        .bounds = {
            .memory_bytes = MEMORY_MAX, .work_bytes = 128 << 10, .rounds = 1000, .doublings = 4}};
    struct slice secret = slice_of((const char *)data, size);
    struct secret_stored stored = {slice_cut(&secret, '\n'), LOGIN};
    struct secret_terms terms = {.choice = SECRET_MAKE_ARGON2ID};
    struct err err = {0};
    check_form(&rules, stored.text);
    (void)secret_is_weaker(&rules, stored.text, &terms);
    enum secret_verdict verdict = secret_check_plain(&rules, stored, secret, &err);
    ASSERT(verdict != SECRET_UNSUPPORTED);
    check_reason(verdict, &err);
    if (verdict == SECRET_RIGHT)
        check_other(&rules, stored, secret);
    check_answers(&rules, stored, secret);
    return 0;
}
