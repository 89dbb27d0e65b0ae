/* SPDX-License-Identifier: Apache-2.0
 *
 * What a mail client is told of a login. Nobody learns from it whether an account exists, or
 * whether guesses are looked at; who has shown the right secret is told what is in the way.
 */
#ifndef TD_GATE_AUTH_WORDS_H
#define TD_GATE_AUTH_WORDS_H

#include "gate/auth_desk.h"

enum auth_verdict auth_words_verdict(enum auth_result result);

/* One ASCII sentence; detail: of the attempt. Static. */
struct slice auth_words_text(enum auth_result result, struct slice detail);

#endif
