/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a document: it is refused, or becomes HTML whose elements all end.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "web/markdown.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool address(void *context, struct slice target, struct buf *to)
{
    (void)context;
    buf_add(to, target);
    return target.len > 0;
}

static size_t count(struct slice text, struct slice needle)
{
    size_t found = 0;
    for (const char *at = slice_find(text, needle); at != NULL; at = slice_find(text, needle)) {
        text = slice_between(at + needle.len, slice_end(text));
        found++;
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct markdown_links links = {address, NULL};
    CLEANUP_BUF struct buf html = {0};
    struct err err;
    if (!markdown_html(slice_of((const char *)data, size), &links, &html, &err))
        return 0;
    struct slice text = buf_slice(&html);
    ASSERT(count(text, SLICE("<p>")) == count(text, SLICE("</p>")));
    ASSERT(count(text, SLICE("<li>")) == count(text, SLICE("</li>")));
    ASSERT(count(text, SLICE("<ul>")) == count(text, SLICE("</ul>")));
    ASSERT(count(text, SLICE("<ol>")) == count(text, SLICE("</ol>")));
    ASSERT(count(text, SLICE("<code>")) == count(text, SLICE("</code>")));
    ASSERT(count(text, SLICE("<a ")) == count(text, SLICE("</a>")));
    ASSERT(count(text, SLICE("<script")) == 0);
    return 0;
}
