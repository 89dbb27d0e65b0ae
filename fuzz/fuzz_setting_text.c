/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a duration, size, number, share, rate, address, network, endpoint and part of the
 * day. What is one is printed as a text that means the same, and is printed as itself.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/byte_size.h"
#include "base/day_span.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/endpoint.h"
#include "base/ip_address.h"
#include "base/memory.h"
#include "base/rate.h"
#include "base/spelling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* check_NAME(text): parse -> value; print; parse; print: the same text. */
#define CHECK(name, type, parse, print) \
    static void check_##name(struct slice text) \
    { \
        CLEANUP_BUF struct buf once = {0}, twice = {0}; \
        type value; \
        if (!parse(text, &value)) \
            return; \
        print(&value, &once); \
        ASSERT(parse(buf_slice(&once), &value)); \
        print(&value, &twice); \
        ASSERT(slice_eq(buf_slice(&once), buf_slice(&twice))); \
    }

#define BY_VALUE(name, type) \
    static void print_##name(const type *value, struct buf *to) \
    { \
        name##_format(*value, to); \
    }

BY_VALUE(duration, int64_t)
BY_VALUE(byte_size, uint64_t)
BY_VALUE(decimal, double)
BY_VALUE(percent, double)
CHECK(duration, int64_t, duration_parse, print_duration)
CHECK(byte_size, uint64_t, byte_size_parse, print_byte_size)
CHECK(decimal, double, decimal_parse, print_decimal)
CHECK(percent, double, percent_parse, print_percent)
CHECK(rate, struct rate, rate_parse, rate_format)
CHECK(address, struct ip_address, ip_address_parse, ip_address_format)
CHECK(network, struct ip_network, ip_network_parse, ip_network_format)
CHECK(endpoint, struct endpoint, endpoint_parse, endpoint_format)
CHECK(transport, struct endpoint, endpoint_parse_transport, endpoint_format_transport)
CHECK(day_span, struct day_span, day_span_parse, day_span_format)

static void check_spelling(struct slice a, struct slice b)
{
    ASSERT(spelling_distance(a, b) == spelling_distance(b, a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    check_duration(text);
    check_byte_size(text);
    check_decimal(text);
    check_percent(text);
    check_rate(text);
    check_address(text);
    check_network(text);
    check_endpoint(text);
    check_transport(text);
    check_day_span(text);
    check_spelling(slice_first(text, size / 2), slice_skip(text, size / 2));
    return 0;
}
