/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever the bytes: escaped text is valid UTF-8 without controls, HTML has no markup left, a
 * string of JSON no end, a cut keeps its promise. Escaping twice changes nothing for terminals.
 */
#include "base/escape.h"
#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_valid(struct slice text, bool controls)
{
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        ASSERT(c != UTF8_INVALID && c != 0);
        ASSERT(controls || (c >= 0x20 && (c < 0x7f || c > 0x9f) && (c < 0x202a || c > 0x202e)));
    }
}

static void check_cut(struct slice text, size_t columns)
{
    struct slice cut = escape_cut(text, columns);
    ASSERT(cut.ptr == text.ptr && cut.len <= text.len);
    ASSERT(escape_width(cut) <= columns || columns > escape_width(text));
    check_valid(cut, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    struct buf CLEANUP_BUF valid = {0}, CLEANUP_BUF terminal = {0}, CLEANUP_BUF again = {0},
                           CLEANUP_BUF html = {0}, CLEANUP_BUF ascii = {0}, CLEANUP_BUF json = {0};
    utf8_sanitize(text, &valid);
    check_valid(buf_slice(&valid), true);
    escape_terminal(text, &terminal);
    check_valid(buf_slice(&terminal), false);
    escape_terminal(buf_slice(&terminal), &again);
    ASSERT(slice_eq(buf_slice(&terminal), buf_slice(&again)));
    escape_html(text, &html);
    check_valid(buf_slice(&html), false);
    for (size_t i = 0; i < html.len; i++)
        ASSERT(html.ptr[i] != '<' && html.ptr[i] != '>' && html.ptr[i] != '"');
    escape_ascii(text, &ascii);
    for (size_t i = 0; i < ascii.len; i++)
        ASSERT(ascii.ptr[i] >= 0x20 && ascii.ptr[i] < 0x7f);
    escape_json(text, &json);
    for (size_t i = 0; i < json.len; i++) {
        ASSERT(json.ptr[i] >= 0x20 && json.ptr[i] < 0x7f && json.ptr[i] != '"');
        if (json.ptr[i] == '\\')
            i += json.ptr[i + 1] == 'u' ? 5 : 1;
    }
    check_cut(buf_slice(&terminal), size ? data[0] : 0);
    escape_width(text);
    return 0;
}
