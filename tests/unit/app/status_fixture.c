/* SPDX-License-Identifier: Apache-2.0
 *
 * See status_fixture.h.
 */
#include "app/status_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/escape.h"

struct status_answer *read_status(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    struct status_answer *status = status_answer_new(value);
    json_decref(value);
    return status;
}

size_t place_of(const struct buf *text, const char *words)
{
    const char *found = slice_find(buf_slice(text), slice_from_str(words));
    if (found == NULL)
        fail_msg("does not say: %s\n%s", words, buf_str(text));
    return found != NULL ? (size_t)(found - text->ptr) : 0;
}

void assert_silent(const struct buf *text, const char *words)
{
    if (slice_find(buf_slice(text), slice_from_str(words)) != NULL)
        fail_msg("says: %s\n%s", words, buf_str(text));
}

void assert_harmless(const struct buf *text, size_t width)
{
    for (struct slice rest = buf_slice(text); rest.len > 0;) {
        struct slice line = slice_cut(&rest, '\n');
        assert_true(escape_width(line) <= width);
        while (line.len > 0) {
            uint32_t c = utf8_take(&line);
            assert_true(c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0));
            assert_true(c != UTF8_INVALID && c != 0x202e);
        }
    }
}
