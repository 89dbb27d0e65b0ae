/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku config: says what is wrong in a configuration, what is in effect with it, or how one
 * looks.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "app/account_reading.h"
#include "app/settings_dump.h"
#include "app/settings_load.h"
#include "app/settings_manual.h"
#include "app/verb_config_neighbour.h"
#include "app/verb_config_postfix.h"
#include "app/verb_config_warn.h"
#include "app/verb_options.h"
#include "app/word_choice.h"
#include "io/clock.h"

enum config_action {
    ACTION_CHECK,
    ACTION_DUMP,
    ACTION_EXAMPLE,
    ACTION_POSTFIX,
    ACTION_NGINX,
    ACTION_DOVECOT,
};

struct config_options {
    const char *path;
    enum config_action action;
    enum { FORMAT_USUAL, FORMAT_TEXT, FORMAT_YAML, FORMAT_JSON } format;
    bool postfix; /* of check: Postfix too */
    bool write;   /* of postfix: its files too */
    bool secrets; /* of nginx, dovecot: themselves, not where they stand */
};

enum option_code { OPTION_FORMAT = 256, OPTION_POSTFIX, OPTION_WRITE, OPTION_SECRETS };

static const struct option option_table[] = {
    {"config", required_argument, NULL, 'c'},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"postfix", no_argument, NULL, OPTION_POSTFIX},
    {"write", no_argument, NULL, OPTION_WRITE},
    {"with-secrets", no_argument, NULL, OPTION_SECRETS},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static bool take_format(struct config_options *options, struct slice word, struct err *err)
{
    static const char *const words[] = {"text", "yaml", "json"};
    size_t place;
    if (!word_choose("--format", words, sizeof(words) / sizeof(words[0]), word, &place, err))
        return false;
    options->format = FORMAT_TEXT + (unsigned)place;
    return true;
}

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct config_options *options = data;
    if (code == OPTION_FORMAT)
        return take_format(options, slice_from_str(value), err);
    if (code == 'c')
        options->path = value;
    options->postfix = options->postfix || code == OPTION_POSTFIX;
    options->write = options->write || code == OPTION_WRITE;
    options->secrets = options->secrets || code == OPTION_SECRETS;
    return true;
}

/* One word says what to do; there is no other. */
static bool take_action(struct config_options *options, int count, char *const *words,
                        struct err *err)
{
    static const char *const names[] = {"check", "dump", "example", "postfix", "nginx", "dovecot"};
    size_t place;
    if (!verb_action(names, sizeof(names) / sizeof(names[0]), count > 0 ? words[0] : NULL, &place,
                     err))
        return false;
    if (count > 1)
        return err_set(err, ERR_USAGE, "%s takes no \"%.60s\": -c FILE is the configuration",
                       names[place], words[1]);
    options->action = (enum config_action)place;
    if (options->postfix && options->action != ACTION_CHECK)
        return err_set(err, ERR_USAGE, "--postfix goes with check");
    if (options->write && options->action != ACTION_POSTFIX)
        return err_set(err, ERR_USAGE, "--write goes with postfix");
    if (options->secrets && options->action != ACTION_NGINX && options->action != ACTION_DOVECOT)
        return err_set(err, ERR_USAGE, "--with-secrets goes with nginx or dovecot");
    return options->format != (options->postfix ? FORMAT_YAML : FORMAT_TEXT) ||
           err_set(err, ERR_USAGE, "--format is %s or json here",
                   options->postfix ? "text" : "yaml");
}

static void print_faults(const struct settings_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        fprintf(stderr, "%s\n", faults->faults[i].text);
    if (faults->more > 0)
        fprintf(stderr, "%s: and %zu more\n", faults->file, faults->more);
}

/* A secret that everybody on this machine can read is none. */
static void warn_of_secrets(const struct verb *verb, const struct settings *settings,
                            const char *path)
{
    struct stat facts;
    if (settings->plain_secret && stat(path, &facts) == 0 && (facts.st_mode & S_IROTH) != 0)
        fprintf(stderr,
                "todoku %s: warning: %s holds a secret and everybody may read it: put the secret "
                "into a file of its own and write file:PATH, or chmod o= %s\n",
                verb->name, path, path);
}

static void print_settings(const struct config_options *options, const struct settings *settings)
{
    CLEANUP_BUF struct buf text = {0};
    if (options->action == ACTION_CHECK)
        buf_addf(&text, "%s: fine\n", options->path);
    else if (options->format == FORMAT_JSON)
        settings_dump_json(settings, &text);
    else
        settings_dump_yaml(settings, &text);
    fwrite(text.ptr, 1, text.len, stdout);
}

static int print_example(void)
{
    CLEANUP_BUF struct buf text = {0};
    settings_example(&text);
    fwrite(text.ptr, 1, text.len, stdout);
    return VERB_FINE;
}

static int run_action(const struct verb *verb, const struct config_options *options,
                      const struct settings *settings)
{
    if (options->action == ACTION_POSTFIX)
        return config_postfix_print(verb, settings, options->write);
    if (options->action == ACTION_NGINX || options->action == ACTION_DOVECOT) {
        const struct neighbour_terms terms = {&settings->auth, options->path, options->secrets};
        return config_neighbour_print(verb, &terms, options->action == ACTION_DOVECOT);
    }
    if (options->postfix)
        return config_postfix_check(verb, settings, options->format == FORMAT_JSON);
    print_settings(options, settings);
    return VERB_FINE;
}

static int run(const struct verb *verb, const struct config_options *options)
{
    struct settings_faults faults;
    struct err err;
    settings_faults_init(&faults, options->path);
    struct settings *settings = settings_load_faults(options->path, &faults, &err);
    int status = VERB_NO;
    bool wrong = settings != NULL && options->action == ACTION_CHECK &&
                 account_reading_check(settings, &err) == ACCOUNT_CHECK_WRONG;
    if (wrong) {
        fprintf(stderr, "%s: %s\n", options->path, err.text);
    } else if (settings != NULL) {
        warn_of_secrets(verb, settings, options->path);
        if (options->action == ACTION_CHECK)
            config_warn(verb, settings, options->path, clock_now_us());
        status = run_action(verb, options, settings);
    } else if (faults.count > 0) {
        print_faults(&faults);
    } else {
        status = verb_fail(verb, &err);
    }
    settings_free(settings);
    settings_faults_done(&faults);
    return status;
}

int verb_config(const struct verb *verb, int argc, char **argv)
{
    struct config_options options = {.path = SETTINGS_PATH};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    if (!take_action(&options, argc - optind, argv + optind, &err))
        return verb_usage_error(verb, &err);
    if (options.action == ACTION_EXAMPLE)
        return print_example();
    return run(verb, &options);
}
