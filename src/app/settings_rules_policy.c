/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of the section `policy`; see settings_rules.h.
 */
#include "app/settings_rules_private.h"

#include "app/settings_hijack.h"
#include "app/settings_policy.h"
#include "base/memory.h"
#include "gate/limit_gate.h"
#include "gate/meter.h"
#include "gate/policy_words.h"

/* ---- limits ---- */

static size_t limits_with_key_of(const struct settings_policy *policy, size_t index)
{
    size_t count = 0;
    for (size_t i = 0; i <= index; i++)
        count +=
            settings_policy_key(&policy->limits[i]) == settings_policy_key(&policy->limits[index]);
    return count;
}

static const char *const limit_words[] = {"recipients", "messages", "size", "per_message",
                                          "new_recipients"};

/* NULL: it is not about a rate. */
static const struct rate *rate_of(const struct settings_limit *limit)
{
    switch (limit->kind) {
    case SETTINGS_LIMIT_RECIPIENTS:
        return &limit->recipients;
    case SETTINGS_LIMIT_MESSAGES:
        return &limit->messages;
    case SETTINGS_LIMIT_NEW_RECIPIENTS:
        return &limit->new_recipients;
    case SETTINGS_LIMIT_SIZE:
    case SETTINGS_LIMIT_PER_MESSAGE:
        break;
    }
    return NULL;
}

static void check_amount(const struct settings_rules *rules, const struct settings_limit *limit,
                         const char *path)
{
    const struct rate *rate = rate_of(limit);
    CLEANUP_BUF struct buf key = {0};
    if (rate == NULL)
        return;
    buf_addf(&key, "%s.%s", path, limit_words[limit->kind]);
    if (rate->within_us > METER_WITHIN_MAX_US)
        settings_rules_broken(rules, buf_str(&key), "is about a longer time than a year", "500/1h");
    if (limit->burst > 0 && rate->count > rate->within_us)
        settings_rules_broken(rules, buf_str(&key), "with burst is more than 1000000/1s", "500/1h");
}

/* What it counts, with a number from the second one on. */
static void name_limit(struct settings *settings, struct settings_limit *limits, size_t index)
{
    CLEANUP_BUF struct buf name = {0};
    size_t same = 0;
    for (size_t i = 0; i <= index; i++)
        same += limits[i].kind == limits[index].kind;
    buf_add_str(&name, limit_words[limits[index].kind]);
    if (same > 1)
        buf_addf(&name, "-%zu", same);
    limits[index].name = arena_copy(settings->arena, name.ptr, name.len);
}

static void check_limit_names(const struct settings_rules *rules)
{
    const struct settings_policy *policy = &rules->settings->policy;
    struct settings_limit *limits = (struct settings_limit *)(uintptr_t)policy->limits;
    for (size_t i = 0; i < policy->limit_count; i++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "policy.limits[%zu].name", i);
        if (limits[i].name == NULL)
            name_limit(rules->settings, limits, i);
        for (size_t j = 0; j < i; j++)
            if (strcmp(limits[i].name, limits[j].name) == 0)
                settings_rules_broken_twice(rules, buf_str(&path), j);
    }
}

/* The client would read the braces. */
static void check_text(const struct settings_rules *rules, const struct settings_limit *limit,
                       const char *path)
{
    CLEANUP_BUF struct buf key = {0}, text = {0};
    struct slice stray = policy_words_stray(slice_from_str(limit->text));
    if (stray.len == 0)
        return;
    buf_addf(&key, "%s.text", path);
    buf_addf(&text, "has a gap that nothing fills, %.*s", SLICE_ARG(slice_first(stray, 60)));
    settings_rules_broken(rules, buf_str(&key), buf_str(&text), "the gaps " POLICY_WORDS_GAPS);
}

static void check_limits(const struct settings_rules *rules)
{
    const struct settings_policy *policy = &rules->settings->policy;
    check_limit_names(rules);
    for (size_t i = 0; i < policy->limit_count; i++) {
        const struct settings_limit *limit = &policy->limits[i];
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "policy.limits[%zu]", i);
        check_amount(rules, limit, buf_str(&path));
        check_text(rules, limit, buf_str(&path));
        if (limits_with_key_of(policy, i) == LIMIT_KEY_RULES_MAX + 1)
            settings_rules_broken(rules, buf_str(&path), "is the 17th with this key",
                                  "at most 16 with one key");
        if (limit->action == LIMIT_SLOW && policy->slow_transport == NULL)
            settings_rules_broken(rules, buf_str(&path),
                                  "has action: slow, and there is no slow_transport",
                                  "policy: slow_transport: NAME");
    }
}

/* Milder steps come first, and who is not judged is judged again one day. */
static void check_hijack(const struct settings_rules *rules)
{
    const struct settings_hijack *hijack = &rules->settings->policy.hijack;
    int64_t until_us;
    for (size_t step = HIJACK_SLOW; step < HIJACK_STEP_COUNT; step++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "policy.hijack.steps.%s", hijack_step_word((enum hijack_step)step));
        if (hijack->steps.of[step] < hijack->steps.of[step - 1])
            settings_rules_broken(rules, buf_str(&path), "is below the step before it",
                                  "note <= slow <= hold <= defer <= suspend");
    }
    for (size_t i = 0; i < hijack->allow_count; i++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "policy.hijack.allow[%zu].until", i);
        if (!settings_hijack_until(hijack->allow[i].until, &until_us))
            settings_rules_broken(rules, buf_str(&path), "is no day", "2027-01-01");
    }
}

void settings_rules_policy(const struct settings_rules *rules)
{
    if (slice_find_char(slice_from_str(rules->settings->policy.default_domain), '@') != NULL)
        settings_rules_broken(rules, "policy.default_domain", "has an @", "a domain without @");
    check_limits(rules);
    check_hijack(rules);
}
