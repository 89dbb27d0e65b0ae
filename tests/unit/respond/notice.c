/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices: copies, keys, JSON of our own state; records of incidents.
 */
#include "respond/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "respond/notifier_fixture.h"

static void a_copy_stands_alone(void **state)
{
    struct notice_item items[3];
    struct incident block = fixture_block();
    char relay[] = "relay1";
    (void)state;
    block.relay = slice_of(relay, 6);
    struct notice notice = fixture_notice(NOTICE_OPENED, &block, items, 3);
    struct notice *copy = notice_copy(&notice);
    relay[0] = 'X';
    items[2].id = SLICE("changed!");
    assert_true(slice_eq(copy->items[2].incident.relay, SLICE("relay1")));
    assert_true(slice_eq(copy->items[2].id, SLICE("3k9d0q2m")));
    notice_free(copy);
    notice_free(NULL);
}

static void json_brings_it_back(void **state)
{
    struct notice_item items[NOTICE_ITEMS_MAX];
    (void)state;
    for (int i = NOTICE_OPENED; i <= NOTICE_CURRENT; i++) {
        for (int hostile = 0; hostile < 2; hostile++) {
            struct incident_record record = {0};
            struct incident said = hostile ? fixture_hostile() : fixture_block();
            incident_record_set(&record, &said);
            struct notice notice = fixture_notice((enum notice_transition)i, &record.incident,
                                                  items, NOTICE_ITEMS_MAX);
            json_t *object = notice_json(&notice);
            struct notice *back = notice_read(object);
            assert_non_null(back);
            json_t *again = notice_json(back);
            assert_true(json_equal(object, again));
            json_decref(object);
            json_decref(again);
            notice_free(back);
            incident_record_done(&record);
        }
    }
}

static void json_is_read_strictly(void **state)
{
    static const char *const keys[] = {"transition", "state", "severity", "axis", "page", "items"};
    struct notice_item item;
    struct incident block = fixture_block();
    struct notice notice = fixture_notice(NOTICE_OPENED, &block, &item, 1);
    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        json_t *object = notice_json(&notice);
        json_object_del(object, keys[i]);
        assert_null(notice_read(object));
        json_object_set_new(object, keys[i], json_string("nonsense"));
        if (strcmp(keys[i], "page") != 0)
            assert_null(notice_read(object));
        json_object_set_new(object, keys[i], json_integer(7));
        assert_null(notice_read(object));
        json_decref(object);
    }
    assert_null(notice_read(NULL));
}

/* A decision is there exactly when the notice is about one. */
static void a_route_is_read_strictly(void **state)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notice notice = fixture_notice(NOTICE_ROUTE, &block, &item, 1);
    (void)state;
    json_t *object = notice_json(&notice);
    struct notice *back = notice_read(object);
    assert_non_null(back);
    assert_true(notice_may_approve(back) && notice_may_deny(back));
    assert_true(slice_eq(back->route->override_id, SLICE("o12")));
    assert_true(slice_eq(back->route->incidents[0], SLICE("3k9d0q2m")));
    notice_free(back);
    json_object_set_new(json_object_get(object, "route"), "action", json_string("explode"));
    assert_null(notice_read(object));
    json_object_del(object, "route");
    assert_null(notice_read(object));
    json_decref(object);
    notice = fixture_notice(NOTICE_OPENED, &block, &item, 1);
    notice.route = fixture_route(&block, AUDIT_DETOUR);
    assert_false(notice_may_approve(&notice) || notice_may_deny(&notice));
    object = notice_json(&notice);
    assert_null(notice_read(object));
    json_decref(object);
}

static void keys_tell_notices_apart(void **state)
{
    struct notice_item item;
    struct incident block = fixture_block();
    struct notice notice = fixture_notice(NOTICE_OPENED, &block, &item, 1);
    CLEANUP_BUF struct buf key = {0};
    (void)state;
    notice_key(&notice, &key);
    assert_string_equal(buf_str(&key), "3k9d0q2m-4");
}

static void digests_come_apart(void **state)
{
    struct notice_item items[2];
    struct incident block = fixture_block();
    struct notice digest = fixture_notice(NOTICE_DIGEST, &block, items, 2);
    (void)state;
    items[1].id = SLICE("66666666");
    items[1].page = SLICE("77777777");
    items[1].transition = NOTICE_CLOSED;
    items[1].state = INCIDENT_STATE_CLOSED;
    items[1].incident.kind = INCIDENT_SLOW_DOWN;
    struct notice *one = notice_of_digest(&digest, 1);
    assert_int_equal(one->transition, NOTICE_CLOSED);
    assert_int_equal(one->state, INCIDENT_STATE_CLOSED);
    assert_int_equal(one->severity, INCIDENT_WARNING);
    assert_true(slice_eq(one->page, SLICE("77777777")));
    assert_true(slice_eq(one->items[0].id, SLICE("66666666")));
    assert_int_equal(one->total, 1);
    notice_free(one);
}

/* A record is the same after any number of ways through itself. */
static void records_are_settled(void **state)
{
    struct incident_record first = {0}, second = {0};
    struct incident hostile = fixture_hostile();
    (void)state;
    incident_record_set(&first, &hostile);
    incident_record_set(&second, &first.incident);
    assert_true(incident_same(&first.incident, &second.incident));
    assert_int_equal(incident_hash(&first.incident), incident_hash(&second.incident));
    incident_record_set(&second, &second.incident); /* its own */
    assert_true(incident_same(&first.incident, &second.incident));
    second.incident.scope = INCIDENT_SCOPE_EVERYONE;
    assert_true(incident_same(&first.incident, &second.incident));
    second.incident.kind = INCIDENT_DNS;
    assert_false(incident_same(&first.incident, &second.incident));
    incident_record_done(&first);
    incident_record_done(&second);
}

static void ids_differ(void **state)
{
    struct incident block = fixture_block();
    char a[INCIDENT_ID_LEN + 1], b[INCIDENT_ID_LEN + 1], c[INCIDENT_ID_LEN + 1];
    (void)state;
    incident_id(&block, 0, a);
    incident_id(&block, 1, b);
    block.opened_us++;
    incident_id(&block, 0, c);
    assert_string_not_equal(a, b);
    assert_string_not_equal(a, c);
    assert_int_equal(strspn(a, "0123456789abcdefghjkmnpqrstvwxyz"), INCIDENT_ID_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_stands_alone),     cmocka_unit_test(json_brings_it_back),
        cmocka_unit_test(json_is_read_strictly),   cmocka_unit_test(a_route_is_read_strictly),
        cmocka_unit_test(keys_tell_notices_apart), cmocka_unit_test(digests_come_apart),
        cmocka_unit_test(records_are_settled),     cmocka_unit_test(ids_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
