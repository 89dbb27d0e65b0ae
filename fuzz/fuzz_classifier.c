/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever the bytes: a verdict is whole, its slices lie in the text or in the program, and a
 * second answer, which comes out of the cache, is the same. First line: relay, second: text.
 */
#include "base/memory.h"
#include "mail/stamp.h"
#include "watch/classifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct verdict *a, const struct verdict *b)
{
    ASSERT(a->class == b->class && a->scope == b->scope && a->permanence == b->permanence);
    ASSERT(a->action == b->action && a->rule == b->rule && a->provider == b->provider);
    ASSERT(slice_eq(a->token, b->token) && slice_eq(a->list, b->list) && slice_eq(a->url, b->url));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct classifier *classifier;
    if (classifier == NULL)
        classifier = classifier_new(NULL, NULL);
    struct slice text = slice_of((const char *)data, size);
    struct slice relay = slice_cut(&text, '\n');
    struct reply_facts facts = {.text = text, .relay = relay, .time_us = STAMP_NONE};
    struct verdict first, second, parsed;
    struct reply reply;
    classifier_run(classifier, &facts, &first);
    classifier_run(classifier, &facts, &second);
    check_same(&first, &second);
    reply_parse(text, &reply);
    facts.time_us = 0; /* another period, so not out of the cache; then the same again */
    classifier_run_parsed(classifier, &facts, &reply, &second);
    classifier_run(classifier, &facts, &parsed);
    check_same(&second, &parsed);
    ASSERT(first.token.len == 0 ||
           (first.token.ptr >= text.ptr && slice_end(first.token) <= slice_end(text)));
    ASSERT(first.url.len == 0 || memchr(first.url.ptr, ':', first.url.len) != NULL);
    ASSERT(first.action[0] != '\0' && strlen(first.rule) < 65);
    return 0;
}
