/* SPDX-License-Identifier: Apache-2.0
 *
 * The form of a stored secret, as Dovecot's users have it in files and databases:
 *
 *      {SSHA512}base64    {SHA256.HEX}hex    {BLF-CRYPT}$2y$...    {PLAIN}secret    $6$salt$hash
 *
 * A name of a scheme in braces, of any case, with `.B64`, `.BASE64` or `.HEX` behind it where the
 * bytes are written another way than is usual; or no name, and then what begins as crypt(3) or
 * Argon2 writes it is that. Pure: nothing is decoded and no secret is looked at.
 *
 * Peer document: Dovecot 2.3, src/auth/password-scheme.c.
 */
#ifndef TD_IO_SECRET_FORM_H
#define TD_IO_SECRET_FORM_H

#include "base/slice.h"

#define SECRET_STORED_MAX 2048     /* bytes of a stored form */
#define SECRET_MAX 1024            /* bytes of a secret in clear */
#define SECRET_FORM_LOGIN_MAX 1024 /* bytes of a login that a stored form depends on */

/* Each with the name that it is told by; its other names are in secret_form.c. */
#define SECRET_SCHEMES(X) \
    X(PLAIN, "PLAIN") \
    X(MD5, "PLAIN-MD5") \
    X(SMD5, "SMD5") \
    X(SHA1, "SHA1") \
    X(SSHA, "SSHA") \
    X(SHA256, "SHA256") \
    X(SSHA256, "SSHA256") \
    X(SHA512, "SHA512") \
    X(SSHA512, "SSHA512") \
    X(CRYPT, "CRYPT") \
    X(PBKDF2, "PBKDF2") \
    X(ARGON2, "ARGON2ID") \
    X(SCRAM_SHA_1, "SCRAM-SHA-1") \
    X(SCRAM_SHA_256, "SCRAM-SHA-256") \
    X(CRAM_MD5, "CRAM-MD5") \
    X(DIGEST_MD5, "DIGEST-MD5") \
    X(SEALED, "SEALED")

enum secret_scheme {
#define SECRET_SCHEME_ENUM(word, name) SECRET_##word,
    SECRET_SCHEMES(SECRET_SCHEME_ENUM)
#undef SECRET_SCHEME_ENUM
};

enum secret_coding { SECRET_TEXT, SECRET_HEX, SECRET_BASE64 };

struct secret_form {
    enum secret_scheme scheme;
    enum secret_coding coding; /* of data */
    struct slice data;         /* of the stored text; empty: there is no secret */
};

/* unprefixed: the scheme of a text without a name and of no known beginning. False: longer than
 * SECRET_STORED_MAX, with a NUL, or of a scheme or a coding that is not known. */
bool secret_form_parse(struct slice stored, enum secret_scheme unprefixed, struct secret_form *out);

/* A name without braces, as it stands in a setting: `ssha512`. False: none is named so. */
bool secret_scheme_find(struct slice name, enum secret_scheme *out);

/* For people: the name by which Dovecot knows it. */
const char *secret_scheme_name(enum secret_scheme scheme);

/* Bytes of the digest that a scheme of plain or salted digests stores; 0: another scheme. */
size_t secret_scheme_digest(enum secret_scheme scheme);

#endif
