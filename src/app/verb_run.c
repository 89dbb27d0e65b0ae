/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku run: the daemon.
 */
#include "app/daemon.h"
#include "app/settings.h"
#include "app/verb_options.h"

static const struct option option_table[] = {
    {"config", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* -c alone takes a value. */
static bool take_option(void *data, int code, const char *value, struct err *err)
{
    const char **path = data;
    (void)code;
    (void)err;
    *path = value;
    return true;
}

int verb_run(const struct verb *verb, int argc, char **argv)
{
    const char *path = SETTINGS_PATH;
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &path);
    if (status != VERB_GO_ON)
        return status;
    if (optind < argc) {
        err_set(&err, ERR_USAGE,
                "takes no arguments, not \"%.60s\": -c FILE is the configuration, logs: in it says "
                "what to follow",
                argv[optind]);
        return verb_usage_error(verb, &err);
    }
    return daemon_run(path, &err) ? VERB_FINE : verb_fail(verb, &err);
}
