/* SPDX-License-Identifier: Apache-2.0
 *
 * A key and its file.
 */
#include "io/secret_key.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base64.h"
#include "io/secret_hex.h"
#include "io/secret_memory.h"
#include "io/secret_random.h"

#define FILE_MAX 256
#define HEX_CHARS (2 * SECRET_KEY_BYTES)
#define BASE64_CHARS 44 /* with its padding */

struct secret_key {
    unsigned char bytes[BASE64_ROOM(BASE64_CHARS)];
};

/* Raw bytes may look like blanks at their ends, so their number decides before anything is cut. */
static bool parse_key(struct slice text, struct secret_key *key)
{
    size_t len = 0;
    if (text.len == SECRET_KEY_BYTES) {
        memcpy(key->bytes, text.ptr, text.len);
        return true;
    }
    text = slice_trim(text);
    if (text.len == HEX_CHARS)
        return secret_hex_read(text, key->bytes);
    return (text.len == BASE64_CHARS || text.len == BASE64_CHARS - 1) &&
           base64_decode(text, key->bytes, &len) && len == SECRET_KEY_BYTES;
}

/* A key and what comes with it are in nobody else's buffer. */
struct key_file {
    char text[FILE_MAX + 1];
    size_t len;
    bool open_to_all;
};

static bool read_fd(int fd, const char *path, struct key_file *file, struct err *err)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return err_set_errno(err, errno, "%.300s", path);
    if (!S_ISREG(facts.st_mode))
        return err_set(err, ERR_INPUT, "%.300s is no file", path);
    file->open_to_all = (facts.st_mode & S_IROTH) != 0;
    ssize_t got;
    while ((got = read(fd, file->text + file->len, sizeof(file->text) - file->len)) > 0)
        file->len += (size_t)got;
    return got == 0 || file->len == sizeof(file->text) || err_set_errno(err, errno, "%.300s", path);
}

/* A FIFO at that name is not waited for. */
static bool read_file(const char *path, struct key_file *file, struct err *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, errno, "%.300s", path);
    bool good = read_fd(fd, path, file, err);
    close(fd);
    return good;
}

struct secret_key *secret_key_read(const char *path, bool *open_to_all, struct err *err)
{
    struct key_file *file = secret_memory_new(sizeof(*file));
    struct secret_key *key = secret_memory_new(sizeof(*key));
    bool good = read_file(path, file, err);
    if (good && (file->len > FILE_MAX || !parse_key(slice_of(file->text, file->len), key)))
        good = err_set(err, ERR_INPUT,
                       "%.300s holds no key: 32 bytes, or those as 64 hex digits or base64", path);
    if (good && open_to_all != NULL)
        *open_to_all = file->open_to_all;
    secret_memory_free(file, sizeof(*file));
    if (good)
        return key;
    secret_key_free(key);
    return NULL;
}

void secret_key_free(struct secret_key *key)
{
    secret_memory_free(key, sizeof(*key));
}

const unsigned char *secret_key_bytes(const struct secret_key *key)
{
    return key->bytes;
}

static bool write_key(int fd, struct slice text)
{
    return write(fd, text.ptr, text.len) == (ssize_t)text.len && fsync(fd) == 0;
}

bool secret_key_create(const char *path, struct err *err)
{
    unsigned char bytes[SECRET_KEY_BYTES];
    char text[HEX_CHARS + 1];
    if (!secret_random(bytes, sizeof(bytes), err))
        return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set_errno(err, errno, "%.300s", path);
    secret_hex_write(bytes, sizeof(bytes), text);
    text[HEX_CHARS] = '\n';
    bool good = write_key(fd, slice_of(text, sizeof(text)));
    int failure = errno;
    explicit_bzero(bytes, sizeof(bytes));
    explicit_bzero(text, sizeof(text));
    if (close(fd) != 0 && good) {
        failure = errno;
        good = false;
    }
    if (good)
        return true;
    (void)unlink(path);
    return err_set_errno(err, failure, "%.300s", path);
}
