/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku run: the daemon.
 */
#include <getopt.h>
#include <stdio.h>

#include "app/daemon.h"
#include "app/settings.h"
#include "app/verb.h"

static const struct option option_table[] = {
    {"config", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

int verb_run(const struct verb *verb, int argc, char **argv)
{
    const char *path = SETTINGS_PATH;
    struct err err;
    int code;
    while ((code = getopt_long(argc, argv, ":c:h", option_table, NULL)) != -1) {
        if (code == 'h')
            return verb_help(verb);
        if (code != 'c')
            return verb_bad_option(verb, argc, argv, code);
        path = optarg;
    }
    if (optind < argc) {
        err_set(&err, ERR_USAGE, "takes no arguments but -c FILE, not \"%.60s\"", argv[optind]);
        return verb_usage_error(verb, &err);
    }
    return daemon_run(path, &err) ? VERB_FINE : verb_fail(verb, &err);
}
