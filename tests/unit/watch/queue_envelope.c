/* SPDX-License-Identifier: Apache-2.0
 *
 * Envelopes as Postfix 3.7.11 prints them, whole and broken.
 */
#include "watch/queue_envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BEGIN(queue, id) "*** ENVELOPE RECORDS " queue "/" id " ***\n"
#define SIZE \
    "message_size:  287  731  2  0  287  0\nmessage_arrival_time: Sun Nov 22 17:41:00 2026\n"
#define LOGIN(name) "named_attribute: sasl_method=PLAIN\nnamed_attribute: sasl_username=" name "\n"
#define TO(address) "original_recipient: " address "\nrecipient: " address "\n"
#define END(queue, id) \
    "*** MESSAGE CONTENTS " queue "/" id " ***\n*** HEADER EXTRACTED " queue "/" id \
    " ***\n*** MESSAGE FILE END " queue "/" id " ***\n"

static void check(const char *text, const char *id, const char *login)
{
    struct slice rest = slice_from_str(text);
    struct queue_envelope found = {0};
    bool good = queue_envelope_take(&rest, &found) && found.whole;
    if (good != (id != NULL))
        fail_msg("%s", text);
    if (id == NULL)
        return;
    if (!slice_eq(found.queue_id, slice_from_str(id)) ||
        !slice_eq(found.login, slice_from_str(login)))
        fail_msg("%.*s %.*s: %s", SLICE_ARG(found.queue_id), SLICE_ARG(found.login), text);
}

static void one(void **state)
{
    (void)state;
    check(BEGIN("hold", "4F1A0B") SIZE LOGIN("Taro@jp.test") TO("a@g.example")
              END("hold", "4F1A0B"),
          "4F1A0B", "Taro@jp.test");
    check(BEGIN("deferred/4/F", "4F1A0B") SIZE TO("a@g.example") END("deferred/4/F", "4F1A0B"),
          "4F1A0B", "");
    check("postcat: warning: x\n" BEGIN("hold", "4F1A0B") LOGIN("a=b") END("hold", "4F1A0B"),
          "4F1A0B", "a=b");
    /* The first counts, and nothing of a recipient does. */
    check(BEGIN("hold", "4F1A0B") LOGIN("taro") LOGIN("jiro")
              TO("named_attribute: sasl_username=hana") END("hold", "4F1A0B"),
          "4F1A0B", "taro");
    check(BEGIN("hold", "4F1A0B") TO("named_attribute: sasl_username=hana") END("hold", "4F1A0B"),
          "4F1A0B", "");
    check(BEGIN("hold", "4F1A0B") "*** MESSAGE CONTENTS hold/4F1A0B ***\n" LOGIN("late"), "4F1A0B",
          "");
}

static void none(void **state)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "*** ENVELOPE RECORDS ***\n",
        "*** ENVELOPE RECORDS hold/ ***\n*** MESSAGE CONTENTS hold/ ***\n",
        "*** ENVELOPE RECORDS hold/4F1A0B\n" END("hold", "4F1A0B"),
        BEGIN("hold", "4F1A0B") SIZE LOGIN("taro"),
        BEGIN("hold", "4F1A0B") SIZE LOGIN("taro") "*** MESSAGE CONTENTS hold/4F1",
        BEGIN("hold", "4F1A0B") SIZE LOGIN("taro") END("hold", "4F1A0C"),
        BEGIN("hold", "4F1A0B") SIZE LOGIN("taro") BEGIN("hold", "4F1A0B") END("hold", "4F1A0B"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check(texts[i], NULL, NULL);
}

struct told {
    const char *id, *login;
    bool whole;
};

static void check_all(struct slice rest, const struct told *want, size_t count)
{
    struct queue_envelope found;
    for (size_t i = 0; i < count; i++) {
        assert_true(queue_envelope_take(&rest, &found));
        assert_true(slice_eq(found.queue_id, slice_from_str(want[i].id)));
        assert_int_equal(found.whole, want[i].whole);
        assert_true(!found.whole || slice_eq(found.login, slice_from_str(want[i].login)));
    }
    assert_false(queue_envelope_take(&rest, &found));
    assert_int_equal(rest.len, 0);
}

static void several(void **state)
{
    static const struct told want[] = {{"4F1A01", "taro", true},
                                       {"4F1A02", "", true},
                                       {"4F1A03", "jiro", true},
                                       {"4F1A04", "", false}};
    (void)state;
    check_all(SLICE(BEGIN("hold", "4F1A01") LOGIN("taro") END("hold", "4F1A01")
                        BEGIN("active", "4F1A02") END("active", "4F1A02")
                            BEGIN("deferred/4", "4F1A03") LOGIN("jiro") END("deferred/4", "4F1A03")
                                BEGIN("hold", "4F1A04") LOGIN("cut")),
              want, 4);
}

/* Whatever the first says, the second is told as it is: another of its name shows that one is not
 * its own. */
static void what_a_record_says_of_another_is_told(void **state)
{
    static const struct told before[] = {
        {"4F1A01", "", true}, {"4F1A02", "taro", true}, {"4F1A02", "jiro", true}};
    static const struct told open[] = {
        {"4F1A01", "", true}, {"4F1A02", "", false}, {"4F1A02", "jiro", true}};
    (void)state;
    check_all(SLICE(BEGIN("hold", "4F1A01") "fullname: x\n" END("hold", "4F1A01") BEGIN(
                  "hold", "4F1A02") LOGIN("taro") END("hold", "4F1A02") END("hold", "4F1A01")
                        BEGIN("hold", "4F1A02") LOGIN("jiro") END("hold", "4F1A02")),
              before, 3);
    check_all(
        SLICE(BEGIN("hold", "4F1A01") "*** MESSAGE CONTENTS hold/4F1A01 ***\nrecipient: x\n" BEGIN(
            "hold", "4F1A02")
                  LOGIN("taro") "*** MESSAGE FILE END hold/4F1A01 ***\n" BEGIN("hold", "4F1A02")
                      LOGIN("jiro") END("hold", "4F1A02")),
        open, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one),
        cmocka_unit_test(none),
        cmocka_unit_test(several),
        cmocka_unit_test(what_a_record_says_of_another_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
