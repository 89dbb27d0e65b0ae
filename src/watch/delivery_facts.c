/* SPDX-License-Identifier: Apache-2.0
 *
 * See delivery_facts.h.
 */
#include "watch/delivery_facts.h"

uint64_t delivery_recipient_hash(const struct log_record *record)
{
    uint64_t hash = slice_hash(log_record_get(record, LOG_FIELD_TO));
    struct slice orig_to = log_record_get(record, LOG_FIELD_ORIG_TO);
    return orig_to.len == 0 ? hash : hash * 31 + slice_hash(orig_to);
}

float delivery_delay_s(const struct log_record *record)
{
    struct slice text = log_record_get(record, LOG_FIELD_DELAY);
    double value = 0, unit = 0;
    for (size_t i = 0; i < text.len && i < 16; i++) {
        if (text.ptr[i] == '.' && unit == 0) {
            unit = 1;
            continue;
        }
        if (!ascii_is_digit(text.ptr[i]))
            return 0;
        value = value * 10 + (text.ptr[i] - '0');
        unit *= 10;
    }
    return (float)(unit > 1 ? value / unit : value);
}

bool delivery_is_suspended(const struct log_record *record)
{
    return slice_starts_with(log_record_get(record, LOG_FIELD_REASON),
                             SLICE("delivery temporarily suspended: "));
}

bool delivery_is_forward(const struct log_record *record)
{
    return slice_starts_with(log_record_get(record, LOG_FIELD_REASON), SLICE("forwarded as "));
}

bool delivery_is_to_mailbox(const struct log_record *record)
{
    enum log_program program = record->line.tag->program;
    return program == LOG_PROGRAM_LMTP || program == LOG_PROGRAM_VIRTUAL ||
           program == LOG_PROGRAM_LOCAL || program == LOG_PROGRAM_PIPE;
}
