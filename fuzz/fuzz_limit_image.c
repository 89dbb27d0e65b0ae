/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a block of counts: what is taken of them bears further counting, and a whole image
 * of it read back says the same again.
 */
#include "base/memory.h"
#include "gate/limit_image.h"

#define NOW_US INT64_C(1790000000000000)
#define HOUR_US (INT64_C(3600) * 1000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct side {
    struct limit_rule rules[3];
    struct limit_gate *gate;
    struct charge_book *book;
};

static void side_init(struct side *side)
{
    *side = (struct side){.rules = {{.key = LIMIT_LOGIN, .count = 100, .within_us = HOUR_US},
                                    {.key = LIMIT_LOGIN, .count = 100, .within_us = 24 * HOUR_US},
                                    {.key = LIMIT_SENDER_DOMAIN,
                                     .window = LIMIT_BUCKET,
                                     .count = 100,
                                     .burst = 50,
                                     .within_us = HOUR_US}}};
    side->gate = limit_gate_new(&(struct limit_rules){side->rules, 3}, 50);
    side->book = charge_book_new(20);
}

static void side_done(struct side *side)
{
    limit_gate_free(side->gate);
    charge_book_free(side->book);
}

static void whole(struct side *side, struct buf *to)
{
    struct limit_image *image = limit_image_new(side->gate, side->book);
    struct limit_image_place place = {0};
    while (limit_image_add(image, &place, 1000))
        continue;
    limit_image_take(image, to);
    limit_image_free(image);
}

static void use(struct side *side)
{
    struct limit_subject who = {.login = SLICE("alice"), .sender_domain = SLICE("jp.test")};
    struct limit_load load = {.messages = 1, .recipients = 1};
    struct limit_answer answer;
    limit_gate_judge(side->gate, &who, &load, true, NOW_US, &answer);
    limit_gate_give_back(side->gate, &who, &load, NOW_US - HOUR_US, NOW_US + HOUR_US);
    limit_gate_sweep(side->gate, NOW_US);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct side first, second, third;
    struct limit_image_counts counts = {0};
    CLEANUP_BUF struct buf one = {0}, CLEANUP_BUF two = {0};
    side_init(&first);
    side_init(&second);
    side_init(&third);
    limit_image_restore(first.gate, first.book, slice_of((const char *)data, size), NOW_US,
                        &counts);
    whole(&first, &one); /* with rows that count nothing any more */
    ASSERT(limit_image_restore(second.gate, second.book, buf_slice(&one), NOW_US, &counts));
    whole(&second, &one);
    ASSERT(limit_image_restore(third.gate, third.book, buf_slice(&one), NOW_US, &counts));
    whole(&third, &two);
    ASSERT(slice_eq(buf_slice(&one), buf_slice(&two)));
    use(&first);
    side_done(&first);
    side_done(&second);
    side_done(&third);
    return 0;
}
