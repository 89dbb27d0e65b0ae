/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts the pieces together: reply_parse takes the reason apart, the provider table names the
 * provider, the rule sets (ours and an operator's) find the rule, the list table names the
 * blocklist. Everything a verdict says follows from struct reply_facts, which is what the cache
 * compares; keep it so when a new fact is added.
 *
 * docs/guide/replies.md has the reasoning behind the order of evidence.
 */
#include "watch/classifier.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/escape.h"
#include "base/memory.h"
#include "io/file_text.h"
#include "mail/provider.h"
#include "mail/stamp.h"
#include "watch/choice_cache.h"
#include "watch/list_table.h"
#include "watch/reply_db.h"
#include "watch/rule_set.h"
#include "watch/verdict_cache.h"

#define TEXT_MAX 4096
#define DATES_MAX 256 /* with more of them there is no cache */

struct classifier {
    struct provider_table *providers;
    struct list_table *lists;
    struct rule_set *sets[2]; /* ours, the operator's (NULL: none) */
    struct verdict_cache *cache;
    struct choice_cache *choices;
    struct buf joined, text;  /* of the reply at hand: bare, and folded, in valid UTF-8 */
    int64_t dates[DATES_MAX]; /* where a rule begins or ends, ascending */
    size_t date_count;
    bool too_many_dates;
};

static bool load_operator_rules(struct classifier *classifier, const char *path, struct err *err)
{
    CLEANUP_BUF struct buf text = {0};
    if (!file_text_read(path, &text, err))
        return false;
    classifier->sets[1] = rule_set_new(buf_slice(&text), (struct slice){NULL, 0}, RULES_OPERATOR,
                                       classifier->providers, err);
    return classifier->sets[1] != NULL || err_at(err, "%s", path);
}

static int compare_dates(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void add_date(struct classifier *classifier, int64_t date)
{
    if (date == INT64_MIN || date == INT64_MAX)
        return;
    for (size_t i = 0; i < classifier->date_count; i++)
        if (classifier->dates[i] == date)
            return;
    if (classifier->date_count == DATES_MAX)
        classifier->too_many_dates = true;
    else
        classifier->dates[classifier->date_count++] = date;
}

static void note_dates(struct classifier *classifier)
{
    for (size_t s = 0; s < 2; s++) {
        const struct rule_set *set = classifier->sets[s];
        for (size_t i = 0; set != NULL && i < rule_set_rules(set)->count; i++) {
            add_date(classifier, rule_set_rules(set)->items[i].since_us);
            add_date(classifier, rule_set_rules(set)->items[i].until_us);
        }
    }
    /* Nothing may be remembered then: a period would not tell which rules hold. */
    if (classifier->too_many_dates) {
        verdict_cache_free(classifier->cache);
        choice_cache_free(classifier->choices);
        classifier->cache = NULL;
        classifier->choices = NULL;
    }
    qsort(classifier->dates, classifier->date_count, sizeof(classifier->dates[0]), compare_dates);
}

struct classifier *classifier_new(const char *operator_rules, struct err *err)
{
    return classifier_new_for(operator_rules, provider_table_new((struct slice){NULL, 0}, err),
                              err);
}

const struct provider_table *classifier_providers(const struct classifier *classifier)
{
    return classifier->providers;
}

const struct reply_rules *classifier_rules(const struct classifier *classifier, bool own)
{
    const struct rule_set *set = classifier->sets[own];
    return set != NULL ? rule_set_rules(set) : NULL;
}

struct classifier *classifier_new_for(const char *operator_rules, struct provider_table *providers,
                                      struct err *err)
{
    if (providers == NULL)
        return NULL;
    struct classifier *classifier = MEM_NEW(struct classifier);
    classifier->providers = providers;
    classifier->lists = list_table_new();
    classifier->cache = verdict_cache_new();
    classifier->choices = choice_cache_new();
    classifier->sets[0] =
        rule_set_new(data_replies(), reply_db(), RULES_BUILT_IN, classifier->providers, err);
    bool good = classifier->sets[0] != NULL || err_at(err, "built-in reply rules");
    if (good && operator_rules != NULL)
        good = load_operator_rules(classifier, operator_rules, err);
    if (!good) {
        classifier_free(classifier);
        return NULL;
    }
    note_dates(classifier);
    return classifier;
}

void classifier_free(struct classifier *classifier)
{
    if (classifier == NULL)
        return;
    rule_set_free(classifier->sets[0]);
    rule_set_free(classifier->sets[1]);
    verdict_cache_free(classifier->cache);
    list_table_free(classifier->lists);
    provider_table_free(classifier->providers);
    choice_cache_free(classifier->choices);
    buf_done(&classifier->joined);
    buf_done(&classifier->text);
    mem_free(classifier);
}

bool classifier_compiled_at_start(const struct classifier *classifier)
{
    return rule_set_was_compiled(classifier->sets[0]);
}

/* `host[ip]:port`, `host:port` or `host` */
static struct slice host_of(struct slice relay)
{
    size_t n = 0;
    while (n < relay.len && relay.ptr[n] != '[' && relay.ptr[n] != ':')
        n++;
    return slice_first(relay, n);
}

static uint32_t period_of(const struct classifier *classifier, int64_t time_us)
{
    uint32_t passed = 0;
    while (passed < classifier->date_count && classifier->dates[passed] <= time_us)
        passed++;
    return passed;
}

/* A reply taken apart, with what the rules ask for. */
struct reply_case {
    struct slice words;
    struct rule_query query;
    int dsn_class; /* 0: none */
};

static void set_dsn(const struct reply_facts *facts, const struct reply *reply,
                    struct reply_case *out)
{
    struct rule_query *query = &out->query;
    if (reply_dsn_parse(reply->dsn, &query->dsn))
        query->has_dsn = true;
    else if (reply_dsn_parse(facts->dsn, &query->dsn))
        query->has_dsn = query->dsn.subject != 0 || query->dsn.detail != 0;
    out->dsn_class = query->dsn.class;
}

static void read_case(const struct classifier *classifier, const struct reply_facts *facts,
                      const struct reply *reply, struct reply_case *out)
{
    struct slice host = facts->relay.len ? host_of(facts->relay) : reply->host;
    *out = (struct reply_case){.words = reply->words};
    struct rule_query *query = &out->query;
    query->code = facts->code ? facts->code : reply->code;
    query->stage = facts->stage != REPLY_STAGE_NONE ? facts->stage : reply->stage;
    query->provider = provider_of_host(classifier->providers, host);
    query->time_us = facts->time_us;
    set_dsn(facts, reply, out);
}

/* Eight bytes at a time. */
static bool is_ascii(struct slice s)
{
    uint64_t all = 0, bytes = 0;
    for (; s.len >= sizeof(bytes); s = slice_skip(s, sizeof(bytes))) {
        memcpy(&bytes, s.ptr, sizeof(bytes));
        all |= bytes;
    }
    bytes = 0;
    if (s.len > 0)
        memcpy(&bytes, s.ptr, s.len);
    return ((all | bytes) & UINT64_C(0x8080808080808080)) == 0;
}

/* vectorscan must not see anything but UTF-8. */
static void replace_invalid(struct buf *text)
{
    struct slice rest = buf_slice(text);
    while (rest.len > 0) {
        char *at = text->ptr + (text->len - rest.len);
        size_t before = rest.len;
        if (utf8_take(&rest) == UTF8_INVALID)
            memset(at, '?', before - rest.len);
    }
}

static struct slice bare_text(struct classifier *classifier, struct slice words)
{
    buf_clear(&classifier->joined);
    reply_text(words, &classifier->joined);
    buf_clear(&classifier->text);
    reply_fold(buf_slice(&classifier->joined), &classifier->text);
    if (!is_ascii(buf_slice(&classifier->text)))
        replace_invalid(&classifier->text);
    return buf_slice(&classifier->text);
}

/* Of several lists in the text the one that agrees with the class counts, else the rule's own, else
 * the first. */
static const struct named_list *choose_list(const struct named_list *const *found, size_t count,
                                            const struct ready_rule *rule)
{
    enum reply_class class = rule ? rule->class : REPLY_CLASS_UNKNOWN;
    bool block = class == REPLY_CLASS_BLOCK_IP || class == REPLY_CLASS_BLOCK_DOMAIN;
    for (size_t i = 0; block && i < count; i++)
        if (found[i]->domains == (class == REPLY_CLASS_BLOCK_DOMAIN))
            return found[i];
    if (count == 0 || (rule != NULL && rule->rule->list.len > 0))
        return NULL;
    return found[0];
}

static void set_list(const struct classifier *classifier, struct slice words,
                     const struct ready_rule *rule, struct verdict *out)
{
    const struct named_list *found[LISTS_IN_TEXT_MAX];
    size_t count = list_table_scan(classifier->lists, words, found);
    const struct named_list *list = choose_list(found, count, rule);
    if (list != NULL) {
        out->list = list->name;
        out->url = out->url.len ? out->url : list->url;
    } else if (rule != NULL && rule->rule->list.len > 0) {
        out->list = rule->rule->list;
    } else if (rule != NULL && rule->rule->tier == REPLY_TIER_LIST) {
        out->list = list_zone_of(words);
    }
}

static enum reply_permanence permanence_of(const struct reply_case *reply_case)
{
    uint32_t class = reply_case->query.code / 100;
    if (reply_case->query.code == 0)
        class = (uint32_t)reply_case->dsn_class;
    if (class == 4)
        return REPLY_TEMPORARY;
    return class == 5 ? REPLY_PERMANENT : REPLY_PERMANENCE_NONE;
}

static const char *provider_word(const struct provider *provider, const struct ready_rule *rule)
{
    if (provider == NULL && rule != NULL && rule->rule->providers.count == 1)
        provider = rule->providers[0];
    return provider ? provider->name.ptr : "";
}

/* The best rule of both files, and whose it is. */
static struct choice choose_rule(struct classifier *classifier, struct slice text,
                                 const struct rule_query *query)
{
    struct choice best = {NULL, NULL};
    for (size_t i = 0; i < 2 && classifier->sets[i] != NULL; i++) {
        const struct ready_rule *rule = rule_set_best(classifier->sets[i], text, query, best.rule);
        if (rule != best.rule)
            best = (struct choice){rule, classifier->sets[i]};
    }
    return best;
}

static struct choice find_rule(struct classifier *classifier, const struct reply_case *reply_case)
{
    struct slice text = bare_text(classifier, reply_case->words);
    const struct rule_query *query = &reply_case->query;
    uint32_t period = period_of(classifier, query->time_us);
    struct choice choice;
    if (classifier->choices == NULL)
        return choose_rule(classifier, text, query);
    struct choice_key key = choice_key_of(text, query, period);
    if (choice_cache_find(classifier->choices, &key, &choice))
        return choice;
    choice = choose_rule(classifier, text, query);
    choice_cache_put(classifier->choices, &key, choice);
    return choice;
}

/* A temporary refusal never costs an address its place: whatever the rule says of dead ones. */
static const char *action_of(const struct ready_rule *rule, enum reply_permanence permanence)
{
    bool dead = rule->class == REPLY_CLASS_ADDR_DEAD;
    return dead && permanence == REPLY_TEMPORARY ? "retry" : rule->rule->action.ptr;
}

static void judge(struct classifier *classifier, const struct reply_facts *facts,
                  const struct reply *reply, struct verdict *out)
{
    struct reply_case reply_case;
    read_case(classifier, facts, reply, &reply_case);
    struct slice words = reply_case.words;
    struct choice choice = find_rule(classifier, &reply_case);
    const struct ready_rule *rule = choice.rule;
    *out = (struct verdict){
        .permanence = permanence_of(&reply_case),
        .action = "none",
        .provider = provider_word(reply_case.query.provider, rule),
        .rule = "",
        .url = reply_find_url(words),
    };
    if (rule != NULL) {
        out->class = rule->class;
        out->scope = rule->scope;
        out->action = action_of(rule, out->permanence);
        out->rule = rule->rule->id.ptr;
        out->token = rule_set_token(choice.owner, rule, words);
        out->url = out->url.len ? out->url : rule->rule->url;
    }
    set_list(classifier, words, rule, out);
}

/* reply: NULL, or reply_parse of the text. */
static void judge_text(struct classifier *classifier, const struct reply_facts *facts,
                       const struct reply *reply, struct verdict *out)
{
    struct reply own;
    if (reply == NULL)
        reply_parse(facts->text, &own);
    judge(classifier, facts, reply ? reply : &own, out);
}

static void run(struct classifier *classifier, const struct reply_facts *facts,
                const struct reply *reply, struct verdict *out)
{
    struct reply_facts read = *facts;
    read.text = slice_first(facts->text, TEXT_MAX);
    read.time_us = facts->time_us == STAMP_NONE ? INT64_MAX : facts->time_us;
    if (read.text.len < facts->text.len)
        reply = NULL; /* what was taken apart is more than what is read */
    if (classifier->cache == NULL) {
        judge_text(classifier, &read, reply, out);
        return;
    }
    struct verdict_key key = verdict_key_of(&read, period_of(classifier, read.time_us));
    if (verdict_cache_find(classifier->cache, &key, out))
        return;
    judge_text(classifier, &read, reply, out);
    verdict_cache_put(classifier->cache, &key, out);
}

void classifier_run(struct classifier *classifier, const struct reply_facts *facts,
                    struct verdict *out)
{
    run(classifier, facts, NULL, out);
}

void classifier_run_parsed(struct classifier *classifier, const struct reply_facts *facts,
                           const struct reply *reply, struct verdict *out)
{
    run(classifier, facts, reply, out);
}
