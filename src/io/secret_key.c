/* SPDX-License-Identifier: Apache-2.0
 *
 * A key and its file.
 */
#include "io/secret_key.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/base64.h"
#include "io/file_text.h"
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

static bool is_open_to_all(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && (facts.st_mode & S_IROTH) != 0;
}

struct secret_key *secret_key_read(const char *path, bool *open_to_all, struct err *err)
{
    CLEANUP_SECRET_BUF struct buf text = {0};
    buf_reserve(&text, 2 * FILE_MAX);
    if (!file_text_read_state(path, FILE_MAX, &text, err))
        return NULL;
    struct secret_key *key = secret_memory_new(sizeof(*key));
    if (!parse_key(buf_slice(&text), key)) {
        secret_key_free(key);
        err_set(err, ERR_INPUT,
                "%.300s holds no key: 32 bytes, or those as 64 hex digits or base64", path);
        return NULL;
    }
    if (open_to_all != NULL)
        *open_to_all = is_open_to_all(path);
    return key;
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
