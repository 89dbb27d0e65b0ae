/* SPDX-License-Identifier: Apache-2.0
 *
 * A signed POST. The signature covers the time of sending, so that a receiver can refuse what is
 * old: HMAC-SHA-256 of `TIMESTAMP.BODY`, TIMESTAMP as in X-Todoku-Timestamp (seconds since 1970),
 * BODY byte by byte. A second try has the same Idempotency-Key and a new timestamp.
 */
#include "respond/notifier_formats.h"

#include <inttypes.h>

#include "base/civil.h"
#include "io/hmac.h"

static void add_signature(const struct notifier_job *job, struct outgoing *to)
{
    char hex[HMAC_SHA256_HEX + 1];
    CLEANUP_BUF struct buf text = {0}, signature = {0};
    buf_addf(&text, "%" PRId64, job->now_us / US_PER_SECOND);
    outgoing_header(to, "X-Todoku-Timestamp", buf_slice(&text));
    buf_add_char(&text, '.');
    buf_add(&text, to->body);
    hmac_sha256_hex(job->settings->secret, buf_slice(&text), hex);
    buf_addf(&signature, "sha256=%s", hex);
    outgoing_header(to, "X-Todoku-Signature", buf_slice(&signature));
}

void notifier_webhook(const struct notifier_job *job, struct outgoing *to)
{
    CLEANUP_BUF struct buf key = {0};
    notice_key(job->notice, &key);
    outgoing_url(to, job->settings->url, "");
    notifier_json_body(to, notifier_document(job));
    outgoing_header(to, "Idempotency-Key", buf_slice(&key));
    if (job->settings->secret.len > 0)
        add_signature(job, to);
}
