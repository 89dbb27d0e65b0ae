/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku: finds the verb and runs it.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "app/verb.h"
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

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return VERB_USAGE;
    }
    if (is_any(argv[1], "--help", "-h") || is_any(argv[1], "help", "help")) {
        print_usage(stdout);
        return VERB_FINE;
    }
    if (is_any(argv[1], "--version", "-V")) {
        printf("todoku %s\n", TD_VERSION);
        return VERB_FINE;
    }
    const struct verb *verb = verb_named(slice_from_str(argv[1]));
    if (verb == NULL) {
        struct err err;
        err_set(&err, ERR_USAGE, "there is no %s \"%.60s\"", argv[1][0] == '-' ? "option" : "verb",
                argv[1]);
        fprintf(stderr, "todoku: %s\n\n", err.text);
        print_usage(stderr);
        return VERB_USAGE;
    }
    return verb->run(verb, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
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
