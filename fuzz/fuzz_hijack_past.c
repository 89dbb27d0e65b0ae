/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the past of accounts: what is taken is written and read back the same and bears
 * further mail, what is refused leaves no trace.
 */
#include "base/memory.h"
#include "watch/hijack_past.h"

#define NOW_US INT64_C(2000000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *data, const struct incident *incident)
{
    (void)data, (void)incident;
}

/* A hundred mails of each of the first accounts. */
static void send(struct hijack *hijack)
{
    uint32_t count = hijack_count(hijack);
    for (uint32_t number = 1; number <= count && number < 10; number++) {
        int64_t forgiven_us;
        const struct hijack_account *account = hijack_get(hijack, number, &forgiven_us);
        char text[HIJACK_LOGIN_MAX];
        memcpy(text, account->login, account->login_len);
        struct slice login = slice_of(text, account->login_len);
        struct hijack_mail mail = {.origin = HIJACK_BY_POLICY, .recipients = 1, .size = 1000};
        for (int i = 0; i < 100; i++) {
            hijack_take_client(hijack, login, SLICE("192.0.2.7"), 1, NOW_US + i);
            hijack_take_mail(hijack, login, &mail, NOW_US + i * INT64_C(300000000));
        }
    }
    hijack_tell(hijack, NOW_US + INT64_C(86400000000), ignore, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hijack *first = hijack_new(&hijack_rule_default);
    struct hijack *second = hijack_new(&hijack_rule_default);
    CLEANUP_BUF struct buf once = {0}, CLEANUP_BUF again = {0};
    struct err err = {0};
    struct slice bytes = slice_of((const char *)data, size);
    if (hijack_past_read(bytes, NOW_US, first, &err)) {
        hijack_past_write(first, &once);
        if (once.len > 0)
            ASSERT(hijack_past_read(buf_slice(&once), NOW_US, second, &err));
        hijack_past_write(second, &again);
        ASSERT(slice_eq(buf_slice(&once), buf_slice(&again)));
        hijack_caught_up(first);
        send(first);
    } else {
        ASSERT(err.code == ERR_INPUT && hijack_count(first) == 0);
        ASSERT(hijack_newest(first) == 0);
    }
    hijack_free(first);
    hijack_free(second);
    return 0;
}
