/* SPDX-License-Identifier: Apache-2.0
 *
 * A short list, searched from its beginning. Each silence has its texts in one buf.
 */
#include "respond/silence_private.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/memory.h"
#include "model/json_value.h"

_Static_assert(INCIDENT_KIND_COUNT <= 64, "kinds are bits");

struct kept {
    struct silence silence;
    uint64_t number;
    struct buf bytes;
};

struct silence_list {
    struct kept kept[SILENCES_MAX];
    size_t count;
    uint64_t last_number;
};

const char *const silence_field_keys[SILENCE_FIELDS] = {
    "relay", "source", "provider", "login", "domain", "name", "by", "comment",
};

static const size_t offsets[SILENCE_FIELDS] = {
    offsetof(struct silence, relay),    offsetof(struct silence, source),
    offsetof(struct silence, provider), offsetof(struct silence, login),
    offsetof(struct silence, domain),   offsetof(struct silence, name),
    offsetof(struct silence, by),       offsetof(struct silence, comment),
};

struct slice *silence_field_at(struct silence *silence, size_t number)
{
    return (struct slice *)(void *)((char *)silence + offsets[number]);
}

struct slice silence_field(const struct silence *silence, size_t number)
{
    return *(const struct slice *)(const void *)((const char *)silence + offsets[number]);
}

struct silence_list *silence_list_new(void)
{
    return MEM_NEW(struct silence_list);
}

void silence_list_free(struct silence_list *list)
{
    for (size_t i = 0; list && i < list->count; i++)
        buf_done(&list->kept[i].bytes);
    mem_free(list);
}

/* Appends a copy with its own texts. */
static const char *keep(struct silence_list *list, const struct silence *silence, uint64_t number)
{
    struct kept *kept = &list->kept[list->count++];
    size_t begin[SILENCE_FIELDS + 1];
    *kept = (struct kept){.silence = *silence, .number = number};
    for (size_t i = 0; i < SILENCE_FIELDS; i++) {
        begin[i] = kept->bytes.len;
        utf8_sanitize(silence_field(silence, i), &kept->bytes);
    }
    begin[SILENCE_FIELDS] = kept->bytes.len;
    for (size_t i = 0; i < SILENCE_FIELDS; i++)
        *silence_field_at(&kept->silence, i) =
            begin[i] == begin[i + 1]
                ? (struct slice){NULL, 0}
                : slice_of(kept->bytes.ptr + begin[i], begin[i + 1] - begin[i]);
    snprintf(kept->silence.id, sizeof(kept->silence.id), "s%" PRIu64, number % 1000000000);
    return kept->silence.id;
}

const char *silence_add(struct silence_list *list, const struct silence *silence, int64_t now_us,
                        struct err *err)
{
    if (silence->until_us <= now_us || silence->until_us <= silence->from_us) {
        err_set(err, ERR_USAGE, "a silence must end after now and after its beginning");
        return NULL;
    }
    if (silence->until_us - now_us > SILENCE_LONGEST_US) {
        err_set(err, ERR_USAGE, "a silence lasts at most 90 days: give an earlier end");
        return NULL;
    }
    for (size_t i = 0; i < SILENCE_FIELDS; i++) {
        if (silence_field(silence, i).len > SILENCE_TEXT_MAX) {
            err_set(err, ERR_USAGE, "silence: %s has more than %d bytes", silence_field_keys[i],
                    SILENCE_TEXT_MAX);
            return NULL;
        }
    }
    silence_expire(list, now_us);
    if (list->count == SILENCES_MAX) {
        err_set(err, ERR_LIMIT, "there are already %d silences: end one first", SILENCES_MAX);
        return NULL;
    }
    struct silence one = *silence;
    one.from_us = one.from_us > now_us ? one.from_us : now_us;
    return keep(list, &one, ++list->last_number);
}

static void drop(struct silence_list *list, size_t index)
{
    buf_done(&list->kept[index].bytes);
    list->count--;
    memmove(&list->kept[index], &list->kept[index + 1],
            (list->count - index) * sizeof(list->kept[0]));
}

/* Index, or the count. */
static size_t place_of(const struct silence_list *list, struct slice id)
{
    size_t i = 0;
    while (i < list->count && !slice_eq(id, slice_from_str(list->kept[i].silence.id)))
        i++;
    return i;
}

const struct silence *silence_find(const struct silence_list *list, struct slice id)
{
    size_t place = place_of(list, id);
    return place < list->count ? &list->kept[place].silence : NULL;
}

bool silence_remove(struct silence_list *list, struct slice id)
{
    size_t place = place_of(list, id);
    if (place == list->count)
        return false;
    drop(list, place);
    return true;
}

bool silence_is_narrow(const struct silence *silence)
{
    return silence->kinds != 0 || silence->relay.len > 0 || silence->source.len > 0 ||
           silence->provider.len > 0 || silence->login.len > 0 || silence->domain.len > 0 ||
           silence->name.len > 0;
}

static bool fits(struct slice wanted, struct slice text)
{
    return wanted.len == 0 || slice_eq(wanted, text);
}

static bool matches(const struct silence *silence, const struct incident *incident)
{
    return (silence->kinds == 0 || (silence->kinds & SILENCE_KIND(incident->kind)) != 0) &&
           fits(silence->relay, incident->relay) && fits(silence->source, incident->source) &&
           fits(silence->provider, incident->provider) && fits(silence->login, incident->login) &&
           fits(silence->domain, incident->domain) && fits(silence->name, incident->name);
}

const struct silence *silence_of(const struct silence_list *list, const struct incident *incident,
                                 int64_t now_us)
{
    const struct silence *last = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct silence *silence = &list->kept[i].silence;
        if (silence_is_active(silence, now_us) && matches(silence, incident) &&
            (last == NULL || silence->until_us > last->until_us))
            last = silence;
    }
    return last;
}

bool silence_expire(struct silence_list *list, int64_t now_us)
{
    size_t before = list->count;
    for (size_t i = list->count; i > 0; i--)
        if (list->kept[i - 1].silence.until_us <= now_us)
            drop(list, i - 1);
    return list->count != before;
}

int64_t silence_next(const struct silence_list *list, int64_t now_us)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < list->count; i++) {
        const struct silence *silence = &list->kept[i].silence;
        int64_t change = silence->from_us > now_us ? silence->from_us : silence->until_us;
        next = change > now_us && change < next ? change : next;
    }
    return next;
}

size_t silence_count(const struct silence_list *list)
{
    return list->count;
}

const struct silence *silence_at(const struct silence_list *list, size_t index)
{
    ASSERT(index < list->count);
    return &list->kept[index].silence;
}

json_t *silence_kinds_json(uint64_t kinds)
{
    json_t *words = json_value_array();
    for (int i = 0; i < INCIDENT_KIND_COUNT; i++)
        if (kinds & SILENCE_KIND(i))
            json_value_append(
                words, json_value_text(slice_from_str(incident_kind_word((enum incident_kind)i))));
    return words;
}

json_t *silence_list_json(const struct silence_list *list)
{
    json_t *object = json_value_object(), *all = json_value_array();
    json_value_put_count(object, "last", list->last_number);
    for (size_t i = 0; i < list->count; i++) {
        const struct silence *silence = &list->kept[i].silence;
        json_t *one = json_value_object();
        json_value_put_count(one, "number", list->kept[i].number);
        json_value_put(one, "kinds", silence_kinds_json(silence->kinds));
        for (size_t k = 0; k < SILENCE_FIELDS; k++)
            json_value_put_text(one, silence_field_keys[k], silence_field(silence, k));
        json_value_put(one, "from_us", json_integer(silence->from_us));
        json_value_put(one, "until_us", json_integer(silence->until_us));
        json_value_append(all, one);
    }
    json_value_put(object, "list", all);
    return object;
}

bool silence_kinds_read(const json_t *words, uint64_t *out)
{
    uint64_t kinds = 0;
    for (size_t i = 0; i < json_array_size(words); i++) {
        const json_t *word = json_array_get(words, i);
        enum incident_kind kind;
        if (!json_is_string(word) ||
            !incident_kind_from_word(slice_from_str(json_string_value(word)), &kind))
            return false;
        kinds |= SILENCE_KIND(kind);
    }
    *out = kinds;
    return true;
}

static bool read_one(const json_t *object, struct silence *out, uint64_t *number)
{
    const struct json_range time = {0, INT64_MAX - 1, 0};
    const json_t *kinds;
    *out = (struct silence){0};
    if (!json_is_object(object) ||
        !json_field_array(object, "kinds", INCIDENT_KIND_COUNT, &kinds) ||
        !silence_kinds_read(kinds, &out->kinds) || !json_field_count(object, "number", number) ||
        !json_field_int(object, "from_us", time, &out->from_us) ||
        !json_field_int(object, "until_us", time, &out->until_us))
        return false;
    for (size_t k = 0; k < SILENCE_FIELDS; k++)
        if (!json_field_text(object, silence_field_keys[k], SILENCE_TEXT_MAX * 3,
                             silence_field_at(out, k)))
            return false;
    return true;
}

bool silence_list_read(struct silence_list *list, const json_t *object)
{
    const json_t *all;
    uint64_t last, number;
    ASSERT(list->count == 0);
    if (!object)
        return true;
    if (!json_is_object(object) || !json_field_count(object, "last", &last) ||
        !json_field_array(object, "list", SILENCES_MAX, &all))
        return false;
    for (size_t i = 0; i < json_array_size(all); i++) {
        struct silence one;
        if (!read_one(json_array_get(all, i), &one, &number) || number == 0 || number > last ||
            (list->count > 0 && number <= list->kept[list->count - 1].number)) {
            while (list->count > 0)
                drop(list, list->count - 1);
            return false;
        }
        keep(list, &one, number);
    }
    list->last_number = last;
    return true;
}
