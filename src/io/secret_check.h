/* SPDX-License-Identifier: Apache-2.0
 *
 * Is this the secret of an account? By whatever form it is stored in (io/secret_form.h). Slow on
 * purpose: for a worker thread (io/job_pool.h); any number of them at a time. What is copied is in
 * memory that is in no core dump, and cleared. No text of an err has any of a secret in it.
 *
 * An account without a stored secret, a locked one (`*`, `!`, `x`) and an empty secret are WRONG at
 * once: nothing is computed. Whoever must not tell those from others by the time calls
 * secret_check_nobody (io/secret_make.h).
 */
#ifndef TD_IO_SECRET_CHECK_H
#define TD_IO_SECRET_CHECK_H

#include "io/secret_bounds.h"
#include "io/secret_form.h"
#include "io/secret_key.h"

/* How stored secrets are read. Shared by threads, never changed by a check. */
struct secret_rules {
    enum secret_scheme unprefixed; /* of those without a name; PLAIN when zeroed */
    struct secret_bounds bounds;
    const struct secret_key *key; /* NULL: sealed ones are BAD */
};

struct secret_stored {
    struct slice text;  /* as it stands in the row */
    struct slice login; /* of the account, as it stands there: some forms depend on it */
};

/* 1 to SECRET_MAX bytes without a NUL: crypt(3) would end there, and to HMAC a secret is the same
 * with more of them behind. */
bool secret_is_possible(struct slice secret);

/* err is set with BAD: what is the matter, for a log; ERR_LIMIT when it was too costly, ERR_LIBRARY
 * when this machine could not compute it (no memory, a digest forbidden), ERR_INPUT when the stored
 * form is damaged or not known. It may be NULL. A secret that is none (secret_is_possible) is
 * WRONG. */
enum secret_verdict secret_check_plain(const struct secret_rules *rules,
                                       struct secret_stored stored, struct slice secret,
                                       struct err *err);

/* challenge: with its angle brackets; digest_hex: the 32 digits of the answer, of any case. Only
 * PLAIN, SEALED and CRAM-MD5 can answer it. RFC 2195. */
enum secret_verdict secret_check_cram_md5(const struct secret_rules *rules,
                                          struct secret_stored stored, struct slice challenge,
                                          struct slice digest_hex, struct err *err);

/* The same; only PLAIN and SEALED. RFC 1939, section 7. */
enum secret_verdict secret_check_apop(const struct secret_rules *rules, struct secret_stored stored,
                                      struct slice challenge, struct slice digest_hex,
                                      struct err *err);

/* Nobody's: there is none, or it was set aside (`*`, `!`, `x`, `!` before a hash). */
bool secret_is_locked(const struct secret_rules *rules, struct slice stored);

/* Memory that a check of it takes, for whoever runs many at a time; of a form that is damaged or
 * too costly what little it takes to find that out. */
size_t secret_cost_bytes(const struct secret_rules *rules, struct slice stored);

#endif
