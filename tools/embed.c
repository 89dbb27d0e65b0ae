/* SPDX-License-Identifier: Apache-2.0
 *
 * Build tool: files become functions that return their bytes.
 *
 *     embed OUT.c HEADER FUNCTION=FILE...
 *
 * writes OUT.c, which includes HEADER and defines `struct slice FUNCTION(void)` for each file.
 * Plain numbers, so that every compiler takes it and two builds give the same bytes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int complain(const char *what, const char *path)
{
    fprintf(stderr, "embed: %s %s: %s\n", what, path, strerror(errno));
    return 1;
}

static void write_bytes(FILE *in, FILE *out)
{
    size_t column = 0;
    for (int c = getc(in); c != EOF; c = getc(in))
        fprintf(out, "%d,%s", c, ++column % 24 == 0 ? "\n" : "");
}

/* The array ends in an uncounted 0, so that an empty file is valid C too. */
static int write_function(const char *name, size_t name_len, const char *path, FILE *out)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return complain("cannot open", path);
    int width = (int)name_len;
    fprintf(out, "\nstatic const unsigned char %.*s_bytes[] = {\n", width, name);
    write_bytes(in, out);
    fprintf(out, "0};\n\nstruct slice %.*s(void)\n{\n", width, name);
    fprintf(out, "    return slice_of((const char *)%.*s_bytes, sizeof(%.*s_bytes) - 1);\n}\n",
            width, name, width, name);
    int failed = ferror(in) ? complain("cannot read", path) : 0;
    fclose(in);
    return failed;
}

static int write_all(int count, char **pairs, FILE *out)
{
    for (int i = 0; i < count; i++) {
        const char *equals = strchr(pairs[i], '=');
        if (equals == NULL) {
            fprintf(stderr, "embed: expected FUNCTION=FILE, found %s\n", pairs[i]);
            return 2;
        }
        if (write_function(pairs[i], (size_t)(equals - pairs[i]), equals + 1, out) != 0)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: embed OUT.c HEADER FUNCTION=FILE...\n");
        return 2;
    }
    FILE *out = fopen(argv[1], "wb");
    if (out == NULL)
        return complain("cannot create", argv[1]);
    fprintf(out, "/* SPDX-License-Identifier: Apache-2.0 */\n#include \"%s\"\n", argv[2]);
    int status = write_all(argc - 3, argv + 3, out);
    if (fclose(out) != 0)
        return complain("cannot write", argv[1]);
    return status;
}
