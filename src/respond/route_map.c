/* SPDX-License-Identifier: Apache-2.0
 *
 * Overrides into rows. See route_map.h.
 */
#include "respond/route_map.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DOMAIN_MAX 253
#define OWNER_KEY "\0k"
#define EXPIRY_KEY "\0e"
#define KEY_MARK 2 /* bytes of these */

/* Where the rows of one override go. */
struct writer {
    struct row_set *set;
    const struct override *override;
    struct buf key, value; /* scratch */
};

/* ---- rows ---- */

/* A name that may become a key: nothing of a log gets further. */
static bool is_domain(struct slice name)
{
    if (name.len == 0 || name.len > DOMAIN_MAX || name.ptr[0] == '.')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!ascii_is_alpha(name.ptr[i]) && !ascii_is_digit(name.ptr[i]) &&
            memchr(".-_", name.ptr[i], 3) == NULL)
            return false;
    return true;
}

static bool is_address(struct slice address)
{
    const char *at = slice_find_last_char(address, '@');
    if (at == NULL || at == address.ptr || address.len > OVERRIDE_RECIPIENT_MAX)
        return false;
    for (const char *c = address.ptr; c < at; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    return is_domain(slice_between(at + 1, slice_end(address)));
}

/* Postfix folds what it asks for, and ASCII only. */
static void put_lower(struct slice text, struct buf *to)
{
    for (size_t i = 0; i < text.len; i++)
        buf_add_char(to, ascii_lower(text.ptr[i]));
}

static void add_row(struct writer *writer, struct slice before, struct slice name,
                    struct slice value)
{
    buf_clear(&writer->key);
    buf_add(&writer->key, before);
    put_lower(name, &writer->key);
    row_set_add(writer->set, buf_slice(&writer->key), value);
}

/* A row that Postfix sees, and whose it is. */
static void add_name(struct writer *writer, struct slice name)
{
    add_row(writer, slice_of(OWNER_KEY, KEY_MARK), name, slice_from_str(writer->override->id));
    add_row(writer, SLICE(""), name, buf_slice(&writer->value));
}

static void add_expiry(struct writer *writer, int64_t expires_us)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "%" PRId64, expires_us);
    add_row(writer, slice_of(EXPIRY_KEY, KEY_MARK), slice_from_str(writer->override->id),
            slice_of(text, (size_t)len));
}

static void add_domains(struct writer *writer, const struct route_provider *provider)
{
    for (size_t i = 0; i < provider->domain_count; i++)
        if (is_domain(provider->domains[i]))
            add_name(writer, provider->domains[i]);
}

/* ---- in one table ---- */

static void begin(struct writer *writer, struct row_set *set)
{
    writer->set = set;
    buf_clear(&writer->value);
    add_expiry(writer, writer->override->expires_us);
}

void route_map_hold(const struct override *override, struct buf *to)
{
    buf_addf(to, "retry:4.7.1 held by todoku (%s)", override->id);
}

static void add_holds(struct writer *writer, const struct route_provider *provider,
                      struct route_map *out)
{
    begin(writer, &out->holds);
    route_map_hold(writer->override, &writer->value);
    add_domains(writer, provider);
}

static void add_routes(struct writer *writer, const struct route_provider *provider,
                       const struct fleet_source *to, struct route_map *out)
{
    begin(writer, &out->routes);
    fleet_route(to, &writer->value);
    add_domains(writer, provider);
}

/* to NULL: the share waits. */
static void add_shares(struct writer *writer, const struct route_provider *provider,
                       const struct fleet_source *to, struct route_map *out)
{
    begin(writer, &out->shares);
    fleet_share_token(to, fleet_share_near(writer->override->share_percent), &writer->value);
    add_domains(writer, provider);
}

static void add_slow_routes(struct writer *writer, const struct route_provider *provider,
                            const struct fleet_source *source, struct route_map *out)
{
    if (!fleet_is_here(source)) {
        add_routes(writer, provider, source, out);
        return;
    }
    begin(writer, &out->routes);
    fleet_tier_transport(source, fleet_tier_within(writer->override->per_hour), &writer->value);
    buf_add_char(&writer->value, ':');
    add_domains(writer, provider);
}

static void add_any_probe(struct writer *writer, const struct route_provider *provider,
                          const struct fleet_source *source, struct route_map *out)
{
    begin(writer, &out->shares);
    fleet_share_token(source, 0, &writer->value);
    add_domains(writer, provider);
}

static void add_probe(struct writer *writer, const struct fleet_source *source,
                      struct route_map *out)
{
    if (!is_address(writer->override->recipient))
        return;
    begin(writer, &out->routes);
    fleet_route(source, &writer->value);
    add_name(writer, writer->override->recipient);
}

/* Where the mail goes that is not of the share. */
static void add_rest(struct writer *writer, const struct route_provider *provider,
                     const struct fleet_source *target, struct route_map *out)
{
    if (target != NULL)
        add_routes(writer, provider, target, out);
    else
        add_holds(writer, provider, out);
}

/* ---- exact mode ---- */

bool route_map_is_asked(const struct override *override)
{
    switch (override->kind) {
    case OVERRIDE_RAMP:
    case OVERRIDE_THROTTLE:
        return true;
    case OVERRIDE_MANUAL:
        return override->share_percent < 100;
    case OVERRIDE_PROBE:
        return override->recipient.len == 0;
    case OVERRIDE_DETOUR:
    case OVERRIDE_HOLD:
        return false;
    }
    return false;
}

static bool is_exact(const struct route_map_facts *facts, const struct override *override,
                     int64_t now_us)
{
    return facts->exact_until_us > now_us && route_map_is_asked(override);
}

/* The daemon gets the domain as an address, as it gets recipients from who asks it directly. */
static void add_questions(struct writer *writer, const struct route_map_facts *facts,
                          const struct route_provider *provider, struct route_map *out)
{
    int64_t end_us = writer->override->expires_us;
    writer->set = &out->exact;
    add_expiry(writer, facts->exact_until_us < end_us ? facts->exact_until_us : end_us);
    for (size_t i = 0; i < provider->domain_count; i++) {
        if (!is_domain(provider->domains[i]))
            continue;
        buf_clear(&writer->value);
        buf_add_char(&writer->value, '@');
        put_lower(provider->domains[i], &writer->value);
        add_name(writer, provider->domains[i]);
    }
}

/* ---- one override ---- */

static void add_override(const struct route_map_facts *facts, const struct override *override,
                         const struct route_provider *provider, bool exact, struct route_map *out)
{
    struct writer writer = {.override = override};
    const struct fleet_source *source = fleet_source_named(facts->fleet, override->source);
    const struct fleet_source *target = fleet_source_named(facts->fleet, override->target);
    if (target == NULL && override->target.len > 0)
        return; /* Postfix would defer for want of a transport */
    switch (override->kind) {
    case OVERRIDE_DETOUR:
        if (target != NULL)
            add_routes(&writer, provider, target, out);
        break;
    case OVERRIDE_HOLD:
        add_holds(&writer, provider, out);
        break;
    case OVERRIDE_PROBE:
        if (source != NULL && override->recipient.len > 0)
            add_probe(&writer, source, out);
        else if (source != NULL && !exact)
            add_any_probe(&writer, provider, source, out);
        break;
    case OVERRIDE_RAMP:
        if (source == NULL)
            break;
        add_shares(&writer, provider, source, out);
        add_rest(&writer, provider, target, out);
        break;
    case OVERRIDE_THROTTLE:
        if (source != NULL)
            add_slow_routes(&writer, provider, source, out);
        break;
    case OVERRIDE_MANUAL:
        if (override->share_percent == 100)
            add_rest(&writer, provider, target, out);
        else if (!exact)
            add_shares(&writer, provider, target, out);
        break;
    }
    if (exact && (source != NULL || override->kind == OVERRIDE_MANUAL))
        add_questions(&writer, facts, provider, out);
    buf_done(&writer.key);
    buf_done(&writer.value);
}

/* ---- which of them ---- */

bool route_map_counts(const struct route_map_facts *facts, const struct override *override,
                      const struct route_provider *provider, int64_t now_us)
{
    return override_is_in_force(override, now_us) &&
           slice_eq(override->relay, facts->fleet->relay) &&
           slice_eq(override->provider, provider->name);
}

static bool is_stronger(const struct override *a, const struct override *b)
{
    bool a_manual = a->kind == OVERRIDE_MANUAL, b_manual = b->kind == OVERRIDE_MANUAL;
    return a_manual != b_manual ? a_manual : a->since_us > b->since_us;
}

const struct override *route_map_strongest(const struct route_map_facts *facts,
                                           const struct route_provider *provider, int64_t now_us)
{
    const struct override *strongest = NULL;
    for (size_t i = 0; i < facts->override_count; i++) {
        const struct override *override = &facts->overrides[i];
        if (override->kind != OVERRIDE_PROBE &&
            route_map_counts(facts, override, provider, now_us) &&
            (strongest == NULL || is_stronger(override, strongest)))
            strongest = override;
    }
    return strongest;
}

static void add_provider(const struct route_map_facts *facts, const struct route_provider *provider,
                         int64_t now_us, struct route_map *out)
{
    const struct override *strongest = route_map_strongest(facts, provider, now_us);
    for (size_t i = 0; i < facts->override_count; i++) {
        const struct override *override = &facts->overrides[i];
        if (override->kind == OVERRIDE_PROBE && route_map_counts(facts, override, provider, now_us))
            add_override(facts, override, provider, is_exact(facts, override, now_us), out);
    }
    if (strongest != NULL)
        add_override(facts, strongest, provider, is_exact(facts, strongest, now_us), out);
}

void route_map_make(const struct route_map_facts *facts, int64_t now_us, struct route_map *out)
{
    for (size_t i = 0; i < facts->provider_count; i++)
        add_provider(facts, &facts->providers[i], now_us, out);
    row_set_sort(&out->routes);
    row_set_sort(&out->holds);
    row_set_sort(&out->shares);
    row_set_sort(&out->exact);
}

void route_map_done(struct route_map *map)
{
    row_set_done(&map->routes);
    row_set_done(&map->holds);
    row_set_done(&map->shares);
    row_set_done(&map->exact);
}

/* ---- the end ---- */

static bool has_mark(struct slice key, const char *mark)
{
    return slice_starts_with(key, slice_of(mark, KEY_MARK));
}

static const struct row *find_marked(const struct row_set *rows, const char *mark,
                                     struct slice name)
{
    char key[KEY_MARK + OVERRIDE_RECIPIENT_MAX];
    if (name.len > OVERRIDE_RECIPIENT_MAX)
        return NULL;
    memcpy(key, mark, KEY_MARK);
    memcpy(key + KEY_MARK, name.ptr, name.len);
    return row_set_find(rows, slice_of(key, KEY_MARK + name.len));
}

static bool is_over(const struct row *expiry, int64_t now_us)
{
    uint64_t end_us;
    return expiry == NULL || !slice_to_u64(expiry->value, INT64_MAX, &end_us) ||
           (int64_t)end_us <= now_us;
}

/* Does the override live that this domain or address belongs to? */
static bool owner_lives(const struct row_set *rows, struct slice name, int64_t now_us)
{
    const struct row *owner = find_marked(rows, OWNER_KEY, name);
    return owner != NULL && !is_over(find_marked(rows, EXPIRY_KEY, owner->value), now_us);
}

static bool stays(const struct row_set *rows, const struct row *row, int64_t now_us)
{
    if (has_mark(row->key, EXPIRY_KEY))
        return !is_over(row, now_us);
    if (has_mark(row->key, OWNER_KEY))
        return owner_lives(rows, slice_skip(row->key, KEY_MARK), now_us);
    return owner_lives(rows, row->key, now_us);
}

size_t route_map_expire(const struct row_set *rows, int64_t now_us, struct row_set *to)
{
    size_t over = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->rows[i];
        if (stays(rows, row, now_us))
            row_set_add(to, row->key, row->value);
        else
            over += has_mark(row->key, EXPIRY_KEY);
    }
    row_set_sort(to);
    return over;
}
