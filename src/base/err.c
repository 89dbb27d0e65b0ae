/* SPDX-License-Identifier: Apache-2.0
 *
 * Error values. See err.h.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Names of files and bytes of input end up in messages, and messages on terminals. */
static void replace_controls(char *text)
{
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
}

bool err_set(struct err *err, enum err_code code, const char *format, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    err->code = code;
    replace_controls(err->text);
    return false;
}

bool err_set_errno(struct err *err, int errno_value, const char *format, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, format);
    char what[sizeof(err->text)];
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return err_set(err, ERR_IO, "%s: %s", what, strerror(errno_value));
}

bool err_at(struct err *err, const char *format, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, format);
    char where[sizeof(err->text)], inner[sizeof(err->text)];
    vsnprintf(where, sizeof(where), format, args);
    va_end(args);
    memcpy(inner, err->text, sizeof(inner));
    return err_set(err, err->code, "%s: %s", where, inner);
}
