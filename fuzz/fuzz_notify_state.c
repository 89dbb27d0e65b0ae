/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of a notifier's queue and the answers of its receiver, whatever the bytes: the state is
 * refused or whole and its notices can be sent in every form; an answer is judged with a reason
 * that is safe to print.
 */
#include "base/memory.h"
#include "respond/notifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1772438400000000)

static void check_text(const char *text, size_t max)
{
    ASSERT(strlen(text) <= max);
    for (; *text; text++)
        ASSERT((unsigned char)*text >= ' ' && (unsigned char)*text < 0x7f);
}

static struct notifier_settings settings_of(enum notifier_type type, enum language language)
{
    return (struct notifier_settings){
        .type = type,
        .message = {.language = language, .runbooks = SLICE("https://todoku.example")},
        .url = SLICE("https://hooks.example/"),
        .token = SLICE("token"),
        .secret = SLICE("secret"),
        .from = SLICE("todoku@example.jp"),
        .to_count = 1,
        .to = {SLICE("ops@example.jp")},
        .command_count = 1,
        .command = {SLICE("/bin/true")},
        .hold_us = 1};
}

static void check_answer(struct slice bytes)
{
    for (int status = 200; status <= 503; status += 101) {
        for (int type = NOTIFIER_SLACK; type <= NOTIFIER_COMMAND; type++) {
            char thread[NOTIFY_THREAD_MAX + 1];
            struct notifier_settings settings = settings_of((enum notifier_type)type, LANGUAGE_EN);
            struct notifier_answer answer = {.reached = true,
                                             .status = status,
                                             .body = bytes,
                                             .retry_after_s = (int64_t)bytes.len};
            struct notify_result result = notifier_judge(&settings, &answer, thread);
            check_text(result.reason, NOTIFY_REASON_MAX);
            ASSERT(strlen(thread) <= NOTIFY_THREAD_MAX);
            ASSERT(result.retry_after_us >= 0 && result.retry_after_us <= INT64_C(3600000000));
        }
    }
}

static void send_all(const struct notice *notice)
{
    for (int type = NOTIFIER_SLACK; type <= NOTIFIER_COMMAND; type++) {
        struct notifier_settings settings = settings_of((enum notifier_type)type, LANGUAGE_JA);
        struct outgoing *outgoing = notifier_format(&settings, notice, SLICE("1.2"), NOW);
        ASSERT(outgoing->body.len > 0);
        for (size_t i = 0; i < outgoing->body.len; i++)
            ASSERT((unsigned char)outgoing->body.ptr[i] < 0x80);
        outgoing_free(outgoing);
    }
}

static void check_queue(struct slice bytes)
{
    const struct notify_queue_settings usual = NOTIFY_QUEUE_SETTINGS;
    struct notify_queue *queue = notify_queue_new(&usual, 1);
    if (notify_queue_load(queue, bytes, NOW, NULL)) {
        const struct notice *notice;
        uint64_t number;
        CLEANUP_BUF struct buf saved = {0};
        for (int i = 0; i < 20 && (notice = notify_queue_take_due(queue, NOW, &number)); i++) {
            struct notify_result result = {.outcome = (enum notify_outcome)(i % 3)};
            send_all(notice);
            notify_queue_tell_result(queue, number, NOW, &result, "1.2");
        }
        notify_queue_save(queue, &saved);
        struct notify_queue *again = notify_queue_new(&usual, 1);
        ASSERT(notify_queue_load(again, buf_slice(&saved), NOW, NULL));
        notify_queue_free(again);
    }
    notify_queue_free(queue);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of((const char *)data, size);
    check_queue(bytes);
    check_answer(bytes);
    return 0;
}
