/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku account: flags of accounts, set and cleared at the daemon; the accounts themselves
 * (verb_account_store.h); what there is of both (verb_account_look.h), and what a password is worth
 * (verb_account_check.h).
 */
#include "app/account_text.h"
#include "app/account_wish.h"
#include "app/verb_account_check.h"
#include "app/verb_account_look.h"
#include "app/verb_account_store.h"
#include "app/verb_ask.h"
#include "app/verb_wish.h"
#include "base/spelling.h"
#include "io/clock.h"

enum account_action {
    ACTION_LIST,
    ACTION_SHOW,
    ACTION_SUSPEND,
    ACTION_RESUME,
    ACTION_FLAG,
    ACTION_CHECK,
    ACTION_STORE, /* and on: as enum account_deed */
};

static const struct {
    const char *name, *words; /* words: what stands behind it */
    int count;
} actions[] = {
    [ACTION_LIST] = {"list", "no further word", 0},
    [ACTION_SHOW] = {"show", "one LOGIN", 1},
    [ACTION_SUSPEND] = {"suspend", "one LOGIN", 1},
    [ACTION_RESUME] = {"resume", "one LOGIN", 1},
    [ACTION_FLAG] = {"flag", "a LOGIN and a FLAG, or several with commas", 2},
    [ACTION_CHECK] = {"check", "one LOGIN", 1},
    [ACTION_STORE + ACCOUNT_DEED_ADD] = {"add", "one LOGIN", 1},
    [ACTION_STORE + ACCOUNT_DEED_CHANGE] = {"change", "one LOGIN", 1},
    [ACTION_STORE + ACCOUNT_DEED_REMOVE] = {"remove", "one LOGIN", 1},
    [ACTION_STORE + ACCOUNT_DEED_PASSWD] = {"passwd", "one LOGIN", 1},
    [ACTION_STORE + ACCOUNT_DEED_ALIAS] = {"alias", "an ALIAS and a LOGIN", 2},
    [ACTION_STORE + ACCOUNT_DEED_APP_PASSWORD] = {"app-password", "a LOGIN and a NAME", 2},
    [ACTION_STORE + ACCOUNT_DEED_IMPORT] = {"import", "one FILE, or - for standard input", 1},
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

/* What keeps an account from sending, and what the verdict sets on its way there. */
#define SENDING \
    (ACCOUNT_FLAG_BIT(ACCOUNT_NOTE) | ACCOUNT_FLAG_BIT(ACCOUNT_SLOW) | \
     ACCOUNT_FLAG_BIT(ACCOUNT_HOLD) | ACCOUNT_FLAG_BIT(ACCOUNT_DEFER) | \
     ACCOUNT_FLAG_BIT(ACCOUNT_NO_SEND) | ACCOUNT_FLAG_BIT(ACCOUNT_SUSPENDED))

struct account_options {
    struct verb_ask ask;
    enum account_action action;
    const char *login;
    unsigned flags;
    unsigned wanted; /* by --flag */
    struct verb_wish wish;
    bool clear;
    struct account_store_wish store;
    struct account_check_wish check;
};

enum option_code {
    OPTION_FOR = 256,
    OPTION_UNTIL,
    OPTION_REASON,
    OPTION_CLEAR,
    OPTION_PASSWORD_FILE,
    OPTION_NO_PASSWORD,
    OPTION_UPDATE,
    OPTION_PASSWORD,
    OPTION_FLAG,
    OPTION_PROTOCOL,
    OPTION_FROM,
    OPTION_DRY_RUN,
    OPTION_NEW_ONLY,
    OPTION_KEEP_PLAIN,
    OPTION_COLUMN, /* and on: as enum account_column */
};

static const struct option option_table[] = {
    VERB_ASK_ROWS,
    {"for", required_argument, NULL, OPTION_FOR},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"reason", required_argument, NULL, OPTION_REASON},
    {"clear", no_argument, NULL, OPTION_CLEAR},
    {"password-file", required_argument, NULL, OPTION_PASSWORD_FILE},
    {"no-password", no_argument, NULL, OPTION_NO_PASSWORD},
    {"update", no_argument, NULL, OPTION_UPDATE},
    {"password", required_argument, NULL, OPTION_PASSWORD},
    {"flag", required_argument, NULL, OPTION_FLAG},
    {"protocol", required_argument, NULL, OPTION_PROTOCOL},
    {"from", required_argument, NULL, OPTION_FROM},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {"new-only", no_argument, NULL, OPTION_NEW_ONLY},
    {"keep-plain", no_argument, NULL, OPTION_KEEP_PLAIN},
    {"class", required_argument, NULL, OPTION_COLUMN + ACCOUNT_COLUMN_CLASS},
    {"server", required_argument, NULL, OPTION_COLUMN + ACCOUNT_COLUMN_SERVER},
    {"protocols", required_argument, NULL, OPTION_COLUMN + ACCOUNT_COLUMN_PROTOCOLS},
    {"networks", required_argument, NULL, OPTION_COLUMN + ACCOUNT_COLUMN_NETWORKS},
    {"valid-until", required_argument, NULL, OPTION_COLUMN + ACCOUNT_COLUMN_VALID_UNTIL},
    {0},
};

/* ---- words of the command line ---- */

static bool take_column(struct account_options *options, enum account_column column,
                        const char *value)
{
    *account_text_place(&options->store.change.text, column) = slice_from_str(value);
    options->store.change.given |= 1u << column;
    return true;
}

static bool refuse_flag(struct slice word, struct err *err)
{
    CLEANUP_BUF struct buf near = {0}, all = {0};
    struct spelling search = {.word = word};
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++) {
        struct slice flag = slice_from_str(account_flag_word((enum account_flag_kind)i));
        spelling_offer(&search, flag);
        buf_addf(&all, "%s%.*s", i > 0 ? ", " : ": ", SLICE_ARG(flag));
    }
    spelling_suggest(&search, &near);
    return err_set(err, ERR_USAGE, "there is no flag \"%.*s\"%s", SLICE_ARG(slice_first(word, 60)),
                   near.len > 0 ? buf_str(&near) : buf_str(&all));
}

/* "no-send,no-login". */
static bool take_flags(struct slice words, unsigned *flags, struct err *err)
{
    while (words.len > 0) {
        struct slice word = slice_cut(&words, ',');
        enum account_flag_kind kind;
        if (!account_flag_from_word(word, &kind))
            return refuse_flag(word, err);
        *flags |= ACCOUNT_FLAG_BIT(kind);
    }
    return *flags != 0 || err_set(err, ERR_USAGE, "a flag is missing");
}

static bool take_protocol(struct account_check_wish *check, const char *value, struct err *err)
{
    check->by_protocol = true;
    return auth_protocol_from_word(slice_from_str(value), &check->protocol) ||
           err_set(err, ERR_USAGE, "--protocol is one of imap, pop3, smtp, sieve");
}

static bool take_address(struct account_check_wish *check, const char *value, struct err *err)
{
    return ip_address_parse(slice_from_str(value), &check->from) ||
           err_set(err, ERR_USAGE, "--from is an IP address: 192.0.2.1, 2001:db8::1");
}

/* Of what is read, or else of what is printed. */
static bool take_format(struct account_options *options, const char *value, struct err *err)
{
    static const char *const formats[] = {
        [ACCOUNT_FILE_PASSWD] = "passwd-file", [ACCOUNT_FILE_CSV] = "csv"};
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (slice_eq(slice_from_str(value), slice_from_str(formats[i]))) {
            options->store.format = (enum account_file_format)i;
            options->store.has_format = true;
            return true;
        }
    return verb_ask_option(&options->ask, OPTION_FORMAT, value, err);
}

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct account_options *options = data;
    if (code == OPTION_FORMAT)
        return take_format(options, value, err);
    if (code < OPTION_FOR || code >= OPTION_COLUMN + ACCOUNT_COLUMN_COUNT)
        return verb_ask_option(&options->ask, code, value, err);
    if (code >= OPTION_COLUMN)
        return take_column(options, (enum account_column)(code - OPTION_COLUMN), value);
    switch ((enum option_code)code) {
    case OPTION_FOR:
        return verb_wish_for(value, &options->wish.for_us, err);
    case OPTION_UNTIL:
        return verb_wish_until(value, &options->wish.until_us, err);
    case OPTION_REASON:
        return verb_wish_text(&options->wish.reason, "--reason", value, ACCOUNT_REASON_MAX, err);
    case OPTION_CLEAR:
        options->clear = true;
        return true;
    case OPTION_PASSWORD_FILE:
        options->store.password_file = value;
        return true;
    case OPTION_NO_PASSWORD:
        options->store.no_password = true;
        return true;
    case OPTION_UPDATE:
        options->store.update = true;
        return true;
    case OPTION_DRY_RUN:
        options->store.dry_run = true;
        return true;
    case OPTION_NEW_ONLY:
        options->store.new_only = true;
        return true;
    case OPTION_KEEP_PLAIN:
        options->store.keep_plain = true;
        return true;
    case OPTION_FLAG:
        return take_flags(slice_from_str(value), &options->wanted, err);
    case OPTION_PROTOCOL:
        return take_protocol(&options->check, value, err);
    case OPTION_FROM:
        return take_address(&options->check, value, err);
    case OPTION_PASSWORD:
        return err_set(err, ERR_USAGE,
                       "a password on the command line is seen by others: it is typed, or "
                       "--password-file FILE (- for standard input)");
    case OPTION_COLUMN:
        break;
    }
    return false;
}

/* Those of one action alone. */
static bool check_own(const struct account_options *options, struct err *err)
{
    const struct account_store_wish *store = &options->store;
    bool is_import = options->action == ACTION_STORE + ACCOUNT_DEED_IMPORT;
    if (options->wanted != 0 && options->action != ACTION_LIST)
        return err_set(err, ERR_USAGE, "--flag is for list");
    if ((options->check.by_protocol || options->check.from.len > 0) &&
        options->action != ACTION_CHECK)
        return err_set(err, ERR_USAGE, "--protocol and --from are for check");
    if (store->update && store->new_only)
        return err_set(err, ERR_USAGE, "--update and --new-only exclude each other");
    return is_import ||
           (!store->update && !store->new_only && !store->dry_run && !store->keep_plain &&
            !store->has_format) ||
           err_set(err, ERR_USAGE,
                   "--update, --new-only, --dry-run, --keep-plain and --format csv are for import");
}

static bool check_options(const struct account_options *options, struct err *err)
{
    bool sets =
        options->action == ACTION_SUSPEND || (options->action == ACTION_FLAG && !options->clear);
    bool reads = options->action == ACTION_LIST || options->action == ACTION_SHOW ||
                 options->action == ACTION_CHECK;
    unsigned columns = options->action == ACTION_LIST
                           ? 1u << ACCOUNT_COLUMN_CLASS | 1u << ACCOUNT_COLUMN_SERVER
                           : 0;
    if (options->clear && options->action != ACTION_FLAG)
        return err_set(err, ERR_USAGE, "--clear is for flag, alias and app-password");
    if ((options->store.change.given & ~columns) != 0 || options->store.no_password ||
        (options->store.password_file != NULL && options->action != ACTION_CHECK))
        return err_set(err, ERR_USAGE,
                       "what an account is, is said with add, change, passwd, app-password and "
                       "import");
    if ((options->wish.for_us != 0 || options->wish.until_us != 0) && !sets)
        return err_set(err, ERR_USAGE, "--for and --until are for what is set");
    if (options->wish.reason != NULL && reads)
        return err_set(err, ERR_USAGE, "--reason is for what is set or cleared");
    return verb_wish_one_end(&options->wish, err);
}

/* Those of a deed that it has no use for. */
static bool check_store(const struct account_options *options, struct err *err)
{
    const struct account_store_wish *wish = &options->store;
    enum account_deed deed = wish->deed;
    bool takes_columns = deed == ACCOUNT_DEED_ADD || deed == ACCOUNT_DEED_CHANGE ||
                         deed == ACCOUNT_DEED_APP_PASSWORD;
    bool takes_password = deed == ACCOUNT_DEED_ADD || deed == ACCOUNT_DEED_PASSWD;
    if (options->wish.for_us != 0 || options->wish.until_us != 0 || options->wish.reason != NULL)
        return err_set(err, ERR_USAGE, "--for, --until and --reason are for flags");
    if (wish->clear && deed != ACCOUNT_DEED_ALIAS && deed != ACCOUNT_DEED_APP_PASSWORD)
        return err_set(err, ERR_USAGE, "--clear is for flag, alias and app-password");
    if (wish->change.given != 0 && !takes_columns)
        return err_set(err, ERR_USAGE,
                       "what an account may is said with add, change and app-password");
    if (wish->change.given == 0 && deed == ACCOUNT_DEED_CHANGE)
        return err_set(err, ERR_USAGE,
                       "change takes what is to be another: --class, --server, --protocols, "
                       "--networks, --valid-until");
    if ((wish->password_file != NULL && !takes_password) ||
        (wish->no_password && deed != ACCOUNT_DEED_ADD))
        return err_set(err, ERR_USAGE, "a password is given with add and passwd");
    return true;
}

static bool take_store_words(struct account_options *options, char *const *words, struct err *err)
{
    struct account_store_wish *wish = &options->store;
    wish->deed = (enum account_deed)(options->action - ACTION_STORE);
    wish->config = options->ask.control.config;
    wish->json = options->ask.json;
    wish->clear = options->clear;
    wish->login = actions[options->action].count > 0 ? words[1] : NULL;
    wish->second = actions[options->action].count > 1 ? words[2] : NULL;
    return check_store(options, err);
}

static bool take_words(struct account_options *options, int count, char *const *words,
                       struct err *err)
{
    const char *names[ACTIONS];
    size_t place;
    for (size_t i = 0; i < ACTIONS; i++)
        names[i] = actions[i].name;
    if (!verb_action(names, ACTIONS, count > 0 ? words[0] : NULL, &place, err))
        return false;
    options->action = (enum account_action)place;
    if (count != actions[place].count + 1)
        return err_set(err, ERR_USAGE, "%s takes %s", names[place], actions[place].words);
    if (!check_own(options, err))
        return false;
    if (options->action >= ACTION_STORE)
        return take_store_words(options, words, err);
    options->login = count > 1 ? words[1] : NULL;
    if (count > 1 && !account_login_is_valid(slice_from_str(words[1])))
        return err_set(err, ERR_USAGE, "a login is UTF-8, of 1 to %d bytes", ACCOUNT_LOGIN_MAX);
    options->flags = options->action == ACTION_SUSPEND  ? ACCOUNT_FLAG_BIT(ACCOUNT_SUSPENDED)
                     : options->action == ACTION_RESUME ? SENDING
                                                        : 0;
    return check_options(options, err) &&
           (options->action != ACTION_FLAG ||
            take_flags(slice_from_str(words[2]), &options->flags, err));
}

/* ---- asking ---- */

static json_t *flag_words(unsigned flags)
{
    json_t *list = json_value_array();
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++)
        if ((flags & ACCOUNT_FLAG_BIT(i)) != 0)
            json_value_append(list, json_value_text(slice_from_str(
                                        account_flag_word((enum account_flag_kind)i))));
    return list;
}

static void make_wish(const struct account_options *options, struct buf *body)
{
    bool clear = options->clear || options->action == ACTION_RESUME;
    json_t *object = json_value_object();
    json_value_put_text(object, "login", slice_from_str(options->login));
    json_value_put(object, clear ? "clear" : "set", flag_words(options->flags));
    verb_wish_put(object, &options->wish);
    json_value_print(object, false, body);
}

static int make_text(void *data, const struct control *control, const struct text_style *style,
                     const json_t *answer, struct buf *to)
{
    struct account_answer account;
    (void)data;
    (void)control;
    if (!account_answer_read(answer, &account))
        return VERB_GO_ON;
    account.trail = NULL; /* who did it knows */
    account_text(style, &account, clock_now_us(), to);
    verb_wish_warn("account", style, account.warnings);
    return VERB_FINE;
}

static int put_flags(const struct verb *verb, struct account_options *options)
{
    CLEANUP_BUF struct buf body = {0};
    make_wish(options, &body);
    struct control_question question = {NULL, "/api/v1/accounts/flags", buf_slice(&body)};
    return verb_ask(verb, &options->ask, &question, &(struct verb_answer){.text = make_text});
}

static int look(const struct verb *verb, const struct account_options *options)
{
    const struct account_look wish = {
        .login = options->login,
        .filter = {.account_class = options->store.change.text.account_class,
                   .server = options->store.change.text.server,
                   .flags = options->wanted},
    };
    return verb_account_look(verb, &options->ask, &wish);
}

static int check_password(const struct verb *verb, struct account_options *options)
{
    options->check.login = options->login;
    options->check.password_file = options->store.password_file;
    return verb_account_check(verb, &options->ask, &options->check);
}

int verb_account(const struct verb *verb, int argc, char **argv)
{
    struct account_options options = {0};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    if (!take_words(&options, argc - optind, argv + optind, &err))
        return verb_usage_error(verb, &err);
    if (options.action >= ACTION_STORE)
        return verb_account_store(verb, &options.store);
    if (options.action == ACTION_LIST || options.action == ACTION_SHOW)
        return look(verb, &options);
    if (options.action == ACTION_CHECK)
        return check_password(verb, &options);
    return put_flags(verb, &options);
}
