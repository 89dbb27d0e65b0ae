/* SPDX-License-Identifier: Apache-2.0
 *
 * See verb_account_look.h.
 */
#include "app/verb_account_look.h"

#include "app/account_answer.h"
#include "app/account_stored.h"
#include "app/account_text.h"
#include "app/verb_wish.h"
#include "io/clock.h"

struct looking {
    const struct account_look *look;
    const struct verb *verb;
    const struct verb_ask *ask;
    struct account_access access;
    bool has_database; /* one is configured, or there is one */
    struct err err;    /* why it could not be read */
};

/* Where nothing is configured flags are all there is, and that is no error. */
static void open_database(struct looking *looking)
{
    struct account_access *access = &looking->access;
    bool open = account_access_open(access, looking->ask->control.config, &looking->err);
    bool is_none = open ? access->is_unheard && account_access_is_empty(access)
                        : looking->err.code == ERR_USAGE;
    if (is_none)
        looking->err = (struct err){0};
    looking->has_database = open && !is_none && account_access_enter(access, &looking->err);
}

/* An answer that is no array or object is left to the printer, which says so. */
static json_t *choose(void *data, json_t *answer)
{
    struct looking *looking = data;
    const struct account_look *look = looking->look;
    open_database(looking);
    if (look->login != NULL && json_is_object(answer)) {
        if (looking->has_database)
            json_value_put(answer, "stored",
                           account_stored_json(&looking->access, slice_from_str(look->login)));
        return answer;
    }
    if (look->login != NULL || !json_is_array(answer))
        return answer;
    const struct account_access *access = looking->has_database ? &looking->access : NULL;
    json_t *listing = account_listing(access, json_incref(answer), &look->filter, &looking->err);
    if (listing == NULL)
        return account_listing(NULL, answer, &look->filter, NULL);
    json_decref(answer);
    return listing;
}

static int status_of(const struct looking *looking, const json_t *stored)
{
    const json_t *error = json_object_get(stored, "error");
    if (looking->err.code != ERR_NONE)
        return verb_fail(looking->verb, &looking->err);
    return error != NULL ? VERB_UNKNOWN : VERB_FINE;
}

static int show_one(const struct looking *looking, const struct text_style *style,
                    const json_t *answer, struct buf *to)
{
    struct account_answer account;
    const json_t *stored = json_object_get(answer, "stored");
    if (!account_answer_read(answer, &account))
        return VERB_GO_ON;
    account_text(style, &account, clock_now_us(), to);
    if (stored != NULL)
        account_stored_text(style, stored, clock_now_us(), to);
    verb_wish_warn("account", style, account.warnings);
    return status_of(looking, stored);
}

/* Of flags alone the table says more about each. */
static int text(void *data, const struct control *control, const struct text_style *style,
                const json_t *answer, struct buf *to)
{
    const struct looking *looking = data;
    (void)control;
    if (looking->look->login != NULL)
        return show_one(looking, style, answer, to);
    if (!json_is_array(answer))
        return VERB_GO_ON;
    if (looking->has_database && looking->err.code == ERR_NONE)
        account_listing_text(style, answer, to);
    else if (!account_text_list(style, answer, clock_now_us(), to))
        return VERB_GO_ON;
    return status_of(looking, NULL);
}

/* Without a daemon: what stands in the database, and that flags are not known. */
static int unanswered(void *data, const struct verb *verb, const struct control *control,
                      const struct err *why)
{
    struct looking *looking = data;
    const struct verb_answer answer = {.data = looking, .text = text};
    json_t *value = looking->look->login != NULL ? json_value_object() : json_value_array();
    if (looking->look->login != NULL)
        json_value_put_word(value, "login", looking->look->login);
    value = choose(looking, value);
    if (!looking->has_database || looking->look->filter.flags != 0) {
        json_decref(value);
        return VERB_GO_ON;
    }
    struct err missing = *why;
    (void)err_at(&missing, "flags of the daemon are not known");
    (void)verb_fail(verb, &missing);
    int status = verb_show(verb, looking->ask, control, &answer, value);
    return status == VERB_FINE && looking->look->login != NULL ? VERB_UNKNOWN : status;
}

int verb_account_look(const struct verb *verb, const struct verb_ask *ask,
                      const struct account_look *look)
{
    CLEANUP_BUF struct buf path = {0};
    struct looking looking = {.look = look, .verb = verb, .ask = ask};
    buf_add_str(&path, "/api/v1/accounts/flags");
    if (look->login != NULL) {
        buf_add_str(&path, "?login=");
        verb_wish_encode(slice_from_str(look->login), &path);
    }
    const struct control_question question = {NULL, buf_str(&path), SLICE("")};
    int status =
        verb_ask(verb, ask, &question,
                 &(struct verb_answer){
                     .data = &looking, .text = text, .choose = choose, .unanswered = unanswered});
    account_access_done(&looking.access);
    return status;
}
