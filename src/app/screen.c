/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the system about the screen. See screen.h.
 */
#include "app/screen.h"

#include <langinfo.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/word_choice.h"

#define WIDTH_DEFAULT 100
#define WIDTH_LEAST 60
#define WIDTH_MOST 160

bool screen_colour_parse(struct slice word, enum screen_colour *out, struct err *err)
{
    static const char *const words[] = {"auto", "always", "never"};
    size_t place;
    if (!word_choose("--color", words, 3, word, &place, err))
        return false;
    *out = (enum screen_colour)place;
    return true;
}

bool screen_format_parse(struct slice word, bool *json, struct err *err)
{
    static const char *const words[] = {"text", "json"};
    size_t place;
    if (!word_choose("--format", words, 2, word, &place, err))
        return false;
    *json = place == 1;
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
        .piped = !terminal,
        .colour = colour == COLOUR_ALWAYS || (colour == COLOUR_AUTO && wanted),
    };
}
