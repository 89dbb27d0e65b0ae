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
    bool good = queue_envelope_take(&rest, &found);
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
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check(texts[i], NULL, NULL);
}

static void several(void **state)
{
    struct slice rest =
        SLICE(BEGIN("hold", "4F1A01") LOGIN("taro") END("hold", "4F1A01") BEGIN("active", "4F1A02")
                  END("active", "4F1A02") BEGIN("deferred/4", "4F1A03") LOGIN("jiro")
                      END("deferred/4", "4F1A03") BEGIN("hold", "4F1A04") LOGIN("cut"));
    static const struct {
        const char *id, *login;
    } want[] = {{"4F1A01", "taro"}, {"4F1A02", ""}, {"4F1A03", "jiro"}};
    struct queue_envelope found;
    (void)state;
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        assert_true(queue_envelope_take(&rest, &found));
        assert_true(slice_eq(found.queue_id, slice_from_str(want[i].id)));
        assert_true(slice_eq(found.login, slice_from_str(want[i].login)));
    }
    assert_false(queue_envelope_take(&rest, &found));
    assert_int_equal(rest.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one),
        cmocka_unit_test(none),
        cmocka_unit_test(several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
