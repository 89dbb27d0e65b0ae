/* SPDX-License-Identifier: Apache-2.0
 *
 * See queue_search.h. First what fits the question's other parts is kept, then its files are asked,
 * and what is not the login's is dropped.
 */
#include "app/queue_search.h"

#include <string.h>

#include "app/postfix_call.h"
#include "base/memory.h"
#include "model/login_form.h"
#include "watch/queue_envelope.h"

#define DEADLINE_MS 120000           /* a queue that is long is why it is asked */
#define LISTED_MAX ((size_t)1000000) /* messages of all instances */

struct queue_search {
    struct queue_question question;
    struct slice default_domain;
    struct arena *arena, *line_arena;
    struct buf login; /* of the account */
    struct queue_mail *mails;
    size_t count, capacity;
    uint64_t left_out;
};

static size_t instances(const struct queue_search *search)
{
    size_t count = search->question.postfix->instance_count;
    return count > 0 ? count : 1;
}

struct postfix_place queue_search_place(const struct queue_search *search, size_t instance)
{
    const struct settings_postfix *postfix = search->question.postfix;
    return (struct postfix_place){
        .commands = postfix->commands,
        .config = postfix->instance_count > 0 ? postfix->instances[instance] : NULL,
        .deadline_ms = DEADLINE_MS};
}

/* ---- what waits ---- */

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr ? text.ptr : "", text.len), text.len);
}

static bool fits(const struct queue_question *question, const struct queued_mail *mail)
{
    return mail->arrival_us >= question->since_us && mail->arrival_us < question->until_us &&
           (question->sender == NULL || slice_ieq(mail->sender, slice_from_str(question->sender)));
}

static void add_mail(struct queue_search *search, const struct queued_mail *mail, size_t instance)
{
    struct slice first = mail->recipient_count > 0 ? mail->recipients[0].address : SLICE("");
    if (search->count == search->capacity) {
        search->capacity = search->capacity > 0 ? 2 * search->capacity : 256;
        search->mails = mem_resize(search->mails, search->capacity, sizeof(*search->mails));
    }
    search->mails[search->count++] = (struct queue_mail){
        .queue_id = keep(search->arena, mail->queue_id),
        .queue = mail->queue,
        .instance = instance,
        .sender = keep(search->arena, mail->sender),
        .recipient = keep(search->arena, first),
        .recipients = mail->recipient_count,
        .arrival_us = mail->arrival_us,
        .size = mail->size,
    };
}

static bool take_line(struct queue_search *search, struct slice line, size_t instance,
                      struct err *err)
{
    struct queued_mail mail;
    arena_reset(search->line_arena);
    if (line.len == 0)
        return true;
    if (!queue_listing_line(line, search->line_arena, &mail))
        return err_set(err, ERR_INPUT, "postqueue: a line was not understood");
    if (search->count == LISTED_MAX)
        return err_set(err, ERR_LIMIT, "postqueue: more than %zu messages wait: say --since",
                       LISTED_MAX);
    if (fits(&search->question, &mail))
        add_mail(search, &mail, instance);
    return true;
}

static bool list(struct queue_search *search, size_t instance, struct err *err)
{
    struct postfix_place place = queue_search_place(search, instance);
    CLEANUP_BUF struct buf text = {0};
    bool cut = false;
    if (!postfix_call_queue(&place, &text, &cut, err))
        return false;
    if (cut)
        return err_set(err, ERR_LIMIT, "postqueue: the queue is too long to be read to its end");
    struct slice rest = buf_slice(&text);
    while (rest.len > 0)
        if (!take_line(search, slice_cut(&rest, '\n'), instance, err))
            return false;
    return true;
}

/* ---- whose it is ---- */

/* Valid as long as form is. */
static struct slice account_of(const struct queue_search *search, struct slice login,
                               struct buf *form)
{
    login_form(search->default_domain, login, form);
    return account_book_find(search->question.accounts, buf_slice(form)).login;
}

static bool is_login(const struct queue_search *search, struct slice login)
{
    CLEANUP_BUF struct buf form = {0};
    return login.len > 0 && slice_eq(account_of(search, login, &form), buf_slice(&search->login));
}

static bool is_of(const struct queue_envelope *envelope, const char *id)
{
    return slice_eq(envelope->queue_id, slice_from_str(id));
}

/* Of one file only what comes first is its own. */
static size_t read_file(const struct queue_search *search, struct slice text, const char *id,
                        bool *is_theirs)
{
    struct queue_envelope envelope;
    *is_theirs = queue_envelope_take(&text, &envelope) && is_of(&envelope, id) && envelope.whole &&
                 is_login(search, envelope.login);
    return 1;
}

/* Reads what came of `ids` and returns how many of them are done with: all before the first that is
 * not there, or that one when it is asked for first. 0: there is more than the files in the order
 * in which they were asked for, so one of them says what another is to have said. */
static size_t read_files(const struct queue_search *search, struct slice text,
                         const char *const *ids, size_t count, bool *is_theirs)
{
    struct queue_envelope envelope;
    size_t done = 0;
    if (count == 1)
        return read_file(search, text, ids[0], is_theirs);
    for (; queue_envelope_take(&text, &envelope); done++) {
        if (done == count || !is_of(&envelope, ids[done]))
            return 0;
        is_theirs[done] = envelope.whole && is_login(search, envelope.login);
    }
    return done > 0 ? done : 1;
}

bool queue_search_prove(const struct queue_search *search, const size_t *indices, size_t count,
                        bool *is_theirs, struct err *err)
{
    const char *ids[POSTFIX_FILES_MAX];
    CLEANUP_BUF struct buf text = {0};
    size_t alone = 0; /* those before it are asked one by one */
    for (size_t done = 0; done < count;) {
        size_t most = done < alone ? 1 : POSTFIX_FILES_MAX;
        size_t batch = count - done < most ? count - done : most;
        struct postfix_place place =
            queue_search_place(search, search->mails[indices[done]].instance);
        for (size_t i = 0; i < batch; i++) {
            ids[i] = search->mails[indices[done + i]].queue_id.ptr;
            is_theirs[done + i] = false;
        }
        buf_clear(&text);
        if (!postfix_call_files(&place, ids, batch, &text, err))
            return false;
        size_t read = read_files(search, buf_slice(&text), ids, batch, is_theirs + done);
        if (read == 0)
            alone = done + batch;
        done += read;
    }
    return true;
}

/* Keeps of the mails from `first` on, all of one instance, what is the login's. */
static bool choose(struct queue_search *search, size_t first, struct err *err)
{
    size_t count = search->count - first, kept = first;
    size_t *indices = MEM_NEW_ARRAY(size_t, count + 1);
    bool *is_theirs = MEM_NEW_ARRAY(bool, count + 1);
    for (size_t i = 0; i < count; i++)
        indices[i] = first + i;
    bool good = queue_search_prove(search, indices, count, is_theirs, err);
    for (size_t i = 0; good && i < count; i++) {
        if (is_theirs[i] && kept < QUEUE_SEARCH_MAX)
            search->mails[kept++] = search->mails[first + i];
        else
            search->left_out += is_theirs[i];
    }
    search->count = kept;
    mem_free(indices);
    mem_free(is_theirs);
    return good;
}

static bool look(struct queue_search *search, struct err *err)
{
    for (size_t i = 0; i < instances(search); i++) {
        const char *config = queue_search_place(search, i).config;
        size_t first = search->count;
        if (!list(search, i, err) || !choose(search, first, err))
            return config != NULL ? err_at(err, "%s", config) : false;
    }
    return true;
}

struct queue_search *queue_search_new(const struct queue_question *question, struct err *err)
{
    struct queue_search *search = MEM_NEW(struct queue_search);
    search->question = *question;
    search->arena = arena_new(65536);
    search->line_arena = arena_new(65536);
    search->default_domain = slice_from_str(question->policy->default_domain);
    CLEANUP_BUF struct buf form = {0};
    buf_add(&search->login, account_of(search, question->login, &form));
    if (look(search, err))
        return search;
    queue_search_free(search);
    return NULL;
}

void queue_search_free(struct queue_search *search)
{
    if (search == NULL)
        return;
    arena_free(search->arena);
    arena_free(search->line_arena);
    buf_done(&search->login);
    mem_free(search->mails);
    mem_free(search);
}

size_t queue_search_count(const struct queue_search *search)
{
    return search->count;
}

const struct queue_mail *queue_search_get(const struct queue_search *search, size_t index)
{
    return &search->mails[index];
}

uint64_t queue_search_left_out(const struct queue_search *search)
{
    return search->left_out;
}
