/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever a name server says: an answer has what its result promises, names are names of hosts,
 * and there are not too many. The first byte chooses the type.
 */
#include "io/dns_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const struct dns_record *record, enum dns_type type)
{
    if (type == DNS_A || type == DNS_AAAA)
        ASSERT(record->ip.len == 4 || (type == DNS_AAAA && record->ip.len == 16));
    else if (type == DNS_TXT)
        ASSERT(record->text.ptr != NULL && record->text.len <= UINT16_MAX);
    else
        ASSERT(record->name.len == 0 || slice_eq(record->name, SLICE(".")) ||
               host_name_is_valid(record->name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum dns_type types[] = {DNS_A, DNS_PTR, DNS_MX, DNS_AAAA, DNS_TXT};
    enum dns_type type = types[size > 0 ? data[0] % 5 : 0];
    struct arena *arena = arena_new(4096);
    struct dns_answer answer;
    size_t skip = size > 0;
    dns_answer_read(slice_of((const char *)data + skip, size - skip), type, arena, &answer);
    ASSERT((answer.result == DNS_FOUND) == (answer.count > 0));
    ASSERT((answer.why != NULL) == (answer.result >= DNS_FAILED));
    ASSERT(answer.count <= DNS_RECORDS_MAX && (!answer.cut || answer.count == DNS_RECORDS_MAX));
    for (size_t i = 0; i < answer.count; i++)
        check_record(&answer.records[i], type);
    arena_free(arena);
    return 0;
}
