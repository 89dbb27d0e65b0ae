/* SPDX-License-Identifier: Apache-2.0
 *
 * A message on its way out. See outgoing.h.
 */
#include "respond/outgoing.h"

struct outgoing *outgoing_new(void)
{
    struct arena *arena = arena_new(8192);
    struct outgoing *outgoing = arena_alloc(arena, sizeof(*outgoing));
    outgoing->arena = arena;
    return outgoing;
}

void outgoing_free(struct outgoing *outgoing)
{
    if (outgoing)
        arena_free(outgoing->arena); /* it lives there too */
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static const char *keep(struct outgoing *outgoing, const struct buf *text)
{
    return arena_copy(outgoing->arena, buf_str(text), text->len);
}

void outgoing_url(struct outgoing *outgoing, struct slice base, const char *path)
{
    CLEANUP_BUF struct buf url = {0};
    while (slice_ends_with(base, SLICE("/")) && *path)
        base.len--;
    for (size_t i = 0; i < base.len; i++)
        if (!is_control(base.ptr[i]) && base.ptr[i] != ' ')
            buf_add_char(&url, base.ptr[i]);
    buf_add_str(&url, path);
    outgoing->url = keep(outgoing, &url);
}

void outgoing_header(struct outgoing *outgoing, const char *name, struct slice value)
{
    CLEANUP_BUF struct buf line = {0};
    ASSERT(outgoing->header_count < OUTGOING_HEADERS_MAX);
    buf_addf(&line, "%s: ", name);
    for (size_t i = 0; i < value.len; i++)
        if (!is_control(value.ptr[i]))
            buf_add_char(&line, value.ptr[i]);
    outgoing->headers[outgoing->header_count++] = keep(outgoing, &line);
}

bool outgoing_arg(struct outgoing *outgoing, struct slice text)
{
    if (outgoing->arg_count == OUTGOING_ARGS_MAX)
        return false;
    outgoing->args[outgoing->arg_count++] =
        arena_copy(outgoing->arena, text.ptr ? text.ptr : "", text.len);
    return true;
}

void outgoing_body(struct outgoing *outgoing, const struct buf *body)
{
    outgoing->body = slice_of(keep(outgoing, body), body->len);
}
