/* SPDX-License-Identifier: Apache-2.0
 *
 * Which server a table of mailboxes names: by its name, or as transport_maps of Postfix have it.
 *
 *      mb07, mb07:24             mb07
 *      lmtp:[mb07]               mb07          relay:[mb07]:24     mb07, port 24
 *      lmtp:inet:mb07:24         mb07          lmtp:[192.0.2.7]    192.0.2.7
 *      lmtp:[IPv6:2001:db8::7]   2001:db8::7   lmtp:unix:/run/lmtp unix:/run/lmtp
 *      virtual:                  nothing: the transport says it, and no server
 *      error:..., discard:...    no mailbox at all (retry: too)
 *
 * Peers: transport(5), smtp(8), lmtp(8). Pure.
 */
#ifndef TD_MAIL_TRANSPORT_VALUE_H
#define TD_MAIL_TRANSPORT_VALUE_H

#include <stdbool.h>

#include "base/slice.h"

enum transport_kind {
    TRANSPORT_SERVER, /* host is one */
    TRANSPORT_NONE,   /* no server is named */
    TRANSPORT_NOBODY, /* mail is refused, or thrown away */
};

/* Slices of the value. */
struct transport_value {
    enum transport_kind kind;
    struct slice host; /* without brackets and port; of unix: with the word */
    struct slice port; /* empty: not said */
};

/* Never fails: what is of no such form is a name. */
struct transport_value transport_value_parse(struct slice value);

#endif
