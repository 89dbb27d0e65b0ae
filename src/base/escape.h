/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes from logs on their way to a person: nothing that moves a cursor, changes a colour, hides or
 * reorders text, or ends a markup element gets through. What is taken out stays visible as an
 * escape: `\n` `\t` `\r`, `\x1b` for a byte, `\u202e` for a character. A backslash stays as it is:
 * the result is for reading, not for reading back.
 *
 * Made visible: C0, DEL, C1, bytes that are not UTF-8, controls of writing direction, invisible
 * characters (zero width, soft hyphen, tags), line and paragraph separators, noncharacters.
 */
#ifndef TD_BASE_ESCAPE_H
#define TD_BASE_ESCAPE_H

#include "base/buf.h"
#include "base/slice.h"

#define UTF8_INVALID UINT32_MAX

/* Takes one character off the front of *text, which is not empty. For bytes that are not UTF-8
 * (also overlong forms, surrogates, above U+10FFFF) it takes the longest run that could have begun
 * a character, at least one byte, and returns UTF8_INVALID. */
uint32_t utf8_take(struct slice *text);

/* The longest beginning of the text that has at most `max` bytes; never half a character. */
struct slice utf8_first(struct slice text, size_t max);

/* Appended: valid UTF-8 without NUL; every invalid run and every NUL becomes U+FFFD. Other controls
 * stay. */
void utf8_sanitize(struct slice text, struct buf *to);

/* Appended, for a terminal whose character set is UTF-8. One line: newlines are escaped too. */
void escape_terminal(struct slice text, struct buf *to);

/* The same for any other terminal: everything outside printable ASCII is escaped, since a byte of a
 * UTF-8 sequence is a control byte in an 8-bit set. */
void escape_ascii(struct slice text, struct buf *to);

/* Appended, for HTML text and quoted attribute values: as escape_terminal, then & < > " ' become
 * entities. */
void escape_html(struct slice text, struct buf *to);

/* Appended, for the inside of a JSON string (RFC 8259): ASCII alone. Quotes, backslashes, controls
 * and DEL as `\"` `\\` `\n` `\u001B`, other characters as `\u00E9` or a pair; nothing is hidden or
 * lost, except that invalid runs and NUL become U+FFFD. */
void escape_json(struct slice text, struct buf *to);

/* Columns that escaped text takes on a terminal: East Asian wide and emoji 2, combining marks 0. */
size_t escape_width(struct slice text);

/* The longest beginning of escaped text that takes at most `columns` columns; never half a
 * character. Combining marks stay with the character before them. */
struct slice escape_cut(struct slice text, size_t columns);

#endif
