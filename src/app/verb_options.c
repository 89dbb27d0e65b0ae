/* SPDX-License-Identifier: Apache-2.0
 *
 * getopt_long, and what all verbs do around it. See verb_options.h.
 */
#include "app/verb_options.h"

#include <string.h>

#include "app/word_choice.h"
#include "base/spelling.h"

/* ":c:h" of the rows whose codes are letters; the colon in front: complaints are ours. */
static void add_letters(const struct option *table, struct buf *to)
{
    buf_add_char(to, ':');
    for (; table->name != NULL; table++)
        if (table->val < 256)
            buf_addf(to, "%c%s", table->val, table->has_arg == required_argument ? ":" : "");
}

/* The word that begins with the short option optopt: the one before, or of several in one word this
 * one. */
static const char *short_word(int argc, char **argv)
{
    const char *here = optind < argc ? argv[optind] : "";
    bool inside = here[0] == '-' && here[1] != '-' && strchr(here, optopt) != NULL;
    return inside ? here : argv[optind - 1];
}

/* Appends ", did you mean --since?". People also write a format as an option of its own. */
static void suggest_option(const struct option *table, struct slice name, struct buf *to)
{
    static const char *const formats[] = {"json", "text", "html", "yaml"};
    struct spelling search = {.word = name};
    bool has_format = false;
    size_t place;
    for (; table->name != NULL; table++) {
        spelling_offer(&search, slice_from_str(table->name));
        has_format = has_format || strcmp(table->name, "format") == 0;
    }
    if (search.near.len > 0)
        buf_addf(to, ", did you mean --%.*s?", SLICE_ARG(search.near));
    else if (has_format && word_find(formats, 4, name, &place))
        buf_addf(to, ", did you mean --format %s?", formats[place]);
}

/* Appends "--since or --socket" when the name is the begin of several. */
static bool list_begun(const struct option *table, struct slice name, struct buf *to)
{
    size_t count = 0;
    for (; table->name != NULL; table++)
        if (slice_starts_with(slice_from_str(table->name), name))
            buf_addf(to, "%s--%s", count++ > 0 ? " or " : "", table->name);
    return count > 1;
}

/* An option that getopt_long did not take: says which, and what may have been meant. */
static int refuse(const struct verb *verb, int argc, char **argv, const struct option *table)
{
    CLEANUP_BUF struct buf hint = {0};
    struct err err;
    bool is_long = optopt == 0 || optopt > 255 || optopt == 'h'; /* --help=x */
    const char *word = is_long ? argv[optind - 1] : short_word(argc, argv);
    struct slice name = slice_from_str(word);
    while (slice_starts_with(name, SLICE("-")))
        name = slice_skip(name, 1);
    name = slice_cut(&name, '=');
    if (is_long && optopt != 0)
        err_set(&err, ERR_USAGE, "option --%.*s takes no value", SLICE_ARG(slice_first(name, 60)));
    else if (is_long && list_begun(table, name, &hint))
        err_set(&err, ERR_USAGE, "option %.60s is %s?", word, buf_str(&hint));
    else {
        buf_clear(&hint);
        suggest_option(table, name, &hint);
        err_set(&err, ERR_USAGE, "there is no option %.60s%s", word, buf_str(&hint));
    }
    return verb_usage_error(verb, &err);
}

int verb_options(const struct verb *verb, int argc, char **argv, const struct option *table,
                 verb_option_fn *take, void *data)
{
    CLEANUP_BUF struct buf letters = {0};
    struct err err;
    int code;
    add_letters(table, &letters);
    while ((code = getopt_long(argc, argv, buf_str(&letters), table, NULL)) != -1) {
        if (code == 'h')
            return verb_help(verb);
        if (code == ':') {
            err_set(&err, ERR_USAGE, "option %.60s needs a value", argv[optind - 1]);
            return verb_usage_error(verb, &err);
        }
        if (code == '?')
            return refuse(verb, argc, argv, table);
        if (!take(data, code, optarg, &err))
            return verb_usage_error(verb, &err);
    }
    return VERB_GO_ON;
}

int verb_no_words(const struct verb *verb, int argc, char **argv)
{
    struct err err;
    if (optind >= argc)
        return VERB_GO_ON;
    err_set(&err, ERR_USAGE, "takes no arguments, not \"%.60s\"", argv[optind]);
    return verb_usage_error(verb, &err);
}

bool verb_action(const char *const *names, size_t count, const char *word, size_t *place,
                 struct err *err)
{
    CLEANUP_BUF struct buf all = {0}, near = {0};
    struct slice said = slice_from_str(word != NULL ? word : "");
    if (word != NULL && word_find(names, count, said, place))
        return true;
    word_list(names, count, " and ", &all);
    if (word == NULL)
        return err_set(err, ERR_USAGE, "say one of %s", buf_str(&all));
    word_suggest(names, count, said, &near);
    return err_set(err, ERR_USAGE, "it does %s, not \"%.60s\"%s", buf_str(&all), word,
                   buf_str(&near));
}
