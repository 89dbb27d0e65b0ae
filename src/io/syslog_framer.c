/* SPDX-License-Identifier: Apache-2.0
 *
 * See syslog_framer.h; RFC 6587 section 3.4.
 */
#include "io/syslog_framer.h"

#include "io/log_input.h"

enum { DIGITS_MAX = 8, COUNT_MAX = 16 << 20 };

enum count {
    COUNT_NONE, /* not a counted message */
    COUNT_MORE, /* cannot be told yet */
    COUNT_FOUND,
};

static bool is_filler(char c)
{
    return c == '\n' || c == '\r' || c == '\0';
}

static struct slice drop_fillers(struct slice text)
{
    while (text.len > 0 && is_filler(text.ptr[0]))
        text = slice_skip(text, 1);
    return text;
}

static struct slice trim_end(struct slice text)
{
    while (text.len > 0 && is_filler(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* Drops what is left of a message that was cut. False: all of the input. */
static bool skip_rest(struct syslog_framer *framer, struct slice *input)
{
    size_t len = framer->skip < input->len ? (size_t)framer->skip : input->len;
    framer->skip -= len;
    *input = slice_skip(*input, len);
    if (framer->skip_line) {
        const char *newline = slice_find_char(*input, '\n');
        framer->skip_line = newline == NULL;
        *input =
            slice_skip(*input, newline == NULL ? input->len : (size_t)(newline + 1 - input->ptr));
    }
    return framer->skip == 0 && !framer->skip_line;
}

/* `LEN SP` before a '<'. */
static enum count parse_count(struct slice input, size_t *header, uint64_t *count)
{
    size_t digits = 0;
    while (digits < input.len && digits <= DIGITS_MAX && ascii_is_digit(input.ptr[digits]))
        digits++;
    if (digits == 0 || digits > DIGITS_MAX || input.ptr[0] == '0')
        return COUNT_NONE;
    if (digits < input.len && input.ptr[digits] != ' ')
        return COUNT_NONE;
    if (input.len < digits + 2)
        return COUNT_MORE;
    if (input.ptr[digits + 1] != '<')
        return COUNT_NONE;
    *header = digits + 1;
    return slice_to_u64(slice_first(input, digits), UINT64_MAX, count) ? COUNT_FOUND : COUNT_NONE;
}

static enum syslog_frame take_counted(struct syslog_framer *framer, struct slice *input,
                                      size_t header, uint64_t count, struct slice *message)
{
    if (count > COUNT_MAX)
        return SYSLOG_FRAME_BAD;
    size_t wanted = count < LOG_INPUT_LINE_MAX ? (size_t)count : LOG_INPUT_LINE_MAX;
    if (input->len - header < wanted)
        return SYSLOG_FRAME_MORE;
    *message = slice_first(slice_skip(*input, header), wanted);
    *input = slice_skip(*input, header + wanted);
    framer->skip = count - wanted;
    return SYSLOG_FRAME_MESSAGE;
}

static enum syslog_frame take_line(struct syslog_framer *framer, struct slice *input,
                                   struct slice *message)
{
    struct slice head = slice_first(*input, LOG_INPUT_LINE_MAX + 1);
    const char *newline = slice_find_char(head, '\n');
    if (newline == NULL && input->len <= LOG_INPUT_LINE_MAX)
        return SYSLOG_FRAME_MORE;
    size_t len = newline != NULL ? (size_t)(newline - input->ptr) : LOG_INPUT_LINE_MAX;
    framer->skip_line = newline == NULL;
    *message = slice_first(*input, len);
    *input = slice_skip(*input, len + (newline != NULL));
    return SYSLOG_FRAME_MESSAGE;
}

enum syslog_frame syslog_framer_next(struct syslog_framer *framer, struct slice *input,
                                     struct slice *message, bool *cut)
{
    if (!skip_rest(framer, input))
        return SYSLOG_FRAME_MORE;
    *input = drop_fillers(*input);
    if (input->len == 0)
        return SYSLOG_FRAME_MORE;
    if ((unsigned char)input->ptr[0] < ' ' && input->ptr[0] != '\t')
        return SYSLOG_FRAME_BAD;
    size_t header = 0;
    uint64_t count = 0;
    enum syslog_frame result = SYSLOG_FRAME_MORE;
    switch (parse_count(*input, &header, &count)) {
    case COUNT_NONE:
        result = take_line(framer, input, message);
        break;
    case COUNT_MORE:
        return SYSLOG_FRAME_MORE;
    case COUNT_FOUND:
        result = take_counted(framer, input, header, count, message);
        break;
    }
    *cut = framer->skip > 0 || framer->skip_line;
    if (result == SYSLOG_FRAME_MESSAGE)
        *message = trim_end(*message);
    return result;
}

bool syslog_framer_finish(const struct syslog_framer *framer, struct slice input,
                          struct slice *message)
{
    size_t header;
    uint64_t count;
    struct slice rest = trim_end(drop_fillers(input));
    if (framer->skip > 0 || framer->skip_line || rest.len == 0 ||
        (unsigned char)rest.ptr[0] < ' ' || parse_count(rest, &header, &count) != COUNT_NONE)
        return false;
    *message = slice_first(rest, LOG_INPUT_LINE_MAX);
    return true;
}
