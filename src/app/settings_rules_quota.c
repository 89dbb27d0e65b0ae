/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of the section `quota`; see settings_rules.h.
 */
#include "app/settings_rules_private.h"

#include <string.h>

#include "base/memory.h"
#include "gate/quota_words.h"
#include "store/lookup_place.h"

static size_t find_server(const struct settings_quota *quota, const char *name)
{
    size_t i = 0;
    while (i < quota->server_count && strcmp(quota->servers[i].name, name) != 0)
        i++;
    return i;
}

static void check_server(const struct settings_rules *rules, size_t index)
{
    const struct settings_quota *quota = &rules->settings->quota;
    const struct endpoint *address = &quota->servers[index].address;
    CLEANUP_BUF struct buf name = {0}, path = {0};
    buf_addf(&name, "quota.servers[%zu].name", index);
    buf_addf(&path, "quota.servers[%zu].address", index);
    if (find_server(quota, quota->servers[index].name) < index)
        settings_rules_broken_twice(rules, buf_str(&name),
                                    find_server(quota, quota->servers[index].name));
    if (address->kind == ENDPOINT_TCP && address->port == 0)
        settings_rules_broken(rules, buf_str(&path), "has no port", "192.0.2.27:12340");
}

static void check_tables(const struct settings_rules *rules, const char *key,
                         const struct settings_quota_tables *tables)
{
    for (size_t i = 0; i < tables->count; i++) {
        struct arena *arena = arena_new(512);
        struct lookup_place place;
        struct err err = {0};
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "quota.%s[%zu]", key, i);
        if (!lookup_place_parse(slice_from_str(tables->specs[i]), arena, &place, &err))
            settings_rules_broken(rules, buf_str(&path), err.text,
                                  "text:/etc/postfix/transport, lmdb:/etc/postfix/virtual");
        arena_free(arena);
    }
}

static void check_text(const struct settings_rules *rules, const char *path, const char *text)
{
    CLEANUP_BUF struct buf why = {0};
    struct slice stray = text == NULL ? SLICE("") : quota_words_stray(slice_from_str(text));
    if (stray.len == 0)
        return;
    buf_addf(&why, "has a gap that nothing fills: %.*s", SLICE_ARG(stray));
    settings_rules_broken(rules, path, buf_str(&why), QUOTA_WORDS_GAPS);
}

static void check_rules(const struct settings_rules *rules)
{
    const struct settings_quota *quota = &rules->settings->quota;
    check_text(rules, "quota.text", quota->text);
    for (size_t i = 0; i < quota->rule_count; i++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "quota.rules[%zu].text", i);
        check_text(rules, buf_str(&path), quota->rules[i].text);
    }
}

void settings_rules_quota(const struct settings_rules *rules)
{
    const struct settings_quota *quota = &rules->settings->quota;
    for (size_t i = 0; i < quota->server_count; i++)
        check_server(rules, i);
    if (quota->default_server != NULL &&
        find_server(quota, quota->default_server) == quota->server_count)
        settings_rules_broken(rules, "quota.default_server", "is none of quota.servers",
                              "the name of one of quota.servers");
    check_tables(rules, "mailboxes", &quota->mailboxes);
    check_tables(rules, "aliases", &quota->aliases);
    check_tables(rules, "canonical", &quota->canonical);
    check_tables(rules, "local_aliases", &quota->local_aliases);
    check_tables(rules, "domain_tables", &quota->domain_tables);
    check_rules(rules);
    if (quota->listen_count > 0 && quota->server_count == 0)
        settings_rules_broken(rules, "quota.servers", "has nobody to ask",
                              "servers: [{ name: mb01, address: \"192.0.2.21:12340\" }]");
    if (quota->listen_count > 0 && quota->mailboxes.count == 0)
        settings_rules_broken(rules, "quota.mailboxes", "does not say which server has a mailbox",
                              "mailboxes: text:/etc/postfix/transport; static:mb01 for one server");
}
