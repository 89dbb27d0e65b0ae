/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of a verb: its options, and the word that says what to do. One shape for the
 * verbs, so that they help and complain alike.
 */
#ifndef TD_APP_VERB_OPTIONS_H
#define TD_APP_VERB_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/verb.h"

#define VERB_GO_ON (-1) /* no exit status: there is more to do */

/* Takes the option with that code (`val` of its row) and its value, or NULL. False and err: the
 * value is none. */
typedef bool verb_option_fn(void *data, int code, const char *value, struct err *err);

/* Reads the options; `table` ends with {0}, and a row whose code is a letter has that letter as its
 * short form. take NULL: there is none but --help. --help (code 'h') prints the help. VERB_GO_ON:
 * optind says where the other words begin. Else the exit status: the help, or a complaint, is
 * printed. */
int verb_options(const struct verb *verb, int argc, char **argv, const struct option *table,
                 verb_option_fn *take, void *data);

/* Complains about a word that is left after the options. VERB_GO_ON: there is none. */
int verb_no_words(const struct verb *verb, int argc, char **argv);

/* The word's place among `names` (count of them). word NULL, or another: false and err, which says
 * them all. */
bool verb_action(const char *const *names, size_t count, const char *word, size_t *place,
                 struct err *err);

#endif
