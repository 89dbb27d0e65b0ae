/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_doubts.h.
 */
#include "app/daemon_doubts.h"

#include "base/spelling.h"
#include "model/json_value.h"

#define WAIT_US INT64_C(2000000)

/* Names that only the other half may know. */
struct doubts {
    struct daemon_name_question question[4];
    struct spelling search[4];
    size_t count;
};

/* Offers what is known without asking the other half. */
static void offer_settings(const struct daemon_web *web, enum daemon_name kind,
                           struct spelling *search)
{
    const struct settings_fleet *fleet = &web->settings->fleet;
    switch (kind) {
    case DAEMON_NAME_RELAY:
        spelling_offer(search, slice_from_str(fleet->relay));
        break;
    case DAEMON_NAME_SOURCE:
        for (size_t i = 0; i < fleet->source_count; i++)
            spelling_offer(search, slice_from_str(fleet->sources[i].name));
        break;
    case DAEMON_NAME_PROVIDER:
        for (size_t i = 0; i < provider_count(web->providers); i++)
            spelling_offer(search, provider_at(web->providers, i)->name);
        break;
    case DAEMON_NAME_LOGIN:
    case DAEMON_NAME_ROUTED:
        break;
    }
}

/* "relay1/out-a", as paths are shown, is the name of no source. */
static bool is_path(enum daemon_name kind, struct slice text)
{
    return kind == DAEMON_NAME_SOURCE && slice_find_char(text, '/') != NULL;
}

static void suggest_parts(struct slice text, struct buf *to)
{
    struct slice relay = slice_cut(&text, '/');
    buf_add_str(to, ": \"");
    buf_add(to, relay);
    buf_add_str(to, "\" is the relay, \"");
    buf_add(to, text);
    buf_add_str(to, "\" the source");
}

static void add_doubt(enum daemon_name kind, struct slice text, const struct spelling *search,
                      json_t **doubts)
{
    static const char *const words[] = {
        [DAEMON_NAME_RELAY] = "relay",
        [DAEMON_NAME_SOURCE] = "source",
        [DAEMON_NAME_PROVIDER] = "provider",
        [DAEMON_NAME_LOGIN] = "login",
    };
    CLEANUP_BUF struct buf sentence = {0};
    buf_addf(&sentence, "no %s \"", words[kind]);
    buf_add(&sentence, text);
    buf_add_str(&sentence, kind == DAEMON_NAME_LOGIN ? "\" was seen in the logs"
                                                     : "\" is known to the daemon");
    if (is_path(kind, text))
        suggest_parts(text, &sentence);
    else
        spelling_suggest(search, &sentence);
    if (*doubts == NULL)
        *doubts = json_value_array();
    json_value_append(*doubts, json_value_text(buf_slice(&sentence)));
}

/* What the settings do not know is a question. */
static void wonder(const struct daemon_web *web, enum daemon_name kind, struct slice text,
                   struct doubts *doubts)
{
    struct spelling search = {.word = text};
    if (text.len == 0)
        return;
    offer_settings(web, kind, &search);
    if (slice_eq(search.near, text))
        return;
    doubts->search[doubts->count] = search;
    doubts->question[doubts->count++] = (struct daemon_name_question){.kind = kind, .text = text};
}

json_t *daemon_doubts(const struct daemon_web *web, const struct silence *silence)
{
    json_t *sentences = NULL;
    struct doubts doubts = {.count = 0};
    wonder(web, DAEMON_NAME_RELAY, silence->relay, &doubts);
    wonder(web, DAEMON_NAME_SOURCE, silence->source, &doubts);
    wonder(web, DAEMON_NAME_PROVIDER, silence->provider, &doubts);
    wonder(web, DAEMON_NAME_LOGIN, silence->login, &doubts);
    if (doubts.count == 0 || !daemon_names_ask(web->names, doubts.question, doubts.count, WAIT_US))
        return NULL;
    for (size_t i = 0; i < doubts.count; i++) {
        struct daemon_name_question *question = &doubts.question[i];
        if (!question->known) {
            spelling_offer(&doubts.search[i], buf_slice(&question->near));
            add_doubt(question->kind, question->text, &doubts.search[i], &sentences);
        }
        buf_done(&question->near);
    }
    return sentences;
}

json_t *daemon_doubts_route(const struct daemon_web *web, struct slice provider)
{
    struct daemon_name_question question = {.kind = DAEMON_NAME_ROUTED, .text = provider};
    struct spelling search = {.word = provider};
    CLEANUP_BUF struct buf sentence = {0};
    bool answered = daemon_names_ask(web->names, &question, 1, WAIT_US);
    buf_add_str(&sentence, "no domain of \"");
    buf_add(&sentence, provider);
    buf_add_str(&sentence, "\" is known: the route moves nothing until mail for one is seen");
    spelling_offer(&search, buf_slice(&question.near));
    spelling_suggest(&search, &sentence);
    json_t *sentences = answered && question.known ? NULL : json_value_array();
    if (sentences != NULL)
        json_value_append(sentences, json_value_text(buf_slice(&sentence)));
    buf_done(&question.near);
    return sentences;
}
