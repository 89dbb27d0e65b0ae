/* SPDX-License-Identifier: Apache-2.0
 *
 * A ruling: what was decided last of one flag of an account, or of its number of one limit, as
 * relays tell each other. Of two about the same thing the newer one holds everywhere, whoever heard
 * of which first; that something was cleared, or is over, is a ruling as well, so an older one does
 * not bring it back.
 *
 *      stamp relay kind login name count since until actor reason
 *
 * is its text: ten words with one blank between them, which may be empty. Letters, digits and
 * @._+- stand for themselves, other bytes are %XX; numbers are decimal. kind: flag, limit (a number
 * for good), raise (one for a time). until is 0 when it is cleared.
 *
 * Stamps are microseconds of a clock that all relays know, and later than each that the relay had
 * seen; of two with the same stamp the name of the relay decides. Pure.
 */
#ifndef TD_GATE_RULING_H
#define TD_GATE_RULING_H

#include "base/buf.h"
#include "model/account_flag.h"
#include "model/limit_override.h"

enum {
    RULING_RELAY_MAX = 255, /* bytes */
    RULING_TEXT_MAX = 8192, /* of a text; no ruling within its bounds is longer */
};

/* A script counts in doubles, which are exact so far. */
#define RULING_STAMP_MAX (INT64_C(1) << 52)

/* What is over is remembered for so long: a relay that heard nothing for longer may bring back what
 * it still has. */
#define RULING_REMEMBERED_US (INT64_C(90) * 24 * 3600 * 1000000)

enum ruling_kind { RULING_FLAG, RULING_LIMIT, RULING_RAISE };

/* Texts are borrowed, or those of ruling_new. Bounds as in account_flag.h and limit_override.h. */
struct ruling {
    enum ruling_kind kind;
    uint32_t count; /* of a number */
    int64_t stamp;  /* 1 to RULING_STAMP_MAX */
    int64_t since_us, until_us;
    struct slice relay; /* on which it was decided; never empty */
    struct slice login; /* in its one form; never empty */
    struct slice name;  /* word of the flag, or name of the limit; never empty */
    struct slice actor, reason;
};

static inline bool ruling_clears(const struct ruling *ruling)
{
    return ruling->until_us <= ruling->since_us;
}

/* Its end, or when it was cleared; INT64_MAX: it holds until something newer comes. */
int64_t ruling_over_us(const struct ruling *ruling);

/* Below 0: a is the older one; 0: they are the same. */
int ruling_compare(const struct ruling *a, const struct ruling *b);

/* Of one that is made by what was decided alone, so that each relay that makes it makes the same:
 * later than both. */
int64_t ruling_next_stamp(int64_t a, int64_t b);

/* Appends what it is about: the same text for two that are about the same. */
void ruling_key(const struct ruling *ruling, struct buf *to);

/* Appends its text. */
void ruling_format(const struct ruling *ruling, struct buf *to);

/* Whole of the text. False: it is none, or out of bounds; *out untouched. Its texts are in space,
 * which is emptied before. */
bool ruling_parse(struct slice text, struct buf *space, struct ruling *out);

/* With texts of its own, one block: mem_free. */
struct ruling *ruling_new(const struct ruling *ruling) __attribute__((returns_nonnull));

/* From and to what it is about; texts are borrowed. A ruling that was parsed of kind RULING_FLAG
 * has a word of a flag. */
struct ruling ruling_of_flag(const struct account_flag *flag);
struct account_flag ruling_flag(const struct ruling *ruling);
struct ruling ruling_of_override(const struct limit_override *one);
struct limit_override ruling_override(const struct ruling *ruling);

#endif
