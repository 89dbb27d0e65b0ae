/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever the bytes: the pieces of a reason lie inside it, codes are codes, the bare text keeps
 * its bound and has no double blanks, a link is a link, and what is folded or masked keeps its
 * bound.
 */
#include "base/memory.h"
#include "mail/reply.h"
#include "mail/reply_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct slice part, struct slice whole)
{
    ASSERT(part.len == 0 || (part.ptr >= whole.ptr && slice_end(part) <= slice_end(whole)));
}

static void check_parts(struct slice text)
{
    struct reply reply;
    struct reply_dsn dsn;
    reply_parse(text, &reply);
    check_inside(reply.host, text);
    check_inside(reply.ip, text);
    check_inside(reply.dsn, text);
    check_inside(reply.words, text);
    ASSERT(reply.code == 0 || (reply.code >= 200 && reply.code <= 599));
    ASSERT(reply.dsn.len == 0 || reply_dsn_parse(reply.dsn, &dsn));
    ASSERT(reply.stage >= REPLY_STAGE_NONE && reply.stage <= REPLY_STAGE_EOD);
}

static void check_text(struct slice text)
{
    CLEANUP_BUF struct buf bare = {0};
    reply_text(text, &bare);
    ASSERT(bare.len <= REPLY_TEXT_MAX);
    ASSERT(bare.len == 0 || (bare.ptr[0] != ' ' && bare.ptr[bare.len] == '\0'));
    ASSERT(slice_find(buf_slice(&bare), SLICE("  ")) == NULL);
    ASSERT(slice_find_char(buf_slice(&bare), '\n') == NULL);
}

static void check_fold(struct slice text)
{
    CLEANUP_BUF struct buf folded = {0};
    reply_fold(text, &folded);
    ASSERT(folded.len <= text.len * 4); /* "user" for one byte */
}

static void check_mask(struct slice text)
{
    CLEANUP_BUF struct buf once = {0};
    reply_mask(text, &once);
    ASSERT(once.len <= REPLY_TEXT_MAX * 6);
    ASSERT(slice_find(buf_slice(&once), SLICE("  ")) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    check_parts(text);
    check_text(text);
    check_fold(text);
    check_mask(text);
    struct slice link = reply_find_url(text);
    check_inside(link, text);
    ASSERT(link.len == 0 || slice_istarts_with(link, SLICE("http")));
    return 0;
}
