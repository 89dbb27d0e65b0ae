/* SPDX-License-Identifier: Apache-2.0
 *
 * See line_cutter.h. The begin of a line whose end is in a later block is carried: at most max + 1
 * bytes of it (one more for a CR that will be dropped), the rest is only counted.
 */
#include "io/line_cutter.h"

#include "base/memory.h"

struct line_cutter {
    const char *at, *end; /* what is left of the block */
    size_t max;
    char *carry;      /* max + 1 bytes, made when first needed */
    uint64_t carried; /* bytes of the shared line so far, kept or not */
    uint64_t used;
    uint64_t cut_lines;
    bool shared; /* a line began in an earlier block */
};

struct line_cutter *line_cutter_new(size_t max)
{
    ASSERT(max > 0);
    struct line_cutter *cutter = MEM_NEW(struct line_cutter);
    cutter->max = max;
    return cutter;
}

void line_cutter_free(struct line_cutter *cutter)
{
    if (cutter == NULL)
        return;
    mem_free(cutter->carry);
    mem_free(cutter);
}

void line_cutter_feed(struct line_cutter *cutter, struct slice block)
{
    ASSERT(cutter->at == cutter->end);
    cutter->at = block.ptr;
    cutter->end = block.ptr + block.len;
}

static void carry(struct line_cutter *cutter, const char *from, size_t len)
{
    if (cutter->carry == NULL)
        cutter->carry = MEM_NEW_ARRAY(char, cutter->max + 1);
    cutter->shared = true;
    if (cutter->carried <= cutter->max) {
        size_t room = cutter->max + 1 - (size_t)cutter->carried;
        memcpy(cutter->carry + cutter->carried, from, len < room ? len : room);
    }
    cutter->carried += len;
}

/* The line as it is given: no CR at its end, not longer than max. */
static struct slice tidy(struct line_cutter *cutter, const char *line, uint64_t len)
{
    if (len > 0 && len <= cutter->max + 1 && line[len - 1] == '\r')
        len--;
    if (len > cutter->max) {
        len = cutter->max;
        cutter->cut_lines++;
    }
    return slice_of(line, (size_t)len);
}

static struct slice take_carried(struct line_cutter *cutter)
{
    struct slice line = tidy(cutter, cutter->carry, cutter->carried);
    cutter->used += cutter->carried;
    cutter->carried = 0;
    cutter->shared = false;
    return line;
}

bool line_cutter_more(struct line_cutter *cutter, struct slice *line)
{
    if (cutter->shared)
        return false;
    const char *begin = cutter->at;
    const char *newline = slice_find_char(slice_between(begin, cutter->end), '\n');
    if (newline == NULL)
        return false;
    uint64_t len = (uint64_t)(newline - begin);
    cutter->at = newline + 1;
    cutter->used += len + 1;
    *line = tidy(cutter, begin, len);
    return true;
}

bool line_cutter_next(struct line_cutter *cutter, struct slice *line)
{
    if (line_cutter_more(cutter, line))
        return true;
    struct slice rest = slice_between(cutter->at, cutter->end);
    const char *newline = slice_find_char(rest, '\n');
    const char *end = newline ? newline : cutter->end;
    if (rest.len > 0)
        carry(cutter, rest.ptr, (size_t)(end - rest.ptr));
    cutter->at = newline ? newline + 1 : cutter->end;
    if (newline == NULL)
        return false;
    cutter->used++;
    *line = take_carried(cutter);
    return true;
}

bool line_cutter_finish(struct line_cutter *cutter, struct slice *line)
{
    if (!cutter->shared)
        return false;
    *line = take_carried(cutter);
    return true;
}

uint64_t line_cutter_used(const struct line_cutter *cutter)
{
    return cutter->used;
}

uint64_t line_cutter_cut_lines(const struct line_cutter *cutter)
{
    return cutter->cut_lines;
}
