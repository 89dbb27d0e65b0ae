/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever stands in a table of routes, what is over goes out of it: what stays was there, and
 * stays when it is looked at again.
 */
#include "respond/route_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct row_set rows = {0}, left = {0}, again = {0};
    struct slice rest = slice_of((const char *)data, size);
    size_t count;
    while (rest.len > 0) { /* `key=value`, one a line */
        struct slice value = slice_cut(&rest, '\n');
        struct slice key = slice_cut(&value, '=');
        row_set_add(&rows, key, value.ptr != NULL ? value : SLICE(""));
    }
    row_set_sort(&rows);
    size_t over = route_map_expire(&rows, NOW, &left);
    ASSERT(over <= rows.count && left.count + over <= rows.count);
    for (size_t i = 0; i < left.count; i++) {
        const struct row *row = row_set_find(&rows, left.rows[i].key);
        ASSERT(row != NULL && slice_eq(row->value, left.rows[i].value));
    }
    ASSERT(route_map_expire(&left, NOW, &again) == 0);
    ASSERT(row_set_changes(&left, &again, &count) == NULL);
    row_set_done(&rows);
    row_set_done(&left);
    row_set_done(&again);
    return 0;
}
