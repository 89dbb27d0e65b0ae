/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables in memory: texts, passwd-files, and what stands in the configuration itself.
 */
#include "store/lookup_driver.h"

#include "io/secret_memory.h"
#include "mail/passwd_line.h"
#include "mail/table_text.h"
#include "store/file_stamp.h"
#include "store/passwd_index.h"

enum { TRIES = 3 }; /* to read a file that is changed meanwhile */

struct lookup_source {
    const char *path; /* NULL: no file */
    struct file_stamp stamp;
    struct lookup_rows *rows;
    bool is_static;
    struct slice value; /* if so, for every key */
    struct lookup_numbers faults;
};

static void note_fault(struct lookup_source *source, size_t line, const char *why)
{
    if (source->faults.faults++ == 0) {
        source->faults.first_line = line;
        source->faults.first = why;
    }
}

/* ---- forms ---- */

static bool fill_text(struct lookup_source *source, struct slice text, enum table_form form,
                      struct err *err)
{
    struct table_text reader = {.rest = text, .form = form};
    struct table_row row;
    bool good = true;
    while (good && table_text_next(&reader, &row)) {
        if (row.fault != NULL)
            note_fault(source, row.line, row.fault);
        else
            good = lookup_rows_add(source->rows, row.key, row.value, err);
    }
    table_text_done(&reader);
    return good;
}

/* One line of a passwd-file; what it is not asked for is stepped over. */
static bool add_line(struct lookup_source *source, struct slice line, size_t number,
                     const struct lookup_options *options, struct err *err)
{
    struct passwd_line parsed;
    enum passwd_line_kind kind =
        line.len <= PASSWD_LINE_MAX ? passwd_line_parse(line, &parsed) : PASSWD_BAD;
    if (kind == PASSWD_NOTHING)
        return true;
    if (kind == PASSWD_BAD || parsed.login.len > LOOKUP_KEY_MAX) {
        note_fault(source, number, "is no line of a passwd-file");
        return true;
    }
    if ((parsed.user.len > 0) != options->wants_users)
        return true;
    return lookup_rows_add(source->rows, parsed.login,
                           options->wants_users ? parsed.user : parsed.server, err);
}

static bool fill_passwd(struct lookup_source *source, struct slice text,
                        const struct lookup_options *options, struct err *err)
{
    bool good = true;
    for (size_t number = 1; good && text.len > 0; number++)
        good = add_line(source, slice_cut(&text, '\n'), number, options, err);
    return good;
}

static bool fill_inline(struct lookup_source *source, struct slice text, struct err *err)
{
    struct slice key, value;
    const char *why;
    while (lookup_place_next(&text, &key, &value, &why))
        if (!lookup_rows_add(source->rows, key, value, err))
            return false;
    return why == NULL || err_set(err, ERR_USAGE, "inline: %s", why);
}

/* ---- reading ---- */

static bool fill_file(struct lookup_source *source, const struct lookup_place *place,
                      const struct lookup_options *options, struct err *err)
{
    CLEANUP_SECRET_BUF struct buf text = {0}; /* a passwd-file has secrets */
    bool good = false;
    for (int i = 0; i < TRIES && !good; i++) {
        buf_clear(&text);
        good = file_stamp_read(place->path, LOOKUP_FILE_MAX, &text, &source->stamp, err);
    }
    if (!good)
        return false;
    if (place->kind == LOOKUP_PASSWD)
        good = fill_passwd(source, buf_slice(&text), options, err);
    else
        good = fill_text(source, buf_slice(&text),
                         place->kind == LOOKUP_ALIASES ? TABLE_OF_ALIASES : TABLE_OF_KEYS, err);
    return good || err_at(err, "%s", place->path);
}

static void release(struct lookup_source *source)
{
    lookup_rows_free(source->rows);
    mem_free(source);
}

static struct lookup_source *open_memory(const struct lookup_place *place,
                                         const struct lookup_options *options, struct err *err)
{
    struct lookup_source *source = MEM_NEW(struct lookup_source);
    bool good = true;
    source->rows = lookup_rows_new(&options->key);
    source->path = place->path;
    source->is_static = place->kind == LOOKUP_STATIC;
    source->value = place->text;
    if (place->path != NULL)
        good = fill_file(source, place, options, err);
    else if (!source->is_static)
        good = fill_inline(source, place->text, err);
    lookup_rows_finish(source->rows);
    if (good)
        return source;
    release(source);
    return NULL;
}

/* ---- asking ---- */

static enum lookup_found find(struct lookup_source *source, struct slice key, bool may_wait,
                              struct buf *value, struct err *err)
{
    struct slice found = source->value;
    (void)may_wait;
    (void)err;
    if (!source->is_static && !lookup_rows_find(source->rows, key, &found))
        return LOOKUP_MISSING;
    buf_add(value, found);
    return LOOKUP_FOUND;
}

static const struct lookup_rows *rows_of(const struct lookup_source *source)
{
    return source->rows;
}

static bool is_old(const struct lookup_source *source)
{
    return source->path != NULL && file_stamp_is_old(&source->stamp, source->path);
}

static void count_faults(const struct lookup_source *source, struct lookup_numbers *numbers)
{
    numbers->faults = source->faults.faults;
    numbers->first_line = source->faults.first_line;
    numbers->first = source->faults.first;
}

const struct lookup_driver lookup_driver_memory = {
    .open = open_memory,
    .free = release,
    .find = find,
    .rows = rows_of,
    .is_old = is_old,
    .count_faults = count_faults,
};
