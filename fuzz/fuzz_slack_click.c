/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes to the door of Slack, whatever the bytes: nothing unsigned is let in; what is read of
 * a body keeps its bounds, and what is answered is JSON in ASCII to an address that may be.
 */
#include "base/form_body.h"
#include "base/memory.h"
#include "respond/slack_answer.h"
#include "respond/slack_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1772438400000000)

static void check_door(struct slice bytes)
{
    static const struct slice secret = {"8f742231b10e8888abcd99yyyzzz85a5", 32};
    struct slack_door *door = slack_door_new(NOW);
    struct slice rest = bytes, stamp = slice_cut(&rest, '\n'), signature = slice_cut(&rest, '\n');
    const struct slack_request request = {stamp, signature, rest};
    size_t which;
    ASSERT(slack_door_judge(door, &request, &secret, 1, NOW, &which) != SLACK_VERDICT_TAKEN);
    slack_door_free(door);
}

static void check_answer(const struct slack_click *click)
{
    for (int good = 0; good < 2; good++) {
        const struct slack_outcome outcome = {
            .good = good, .reason = click->user_name, .language = good ? LANGUAGE_JA : LANGUAGE_EN};
        struct outgoing *outgoing = slack_answer(click, &outcome);
        ASSERT((outgoing == NULL) == (click->response_url.len == 0));
        if (outgoing == NULL)
            continue;
        for (size_t i = 0; i < outgoing->body.len; i++)
            ASSERT((unsigned char)outgoing->body.ptr[i] < 0x80);
        json_t *body = json_loadb(outgoing->body.ptr, outgoing->body.len, 0, NULL);
        ASSERT(json_is_object(body));
        json_decref(body);
        outgoing_free(outgoing);
    }
}

static void check_click(struct slice bytes)
{
    struct slack_click click;
    if (slack_click_parse(bytes, &click) != SLACK_CLICK_DONE)
        return;
    CLEANUP_BUF struct buf by = {0};
    slack_click_by(&click, &by);
    ASSERT(by.len <= SLACK_USER_NAME_MAX + SLACK_USER_ID_MAX + sizeof(" (Slack )"));
    ASSERT(click.value.len > 0 && click.value.len <= SLACK_VALUE_MAX);
    ASSERT(click.user_id.len > 0 && click.user_id.len <= SLACK_USER_ID_MAX);
    ASSERT(click.user_name.len <= SLACK_USER_NAME_MAX);
    ASSERT(click.response_url.len <= SLACK_URL_MAX);
    if (slack_click_may_answer(&click, SLICE("https://slack.com/api")))
        ASSERT(slice_starts_with(click.response_url, SLICE("https://hooks.slack.com/")) ||
               slice_starts_with(click.response_url, SLICE("https://slack.com/api/")));
    check_answer(&click);
    slack_click_done(&click);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of((const char *)data, size);
    CLEANUP_BUF struct buf value = {0};
    if (form_body_value(bytes, SLICE("payload"), &value))
        ASSERT(value.len <= size);
    check_door(bytes);
    check_click(bytes);
    return 0;
}
