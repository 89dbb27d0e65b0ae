/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku: finds the verb and runs it.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/verb.h"
#include "base/spelling.h"
#include "io/output.h"

static void print_usage(FILE *to)
{
    fprintf(to,
            "Usage: todoku VERB [OPTION...] [ARGUMENT...]\n"
            "Knows from the logs of Postfix, Dovecot and nginx what happened to each mail.\n\n");
    const struct verb *verb;
    for (size_t i = 0; (verb = verb_at(i)) != NULL; i++)
        fprintf(to, "  %-9s %s\n", verb->name, verb->summary);
    fprintf(to,
            "\ntodoku VERB --help says more of a verb, todoku --version which todoku this is.\n"
            "Exit status: 0 fine, 1 the answer is no or bad, 2 wrong use, 3 could not find out.\n");
}

static bool is_any(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* What may have been meant. An option in front of the verb is known only behind it. */
static int refuse(const char *word)
{
    CLEANUP_BUF struct buf near = {0};
    struct err err;
    struct spelling search = {.word = slice_from_str(word)};
    const struct verb *verb;
    bool option = word[0] == '-';
    for (size_t i = 0; (verb = verb_at(i)) != NULL; i++)
        spelling_offer(&search, slice_from_str(verb->name));
    if (option)
        buf_add_str(&near, ": the verb comes first, its options follow");
    else
        spelling_suggest(&search, &near);
    err_set(&err, ERR_USAGE, "there is no %s \"%.60s\"%s", option ? "option" : "verb", word,
            buf_str(&near));
    fprintf(stderr,
            "todoku: %s\nUsage: todoku VERB [OPTION...] [ARGUMENT...] (todoku --help says more)\n",
            err.text);
    return VERB_USAGE;
}

static int help(const char *word)
{
    const struct verb *verb = verb_named(slice_from_str(word));
    return verb != NULL ? verb_help(verb) : refuse(word);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return VERB_USAGE;
    }
    bool helps = is_any(argv[1], "--help", "-h") || strcmp(argv[1], "help") == 0;
    if (helps && argc > 2)
        return help(argv[2]);
    if (helps) {
        print_usage(stdout);
        return VERB_FINE;
    }
    if (is_any(argv[1], "--version", "-V") || strcmp(argv[1], "version") == 0) {
        printf("todoku %s\n", TD_VERSION);
        return VERB_FINE;
    }
    const struct verb *verb = verb_named(slice_from_str(argv[1]));
    if (verb == NULL)
        return refuse(argv[1]);
    return verb->run(verb, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    tzset(); /* before there are threads: it gives back what another may read */
    int status = run(argc, argv);
    struct err err;
    switch (output_finish_stdout(&err)) {
    case OUTPUT_DONE:
        break;
    case OUTPUT_PIPE_CLOSED:
        output_exit_by_pipe();
    case OUTPUT_FAILED:
        fprintf(stderr, "todoku: %s\n", err.text);
        return VERB_UNKNOWN;
    }
    return status;
}
