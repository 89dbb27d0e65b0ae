/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a file: it ends, no line is longer than promised, what a plain file says is what
 * comes out, an error has words. Half of the inputs are closed early.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/log_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A packed file of a few KiB can hold hundreds of MiB. */
enum { LINES_MAX = 100000, BYTES_MAX = 64 << 20 };

static void read_lines(struct log_input *input, size_t lines_max, struct slice whole)
{
    bool plain = !log_input_facts(input)->compressed;
    struct err err = {0};
    struct slice line;
    enum log_input_status status = LOG_INPUT_END;
    size_t lines = 0, bytes = 0;
    while (lines < lines_max && bytes < BYTES_MAX &&
           (status = log_input_next(input, &line, &err)) == LOG_INPUT_LINE) {
        ASSERT(line.len <= LOG_INPUT_LINE_MAX);
        ASSERT(slice_find_char(line, '\n') == NULL);
        bytes += line.len;
        lines++;
    }
    if (status == LOG_INPUT_LINE || lines == lines_max)
        return;
    ASSERT((status == LOG_INPUT_FAILED) == (err.text[0] != '\0'));
    ASSERT(log_input_next(input, &line, &err) == status);
    if (plain && status == LOG_INPUT_END && log_input_cut_lines(input) == 0)
        ASSERT(bytes <= whole.len && bytes + 2 * lines >= whole.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[32];
    struct slice tail, whole = slice_of((const char *)data, size);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    ASSERT(fd >= 0 && (size == 0 || write(fd, data, size) == (ssize_t)size));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct log_input *input = log_input_open(path, NULL);
    ASSERT(input != NULL);
    ASSERT(log_input_facts(input)->regular);
    if (size % 2 == 0)
        ASSERT(log_input_peek(input, &tail).len <= 65536 && tail.len <= 65536);
    read_lines(input, size % 4 < 2 ? LINES_MAX : size % 7, whole);
    log_input_close(input);
    close(fd);
    return 0;
}
