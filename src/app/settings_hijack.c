/* SPDX-License-Identifier: Apache-2.0
 *
 * See settings_hijack.h.
 */
#include "app/settings_hijack.h"

#include "base/civil.h"

static bool take_number(struct slice *rest, size_t digits, int *out)
{
    uint64_t number;
    struct slice text = slice_cut(rest, '-');
    if (text.len != digits || !slice_to_u64(text, 9999, &number))
        return false;
    *out = (int)number;
    return true;
}

bool settings_hijack_until(const char *text, int64_t *out_us)
{
    struct civil day = {0};
    struct slice rest = slice_from_str(text);
    if (!take_number(&rest, 4, &day.year) || !take_number(&rest, 2, &day.month) ||
        !take_number(&rest, 2, &day.day) || rest.len > 0 || !civil_is_valid(&day))
        return false;
    *out_us = civil_seconds(&day) * US_PER_SECOND;
    return true;
}

enum route_mode settings_hijack_mode(const struct settings *settings)
{
    switch (settings->policy.hijack.mode) {
    case SETTINGS_HIJACK_RESPOND:
        return settings->respond.mode;
    case SETTINGS_HIJACK_OFF:
    case SETTINGS_HIJACK_OBSERVE:
        return ROUTE_OBSERVE;
    case SETTINGS_HIJACK_PROPOSE:
        return ROUTE_PROPOSE;
    case SETTINGS_HIJACK_AUTO:
        break;
    }
    return ROUTE_AUTO;
}

void settings_hijack_rule(const struct settings *settings, struct arena *arena,
                          struct hijack_rule *out)
{
    const struct settings_hijack *hijack = &settings->policy.hijack;
    struct hijack_allowance *allow = arena_alloc(arena, (hijack->allow_count + 1) * sizeof(*allow));
    *out = (struct hijack_rule){
        .least_hour = hijack->least_hour,
        .least_day = hijack->least_day,
        .own_factor = hijack->own_factor,
        .fleet_factor = hijack->fleet_factor,
        .cool_down_us = hijack->cool_down_us,
        .allow = allow,
        .off = hijack->mode == SETTINGS_HIJACK_OFF,
        .propose = settings_hijack_mode(settings) == ROUTE_PROPOSE,
    };
    for (size_t i = 0; i < HIJACK_SIGN_COUNT; i++)
        out->points[i] = hijack->points.of[i];
    for (size_t i = 0; i < HIJACK_STEP_COUNT; i++)
        out->steps[i] = hijack->steps.of[i];
    for (size_t i = 0; i < hijack->allow_count; i++) {
        struct hijack_allowance *one = &allow[out->allow_count];
        one->login = slice_from_str(hijack->allow[i].login);
        out->allow_count += settings_hijack_until(hijack->allow[i].until, &one->until_us);
    }
    if (settings->policy.default_domain != NULL)
        out->default_domain = slice_from_str(settings->policy.default_domain);
}
