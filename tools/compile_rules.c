/* SPDX-License-Identifier: Apache-2.0
 *
 * Build tool: the expressions of data/replies.rules as a serialised vectorscan database, so that
 * no start of the program pays for compiling them.
 *
 *     compile_rules RULES OUT
 *
 * The database is portable: it asks for no processor feature beyond the architecture's base.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "mail/reply_rule.h"
#include "watch/pattern_set.h"

static int complain(const char *path, const char *why)
{
    fprintf(stderr, "compile_rules: %s: %s\n", path, why);
    return 1;
}

static bool read_all(const char *path, struct buf *to)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return false;
    size_t got;
    while ((got = fread(buf_reserve(to, 65536), 1, 65536, in)) > 0)
        to->len += got;
    bool good = !ferror(in);
    fclose(in);
    return good;
}

static bool write_all(const char *path, struct slice bytes)
{
    FILE *out = fopen(path, "wb");
    if (out == NULL)
        return false;
    bool good = fwrite(bytes.ptr, 1, bytes.len, out) == bytes.len;
    return fclose(out) == 0 && good;
}

static bool compile(struct slice text, struct buf *to, struct err *err)
{
    struct arena *arena = arena_new(65536);
    struct reply_rules rules;
    struct pattern_set *set = NULL;
    if (reply_rules_parse(text, arena, &rules, err))
        set = pattern_set_new(&rules, true, err);
    bool good = set != NULL && pattern_set_save(set, to, err);
    pattern_set_free(set);
    arena_free(arena);
    return good;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return complain("usage", "compile_rules RULES OUT");
    CLEANUP_BUF struct buf text = {0};
    CLEANUP_BUF struct buf database = {0};
    struct err err = {0};
    if (!read_all(argv[1], &text))
        return complain(argv[1], strerror(errno));
    if (!compile(buf_slice(&text), &database, &err))
        return complain(argv[1], err.text);
    return write_all(argv[2], buf_slice(&database)) ? 0 : complain(argv[2], strerror(errno));
}
