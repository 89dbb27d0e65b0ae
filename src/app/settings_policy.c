/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings_policy.h.
 */
#include "app/settings_policy.h"

static struct slice keep(const char *text, struct arena *arena)
{
    struct slice slice = slice_from_str(text);
    return slice_of(arena_copy(arena, slice.ptr, slice.len), slice.len);
}

/* Logins are compared in small letters. */
static struct slice keep_lower(const char *text, struct arena *arena)
{
    struct slice slice = slice_from_str(text);
    char *to = arena_copy(arena, slice.ptr, slice.len);
    slice_copy_lower(slice, to);
    return slice_of(to, slice.len);
}

unsigned settings_policy_key(const struct settings_limit *limit)
{
    unsigned key = 0;
    for (size_t i = 0; i < limit->key_count; i++)
        key |= 1u << limit->key[i];
    return key;
}

static void set_amount(const struct settings_limit *limit, struct limit_rule *rule)
{
    switch (limit->kind) {
    case SETTINGS_LIMIT_RECIPIENTS:
        rule->unit = LIMIT_RECIPIENTS;
        rule->count = limit->recipients.count;
        rule->within_us = limit->recipients.within_us;
        break;
    case SETTINGS_LIMIT_MESSAGES:
        rule->unit = LIMIT_MESSAGES;
        rule->count = limit->messages.count;
        rule->within_us = limit->messages.within_us;
        break;
    case SETTINGS_LIMIT_SIZE:
        rule->unit = LIMIT_KIBIBYTES;
        rule->count = (uint32_t)(limit->size_bytes / 1024);
        rule->within_us = limit->within_us;
        break;
    case SETTINGS_LIMIT_PER_MESSAGE:
        rule->unit = LIMIT_RECIPIENTS;
        rule->count = limit->per_message;
        break;
    case SETTINGS_LIMIT_NEW_RECIPIENTS:
        rule->unit = LIMIT_NEW_RECIPIENTS;
        rule->count = limit->new_recipients.count;
        rule->within_us = limit->new_recipients.within_us;
        break;
    }
    rule->window = limit->burst > 0 ? LIMIT_BUCKET : LIMIT_SLIDING;
    rule->burst = limit->burst;
}

static void set_levels(const struct settings_limit *limit, struct arena *arena,
                       struct limit_rule *rule)
{
    struct limit_level *levels = arena_alloc(arena, (limit->level_count + 1) * sizeof(*levels));
    for (size_t i = 0; i < limit->level_count; i++) {
        const struct settings_level *level = &limit->levels[i];
        bool of_domain = level->kind == SETTINGS_LEVEL_DOMAIN;
        levels[i].kind = of_domain ? LIMIT_OF_DOMAIN : LIMIT_OF_CLASS;
        levels[i].name = keep_lower(of_domain ? level->domain : level->account_class, arena);
        levels[i].count = level->count;
    }
    rule->levels = levels;
    rule->level_count = limit->level_count;
}

void settings_policy_make(const struct settings_policy *settings, struct arena *arena,
                          struct policy_terms *out)
{
    struct limit_rule *rules = arena_alloc(arena, (settings->limit_count + 1) * sizeof(*rules));
    for (size_t i = 0; i < settings->limit_count; i++) {
        const struct settings_limit *limit = &settings->limits[i];
        rules[i] = (struct limit_rule){
            .name = keep(limit->name, arena),
            .key = settings_policy_key(limit),
            .action = limit->action,
            .shadow = limit->shadow,
            .text = keep(limit->text, arena),
        };
        set_amount(limit, &rules[i]);
        set_levels(limit, arena, &rules[i]);
    }
    size_t exempt_bytes = settings->exempt_count * sizeof(settings->exempt[0]);
    *out = (struct policy_terms){
        .limits = {rules, settings->limit_count},
        .exempt = (const void *)arena_copy(arena, (const char *)settings->exempt, exempt_bytes),
        .exempt_count = settings->exempt_count,
        .default_domain = keep_lower(settings->default_domain, arena),
        .slow_transport = keep(settings->slow_transport, arena),
        .language = settings->language,
        .keys = settings->accounts,
        .known_recipients = settings->known_recipients,
    };
}
