/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of an incident as rows of a table, so that copying, comparing and JSON cannot forget
 * one of them.
 */
#include "respond/incident_record.h"

#include <inttypes.h>

#include "io/hmac.h"
#include "model/json_value.h"
#include "respond/kept_text.h"

struct text_field {
    const char *key;
    size_t offset, max;
    bool identity;
};

#define FIELD(key, member, max, identity) \
    { \
        key, offsetof(struct incident, member), max, identity \
    }

static const struct text_field fields[] = {
    FIELD("relay", relay, INCIDENT_NAME_MAX, true),
    FIELD("source", source, INCIDENT_NAME_MAX, true),
    FIELD("provider", provider, INCIDENT_NAME_MAX, true),
    FIELD("login", login, INCIDENT_NAME_MAX, true),
    FIELD("domain", domain, INCIDENT_NAME_MAX, true),
    FIELD("name", name, INCIDENT_NAME_MAX, true),
    FIELD("list", list, INCIDENT_NAME_MAX, false),
    FIELD("url", url, INCIDENT_URL_MAX, false),
    FIELD("evidence_first", evidence[0], INCIDENT_LINE_MAX, false),
    FIELD("evidence_newest", evidence[1], INCIDENT_LINE_MAX, false),
    FIELD("suspect1", suspects[0].login, INCIDENT_NAME_MAX, false),
    FIELD("suspect2", suspects[1].login, INCIDENT_NAME_MAX, false),
    FIELD("suspect3", suspects[2].login, INCIDENT_NAME_MAX, false),
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

struct count_field {
    const char *key;
    size_t offset;
};

/* clang-format off */
#define SUSPECT_ROWS(key, i) \
    {key "_recipients", offsetof(struct incident, suspects[i].recipients)}, \
    {key "_usual", offsetof(struct incident, suspects[i].usual)}, \
    {key "_hours", offsetof(struct incident, suspects[i].hours)}, \
    {key "_new_percent", offsetof(struct incident, suspects[i].new_percent)}, \
    {key "_bounced_percent", offsetof(struct incident, suspects[i].bounced_percent)}, \
    {key "_networks", offsetof(struct incident, suspects[i].networks)}, \
    {key "_refused", offsetof(struct incident, suspects[i].refused)}
/* clang-format on */

static const struct count_field counts[] = {
    {"attempts", offsetof(struct incident, attempts)},
    {"hits", offsetof(struct incident, hits)},
    {"messages", offsetof(struct incident, messages)},
    {"recipients", offsetof(struct incident, recipients)},
    {"logins", offsetof(struct incident, logins)},
    SUSPECT_ROWS("suspect1", 0),
    SUSPECT_ROWS("suspect2", 1),
    SUSPECT_ROWS("suspect3", 2),
};

#define COUNTS (sizeof(counts) / sizeof(counts[0]))

static uint64_t count_in(const struct incident *incident, size_t field)
{
    return *(const uint64_t *)(const void *)((const char *)incident + counts[field].offset);
}

static struct slice *text_of(struct incident *incident, const struct text_field *field)
{
    return (struct slice *)(void *)((char *)incident + field->offset);
}

static struct slice text_in(const struct incident *incident, const struct text_field *field)
{
    return *(const struct slice *)(const void *)((const char *)incident + field->offset);
}

void incident_record_set(struct incident_record *record, const struct incident *incident)
{
    struct buf bytes = {0};
    size_t begin[FIELDS], len[FIELDS];
    struct incident copy = *incident;
    for (size_t i = 0; i < FIELDS; i++) {
        begin[i] = bytes.len;
        if (text_in(incident, &fields[i]).len > 0)
            kept_text_add(text_in(incident, &fields[i]), fields[i].max, &bytes);
        len[i] = bytes.len - begin[i];
    }
    for (size_t i = 0; i < FIELDS; i++)
        *text_of(&copy, &fields[i]) = slice_of(len[i] ? bytes.ptr + begin[i] : NULL, len[i]);
    buf_done(&record->bytes);
    *record = (struct incident_record){copy, bytes};
}

void incident_record_done(struct incident_record *record)
{
    buf_done(&record->bytes);
}

void incident_keep(struct incident *incident, struct arena *arena)
{
    for (size_t i = 0; i < FIELDS; i++) {
        struct slice *text = text_of(incident, &fields[i]);
        text->ptr = text->len ? arena_copy(arena, text->ptr, text->len) : NULL;
    }
}

bool incident_same(const struct incident *a, const struct incident *b)
{
    if (a->kind != b->kind)
        return false;
    for (size_t i = 0; i < FIELDS; i++)
        if (fields[i].identity && !slice_eq(text_in(a, &fields[i]), text_in(b, &fields[i])))
            return false;
    return true;
}

bool incident_equal(const struct incident *a, const struct incident *b)
{
    if (!incident_same(a, b) || a->scope != b->scope || a->severity != b->severity ||
        a->class != b->class || a->opened_us != b->opened_us || a->closed_us != b->closed_us ||
        a->last_hit_us != b->last_hit_us || a->normal < b->normal || a->normal > b->normal)
        return false;
    for (size_t i = 0; i < FIELDS; i++)
        if (!slice_eq(text_in(a, &fields[i]), text_in(b, &fields[i])))
            return false;
    for (size_t i = 0; i < COUNTS; i++)
        if (count_in(a, i) != count_in(b, i))
            return false;
    return true;
}

/* Kind and names, each ended by a NUL, which no text of a record holds. */
static void add_identity(const struct incident *incident, struct buf *to)
{
    buf_add_str(to, incident_kind_word(incident->kind));
    buf_add_char(to, '\0');
    for (size_t i = 0; i < FIELDS; i++) {
        if (!fields[i].identity)
            continue;
        buf_add(to, text_in(incident, &fields[i]));
        buf_add_char(to, '\0');
    }
}

uint64_t incident_hash(const struct incident *incident)
{
    CLEANUP_BUF struct buf identity = {0};
    add_identity(incident, &identity);
    return slice_hash(buf_slice(&identity));
}

void incident_id(const struct incident *incident, unsigned salt, char id[INCIDENT_ID_LEN + 1])
{
    static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
    CLEANUP_BUF struct buf identity = {0};
    unsigned char digest[32];
    uint64_t bits = 0;
    add_identity(incident, &identity);
    buf_addf(&identity, "%" PRId64 " %u", incident->opened_us, salt);
    sha256(buf_slice(&identity), digest);
    for (size_t i = 0; i < 5; i++)
        bits = bits << 8 | digest[i];
    for (size_t i = 0; i < INCIDENT_ID_LEN; i++)
        id[i] = letters[bits >> (5 * (INCIDENT_ID_LEN - 1 - i)) & 31];
    id[INCIDENT_ID_LEN] = '\0';
}

json_t *incident_record_json(const struct incident *incident)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "kind", slice_from_str(incident_kind_word(incident->kind)));
    json_value_put_text(object, "scope", slice_from_str(incident_scope_word(incident->scope)));
    json_value_put_text(object, "severity",
                        slice_from_str(incident_severity_word(incident->severity)));
    json_value_put_text(object, "class", slice_from_str(reply_class_word(incident->class)));
    for (size_t i = 0; i < FIELDS; i++)
        json_value_put_text(object, fields[i].key, text_in(incident, &fields[i]));
    json_value_put(object, "opened_us", json_integer(incident->opened_us));
    if (!incident_is_open(incident))
        json_value_put(object, "closed_us", json_integer(incident->closed_us));
    json_value_put(object, "last_hit_us", json_integer(incident->last_hit_us));
    for (size_t i = 0; i < COUNTS; i++)
        if (count_in(incident, i) > 0)
            json_value_put_count(object, counts[i].key, count_in(incident, i));
    json_value_put_real(object, "normal", incident->normal);
    return object;
}

static bool read_words(const json_t *object, struct incident *out)
{
    struct slice kind, scope, severity, class;
    return json_field_text(object, "kind", 64, &kind) &&
           incident_kind_from_word(kind, &out->kind) &&
           json_field_text(object, "scope", 64, &scope) &&
           incident_scope_from_word(scope, &out->scope) &&
           json_field_text(object, "severity", 64, &severity) &&
           incident_severity_from_word(severity, &out->severity) &&
           json_field_text(object, "class", 64, &class) &&
           reply_class_from_word(class, &out->class);
}

static bool read_times(const json_t *object, struct incident *out)
{
    const struct json_range time = {0, INT64_MAX - 1, 0}, end = {0, INT64_MAX - 1, INCIDENT_OPEN};
    return json_field_int(object, "opened_us", time, &out->opened_us) &&
           json_field_int(object, "closed_us", end, &out->closed_us) &&
           json_field_int(object, "last_hit_us", time, &out->last_hit_us);
}

static bool read_numbers(const json_t *object, struct incident *out)
{
    const json_t *normal = json_object_get(object, "normal");
    for (size_t i = 0; i < COUNTS; i++)
        if (!json_field_count(object, counts[i].key,
                              (uint64_t *)(void *)((char *)out + counts[i].offset)))
            return false;
    out->normal = json_number_value(normal); /* 0 for null and for what is no number */
    return out->normal >= 0;
}

bool incident_record_read(const json_t *object, struct incident *out)
{
    *out = (struct incident){0};
    if (!json_is_object(object) || !read_words(object, out) || !read_times(object, out) ||
        !read_numbers(object, out))
        return false;
    for (size_t i = 0; i < FIELDS; i++)
        if (!json_field_text(object, fields[i].key, fields[i].max, text_of(out, &fields[i])))
            return false;
    out->evidence_count = out->evidence[0].len == 0 ? 0 : out->evidence[1].len == 0 ? 1 : 2;
    return true;
}
