/* SPDX-License-Identifier: Apache-2.0
 *
 * log_set_default of log_set.h: where the distributions let syslog write mail lines. Debian and
 * Ubuntu mail.log (also mail.info up to Debian 11), Red Hat maillog, SUSE mail, Arch and Debian 12
 * without rsyslog only the journal.
 */
#include "io/log_set.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/journal.h"

static const char *const places[] = {
    "/var/log/mail.log",
    "/var/log/maillog",
    "/var/log/mail/mail.log",
    "/var/log/mail.info",
};

/* 0, or why not. */
static int readable_file(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno;
    if (!S_ISREG(st.st_mode))
        return EISDIR;
    return access(path, R_OK) == 0 ? 0 : errno;
}

bool log_set_default(const char *root, struct buf *path, struct err *err)
{
    const char *refused = NULL;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        buf_clear(path);
        buf_addf(path, "%s%s", root, places[i]);
        int code = readable_file(buf_str(path));
        if (code == 0)
            return true;
        if (code == EACCES && refused == NULL)
            refused = places[i];
    }
    buf_clear(path);
    buf_add_str(path, "journal:");
    if (*root != '\0')
        buf_addf(path, "%s/var/log/journal", root);
    if (journal_has_postfix(buf_str(path) + strlen("journal:")))
        return true;
    if (refused != NULL)
        return err_set(err, ERR_IO,
                       "%s%s: not allowed to read it: use sudo, join its group, or name a log",
                       root, refused);
    return err_set(
        err, ERR_INPUT,
        "no mail log found (looked for /var/log/mail.log, maillog, mail/mail.log, mail.info and "
        "lines of postfix in the journal): name one");
}
