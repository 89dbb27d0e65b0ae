/* SPDX-License-Identifier: Apache-2.0
 *
 * The subject of a certificate as nginx hands it on, a distinguished name in the form of RFC 2253:
 *
 *      emailAddress=taro@example.jp,CN=Taro Yamada,O=Example\, Inc.
 *
 * Pure.
 */
#ifndef TD_MAIL_SUBJECT_NAME_H
#define TD_MAIL_SUBJECT_NAME_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

/* Appends the value of the attribute of that name (in any case), with its escapes undone. False,
 * and nothing appended: there is none, there are several (whose is it then?), it is empty or holds
 * a NUL, or the name is not of that form. */
bool subject_name_find(struct slice name, struct slice attribute, struct buf *to);

#endif
