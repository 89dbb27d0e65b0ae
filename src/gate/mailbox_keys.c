/* SPDX-License-Identifier: Apache-2.0
 *
 * See mailbox_keys.h.
 */
#include "gate/mailbox_keys.h"

#include "base/buf.h"

enum { PARENTS_MAX = 8 };

struct maker {
    struct arena *arena;
    struct mailbox_keys *out;
};

static void add(const struct maker *maker, struct mailbox_key key)
{
    if (key.text.len > 0 && maker->out->count < MAILBOX_KEYS_MAX)
        maker->out->keys[maker->out->count++] = key;
}

/* local@domain in the arena; quoted or not. An empty domain: the local part alone. */
static struct slice address_text(const struct maker *maker, struct slice local, struct slice domain,
                                 bool quoted)
{
    CLEANUP_BUF struct buf text = {0};
    if (quoted)
        recipient_add_local(local, &text);
    else
        buf_add(&text, local);
    if (domain.len > 0) {
        buf_add_char(&text, '@');
        buf_add(&text, domain);
    }
    return slice_of(arena_copy(maker->arena, text.ptr, text.len), text.len);
}

/* With quotes, and without them where there are some. */
static void add_address(const struct maker *maker, struct slice local, struct slice domain,
                        bool drops)
{
    add(maker, (struct mailbox_key){.text = address_text(maker, local, domain, true),
                                    .drops_extension = drops});
    if (recipient_needs_quotes(local))
        add(maker, (struct mailbox_key){.text = address_text(maker, local, domain, false),
                                        .drops_extension = drops});
}

/* With its extension, if it has one, and without. */
static void add_both(const struct maker *maker, const struct recipient_form *address,
                     struct slice domain)
{
    bool has_extension = recipient_extension(address).len > 0;
    add_address(maker, address->local, domain, false);
    if (has_extension)
        add_address(maker, recipient_user(address), domain, true);
}

static void add_at_domain(const struct maker *maker, struct slice domain)
{
    if (domain.len > 0)
        add(maker, (struct mailbox_key){.text = address_text(maker, SLICE(""), domain, false)});
}

/* Has no user of its own name in the table another domain? */
static bool goes_without_domain(const struct mailbox_finder *finder, struct slice domain)
{
    return domain.len > 0 &&
           (mailbox_finder_is_local(finder, domain) ||
            slice_eq(domain, mailbox_finder_terms(finder)->recipient.default_domain));
}

/* .example.jp for mail.example.jp, .jp. */
static void add_parents(const struct maker *maker, struct slice domain)
{
    const char *dot;
    for (int i = 0; i < PARENTS_MAX && (dot = slice_find_char(domain, '.')) != NULL; i++) {
        struct slice parent = slice_between(dot, slice_end(domain));
        add(maker, (struct mailbox_key){.text = parent});
        domain = slice_skip(parent, 1);
    }
}

static void add_mailbox_keys(const struct mailbox_finder *finder, const struct maker *maker,
                             const struct recipient_form *address)
{
    struct slice domain = address->domain;
    add_both(maker, address, domain);
    if (goes_without_domain(finder, domain))
        add_address(maker, recipient_user(address), SLICE(""), false);
    add(maker, (struct mailbox_key){
                   .text = address_text(maker, recipient_user(address), domain, true),
                   .is_pattern = true,
               });
    add_at_domain(maker, domain);
    add(maker, (struct mailbox_key){.text = domain});
    add_parents(maker, domain);
    add(maker, (struct mailbox_key){.text = SLICE("*")});
}

void mailbox_keys_make(const struct mailbox_finder *finder, enum finder_role role,
                       const struct recipient_form *address, struct arena *arena,
                       struct mailbox_keys *out)
{
    const struct maker maker = {arena, out};
    out->count = 0;
    switch (role) {
    case FINDER_CANONICAL:
    case FINDER_ALIASES:
        add_both(&maker, address, address->domain);
        if (goes_without_domain(finder, address->domain))
            add_both(&maker, address, SLICE(""));
        add_at_domain(&maker, address->domain);
        break;
    case FINDER_LOCAL:
        add(&maker, (struct mailbox_key){.text = address->local});
        if (recipient_extension(address).len > 0)
            add(&maker,
                (struct mailbox_key){.text = recipient_user(address), .drops_extension = true});
        break;
    case FINDER_DOMAINS:
        add(&maker, (struct mailbox_key){.text = address->domain});
        break;
    case FINDER_MAILBOXES:
        add_mailbox_keys(finder, &maker, address);
        break;
    }
}
