/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of postconf into sets. See postfix_state.h; postconf(1).
 */
#include "app/postfix_state.h"

/* `name = value`, one a line. A value may be empty, and then the line ends with the sign. */
static void read_settings(struct slice text, struct row_set *to)
{
    while (text.ptr != NULL) {
        struct slice value = slice_cut(&text, '\n');
        struct slice name = slice_trim(slice_cut(&value, '='));
        if (name.len > 0 && value.ptr != NULL)
            row_set_add(to, name, slice_trim(value));
    }
    row_set_sort(to);
}

static struct slice take_word(struct slice *rest)
{
    *rest = slice_trim(*rest);
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] != ' ' && rest->ptr[n] != '\t')
        n++;
    struct slice word = slice_first(*rest, n);
    *rest = slice_trim(slice_skip(*rest, n));
    return word;
}

/* `out-a unix - - n - - smtp`, with its options behind it. */
static void read_services(struct slice text, struct row_set *to)
{
    while (text.ptr != NULL) {
        CLEANUP_BUF struct buf key = {0};
        struct slice line = slice_cut(&text, '\n');
        struct slice name = take_word(&line), type = take_word(&line);
        buf_addf(&key, "%.*s/%.*s", SLICE_ARG(name), SLICE_ARG(type));
        if (name.len > 0)
            row_set_add(to, buf_slice(&key), line);
    }
    row_set_sort(to);
}

void postfix_state_read(struct slice main, struct slice services, struct slice options,
                        struct postfix_state *out)
{
    read_settings(main, &out->main);
    read_services(services, &out->services);
    read_settings(options, &out->options);
}

bool postfix_state_ask(const struct postfix_place *place, struct postfix_state *out,
                       struct err *err)
{
    static const char *const main_words[] = {"-x", NULL};
    static const char *const service_words[] = {"-M", NULL};
    static const char *const option_words[] = {"-P", "-x", NULL};
    CLEANUP_BUF struct buf main = {0}, services = {0}, options = {0};
    if (!postfix_call_conf(place, main_words, &main, err) ||
        !postfix_call_conf(place, service_words, &services, err) ||
        !postfix_call_conf(place, option_words, &options, err))
        return false;
    postfix_state_read(buf_slice(&main), buf_slice(&services), buf_slice(&options), out);
    return true;
}

void postfix_state_done(struct postfix_state *state)
{
    row_set_done(&state->main);
    row_set_done(&state->services);
    row_set_done(&state->options);
}

struct slice postfix_state_main(const struct postfix_state *state, const char *name)
{
    const struct row *row = row_set_find(&state->main, slice_from_str(name));
    return row != NULL ? row->value : (struct slice){NULL, 0};
}

struct slice postfix_state_option(const struct postfix_state *state, const char *service,
                                  const char *name)
{
    CLEANUP_BUF struct buf key = {0};
    buf_addf(&key, "%s/unix/%s", service, name);
    const struct row *row = row_set_find(&state->options, buf_slice(&key));
    return row != NULL ? row->value : (struct slice){NULL, 0};
}

struct slice postfix_state_service(const struct postfix_state *state, const char *service)
{
    CLEANUP_BUF struct buf key = {0};
    buf_addf(&key, "%s/unix", service);
    const struct row *row = row_set_find(&state->services, buf_slice(&key));
    return row != NULL ? row->value : (struct slice){NULL, 0};
}
