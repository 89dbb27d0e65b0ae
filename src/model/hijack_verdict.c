/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of verdicts. See hijack_verdict.h.
 */
#include "model/hijack_verdict.h"

#include <math.h>

#include "base/country.h"

static const char *const step_words[] = {
#define X(name, word) [HIJACK_##name] = word,
    HIJACK_STEPS(X)
#undef X
};

static const char *const sign_words[] = {
#define X(name, word, points) [HIJACK_SIGN_##name] = word,
    HIJACK_SIGNS(X)
#undef X
};

const char *hijack_step_word(enum hijack_step step)
{
    return step_words[step];
}

bool hijack_step_from_word(struct slice word, enum hijack_step *out)
{
    for (size_t i = 0; i < HIJACK_STEP_COUNT; i++) {
        if (slice_eq(word, slice_from_str(step_words[i]))) {
            *out = (enum hijack_step)i;
            return true;
        }
    }
    return false;
}

const char *hijack_sign_word(enum hijack_sign sign)
{
    return sign_words[sign];
}

static unsigned percent(const struct hijack_evidence *evidence)
{
    return evidence->of ? (unsigned)lround(100.0 * (double)evidence->count / (double)evidence->of)
                        : 0;
}

static void add_countries(const struct hijack_verdict *verdict,
                          const struct hijack_evidence *evidence, struct buf *to)
{
    const struct hijack_whereabouts *where = &verdict->where;
    buf_addf(to, "%u %% of them from countries that it never sent from (", percent(evidence));
    for (size_t i = 0; i < HIJACK_ABROAD && where->abroad[i] != COUNTRY_NONE; i++)
        buf_addf(to, "%s%s", i > 0 ? ", " : "", country_text(where->abroad[i]).text);
    buf_addf(to, "; usually %s)", country_text(where->usual).text);
}

static void add_travel(const struct hijack_whereabouts *where, struct buf *to)
{
    buf_addf(to, "from %s, %s within %u min", country_text(where->from).text,
             country_text(where->to).text, where->minutes);
    if (where->usual != COUNTRY_NONE)
        buf_addf(to, ", usually %s", country_text(where->usual).text);
}

static void add_sign(const struct hijack_verdict *verdict, const struct hijack_evidence *evidence,
                     struct buf *to)
{
    unsigned long long count = evidence->count, of = evidence->of;
    switch (evidence->sign) {
    case HIJACK_SIGN_VOLUME:
        buf_addf(to, "%llu recipients within %s, up to %llu would be normal", count,
                 verdict->by_day ? "a day" : "an hour", of);
        break;
    case HIJACK_SIGN_NETWORKS:
        buf_addf(to, "%u %% of them from client networks that it never had", percent(evidence));
        break;
    case HIJACK_SIGN_COUNTRIES:
        add_countries(verdict, evidence, to);
        break;
    case HIJACK_SIGN_TRAVEL:
        add_travel(&verdict->where, to);
        break;
    case HIJACK_SIGN_RECIPIENTS:
        buf_addf(to, "%u %% of %llu addresses never written to", percent(evidence), of);
        break;
    case HIJACK_SIGN_DOMAINS:
        buf_addf(to, "%llu new recipient domains", count);
        break;
    case HIJACK_SIGN_DEAD:
        buf_addf(to, "%llu of %llu addresses do not exist", count, of);
        break;
    case HIJACK_SIGN_SPAM:
        buf_addf(to, "%llu of %llu attempts refused as spam", count, of);
        break;
    case HIJACK_SIGN_LOGINS:
        buf_addf(to, "%llu failed logins from new networks", count);
        break;
    case HIJACK_SIGN_SENDERS:
        buf_addf(to, "%llu new sender domains among %llu envelope senders", count, of);
        break;
    case HIJACK_SIGN_HOURS:
        buf_addf(to, "%u %% at hours at which it never sent", percent(evidence));
        break;
    case HIJACK_SIGN_SIZES:
        buf_addf(to, "%llu messages of one size", count);
        break;
    }
}

void hijack_verdict_text(const struct hijack_verdict *verdict, struct buf *to)
{
    buf_addf(to, "score %.0f (%s)", verdict->score, hijack_step_word(verdict->step));
    for (size_t i = 0; i < verdict->evidence_count; i++) {
        buf_add_str(to, i == 0 ? ": " : "; ");
        add_sign(verdict, &verdict->evidence[i], to);
    }
}
