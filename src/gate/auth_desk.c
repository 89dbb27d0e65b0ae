/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_desk.h.
 */
#include "gate/auth_desk.h"

#include "gate/auth_words.h"
#include "gate/known_accounts.h"
#include "mail/subject_name.h"
#include "model/login_form.h"

enum {
    TRIES_MAX = 5,    /* of a connection; then nginx closes it */
    LATER_WAIT_S = 2, /* so long it holds one that is to come again, so that they do not all do */
};

struct auth_desk {
    struct auth_terms terms;
    struct auth_desk_parts parts;
    struct known_accounts *known;
    struct account_flags *flags;
    struct buf form; /* of the attempt that is looked at */
};

void auth_attempt_take(struct auth_attempt *attempt, struct auth_account *account)
{
    mem_free(attempt->own);
    attempt->account = attempt->own = account;
}

void auth_attempt_done(struct auth_attempt *attempt)
{
    auth_attempt_take(attempt, NULL);
}

struct auth_desk *auth_desk_new(const struct auth_terms *terms, const struct auth_desk_parts *parts)
{
    struct auth_desk *desk = MEM_NEW(struct auth_desk);
    desk->terms = *terms;
    desk->parts = *parts;
    desk->known = known_accounts_new(terms->known_max, &parts->key);
    desk->flags = account_flags_new(ACCOUNT_FLAGS_MAX);
    return desk;
}

void auth_desk_free(struct auth_desk *desk)
{
    if (desk == NULL)
        return;
    guess_guard_free(desk->parts.guard);
    credential_cache_free(desk->parts.cache);
    backend_book_free(desk->parts.backends);
    known_accounts_free(desk->known);
    account_flags_free(desk->flags);
    buf_done(&desk->form);
    mem_free(desk);
}

void auth_desk_configure(struct auth_desk *desk, const struct auth_terms *terms)
{
    desk->terms = *terms;
    known_accounts_resize(desk->known, terms->known_max);
}

const struct auth_desk_parts *auth_desk_parts(const struct auth_desk *desk)
{
    return &desk->parts;
}

struct account_flags *auth_desk_flags(struct auth_desk *desk)
{
    return desk->flags;
}

void auth_desk_accounts_changed(struct auth_desk *desk)
{
    credential_cache_doubt(desk->parts.cache);
}

void auth_desk_account_changed(struct auth_desk *desk, struct slice login)
{
    known_accounts_drop(desk->known, login);
    credential_cache_drop(desk->parts.cache, login);
}

/* ---- ends ---- */

static enum auth_step end(struct auth_attempt *attempt, enum auth_result result,
                          struct slice detail)
{
    attempt->result = result;
    attempt->detail = detail;
    return AUTH_STEP_DONE;
}

/* It may be tried again in the same connection, after a while; but not for ever. */
static enum auth_step end_wrong(struct auth_attempt *attempt, enum auth_result result,
                                uint32_t wait_s)
{
    attempt->wait_s = attempt->request.attempt < TRIES_MAX ? wait_s : 0;
    return end(attempt, result, SLICE(""));
}

static struct guess_try try_of(const struct auth_attempt *attempt)
{
    return (struct guess_try){attempt->login, attempt->request.client};
}

enum auth_step auth_desk_give_up(struct auth_desk *desk, struct auth_attempt *attempt,
                                 enum auth_result result, int64_t now_us)
{
    const struct guess_try who = try_of(attempt);
    if (attempt->looked)
        guess_guard_leave(desk->parts.guard, &who, now_us);
    attempt->looked = false;
    attempt->wait_s = LATER_WAIT_S;
    return end(attempt, result, attempt->detail);
}

/* ---- who is next ---- */

static enum auth_step send_to(struct auth_desk *desk, struct auth_attempt *attempt,
                              struct slice server, unsigned protocol)
{
    struct slice login = attempt->account != NULL ? attempt->account->login : attempt->login;
    struct backend_found found;
    switch (backend_book_choose(desk->parts.backends, server, login, protocol, &found)) {
    case BACKEND_FOUND:
        attempt->server = found.place.ip;
        attempt->port = found.place.port;
        attempt->server_name = found.name;
        return end(attempt, AUTH_RESULT_PASSED, SLICE(""));
    case BACKEND_DOWN:
        attempt->detail = SLICE("down");
        break;
    case BACKEND_UNKNOWN:
        attempt->detail = SLICE("the account names a server that is not configured");
        break;
    case BACKEND_NOT_SERVED:
        attempt->detail = SLICE("no server for this protocol");
        break;
    }
    attempt->server_name = server;
    attempt->wait_s = LATER_WAIT_S;
    return end(attempt, AUTH_RESULT_SERVER, attempt->detail);
}

/* ---- what the account may ---- */

/* Its sternest flag about logging in; NULL: none. */
static const char *flag_against(const struct auth_desk *desk, const struct auth_attempt *attempt,
                                int64_t now_us)
{
    static const enum account_flag_kind kinds[] = {ACCOUNT_SUSPENDED, ACCOUNT_NO_LOGIN,
                                                   ACCOUNT_PASSWORD_RESET, ACCOUNT_NO_SEND};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct account_flag *flag =
            account_flags_find(desk->flags, buf_slice(&desk->form), kinds[i]);
        bool is_set = (flag != NULL && now_us < flag->until_us) ||
                      (attempt->account->flags & 1u << kinds[i]) != 0;
        if (is_set && (kinds[i] != ACCOUNT_NO_SEND || attempt->request.protocol == AUTH_SMTP))
            return account_flag_word(kinds[i]);
    }
    return NULL;
}

/* Behind the proxy somebody must be told a secret; the user's own is not always there. */
static bool can_be_sent_on(const struct auth_desk *desk, const struct auth_attempt *attempt)
{
    bool has_own = attempt->request.method == AUTH_PLAIN && attempt->secret_number == 0;
    return has_own || desk->terms.internal_password.len > 0 ||
           attempt->request.protocol == AUTH_SMTP;
}

/* By its app password it may no more than that may, and the account. */
static bool may_speak(const struct auth_account *account, const struct auth_app *app,
                      enum auth_protocol protocol)
{
    return (account->protocols & (app != NULL ? app->protocols : ~0u) & 1u << protocol) != 0;
}

static bool may_come(const struct auth_account *account, const struct auth_app *app,
                     const struct ip_address *from)
{
    return auth_networks_have(&account->from, from) &&
           (app == NULL || auth_networks_have(&app->from, from));
}

/* Who it is, is certain. */
static enum auth_step admit(struct auth_desk *desk, struct auth_attempt *attempt, int64_t now_us)
{
    const struct auth_account *account = attempt->account;
    const struct auth_app *app = auth_account_app(account, attempt->secret_number);
    buf_clear(&desk->form);
    login_form(desk->terms.default_domain, account->login, &desk->form);
    const char *flag = flag_against(desk, attempt, now_us);
    if (account->fault.len > 0)
        return end(attempt, AUTH_RESULT_ACCOUNT, account->fault);
    if (flag != NULL)
        return end(attempt, AUTH_RESULT_FLAGGED, slice_from_str(flag));
    if (account->valid_until_us <= now_us || (app != NULL && app->until_us <= now_us))
        return end(attempt, AUTH_RESULT_EXPIRED, app != NULL ? app->name : SLICE(""));
    if (!may_speak(account, app, attempt->request.protocol))
        return end(attempt, AUTH_RESULT_PROTOCOL, SLICE(""));
    if (!may_come(account, app, &attempt->request.client))
        return end(attempt, AUTH_RESULT_NETWORK, SLICE(""));
    if (!can_be_sent_on(desk, attempt))
        return end(attempt, AUTH_RESULT_METHOD, SLICE("auth.internal_password is not set"));
    return send_to(desk, attempt, account->server, attempt->request.protocol);
}

/* ---- beginning ---- */

/* Without a difference in time that tells how much of it was right. */
static bool is_key(struct slice key, struct slice sent)
{
    unsigned char differ = key.len != sent.len;
    for (size_t i = 0; i < sent.len; i++)
        differ |= (unsigned char)(sent.ptr[i] ^ key.ptr[key.len > 0 ? i % key.len : 0]);
    return differ == 0;
}

static bool may_ask(const struct auth_desk *desk, const struct auth_caller *caller,
                    const struct auth_attempt *attempt)
{
    bool knows = caller->is_unix;
    for (size_t i = 0; i < desk->terms.caller_count && !knows; i++)
        knows = ip_network_has(&desk->terms.callers[i], &caller->ip);
    return knows && (desk->terms.key.len == 0 || is_key(desk->terms.key, attempt->request.key));
}

static bool has_certificate(const struct auth_desk *desk, const struct auth_attempt *attempt)
{
    CLEANUP_BUF struct buf name = {0}, form = {0};
    struct slice attribute = desk->terms.external_by_mail ? SLICE("emailAddress") : SLICE("CN");
    if (!attempt->request.certificate_verified ||
        !subject_name_find(attempt->request.certificate_subject, attribute, &name))
        return false;
    login_form(desk->terms.default_domain, buf_slice(&name), &form);
    return slice_eq(buf_slice(&form), attempt->login);
}

static struct credential_claim claim_of(const struct auth_attempt *attempt)
{
    return (struct credential_claim){.login = attempt->login, .secret = attempt->request.secret};
}

/* A secret that was right lately. True: and nothing has to be asked. */
static bool remember(struct auth_desk *desk, struct auth_attempt *attempt, int64_t now_us)
{
    const struct credential_claim claim = claim_of(attempt);
    struct credential credential;
    if (attempt->request.method != AUTH_PLAIN)
        return false;
    attempt->finding =
        credential_cache_find(desk->parts.cache, &claim, now_us, &credential, &attempt->ticket);
    if (attempt->finding == CREDENTIAL_MISSING)
        return false;
    attempt->print = credential.print;
    const struct auth_account *known = known_accounts_find(desk->known, attempt->login);
    int number = known != NULL ? auth_account_secret(known, &credential.print) : -1;
    if (number < 0)
        return false;
    attempt->secret_number = number;
    attempt->exists = true;
    attempt->account = known;
    if (attempt->finding == CREDENTIAL_FRESH) /* it is answered before anything changes */
        return true;
    auth_attempt_take(attempt, auth_account_copy(known));
    return false;
}

static enum auth_step pass(struct auth_desk *desk, struct auth_attempt *attempt, int64_t now_us)
{
    const struct guess_try who = try_of(attempt);
    guess_guard_pass(desk->parts.guard, &who, now_us);
    attempt->looked = false;
    return admit(desk, attempt, now_us);
}

static enum auth_step look_for_guesses(struct auth_desk *desk, struct auth_attempt *attempt,
                                       int64_t now_us)
{
    const struct guess_try who = try_of(attempt);
    struct guess_answer answer;
    guess_guard_look(desk->parts.guard, &who, now_us, &answer);
    attempt->trusted = answer.trusted;
    if (answer.verdict == GUESS_DENY && answer.reason == GUESS_UNDER_WAY)
        return auth_desk_give_up(desk, attempt, AUTH_RESULT_BUSY, now_us);
    if (answer.verdict == GUESS_DENY)
        return end_wrong(attempt, AUTH_RESULT_GUESSING, answer.wait_s);
    attempt->looked = true;
    attempt->moment = credential_cache_moment(desk->parts.cache);
    return AUTH_STEP_FIND;
}

/* The login in its one form is as long as the attempt. */
static void take_login(const struct auth_desk *desk, struct auth_attempt *attempt)
{
    CLEANUP_BUF struct buf form = {0};
    login_form(desk->terms.default_domain, attempt->request.user, &form);
    attempt->login = slice_of(arena_copy(attempt->arena, form.ptr, form.len), form.len);
}

enum auth_step auth_desk_begin(struct auth_desk *desk, const struct auth_caller *caller,
                               struct auth_attempt *attempt, int64_t now_us)
{
    if (!may_ask(desk, caller, attempt))
        return auth_desk_give_up(desk, attempt, AUTH_RESULT_CALLER, now_us);
    if ((desk->terms.methods & 1u << attempt->request.method) == 0)
        return end(attempt, AUTH_RESULT_METHOD, SLICE("not offered"));
    if (attempt->request.method == AUTH_NONE)
        return send_to(desk, attempt, SLICE(""), BACKEND_INBOUND);
    take_login(desk, attempt);
    if (!account_login_is_valid(attempt->login))
        return end_wrong(attempt, AUTH_RESULT_UNKNOWN, 1);
    if (attempt->request.method == AUTH_EXTERNAL && !has_certificate(desk, attempt))
        return end(attempt, AUTH_RESULT_CERTIFICATE, SLICE(""));
    if (remember(desk, attempt, now_us)) {
        attempt->cached = true;
        return pass(desk, attempt, now_us);
    }
    return look_for_guesses(desk, attempt, now_us);
}

/* ---- the account ---- */

static enum auth_step fail(struct auth_desk *desk, struct auth_attempt *attempt, int64_t now_us)
{
    const struct guess_try who = try_of(attempt);
    bool same_again = attempt->request.method == AUTH_PLAIN; /* else it is never the same */
    struct guess_outcome outcome;
    guess_guard_fail(desk->parts.guard, &who, same_again ? attempt->request.secret : SLICE(""),
                     attempt->exists, now_us, &outcome);
    memcpy(attempt->news, outcome.news, sizeof(outcome.news));
    attempt->news_count = outcome.news_count;
    attempt->looked = false;
    return end_wrong(attempt, attempt->exists ? AUTH_RESULT_WRONG : AUTH_RESULT_UNKNOWN,
                     outcome.wait_s);
}

/* Who was known goes on while nobody can be asked. */
static enum auth_step go_without(struct auth_desk *desk, struct auth_attempt *attempt,
                                 int64_t now_us)
{
    if (attempt->finding == CREDENTIAL_MISSING || attempt->account == NULL)
        return auth_desk_give_up(desk, attempt, AUTH_RESULT_TROUBLE, now_us);
    attempt->cached = true;
    return pass(desk, attempt, now_us);
}

/* The account is known now, and its secret perhaps was before. */
static enum auth_step compare(struct auth_desk *desk, struct auth_attempt *attempt, int64_t now_us)
{
    int number = -1;
    known_accounts_put(desk->known, attempt->login, attempt->account);
    if (attempt->request.method == AUTH_EXTERNAL)
        return pass(desk, attempt, now_us);
    if (attempt->finding != CREDENTIAL_MISSING)
        number = auth_account_secret(attempt->account, &attempt->print);
    if (number < 0) {
        if (attempt->finding != CREDENTIAL_MISSING)
            credential_cache_refuse(desk->parts.cache, &attempt->ticket);
        return AUTH_STEP_CHECK;
    }
    (void)credential_cache_confirm(desk->parts.cache, &attempt->ticket, attempt->moment, now_us);
    attempt->cached = true;
    attempt->secret_number = number;
    return pass(desk, attempt, now_us);
}

enum auth_step auth_desk_found(struct auth_desk *desk, struct auth_attempt *attempt,
                               enum account_found found, int64_t now_us)
{
    if (found == ACCOUNT_TROUBLE)
        return go_without(desk, attempt, now_us);
    attempt->exists = found == ACCOUNT_FOUND;
    if (attempt->exists)
        return compare(desk, attempt, now_us);
    auth_desk_account_changed(desk, attempt->login);
    return attempt->request.method == AUTH_EXTERNAL ? fail(desk, attempt, now_us) : AUTH_STEP_CHECK;
}

/* ---- the secret ---- */

static void keep(struct auth_desk *desk, const struct auth_attempt *attempt, int64_t now_us)
{
    const struct credential_claim claim = claim_of(attempt);
    const struct auth_app *app = auth_account_app(attempt->account, attempt->secret_number);
    const struct credential credential = {.account = attempt->account->login,
                                          .print =
                                              app != NULL ? app->print : attempt->account->print,
                                          .app = (uint16_t)attempt->secret_number};
    if (attempt->request.method == AUTH_PLAIN)
        (void)credential_cache_put(desk->parts.cache, &claim, &credential, attempt->moment, now_us);
}

enum auth_step auth_desk_checked(struct auth_desk *desk, struct auth_attempt *attempt,
                                 enum secret_verdict verdict, int number, int64_t now_us)
{
    switch (attempt->exists ? verdict : SECRET_WRONG) {
    case SECRET_RIGHT:
        attempt->secret_number = number;
        keep(desk, attempt, now_us);
        return pass(desk, attempt, now_us);
    case SECRET_WRONG:
        break;
    case SECRET_UNSUPPORTED:
        attempt->detail = SLICE("not with this password as it is kept");
        return auth_desk_give_up(desk, attempt, AUTH_RESULT_METHOD, now_us);
    case SECRET_BAD:
        return auth_desk_give_up(desk, attempt, AUTH_RESULT_ACCOUNT, now_us);
    }
    return fail(desk, attempt, now_us);
}

void auth_desk_reply(const struct auth_desk *desk, const struct auth_attempt *attempt,
                     struct buf *lines)
{
    struct auth_reply reply = {.protocol = attempt->request.protocol,
                               .verdict = auth_words_verdict(attempt->result),
                               .text = auth_words_text(attempt->result, attempt->detail),
                               .wait_s = attempt->wait_s};
    if (attempt->result == AUTH_RESULT_PASSED) {
        reply.server = attempt->server;
        reply.port = attempt->port;
        if (attempt->account != NULL)
            reply.user = attempt->account->login;
        if (attempt->request.method != AUTH_NONE)
            reply.pass = desk->terms.internal_password;
    }
    (void)auth_reply_format(&reply, lines);
}
