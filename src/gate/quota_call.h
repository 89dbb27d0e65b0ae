/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions and answers of quota-status (mail/quota_question.h, mail/quota_answer.h) by way of the
 * pool (io/quota_pool.h), which knows neither.
 */
#ifndef TD_GATE_QUOTA_CALL_H
#define TD_GATE_QUOTA_CALL_H

#include "io/quota_pool.h"
#include "mail/quota_answer.h"
#include "mail/quota_question.h"

/* For quota_pool_options: the context is a struct quota_marks, which may change between answers.
 * What comes is of a kind of enum quota_kind. */
enum quota_piece quota_call_take(void *context, struct slice *input, struct quota_said *out,
                                 const char **why);

/* quota_pool_ask; UNSAYABLE: see quota_question_format. */
enum quota_outcome quota_call(struct quota_server *server, const struct quota_question *question,
                              struct quota_ask *ask);

#endif
