/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices to format, friendly and hostile, and what every format of them must hold to.
 */
#ifndef TD_TESTS_RESPOND_NOTIFIER_FIXTURE_H
#define TD_TESTS_RESPOND_NOTIFIER_FIXTURE_H

#include <jansson.h>

#include "respond/notifier.h"

#define T0 INT64_C(1772438462000000) /* 2026-03-02T08:01:02Z */
#define SECOND INT64_C(1000000)

/* A block of relay1/out-a at docomo, 3604 of 3720, with evidence. */
struct incident fixture_block(void);

/* A surge of shop10.example with two suspects, the second without a past. */
struct incident fixture_surge(void);

/* The block with every text full of what could hurt: markup, mentions, line breaks, escapes, bytes
 * that are not UTF-8, and long. */
struct incident fixture_hostile(void);

/* A decision about the mail of an incident, o12: by out-b instead of by default; of one at a time.
 */
const struct audit_entry *fixture_route(const struct incident *first, enum audit_action action);

/* A notice about `count` incidents (items: room for them), the first one as given. */
struct notice fixture_notice(enum notice_transition transition, const struct incident *first,
                             struct notice_item *items, size_t count);

/* Settings of a type with everything set; English, UTC+9. */
struct notifier_settings fixture_settings(enum notifier_type type);

/* The body as JSON, which it must be; the caller drops it. */
json_t *fixture_body(const struct outgoing *outgoing);

/* The value at a path of keys and indices: "blocks.0.text.text"; fails when it is not there. */
const json_t *fixture_at(const json_t *value, const char *path);
const char *fixture_text(const json_t *value, const char *path);

/* The value of a header, or NULL. */
const char *fixture_header(const struct outgoing *outgoing, const char *name);

#endif
