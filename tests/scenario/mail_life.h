/* SPDX-License-Identifier: Apache-2.0
 *
 * The word `mail` of a scenario: the log lines of one message's life, as Postfix 3.7 writes them.
 */
#ifndef TD_SCENARIO_MAIL_LIFE_H
#define TD_SCENARIO_MAIL_LIFE_H

#include "base/err.h"
#include "event_list.h"

/* X(NAME, word, value when it is not given) */
#define MAIL_WORDS(X) \
    X(RELAY, "relay", "relay1")            /* host */ \
    X(INSTANCE, "instance", "postfix")     /* of Postfix */ \
    X(SOURCE, "source", "out-a")           /* transport */ \
    X(MX, "mx", "mx.mail.example")         /* host that is spoken to */ \
    X(IP, "ip", "198.51.100.7")            /* its address */ \
    X(TO, "to", "")                        /* recipient domain; else mx without its first label */ \
    X(FROM, "from", "news@sender.example") /* empty: the null sender */ \
    X(LOGIN, "login", "")                  /* sasl_username */ \
    X(RCPTS, "rcpts", "1")                 /* recipients, one attempt each */ \
    X(DELAY, "delay", "1s")                /* of one attempt */ \
    X(HOW, "how", "said")                  /* see mail_life.c */ \
    X(REPLY, "reply", "")                  /* what the server says */ \
    X(STAGE, "stage", "RCPT TO")           /* ... in reply to this command */ \
    X(DSN, "dsn", "")                      /* else from the reply */ \
    X(STATUS, "status", "")                /* else from the reply: sent, deferred, bounced */ \
    X(TRIES, "tries", "1")                 /* attempts that end so */ \
    X(RETRY, "retry", "5m")                /* between them */ \
    X(THEN, "then", "") /* after them: sent, bounced, expired, removed; or waits */ \
    X(LAST, "last", "") /* what the server says then */

enum mail_word {
#define X(name, word, standard) MAIL_##name,
    MAIL_WORDS(X)
#undef X
};

#define X(name, word, standard) +1
enum { MAIL_WORD_COUNT = MAIL_WORDS(X) };
#undef X

struct mail_words {
    struct slice value[MAIL_WORD_COUNT]; /* `%n` stands for the number of the message */
};

struct mail_words mail_words_standard(void);

/* Reads `name=value ...` over what *words holds. */
bool mail_words_take(struct mail_words *words, struct slice text, struct err *err);

/* Adds the lines of message `number` (from 1), which arrives at time_us. serial: unlike that of any
 * other message; its queue id is made of it. False and err when a word's value is wrong. */
bool mail_life_add(struct event_list *events, const struct mail_words *words, int64_t time_us,
                   uint64_t number, uint32_t serial, struct err *err);

#endif
