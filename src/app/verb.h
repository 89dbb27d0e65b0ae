/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs of the program. Adding one is adding a row in verb.c and a file verb_<name>.c.
 */
#ifndef TD_APP_VERB_H
#define TD_APP_VERB_H

#include "base/err.h"
#include "base/slice.h"

/* What a verb ends with: the process' exit status. */
enum verb_exit {
    VERB_FINE = 0,
    VERB_NO = 1,      /* the answer is "no" or "bad" */
    VERB_USAGE = 2,   /* wrong use */
    VERB_UNKNOWN = 3, /* could not find out: unreadable, full disk */
};

struct verb {
    const char *name;
    const char *synopsis; /* of its arguments */
    const char *summary;  /* one line */
    const char *options;  /* help text, one option a line; may be NULL */
    int (*run)(const struct verb *verb, int argc, char **argv);
};

/* NULL when there is no such verb. Index for listing: NULL ends. */
const struct verb *verb_named(struct slice name);
const struct verb *verb_at(size_t index);

/* Prints synopsis and options to stdout. Returns VERB_FINE. */
int verb_help(const struct verb *verb);

/* `todoku report: TEXT` on stderr and how to get help; returns VERB_USAGE. */
int verb_usage_error(const struct verb *verb, const struct err *err);

/* `todoku report: TEXT` on stderr; returns the exit status that goes with the error's code. */
int verb_fail(const struct verb *verb, const struct err *err);

int verb_account(const struct verb *verb, int argc, char **argv);
int verb_limit(const struct verb *verb, int argc, char **argv);
int verb_classify(const struct verb *verb, int argc, char **argv);
int verb_config(const struct verb *verb, int argc, char **argv);
int verb_incident(const struct verb *verb, int argc, char **argv);
int verb_parse(const struct verb *verb, int argc, char **argv);
int verb_queue(const struct verb *verb, int argc, char **argv);
int verb_run(const struct verb *verb, int argc, char **argv);
int verb_replay(const struct verb *verb, int argc, char **argv);
int verb_silence(const struct verb *verb, int argc, char **argv);
int verb_status(const struct verb *verb, int argc, char **argv);
int verb_report(const struct verb *verb, int argc, char **argv);
int verb_route(const struct verb *verb, int argc, char **argv);
int verb_top(const struct verb *verb, int argc, char **argv);
int verb_trace(const struct verb *verb, int argc, char **argv);

#endif
