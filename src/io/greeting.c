/* SPDX-License-Identifier: Apache-2.0
 *
 * See greeting.h.
 */
#include "io/greeting.h"

/* The word is at the front, and ends there. */
static bool begins_with(struct slice line, struct slice word)
{
    if (!slice_istarts_with(line, word))
        return false;
    return line.len == word.len || line.ptr[word.len] == ' ';
}

static enum greeting_state judge_smtp(struct slice line)
{
    if (slice_starts_with(line, SLICE("220-")))
        return GREETING_NEEDS_MORE;
    return begins_with(line, SLICE("220")) ? GREETING_GOOD : GREETING_BAD;
}

static enum greeting_state judge_sieve(struct slice line)
{
    if (line.len > 0 && line.ptr[0] == '"')
        return GREETING_NEEDS_MORE;
    return begins_with(line, SLICE("OK")) ? GREETING_GOOD : GREETING_BAD;
}

static enum greeting_state judge_line(enum greeting_kind kind, struct slice line)
{
    bool good = false;
    switch (kind) {
    case GREETING_IMAP:
        good = begins_with(line, SLICE("* OK")) || begins_with(line, SLICE("* PREAUTH"));
        break;
    case GREETING_POP3:
        good = begins_with(line, SLICE("+OK"));
        break;
    case GREETING_SMTP:
        return judge_smtp(line);
    case GREETING_SIEVE:
        return judge_sieve(line);
    }
    return good ? GREETING_GOOD : GREETING_BAD;
}

enum greeting_state greeting_judge(enum greeting_kind kind, struct slice bytes, struct slice *line)
{
    while (slice_find_char(bytes, '\n') != NULL) {
        struct slice one = slice_cut(&bytes, '\n');
        if (slice_ends_with(one, SLICE("\r")))
            one.len--;
        enum greeting_state state = judge_line(kind, one);
        if (state == GREETING_BAD)
            *line = one;
        if (state != GREETING_NEEDS_MORE)
            return state;
    }
    return GREETING_NEEDS_MORE;
}

struct slice greeting_leave(enum greeting_kind kind)
{
    if (kind == GREETING_IMAP)
        return SLICE("a LOGOUT\r\n");
    return kind == GREETING_SIEVE ? SLICE("LOGOUT\r\n") : SLICE("QUIT\r\n");
}
