/* SPDX-License-Identifier: Apache-2.0
 *
 * What the old methods make of a secret with MD5: the answer of CRAM-MD5 to a challenge, from the
 * secret or from the two contexts that {CRAM-MD5} stores instead of it; the answer of APOP; and the
 * digest that {DIGEST-MD5} stores.
 *
 * Peer documents: RFC 2195, RFC 1939 section 7, RFC 2831; Dovecot 2.3, hmac-cram-md5.c.
 */
#ifndef TD_IO_SECRET_MD5_H
#define TD_IO_SECRET_MD5_H

#include "base/slice.h"

#define SECRET_MD5_BYTES 16
#define SECRET_CRAM_BYTES 32 /* the outer context, then the inner one */

/* Each is false where OpenSSL's policy of the machine forbids MD5. */
bool secret_cram_context(struct slice secret, unsigned char *context);
bool secret_cram_answer(const unsigned char *context, struct slice challenge,
                        unsigned char *answer);

/* challenge: with its angle brackets. */
bool secret_apop_answer(struct slice challenge, struct slice secret, unsigned char *answer);

/* login: what stands behind its first @ is the realm. */
bool secret_digest_md5(struct slice login, struct slice secret, unsigned char *digest);

#endif
