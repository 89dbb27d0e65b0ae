/* SPDX-License-Identifier: Apache-2.0
 *
 * Recipients followed to their mailboxes, as virtual(5), canonical(5), aliases(5) and transport(5)
 * say that Postfix does, through tables that are written in the configuration itself.
 */
#include "gate/mailbox_search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "gate/mailbox_tables.h"

/* A mail system: tables as rows of inline, and what the terms say. NULL: there is no such table. */
struct site {
    const char *canonical, *aliases, *local, *domains, *mailboxes;
    const char *local_domain, *domain; /* a pattern each */
    const char *delimiters;
    bool keeps_extension; /* and it does not go along */
    bool has_default;     /* mb9 is for values that name no server */
    size_t depth_max, results_max;
};

static const struct finder_name names[] = {
    {{"mb1", 3}, 0},
    {{"mb2", 3}, 1},
    {{"192.0.2.2", 9}, 1},
    {{"unix:/run/lmtp", 14}, 1},
};

static void add_table(struct mailbox_tables *tables, struct finder_terms *terms,
                      enum finder_role role, const char *rows)
{
    struct err err;
    CLEANUP_BUF struct buf spec = {0};
    if (rows == NULL)
        return;
    buf_addf(&spec, "inline:{%s}", rows);
    struct lookup_table *table =
        lookup_table_open(buf_slice(&spec), &(struct lookup_options){.timeout_us = 0}, &err);
    if (table == NULL)
        fail_msg("%s: %s", rows, err.text);
    mailbox_tables_add(tables, role, table);
    terms->tables[role]++;
}

static struct mailbox_search *run(const struct site *site, struct slice recipient)
{
    struct slice local = slice_from_str(site->local_domain), domain = slice_from_str(site->domain);
    struct mailbox_tables *tables = mailbox_tables_new();
    struct finder_terms terms = {
        .recipient = {slice_from_str(site->delimiters ? site->delimiters : "+"), SLICE("d.test")},
        .local_domains = &local,
        .local_count = site->local_domain != NULL,
        .domains = &domain,
        .domain_count = site->domain != NULL,
        .names = names,
        .name_count = sizeof(names) / sizeof(names[0]),
        .default_server = site->has_default ? 8 : FINDER_NO_SERVER,
        .propagates = !site->keeps_extension,
        .depth_max = site->depth_max,
        .results_max = site->results_max,
    };
    add_table(tables, &terms, FINDER_CANONICAL, site->canonical);
    add_table(tables, &terms, FINDER_ALIASES, site->aliases);
    add_table(tables, &terms, FINDER_LOCAL, site->local);
    add_table(tables, &terms, FINDER_DOMAINS, site->domains);
    add_table(tables, &terms, FINDER_MAILBOXES, site->mailboxes);
    struct mailbox_finder *finder = mailbox_finder_new(&terms);
    struct mailbox_search *search = mailbox_search_new(finder, recipient);
    mailbox_finder_unref(finder);
    assert_int_equal(mailbox_tables_run(tables, search, NULL, NULL), MAILBOX_TABLES_ENDED);
    mailbox_tables_unref(tables);
    return search;
}

/* `taro@example.jp>0 +1 -2`: mailboxes with their servers, how many elsewhere, how many unknown; or
 * how it ended otherwise. */
static void say(const struct mailbox_result *result, struct buf *to)
{
    static const char *const ends[] = {"",     "elsewhere", "no domain", "no user",
                                       "many", "loop",      "none",      "trouble"};
    if (result->end != MAILBOX_END_MAILBOXES) {
        buf_add_str(to, ends[result->end]);
        return;
    }
    for (size_t i = 0; i < result->count; i++)
        buf_addf(to, "%s%.*s>%zu", i > 0 ? " " : "", SLICE_ARG(result->mailboxes[i].address),
                 result->mailboxes[i].server + 1);
    if (result->elsewhere > 0)
        buf_addf(to, " +%zu", result->elsewhere);
    if (result->unknown > 0)
        buf_addf(to, " -%zu", result->unknown);
}

struct row {
    const char *recipient, *said;
};

static void check(const struct site *site, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_BUF struct buf said = {0};
        struct mailbox_search *search = run(site, slice_from_str(rows[i].recipient));
        say(mailbox_search_result(search), &said);
        if (strcmp(buf_str(&said), rows[i].said) != 0)
            fail_msg("%s: %s, not %s", rows[i].recipient, buf_str(&said), rows[i].said);
        mailbox_search_free(search);
    }
}

#define CHECK(site, ...) \
    do { \
        static const struct row expected_rows[] = {__VA_ARGS__}; \
        check(site, expected_rows, sizeof(expected_rows) / sizeof(expected_rows[0])); \
    } while (0)

/* ---- where a mailbox is ---- */

static void keys_of_mailboxes(void **state)
{
    (void)state;
    const struct site site = {
        .mailboxes = "taro@a.test=mb1 taro+x@a.test=mb2 @b.test=mb2 taro@b.test=mb1 "
                     "sales-*@b.test=mb1 c.test=mb2 .c.test=mb1 {\"john doe\"@a.test = mb1} "
                     "{jane doe@a.test = mb2} solo=mb2",
        .domain = "*.test",
    };
    CHECK(&site, {"Taro@A.test", "taro@a.test>1"}, {"taro+y@a.test", "taro@a.test>1"},
          {"taro+x@a.test", "taro@a.test>2"}, {"jiro@a.test", "no user"},
          {"jiro@b.test", "jiro@b.test>2"}, {"taro@b.test", "taro@b.test>1"},
          {"sales-1+x@b.test", "sales-1@b.test>1"}, {"x@c.test", "x@c.test>2"},
          {"x@y.c.test", "x@y.c.test>1"}, {"x@z.y.c.test", "x@z.y.c.test>1"},
          {"john doe@a.test", "\"john doe\"@a.test>1"},
          {"\"jane doe\"@a.test", "\"jane doe\"@a.test>2"}, {"solo", "solo@d.test>2"},
          {"solo@a.test", "no user"}, {"x@example.jp", "no domain"}, {"", "none"},
          {"@a.test", "none"});
}

static void values_of_mailboxes(void **state)
{
    (void)state;
    struct site site = {
        .mailboxes = "a@x.test=MB1 b@x.test=lmtp:[mb1] c@x.test=lmtp:inet:mb2:24 "
                     "d@x.test=lmtp:unix:/run/lmtp e@x.test=relay:[192.0.2.2]:24 "
                     "{f@x.test = error:5.1.1 nobody} g@x.test=mb7 h@x.test=virtual: "
                     "i@x.test=x.test/i/",
        .domain = "x.test",
    };
    CHECK(&site, {"a@x.test", "a@x.test>1"}, {"b@x.test", "b@x.test>1"}, {"c@x.test", "c@x.test>2"},
          {"d@x.test", "d@x.test>2"}, {"e@x.test", "e@x.test>2"}, {"f@x.test", "no user"},
          {"g@x.test", "elsewhere"}, {"h@x.test", "elsewhere"});
    site.has_default = true;
    CHECK(&site, {"a@x.test", "a@x.test>1"}, {"f@x.test", "no user"}, {"g@x.test", "g@x.test>9"},
          {"h@x.test", "h@x.test>9"}, {"i@x.test", "i@x.test>9"});
}

static void which_domains_are_ours(void **state)
{
    (void)state;
    const struct site nothing_said = {.aliases = "{info@a.test = taro@a.test,x@far.test}",
                                      .mailboxes = "taro@a.test=mb1"};
    CHECK(&nothing_said, {"taro@a.test", "taro@a.test>1"}, {"jiro@a.test", "no domain"},
          {"info@a.test", "taro@a.test>1 +1"});
    const struct site by_table = {.domains = "a.test=anything", .mailboxes = "*=mb1"};
    CHECK(&by_table, {"taro@a.test", "taro@a.test>1"}, {"taro@b.test", "no domain"},
          {"taro@sub.a.test", "no domain"});
    const struct site for_every_key = {
        .aliases = "info@a.test=x@far.test", .mailboxes = "*=mb1", .domain = "a.test"};
    CHECK(&for_every_key, {"taro@a.test", "taro@a.test>1"}, {"info@a.test", "elsewhere"});
}

/* ---- virtual(5) ---- */

static void keys_of_aliases(void **state)
{
    (void)state;
    const struct site site = {
        .aliases = "u+x@v.test=p1@m.test u@v.test=p2@m.test u+x=p3@m.test u=p4@m.test "
                   "@l.test=p5@m.test @v.test=p6@m.test",
        .mailboxes = "m.test=mb1 l.test=mb2 v.test=mb2",
        .local_domain = "l.test",
        .domain = "*.test",
    };
    CHECK(&site, {"u+x@v.test", "p1@m.test>1"}, {"u+y@v.test", "p2@m.test>1"},
          {"u@v.test", "p2@m.test>1"}, {"U+X@l.test", "p3@m.test>1"}, {"u+y@l.test", "p4@m.test>1"},
          {"other@l.test", "p5@m.test>1"}, {"other@v.test", "p6@m.test>1"},
          {"u+x", "p3@m.test>1"} /* the default domain */, {"other@m.test", "other@m.test>1"});
}

static void what_aliases_lead_to(void **state)
{
    (void)state;
    const struct site site = {
        .aliases =
            "{one@v.test = a@m.test} {list@v.test = a@m.test, b@m.test, a@m.test, far@x.example} "
            "{nest@v.test = list@v.test, c@m.test} {catch@w.test = catch@w.test} "
            "@w.test=one@v.test {domain@y.test = @m.test} @z.test=@m.test "
            "{two@y.test = @m.test, @m.test} {self@m.test = self@m.test, b@m.test} "
            "{name@v.test = \"A, b\" <a@m.test>} {bare@v.test = solo} "
            "{pipe@v.test = \"|cmd\", a@m.test} {gone@v.test = gone@m.test} "
            "{half@v.test = gone@m.test, a@m.test} {forward@v.test = far@x.example} "
            "{nothing@v.test = (none)}",
        .mailboxes = "a@m.test=mb1 b@m.test=mb2 c@m.test=mb1 self@m.test=mb1 catch@w.test=mb2 "
                     "solo@d.test=mb1",
        .domain = "*.test",
    };
    CHECK(&site, {"one@v.test", "a@m.test>1"}, {"list@v.test", "a@m.test>1 b@m.test>2 +1"},
          {"nest@v.test", "a@m.test>1 b@m.test>2 c@m.test>1 +1"},
          {"catch@w.test", "catch@w.test>2"}, {"other@w.test", "a@m.test>1"},
          {"a@z.test", "a@m.test>1"}, {"q@z.test", "no user"}, {"domain@y.test", "no user"},
          {"two@y.test", "elsewhere"}, {"self@m.test", "self@m.test>1 b@m.test>2"},
          {"name@v.test", "a@m.test>1"}, {"bare@v.test", "solo@d.test>1"},
          {"pipe@v.test", "a@m.test>1 +1"}, {"gone@v.test", "no user"},
          {"half@v.test", "a@m.test>1 -1"}, {"forward@v.test", "elsewhere"},
          {"nothing@v.test", "elsewhere"});
}

static void extensions_go_along(void **state)
{
    (void)state;
    struct site site = {
        .aliases =
            "u@v.test=p@m.test p+x@m.test=special@m.test {s@v.test = s@v.test} @w.test=@m.test "
            "q@v.test=@m.test",
        .mailboxes = "p@m.test=mb1 special@m.test=mb2 s@v.test=mb1 q@m.test=mb1 q+z@m.test=mb2",
        .domain = "*.test",
    };
    CHECK(&site, {"u+x@v.test", "special@m.test>2"}, {"u+y@v.test", "p@m.test>1"},
          {"s+a@v.test", "s@v.test>1"}, {"p+x@w.test", "special@m.test>2"},
          {"q+z@v.test", "q@m.test>2"});
    site.keeps_extension = true;
    CHECK(&site, {"u+x@v.test", "p@m.test>1"}, {"p+x@w.test", "special@m.test>2"},
          {"q+z@v.test", "q@m.test>1"});
    site.delimiters = "-=";
    CHECK(&site, {"u+x@v.test", "no user"}, {"u-x@v.test", "p@m.test>1"});
}

static void loops_end(void **state)
{
    (void)state;
    const struct site site = {
        .canonical = "c1@m.test=c2@m.test c2@m.test=c1@m.test",
        .aliases = "a@m.test=b@m.test b@m.test=a@m.test {x@m.test = y@m.test, z@m.test} "
                   "y@m.test=z@m.test z@m.test=y@m.test {p@m.test = ok@m.test, q@m.test} "
                   "q@m.test=p@m.test {d@m.test = ok@m.test, e@m.test} e@m.test=ok@m.test",
        .mailboxes = "m.test=mb1",
        .domain = "m.test",
    };
    CHECK(&site, {"a@m.test", "loop"}, {"b@m.test", "loop"}, {"x@m.test", "loop"},
          {"p@m.test", "loop"}, {"c1@m.test", "loop"}, {"d@m.test", "ok@m.test>1"});
}

/* With the extension that goes along each turn is another address. */
static void loops_that_grow_end(void **state)
{
    (void)state;
    const struct site site = {
        .aliases = "a@m.test=a+x@m.test", .mailboxes = "m.test=mb1", .domain = "m.test"};
    CHECK(&site, {"a+y@m.test", "loop"}, {"a@m.test", "loop"});
}

static void depth_is_bounded(void **state)
{
    (void)state;
    struct site site = {
        .aliases = "a@m.test=b@m.test b@m.test=c@m.test c@m.test=d@m.test d@m.test=e@m.test",
        .mailboxes = "m.test=mb1",
        .domain = "m.test",
        .depth_max = 3,
    };
    CHECK(&site, {"b@m.test", "e@m.test>1"}, {"a@m.test", "loop"});
    site.depth_max = 4;
    CHECK(&site, {"a@m.test", "e@m.test>1"});
}

static void results_are_bounded(void **state)
{
    (void)state;
    struct site site = {
        .aliases = "{l@m.test = a@m.test, b@m.test, far@x.example} "
                   "{n@m.test = l@m.test, l2@m.test} {l2@m.test = c@m.test}",
        .mailboxes = "m.test=mb1",
        .domain = "m.test",
        .results_max = 3,
    };
    CHECK(&site, {"l@m.test", "a@m.test>1 b@m.test>1 +1"}, {"n@m.test", "many"});
    site.results_max = 1;
    CHECK(&site, {"l@m.test", "many"}, {"a@m.test", "a@m.test>1"});
}

static void a_thousand_results(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf rows = {0};
    struct site site = {.mailboxes = "m.test=mb1", .domain = "m.test"};
    buf_add_str(&rows, "{l@m.test = ");
    for (int i = 0; i < FINDER_RESULTS_MAX; i++)
        buf_addf(&rows, "u%d@m.test,", i);
    buf_add_str(&rows, "}");
    site.aliases = buf_str(&rows);
    struct mailbox_search *search = run(&site, SLICE("l@m.test"));
    assert_int_equal(mailbox_search_result(search)->count, FINDER_RESULTS_MAX);
    mailbox_search_free(search);
    rows.len--;
    buf_add_str(&rows, "more@m.test}");
    site.aliases = buf_str(&rows);
    CHECK(&site, {"l@m.test", "many"});
}

/* ---- canonical(5), aliases(5) ---- */

static void canonical_comes_first(void **state)
{
    (void)state;
    const struct site site = {
        .canonical = "old@m.test=new@m.test {two@m.test = a@m.test, b@m.test} @o.test=@m.test "
                     "l=a@m.test",
        .aliases = "new@m.test=old@m.test x@m.test=old@m.test",
        .mailboxes = "m.test=mb1",
        .local_domain = "l.test",
        .domain = "*.test",
    };
    /* old is new by canonical, and then old by virtual; what virtual leads to is not asked again */
    CHECK(&site, {"old@m.test", "old@m.test>1"}, {"two@m.test", "a@m.test>1"},
          {"x@o.test", "old@m.test>1"}, {"y+e@o.test", "y@m.test>1"}, {"l@l.test", "a@m.test>1"});
}

static void aliases_of_local_domains(void **state)
{
    (void)state;
    const struct site site = {
        .aliases = "v@m.test=root@l.test taro@l.test=never@m.test up@m.test=a@m.test",
        .local = "root=jiro {team = taro, jiro, up@m.test} jiro+x=saburo "
                 "{jiro = jiro, far@x.example} {cmd = \"|/bin/cmd a, b\"} {file = /var/mail/x} "
                 "{inc = :include:/etc/l} r1=r2 r2=r1 {r3 = r4, taro} r4=r3 {at = @m.test}",
        .mailboxes = "l.test=mb1 a@m.test=mb2",
        .local_domain = "l.test",
        .domain = "m.test",
    };
    CHECK(&site, {"root@l.test", "elsewhere"}); /* jiro of the default domain, which is far */
    const struct site home = {
        .aliases = site.aliases,
        .local = site.local,
        .mailboxes = "l.test=mb1 d.test=mb1 a@m.test=mb2",
        .local_domain = "*.test",
    };
    CHECK(&home, {"root@l.test", "jiro@d.test>1 +1"}, {"root+q@l.test", "jiro@d.test>1 +1"},
          {"jiro+x@l.test", "saburo@d.test>1"}, {"cmd@l.test", "elsewhere"},
          {"file@l.test", "elsewhere"}, {"inc@l.test", "elsewhere"}, {"at@l.test", "elsewhere"},
          {"r1@d.test", "loop"}, {"r3@d.test", "taro@d.test>1"}, {"v@m.test", "jiro@d.test>1 +1"},
          {"nobody@l.test", "nobody@l.test>1"});
}

/* ---- one row after the other ---- */

/* Every table is asked for a key before the next key is; a table may be asked whenever. */
static void what_it_needs(void **state)
{
    (void)state;
    static const char *const expected[] = {"1/0 u+x@v.test", "1/1 u+x@v.test", "1/0 u@v.test",
                                           "1/1 u@v.test",   "1/0 @v.test",    "1/1 @v.test",
                                           "4/0 u+x@v.test", "4/0 u@v.test",   "4/0 u@v.test*"};
    const struct finder_terms terms = {
        .recipient = {.delimiters = SLICE("+")},
        .tables = {[FINDER_ALIASES] = 2, [FINDER_MAILBOXES] = 1},
        .names = names,
        .name_count = 1,
        .default_server = FINDER_NO_SERVER,
    };
    struct mailbox_finder *finder = mailbox_finder_new(&terms);
    struct mailbox_search *search = mailbox_search_new(finder, SLICE("U+x@V.test"));
    mailbox_finder_unref(finder);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        CLEANUP_BUF struct buf said = {0};
        const struct mailbox_need *need = mailbox_search_need(search);
        assert_non_null(need);
        buf_addf(&said, "%d/%zu %.*s%s", (int)need->role, need->table, SLICE_ARG(need->key),
                 need->is_pattern ? "*" : "");
        assert_string_equal(buf_str(&said), expected[i]);
        mailbox_search_answer(search, NULL);
    }
    mailbox_search_answer(search, &SLICE("mb1"));
    assert_null(mailbox_search_need(search));
    assert_int_equal(mailbox_search_result(search)->count, 1);
    mailbox_search_free(search);
}

static void trouble_ends_it(void **state)
{
    (void)state;
    const struct finder_terms terms = {.tables = {[FINDER_MAILBOXES] = 1},
                                       .default_server = FINDER_NO_SERVER};
    struct mailbox_finder *finder = mailbox_finder_new(&terms);
    struct mailbox_search *search = mailbox_search_new(finder, SLICE("u@v.test"));
    mailbox_finder_unref(finder);
    mailbox_search_fail(search);
    assert_null(mailbox_search_need(search));
    assert_int_equal(mailbox_search_result(search)->end, MAILBOX_END_TROUBLE);
    mailbox_search_free(search);
    mailbox_search_free(NULL);
}

/* ---- whatever tables say ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

/* A value of any kind, of a world of few names so that they meet. */
static void make_value(uint32_t *seed, struct buf *to)
{
    static const char *const parts[] = {"a", "b",  "+x",        "+",   "@v", "@l", "@",
                                        ",", ", ", "\"",        "|c",  "/f", "(",  ")",
                                        "<", ">",  ":include:", "mb1", ".",  "\\"};
    uint32_t count = next_random(seed) % 12;
    for (uint32_t i = 0; i < count; i++)
        buf_add_str(to, parts[next_random(seed) % (sizeof(parts) / sizeof(parts[0]))]);
    for (uint32_t i = next_random(seed) % 4; i > 0; i--)
        buf_addf(to, ",%c%u@%c", (char)('a' + next_random(seed) % 2), next_random(seed) % 40,
                 next_random(seed) % 2 ? 'v' : 'l');
}

static void check_bounds(const struct mailbox_result *result, size_t results_max)
{
    assert_true(result->count + result->elsewhere + result->unknown <= results_max ||
                result->end == MAILBOX_END_TOO_MANY);
    assert_true((result->end != MAILBOX_END_MAILBOXES) || result->count > 0);
    for (size_t i = 0; i < result->count; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(slice_eq(result->mailboxes[i].address, result->mailboxes[j].address));
}

static void it_always_ends(void **state)
{
    (void)state;
    enum { WORLDS = 1500, RESULTS = 20, NEEDS_MAX = 5 * 4 * RESULTS * 24 * 2 };
    uint32_t seed = 7;
    const struct slice local = SLICE("l"), domain = SLICE("v");
    for (unsigned world = 0; world < WORLDS; world++) {
        const struct finder_terms terms = {
            .recipient = {SLICE("+"), SLICE("l")},
            .local_domains = &local,
            .local_count = world % 3 != 0,
            .domains = &domain,
            .domain_count = world % 5 != 0,
            .names = names,
            .name_count = 1,
            .default_server = world % 2 ? 3 : FINDER_NO_SERVER,
            .tables = {1, 2, 1, world % 2, 1},
            .propagates = world % 7 != 0,
            .depth_max = world % 4 * 30,
            .results_max = RESULTS,
        };
        struct mailbox_finder *finder = mailbox_finder_new(&terms);
        struct mailbox_search *search = mailbox_search_new(finder, SLICE("a+x@v"));
        size_t needs = 0;
        while (mailbox_search_need(search) != NULL) {
            CLEANUP_BUF struct buf value = {0};
            assert_in_range(mailbox_search_need(search)->key.len, 1, 2 * RECIPIENT_MAX + 2);
            assert_in_range(++needs, 1, NEEDS_MAX);
            make_value(&seed, &value);
            const struct slice said = buf_slice(&value);
            mailbox_search_answer(search, next_random(&seed) % 3 ? &said : NULL);
        }
        check_bounds(mailbox_search_result(search), RESULTS);
        mailbox_search_free(search);
        mailbox_finder_unref(finder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_mailboxes),
        cmocka_unit_test(values_of_mailboxes),
        cmocka_unit_test(which_domains_are_ours),
        cmocka_unit_test(keys_of_aliases),
        cmocka_unit_test(what_aliases_lead_to),
        cmocka_unit_test(extensions_go_along),
        cmocka_unit_test(loops_end),
        cmocka_unit_test(loops_that_grow_end),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(results_are_bounded),
        cmocka_unit_test(a_thousand_results),
        cmocka_unit_test(canonical_comes_first),
        cmocka_unit_test(aliases_of_local_domains),
        cmocka_unit_test(what_it_needs),
        cmocka_unit_test(trouble_ends_it),
        cmocka_unit_test(it_always_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
