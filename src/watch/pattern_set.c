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

struct pattern_set {
    hs_database_t *database; /* NULL: no patterns at all */
    hs_scratch_t *scratch;
    uint64_t *seen; /* bit a pattern, of the last scan */
    uint32_t *ids;  /* room for all patterns */
    size_t count, hits;
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

static void add_patterns(struct pattern_lists *lists, struct reply_values values)
{
    for (size_t i = 0; i < values.count; i++) {
        unsigned id = lists->count++;
        lists->expressions[id] = values.items[i].text.ptr;
        lists->flags[id] = flags_of(values.items[i].text);
        lists->ids[id] = id;
        lists->lines[id] = values.items[i].line;
    }
}

static struct pattern_lists list_patterns(const struct reply_rules *rules, size_t count)
{
    struct pattern_lists lists = {
        .expressions = mem_new(count, sizeof(lists.expressions[0])),
        .flags = MEM_NEW_ARRAY(unsigned, count),
        .ids = MEM_NEW_ARRAY(unsigned, count),
        .lines = MEM_NEW_ARRAY(unsigned, count),
    };
    for (size_t i = 0; i < rules->count; i++) {
        add_patterns(&lists, rules->items[i].match);
        add_patterns(&lists, rules->items[i].unless);
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

/* Takes the database; NULL when vectorscan gives no scratch space for it. */
static struct pattern_set *set_of(hs_database_t *database, size_t count)
{
    hs_scratch_t *scratch = NULL;
    if (database != NULL && hs_alloc_scratch(database, &scratch) != HS_SUCCESS) {
        hs_free_database(database);
        return NULL;
    }
    struct pattern_set *set = MEM_NEW(struct pattern_set);
    set->database = database;
    set->scratch = scratch;
    set->count = count;
    set->seen = MEM_NEW_ARRAY(uint64_t, count / 64 + 1);
    set->ids = MEM_NEW_ARRAY(uint32_t, count);
    return set;
}

struct pattern_set *pattern_set_new(const struct reply_rules *rules, bool portable, struct err *err)
{
    size_t count = pattern_count(rules);
    if (count == 0)
        return set_of(NULL, 0);
    struct pattern_lists lists = list_patterns(rules, count);
    hs_database_t *database = compile(&lists, portable, err);
    lists_done(&lists);
    if (database == NULL)
        return NULL;
    struct pattern_set *set = set_of(database, count);
    if (set == NULL)
        err_set(err, ERR_LIBRARY, "vectorscan has no scratch space for the rules");
    return set;
}

struct pattern_set *pattern_set_load(struct slice saved, size_t count)
{
    hs_database_t *database = NULL;
    if (count == 0 || hs_deserialize_database(saved.ptr, saved.len, &database) != HS_SUCCESS)
        return NULL;
    return set_of(database, count);
}

bool pattern_set_save(const struct pattern_set *set, struct buf *to, struct err *err)
{
    char *bytes = NULL;
    size_t len = 0;
    if (set->database != NULL && hs_serialize_database(set->database, &bytes, &len) != HS_SUCCESS)
        return err_set(err, ERR_LIBRARY, "vectorscan cannot serialise the rules");
    buf_add(to, slice_of(bytes, len));
    free(bytes);
    return true;
}

void pattern_set_free(struct pattern_set *set)
{
    if (set == NULL)
        return;
    hs_free_scratch(set->scratch);
    hs_free_database(set->database);
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

struct pattern_hits pattern_set_scan(struct pattern_set *set, struct slice text)
{
    for (size_t i = 0; i < set->hits; i++)
        set->seen[set->ids[i] / 64] = 0;
    set->hits = 0;
    if (set->database != NULL && text.len > 0)
        hs_scan(set->database, text.ptr, (unsigned)text.len, 0, set->scratch, note_hit, set);
    return (struct pattern_hits){set->ids, set->hits};
}

bool pattern_set_hit(const struct pattern_set *set, uint32_t id)
{
    return set->seen[id / 64] >> (id % 64) & 1;
}
