/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_change.h.
 */
#include "store/account_change.h"

#include "base/civil.h"
#include "base/escape.h"
#include "base/ip_address.h"

enum {
    LOGIN_MAX = 512,
    WORD_MAX = 64,
    SECRET_MAX_BYTES = 2048,
    NETWORKS_MAX = 64,
    SHOWN_MAX = 100
};

/* What is checked, for the error. */
struct claim {
    struct slice login;
    const char *column;
    struct err *err;
};

bool account_refuse(struct err *err, struct slice login, const char *why)
{
    CLEANUP_BUF struct buf shown = {0};
    escape_terminal(utf8_first(login, SHOWN_MAX), &shown);
    return err_set(err, ERR_INPUT, "%s: %s", buf_str(&shown), why);
}

static bool refuse(const struct claim *claim, struct slice word, const char *why)
{
    CLEANUP_BUF struct buf said = {0};
    buf_addf(&said, "%s: `", claim->column);
    escape_terminal(utf8_first(word, SHOWN_MAX), &said);
    buf_addf(&said, "` %s", why);
    return account_refuse(claim->err, claim->login, buf_str(&said));
}

static bool has_control(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return true;
    return false;
}

/* U+FFFD stands for bytes that were none. */
static bool is_utf8(struct slice text)
{
    while (text.len > 0) {
        uint32_t character = utf8_take(&text);
        if (character == UTF8_INVALID || character == 0xfffd)
            return false;
    }
    return true;
}

bool account_login_check(struct slice login, struct err *err)
{
    if (login.len == 0)
        return err_set(err, ERR_INPUT, "a login is missing");
    if (login.len > LOGIN_MAX)
        return account_refuse(err, login, "a login has at most 512 bytes");
    if (has_control(login) || slice_trim(login).len != login.len)
        return account_refuse(err, login, "a login has no blank at its ends and no control byte");
    return is_utf8(login) || account_refuse(err, login, "a login is UTF-8");
}

/* ---- each column ---- */

static bool is_word(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_alpha(text.ptr[i]) && !ascii_is_digit(text.ptr[i]) &&
            slice_find_char(SLICE("-_."), text.ptr[i]) == NULL)
            return false;
    return text.len <= WORD_MAX;
}

static bool check_word(const struct claim *claim, struct slice text, struct slice *to)
{
    *to = text;
    return is_word(text) || refuse(claim, text, "is no word of letters, digits, -, _ and .");
}

/* One line; a plain one may hold whatever else somebody typed. */
static bool is_line(struct slice text)
{
    return slice_find_char(text, '\n') == NULL && slice_find_char(text, '\r') == NULL &&
           slice_find_char(text, '\0') == NULL;
}

/* Its form is for who reads it to know; no secret is repeated in an error. */
static bool check_secret(const struct claim *claim, struct slice text, struct slice *to)
{
    *to = text;
    if (text.len <= SECRET_MAX_BYTES && is_line(text))
        return true;
    return account_refuse(claim->err, claim->login,
                          "secret: is not one line, or more than 2,048 bytes");
}

static bool check_protocols(const struct claim *claim, struct slice text, struct arena *arena,
                            struct slice *to)
{
    CLEANUP_BUF struct buf words = {0};
    unsigned protocols;
    if (!account_text_protocols(text, &protocols))
        return refuse(claim, text, "has a word that is none of imap, pop3, smtp, sieve, none");
    account_text_put_protocols(protocols, &words);
    *to = slice_of(arena_copy(arena, words.ptr, words.len), words.len);
    return true;
}

static bool check_networks(const struct claim *claim, struct slice text, struct arena *arena,
                           struct slice *to)
{
    size_t count = 0;
    *to = account_text_words(text, arena);
    for (struct slice rest = *to; rest.len > 0; count++) {
        struct ip_network network;
        struct slice word = slice_cut(&rest, ' ');
        if (!ip_network_parse(word, &network))
            return refuse(claim, word, "is no address and no network, as 192.0.2.0/24");
    }
    if (count > NETWORKS_MAX)
        return refuse(claim, *to, "are more than 64 networks");
    return true;
}

static bool check_until(const struct claim *claim, struct slice text, struct arena *arena,
                        struct slice *to)
{
    char when[24];
    int64_t until_us;
    *to = SLICE("");
    if (!account_text_until(text, &until_us))
        return refuse(claim, text, "is no time, as 2026-12-31 or 2026-12-31T18:00:00+09:00");
    if (until_us == INT64_MAX)
        return true;
    civil_format_utc(until_us, when);
    *to = slice_from_str(arena_copy(arena, when, strlen(when)));
    return true;
}

static bool check_flags(const struct claim *claim, struct slice text, struct arena *arena,
                        struct slice *to)
{
    *to = account_text_words(text, arena);
    for (struct slice rest = *to; rest.len > 0;) {
        struct slice word = slice_cut(&rest, ' ');
        if (!is_word(word))
            return refuse(claim, word, "is no flag");
    }
    return true;
}

static bool check_column(const struct claim *claim, enum account_column column, struct slice text,
                         struct arena *arena, struct slice *to)
{
    if (column != ACCOUNT_COLUMN_SECRET && text.len > ACCOUNT_TEXT_MAX)
        return refuse(claim, text, "... is too long");
    switch (column) {
    case ACCOUNT_COLUMN_CLASS:
    case ACCOUNT_COLUMN_SERVER:
        return check_word(claim, text, to);
    case ACCOUNT_COLUMN_SECRET:
        return check_secret(claim, text, to);
    case ACCOUNT_COLUMN_PROTOCOLS:
        return check_protocols(claim, text, arena, to);
    case ACCOUNT_COLUMN_NETWORKS:
        return check_networks(claim, text, arena, to);
    case ACCOUNT_COLUMN_VALID_UNTIL:
        return check_until(claim, text, arena, to);
    case ACCOUNT_COLUMN_FLAGS:
        return check_flags(claim, text, arena, to);
    }
    return false;
}

/* ---- all of them ---- */

struct slice *account_text_place(struct account_text *text, enum account_column column)
{
    struct slice *const places[] = {
#define X(name, member, column_name) &text->member,
        ACCOUNT_COLUMNS(X)
#undef X
    };
    return places[column];
}

struct slice account_text_of(const struct account_text *text, enum account_column column)
{
    struct account_text copy = *text;
    return *account_text_place(&copy, column);
}

bool account_change_check(const struct account_change *change, struct arena *arena,
                          struct account_text *to, struct err *err)
{
    static const char *const columns[] = {
#define X(name, member, column) column,
        ACCOUNT_COLUMNS(X)
#undef X
    };
    struct account_text checked = {.login = change->text.login};
    if (!account_login_check(change->text.login, err))
        return false;
    for (unsigned i = 0; i < ACCOUNT_COLUMN_COUNT; i++) {
        const struct claim claim = {change->text.login, columns[i], err};
        enum account_column column = (enum account_column)i;
        if ((change->given & 1u << i) != 0 &&
            !check_column(&claim, column, account_text_of(&change->text, column), arena,
                          account_text_place(&checked, column)))
            return false;
    }
    *to = checked;
    return true;
}

bool account_app_change_check(struct slice login, const struct account_app_change *change,
                              struct arena *arena, struct account_app_change *to, struct err *err)
{
    const struct account_change of_account = {
        .text = {.login = login,
                 .secret = change->secret,
                 .protocols = change->protocols,
                 .networks = change->networks,
                 .valid_until = change->valid_until},
        .given = 1u << ACCOUNT_COLUMN_SECRET | 1u << ACCOUNT_COLUMN_PROTOCOLS |
                 1u << ACCOUNT_COLUMN_NETWORKS | 1u << ACCOUNT_COLUMN_VALID_UNTIL};
    const struct claim claim = {login, "app password", err};
    struct account_text checked;
    if (change->name.len == 0 || change->name.len > WORD_MAX || has_control(change->name) ||
        slice_trim(change->name).len != change->name.len)
        return refuse(&claim, change->name, "is no name of 1 to 64 bytes");
    if (change->secret.len == 0)
        return refuse(&claim, change->name, "has no password");
    if (!account_change_check(&of_account, arena, &checked, err))
        return false;
    *to = (struct account_app_change){change->name, checked.secret, checked.protocols,
                                      checked.networks, checked.valid_until};
    return true;
}
