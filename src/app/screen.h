/* SPDX-License-Identifier: Apache-2.0
 *
 * What the reader's screen can show: width, character set, colour.
 */
#ifndef TD_APP_SCREEN_H
#define TD_APP_SCREEN_H

#include "app/text_style.h"
#include "base/err.h"

enum screen_colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

bool screen_colour_parse(struct slice word, enum screen_colour *out, struct err *err);

/* Of --format: text or json. */
bool screen_format_parse(struct slice word, bool *json, struct err *err);

/* Style for standard output; to_stdout false: for a file. AUTO: colour only on a terminal, and not
 * with NO_COLOR (no-color.org). Without a terminal the width is 100 columns. */
struct text_style screen_style(bool to_stdout, enum screen_colour colour);

#endif
