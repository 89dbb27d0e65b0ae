/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions about room, with a table and servers that are the test's own: what is decided when all
 * is known, when answers come late, never, or for somebody who has left.
 */
#include "gate/quota_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"

enum { ASKED_MAX = 64 };

static const int64_t SECOND = 1000000;

/* Questions that wait, and lookups. */
struct world {
    struct quota_desk *desk;
    struct quota_probe *probes[ASKED_MAX];
    uint64_t sizes[ASKED_MAX];
    size_t asked;
    struct quota_lookup *lookup; /* that waits */
    bool finds_later, refuses;
    int64_t now_us;
};

/* Who has an r at the beginning has a mailbox, all others lead nowhere. */
static bool answer_search(struct mailbox_search *search)
{
    const struct mailbox_need *need;
    while ((need = mailbox_search_need(search)) != NULL) {
        const struct slice value = SLICE("mb1");
        mailbox_search_answer(search, slice_starts_with(need->key, SLICE("r")) ? &value : NULL);
    }
    return true;
}

static bool find(void *context, struct quota_lookup *lookup)
{
    struct world *world = context;
    if (!world->finds_later)
        return answer_search(lookup->search);
    world->lookup = lookup;
    return false;
}

static bool ask(void *context, struct slice server, const struct quota_question *question,
                struct quota_probe *probe)
{
    struct world *world = context;
    assert_true(slice_eq(server, SLICE("mb1")) && world->asked < ASKED_MAX);
    world->probes[world->asked] = probe;
    world->sizes[world->asked] = question->size;
    world->asked += !world->refuses;
    return !world->refuses;
}

static void begin(struct world *world, bool splits, bool defers)
{
    static const struct finder_name name = {{"mb1", 3}, 0};
    const struct finder_terms finder = {
        .names = &name,
        .name_count = 1,
        .default_server = FINDER_NO_SERVER,
        .tables = {[FINDER_MAILBOXES] = 1},
    };
    struct quota_desk_terms terms = {
        .splits = splits,
        .defers_failures = defers,
        .near_full = 1000,
        .patience_us = SECOND,
        .finder = mailbox_finder_new(&finder),
    };
    *world = (struct world){.now_us = 1000 * SECOND};
    world->desk = quota_desk_new(&terms, &(struct quota_desk_doors){find, ask, world});
    mailbox_finder_unref(terms.finder);
}

static struct quota_case *put(struct world *world, enum policy_stage stage, const char *recipient,
                              uint64_t size, uint32_t count)
{
    const struct policy_request request = {.stage = stage,
                                           .recipient = slice_from_str(recipient),
                                           .instance = SLICE("i1"),
                                           .sender = SLICE("s@example.net"),
                                           .size = size,
                                           .recipient_count = count};
    return quota_desk_begin(world->desk, SLICE(""), &request, world->now_us);
}

/* To all that wait. */
static void answer_all(struct world *world, enum quota_kind kind)
{
    size_t count = world->asked;
    const struct quota_answer answer = {kind, SLICE("552 5.2.2 no")};
    struct quota_probe *probes[ASKED_MAX];
    memcpy(probes, world->probes, sizeof(probes));
    world->asked = 0;
    for (size_t i = 0; i < count; i++)
        quota_desk_heard(world->desk, probes[i], kind == QUOTA_TROUBLE ? NULL : &answer,
                         world->now_us);
}

static void expect(struct quota_case *of, enum quota_result result, const char *action)
{
    const struct quota_ruling *ruling = quota_case_ruling(of);
    assert_non_null(ruling);
    assert_string_equal(quota_result_word(ruling->result), quota_result_word(result));
    assert_true(slice_starts_with(ruling->action, slice_from_str(action)));
    quota_case_free(of);
}

/* A recipient whose server says that; 0 bytes. */
static void let_in(struct world *world, const char *recipient, enum quota_kind kind)
{
    struct quota_case *of = put(world, POLICY_STAGE_RCPT, recipient, 0, 0);
    assert_null(quota_case_ruling(of));
    answer_all(world, kind);
    assert_ptr_equal(quota_desk_ready(world->desk), of);
    assert_null(quota_desk_ready(world->desk));
    expect(of, QUOTA_RESULT_FITS, "DUNNO");
}

static void at_rcpt(void **state)
{
    static const struct {
        enum quota_kind kind;
        enum quota_result result;
        const char *action;
    } rows[] = {
        {QUOTA_FITS, QUOTA_RESULT_FITS, "DUNNO"},
        {QUOTA_OVER, QUOTA_RESULT_OVER, "552 5.2.2 "},
        {QUOTA_TOO_LARGE, QUOTA_RESULT_TOO_LARGE, "552 5.2.3 "},
        {QUOTA_NO_USER, QUOTA_RESULT_UNKNOWN, "DUNNO"},
        {QUOTA_TROUBLE, QUOTA_RESULT_FAILED, "DUNNO"},
    };
    struct world world;
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin(&world, false, false);
        struct quota_case *of = put(&world, POLICY_STAGE_RCPT, "r@a.jp", 7, 0);
        answer_all(&world, rows[i].kind);
        assert_ptr_equal(quota_desk_ready(world.desk), of);
        expect(of, rows[i].result, rows[i].action);
        quota_desk_free(world.desk);
    }
}

static void without_a_server_it_fails_at_once(void **state)
{
    struct world world;
    (void)state;
    begin(&world, false, true);
    world.refuses = true;
    expect(put(&world, POLICY_STAGE_RCPT, "r@a.jp", 0, 0), QUOTA_RESULT_PUT_OFF, "451 4.3.0 ");
    expect(put(&world, POLICY_STAGE_RCPT, "x@a.jp", 0, 0), QUOTA_RESULT_ELSEWHERE, "DUNNO");
    expect(put(&world, POLICY_STAGE_DATA, "r@a.jp", 0, 1), QUOTA_RESULT_STAGE, "DUNNO");
    quota_desk_free(world.desk);
}

static void a_message_at_its_end(void **state)
{
    struct world world;
    (void)state;
    begin(&world, false, false);
    let_in(&world, "r1@a.jp", QUOTA_FITS);
    let_in(&world, "r2@a.jp", QUOTA_FITS);
    struct quota_case *of = put(&world, POLICY_STAGE_END_OF_MESSAGE, "", 5000, 2);
    assert_int_equal(world.asked, 2);
    assert_int_equal(world.sizes[0], 5000);
    answer_all(&world, QUOTA_OVER);
    (void)quota_desk_ready(world.desk);
    expect(of, QUOTA_RESULT_OVER, "552 5.2.2 ");
    expect(put(&world, POLICY_STAGE_END_OF_MESSAGE, "", 5000, 2), QUOTA_RESULT_UNREMEMBERED,
           "DUNNO");

    world.now_us += 60 * SECOND;
    let_in(&world, "r1@a.jp", QUOTA_FITS);
    expect(put(&world, POLICY_STAGE_RCPT, "x@a.jp", 0, 0), QUOTA_RESULT_ELSEWHERE, "DUNNO");
    of = put(&world, POLICY_STAGE_END_OF_MESSAGE, "", 5000, 2);
    answer_all(&world, QUOTA_OVER);
    (void)quota_desk_ready(world.desk);
    expect(of, QUOTA_RESULT_MIXED, "DUNNO");
    quota_desk_free(world.desk);
}

static void one_question_for_all_who_wait(void **state)
{
    struct world world;
    struct quota_case *of[10];
    (void)state;
    begin(&world, false, false);
    for (size_t i = 0; i < 10; i++)
        of[i] = put(&world, POLICY_STAGE_RCPT, "r@a.jp", 0, 0);
    assert_int_equal(world.asked, 1);
    quota_case_free(of[0]); /* the one that asked leaves */
    answer_all(&world, QUOTA_OVER);
    for (size_t i = 1; i < 10; i++) {
        assert_non_null(quota_desk_ready(world.desk));
        expect(of[i], QUOTA_RESULT_OVER, "552 5.2.2 ");
    }
    expect(put(&world, POLICY_STAGE_RCPT, "r@a.jp", 9, 0), QUOTA_RESULT_OVER, "552 ");
    quota_desk_free(world.desk);
}

static void what_takes_too_long_fails(void **state)
{
    struct world world;
    (void)state;
    begin(&world, false, false);
    struct quota_case *of = put(&world, POLICY_STAGE_RCPT, "r@a.jp", 0, 0);
    quota_desk_tick(world.desk, world.now_us + SECOND);
    assert_ptr_equal(quota_desk_ready(world.desk), of);
    expect(of, QUOTA_RESULT_FAILED, "DUNNO");
    answer_all(&world, QUOTA_OVER); /* late, and good for the next */
    expect(put(&world, POLICY_STAGE_RCPT, "r@a.jp", 0, 0), QUOTA_RESULT_OVER, "552 5.2.2 ");

    world.finds_later = true;
    of = put(&world, POLICY_STAGE_RCPT, "r@a.jp", 0, 0);
    quota_desk_tick(world.desk, world.now_us + SECOND);
    assert_ptr_equal(quota_desk_ready(world.desk), of);
    expect(of, QUOTA_RESULT_FAILED, "DUNNO");
    (void)answer_search(world.lookup->search);
    quota_desk_found(world.desk, world.lookup, world.now_us);
    quota_desk_free(world.desk);
}

static void split(void **state)
{
    struct world world;
    (void)state;
    begin(&world, true, false);
    struct quota_case *of = put(&world, POLICY_STAGE_RCPT, "r1@a.jp", 0, 0);
    assert_int_equal(world.sizes[0], 1000);
    answer_all(&world, QUOTA_OVER);
    assert_int_equal(world.sizes[0], 0); /* not for so much; for this? */
    answer_all(&world, QUOTA_FITS);
    (void)quota_desk_ready(world.desk);
    assert_true(quota_case_ruling(of)->near_full);
    expect(of, QUOTA_RESULT_FITS, "DUNNO");
    of = put(&world, POLICY_STAGE_RCPT, "r2@a.jp", 0, 0);
    answer_all(&world, QUOTA_FITS);
    (void)quota_desk_ready(world.desk);
    expect(of, QUOTA_RESULT_APART, "452 4.5.3 ");
    quota_desk_free(world.desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_rcpt),
        cmocka_unit_test(without_a_server_it_fails_at_once),
        cmocka_unit_test(a_message_at_its_end),
        cmocka_unit_test(one_question_for_all_who_wait),
        cmocka_unit_test(what_takes_too_long_fails),
        cmocka_unit_test(split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
