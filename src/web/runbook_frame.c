/* SPDX-License-Identifier: Apache-2.0
 *
 * What all pages of runbooks share: head, style, the way back and to the other language.
 */
#include "web/runbook_private.h"

#include "base/escape.h"

static const char *const back[LANGUAGE_COUNT] = {"All runbooks", "手順書一覧"};
static const char *const own_name[LANGUAGE_COUNT] = {"English", "日本語"};

void runbook_address(struct slice name, enum language language, struct buf *to)
{
    buf_add_str(to, "/runbooks/");
    escape_html(name, to);
    if (language != LANGUAGE_EN)
        buf_addf(to, "%s%s", name.len > 0 ? "." : "", language_word(language));
}

static void add_link(struct slice name, enum language language, const char *text, struct buf *to)
{
    buf_add_str(to, "<a href=\"");
    runbook_address(name, language, to);
    buf_addf(to, "\">%s</a>\n", text);
}

void runbook_frame_begin(struct slice name, struct slice title, enum language language,
                         struct buf *to)
{
    buf_addf(to,
             "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<link rel=\"stylesheet\" href=\"/runbooks/" RUNBOOK_STYLE_NAME "\">\n<title>",
             language_word(language));
    escape_html(title, to);
    buf_add_str(to, " - todoku</title>\n</head>\n<body>\n<nav>\n");
    add_link(SLICE(""), language, back[language], to);
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        if ((enum language)i != language)
            add_link(name, (enum language)i, own_name[i], to);
    buf_add_str(to, "</nav>\n<main>\n");
}

void runbook_frame_end(struct buf *to)
{
    buf_add_str(to, "</main>\n</body>\n</html>\n");
}
