/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku parse: every line as one JSON object, unknown ones too.
 */
#include <stdio.h>

#include "app/log_arguments.h"
#include "app/record_json.h"
#include "app/verb_options.h"
#include "io/output.h"

static int parse_all(const struct verb *verb, struct log_source *source)
{
    struct log_record record;
    int64_t time_us;
    CLEANUP_BUF struct buf text = {0};
    while (!output_stdout_failed() && log_source_next(source, &record, &time_us)) {
        buf_clear(&text);
        record_json(&record, source->lines, &text);
        fwrite(text.ptr, 1, text.len, stdout);
    }
    return log_source_close(source, verb);
}

int verb_parse(const struct verb *verb, int argc, char **argv)
{
    static const struct option option_table[] = {{"help", no_argument, NULL, 'h'}, {0}};
    struct log_source source;
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, NULL, NULL);
    if (status != VERB_GO_ON)
        return status;
    if (!log_source_open(&source, argv + optind, argc - optind, &err))
        return verb_fail(verb, &err);
    return parse_all(verb, &source);
}
