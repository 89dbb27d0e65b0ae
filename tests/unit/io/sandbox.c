/* SPDX-License-Identifier: Apache-2.0
 *
 * See sandbox.h.
 */
#include "io/sandbox.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bzlib.h>
#include <cmocka.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

enum { PACKED_MAX = 8 << 20 };

int sandbox_enter(void **state)
{
    char folder[] = "/tmp/todoku-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    *state = strdup(folder);
    return 0;
}

/* Files, and folders that hold nothing but files. */
static void empty_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        char path[600];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (unlink(path) != 0) {
            empty_folder(path);
            assert_int_equal(rmdir(path), 0);
        }
    }
    closedir(dir);
}

int sandbox_leave(void **state)
{
    empty_folder(*state);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(*state), 0);
    free(*state);
    return 0;
}

void sandbox_write(const char *name, struct slice bytes)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    if (bytes.len > 0)
        assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

void sandbox_read(const char *name, struct buf *to)
{
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    size_t got;
    while ((got = fread(buf_reserve(to, 65536), 1, 65536, file)) > 0)
        to->len += got;
    buf_add(to, SLICE(""));
    fclose(file);
}

static size_t pack_gzip(struct slice bytes, char *to)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes.ptr;
    stream.avail_in = (unsigned)bytes.len;
    stream.next_out = (Bytef *)to;
    stream.avail_out = PACKED_MAX;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t len = stream.total_out;
    deflateEnd(&stream);
    return len;
}

static size_t pack_bzip2(struct slice bytes, char *to)
{
    unsigned len = PACKED_MAX;
    char *from = (char *)(uintptr_t)bytes.ptr;
    char nothing = 0;
    assert_int_equal(
        BZ2_bzBuffToBuffCompress(to, &len, from ? from : &nothing, (unsigned)bytes.len, 1, 0, 0),
        BZ_OK);
    return len;
}

static size_t pack_xz(struct slice bytes, char *to)
{
    size_t len = 0;
    assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)bytes.ptr,
                                             bytes.len, (uint8_t *)to, &len, PACKED_MAX),
                     LZMA_OK);
    return len;
}

void pack(enum packing packing, struct slice bytes, struct buf *to)
{
    char *at = buf_reserve(to, PACKED_MAX);
    switch (packing) {
    case PACKED_GZIP:
        to->len += pack_gzip(bytes, at);
        return;
    case PACKED_ZSTD:
        to->len += ZSTD_compress(at, PACKED_MAX, bytes.ptr, bytes.len, 1);
        return;
    case PACKED_BZIP2:
        to->len += pack_bzip2(bytes, at);
        return;
    case PACKED_XZ:
        to->len += pack_xz(bytes, at);
        return;
    }
}

void make_lines(size_t first, size_t count, struct buf *to)
{
    for (size_t i = first; i < first + count; i++)
        buf_addf(
            to,
            "line %zu: postfix/smtp[%zu]: %08zX: to=<u%zu@example.jp>, relay=none, delay=%zu.%zu, "
            "dsn=4.4.1, status=deferred (connect to mx%zu.example.jp[192.0.2.%zu]:25: refused)\n",
            i, 1000 + i % 977, i * 2654435761u % 0xffffffffu, i * 7919 % 85000, i % 300, i % 10,
            i % 7, i % 250);
}

struct log_input *sandbox_open(const char *path)
{
    struct err err = {0};
    struct log_input *input = log_input_open(path, &err);
    assert_string_equal(err.text, "");
    assert_non_null(input);
    return input;
}
