/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_shared.h.
 */
#include "app/daemon_shared.h"

#include <limits.h>
#include <unistd.h>

#include "io/clock.h"

void daemon_shared_done(struct daemon_shared *shared)
{
    buf_done(&shared->wanted);
}

static bool is_shared(const struct settings_store *store, struct redis_address *out)
{
    return redis_address_parse(slice_from_str(store->state), out);
}

void daemon_shared_key(const struct settings_store *store, struct buf *to)
{
    const struct settings_redis *redis = &store->redis;
    const char *texts[] = {store->state, redis->user, redis->password, redis->prefix, redis->relay};
    struct redis_address address;
    if (!is_shared(store, &address))
        return;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        buf_add(to, slice_from_str(texts[i]));
        buf_add_char(to, '\n');
    }
    buf_addf(to, "%u %u", redis->deadline_ms, redis->relays);
}

bool daemon_shared_want(struct daemon_shared *shared, const struct settings_store *store)
{
    CLEANUP_BUF struct buf now = {0};
    daemon_shared_key(store, &now);
    if (slice_eq(buf_slice(&now), buf_slice(&shared->wanted)))
        return false;
    buf_clear(&shared->wanted);
    buf_add(&shared->wanted, buf_slice(&now));
    shared->told = false;
    return true;
}

static void put(const char *text, char to[REDIS_WORD_MAX + 1])
{
    struct slice bytes = slice_first(slice_from_str(text), REDIS_WORD_MAX);
    if (bytes.len == 0)
        return;
    memcpy(to, bytes.ptr, bytes.len);
    to[bytes.len] = '\0';
}

void daemon_shared_relay(const struct settings_store *store, struct buf *to)
{
    char host[HOST_NAME_MAX + 1] = "relay";
    (void)gethostname(host, sizeof(host) - 1);
    buf_add_str(to, store != NULL && store->redis.relay != NULL ? store->redis.relay : host);
}

bool daemon_shared_address(const struct settings_store *store, struct redis_address *out,
                           struct buf *prefix)
{
    const struct settings_redis *redis = &store->redis;
    if (!is_shared(store, out))
        return false;
    put(redis->user, out->user);
    put(redis->password, out->password);
    buf_addf(prefix, "%s:", redis->prefix);
    return true;
}

struct policy_shared *daemon_shared_make(const struct settings_store *store)
{
    CLEANUP_BUF struct buf prefix = {0}, relay = {0};
    const struct settings_redis *redis = &store->redis;
    struct policy_shared_options options = {
        .id = (uint64_t)clock_now_us() << 20 ^ (uint64_t)getpid(),
        .relays = redis->relays,
        .deadline_us = (int64_t)redis->deadline_ms * 1000,
    };
    if (!daemon_shared_address(store, &options.address, &prefix))
        return NULL;
    daemon_shared_relay(store, &relay);
    options.prefix = buf_slice(&prefix);
    options.relay = buf_slice(&relay);
    return policy_shared_new(&options);
}

void daemon_shared_leave(struct daemon_shared *shared, struct own_log *log,
                         struct policy_shared *of)
{
    struct policy_shared_counts now;
    policy_shared_counts(of, &now);
    shared->gone += now.owed + now.lost - shared->last.lost;
    shared->last = (struct policy_shared_counts){0};
    if (now.owed > 0)
        OWN_LOG(log, OWN_LOG_WARNING, "policy_owed_lost", log_number("owed", (int64_t)now.owed));
}

static void tell(struct daemon_shared *shared, struct own_log *log,
                 const struct policy_shared_counts *now)
{
    bool first = !shared->told && now->up;
    if (now->fault.code == ERR_NONE && !now->up)
        return; /* it has hardly begun */
    if (!first && shared->told && now->up == shared->up)
        return;
    shared->told = true;
    shared->up = now->up;
    if (now->up)
        OWN_LOG(log, OWN_LOG_INFO, "policy_shares", log_number("relays", now->relays),
                log_number("owed", (int64_t)now->owed));
    else
        OWN_LOG(log, OWN_LOG_WARNING, "policy_alone", log_str("reason", now->fault.text),
                log_number("relays", now->relays));
}

void daemon_shared_show(struct daemon_shared *shared, struct own_log *log,
                        struct daemon_metrics *metrics, struct policy_shared *of)
{
    struct policy_shared_counts now;
    const struct policy_shared_counts *before = &shared->last;
    policy_shared_counts(of, &now);
    if (now.wanted)
        tell(shared, log, &now);
    daemon_metrics_add(metrics, DAEMON_METRIC_SHARED_ASKED, NULL,
                       (int64_t)(now.asked - before->asked));
    daemon_metrics_add(metrics, DAEMON_METRIC_SHARED_ALONE, NULL,
                       (int64_t)(now.alone - before->alone));
    struct slice label = SLICE("limit_owed");
    uint64_t lost = shared->gone + now.lost - before->lost;
    if (lost > 0)
        daemon_metrics_add(metrics, DAEMON_METRIC_LEFT_OUT, &label, (int64_t)lost);
    shared->gone = 0;
    daemon_metrics_set(metrics, DAEMON_METRIC_SHARED_OWED, NULL, (int64_t)now.owed);
    daemon_metrics_set(metrics, DAEMON_METRIC_SHARED_RELAYS, NULL, now.relays);
    daemon_metrics_set(metrics, DAEMON_METRIC_SHARED_TROUBLE, NULL, now.wanted && !now.up);
    shared->last = now;
}
