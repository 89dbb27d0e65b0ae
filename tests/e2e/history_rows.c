/* SPDX-License-Identifier: Apache-2.0
 *
 * What is in a history, for the tests from outside: history_rows FOLDER
 *
 *      row KIND STATUS ATTEMPT QUEUE_ID RECIPIENT SENDER      of each row, in order of time
 *      counter VALUE NAME
 *      position VALUE NAME                                    of each NAME after FOLDER
 *
 * An empty text is "-". Exit status 3: it cannot be read.
 */
#include <stdio.h>

#include "store/history_reader.h"

static void print_text(struct slice text)
{
    if (text.len == 0)
        fputs(" -", stdout);
    else
        printf(" %.*s", (int)text.len, text.ptr);
}

static void print_row(const struct history_row *row)
{
    static const char *const statuses[] = {
        [HISTORY_SENT] = "sent",       [HISTORY_DEFERRED] = "deferred",
        [HISTORY_BOUNCED] = "bounced", [HISTORY_EXPIRED] = "expired",
        [HISTORY_OTHER] = "other",     [HISTORY_DISCARDED] = "discarded",
        [HISTORY_LOST] = "lost",
    };
    printf("row %s %s %u", row->kind == HISTORY_MESSAGE ? "message" : "delivery",
           statuses[row->status], row->attempt);
    print_text(row->text[HISTORY_QUEUE_ID]);
    print_text(row->text[HISTORY_RECIPIENT]);
    print_text(row->text[HISTORY_SENDER]);
    putchar('\n');
}

static void print_counter(void *data, struct slice name, int64_t value)
{
    (void)data;
    printf("counter %lld", (long long)value);
    print_text(name);
    putchar('\n');
}

static bool print_position(struct history_reader *reader, const char *name, struct err *err)
{
    struct buf text = {0};
    if (history_position(reader, slice_from_str(name), &text, err))
        printf("position %s %s\n", buf_str(&text), name);
    buf_done(&text);
    return err->code == ERR_NONE;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    if (argc < 2)
        return 2;
    struct history_reader *reader = history_reader_open(argv[1], &err);
    struct history_stream *stream =
        reader ? history_stream_open(reader, INT64_MIN, INT64_MAX, &err) : NULL;
    if (stream != NULL)
        for (const struct history_row *row; (row = history_stream_next(stream)) != NULL;)
            print_row(row);
    history_stream_free(stream);
    bool good = stream != NULL && history_counters(reader, print_counter, NULL, &err);
    for (int i = 2; good && i < argc; i++)
        good = print_position(reader, argv[i], &err);
    history_reader_free(reader);
    if (!good)
        fprintf(stderr, "history_rows: %s\n", err.text);
    return good ? 0 : 3;
}
