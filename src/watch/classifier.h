/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reply means. Evidence in falling order: named token of a provider, named blocklist or its
 * link, phrase, SMTP stage, enhanced status code, reply code. Rules come from data/replies.rules,
 * built into the program, and from an operator's file of the same form, whose rules win within
 * their tier. All patterns are one vectorscan database: linear time in the length of the reply.
 */
#ifndef TD_WATCH_CLASSIFIER_H
#define TD_WATCH_CLASSIFIER_H

#include "base/err.h"
#include "base/slice.h"
#include "mail/provider.h"
#include "mail/reply.h"
#include "mail/reply_rule.h"
#include "model/reply_class.h"

struct classifier;

/* operator_rules: path of an operator's rule file, or NULL. NULL and err when it does not parse:
 * file, line, what was expected. */
struct classifier *classifier_new(const char *operator_rules, struct err *err);
/* The same with an operator's table of providers, which it takes over, also when it fails. NULL
 * providers: NULL, err untouched. */
struct classifier *classifier_new_for(const char *operator_rules, struct provider_table *providers,
                                      struct err *err);

void classifier_free(struct classifier *classifier);

/* The table that it looks hosts up in; lives as long as the classifier. */
const struct provider_table *classifier_providers(const struct classifier *classifier);

/* The rules as they were read: the built-in ones, or the operator's (own; NULL: there are none).
 * They live as long as the classifier. */
const struct reply_rules *classifier_rules(const struct classifier *classifier, bool own);

struct reply_facts {
    struct slice text; /* the reply, or the whole reason of a delivery record; may be multi-line
                          joined by blanks (`550-5.7.1 a 550 5.7.1 b`) or by newlines */
    uint32_t code;     /* 0: taken from the text */
    struct slice dsn;  /* what the text says goes first. X.0.0, which Postfix puts where the server
                          wrote nothing, only tells temporary from permanent */
    enum reply_stage stage; /* NONE: taken from "(in reply to ...)" */
    struct slice relay; /* remote host name, `host[ip]:port` or bare; empty: the host that the text
                           names, if any */
    int64_t time_us;    /* STAMP_NONE: now is not known, rules with dates take their newest form */
};

struct verdict {
    enum reply_class class;
    enum reply_scope scope;
    enum reply_permanence permanence;
    const char *action;   /* literal of the rule, "none" */
    const char *provider; /* of the remote host, or the rule's own; "" when unknown */
    const char *rule;     /* id, or "" */
    struct slice token;   /* into the text, or empty */
    struct slice list;    /* name of the blocklist as in data/lists.tsv, or the zone that the text
                             names; or empty */
    struct slice url;     /* into the text or the rule's; or empty */
};

/* Classifies one reply. Reads only the first 4096 bytes. Slices in *out live as long as facts->text
 * and the classifier. Never fails: what no rule knows has class unknown. Not thread-safe. The last
 * 4096 different replies are remembered: a repeated one costs some 100 ns, a new one 1 to 2 us. */
void classifier_run(struct classifier *classifier, const struct reply_facts *facts,
                    struct verdict *out);

/* The same for a caller that has taken facts->text apart already: *reply is reply_parse of it. */
void classifier_run_parsed(struct classifier *classifier, const struct reply_facts *facts,
                           const struct reply *reply, struct verdict *out);

/* Why the built-in rules had to be compiled at start, which takes a second or two: the database in
 * the program is of another release of vectorscan. False: it was taken as it is. */
bool classifier_compiled_at_start(const struct classifier *classifier);

#endif
