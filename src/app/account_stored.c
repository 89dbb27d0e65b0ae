/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_stored.h. Of a login that is another name its account is shown, with all its names.
 */
#include "app/account_stored.h"

#include "app/auth_plan.h"
#include "app/report_words.h"
#include "app/text_table.h"
#include "mail/auth_request.h"
#include "model/json_field.h"
#include "model/login_form.h"

#define TEXT_MAX 65536
#define LABEL 16 /* columns, with the blanks before and behind */

/* ---- as JSON ---- */

struct seeing {
    const struct account_access *access;
    json_t *object;
    struct buf login; /* of the account, in its one form */
};

/* Words with blanks between; left out when there are none. */
static void put_words(json_t *object, const char *key, struct slice words)
{
    json_t *list = json_value_array();
    while (words.len > 0) {
        struct slice word = slice_cut(&words, ' ');
        if (word.len > 0)
            json_value_append(list, json_value_text(word));
    }
    if (json_array_size(list) > 0)
        json_value_put(object, key, list);
    else
        json_decref(list);
}

static void put_protocols(json_t *object, unsigned protocols)
{
    const unsigned all = (1u << AUTH_PROTOCOLS) - 1;
    if ((protocols & all) == all)
        return;
    json_t *list = json_value_array();
    for (size_t i = 0; i < AUTH_PROTOCOLS; i++)
        if ((protocols & 1u << i) != 0)
            json_value_append(
                list, json_value_text(slice_from_str(auth_protocol_word((enum auth_protocol)i))));
    json_value_put(object, "protocols", list);
}

static void put_time(json_t *object, const char *key, int64_t us)
{
    if (us != 0 && us != INT64_MAX)
        json_value_put_time(object, key, us);
}

/* An end that could not be read is one that is long past. */
static void put_end(json_t *object, const char *key, int64_t us)
{
    if (us != INT64_MAX)
        json_value_put_time(object, key, us);
}

static json_t *password(const struct account_access *access, struct slice stored)
{
    const struct secret_rules rules = {.bounds = SECRET_BOUNDS_DEFAULT};
    struct secret_terms terms;
    struct secret_look look;
    auth_plan_secrets(&access->settings->auth, NULL, &terms);
    secret_look(&rules, stored, &look);
    if (!look.is_set)
        return json_null();
    json_t *object = json_value_object();
    json_value_put_word(object, "form", look.name != NULL ? look.name : "not known");
    json_value_put(object, "weak", json_boolean(look.is_weak));
    json_value_put(object, "rehash", json_boolean(secret_is_weaker(&rules, stored, &terms)));
    return object;
}

static json_t *app_password(const struct account_app_password *app)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "name", app->name);
    put_protocols(object, app->protocols);
    put_words(object, "networks", app->networks);
    put_time(object, "created", app->created_us);
    put_time(object, "last_used", app->last_used_us);
    put_end(object, "until", app->until_us);
    return object;
}

static void see_row(void *context, const struct account_row *row)
{
    struct seeing *seeing = context;
    json_t *object = seeing->object, *apps = json_value_array();
    json_value_put(object, "found", json_true());
    json_value_put_text(object, "login", row->login);
    login_form(seeing->access->terms->place.default_domain, row->login, &seeing->login);
    json_value_put_text(object, "class", row->account_class);
    json_value_put_text(object, "server", row->server);
    put_protocols(object, row->protocols);
    put_words(object, "networks", row->networks);
    put_end(object, "valid_until", row->valid_until_us);
    put_words(object, "flags", row->flags);
    json_value_put(object, "password", password(seeing->access, row->secret));
    for (size_t i = 0; i < row->app_count; i++)
        json_value_append(apps, app_password(&row->apps[i]));
    json_value_put(object, "app_passwords", apps);
    json_value_put_text(object, "fault", row->fault);
}

static void see_name(void *context, const struct account_name *name)
{
    struct seeing *seeing = context;
    CLEANUP_BUF struct buf form = {0};
    if (name->login.len == 0 || name->account.len == 0)
        return;
    login_form(seeing->access->terms->place.default_domain, name->account, &form);
    if (slice_eq(buf_slice(&form), buf_slice(&seeing->login)))
        json_value_append(json_object_get(seeing->object, "aliases"), json_value_text(name->login));
}

json_t *account_stored_json(const struct account_access *access, struct slice login)
{
    struct seeing seeing = {access, json_value_object(), {0}};
    struct err err = {0};
    switch (account_access_find(access, login, see_row, &seeing, &err)) {
    case ACCOUNT_FOUND:
        json_value_put(seeing.object, "aliases", json_value_array());
        if (!account_access_read(access, see_name, &seeing, &err))
            json_value_put_word(seeing.object, "error", err.text);
        break;
    case ACCOUNT_UNKNOWN:
        json_value_put(seeing.object, "found", json_false());
        break;
    case ACCOUNT_TROUBLE:
        json_value_put_word(seeing.object, "error", err.text);
        break;
    }
    buf_done(&seeing.login);
    return seeing.object;
}

/* ---- as text ---- */

static struct slice text_of(const json_t *object, const char *key)
{
    struct slice text = {0};
    (void)json_field_text(object, key, TEXT_MAX, &text);
    return text;
}

static void add_line(const struct text_style *style, const char *label, struct slice text,
                     struct buf *to)
{
    if (text.len == 0)
        return;
    buf_addf(to, "  %-*s", LABEL - 2, label);
    text_wrap(style, text, LABEL, 20, to);
}

static void add_word(const struct text_style *style, const char *label, const json_t *object,
                     const char *key, struct buf *to)
{
    add_line(style, label, text_of(object, key), to);
}

static void join(const json_t *list, struct buf *to)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        buf_addf(to, "%s%s", i > 0 ? ", " : "", json_string_value(json_array_get(list, i)));
}

static void add_list(const struct text_style *style, const char *label, const json_t *list,
                     struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    join(list, &text);
    add_line(style, label, buf_slice(&text), to);
}

static void time_words(const json_t *object, const char *key, int64_t now_us, struct buf *to)
{
    int64_t us;
    if (json_field_time(object, key, INT64_MAX, &us) && us != INT64_MAX)
        report_time(us, now_us, to);
}

static void add_password(const struct text_style *style, const json_t *password, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    if (!json_is_object(password)) {
        add_line(style, "password", SLICE("none: nobody can log in by it"), to);
        return;
    }
    buf_add(&text, text_of(password, "form"));
    if (json_is_true(json_object_get(password, "weak")))
        buf_add_str(&text, ", weak: who has the database guesses it fast");
    if (json_is_true(json_object_get(password, "rehash")))
        buf_add_str(&text, "; a new one would be kept better (auth.hashing)");
    add_line(style, "password", buf_slice(&text), to);
}

static void add_app(struct text_table *table, const struct text_style *style, const json_t *app,
                    int64_t now_us)
{
    static const char *const lists[] = {"protocols", "networks"};
    static const char *const times[] = {"created", "last_used", "until"};
    text_add(style, text_of(app, "name"), text_table_cell(table, TONE_STRONG));
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_BUF struct buf words = {0};
        join(json_object_get(app, lists[i]), &words);
        text_add(style, buf_slice(&words), text_table_cell(table, TONE_PLAIN));
    }
    for (size_t i = 0; i < 3; i++)
        time_words(app, times[i], now_us, text_table_cell(table, TONE_PLAIN));
}

static void add_apps(const struct text_style *style, const json_t *apps, int64_t now_us,
                     struct buf *to)
{
    static const struct text_column columns[] = {
        {"app password", false, 0, 16}, {"protocols", false, 4, 9},  {"networks", false, 5, 12},
        {"made", false, 3, 16},         {"last used", false, 1, 16}, {"until", false, 2, 16},
    };
    if (json_array_size(apps) == 0)
        return;
    struct text_table *table = text_table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < json_array_size(apps); i++)
        add_app(table, style, json_array_get(apps, i), now_us);
    text_table_print(table, style, to);
    text_table_free(table);
}

static void add_found(const struct text_style *style, const json_t *stored, int64_t now_us,
                      struct buf *to)
{
    CLEANUP_BUF struct buf until = {0};
    add_word(style, "account", stored, "login", to);
    add_list(style, "other names", json_object_get(stored, "aliases"), to);
    add_word(style, "class", stored, "class", to);
    add_word(style, "mailbox server", stored, "server", to);
    add_list(style, "protocols", json_object_get(stored, "protocols"), to);
    add_list(style, "networks", json_object_get(stored, "networks"), to);
    time_words(stored, "valid_until", now_us, &until);
    add_line(style, "valid until", buf_slice(&until), to);
    add_list(style, "flags there", json_object_get(stored, "flags"), to);
    add_password(style, json_object_get(stored, "password"), to);
    if (text_of(stored, "fault").len > 0) {
        CLEANUP_BUF struct buf text = {0};
        buf_addf(&text, "%.*s cannot be read, so nobody can log in",
                 SLICE_ARG(text_of(stored, "fault")));
        add_line(style, "damaged", buf_slice(&text), to);
    }
    add_apps(style, json_object_get(stored, "app_passwords"), now_us, to);
}

void account_stored_text(const struct text_style *style, const json_t *stored, int64_t now_us,
                         struct buf *to)
{
    const json_t *found = json_object_get(stored, "found");
    if (json_is_true(found))
        add_found(style, stored, now_us, to);
    else if (found != NULL)
        buf_add_str(to, "  There is no such account in the accounts' database.\n");
    if (text_of(stored, "error").len > 0) {
        CLEANUP_BUF struct buf text = {0};
        buf_addf(&text, "could not be asked: %.*s", SLICE_ARG(text_of(stored, "error")));
        add_line(style, "accounts", buf_slice(&text), to);
    }
}
