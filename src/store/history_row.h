/* SPDX-License-Identifier: Apache-2.0
 *
 * One row of the history: a delivery (an attempt, or the final word on one recipient) or a message
 * (written when it has ended). A value type; its texts are borrowed and may be any bytes.
 */
#ifndef TD_STORE_HISTORY_ROW_H
#define TD_STORE_HISTORY_ROW_H

#include "base/slice.h"

/* X(NAME, bytes kept at most) What is longer is clipped, and the row says so. The order is on disk:
 * new ones go to the end. */
#define HISTORY_TEXTS(X) \
    X(RELAY, 255)   /* our host */ \
    X(INSTANCE, 64) /* of Postfix there */ \
    X(QUEUE_ID, 64) \
    X(MESSAGE_ID, 998) /* without <> */ \
    X(SOURCE, 128)     /* egress identity */ \
    X(PROVIDER, 128)   /* mailbox provider */ \
    X(SENDER, 512)     /* envelope sender; empty: the null sender, or not known */ \
    X(LOGIN, 512) \
    X(CLIENT_NAME, 255) /* who brought the message */ \
    X(CLIENT_IP, 64) \
    X(RECIPIENT, 512) \
    X(ORIG_RECIPIENT, 512) /* when it differs */ \
    X(REMOTE_HOST, 255)    /* server spoken to */ \
    X(REMOTE_IP, 128)      /* or socket path */ \
    X(CLASS, 32)           /* word of the reply class */ \
    X(DSN, 16) \
    X(REPLY, 1000) /* reason as logged */ \
    X(AGENT, 32)   /* who delivered; empty: smtp, or not known */

enum history_text {
#define X(name, max) HISTORY_##name,
    HISTORY_TEXTS(X)
#undef X
};

#define X(name, max) +1
enum { HISTORY_TEXT_COUNT = HISTORY_TEXTS(X) };
#undef X

enum history_row_kind {
    HISTORY_DELIVERY,
    HISTORY_MESSAGE,
};

/* On disk: these numbers stay. */
enum history_status {
    HISTORY_SENT = 0,
    HISTORY_DEFERRED = 1,
    HISTORY_BOUNCED = 2,
    HISTORY_EXPIRED = 3,
    HISTORY_OTHER = 4,     /* of a message; of a delivery of old: one of the next two */
    HISTORY_DISCARDED = 5, /* ended by an order: a rule, postsuper -d */
    HISTORY_LOST = 6,      /* the log had no final word */
};

struct history_row {
    enum history_row_kind kind;
    enum history_status status; /* of a delivery */
    int64_t time_us;            /* of the delivery record; of the message's end */
    int64_t begin_us;           /* when its message began; 0: not known */
    struct slice text[HISTORY_TEXT_COUNT];
    bool is_final;         /* nothing follows for this recipient */
    bool is_attempt;       /* counts as one: no re-injection, probe or repeated cause */
    bool clipped;          /* a text was longer than its bound */
    uint32_t attempt;      /* number of the try for this recipient, from 1; 0: never tried */
    uint32_t delay_ms;     /* since the message was taken */
    uint32_t delays_ms[4]; /* before qmgr, in qmgr, connecting, transmitting */
    uint64_t size;         /* of a message: bytes */
    uint32_t recipients;   /* of a message */
};

/* `text`, or as much as is kept of it. */
struct slice history_row_clip(enum history_text field, struct slice text);

/* By which a row can be found. On disk: these numbers stay. */
enum history_key {
    HISTORY_KEY_RECIPIENT = 0, /* recipient or original recipient; `@example.org`: any there */
    HISTORY_KEY_SENDER = 1,    /* envelope sender or login */
    HISTORY_KEY_QUEUE_ID = 2,
    HISTORY_KEY_MESSAGE_ID = 3, /* without <> */
};
#define HISTORY_KEYS 4

/* Whether a row is about `text`. ASCII case does not matter (for queue ids: when they are
 * hexadecimal), nor how a local part is quoted. */
bool history_row_matches(const struct history_row *row, enum history_key key, struct slice text);

/* The hash under which the row of such a text is filed; stable: it is on disk. */
uint32_t history_key_hash(enum history_key key, struct slice text);

#define HISTORY_ROW_KEYS_MAX 7

struct history_row_key {
    enum history_key key;
    uint32_t hash;
};

/* All that one row is filed under; returns how many. `skip`: bits 1 << enum history_text of fields
 * that need none, because the row before had the same. */
size_t history_row_keys(const struct history_row *row, uint32_t skip,
                        struct history_row_key to[HISTORY_ROW_KEYS_MAX]);

#endif
