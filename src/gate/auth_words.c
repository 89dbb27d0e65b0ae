/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_words.h.
 */
#include "gate/auth_words.h"

#include "model/account_flag.h"

struct words {
    const char *word;
    enum auth_verdict verdict;
    const char *text;
};

#define WRONG AUTH_WRONG, "User name or password is wrong."
#define LATER AUTH_LATER, "Temporary failure, try again later."

static const struct words words[AUTH_RESULT_COUNT] = {
    [AUTH_RESULT_PASSED] = {"passed", AUTH_OK, ""},
    [AUTH_RESULT_WRONG] = {"wrong_secret", WRONG},
    [AUTH_RESULT_UNKNOWN] = {"unknown_account", WRONG},
    [AUTH_RESULT_GUESSING] = {"guessing", WRONG},
    [AUTH_RESULT_FLAGGED] = {"flagged", AUTH_FORBIDDEN,
                             "This account is stopped, ask your support desk."},
    [AUTH_RESULT_EXPIRED] = {"expired", AUTH_FORBIDDEN, "This account or password has expired."},
    [AUTH_RESULT_PROTOCOL] = {"protocol", AUTH_FORBIDDEN,
                              "This account may not log in by this protocol."},
    [AUTH_RESULT_NETWORK] = {"network", AUTH_FORBIDDEN,
                             "This account may not log in from this network."},
    [AUTH_RESULT_METHOD] = {"method", AUTH_FORBIDDEN,
                            "This way to log in is not offered, choose another."},
    [AUTH_RESULT_CERTIFICATE] = {"certificate", WRONG},
    [AUTH_RESULT_ACCOUNT] = {"bad_account", LATER},
    [AUTH_RESULT_SERVER] = {"no_server", LATER},
    [AUTH_RESULT_TROUBLE] = {"trouble", LATER},
    [AUTH_RESULT_BUSY] = {"busy", LATER},
    [AUTH_RESULT_REQUEST] = {"bad_request", LATER},
    [AUTH_RESULT_CALLER] = {"bad_caller", LATER},
};

const char *auth_result_word(enum auth_result result)
{
    return words[result].word;
}

enum auth_verdict auth_words_verdict(enum auth_result result)
{
    return words[result].verdict;
}

struct slice auth_words_text(enum auth_result result, struct slice detail)
{
    if (result != AUTH_RESULT_FLAGGED)
        return slice_from_str(words[result].text);
    if (slice_eq(detail, slice_from_str(account_flag_word(ACCOUNT_PASSWORD_RESET))))
        return SLICE("Set another password first, then log in with it.");
    if (slice_eq(detail, slice_from_str(account_flag_word(ACCOUNT_NO_SEND))))
        return SLICE("This account may not send mail, ask your support desk.");
    return slice_from_str(words[result].text);
}
