/* SPDX-License-Identifier: Apache-2.0
 *
 * Why what is set for an account does nothing, said beside the answer: what is set holds all the
 * same, and acts once the configuration lets it.
 */
#include "app/daemon_accounts_private.h"

#include "model/json_value.h"

static void add(json_t *list, const char *sentence)
{
    json_value_append(list, json_value_text(slice_from_str(sentence)));
}

bool daemon_accounts_slows(const struct daemon_accounts *accounts)
{
    return accounts->settings->slow_transport != NULL;
}

const json_t *daemon_accounts_doubts(const struct daemon_accounts *accounts, struct slice login,
                                     const json_t *doubts)
{
    const struct account_book *book = daemon_account_book_now(accounts->options.book);
    return book != NULL && account_book_find(book, login).is_listed ? NULL : doubts;
}

void daemon_accounts_warn(const struct daemon_accounts *accounts, const struct account_flag *acts,
                          bool of_limits, const json_t *doubts, json_t *answer)
{
    json_t *list = json_value_array();
    CLEANUP_BUF struct buf doubt = {0};
    daemon_rulings_doubt(accounts, &doubt);
    if (doubt.len > 0)
        add(list, buf_str(&doubt));
    for (size_t i = 0; i < json_array_size(doubts); i++)
        json_value_append(list, json_incref(json_array_get(doubts, i)));
    if ((acts != NULL || of_limits) && accounts->settings->listen_count == 0)
        add(list, "Postfix does not ask todoku (policy.listen is empty): nothing is refused; see "
                  "the runbook surge, step 2");
    if (acts != NULL && acts->kind == ACCOUNT_SLOW && !daemon_accounts_slows(accounts))
        add(list, "slow is only a line in Postfix' log: policy.slow_transport is not set");
    if (json_array_size(list) > 0)
        json_value_put(answer, "warnings", list);
    else
        json_decref(list);
}
