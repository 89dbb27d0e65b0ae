/* SPDX-License-Identifier: Apache-2.0
 *
 * See verb_account_check.h. What nginx would be told is what is shown, with the reason that its
 * client never hears.
 */
#include "app/verb_account_check.h"

#include <stdio.h>

#include "app/account_answer.h"
#include "app/account_trial.h"
#include "app/neighbour_terms.h"
#include "app/verb_wish.h"
#include "io/clock.h"
#include "io/secret_memory.h"
#include "io/typed_secret.h"

struct check {
    const struct account_check_wish *wish;
    const struct verb_ask *ask;
    struct account_access access;
    struct account_trial *trial;
    struct buf secret;
    struct err flags_unknown; /* the daemon was asked for them in vain */
    json_t *answer;
    struct buf said;
    struct text_style style;
    size_t asked;
    bool passed, unknown; /* by a protocol; it could not be told */
};

/* ---- words ---- */

/* For who helps; a client hears less (gate/auth_words.h). */
static const char *meaning(enum auth_result result)
{
    switch (result) {
    case AUTH_RESULT_PASSED:
        return "is let in";
    case AUTH_RESULT_WRONG:
        return "the password is wrong";
    case AUTH_RESULT_UNKNOWN:
        return "there is no such account";
    case AUTH_RESULT_FLAGGED:
        return "not let in: it has the flag";
    case AUTH_RESULT_EXPIRED:
        return "not let in: it is no longer valid";
    case AUTH_RESULT_PROTOCOL:
        return "not let in: it, or its app password, may not use this protocol";
    case AUTH_RESULT_NETWORK:
        return "not let in: it, or its app password, may not come from there";
    case AUTH_RESULT_METHOD:
        return "not let in by plain or login";
    case AUTH_RESULT_ACCOUNT:
        return "not let in: what stands in the account cannot be read";
    case AUTH_RESULT_SERVER:
        return "not let in: no mailbox server";
    case AUTH_RESULT_TROUBLE:
        return "cannot be told: the accounts cannot be read";
    case AUTH_RESULT_GUESSING:
    case AUTH_RESULT_CERTIFICATE:
    case AUTH_RESULT_BUSY:
    case AUTH_RESULT_REQUEST:
    case AUTH_RESULT_CALLER:
        break;
    }
    return "cannot be told";
}

static bool cannot_be_told(enum auth_result result)
{
    return result == AUTH_RESULT_TROUBLE || result == AUTH_RESULT_ACCOUNT;
}

/* ---- one protocol ---- */

static json_t *end_json(enum auth_protocol protocol, const struct account_trial_end *end)
{
    CLEANUP_BUF struct buf at = {0};
    json_t *object = json_value_object();
    json_value_put_word(object, "protocol", auth_protocol_word(protocol));
    json_value_put_word(object, "result", auth_result_word(end->result));
    json_value_put_text(object, "detail", end->detail);
    json_value_put_text(object, "server", end->server);
    ip_address_format(&end->ip, &at);
    if (end->result == AUTH_RESULT_PASSED) {
        json_value_put_text(object, "address", buf_slice(&at));
        json_value_put_count(object, "port", end->port);
    }
    return object;
}

static void say_end(struct check *check, enum auth_protocol protocol,
                    const struct account_trial_end *end)
{
    struct buf *to = &check->said;
    bool passed = end->result == AUTH_RESULT_PASSED;
    buf_addf(to, "  %-5s ", auth_protocol_word(protocol));
    text_toned(&check->style, passed ? TONE_GOOD : TONE_BAD, meaning(end->result), to);
    if (end->detail.len > 0) {
        buf_add_str(to, end->result == AUTH_RESULT_FLAGGED ? " " : ": ");
        text_add(&check->style, end->detail, to);
    }
    if (end->result == AUTH_RESULT_NETWORK && check->wish->from.len == 0)
        buf_add_str(to, " (--from ADDRESS says where from)");
    if (passed && end->server.len > 0) {
        buf_add_str(to, ", to ");
        text_add(&check->style, end->server, to);
    }
    buf_add_char(to, '\n');
}

static void ask_for(struct check *check, enum auth_protocol protocol, struct account_trial_end *end)
{
    const struct auth_request request = {
        .method = AUTH_PLAIN,
        .protocol = protocol,
        .user = slice_from_str(check->wish->login),
        .secret = buf_slice(&check->secret),
        .client = check->wish->from,
    };
    account_trial_ask(check->trial, &request, clock_now_us(), end);
}

static void note_end(struct check *check, enum auth_protocol protocol,
                     const struct account_trial_end *end)
{
    json_t *protocols = json_object_get(check->answer, "protocols");
    check->passed = check->passed || end->result == AUTH_RESULT_PASSED;
    check->unknown = check->unknown || cannot_be_told(end->result);
    check->asked++;
    json_value_append(protocols, end_json(protocol, end));
    say_end(check, protocol, end);
}

/* ---- all of them ---- */

/* What is said once; `end` of any protocol. True: each protocol is to be looked at. */
static bool note_secret(struct check *check, const struct account_trial_end *end)
{
    struct buf *to = &check->said;
    json_value_put(check->answer, "right", json_boolean(end->is_right));
    json_value_put_text(check->answer, "account", end->account);
    json_value_put_text(check->answer, "app_password", end->app);
    if (!end->is_right) {
        json_value_put_word(check->answer, "result", auth_result_word(end->result));
        json_value_put_text(check->answer, "detail", end->detail);
        text_toned(&check->style, TONE_BAD, meaning(end->result), to);
        if (end->detail.len > 0) {
            buf_add_str(to, ": ");
            text_add(&check->style, end->detail, to);
        }
        buf_add_char(to, '\n');
        check->unknown = cannot_be_told(end->result);
        return false;
    }
    text_toned(&check->style, TONE_GOOD, "The password is right", to);
    if (end->app.len > 0) {
        buf_add_str(to, ": the app password ");
        text_add(&check->style, end->app, to);
    }
    buf_add_str(to, ".\n");
    return true;
}

static bool is_wanted(const struct check *check, enum auth_protocol protocol)
{
    return check->wish->by_protocol ? protocol == check->wish->protocol
                                    : neighbour_serves(&check->access.settings->auth, protocol);
}

/* False: the password is wrong, and that is all there is to say. */
static bool look_at(struct check *check, enum auth_protocol protocol, struct account_trial_end *end)
{
    ask_for(check, protocol, end);
    if (json_object_get(check->answer, "right") != NULL)
        return true;
    if (!note_secret(check, end))
        return false;
    json_value_put(check->answer, "protocols", json_value_array());
    return true;
}

static void look(struct check *check)
{
    struct account_trial_end end;
    json_value_put_word(check->answer, "login", check->wish->login);
    for (unsigned i = 0; i < AUTH_PROTOCOLS; i++) {
        if (!is_wanted(check, (enum auth_protocol)i))
            continue;
        if (!look_at(check, (enum auth_protocol)i, &end))
            return;
        note_end(check, (enum auth_protocol)i, &end);
    }
    if (check->asked == 0 && look_at(check, AUTH_IMAP, &end))
        buf_add_str(&check->said, "  It is let in nowhere: auth.backends and auth.servers name no "
                                  "mailbox server.\n");
}

/* ---- flags that the daemon keeps ---- */

static void put_flag(struct account_flags *flags, struct slice login, const json_t *object)
{
    struct account_flag_answer answer;
    enum account_flag_kind kind;
    if (!account_flag_answer_read(object, &answer) || !account_flag_from_word(answer.flag, &kind))
        return;
    const struct account_flag flag = {
        .kind = kind, .login = login, .since_us = answer.since_us, .until_us = answer.until_us};
    (void)account_flags_put(flags, account_flag_new(&flag));
}

static bool take_flags(struct check *check, const struct control *control, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    struct account_answer account;
    json_t *answer;
    buf_add_str(&path, "/api/v1/accounts/flags?login=");
    verb_wish_encode(slice_from_str(check->wish->login), &path);
    if (control_ask(control, buf_str(&path), SLICE(""), &answer, err) != CONTROL_OK)
        return false;
    bool good = account_answer_read(answer, &account) || control_stranger(err);
    for (size_t i = 0; good && i < json_array_size(account.flags); i++)
        put_flag(account_trial_flags(check->trial), account.login,
                 json_array_get(account.flags, i));
    json_decref(answer);
    return good;
}

/* ---- the verb ---- */

static bool prepare(struct check *check, const struct control *control, struct err *err)
{
    if (!account_access_open(&check->access, check->ask->control.config, err))
        return false;
    if (account_access_is_empty(&check->access))
        return err_set(err, ERR_IO, "%s is not there yet: todoku account add makes it",
                       check->access.terms->place.path);
    if (!typed_secret_read(check->wish->password_file, false, &check->secret, err))
        return false;
    check->trial = account_trial_new(&check->access, err);
    if (check->trial == NULL || !account_access_enter(&check->access, err))
        return false;
    if (!take_flags(check, control, &check->flags_unknown) && check->flags_unknown.code == ERR_NONE)
        (void)control_stranger(&check->flags_unknown);
    return true;
}

static void print(struct check *check)
{
    if (check->ask->json) {
        buf_clear(&check->said);
        json_value_put(check->answer, "flags_known",
                       json_boolean(check->flags_unknown.code == ERR_NONE));
        json_value_print(json_incref(check->answer), true, &check->said);
    }
    fwrite(check->said.ptr, 1, check->said.len, stdout);
}

static int run(const struct verb *verb, struct check *check, const struct control *control)
{
    struct err err = {0};
    if (!prepare(check, control, &err)) {
        int status = verb_fail(verb, &err);
        return err.code == ERR_INPUT ? VERB_NO : status;
    }
    look(check);
    print(check);
    if (check->unknown)
        return VERB_UNKNOWN;
    if (!check->passed || check->flags_unknown.code == ERR_NONE)
        return check->passed ? VERB_FINE : VERB_NO;
    (void)err_at(&check->flags_unknown, "flags of the daemon are not known");
    return verb_fail(verb, &check->flags_unknown);
}

int verb_account_check(const struct verb *verb, const struct verb_ask *ask,
                       const struct account_check_wish *wish)
{
    struct check check = {.wish = wish,
                          .ask = ask,
                          .answer = json_value_object(),
                          .style = screen_style(true, ask->colour)};
    struct control control;
    struct err err;
    int status = control_init(&control, &ask->control, &err) ? run(verb, &check, &control)
                                                             : verb_fail(verb, &err);
    account_trial_free(check.trial);
    account_access_done(&check.access);
    secret_buf_done(&check.secret);
    buf_done(&check.said);
    json_decref(check.answer);
    control_done(&control);
    return status;
}
