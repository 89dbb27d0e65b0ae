/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of the notifiers and the answers of their receivers, whatever the bytes: what is read
 * of a state can be sent in every form and saved again; an answer is judged with a reason
 * that is safe to print.
 */
#include "base/memory.h"
#include "respond/notify_desk.h"

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

static void check_outgoing(const struct outgoing *outgoing)
{
    ASSERT((outgoing->url != NULL) != (outgoing->arg_count > 0));
    ASSERT(outgoing->body.len > 0);
    for (size_t i = 0; i < outgoing->body.len; i++)
        ASSERT((unsigned char)outgoing->body.ptr[i] < 0x80);
}

/* A notifier of each type, named as in the corpus: each reads the state of its name. */
static struct notify_desk *new_desk(void)
{
    static const char *const names[] = {"n0", "n1", "n2", "n3", "n4", "n5"};
    const struct notify_queue_settings usual = NOTIFY_QUEUE_SETTINGS;
    struct notifier_settings all[6];
    for (int i = 0; i < 6; i++) {
        all[i] = settings_of((enum notifier_type)i, i % 2 ? LANGUAGE_JA : LANGUAGE_EN);
        all[i].name = slice_from_str(names[i]);
    }
    struct notify_desk *desk = notify_desk_new(&usual, 1);
    notify_desk_configure(desk, all, 6);
    return desk;
}

static void check_state(struct slice bytes)
{
    struct notify_desk *desk = new_desk(), *again = new_desk();
    struct notify_try try;
    struct outgoing *outgoing;
    CLEANUP_BUF struct buf saved = {0};
    notify_desk_load(desk, bytes, NOW, NULL);
    for (int i = 0; i < 40 && (outgoing = notify_desk_take_due(desk, NOW, &try)); i++) {
        struct notifier_answer answer = {.reached = i % 5 != 0, .status = 200 + i % 3 * 150};
        check_outgoing(outgoing);
        outgoing_free(outgoing);
        notify_desk_tell_answer(desk, &try, NOW, &answer);
    }
    notify_desk_save(desk, &saved);
    ASSERT(notify_desk_load(again, buf_slice(&saved), NOW, NULL));
    notify_desk_free(desk);
    notify_desk_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of((const char *)data, size);
    check_state(bytes);
    check_answer(bytes);
    return 0;
}
