/* SPDX-License-Identifier: Apache-2.0
 *
 * See recipient_form.h.
 */
#include "mail/recipient_form.h"

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* What is between the quotes, if all of the local part is: its end is followed by @ or nothing.
 * *rest is then what follows. */
static bool take_quoted(struct slice *rest, struct arena *arena, struct slice *local)
{
    const struct slice text = *rest;
    char *copy = arena_alloc(arena, text.len + 1);
    size_t len = 0, i = 1;
    if (text.len < 2 || text.ptr[0] != '"')
        return false;
    for (; i < text.len && text.ptr[i] != '"'; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len)
            i++;
        copy[len++] = ascii_lower(text.ptr[i]);
    }
    if (i >= text.len || (i + 1 < text.len && text.ptr[i + 1] != '@'))
        return false;
    *rest = slice_skip(text, i + 1);
    *local = slice_of(copy, len);
    return true;
}

static struct slice copy_lower(struct slice text, struct arena *arena)
{
    char *copy = arena_alloc(arena, text.len + 1);
    slice_copy_lower(text, copy);
    return slice_of(copy, text.len);
}

/* *rest is empty, or begins with the @. */
static struct slice take_plain(struct slice *rest, struct arena *arena)
{
    const char *at = slice_find_last_char(*rest, '@');
    struct slice local = at == NULL ? *rest : slice_between(rest->ptr, at);
    *rest = slice_skip(*rest, local.len);
    return copy_lower(local, arena);
}

static bool domain_is_sayable(struct slice domain)
{
    for (size_t i = 0; i < domain.len; i++)
        if (domain.ptr[i] == ' ' || domain.ptr[i] == '@' || domain.ptr[i] == '"')
            return false;
    return !slice_ends_with(domain, SLICE("."));
}

static size_t user_len(struct slice local, struct slice delimiters)
{
    static const char *const whole[] = {"postmaster", "mailer-daemon", "double-bounce"};
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        if (slice_eq(local, slice_from_str(whole[i])))
            return local.len;
    if (slice_find_char(delimiters, '-') != NULL &&
        (slice_starts_with(local, SLICE("owner-")) ||
         (slice_ends_with(local, SLICE("-request")) && local.len > SLICE("-request").len)))
        return local.len;
    size_t at = 0;
    while (at < local.len && slice_find_char(delimiters, local.ptr[at]) == NULL)
        at++;
    return at == 0 ? local.len : at;
}

bool recipient_parse(struct slice text, const struct recipient_terms *terms, struct arena *arena,
                     struct recipient_form *out)
{
    struct recipient_form found;
    struct slice rest = text;
    if (text.len == 0 || text.len > RECIPIENT_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (is_control(text.ptr[i]))
            return false;
    if (!take_quoted(&rest, arena, &found.local))
        found.local = take_plain(&rest, arena);
    found.domain = copy_lower(slice_skip(rest, 1), arena);
    if (slice_ends_with(found.domain, SLICE(".")))
        found.domain.len--;
    if (found.local.len == 0 || !domain_is_sayable(found.domain))
        return false;
    if (found.domain.len == 0)
        found.domain = terms->default_domain;
    found.user_len = user_len(found.local, terms->delimiters);
    *out = found;
    return true;
}

/* ---- saying it ---- */

bool recipient_needs_quotes(struct slice local)
{
    static const struct slice special = {"()<>@,;:\\\"[] ", 13};
    if (local.len == 0 || local.ptr[0] == '.' || local.ptr[local.len - 1] == '.')
        return true;
    for (size_t i = 0; i < local.len; i++)
        if (is_control(local.ptr[i]) || slice_find_char(special, local.ptr[i]) != NULL ||
            (local.ptr[i] == '.' && local.ptr[i + 1] == '.'))
            return true;
    return false;
}

void recipient_add_local(struct slice local, struct buf *to)
{
    if (!recipient_needs_quotes(local)) {
        buf_add(to, local);
        return;
    }
    buf_add_char(to, '"');
    for (size_t i = 0; i < local.len; i++) {
        if (local.ptr[i] == '"' || local.ptr[i] == '\\')
            buf_add_char(to, '\\');
        buf_add_char(to, local.ptr[i]);
    }
    buf_add_char(to, '"');
}

void recipient_add_mailbox(const struct recipient_form *recipient, struct buf *to)
{
    recipient_add_local(recipient_user(recipient), to);
    if (recipient->domain.len == 0)
        return;
    buf_add_char(to, '@');
    buf_add(to, recipient->domain);
}
