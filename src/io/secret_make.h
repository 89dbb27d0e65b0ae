/* SPDX-License-Identifier: Apache-2.0
 *
 * New secrets: as they are stored, and those that a machine chooses. Costs what a check costs: for
 * a worker thread, or a verb.
 */
#ifndef TD_IO_SECRET_MAKE_H
#define TD_IO_SECRET_MAKE_H

#include "io/secret_check.h"

/* How a new secret can be stored; the word is that of a setting, and the name of the scheme. */
#define SECRET_CHOICES(X) \
    X(ARGON2ID, "ARGON2ID") \
    X(YESCRYPT, "YESCRYPT") \
    X(BLF_CRYPT, "BLF-CRYPT") \
    X(SHA512_CRYPT, "SHA512-CRYPT") \
    X(PBKDF2, "PBKDF2") \
    X(SCRAM_SHA_256, "SCRAM-SHA-256") \
    X(SSHA512, "SSHA512") \
    X(SEALED, "SEALED") \
    X(PLAIN, "PLAIN")

enum secret_choice {
#define SECRET_CHOICE_ENUM(word, name) SECRET_MAKE_##word,
    SECRET_CHOICES(SECRET_CHOICE_ENUM)
#undef SECRET_CHOICE_ENUM
};

struct secret_terms {
    enum secret_choice choice;
    uint32_t rounds;              /* SHA512-CRYPT, PBKDF2, SCRAM; of BLF-CRYPT the logarithm (4 to
                                     31), of YESCRYPT its cost (1 to 11); 0: secret_choice_rounds */
    uint32_t passes, lanes;       /* ARGON2ID; 0: 2 and 1 */
    uint64_t memory_bytes;        /* ARGON2ID, whole KiB; 0: 19 MiB */
    const struct secret_key *key; /* SEALED only; the caller's */
};

/* Of any case. False: none is named so. */
bool secret_choice_find(struct slice name, enum secret_choice *out);

const char *secret_choice_name(enum secret_choice choice);

/* What `rounds` is when nothing is said; 0: the choice has none. */
uint32_t secret_choice_rounds(enum secret_choice choice);

/* What secret_make takes, and a check of what it made. */
struct secret_cost secret_terms_cost(const struct secret_terms *terms);

/* For a configuration: false and err when a number is out of the scheme's range, when what is made
 * would be beyond the bounds of what is checked, or when SEALED has no key. */
bool secret_terms_check(const struct secret_terms *terms, const struct secret_bounds *bounds,
                        struct err *err);

/* Appends the stored form, `{SCHEME}...`, of a secret (secret_is_possible). login: of the
 * account; only SEALED looks at it. False and err, nothing appended: no secret, or too long a one
 * for the scheme (72 bytes for BLF-CRYPT, 511 for YESCRYPT and SHA512-CRYPT); no memory. */
bool secret_make(const struct secret_terms *terms, struct slice login, struct slice secret,
                 struct buf *to, struct err *err);

/* Takes as long as a check of `secret` against what secret_make would store: for logins that are
 * unknown or have no secret. Where most accounts still have another form, secret_check_plain
 * against a form of theirs, with its verdict thrown away, hides better who is there. */
void secret_check_nobody(const struct secret_terms *terms, struct slice secret);

/* Whether a login with the right secret should store it anew: what is stored is of a scheme that
 * is easier to guess than the terms', or of the same with smaller numbers. Never one that can
 * answer what the terms' cannot (SEALED, CRAM-MD5, DIGEST-MD5, SCRAM), nor one that is damaged; a
 * PLAIN one is: whoever still offers CRAM-MD5 or APOP makes new ones SEALED or PLAIN, or does not
 * ask. Not for app passwords, which are random and need no slow form. */
bool secret_is_weaker(const struct secret_rules *rules, struct slice stored,
                      const struct secret_terms *terms);

/* What can be said of a stored secret without it. */
struct secret_look {
    const char *name; /* of its form; NULL: it is of none that is known */
    bool is_set;      /* else nobody can log in by it: there is none, or it is locked */
    bool is_weak;     /* in clear, or guessed as fast as one digest is computed */
};
void secret_look(const struct secret_rules *rules, struct slice stored, struct secret_look *out);

#define SECRET_APP_CHARS 24 /* of an app password, without a NUL */

/* A new app password, five groups of four, `k7mq-x2vd-9hta-wz4c-rpb8`: 100 random bits in letters
 * and digits that are not mistaken for each other. False and err: no randomness. SSHA512 is enough
 * to store it: nobody guesses it, and an account that has many is checked against each. */
bool secret_make_app_password(char to[static SECRET_APP_CHARS], struct err *err);

#endif
