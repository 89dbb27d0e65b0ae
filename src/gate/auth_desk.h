/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides who may log in, by what nginx's mail proxy asks: whether the secret is right, what the
 * account may, and which server is next. It asks nobody itself: what takes time (the database, the
 * computing of a secret) is a step that somebody else does.
 *
 *      begin ─▶ FIND ─▶ found ─▶ CHECK ─▶ checked ─▶ DONE
 *        │                │                            ▲
 *        └────────────────┴── a secret that was right lately
 *
 *      1. who may ask, and with the key; a method that is offered
 *      2. a secret that was right lately, of an account that was looked up lately: done
 *      3. guesses (guess_guard.h): who is denied is told the same as for a wrong secret
 *      4. the account, by the driver; of one that does not exist a secret is computed all the same
 *      5. the secret
 *      6. only then, what the account may: flags, an end, protocols, networks
 *      7. a server that is up
 *
 * While the database is away who was known goes on, and others are told to come again later; never
 * that their secret is wrong. Flags are todoku's own (account_flags.h) and the account's.
 *
 * One thread, pure. Memory: guess_guard.h, credential_cache.h, known_accounts.h.
 */
#ifndef TD_GATE_AUTH_DESK_H
#define TD_GATE_AUTH_DESK_H

#include "base/memory.h"
#include "gate/account_flags.h"
#include "gate/auth_account.h"
#include "gate/backend_book.h"
#include "gate/credential_cache.h"
#include "gate/guess_guard.h"
#include "io/secret_check.h"
#include "mail/auth_reply.h"
#include "mail/auth_request.h"

/* Borrowed until the next auth_desk_configure or the end. */
struct auth_terms {
    unsigned methods;                 /* bits, 1u << enum auth_method */
    struct slice key;                 /* empty: none is asked for */
    const struct ip_network *callers; /* by TCP */
    size_t caller_count;
    struct slice internal_password; /* empty: the user's goes on */
    struct slice default_domain;    /* empty: logins stay as they are */
    bool external_by_mail;          /* the certificate's emailAddress is the login, not its CN */
    uint32_t known_max;             /* accounts that were looked up lately; at least 1 */
};

/* What became of a login. Words and what the client is told of it: auth_words.h. */
enum auth_result {
    AUTH_RESULT_PASSED,
    AUTH_RESULT_WRONG,
    AUTH_RESULT_UNKNOWN,
    AUTH_RESULT_GUESSING, /* denied without a look */
    AUTH_RESULT_FLAGGED,
    AUTH_RESULT_EXPIRED,
    AUTH_RESULT_PROTOCOL, /* not one that the account may */
    AUTH_RESULT_NETWORK,  /* not from there */
    AUTH_RESULT_METHOD,   /* not offered, or not with the secret as it is kept */
    AUTH_RESULT_CERTIFICATE,
    AUTH_RESULT_ACCOUNT, /* what stands in it is none, see detail */
    AUTH_RESULT_SERVER,  /* none that is up */
    AUTH_RESULT_TROUBLE, /* the account or the secret could not be looked at */
    AUTH_RESULT_BUSY,
    AUTH_RESULT_REQUEST,
    AUTH_RESULT_CALLER, /* who asks may not */
};
enum { AUTH_RESULT_COUNT = AUTH_RESULT_CALLER + 1 };
const char *auth_result_word(enum auth_result result);

enum auth_step { AUTH_STEP_FIND, AUTH_STEP_CHECK, AUTH_STEP_DONE };

/* A login on its way. Whoever does the steps owns it, and the arena of its texts. */
struct auth_attempt {
    struct arena *arena;
    struct auth_request request; /* texts in the arena */

    /* FIND: to be filled by who does the step, if the account was found: the account by
     * auth_attempt_take. */
    const struct auth_account *account; /* NULL: not known */
    struct auth_account *own;           /* the same, unless it is the desk's */
    struct slice secret;                /* as it is kept */
    const struct slice *apps;           /* secrets of app passwords, as many as account->apps */

    /* The desk's. */
    struct slice login;              /* in its one form */
    enum credential_finding finding; /* whether it was right lately */
    struct credential_ticket ticket;
    struct credential_print print;
    struct credential_moment moment; /* before the account was looked up */
    bool looked;                     /* the guard has to hear how it ended */
    bool cached, exists, trusted;
    struct guess_news news[GUESS_NEWS_MAX]; /* for other relays, of a failure that counted */
    size_t news_count;
    int secret_number; /* which one was right, see auth_account_secret */

    /* DONE. */
    enum auth_result result;
    uint32_t wait_s;
    struct slice detail; /* for people: which flag, which server is down; never a secret */
    struct ip_address server;
    uint16_t port;
    struct slice server_name;
};

/* The account that it is about; takes it over. */
void auth_attempt_take(struct auth_attempt *attempt, struct auth_account *account);

/* But for its arena. */
void auth_attempt_done(struct auth_attempt *attempt);

struct auth_caller {
    bool is_unix;
    struct ip_address ip;
};

struct auth_desk;

/* What the desk is made of; taken over. */
struct auth_desk_parts {
    struct guess_guard *guard;
    struct credential_cache *cache;
    struct backend_book *backends;
    struct hash_key key; /* of its own table */
};

struct auth_desk *auth_desk_new(const struct auth_terms *terms,
                                const struct auth_desk_parts *parts);
void auth_desk_free(struct auth_desk *desk);
void auth_desk_configure(struct auth_desk *desk, const struct auth_terms *terms);

/* To look at and to configure them. */
const struct auth_desk_parts *auth_desk_parts(const struct auth_desk *desk);

/* The flags of accounts, to put them; at first there are none. The table is the desk's. */
struct account_flags *auth_desk_flags(struct auth_desk *desk);

/* Something of accounts was changed: each is looked up again when it is next asked for. */
void auth_desk_accounts_changed(struct auth_desk *desk);

/* Something of this account was, its secret perhaps: nothing of it is known any more. login in its
 * one form. */
void auth_desk_account_changed(struct auth_desk *desk, struct slice login);

/* The steps of a login; the first with request and arena filled. */
enum auth_step auth_desk_begin(struct auth_desk *desk, const struct auth_caller *caller,
                               struct auth_attempt *attempt, int64_t now_us);
enum auth_step auth_desk_found(struct auth_desk *desk, struct auth_attempt *attempt,
                               enum account_found found, int64_t now_us);
/* number: of the secret that was compared, see auth_account_secret. */
enum auth_step auth_desk_checked(struct auth_desk *desk, struct auth_attempt *attempt,
                                 enum secret_verdict verdict, int number, int64_t now_us);

/* The step cannot be done: too much waits, or it took too long. */
enum auth_step auth_desk_give_up(struct auth_desk *desk, struct auth_attempt *attempt,
                                 enum auth_result result, int64_t now_us);

/* Appends the reply's header lines to one that is done. A request that was none has protocol and
 * user as far as they could be read. */
void auth_desk_reply(const struct auth_desk *desk, const struct auth_attempt *attempt,
                     struct buf *lines);

#endif
