/* SPDX-License-Identifier: Apache-2.0
 *
 * Help with getting off a block: the text for the form of a provider or blocklist, filled with what
 * is known, and where to send it. A person reads it, adds what is missing and sends it; todoku
 * sends nothing by itself. Local parts of mail addresses in quoted replies are left out: whoever
 * runs the form need not know our customers.
 */
#ifndef TD_RESPOND_DELIST_H
#define TD_RESPOND_DELIST_H

#include "mail/provider.h"
#include "model/fleet.h"
#include "model/incident.h"
#include "model/language.h"
#include "respond/route_evidence.h"

#define DELIST_REPLY_MAX 1000 /* bytes of a quoted reply */
#define DELIST_PLACES_MAX 4

/* What goes in; what is empty, 0 or NULL is left out of the text. Borrowed for the call. */
struct delist_facts {
    const struct incident *incident;   /* of the block: times, counts, replies, list, link */
    const struct provider *provider;   /* NULL: in no table, the incident's name stands for it */
    const struct fleet_source *source; /* address and HELO name; NULL: not in the fleet */
    struct slice ptr;                  /* reverse name of the address */
    struct slice list_page;            /* of the list that the incident names */
    struct slice contact;              /* who answers for the mail: name, mail address */
    struct route_volume volume;        /* of the path, before the block */
    int64_t moved_us;                  /* since when no mail leaves by this source; 0: it does */
    const struct slice *mended;        /* what was found and mended, a sentence each */
    size_t mended_count;
};

enum delist_place_kind {
    DELIST_LIST,     /* the blocklist's page: first, the provider only asks it */
    DELIST_PROVIDER, /* the provider's page for it */
    DELIST_REPLY,    /* a link in the reply; the words of a stranger */
    DELIST_POSTMASTER,
};

/* Where to send it, the best first. */
struct delist_place {
    enum delist_place_kind kind;
    struct slice url; /* of the facts; http, https or mailto */
};

struct delist_text {
    struct buf subject, body; /* valid UTF-8; no control bytes but the body's newlines */
    struct delist_place places[DELIST_PLACES_MAX];
    size_t place_count; /* 0: no page is known, write to postmaster@ of the provider's domain */
};

/* *out is {0} before; free with delist_text_done. */
void delist_text_make(const struct delist_facts *facts, enum language language,
                      struct delist_text *out);
void delist_text_done(struct delist_text *text);

/* "the blocklist's own page" */
const char *delist_place_title(enum delist_place_kind kind, enum language language);

#endif
