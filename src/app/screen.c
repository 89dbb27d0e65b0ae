/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the system about the screen. See screen.h.
 */
#include "app/screen.h"

#include <langinfo.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 100
#define WIDTH_LEAST 60
#define WIDTH_MOST 160

bool screen_colour_parse(struct slice word, enum screen_colour *out, struct err *err)
{
    static const char *const words[] = {"auto", "always", "never"};
    for (size_t i = 0; i < 3; i++) {
        if (slice_eq(word, slice_from_str(words[i]))) {
            *out = (enum screen_colour)i;
            return true;
        }
    }
    return err_set(err, ERR_USAGE, "--color is auto, always or never, not \"%.*s\"",
                   SLICE_ARG(slice_first(word, 60)));
}

bool screen_format_parse(struct slice word, bool *json, struct err *err)
{
    bool is_json = slice_eq(word, SLICE("json"));
    if (!is_json && !slice_eq(word, SLICE("text")))
        return err_set(err, ERR_USAGE, "--format is text or json, not \"%.*s\"",
                       SLICE_ARG(slice_first(word, 60)));
    *json = is_json;
    return true;
}

static size_t screen_width(bool terminal)
{
    struct winsize size;
    if (!terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_DEFAULT;
    size_t width = size.ws_col;
    return width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : width;
}

struct text_style screen_style(bool to_stdout, enum screen_colour colour)
{
    bool terminal = to_stdout && isatty(STDOUT_FILENO);
    const char *no_colour = getenv("NO_COLOR");
    bool wanted = terminal && (no_colour == NULL || *no_colour == '\0');
    return (struct text_style){
        .width = screen_width(terminal),
        .utf8 = slice_eq(slice_from_str(nl_langinfo(CODESET)), SLICE("UTF-8")),
        .colour = colour == COLOUR_ALWAYS || (colour == COLOUR_AUTO && wanted),
    };
}
