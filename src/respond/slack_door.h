/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may speak as Slack: requests whose signature was made with a signing secret of ours, not long
 * ago, and each of them once. https://api.slack.com/authentication/verifying-requests-from-slack
 *
 * Remembers what it let in for as long as that could be shown again; of SLACK_DOOR_MAX and more the
 * oldest makes room, and what is as old as that is refused from then on. The same holds for what
 * was signed before the door was made: nobody knows any more what was taken then. Pure; one thread
 * at a time.
 */
#ifndef TD_RESPOND_SLACK_DOOR_H
#define TD_RESPOND_SLACK_DOOR_H

#include "base/slice.h"

#define SLACK_DOOR_MAX 1024
#define SLACK_DOOR_AGE_S 300 /* a stamp may be off by so much, either way */

#define SLACK_STAMP_HEADER "X-Slack-Request-Timestamp"
#define SLACK_SIGNATURE_HEADER "X-Slack-Signature"

struct slack_request {
    struct slice stamp;     /* header: seconds since 1970 */
    struct slice signature; /* header: "v0=" and the HMAC-SHA-256 of "v0:STAMP:BODY" in hex */
    struct slice body;
};

#define SLACK_VERDICTS(X) \
    X(TAKEN, "taken") \
    X(UNSIGNED, "unsigned") /* a header is missing, or is not of its form */ \
    X(STALE, "stale")       /* signed too long ago, in the future, or before the start */ \
    X(FORGED, "forged")     /* by none of the secrets */ \
    X(REPLAYED, "replayed") /* was taken before */

enum slack_verdict {
#define X(name, word) SLACK_VERDICT_##name,
    SLACK_VERDICTS(X)
#undef X
};

const char *slack_verdict_word(enum slack_verdict verdict);

struct slack_door;

struct slack_door *slack_door_new(int64_t now_us) __attribute__((returns_nonnull));
void slack_door_free(struct slack_door *door);

/* secrets: `count` of them, none empty. TAKEN: *which is that of the secret, and the same request
 * is not taken again. */
enum slack_verdict slack_door_judge(struct slack_door *door, const struct slack_request *request,
                                    const struct slice *secrets, size_t count, int64_t now_us,
                                    size_t *which);

#endif
