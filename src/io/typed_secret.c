/* SPDX-License-Identifier: Apache-2.0
 *
 * See typed_secret.h.
 */
#include "io/typed_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* One line, byte by byte: what stands behind it is not ours. */
static bool read_line(int fd, struct buf *to, struct err *err)
{
    char byte;
    ssize_t got;
    (void)buf_reserve(to, TYPED_SECRET_MAX + 1); /* so that it is never left behind by growing */
    while ((got = read(fd, &byte, 1)) == 1 && byte != '\n')
        if (to->len < TYPED_SECRET_MAX + 1)
            buf_add_char(to, byte);
    if (to->len > 0 && to->ptr[to->len - 1] == '\r')
        to->len--;
    explicit_bzero(&byte, sizeof(byte));
    if (got < 0)
        return err_set(err, ERR_IO, "the password cannot be read");
    if (to->len > TYPED_SECRET_MAX)
        return err_set(err, ERR_INPUT, "the password is longer than %d bytes", TYPED_SECRET_MAX);
    return to->len > 0 || err_set(err, ERR_INPUT, "the password is empty");
}

static bool ask(int terminal, const char *prompt, struct buf *to, struct err *err)
{
    struct termios before, mode;
    if (tcgetattr(terminal, &before) != 0)
        return err_set(err, ERR_IO, "the terminal cannot be asked");
    mode = before;
    mode.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(terminal, TCSAFLUSH, &mode);
    (void)!write(terminal, prompt, strlen(prompt));
    bool good = read_line(terminal, to, err);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    (void)!write(terminal, "\n", 1);
    return good;
}

static bool ask_person(bool again, struct buf *to, struct err *err)
{
    CLEANUP_SECRET_BUF struct buf second = {0};
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal < 0)
        return err_set(err, ERR_USAGE,
                       "there is no terminal to type a password on: --password-file FILE, or - for "
                       "standard input");
    bool good = ask(terminal, "New password: ", to, err) &&
                (!again || ask(terminal, "Again: ", &second, err));
    close(terminal);
    if (good && again && !slice_eq(buf_slice(to), buf_slice(&second)))
        return err_set(err, ERR_INPUT, "the two are not the same; nothing was changed");
    return good;
}

bool typed_secret_read(const char *path, bool again, struct buf *to, struct err *err)
{
    if (path == NULL)
        return ask_person(again, to, err);
    if (strcmp(path, "-") == 0)
        return read_line(STDIN_FILENO, to, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_set(err, ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
    bool good = read_line(fd, to, err);
    close(fd);
    return good;
}
