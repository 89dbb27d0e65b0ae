/* SPDX-License-Identifier: Apache-2.0
 *
 * See pattern_set.h. vectorscan: https://intel.github.io/hyperscan/dev-reference/
 */
#include "watch/pattern_set.h"

#include <hs.h>
#include <stdlib.h>

#include "base/memory.h"

/* UTF-8 mode spells out every `.` and `[^x]` as byte sequences: with it on for all of the built-in
 * rules, databases are several times larger and take minutes to compile (5.4.9). So it is on only
 * where an expression has characters outside ASCII. UCP stays off: \w and \b know ASCII only. */
#define PATTERN_FLAGS (HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH)

/* Patterns of a database, about. The cost of a scan grows faster than their number: all of the
 * built-in rules in one take 130,000 instructions a reply, in parts of these sizes up to the rule
 * that wins 20,000 (vectorscan 5.4.9). Each part costs some hundred nanoseconds of its own. */
#define MATCH_TOGETHER 256
#define UNLESS_TOGETHER 32

/* Some of the patterns as one database, scanned for when the first of them is asked for. */
struct pattern_part {
    hs_database_t *database; /* NULL: no patterns */
    bool scanned;            /* for the text at hand */
};

struct pattern_set {
    struct pattern_part *parts; /* first the waves of `match` lines, then `unless` lines */
    uint32_t *part_of;          /* [pattern]: index of its part */
    size_t part_count, wave_count, next_wave;
    hs_scratch_t *scratch; /* large enough for any part; NULL: no patterns at all */
    struct slice text;     /* at hand */
    uint64_t *seen;        /* bit a pattern, of this text */
    uint32_t *ids;         /* room for all patterns */
    size_t hits;
};

size_t pattern_count(const struct reply_rules *rules)
{
    size_t count = 0;
    for (size_t i = 0; i < rules->count; i++)
        count += rules->items[i].match.count + rules->items[i].unless.count;
    return count;
}

/* What hs_compile_multi wants; lines are for its error. */
struct pattern_lists {
    const char **expressions;
    unsigned *flags, *ids, *lines;
    unsigned count;
};

static unsigned flags_of(struct slice expression)
{
    for (size_t i = 0; i < expression.len; i++)
        if ((unsigned char)expression.ptr[i] >= 0x80)
            return PATTERN_FLAGS | HS_FLAG_UTF8;
    return PATTERN_FLAGS;
}

/* Adds those of the values that are of the part; *id is the pattern's number, counted on. */
static void add_patterns(const struct pattern_set *set, size_t part, struct reply_values values,
                         uint32_t *id, struct pattern_lists *lists)
{
    for (size_t i = 0; i < values.count; i++, ++*id) {
        if (set->part_of[*id] != part)
            continue;
        unsigned at = lists->count++;
        lists->expressions[at] = values.items[i].text.ptr;
        lists->flags[at] = flags_of(values.items[i].text);
        lists->ids[at] = *id;
        lists->lines[at] = values.items[i].line;
    }
}

static struct pattern_lists list_patterns(const struct pattern_set *set, size_t part,
                                          const struct reply_rules *rules)
{
    size_t count = pattern_count(rules);
    struct pattern_lists lists = {
        .expressions = mem_new(count, sizeof(lists.expressions[0])),
        .flags = MEM_NEW_ARRAY(unsigned, count),
        .ids = MEM_NEW_ARRAY(unsigned, count),
        .lines = MEM_NEW_ARRAY(unsigned, count),
    };
    uint32_t id = 0;
    for (size_t i = 0; i < rules->count; i++) {
        add_patterns(set, part, rules->items[i].match, &id, &lists);
        add_patterns(set, part, rules->items[i].unless, &id, &lists);
    }
    return lists;
}

static void lists_done(struct pattern_lists *lists)
{
    mem_free(lists->expressions);
    mem_free(lists->flags);
    mem_free(lists->ids);
    mem_free(lists->lines);
}

static hs_database_t *compile(const struct pattern_lists *lists, bool portable, struct err *err)
{
    const hs_platform_info_t generic = {.tune = HS_TUNE_FAMILY_GENERIC};
    hs_database_t *database = NULL;
    hs_compile_error_t *why = NULL;
    hs_error_t code = hs_compile_multi(lists->expressions, lists->flags, lists->ids, lists->count,
                                       HS_MODE_BLOCK, portable ? &generic : NULL, &database, &why);
    if (code == HS_SUCCESS)
        return database;
    if (why != NULL && why->expression >= 0)
        err_set(err, ERR_INPUT, "line %u: expected a regular expression, found '%s': %s",
                lists->lines[why->expression], lists->expressions[why->expression], why->message);
    else
        err_set(err, ERR_LIBRARY, "vectorscan cannot compile the rules: %s",
                why ? why->message : "no reason given");
    hs_free_compile_error(why);
    return NULL;
}

/* A rule in order of strength. */
struct ranked_rule {
    uint32_t strength, place;
    uint32_t first; /* number of its first pattern */
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked_rule *x = a, *y = b;
    if (x->strength != y->strength)
        return (x->strength > y->strength) - (x->strength < y->strength);
    return (x->place > y->place) - (x->place < y->place);
}

static struct ranked_rule *rank_rules(const struct reply_rules *rules)
{
    struct ranked_rule *ranked = MEM_NEW_ARRAY(struct ranked_rule, rules->count);
    uint32_t next = 0;
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct reply_rule *rule = &rules->items[i];
        ranked[i] = (struct ranked_rule){reply_rule_strength(rule), i, next};
        next += (uint32_t)(rule->match.count + rule->unless.count);
    }
    if (rules->count > 0)
        qsort(ranked, rules->count, sizeof(ranked[0]), compare_ranked);
    return ranked;
}

/* Fills parts one after the other; a rule's patterns of a kind stay together. */
static uint32_t assign(struct pattern_set *set, const struct reply_rules *rules,
                       const struct ranked_rule *ranked, bool unless, uint32_t part)
{
    size_t together = unless ? UNLESS_TOGETHER : MATCH_TOGETHER, filled = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct reply_rule *rule = &rules->items[ranked[i].place];
        size_t count = unless ? rule->unless.count : rule->match.count;
        size_t first = ranked[i].first + (unless ? rule->match.count : 0);
        for (size_t k = 0; k < count; k++)
            set->part_of[first + k] = part;
        filled += count;
        if (filled >= together) {
            filled = 0;
            part++;
        }
    }
    return filled > 0 ? part + 1 : part;
}

/* A set without databases yet. */
static struct pattern_set *set_for(const struct reply_rules *rules)
{
    struct pattern_set *set = MEM_NEW(struct pattern_set);
    size_t count = pattern_count(rules);
    set->part_of = MEM_NEW_ARRAY(uint32_t, count);
    set->seen = MEM_NEW_ARRAY(uint64_t, count / 64 + 1);
    set->ids = MEM_NEW_ARRAY(uint32_t, count);
    struct ranked_rule *ranked = rank_rules(rules);
    uint32_t waves = assign(set, rules, ranked, false, 0);
    set->wave_count = waves;
    set->part_count = assign(set, rules, ranked, true, waves);
    set->parts = MEM_NEW_ARRAY(struct pattern_part, set->part_count);
    mem_free(ranked);
    return set;
}

static bool make_scratch(struct pattern_set *set, const struct pattern_part *part)
{
    return part->database == NULL || hs_alloc_scratch(part->database, &set->scratch) == HS_SUCCESS;
}

static bool compile_part(struct pattern_set *set, size_t part, const struct reply_rules *rules,
                         bool portable, struct err *err)
{
    struct pattern_lists lists = list_patterns(set, part, rules);
    if (lists.count > 0)
        set->parts[part].database = compile(&lists, portable, err);
    bool good = lists.count == 0 || set->parts[part].database != NULL;
    lists_done(&lists);
    if (good && !make_scratch(set, &set->parts[part]))
        return err_set(err, ERR_LIBRARY, "vectorscan has no scratch space for the rules");
    return good;
}

struct pattern_set *pattern_set_new(const struct reply_rules *rules, bool portable, struct err *err)
{
    struct pattern_set *set = set_for(rules);
    for (size_t part = 0; part < set->part_count; part++) {
        if (!compile_part(set, part, rules, portable, err)) {
            pattern_set_free(set);
            return NULL;
        }
    }
    return set;
}

/* A saved part is its length in 8 bytes, then the database. */
static bool load_part(struct pattern_set *set, struct pattern_part *part, struct slice *saved)
{
    uint64_t len;
    if (saved->len < sizeof(len))
        return false;
    memcpy(&len, saved->ptr, sizeof(len));
    *saved = slice_skip(*saved, sizeof(len));
    if (len > saved->len)
        return false;
    bool good =
        len == 0 || hs_deserialize_database(saved->ptr, (size_t)len, &part->database) == HS_SUCCESS;
    *saved = slice_skip(*saved, (size_t)len);
    return good && make_scratch(set, part);
}

struct pattern_set *pattern_set_load(struct slice saved, const struct reply_rules *rules)
{
    struct pattern_set *set = set_for(rules);
    bool good = true;
    for (size_t part = 0; good && part < set->part_count; part++)
        good = load_part(set, &set->parts[part], &saved);
    if (good && saved.len == 0)
        return set;
    pattern_set_free(set);
    return NULL;
}

static bool save_part(const struct pattern_part *part, struct buf *to)
{
    char *bytes = NULL;
    size_t len = 0;
    if (part->database != NULL && hs_serialize_database(part->database, &bytes, &len) != HS_SUCCESS)
        return false;
    uint64_t length = len;
    buf_add(to, slice_of((const char *)&length, sizeof(length)));
    buf_add(to, slice_of(bytes, len));
    free(bytes);
    return true;
}

bool pattern_set_save(const struct pattern_set *set, struct buf *to, struct err *err)
{
    for (size_t part = 0; part < set->part_count; part++)
        if (!save_part(&set->parts[part], to))
            return err_set(err, ERR_LIBRARY, "vectorscan cannot serialise the rules");
    return true;
}

void pattern_set_free(struct pattern_set *set)
{
    if (set == NULL)
        return;
    hs_free_scratch(set->scratch);
    for (size_t part = 0; part < set->part_count; part++)
        hs_free_database(set->parts[part].database);
    mem_free(set->parts);
    mem_free(set->part_of);
    mem_free(set->seen);
    mem_free(set->ids);
    mem_free(set);
}

static int note_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context)
{
    (void)from, (void)to, (void)flags;
    struct pattern_set *set = context;
    uint64_t bit = UINT64_C(1) << (id % 64);
    if (set->seen[id / 64] & bit)
        return 0;
    set->seen[id / 64] |= bit;
    set->ids[set->hits++] = id;
    return 0;
}

static void scan_part(struct pattern_set *set, struct pattern_part *part)
{
    part->scanned = true;
    if (part->database != NULL && set->text.len > 0)
        hs_scan(part->database, set->text.ptr, (unsigned)set->text.len, 0, set->scratch, note_hit,
                set);
}

void pattern_set_begin(struct pattern_set *set, struct slice text)
{
    for (size_t i = 0; i < set->hits; i++)
        set->seen[set->ids[i] / 64] = 0;
    for (size_t part = 0; part < set->part_count; part++)
        set->parts[part].scanned = false;
    set->hits = 0;
    set->text = text;
    set->next_wave = 0;
}

bool pattern_set_next(struct pattern_set *set, struct pattern_hits *out)
{
    if (set->next_wave == set->wave_count)
        return false;
    size_t before = set->hits;
    scan_part(set, &set->parts[set->next_wave++]);
    *out = (struct pattern_hits){set->ids + before, set->hits - before};
    return true;
}

bool pattern_set_hit(struct pattern_set *set, uint32_t id)
{
    struct pattern_part *part = &set->parts[set->part_of[id]];
    if (!part->scanned)
        scan_part(set, part);
    return set->seen[id / 64] >> (id % 64) & 1;
}
