/* SPDX-License-Identifier: Apache-2.0
 *
 * See shared_call.h.
 */
#include "gate/shared_call.h"

#include "base/memory.h"

enum {
    PARTS = METER_PARTS - 1, /* as in meter.c */
    RULE_WORDS = 6,
    WINDOW_BYTES = 8 + 4 * METER_PARTS,
    BUCKET_BYTES = 8,
};

static const int64_t SECOND_US = 1000000;

void shared_words_done(struct shared_words *words)
{
    word_list_done(&words->keys);
    word_list_done(&words->heads);
    word_list_done(&words->args);
}

/* ---- keys ---- */

static bool stands_for_itself(char c)
{
    return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '@' ||
           c == '.' || c == '_' || c == '+' || c == '-';
}

void shared_call_escape(struct slice name, struct buf *to)
{
    for (size_t i = 0; i < name.len; i++) {
        if (stands_for_itself(name.ptr[i]))
            buf_add_char(to, name.ptr[i]);
        else
            buf_addf(to, "%%%02X", (unsigned)(unsigned char)name.ptr[i]);
    }
}

/* A message without a name has a key, too: users of Redis may be kept to some keys. */
static void add_record(struct shared_call *call, const struct shared_message *message)
{
    struct buf *to = &call->words.keys.bytes;
    buf_add(to, message->prefix);
    buf_add_str(to, "i:");
    shared_call_escape(message->relay, to);
    buf_add_char(to, ':');
    shared_call_escape(message->instance, to);
    word_list_close(&call->words.keys);
}

static void add_key(struct word_list *keys, struct slice prefix, unsigned parts, struct slice key)
{
    struct buf *to = &keys->bytes;
    buf_add(to, prefix);
    buf_add_str(to, "m:");
    buf_add_char(to, (char)('0' + parts / 10));
    buf_add_char(to, (char)('0' + parts % 10));
    buf_add_char(to, ':');
    shared_call_escape(key, to);
    word_list_close(keys);
}

/* ---- rules ---- */

static const char unit_letters[] = "rmkn"; /* of enum limit_unit */

static bool counts_alike(const struct limit_rule *a, const struct limit_rule *b)
{
    return a->unit == b->unit && a->window == b->window && a->within_us == b->within_us;
}

/* Rules that count alike have meters of their own, as in the gate. */
static size_t alike_before(const struct shared_call *call, size_t first,
                           const struct limit_rule *rule)
{
    size_t count = 0;
    for (size_t i = first; i < call->rule_count; i++)
        count += counts_alike(call->rules[i].rule, rule);
    return count;
}

static void add_field(struct word_list *args, const struct limit_rule *rule, size_t alike)
{
    struct buf *to = &args->bytes;
    buf_addf(to, "%c%c%lld", unit_letters[rule->unit], rule->window == LIMIT_BUCKET ? 'b' : 'w',
             (long long)rule->within_us);
    if (alike > 0)
        buf_addf(to, "#%zu", alike);
    word_list_close(args);
}

static int64_t part_us(const struct meter_plan *plan)
{
    return (plan->within_us + PARTS - 1) / PARTS;
}

/* As long as anything that is counted now can matter, and a second. */
static int64_t expires_ms(const struct meter_plan *plan)
{
    int64_t whole_us = METER_PARTS * part_us(plan);
    if (plan->kind == METER_BUCKET)
        whole_us = (int64_t)((double)plan->burst / plan->limit * (double)plan->within_us);
    return (whole_us + SECOND_US) / 1000 + 1;
}

static void add_rule(struct shared_call *call, size_t first, const struct limit_demand *demand)
{
    bool refuses = demand->rule->action >= LIMIT_DEFER && !demand->rule->shadow;
    bool bucket = demand->plan.kind == METER_BUCKET;
    add_field(&call->words.args, demand->rule, alike_before(call, first, demand->rule));
    word_list_add_number(&call->words.args, 1 + (int64_t)demand->rule->unit);
    word_list_add(&call->words.args, slice_of(&"wWbB"[bucket * 2 + refuses], 1));
    word_list_add_number(&call->words.args, demand->plan.limit);
    word_list_add_number(&call->words.args, bucket ? demand->plan.burst : 0);
    word_list_add_number(&call->words.args,
                         bucket ? demand->plan.within_us : part_us(&demand->plan));
    call->rules[call->rule_count++] =
        (struct shared_rule){demand->rule, demand->plan, demand->wanted};
}

/* ---- the call ---- */

/* Demands as they come; those with one key are a group, whose head is known when it is whole. */
struct making {
    struct shared_call *call;
    struct slice prefix;
    unsigned parts;     /* of the group that is made */
    size_t first;       /* its first rule */
    int64_t expires_ms; /* of its key */
};

static void end_group(struct making *making)
{
    struct shared_call *call = making->call;
    if (call->rule_count == making->first)
        return;
    word_list_add_number(&call->words.heads, (int64_t)(call->rule_count - making->first));
    word_list_add_number(&call->words.heads, making->expires_ms);
    making->first = call->rule_count;
    making->expires_ms = 0;
}

static void see_demand(void *context, const struct limit_demand *demand)
{
    struct making *making = context;
    struct shared_call *call = making->call;
    int64_t expires = expires_ms(&demand->plan);
    ASSERT(call->rule_count < SHARED_RULES_MAX);
    if (demand->parts != making->parts)
        end_group(making);
    making->parts = demand->parts;
    if (call->rule_count == making->first)
        add_key(&call->words.keys, making->prefix, demand->parts, demand->key);
    add_rule(call, making->first, demand);
    if (expires > making->expires_ms)
        making->expires_ms = expires;
}

static void add_load(struct shared_call *call, const struct limit_load *load)
{
    word_list_add_number(&call->words.heads, load->recipients);
    word_list_add_number(&call->words.heads, load->messages);
    word_list_add_number(&call->words.heads,
                         (int64_t)(load->bytes / 1024 + (load->bytes % 1024 != 0)));
    word_list_add_number(&call->words.heads, load->new_recipients);
}

void shared_call_make(struct shared_call *call, struct limit_gate *gate,
                      const struct shared_message *message, struct limit_answer *out)
{
    struct making making = {.call = call, .prefix = message->prefix};
    const struct limit_asker asker = {message->now_us, see_demand, &making};
    word_list_clear(&call->words.keys);
    word_list_clear(&call->words.heads);
    word_list_clear(&call->words.args);
    call->rule_count = 0;
    add_record(call, message);
    word_list_add_number(&call->words.heads, (int64_t)SHARED_REMEMBERED_S * 1000);
    word_list_add_number(&call->words.heads, message->instance.len > 0);
    add_load(call, &message->total);
    limit_gate_ask(gate, message->who, message->load, &asker, out);
    end_group(&making);
}

bool shared_words_forget(struct shared_words *words, struct slice prefix,
                         const struct limit_group *group, struct slice key, struct slice rule)
{
    *words = (struct shared_words){0};
    for (size_t i = 0; i < group->count; i++) {
        size_t alike = 0;
        for (size_t k = 0; k < i; k++)
            alike += counts_alike(group->rules[k], group->rules[i]);
        if (rule.len == 0 || slice_eq(group->rules[i]->name, rule))
            add_field(&words->args, group->rules[i], alike);
    }
    if (words->args.count > 0)
        add_key(&words->keys, prefix, group->key, key);
    return words->args.count > 0;
}

static size_t put_words(const struct word_list *list, struct slice *out, size_t count)
{
    for (size_t i = 0; i < list->count; i++)
        out[count++] = word_list_at(list, i);
    return count;
}

size_t shared_words_list(const struct shared_words *words, enum shared_operation operation,
                         int64_t age_us, struct buf *number, struct slice *out)
{
    static const char *const names[] = {[SHARED_LOOK] = "look",
                                        [SHARED_CHARGE] = "charge",
                                        [SHARED_ADD] = "add",
                                        [SHARED_BACK] = "back",
                                        [SHARED_FORGET] = "forget"};
    size_t count = put_words(&words->keys, out, 0);
    buf_clear(number);
    buf_addf(number, "%lld", (long long)age_us);
    out[count++] = slice_from_str(names[operation]);
    out[count++] = buf_slice(number);
    count = put_words(&words->heads, out, count);
    return put_words(&words->args, out, count);
}

/* ---- the answer ---- */

static uint64_t number_at(struct slice bytes, size_t at, size_t size)
{
    uint64_t number = 0;
    for (size_t i = size; i-- > 0;)
        number = number << 8 | (unsigned char)bytes.ptr[at + i];
    return number;
}

/* A meter as the script keeps it: of a window the newest part comes first. */
static bool read_meter(const struct meter_plan *plan, struct slice bytes, union meter *out)
{
    *out = (union meter){0};
    if (bytes.len == 0)
        return true;
    if (bytes.len != (plan->kind == METER_BUCKET ? BUCKET_BYTES : WINDOW_BYTES))
        return false;
    uint64_t first = number_at(bytes, 0, 8);
    if (plan->kind == METER_BUCKET) {
        out->bucket.full_us = (int64_t)first;
        return true;
    }
    struct meter_window *window = &out->window;
    window->part = (uint32_t)first;
    for (uint32_t i = 0; i < METER_PARTS; i++)
        window->used[(window->part - i) % METER_PARTS] = (uint32_t)number_at(bytes, 8 + 4 * i, 4);
    return true;
}

/* In the time of the answer, which is ours; there_us: the script's. */
static bool add_hit(const struct shared_rule *rule, struct slice meter_bytes, int64_t there_us,
                    struct limit_answer *out)
{
    union meter meter;
    const struct meter_plan *plan = &rule->plan;
    struct limit_hit hit = {.rule = rule->rule, .most = plan->limit, .wanted = rule->wanted};
    if (!read_meter(plan, meter_bytes, &meter))
        return false;
    hit.used = meter_used(&meter, plan, there_us);
    hit.room_us = meter_room_at(&meter, plan, hit.wanted, there_us);
    if (hit.room_us != INT64_MAX)
        hit.room_us += out->now_us - there_us;
    if (hit.room_us <= out->now_us) /* it asks for less than was asked of Redis */
        hit.room_us = out->now_us + SECOND_US;
    limit_answer_add(out, &hit);
    return true;
}

bool shared_call_read(const struct shared_call *call, const struct shared_item *items, size_t count,
                      struct limit_answer *out)
{
    struct limit_answer all = *out;
    if (count < 2 || count % 2 != 0 || items[0].is_text || items[1].is_text || items[1].number < 0)
        return false;
    for (size_t i = 2; i < count; i += 2) {
        uint64_t number = (uint64_t)items[i].number;
        if (items[i].is_text || !items[i + 1].is_text || number >= call->rule_count ||
            !add_hit(&call->rules[number], items[i + 1].text, items[1].number, &all))
            return false;
    }
    all.passes = items[0].number != 0;
    *out = all;
    return true;
}
