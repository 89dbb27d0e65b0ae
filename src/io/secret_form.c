/* SPDX-License-Identifier: Apache-2.0
 *
 * One table of names; what has none is known by how it begins.
 */
#include "io/secret_form.h"

#define DIGEST_MD5_BYTES 16
#define CRAM_MD5_BYTES 32 /* two contexts of MD5 */

/* coding: as it is mostly written. bytes: of the whole, by which hex and base64 are told apart
 * where nothing is said; 0: it has no fixed length. */
static const struct scheme_row {
    const char *name;
    enum secret_scheme scheme;
    enum secret_coding coding;
    size_t bytes;
} scheme_rows[] = {
    {"PLAIN", SECRET_PLAIN, SECRET_TEXT, 0},
    {"CLEAR", SECRET_PLAIN, SECRET_TEXT, 0},
    {"CLEARTEXT", SECRET_PLAIN, SECRET_TEXT, 0},
    {"PLAIN-MD5", SECRET_MD5, SECRET_HEX, 16},
    {"LDAP-MD5", SECRET_MD5, SECRET_BASE64, 16},
    {"MD5", SECRET_MD5, SECRET_HEX, 16},
    {"SMD5", SECRET_SMD5, SECRET_BASE64, 0},
    {"SHA", SECRET_SHA1, SECRET_BASE64, 20},
    {"SHA1", SECRET_SHA1, SECRET_BASE64, 20},
    {"SSHA", SECRET_SSHA, SECRET_BASE64, 0},
    {"SHA256", SECRET_SHA256, SECRET_BASE64, 32},
    {"SSHA256", SECRET_SSHA256, SECRET_BASE64, 0},
    {"SHA512", SECRET_SHA512, SECRET_BASE64, 64},
    {"SSHA512", SECRET_SSHA512, SECRET_BASE64, 0},
    {"CRYPT", SECRET_CRYPT, SECRET_TEXT, 0},
    {"DES-CRYPT", SECRET_CRYPT, SECRET_TEXT, 0},
    {"MD5-CRYPT", SECRET_CRYPT, SECRET_TEXT, 0},
    {"SHA256-CRYPT", SECRET_CRYPT, SECRET_TEXT, 0},
    {"SHA512-CRYPT", SECRET_CRYPT, SECRET_TEXT, 0},
    {"BLF-CRYPT", SECRET_CRYPT, SECRET_TEXT, 0},
    {"PBKDF2", SECRET_PBKDF2, SECRET_TEXT, 0},
    {"ARGON2", SECRET_ARGON2, SECRET_TEXT, 0},
    {"ARGON2I", SECRET_ARGON2, SECRET_TEXT, 0},
    {"ARGON2ID", SECRET_ARGON2, SECRET_TEXT, 0},
    {"SCRAM-SHA-1", SECRET_SCRAM_SHA_1, SECRET_TEXT, 0},
    {"SCRAM-SHA-256", SECRET_SCRAM_SHA_256, SECRET_TEXT, 0},
    {"CRAM-MD5", SECRET_CRAM_MD5, SECRET_HEX, CRAM_MD5_BYTES},
    {"HMAC-MD5", SECRET_CRAM_MD5, SECRET_HEX, CRAM_MD5_BYTES},
    {"DIGEST-MD5", SECRET_DIGEST_MD5, SECRET_HEX, DIGEST_MD5_BYTES},
    {"SEALED", SECRET_SEALED, SECRET_BASE64, 0},
};

#define SCHEME_ROWS (sizeof(scheme_rows) / sizeof(scheme_rows[0]))

static const struct {
    const char *text;
    enum secret_scheme scheme;
} beginnings[] = {
    {"$1$", SECRET_CRYPT},  {"$5$", SECRET_CRYPT},        {"$6$", SECRET_CRYPT},
    {"$2a$", SECRET_CRYPT}, {"$2b$", SECRET_CRYPT},       {"$2x$", SECRET_CRYPT},
    {"$2y$", SECRET_CRYPT}, {"$y$", SECRET_CRYPT},        {"$gy$", SECRET_CRYPT},
    {"$7$", SECRET_CRYPT},  {"$argon2i$", SECRET_ARGON2}, {"$argon2id$", SECRET_ARGON2},
};

static const struct scheme_row *row_of_name(struct slice name)
{
    for (size_t i = 0; i < SCHEME_ROWS; i++)
        if (slice_ieq(name, slice_from_str(scheme_rows[i].name)))
            return &scheme_rows[i];
    return NULL;
}

/* The first row of a scheme has its usual coding. */
static const struct scheme_row *row_of_scheme(enum secret_scheme scheme)
{
    const struct scheme_row *row = scheme_rows;
    while (row->scheme != scheme)
        row++;
    return row;
}

static bool scheme_by_beginning(struct slice text, enum secret_scheme *out)
{
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
        if (slice_starts_with(text, slice_from_str(beginnings[i].text))) {
            *out = beginnings[i].scheme;
            return true;
        }
    return false;
}

static bool coding_of_suffix(struct slice suffix, enum secret_coding *out)
{
    bool hex = slice_ieq(suffix, SLICE("HEX"));
    if (!hex && !slice_ieq(suffix, SLICE("B64")) && !slice_ieq(suffix, SLICE("BASE64")))
        return false;
    *out = hex ? SECRET_HEX : SECRET_BASE64;
    return true;
}

static enum secret_coding coding_of_row(const struct scheme_row *row, struct slice data)
{
    if (row->bytes == 0)
        return row->coding;
    return data.len == 2 * row->bytes ? SECRET_HEX : SECRET_BASE64;
}

/* `{MD5}$1$...` and `{CRYPT}$argon2id$...` are met as well; base64 and hex have no `$`. */
static enum secret_scheme scheme_of_row(const struct scheme_row *row, struct slice data)
{
    enum secret_scheme begun;
    if ((row->scheme == SECRET_MD5 || row->scheme == SECRET_CRYPT) &&
        scheme_by_beginning(data, &begun))
        return begun;
    return row->scheme;
}

static bool parse_named(struct slice stored, struct secret_form *out)
{
    struct slice name = slice_cut(&stored, '}'), suffix = slice_skip(name, 1);
    if (stored.ptr == NULL)
        return false;
    name = slice_cut(&suffix, '.');
    const struct scheme_row *row = row_of_name(name);
    if (row == NULL)
        return false;
    struct secret_form form = {.scheme = scheme_of_row(row, stored), .data = stored};
    if (suffix.ptr != NULL && !coding_of_suffix(suffix, &form.coding))
        return false;
    if (suffix.ptr == NULL)
        form.coding = form.scheme == row->scheme ? coding_of_row(row, stored) : SECRET_TEXT;
    *out = form;
    return true;
}

bool secret_form_parse(struct slice stored, enum secret_scheme unprefixed, struct secret_form *out)
{
    if (stored.len > SECRET_STORED_MAX || slice_find_char(stored, '\0') != NULL)
        return false;
    if (stored.len > 0 && stored.ptr[0] == '{')
        return parse_named(stored, out);
    struct secret_form form = {.scheme = unprefixed, .data = stored};
    if (!scheme_by_beginning(stored, &form.scheme))
        form.coding = coding_of_row(row_of_scheme(unprefixed), stored);
    *out = form;
    return true;
}

bool secret_scheme_find(struct slice name, enum secret_scheme *out)
{
    const struct scheme_row *row = row_of_name(name);
    if (row == NULL)
        return false;
    *out = row->scheme;
    return true;
}

const char *secret_scheme_name(enum secret_scheme scheme)
{
    static const char *const names[] = {
#define SECRET_SCHEME_NAME(word, name) [SECRET_##word] = name,
        SECRET_SCHEMES(SECRET_SCHEME_NAME)
#undef SECRET_SCHEME_NAME
    };
    return names[scheme];
}

size_t secret_scheme_digest(enum secret_scheme scheme)
{
    switch (scheme) {
    case SECRET_MD5:
    case SECRET_SMD5:
        return 16;
    case SECRET_SHA1:
    case SECRET_SSHA:
        return 20;
    case SECRET_SHA256:
    case SECRET_SSHA256:
        return 32;
    case SECRET_SHA512:
    case SECRET_SSHA512:
        return 64;
    case SECRET_PLAIN:
    case SECRET_CRYPT:
    case SECRET_PBKDF2:
    case SECRET_ARGON2:
    case SECRET_SCRAM_SHA_1:
    case SECRET_SCRAM_SHA_256:
    case SECRET_CRAM_MD5:
    case SECRET_DIGEST_MD5:
    case SECRET_SEALED:
        return 0;
    }
    return 0;
}
