/* SPDX-License-Identifier: Apache-2.0
 *
 * SPF by the cases of RFC 7208: terms, matches, includes and redirects, limits; what is not looked
 * at is unknown only where the answer hangs on it; answers are asked for one after the other.
 */
#include "mail/spf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define VALUES_MAX 16

/* What name servers say: values divided by '|'; of nothing else there is a name. data NULL: the
 * server fails. */
struct row {
    const char *name;
    enum spf_type type;
    const char *data;
};

#define TXT(name, text) \
    { \
        name, SPF_TYPE_TXT, text \
    }

/* The zone of appendix A, and some. */
static const struct row world[] = {
    {"example.com", SPF_TYPE_A, "192.0.2.10|192.0.2.11"},
    {"example.com", SPF_TYPE_AAAA, "2001:db8::10"},
    {"example.com", SPF_TYPE_MX, "mail-a.example.com|mail-b.example.com"},
    {"mail-a.example.com", SPF_TYPE_A, "192.0.2.129"},
    {"mail-b.example.com", SPF_TYPE_A, "192.0.2.130"},
    {"amy.example.com", SPF_TYPE_A, "192.0.2.65"},
    {"example.org", SPF_TYPE_MX, "mail-c.example.org"},
    {"mail-c.example.org", SPF_TYPE_A, "192.0.2.140"},
    {"eleven.example.com", SPF_TYPE_MX,
     "1.h.example|2.h.example|3.h.example|4.h.example|5.h.example|"
     "6.h.example|7.h.example|8.h.example|9.h.example|"
     "10.h.example|mail-a.example.com"},
    {"sick.example.com", SPF_TYPE_A, NULL},
    {"sickmx.example.com", SPF_TYPE_MX, "sick.example.com"},
    TXT("pass.example.net", "v=spf1 ip4:192.0.2.0/24 -all"),
    TXT("soft.example.net", "v=spf1 ~all"),
    TXT("nothing.example.net", "some text|v=spf10 -all|spf2.0/pra -all"),
    TXT("two.example.net", "v=spf1 -all|v=spf1 +all"),
    TXT("bad.example.net", "v=spf1 ip4:192.0.2 -all"),
    TXT("macro.example.net", "v=spf1 exists:%{i}._spf.%{d} -all"),
    TXT("loop.example.net", "v=spf1 include:loop.example.net -all"),
    TXT("ring.example.net", "v=spf1 redirect=ring.example.net"),
    {"sick.example.net", SPF_TYPE_TXT, NULL},
};

struct peer {
    const char *record; /* of d.example */
    struct slice values[VALUES_MAX];
    struct ip_address ips[VALUES_MAX * 32];
    struct slice texts[VALUES_MAX * 32];
    size_t ip_count, text_count, asked;
};

static void answer_with(struct peer *peer, const struct row *row, struct spf_answer *out)
{
    struct slice rest = row->data != NULL ? slice_from_str(row->data) : (struct slice){NULL, 0};
    out->failed = row->data == NULL;
    out->texts = &peer->texts[peer->text_count];
    out->ips = &peer->ips[peer->ip_count];
    for (; rest.ptr != NULL; out->count++) {
        struct slice one = slice_cut(&rest, '|');
        assert_true(peer->ip_count < COUNT(peer->ips) && peer->text_count < COUNT(peer->texts));
        if (row->type == SPF_TYPE_A || row->type == SPF_TYPE_AAAA)
            assert_true(ip_address_parse(one, &peer->ips[peer->ip_count++]));
        else
            peer->texts[peer->text_count++] = one;
    }
}

static bool look_up(void *data, struct slice name, enum spf_type type, struct spf_answer *out)
{
    struct peer *peer = data;
    const struct row own = {"d.example", SPF_TYPE_TXT, peer->record};
    peer->asked++;
    assert_true(host_name_is_valid(name));
    if (type == SPF_TYPE_TXT && slice_eq(name, SLICE("d.example"))) {
        answer_with(peer, &own, out);
        return true;
    }
    for (size_t i = 0; i < COUNT(world); i++)
        if (world[i].type == type && slice_ieq(name, slice_from_str(world[i].name)))
            answer_with(peer, &world[i], out);
    return true;
}

static enum spf_result result_for(const char *record, const char *address)
{
    struct peer peer = {.record = record};
    struct spf_question want;
    struct ip_address ip;
    assert_true(ip_address_parse(slice_from_str(address), &ip));
    return spf_check(&ip, SLICE("d.example"), look_up, &peer, &want);
}

#define OURS "192.0.2.10"

static const struct {
    const char *record, *address, *result;
} cases[] = {
    /* Records. */
    {"", OURS, "none"},
    {"hello", OURS, "none"},
    {"v=spf1", OURS, "neutral"},
    {"V=SPF1 -ALL", OURS, "fail"},
    {"v=spf1  -all ", OURS, "fail"},
    {"v=spf1|v=spf1 -all", OURS, "permerror"},
    {NULL, OURS, "temperror"},
    /* Appendix A. */
    {"v=spf1 +all", OURS, "pass"},
    {"v=spf1 a -all", OURS, "fail"}, /* d.example has no address */
    {"v=spf1 a:example.com -all", OURS, "pass"},
    {"v=spf1 a:example.org -all", OURS, "fail"},
    {"v=spf1 mx:example.com -all", "192.0.2.129", "pass"},
    {"v=spf1 mx:example.com -all", OURS, "fail"},
    {"v=spf1 mx mx:example.org -all", "192.0.2.140", "pass"},
    {"v=spf1 mx:example.com/30 mx:example.org/30 -all", "192.0.2.131", "pass"},
    {"v=spf1 mx:example.com/30 mx:example.org/30 -all", "192.0.2.143", "pass"},
    {"v=spf1 mx:example.com/30 mx:example.org/30 -all", "192.0.2.132", "fail"},
    {"v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", "pass"},
    {"v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65", "fail"},
    /* Addresses. */
    {"v=spf1 ip4:192.0.2.10 -all", OURS, "pass"},
    {"v=spf1 ip4:192.0.2.77/24 -all", OURS, "pass"}, /* bits behind the prefix are no fault */
    {"v=spf1 ip4:0.0.0.0/0 -all", OURS, "pass"},
    {"v=spf1 ip4:192.0.2.10/33 -all", OURS, "permerror"},
    {"v=spf1 ip4:192.0.2.10/024 -all", OURS, "permerror"},
    {"v=spf1 ip4:192.0.2.10/ -all", OURS, "permerror"},
    {"v=spf1 ip4:2001:db8::1 -all", OURS, "permerror"},
    {"v=spf1 ip4: -all", OURS, "permerror"},
    {"v=spf1 ip4 -all", OURS, "permerror"},
    {"v=spf1 ip6:2001:db8::/32 -all", "2001:db8::10", "pass"},
    {"v=spf1 ip6:2001:db8::/33 -all", "2001:db8:8000::1", "fail"},
    {"v=spf1 ip6:2001:db8::/129 -all", "2001:db8::10", "permerror"},
    {"v=spf1 ip6:192.0.2.10 -all", "2001:db8::10", "permerror"},
    {"v=spf1 ip6::: -all", "2001:db8::10", "fail"},
    {"v=spf1 ip6:::/0 -all", OURS, "fail"}, /* no IPv4 address is in a network of IPv6 */
    {"v=spf1 a:example.com -all", "2001:db8::10", "pass"},
    {"v=spf1 a:example.com/16//64 -all", "2001:db8::77", "pass"},
    {"v=spf1 a:example.com//64 -all", "192.0.2.12", "fail"},
    {"v=spf1 a:example.com/24 -all", "192.0.2.99", "pass"},
    {"v=spf1 a:example.com/ -all", OURS, "permerror"},
    {"v=spf1 a:/24 -all", OURS, "permerror"},
    {"v=spf1 a/24/64 -all", OURS, "permerror"},
    /* Qualifiers, and the first that matches counts. */
    {"v=spf1 -ip4:192.0.2.10 +all", OURS, "fail"},
    {"v=spf1 ~ip4:192.0.2.10 +all", OURS, "softfail"},
    {"v=spf1 ?ip4:192.0.2.10 -all", OURS, "neutral"},
    {"v=spf1 +ip4:192.0.2.10 -all", OURS, "pass"},
    {"v=spf1 ip4:192.0.2.11", OURS, "neutral"},
    {"v=spf1 -all +all", OURS, "fail"},
    /* Form: of the whole, also behind what matches (4.6). */
    {"v=spf1 ip4:192.0.2.10 moo", OURS, "permerror"},
    {"v=spf1 +all all:x", OURS, "permerror"},
    {"v=spf1 +all a=example.com", OURS, "pass"}, /* a modifier that nobody knows */
    {"v=spf1 moo=%{x} +all", OURS, "pass"},
    {"v=spf1 +moo=x +all", OURS, "permerror"},
    {"v=spf1 1moo=x +all", OURS, "permerror"},
    {"v=spf1 +all redirect=a.example redirect=b.example", OURS, "permerror"},
    {"v=spf1 +all exp=a.example exp=b.example", OURS, "permerror"},
    {"v=spf1 +all a:under_score.example", OURS, "pass"},
    {"v=spf1 +all a:-..example", OURS, "permerror"},
    {"v=spf1 +all include:", OURS, "permerror"},
    {"v=spf1 +all include", OURS, "permerror"},
    {"v=spf1 ++all", OURS, "permerror"},
    {"v=spf1 \t-all", OURS, "permerror"},
    {"v=spf1 +all \xc3\xa9", OURS, "permerror"},
    /* include: 5.2 */
    {"v=spf1 include:pass.example.net -all", OURS, "pass"},
    {"v=spf1 include:pass.example.net. -all", OURS, "pass"},
    {"v=spf1 include:pass.example.net ~all", "198.51.100.1", "softfail"},
    {"v=spf1 include:soft.example.net ip4:192.0.2.10 -all", OURS, "pass"},
    {"v=spf1 -include:pass.example.net +all", OURS, "fail"},
    {"v=spf1 include:nothing.example.net +all", OURS, "permerror"},
    {"v=spf1 include:two.example.net +all", OURS, "permerror"},
    {"v=spf1 include:bad.example.net +all", OURS, "permerror"},
    {"v=spf1 include:sick.example.net +all", OURS, "temperror"},
    /* redirect: 6.1 */
    {"v=spf1 redirect=pass.example.net", OURS, "pass"},
    {"v=spf1 redirect=pass.example.net", "198.51.100.1", "fail"},
    {"v=spf1 redirect=pass.example.net ?all", "198.51.100.1", "neutral"},
    {"v=spf1 redirect=nothing.example.net", OURS, "permerror"},
    {"v=spf1 redirect=sick.example.net", OURS, "temperror"},
    /* exists */
    {"v=spf1 exists:example.com -all", "2001:db8::99", "pass"},
    {"v=spf1 exists:nobody.example.com -all", OURS, "fail"},
    /* What is not looked at. */
    {"v=spf1 exists:%{i}.x.example -all", OURS, "unknown"},
    {"v=spf1 ip4:192.0.2.10 exists:%{i}.x.example -all", OURS, "pass"},
    {"v=spf1 exists:%{i}.x.example ip4:192.0.2.10 -all", OURS, "pass"}, /* either way */
    {"v=spf1 -exists:%{i}.x.example ip4:192.0.2.10 -all", OURS, "unknown"},
    {"v=spf1 ?exists:%{i}.x.example", OURS, "neutral"},
    {"v=spf1 ptr -all", OURS, "unknown"},
    {"v=spf1 ptr:example.com +all", OURS, "pass"},
    {"v=spf1 include:macro.example.net -all", OURS, "unknown"},
    {"v=spf1 include:macro.example.net +all", OURS, "pass"},
    {"v=spf1 redirect=%{d}.example", OURS, "unknown"},
    {"v=spf1 include:%{d}.example -all", OURS, "unknown"},
    /* Limits: 4.6.4 */
    {"v=spf1 include:loop.example.net +all", OURS, "permerror"},
    {"v=spf1 redirect=ring.example.net", OURS, "permerror"},
    {"v=spf1 a:amy.example.com a:amy.example.com a:amy.example.com a:amy.example.com "
     "a:amy.example.com a:amy.example.com a:amy.example.com a:amy.example.com a:amy.example.com "
     "a:example.com -all",
     OURS, "pass"},
    {"v=spf1 a:amy.example.com a:amy.example.com a:amy.example.com a:amy.example.com "
     "a:amy.example.com a:amy.example.com a:amy.example.com a:amy.example.com a:amy.example.com "
     "a:amy.example.com a:example.com -all",
     OURS, "permerror"},
    {"v=spf1 a:1.nobody.example a:2.nobody.example a:example.com -all", OURS, "pass"},
    {"v=spf1 a:1.nobody.example a:2.nobody.example mx:3.nobody.example +all", OURS, "permerror"},
    {"v=spf1 mx:eleven.example.com -all", "192.0.2.129", "permerror"},
    {"v=spf1 a:sick.example.com +all", OURS, "temperror"},
    {"v=spf1 mx:sickmx.example.com +all", OURS, "temperror"},
};

static void test_results(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *said = spf_result_word(result_for(cases[i].record, cases[i].address));
        if (strcmp(said, cases[i].result) != 0)
            fail_msg("%zu: \"%s\" for %s is %s, not %s", i, cases[i].record, cases[i].address, said,
                     cases[i].result);
    }
}

/* ---- one answer after the other ---- */

struct memory {
    struct peer peer;
    struct spf_question known[8];
    size_t count;
};

static bool recall(void *data, struct slice name, enum spf_type type, struct spf_answer *out)
{
    struct memory *memory = data;
    for (size_t i = 0; i < memory->count; i++)
        if (memory->known[i].type == type &&
            slice_ieq(name, slice_of(memory->known[i].name, memory->known[i].len)))
            return look_up(&memory->peer, name, type, out);
    return false;
}

static void test_asks_for_one_thing_after_the_other(void **state)
{
    static const struct {
        const char *name;
        enum spf_type type;
    } wants[] = {
        {"d.example", SPF_TYPE_TXT},        {"pass.example.net", SPF_TYPE_TXT},
        {"example.com", SPF_TYPE_MX},       {"mail-a.example.com", SPF_TYPE_A},
        {"mail-b.example.com", SPF_TYPE_A},
    };
    static struct memory memory;
    struct ip_address ip;
    struct spf_question want;
    (void)state;
    memory =
        (struct memory){.peer = {.record = "v=spf1 include:pass.example.net mx:example.com ~all"}};
    assert_true(ip_address_parse(SLICE("198.51.100.1"), &ip));
    for (size_t i = 0; i < COUNT(wants); i++) {
        assert_int_equal(spf_check(&ip, SLICE("d.example"), recall, &memory, &want), SPF_WANTS);
        assert_int_equal(want.type, wants[i].type);
        assert_true(slice_eq(slice_of(want.name, want.len), slice_from_str(wants[i].name)));
        memory.known[memory.count++] = want;
    }
    assert_int_equal(spf_check(&ip, SLICE("d.example"), recall, &memory, &want), SPF_SOFTFAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_asks_for_one_thing_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
