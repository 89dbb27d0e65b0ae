/* SPDX-License-Identifier: Apache-2.0
 *
 * What strangers write into Host and Authorization.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/http_guard.h"

#define TOKEN "a-token-of-20-bytes!"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_host(struct slice text)
{
    static const char *const names[] = {"mail.example.jp"};
    bool without = http_guard_host(text, NULL, 0), with = http_guard_host(text, names, 1);
    ASSERT(with || !without); /* a name more never shuts out */
    if (with && !without)
        ASSERT(slice_istarts_with(text, SLICE("mail.example.jp")));
}

static void check_authorization(struct slice text)
{
    struct slice token = SLICE(TOKEN);
    bool may = http_guard_may_write(HTTP_WRITE_WITH_TOKEN, text, token);
    ASSERT(!may || slice_find(text, token) != NULL);
    ASSERT(!http_guard_may_write(HTTP_WRITE_NEVER, text, token));
    ASSERT(!http_guard_may_write(HTTP_WRITE_WITH_TOKEN, text, (struct slice){0}));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    check_host(text);
    check_authorization(text);
    return 0;
}
