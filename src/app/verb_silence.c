/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku silence: for a time nobody is told of what matches. Set, listed and ended at the daemon.
 */
#include <stdio.h>
#include <string.h>

#include "app/silence_text.h"
#include "app/verb_ask.h"
#include "app/verb_wish.h"
#include "base/memory.h"
#include "base/spelling.h"
#include "io/clock.h"
#include "respond/silence.h"

enum silence_action { ACTION_ADD, ACTION_LIST, ACTION_END };

static const char *const action_names[] = {
    [ACTION_ADD] = "add",
    [ACTION_LIST] = "list",
    [ACTION_END] = "end",
};

/* Texts of a wish (respond/silence_json.h) that are options of the same name. */
enum wish_text {
    TEXT_RELAY,
    TEXT_SOURCE,
    TEXT_PROVIDER,
    TEXT_LOGIN,
    TEXT_DOMAIN,
    TEXT_NAME,
    TEXT_COMMENT, /* the last one: those before it narrow */
};

static const char *const texts[] = {
    [TEXT_RELAY] = "relay",     [TEXT_SOURCE] = "source", [TEXT_PROVIDER] = "provider",
    [TEXT_LOGIN] = "login",     [TEXT_DOMAIN] = "domain", [TEXT_NAME] = "name",
    [TEXT_COMMENT] = "comment",
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

struct silence_options {
    struct verb_ask ask;
    enum silence_action action;
    const char *id;
    uint64_t kinds; /* bits, as in struct silence */
    const char *texts[TEXTS];
    int64_t from_us;       /* 0: not said */
    struct verb_wish wish; /* without a reason: that is --comment */
    bool all;
    bool sets; /* an option of add was there */
};

enum option_code {
    OPTION_TEXT = 256, /* + enum wish_text */
    OPTION_KIND = OPTION_TEXT + TEXT_COMMENT + 1,
    OPTION_FOR,
    OPTION_FROM,
    OPTION_UNTIL,
    OPTION_ALL,
};

static const struct option option_table[] = {
    VERB_ASK_ROWS,
    {"relay", required_argument, NULL, OPTION_TEXT + TEXT_RELAY},
    {"source", required_argument, NULL, OPTION_TEXT + TEXT_SOURCE},
    {"provider", required_argument, NULL, OPTION_TEXT + TEXT_PROVIDER},
    {"login", required_argument, NULL, OPTION_TEXT + TEXT_LOGIN},
    {"domain", required_argument, NULL, OPTION_TEXT + TEXT_DOMAIN},
    {"name", required_argument, NULL, OPTION_TEXT + TEXT_NAME},
    {"comment", required_argument, NULL, OPTION_TEXT + TEXT_COMMENT},
    {"kind", required_argument, NULL, OPTION_KIND},
    {"for", required_argument, NULL, OPTION_FOR},
    {"from", required_argument, NULL, OPTION_FROM},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"all", no_argument, NULL, OPTION_ALL},
    {0},
};

/* ---- words of the command line ---- */

static bool refuse_kind(struct slice word, struct err *err)
{
    CLEANUP_BUF struct buf near = {0};
    struct spelling search = {.word = word};
    for (int i = 0; i < INCIDENT_KIND_COUNT; i++)
        spelling_offer(&search, slice_from_str(incident_kind_word((enum incident_kind)i)));
    spelling_suggest(&search, &near);
    return err_set(err, ERR_USAGE, "--kind: there is no kind of incident \"%.*s\"%s%s",
                   SLICE_ARG(slice_first(word, 60)), buf_str(&near),
                   near.len > 0 ? "" : "; see man todoku-silence");
}

/* "block,silent-block", and more with each option. */
static bool take_kinds(struct silence_options *options, struct slice words, struct err *err)
{
    while (words.len > 0) {
        struct slice word = slice_cut(&words, ',');
        enum incident_kind kind;
        if (!incident_kind_from_word(word, &kind))
            return refuse_kind(word, err);
        options->kinds |= SILENCE_KIND(kind);
    }
    return options->kinds != 0 || err_set(err, ERR_USAGE, "--kind takes a kind of incident");
}

static bool take_text(struct silence_options *options, size_t index, const char *value,
                      struct err *err)
{
    size_t len = strlen(value);
    options->texts[index] = value;
    if (len > SILENCE_TEXT_MAX)
        return err_set(err, ERR_USAGE, "--%s takes at most %d bytes", texts[index],
                       SILENCE_TEXT_MAX);
    return len > 0 || err_set(err, ERR_USAGE, "--%s takes a text that is not empty", texts[index]);
}

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct silence_options *options = data;
    if (code < OPTION_TEXT || code > OPTION_ALL)
        return verb_ask_option(&options->ask, code, value, err);
    options->sets = true;
    if (code < OPTION_KIND)
        return take_text(options, (size_t)(code - OPTION_TEXT), value, err);
    if (code == OPTION_KIND)
        return take_kinds(options, slice_from_str(value), err);
    if (code == OPTION_FOR)
        return verb_wish_for(value, &options->wish.for_us, err);
    if (code == OPTION_FROM)
        return verb_wish_time("--from", value, &options->from_us, err);
    if (code == OPTION_UNTIL)
        return verb_wish_until(value, &options->wish.until_us, err);
    options->all = true;
    return true;
}

/* An id is "s" and a number; it goes into a path of HTTP. */
static bool take_id(struct silence_options *options, const char *word, struct err *err)
{
    struct slice id = slice_from_str(word);
    bool good = id.len > 1 && id.len <= SILENCE_ID_MAX && id.ptr[0] == 's';
    for (size_t i = 1; good && i < id.len; i++)
        good = ascii_is_digit(id.ptr[i]);
    options->id = word;
    return good || err_set(err, ERR_USAGE,
                           "\"%.60s\" is no id of a silence: todoku silence list shows them", word);
}

static bool check_wish(const struct silence_options *options, struct err *err)
{
    bool narrow = options->kinds != 0;
    for (size_t i = 0; i < TEXT_COMMENT; i++)
        narrow = narrow || options->texts[i] != NULL;
    if (!narrow && !options->all)
        return err_set(err, ERR_USAGE,
                       "say what it hides: --kind, --relay, --source, --provider, --login, "
                       "--domain, --name, or --all");
    if (narrow && options->all)
        return err_set(err, ERR_USAGE, "--all hides everything: leave out what narrows it");
    if (options->wish.for_us == 0 && options->wish.until_us == 0)
        return err_set(err, ERR_USAGE, "a silence has an end: say --for or --until");
    return verb_wish_one_end(&options->wish, err);
}

static bool take_words(struct silence_options *options, int count, char *const *words,
                       struct err *err)
{
    size_t place;
    if (!verb_action(action_names, sizeof(action_names) / sizeof(action_names[0]),
                     count > 0 ? words[0] : NULL, &place, err))
        return false;
    options->action = (enum silence_action)place;
    bool ends = options->action == ACTION_END;
    if (options->action == ACTION_ADD && count > 1)
        return err_set(
            err, ERR_USAGE,
            "add takes options alone, not \"%.60s\": of what is it the name? --provider, "
            "--source, --login ...",
            words[1]);
    if (count != (ends ? 2 : 1))
        return err_set(err, ERR_USAGE, "%s takes %s", action_names[place],
                       ends ? "one ID" : "no further word");
    if (options->action == ACTION_ADD)
        return check_wish(options, err);
    if (options->sets)
        return err_set(err, ERR_USAGE, "%s takes none of the options of add", action_names[place]);
    return !ends || take_id(options, words[1], err);
}

/* "relay1/out-a", as paths are shown, in place of the source: the relay goes into *relay, and the
 * option keeps what is behind it. */
static void split_path(struct silence_options *options, struct buf *relay)
{
    const char *source = options->texts[TEXT_SOURCE];
    const char *slash = source ? strchr(source, '/') : NULL;
    if (slash == NULL || slash == source || slash[1] == '\0' || options->texts[TEXT_RELAY] != NULL)
        return;
    buf_add(relay, slice_between(source, slash));
    options->texts[TEXT_RELAY] = buf_str(relay);
    options->texts[TEXT_SOURCE] = slash + 1;
}

/* ---- asking ---- */

static void make_wish(const struct silence_options *options, struct buf *body)
{
    json_t *object = json_value_object();
    json_value_put(object, "kinds", silence_kinds_json(options->kinds));
    for (size_t i = 0; i < TEXTS; i++)
        if (options->texts[i] != NULL)
            json_value_put_text(object, texts[i], slice_from_str(options->texts[i]));
    if (options->from_us != 0)
        json_value_put_time(object, "from", options->from_us);
    if (options->all)
        json_value_put(object, "all", json_true());
    verb_wish_put(object, &options->wish);
    json_value_print(object, false, body);
}

static const char *make_request(const struct silence_options *options, struct buf *path,
                                struct buf *body)
{
    CLEANUP_BUF struct buf by = {0};
    buf_add_str(path, "/api/v1/silences");
    if (options->action == ACTION_ADD)
        make_wish(options, body);
    if (options->action != ACTION_END)
        return NULL;
    control_caller(&by);
    buf_addf(path, "/%s?by=", options->id);
    verb_wish_encode(buf_slice(&by), path);
    return "DELETE";
}

/* ---- showing ---- */

static int list_text(const struct text_style *style, const json_t *answer, struct buf *to)
{
    size_t count = json_array_size(answer);
    struct silence_answer *silences = MEM_NEW_ARRAY(struct silence_answer, count + 1);
    bool good = json_is_array(answer);
    for (size_t i = 0; good && i < count; i++)
        good = silence_answer_read(json_array_get(answer, i), &silences[i]);
    if (good)
        silence_text_list(style, silences, count, clock_now_us(), to);
    mem_free(silences);
    return good ? VERB_FINE : VERB_GO_ON;
}

static int make_text(void *data, const struct control *control, const struct text_style *style,
                     const json_t *answer, struct buf *to)
{
    const struct silence_options *options = data;
    struct silence_answer silence;
    (void)control;
    if (options->action == ACTION_LIST)
        return list_text(style, answer, to);
    if (!silence_answer_read(answer, &silence))
        return VERB_GO_ON;
    if (options->action == ACTION_END)
        buf_add_str(to, "Ended; what it hid and is still open is told now. It was:\n");
    silence_text_brief(style, &silence, clock_now_us(), to);
    verb_wish_warn("silence", style, silence.warnings);
    return VERB_FINE;
}

int verb_silence(const struct verb *verb, int argc, char **argv)
{
    struct silence_options options = {0};
    CLEANUP_BUF struct buf path = {0}, body = {0}, relay = {0};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    if (!take_words(&options, argc - optind, argv + optind, &err))
        return verb_usage_error(verb, &err);
    split_path(&options, &relay);
    const char *method = make_request(&options, &path, &body);
    struct control_question question = {method, buf_str(&path), buf_slice(&body)};
    return verb_ask(verb, &options.ask, &question,
                    &(struct verb_answer){.data = &options, .text = make_text});
}
