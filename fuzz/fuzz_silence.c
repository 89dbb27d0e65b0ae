/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as what somebody wishes of the API: refused with a reason, or a silence that has an
 * end, hides nothing by accident, is shown in our own form, and comes through a restart unchanged.
 */
#include <stddef.h>
#include <stdint.h>

#include "app/silence_answer.h"
#include "app/silence_text.h"
#include "base/memory.h"
#include "model/json_value.h"
#include "respond/silence_json.h"

#define NOW INT64_C(1772438400000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_shown(const struct silence *silence)
{
    static const struct text_style style = {80, true, false, false};
    CLEANUP_BUF struct buf text = {0};
    struct silence_answer answer;
    json_t *shown = silence_json(silence, NOW);
    ASSERT(silence_answer_read(shown, &answer));
    silence_text_list(&style, &answer, 1, NOW, &text);
    for (size_t i = 0; i < text.len; i++)
        ASSERT((unsigned char)text.ptr[i] >= ' ' || text.ptr[i] == '\n');
    json_decref(shown);
}

static void check_state(const struct silence_list *list)
{
    struct silence_list *again = silence_list_new();
    json_t *once = silence_list_json(list);
    ASSERT(silence_list_read(again, once));
    json_t *twice = silence_list_json(again);
    ASSERT(json_equal(once, twice));
    json_decref(once);
    json_decref(twice);
    silence_list_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct silence_list *list = silence_list_new();
    struct silence wish;
    struct err err = {0};
    json_t *value = json_field_parse(slice_of((const char *)data, size), 65536);
    bool all = json_is_true(json_object_get(value, "all"));
    if (!silence_wish_read(value, NOW, &wish, &err)) {
        ASSERT(err.code == ERR_USAGE && err.text[0] != '\0');
    } else if (silence_add(list, &wish, NOW, &err) != NULL) {
        const struct silence *kept = silence_at(list, 0);
        ASSERT(kept->from_us >= NOW && kept->until_us > kept->from_us);
        ASSERT(kept->until_us - NOW <= SILENCE_LONGEST_US);
        ASSERT(silence_is_narrow(kept) != all);
        check_shown(kept);
        check_state(list);
    }
    json_decref(value);
    silence_list_free(list);
    return 0;
}
