/* SPDX-License-Identifier: Apache-2.0
 *
 * See mailbox_search.h. Depth first, with a stack of its own: an address that is come by while what
 * it leads to is still being looked at is a loop.
 *
 * Peers: Postfix src/cleanup/cleanup_map1n.c, src/global/mail_addr_map.c, mail_addr_crunch.c,
 * src/local/alias.c. Where those go round until a limit of 1,000 is reached, the loop is seen at
 * its first turn here.
 */
#include "gate/mailbox_search.h"

#include "base/buf.h"
#include "base/memory.h"
#include "gate/mailbox_keys.h"
#include "gate/mailbox_nodes.h"
#include "mail/address_list.h"
#include "mail/transport_value.h"

enum { LINKS_A_RESULT = 4 }; /* addresses on the way */

struct step {
    struct mailbox_node *node;
    bool leaves; /* all that it leads to was looked at */
};

struct mailbox_search {
    struct mailbox_finder *finder;
    const struct finder_terms *terms;
    struct arena *arena, *key_arena; /* key_arena: of the node at hand */
    struct mailbox_nodes nodes;
    struct step *steps;
    size_t step_count, step_room;

    struct mailbox_node *node; /* at hand; NULL: the next is to be taken */
    struct mailbox_keys keys;
    size_t key;
    struct mailbox_need need;

    struct mailbox *mailboxes;
    size_t mailbox_room;
    struct mailbox_result result;
    size_t links;
    bool was_expanded, has_ended;
};

static void finish(struct mailbox_search *search, enum mailbox_end end, struct slice where)
{
    if (search->has_ended)
        return;
    search->has_ended = true;
    search->result.end = end;
    if (where.len > 0)
        search->result.where = slice_of(arena_copy(search->arena, where.ptr, where.len), where.len);
    search->result.mailboxes = search->mailboxes;
}

static void finish_at(struct mailbox_search *search, enum mailbox_end end,
                      const struct recipient_form *address)
{
    CLEANUP_BUF struct buf text = {0};
    recipient_add_mailbox(address, &text);
    finish(search, end, buf_slice(&text));
}

/* ---- results ---- */

static void check_results(struct mailbox_search *search, const struct recipient_form *address)
{
    const struct mailbox_result *result = &search->result;
    if (result->count + result->elsewhere + result->unknown > search->terms->results_max)
        finish_at(search, MAILBOX_END_TOO_MANY, address);
}

static void add_elsewhere(struct mailbox_search *search, const struct recipient_form *address)
{
    search->result.elsewhere++;
    check_results(search, address);
}

static void add_unknown(struct mailbox_search *search, const struct recipient_form *address)
{
    search->result.unknown++;
    check_results(search, address);
}

/* Not ours, or not known to be. */
static void add_foreign(struct mailbox_search *search, const struct recipient_form *address)
{
    if (search->was_expanded)
        add_elsewhere(search, address);
    else
        finish_at(search, MAILBOX_END_NO_DOMAIN, address);
}

static void add_mailbox(struct mailbox_search *search, const struct recipient_form *address,
                        size_t server)
{
    CLEANUP_BUF struct buf text = {0};
    struct recipient_form plain = *address;
    plain.local = recipient_user(address);
    struct mailbox_node *node = mailbox_nodes_get(&search->nodes, &plain, FINDER_MAILBOXES);
    if (node->is_listed)
        return;
    node->is_listed = true;
    if (search->result.count == search->mailbox_room) {
        search->mailbox_room = search->mailbox_room * 2 + 2;
        search->mailboxes =
            mem_resize(search->mailboxes, search->mailbox_room, sizeof(struct mailbox));
    }
    recipient_add_mailbox(address, &text);
    search->mailboxes[search->result.count++] = (struct mailbox){
        slice_of(arena_copy(search->arena, text.ptr, text.len), text.len),
        server,
    };
    check_results(search, address);
}

/* What a table of mailboxes says of an address. */
static void settle(struct mailbox_search *search, const struct recipient_form *address,
                   struct slice value)
{
    struct transport_value said = transport_value_parse(value);
    size_t server = FINDER_NO_SERVER;
    if (said.kind == TRANSPORT_NOBODY) {
        add_unknown(search, address);
        return;
    }
    if (said.kind == TRANSPORT_SERVER)
        server = mailbox_finder_server(search->finder, said.host);
    if (server == FINDER_NO_SERVER)
        server = search->terms->default_server;
    if (server != FINDER_NO_SERVER) {
        add_mailbox(search, address, server);
        return;
    }
    if (search->result.where.len == 0)
        search->result.where = slice_of(arena_copy(search->arena, value.ptr, value.len), value.len);
    add_elsewhere(search, address);
}

/* ---- the way ---- */

static void push_step(struct mailbox_search *search, struct step step)
{
    if (search->step_count == search->step_room) {
        search->step_room = search->step_room * 2 + 8;
        search->steps = mem_resize(search->steps, search->step_room, sizeof(struct step));
    }
    search->steps[search->step_count++] = step;
}

static void push(struct mailbox_search *search, const struct recipient_form *address,
                 enum finder_role role, size_t depth)
{
    struct mailbox_node *node = mailbox_nodes_get(&search->nodes, address, role);
    if (node->state == NODE_NEW)
        node->depth = depth;
    push_step(search, (struct step){.node = node});
}

/* Where an address that no alias is left for goes on. */
static void push_end(struct mailbox_search *search, const struct recipient_form *address,
                     size_t depth)
{
    if (!mailbox_finder_knows_domains(search->finder) ||
        mailbox_finder_is_ours(search->finder, address->domain))
        push(search, address, FINDER_MAILBOXES, depth);
    else if (search->terms->tables[FINDER_DOMAINS] > 0)
        push(search, address, FINDER_DOMAINS, depth);
    else
        add_foreign(search, address);
}

/* The station behind the one at hand. */
static void push_next(struct mailbox_search *search, const struct mailbox_node *node)
{
    const struct recipient_form *address = &node->address;
    switch (node->role) {
    case FINDER_CANONICAL:
        push(search, address, FINDER_ALIASES, node->depth);
        break;
    case FINDER_ALIASES:
        if (mailbox_finder_is_local(search->finder, address->domain))
            push(search, address, FINDER_LOCAL, node->depth);
        else
            push_end(search, address, node->depth);
        break;
    case FINDER_LOCAL:
        push_end(search, address, node->depth);
        break;
    case FINDER_DOMAINS:
        add_foreign(search, address);
        break;
    case FINDER_MAILBOXES:
        if (mailbox_finder_knows_domains(search->finder))
            add_unknown(search, address);
        else
            add_foreign(search, address);
        break;
    }
}

/* ---- aliases ---- */

/* The address of an item of a list; false: it is none. key: under which the list was found. */
static bool read_item(struct mailbox_search *search, struct slice text, bool is_first,
                      const struct mailbox_key *key, struct recipient_form *out)
{
    const struct mailbox_node *node = search->node;
    const struct recipient_form *from = &node->address;
    const struct recipient_terms *terms = &search->terms->recipient;
    struct recipient_form found;
    CLEANUP_BUF struct buf whole = {0}, local = {0};
    if (is_first && node->role != FINDER_LOCAL && slice_starts_with(text, SLICE("@"))) {
        struct slice same = key->drops_extension ? recipient_user(from) : from->local;
        recipient_add_local(same, &whole);
        buf_add(&whole, text);
        text = buf_slice(&whole);
    }
    if (!recipient_parse(text, terms, search->arena, &found))
        return false;
    if (!key->drops_extension || !search->terms->propagates || node->role == FINDER_LOCAL) {
        *out = found;
        return true;
    }
    buf_add(&local, found.local);
    buf_add(&local, recipient_extension(from));
    buf_clear(&whole);
    recipient_add_local(buf_slice(&local), &whole);
    buf_addf(&whole, "@%.*s", SLICE_ARG(found.domain));
    return recipient_parse(buf_slice(&whole), terms, search->arena, out);
}

static bool is_same(const struct recipient_form *a, const struct recipient_form *b)
{
    return slice_eq(a->local, b->local) && slice_eq(a->domain, b->domain);
}

/* What an alias leads to from the node at hand. */
static void follow(struct mailbox_search *search, const struct recipient_form *to)
{
    const struct mailbox_node *node = search->node;
    enum finder_role role = node->role;
    if (is_same(to, &node->address)) {
        push_next(search, node);
        return;
    }
    if (role == FINDER_LOCAL && !mailbox_finder_is_local(search->finder, to->domain))
        role = FINDER_ALIASES;
    push(search, to, role, node->depth + 1);
}

/* What was pushed last comes first: the order of the list is made. */
static void reverse_steps(struct mailbox_search *search, size_t begin)
{
    for (size_t end = search->step_count; begin + 1 < end; begin++) {
        struct step step = search->steps[begin];
        search->steps[begin] = search->steps[--end];
        search->steps[end] = step;
    }
}

static void expand(struct mailbox_search *search, const struct mailbox_key *key, struct slice value)
{
    CLEANUP_BUF struct buf scratch = {0};
    const struct recipient_form *from = &search->node->address;
    struct slice rest = value;
    struct address_item item;
    struct recipient_form to;
    size_t begin = search->step_count, count = 0;
    search->was_expanded = true;
    while (!search->has_ended && address_list_next(&rest, &scratch, &item)) {
        if (count++ > 0 && search->node->role == FINDER_CANONICAL)
            break;
        if (++search->links > LINKS_A_RESULT * search->terms->results_max)
            finish_at(search, MAILBOX_END_TOO_MANY, from);
        else if (item.kind == ADDRESS_MAIL && read_item(search, item.text, count == 1, key, &to))
            follow(search, &to);
        else
            add_elsewhere(search, from);
    }
    if (count == 0)
        add_elsewhere(search, from);
    reverse_steps(search, begin);
}

/* ---- going on ---- */

/* The next address that was not come by. False: there is none, or it has ended. */
static bool enter(struct mailbox_search *search)
{
    while (!search->has_ended && search->step_count > 0) {
        struct step step = search->steps[--search->step_count];
        struct mailbox_node *node = step.node;
        if (step.leaves) {
            node->state = NODE_DONE;
        } else if (node->state == NODE_OPEN && node->role != FINDER_LOCAL) {
            finish_at(search, MAILBOX_END_LOOP, &node->address);
        } else if (node->state == NODE_NEW && node->depth > search->terms->depth_max) {
            finish_at(search, MAILBOX_END_LOOP, &node->address);
        } else if (node->state == NODE_NEW) {
            node->state = NODE_OPEN;
            push_step(search, (struct step){.node = node, .leaves = true});
            arena_reset(search->key_arena);
            mailbox_keys_make(search->finder, node->role, &node->address, search->key_arena,
                              &search->keys);
            search->node = node;
            search->key = search->need.table = 0;
            return true;
        }
    }
    return false;
}

/* Whether the node at hand needs another row. */
static bool needs_row(struct mailbox_search *search)
{
    struct mailbox_need *need = &search->need;
    need->role = search->node->role;
    if (need->table == search->terms->tables[need->role]) {
        need->table = 0;
        search->key++;
    }
    if (search->key >= search->keys.count || search->terms->tables[need->role] == 0)
        return false;
    need->key = search->keys.keys[search->key].text;
    need->is_pattern = search->keys.keys[search->key].is_pattern;
    return true;
}

static void conclude(struct mailbox_search *search)
{
    const struct mailbox_result *result = &search->result;
    if (result->count > 0)
        finish(search, MAILBOX_END_MAILBOXES, SLICE(""));
    else if (result->elsewhere > 0)
        finish(search, MAILBOX_END_ELSEWHERE, SLICE(""));
    else
        finish(search, result->unknown > 0 ? MAILBOX_END_NO_USER : MAILBOX_END_LOOP, SLICE(""));
}

/* Until a row is needed, or all is said. */
static void go_on(struct mailbox_search *search)
{
    while (!search->has_ended) {
        if (search->node == NULL && !enter(search)) {
            conclude(search);
            return;
        }
        if (needs_row(search))
            return;
        push_next(search, search->node);
        search->node = NULL;
    }
}

/* ---- outside ---- */

struct mailbox_search *mailbox_search_new(struct mailbox_finder *finder, struct slice recipient)
{
    struct mailbox_search *search = MEM_NEW(struct mailbox_search);
    struct recipient_form address;
    search->finder = mailbox_finder_ref(finder);
    search->terms = mailbox_finder_terms(finder);
    search->arena = arena_new(4096);
    search->key_arena = arena_new(4096);
    mailbox_nodes_init(&search->nodes, &search->terms->key, search->arena);
    if (recipient_parse(recipient, &search->terms->recipient, search->arena, &address)) {
        push(search, &address, FINDER_CANONICAL, 0);
        go_on(search);
    } else {
        finish(search, MAILBOX_END_NO_ADDRESS, slice_first(recipient, RECIPIENT_MAX));
    }
    return search;
}

void mailbox_search_free(struct mailbox_search *search)
{
    if (search == NULL)
        return;
    mailbox_nodes_done(&search->nodes);
    mem_free(search->steps);
    mem_free(search->mailboxes);
    arena_free(search->key_arena);
    arena_free(search->arena);
    mailbox_finder_unref(search->finder);
    mem_free(search);
}

const struct mailbox_need *mailbox_search_need(const struct mailbox_search *search)
{
    return search->has_ended ? NULL : &search->need;
}

void mailbox_search_answer(struct mailbox_search *search, const struct slice *value)
{
    struct mailbox_node *node = search->node;
    ASSERT(!search->has_ended && node != NULL);
    if (value == NULL) {
        search->need.table++;
        go_on(search);
        return;
    }
    switch (node->role) {
    case FINDER_CANONICAL:
    case FINDER_ALIASES:
    case FINDER_LOCAL:
        expand(search, &search->keys.keys[search->key], *value);
        break;
    case FINDER_DOMAINS:
        push(search, &node->address, FINDER_MAILBOXES, node->depth);
        break;
    case FINDER_MAILBOXES:
        settle(search, &node->address, *value);
        break;
    }
    search->node = NULL;
    go_on(search);
}

void mailbox_search_fail(struct mailbox_search *search)
{
    ASSERT(!search->has_ended);
    finish(search, MAILBOX_END_TROUBLE, search->need.key);
}

const struct mailbox_result *mailbox_search_result(const struct mailbox_search *search)
{
    ASSERT(search->has_ended);
    return &search->result;
}
