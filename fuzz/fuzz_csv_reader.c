/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever stands in a file of comma-separated values: records within their bounds, with lines that
 * go on, or none.
 */
#include "base/memory.h"
#include "io/csv_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(FILE *file, size_t size)
{
    struct csv_reader *reader = csv_reader_new(file);
    struct csv_record record;
    struct err err = {0};
    enum csv_step step;
    size_t line = 0;
    while ((step = csv_reader_next(reader, &record, &err)) == CSV_RECORD) {
        size_t bytes = 0;
        ASSERT(record.count > 0 && record.count <= CSV_FIELDS_MAX && record.line > line);
        for (size_t i = 0; i < record.count; i++) {
            ASSERT(slice_find_char(record.fields[i], '\0') == NULL);
            bytes += record.fields[i].len;
        }
        ASSERT(bytes <= size && bytes <= CSV_RECORD_MAX);
        line = record.line;
    }
    ASSERT(step == CSV_END || err.code != ERR_NONE);
    csv_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *file = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
    if (file == NULL)
        return 0;
    read_all(file, size);
    (void)fclose(file);
    return 0;
}
