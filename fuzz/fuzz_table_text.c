/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever stands in a text of postmap or postalias: rows have a key and a value within their
 * bounds, lines rise, and the list on the right of each ends. The first byte is the form.
 */
#include "base/memory.h"
#include "mail/address_list.h"
#include "mail/table_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(struct slice value)
{
    CLEANUP_BUF struct buf scratch = {0};
    struct address_item item;
    struct slice rest = value;
    for (size_t count = 0; address_list_next(&rest, &scratch, &item); count++) {
        ASSERT(count <= value.len);
        ASSERT((item.kind == ADDRESS_MAIL) == (item.text.len > 0));
        ASSERT(item.text.len <= value.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    struct table_text reader = {
        .rest = slice_skip(text, 1),
        .form = size > 0 && data[0] == 'a' ? TABLE_OF_ALIASES : TABLE_OF_KEYS,
    };
    struct table_row row;
    size_t line = 0;
    while (table_text_next(&reader, &row)) {
        ASSERT(row.line > line);
        line = row.line;
        ASSERT(row.fault != NULL || (row.key.len > 0 && row.key.len <= TABLE_KEY_MAX));
        ASSERT(row.fault != NULL || (row.value.len > 0 && row.value.len <= TABLE_VALUE_MAX));
        ASSERT(slice_find_char(row.key, '\0') == NULL && slice_find_char(row.value, '\n') == NULL);
        check_list(row.value);
    }
    table_text_done(&reader);
    return 0;
}
