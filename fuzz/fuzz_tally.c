/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a whole log: lines through parser, clock, correlator, detectors and summary. Besides
 * not crashing, the counts must add up.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "mail/log_record.h"
#include "watch/log_clock.h"
#include "watch/tally.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct summary *summary)
{
    const struct summary_attempts *attempts = &summary->attempts;
    ASSERT(summary->lines_read == summary->lines_parsed + summary->lines_unknown);
    ASSERT(attempts->total == attempts->sent + attempts->deferred + attempts->bounced);
    for (size_t i = 0; i < summary->incident_count; i++) {
        const struct incident *incident = &summary->incidents[i];
        ASSERT(incident->hits <= incident->attempts && incident->opened_us <= incident->closed_us);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct classifier *classifier;
    if (classifier == NULL)
        classifier = classifier_new(NULL, NULL);
    struct tally_settings settings = tally_default_settings;
    settings.limits.max_open = 8;
    struct tally *tally = tally_new(&settings, classifier);
    struct log_parser *parser = log_parser_new(2026, NULL, NULL);
    struct log_clock clock;
    log_clock_init(&clock);
    struct slice rest = slice_of((const char *)data, size);
    while (rest.ptr != NULL) {
        struct log_record record;
        log_record_parse(parser, slice_cut(&rest, '\n'), &record);
        bool believed;
        tally_take(tally, &record, log_clock_take(&clock, record.line.time_us, &believed));
    }
    struct summary summary;
    tally_finish(tally, &summary);
    check(&summary);
    arena_free(summary.arena);
    log_parser_free(parser);
    tally_free(tally);
    return 0;
}
