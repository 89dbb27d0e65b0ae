/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_answer.h. An answer is looked at as soon as a line of it is there, so that a peer who
 * speaks something else is not waited for.
 */
#include "mail/quota_answer.h"

/* By status code first: `554 5.2.2 Quota exceeded` is what its words say and not what 554 says. */
static const struct quota_mark usual[] = {
    {{"5.2.3", 5}, QUOTA_TOO_LARGE}, {{"5.3.4", 5}, QUOTA_TOO_LARGE},
    {{"5.2.2", 5}, QUOTA_OVER},      {{"4.2.2", 5}, QUOTA_OVER},
    {{"5.1.1", 5}, QUOTA_NO_USER},   {{"4.1.1", 5}, QUOTA_NO_USER},
    {{"DUNNO", 5}, QUOTA_FITS},      {{"OK", 2}, QUOTA_FITS},
    {{"552", 3}, QUOTA_OVER},        {{"452", 3}, QUOTA_OVER},
    {{"550", 3}, QUOTA_NO_USER},     {{"REJECT", 6}, QUOTA_NO_USER},
};

static const struct quota_marks usual_marks = {usual, sizeof(usual) / sizeof(usual[0])};

const char *quota_kind_name(enum quota_kind kind)
{
    switch (kind) {
    case QUOTA_FITS:
        return "fits";
    case QUOTA_OVER:
        return "over";
    case QUOTA_TOO_LARGE:
        return "too_large";
    case QUOTA_NO_USER:
        return "no_user";
    case QUOTA_TROUBLE:
        return "trouble";
    }
    return "";
}

/* ---- what it means ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The mark, and then a blank or nothing. */
static bool begins_with(struct slice text, struct slice mark)
{
    return mark.len > 0 && slice_istarts_with(text, mark) &&
           (text.len == mark.len || is_blank(text.ptr[mark.len]));
}

static struct slice second_word_on(struct slice text)
{
    size_t at = 0;
    while (at < text.len && !is_blank(text.ptr[at]))
        at++;
    return slice_trim(slice_skip(text, at));
}

/* `5.2.2`; elsewhere a first word that looks like a second one would be found in prose. */
static bool is_status(struct slice mark)
{
    return mark.len >= 5 && mark.ptr[0] >= '2' && mark.ptr[0] <= '5' && mark.ptr[1] == '.' &&
           slice_find_char(mark, ' ') == NULL;
}

static bool find_kind(struct slice action, const struct quota_marks *marks, enum quota_kind *out)
{
    struct slice behind = second_word_on(action);
    for (size_t i = 0; i < marks->count; i++) {
        struct slice mark = marks->marks[i].text;
        if (!begins_with(action, mark) && !(is_status(mark) && begins_with(behind, mark)))
            continue;
        *out = marks->marks[i].kind;
        return true;
    }
    return false;
}

enum quota_kind quota_answer_kind(struct slice action, const struct quota_marks *marks)
{
    enum quota_kind kind = QUOTA_TROUBLE;
    action = slice_trim(action);
    if (!find_kind(action, marks, &kind))
        (void)find_kind(action, &usual_marks, &kind);
    return kind;
}

/* ---- taking ---- */

/* Reads whole lines, each with its LF. NULL, or what is wrong. */
static const char *read_lines(struct slice lines, struct slice *action)
{
    *action = (struct slice){0};
    while (lines.len > 0) {
        struct slice value = slice_cut(&lines, '\n');
        struct slice name = slice_cut(&value, '=');
        if (value.ptr == NULL)
            return "a line without `=` in an answer";
        if (!slice_eq(name, SLICE("action")))
            continue;
        if (action->ptr != NULL)
            return "two actions in an answer";
        *action = slice_trim(value);
    }
    return NULL;
}

/* What is wrong with an answer of which no more than this has come; NULL: nothing yet. */
static const char *early_fault(struct slice window)
{
    struct slice action;
    const char *last = slice_find_last_char(window, '\n');
    if (window.len >= QUOTA_ANSWER_MAX)
        return "an answer of more than 1 KiB";
    if (slice_find_char(window, '\0') != NULL || slice_find_char(window, '\r') != NULL)
        return "a NUL or CR in an answer";
    return last == NULL ? NULL : read_lines(slice_between(window.ptr, last + 1), &action);
}

enum quota_frame quota_answer_take(struct slice *input, const struct quota_marks *marks,
                                   struct quota_answer *out, const char **why)
{
    struct slice window = slice_first(*input, QUOTA_ANSWER_MAX), action;
    if (window.len > 0 && window.ptr[0] == '\n') {
        *why = "an empty answer";
        return QUOTA_FRAME_BAD;
    }
    const char *end = slice_find(window, SLICE("\n\n"));
    if (end == NULL) {
        *why = early_fault(window);
        return *why != NULL ? QUOTA_FRAME_BAD : QUOTA_FRAME_MORE;
    }
    struct slice lines = slice_between(window.ptr, end + 1);
    bool foreign = slice_find_char(lines, '\0') != NULL || slice_find_char(lines, '\r') != NULL;
    *why = foreign ? "a NUL or CR in an answer" : read_lines(lines, &action);
    if (*why == NULL && action.ptr == NULL)
        *why = "an answer without action";
    if (*why != NULL)
        return QUOTA_FRAME_BAD;
    *out = (struct quota_answer){quota_answer_kind(action, marks), action};
    *input = slice_skip(*input, (size_t)(end + 2 - input->ptr));
    return QUOTA_FRAME_WHOLE;
}
