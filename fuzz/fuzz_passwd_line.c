/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever stands in a passwd-file: a line is an account whose parts lie within it and hold nothing
 * that parts them, or it is none.
 */
#include "base/memory.h"
#include "mail/passwd_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(struct slice part, struct slice line)
{
    ASSERT(part.len == 0 || (part.ptr >= line.ptr && slice_end(part) <= slice_end(line)));
    ASSERT(slice_find_char(part, '\0') == NULL);
}

static void check_extra(struct slice part, struct slice line)
{
    check_part(part, line);
    ASSERT(slice_find_char(part, ' ') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of((const char *)data, size);
    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');
        struct passwd_line parsed;
        if (passwd_line_parse(line, &parsed) != PASSWD_ACCOUNT)
            continue;
        ASSERT(parsed.login.len > 0 && parsed.login.ptr == line.ptr);
        ASSERT(slice_find_char(parsed.login, ':') == NULL);
        check_part(parsed.login, line);
        check_part(parsed.user, line);
        check_part(parsed.password, line);
        ASSERT(slice_find_char(parsed.password, ':') == NULL);
        check_extra(parsed.user, line);
        check_extra(parsed.account_class, line);
        check_extra(parsed.server, line);
        check_extra(parsed.protocols, line);
        check_extra(parsed.networks, line);
        check_extra(parsed.flags, line);
        check_extra(parsed.valid_until, line);
    }
    return 0;
}
