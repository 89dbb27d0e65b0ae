/* SPDX-License-Identifier: Apache-2.0
 *
 * getopt_long, and what all verbs do around it. See verb_options.h.
 */
#include "app/verb_options.h"

#include "base/buf.h"

/* ":c:h" of the rows whose codes are letters; the colon in front: complaints are ours. */
static void add_letters(const struct option *table, struct buf *to)
{
    buf_add_char(to, ':');
    for (; table->name != NULL; table++)
        if (table->val < 256)
            buf_addf(to, "%c%s", table->val, table->has_arg == required_argument ? ":" : "");
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
        if (code == ':' || code == '?')
            return verb_bad_option(verb, argc, argv, code);
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

/* "list, show, ack and close" */
static void add_names(const char *const *names, size_t count, struct buf *to)
{
    for (size_t i = 0; i < count; i++)
        buf_addf(to, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " and ", names[i]);
}

bool verb_action(const char *const *names, size_t count, const char *word, size_t *place,
                 struct err *err)
{
    CLEANUP_BUF struct buf all = {0};
    for (size_t i = 0; word != NULL && i < count; i++) {
        if (slice_eq(slice_from_str(word), slice_from_str(names[i]))) {
            *place = i;
            return true;
        }
    }
    add_names(names, count, &all);
    if (word == NULL)
        return err_set(err, ERR_USAGE, "say one of %s", buf_str(&all));
    return err_set(err, ERR_USAGE, "it does %s, not \"%.60s\"", buf_str(&all), word);
}
