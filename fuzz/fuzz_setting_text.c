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

/* parse(text) -> value; print; parse -> the same value; print: the same text. */
#define CHECK(type, parse, print) \
    do { \
        CLEANUP_BUF struct buf once = {0}, twice = {0}; \
        type first, second; \
        memset(&first, 0, sizeof(first)); \
        memset(&second, 0, sizeof(second)); \
        if (parse(text, &first)) { \
            print(first, &once); \
            ASSERT(parse(buf_slice(&once), &second)); \
            print(second, &twice); \
            ASSERT(slice_eq(buf_slice(&once), buf_slice(&twice))); \
            ASSERT(memcmp(&first, &second, sizeof(first)) == 0); \
        } \
    } while (0)

#define BY_ADDRESS(name, type) \
    static void print_##name(type value, struct buf *to) \
    { \
        name##_format(&value, to); \
    }

BY_ADDRESS(rate, struct rate)
BY_ADDRESS(ip_address, struct ip_address)
BY_ADDRESS(ip_network, struct ip_network)
BY_ADDRESS(endpoint, struct endpoint)
BY_ADDRESS(day_span, struct day_span)

static void print_transport(struct endpoint value, struct buf *to)
{
    endpoint_format_transport(&value, to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    CHECK(int64_t, duration_parse, duration_format);
    CHECK(uint64_t, byte_size_parse, byte_size_format);
    CHECK(double, decimal_parse, decimal_format);
    CHECK(double, percent_parse, percent_format);
    CHECK(struct rate, rate_parse, print_rate);
    CHECK(struct ip_address, ip_address_parse, print_ip_address);
    CHECK(struct ip_network, ip_network_parse, print_ip_network);
    CHECK(struct endpoint, endpoint_parse, print_endpoint);
    CHECK(struct endpoint, endpoint_parse_transport, print_transport);
    CHECK(struct day_span, day_span_parse, print_day_span);
    struct slice half = slice_first(text, size / 2);
    size_t there = spelling_distance(half, slice_skip(text, size / 2));
    ASSERT(there == spelling_distance(slice_skip(text, size / 2), half));
    return 0;
}
