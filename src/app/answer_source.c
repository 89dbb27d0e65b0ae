/* SPDX-License-Identifier: Apache-2.0
 *
 * Logs or history. See answer_source.h.
 */
#include "app/answer_source.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "app/settings_glance.h"
#include "store/history_schema.h"

bool answer_option(struct answer_options *options, int code, const char *value)
{
    if (code == 'c')
        options->config = value;
    else if (code == OPTION_HISTORY)
        options->history = true;
    else if (code == OPTION_NO_HISTORY)
        options->own_log = true;
    else
        return false;
    return true;
}

static bool agree(const struct answer_options *options, int logs, struct err *err)
{
    if (options->history && options->own_log)
        return err_set(err, ERR_USAGE, "--history and --no-history exclude each other");
    if (options->history && logs > 0)
        return err_set(err, ERR_USAGE, "--history reads no logs: name none, or leave it out");
    return true;
}

/* Whether a file stands where the history would be; one in a folder that is closed to us counts. */
static bool is_there(const char *folder)
{
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "%s/" HISTORY_FILE, folder);
    return access(buf_str(&path), F_OK) == 0 || errno == EACCES;
}

static bool open_reader(struct answer_source *source, struct err *err)
{
    source->folder = source->settings->state;
    source->reader = history_reader_open(source->folder, err);
    if (source->reader == NULL)
        return false;
    if (history_extent_get(source->reader, &source->extent, err))
        return true;
    history_reader_free(source->reader);
    source->reader = NULL;
    return false;
}

static bool open_asked_for(struct answer_source *source, struct err *err)
{
    if (!is_there(source->settings->state))
        return err_set(err, ERR_INPUT,
                       "%s/" HISTORY_FILE ": there is no history; `todoku run` writes one, and -c "
                       "FILE says where",
                       source->settings->state);
    return open_reader(source, err);
}

/* What cannot be had is no fault here: there is the log. */
static void open_if_there(struct answer_source *source, const struct verb *verb)
{
    struct err err;
    if (!is_there(source->settings->state))
        return;
    if (!open_reader(source, &err))
        fprintf(stderr, "todoku %s: %s; reading the mail log of this machine instead\n", verb->name,
                err.text);
    if (source->reader == NULL || source->extent.rows > 0)
        return;
    history_reader_free(source->reader);
    source->reader = NULL;
}

bool answer_source_open(struct answer_source *source, const struct verb *verb,
                        const struct answer_options *options, int logs, struct err *err)
{
    *source = (struct answer_source){0};
    if (!agree(options, logs, err))
        return false;
    source->settings = settings_glance(options->config, err);
    bool needed = options->history || options->config != NULL;
    if (source->settings == NULL) {
        if (!needed && logs == 0 && !options->own_log)
            fprintf(stderr, "todoku %s: %s\n", verb->name, err->text);
        return !needed;
    }
    if (options->history)
        return open_asked_for(source, err);
    if (logs == 0 && !options->own_log)
        open_if_there(source, verb);
    return true;
}

void answer_source_close(struct answer_source *source)
{
    history_reader_free(source->reader);
    settings_free(source->settings);
}
