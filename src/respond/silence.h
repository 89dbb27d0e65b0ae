/* SPDX-License-Identifier: Apache-2.0
 *
 * Maintenance: for a time, incidents that match are kept in the book but nobody is told. A silence
 * has an end, always. Bounded: 256 silences.
 *
 * Who sets one: people, by `todoku silence` and the API (respond/silence_json.h).
 */
#ifndef TD_RESPOND_SILENCE_H
#define TD_RESPOND_SILENCE_H

#include "base/err.h"
#include "model/incident.h"
#include "model/json_field.h"

#define SILENCES_MAX 256
#define SILENCE_LONGEST_US (INT64_C(90) * 86400 * 1000000)

#define SILENCE_ID_MAX 15    /* bytes */
#define SILENCE_TEXT_MAX 256 /* bytes of each text */

struct silence {
    char id[SILENCE_ID_MAX + 1]; /* "s12": given by the list */
    uint64_t kinds;              /* SILENCE_KIND of each that it is for; 0: of all */
    struct slice relay, source, provider, login, domain, name; /* must be equal; empty: any */
    int64_t from_us, until_us; /* [from, until); one that is added begins now at the earliest */
    struct slice by, comment;  /* who set it, and what for; may be empty */
};

#define SILENCE_KIND(kind) (UINT64_C(1) << (kind))

/* False: it would hide everything. */
bool silence_is_narrow(const struct silence *silence);

struct silence_list;

struct silence_list *silence_list_new(void);
void silence_list_free(struct silence_list *list);

/* Copies the silence and gives it an id, which lives as long as the silence is kept. NULL and err
 * when until is not after now and from, is more than 90 days ahead, a text has more than 256 bytes,
 * or the list is full. */
const char *silence_add(struct silence_list *list, const struct silence *silence, int64_t now_us,
                        struct err *err);

/* NULL: no such id. */
const struct silence *silence_find(const struct silence_list *list, struct slice id);

/* False: no such id. */
bool silence_remove(struct silence_list *list, struct slice id);

/* The silence that hides the incident at now, of several the one that ends last; or NULL. */
const struct silence *silence_of(const struct silence_list *list, const struct incident *incident,
                                 int64_t now_us);

/* Drops what has ended. True when there was something. */
bool silence_expire(struct silence_list *list, int64_t now_us);

/* When a silence begins or ends next after now, or INT64_MAX. */
int64_t silence_next(const struct silence_list *list, int64_t now_us);

/* In the order of their ids; index < count. */
size_t silence_count(const struct silence_list *list);
const struct silence *silence_at(const struct silence_list *list, size_t index);

/* Does it hide what matches now? Not one that has not begun. */
static inline bool silence_is_active(const struct silence *silence, int64_t now_us)
{
    return now_us >= silence->from_us && now_us < silence->until_us;
}

/* Words of kinds: ["block", "silent-block"]; reading: false when one is no string, or no kind. */
json_t *silence_kinds_json(uint64_t kinds);
bool silence_kinds_read(const json_t *words, uint64_t *out);

/* For our own state. silence_list_read replaces the list, which must be empty; false: not of the
 * form, the list is then still empty. */
json_t *silence_list_json(const struct silence_list *list);
bool silence_list_read(struct silence_list *list, const json_t *object);

#endif
