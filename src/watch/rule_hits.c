/* SPDX-License-Identifier: Apache-2.0
 *
 * See rule_hits.h.
 */
#include "watch/rule_hits.h"

#include "base/buf.h"
#include "base/intern.h"
#include "base/memory.h"
#include "mail/reply.h"

struct row {
    struct rule_hit hit;
    struct buf samples[RULE_HIT_SAMPLES];
    uint64_t forms[RULE_HIT_SAMPLES]; /* hashes of the masked samples */
};

struct rule_hits {
    const struct classifier *classifier;
    struct classifier *built_in;
    struct intern *keys; /* path and rule -> place in rows + 1 */
    struct row *rows[RULE_HITS_MAX];
    size_t count;
    struct buf key, masked; /* scratch */
    uint64_t left_out;
};

struct rule_hits *rule_hits_new(const struct classifier *classifier, struct classifier *built_in)
{
    struct rule_hits *hits = MEM_NEW(struct rule_hits);
    hits->classifier = classifier;
    hits->built_in = built_in;
    hits->keys = intern_new(RULE_HITS_MAX);
    return hits;
}

void rule_hits_free(struct rule_hits *hits)
{
    if (hits == NULL)
        return;
    for (size_t i = 0; i < hits->count; i++) {
        for (size_t k = 0; k < RULE_HIT_SAMPLES; k++)
            buf_done(&hits->rows[i]->samples[k]);
        mem_free(hits->rows[i]);
    }
    intern_free(hits->keys);
    buf_done(&hits->key);
    buf_done(&hits->masked);
    mem_free(hits);
}

/* The two files may name a rule alike: told apart by whose text it is. */
static const struct reply_rule *own_rule(const struct rule_hits *hits, const char *id)
{
    const struct reply_rules *own = classifier_rules(hits->classifier, true);
    for (size_t i = 0; own != NULL && i < own->count; i++)
        if (own->items[i].id.ptr == id)
            return &own->items[i];
    return NULL;
}

static struct row *add_row(struct rule_hits *hits, const struct tally_attempt *told)
{
    const struct reply_rule *own = own_rule(hits, told->verdict->rule);
    struct row *row = MEM_NEW(struct row);
    hits->rows[hits->count++] = row;
    row->hit = (struct rule_hit){
        .source = told->names.source,
        .provider = told->names.provider,
        .rule = slice_from_str(told->verdict->rule),
        .line = own != NULL ? own->line : 0,
        .own = own != NULL,
        .class = told->verdict->class,
        .first_us = told->attempt->time_us,
    };
    return row;
}

/* NULL: there is no room for another. */
static struct row *row_of(struct rule_hits *hits, const struct tally_attempt *told)
{
    buf_clear(&hits->key);
    buf_add(&hits->key, slice_of((const char *)&told->path, sizeof(told->path)));
    buf_add(&hits->key, slice_of((const char *)&told->verdict->rule, sizeof(told->verdict->rule)));
    uint32_t id = intern_id(hits->keys, buf_slice(&hits->key));
    if (id == INTERN_OTHER)
        return NULL;
    return id <= hits->count ? hits->rows[id - 1] : add_row(hits, told);
}

static void keep_sample(struct rule_hits *hits, struct row *row, struct slice words)
{
    buf_clear(&hits->masked);
    words = slice_first(words, RULE_HIT_SAMPLE_MAX);
    reply_mask(words, &hits->masked);
    uint64_t form = slice_hash(buf_slice(&hits->masked));
    for (size_t i = 0; i < RULE_HIT_SAMPLES; i++) {
        if (row->hit.samples[i].len > 0 && row->forms[i] == form)
            return;
        if (row->hit.samples[i].len > 0)
            continue;
        row->forms[i] = form;
        buf_add(&row->samples[i], words);
        row->hit.samples[i] = buf_slice(&row->samples[i]);
        return;
    }
}

/* What the reply would mean without the operator's rules. */
static void ask_built_in(struct rule_hits *hits, struct rule_hit *hit,
                         const struct tally_attempt *told)
{
    const struct log_record *record = told->attempt->record;
    struct reply_facts facts = {
        .text = log_record_get(record, LOG_FIELD_REASON),
        .dsn = log_record_get(record, LOG_FIELD_DSN),
        .relay = log_record_get(record, LOG_FIELD_RELAY_HOST),
        .time_us = told->attempt->time_us,
    };
    struct verdict verdict;
    classifier_run_parsed(hits->built_in, &facts, told->reply, &verdict);
    hit->otherwise[verdict.class]++;
    hit->instead = slice_from_str(verdict.rule);
}

void rule_hits_take(struct rule_hits *hits, const struct tally_attempt *told)
{
    const struct verdict *verdict = told->verdict;
    if (verdict == NULL || verdict->rule[0] == '\0' || told->path == 0 ||
        told->attempt->exclusion != ATTEMPT_COUNTS ||
        (verdict->class != REPLY_CLASS_BLOCK_IP && verdict->class != REPLY_CLASS_RATE))
        return;
    struct row *row = row_of(hits, told);
    if (row == NULL) {
        hits->left_out++;
        return;
    }
    struct rule_hit *hit = &row->hit;
    hit->replies++;
    hit->bounced += told->attempt->status == DELIVERY_BOUNCED;
    hit->last_us = told->attempt->time_us;
    keep_sample(hits, row, told->reply->words);
    if (hit->own && hits->built_in != NULL)
        ask_built_in(hits, hit, told);
}

size_t rule_hits_count(const struct rule_hits *hits)
{
    return hits->count;
}

const struct rule_hit *rule_hits_at(const struct rule_hits *hits, size_t index)
{
    return &hits->rows[index]->hit;
}

uint64_t rule_hits_left_out(const struct rule_hits *hits)
{
    return hits->left_out;
}
