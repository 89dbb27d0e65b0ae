/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations. See check.h: counts are here, incidents in check_incident.c.
 */
#include "check.h"

#include "check_private.h"

struct named {
    const char *name;
    uint64_t value;
};

static const struct named *named_find(const struct named *counts, struct slice name)
{
    for (; counts->name != NULL; counts++)
        if (slice_eq(slice_from_str(counts->name), name))
            return counts;
    return NULL;
}

/* `NAME=N ...` against a table that ends with a NULL name. */
static bool check_counts(struct check *check, const char *what, const struct named *counts)
{
    struct word word;
    bool any = false;
    while (word_take(&check->rest, &word, check->err)) {
        uint64_t low, high;
        const struct named *count = named_find(counts, word.name);
        if (count == NULL || !word.has_value)
            return err_set(check->err, ERR_INPUT, "expect %s has no count \"%.*s\"", what,
                           SLICE_ARG(word.name));
        if (!word_range(word.value, &low, &high, check->err))
            return false;
        if (count->value < low || count->value > high)
            check_fail(check, "%s %s: expected %.*s, found %llu", what, count->name,
                       SLICE_ARG(word.value), (unsigned long long)count->value);
        any = true;
    }
    if (!any && check->err->code == ERR_NONE)
        err_set(check->err, ERR_INPUT, "expect %s wants a count, such as %s=1", what, counts->name);
    return check->err->code == ERR_NONE;
}

static bool check_outcomes(struct check *check, const char *what,
                           const struct summary_outcomes *outcomes)
{
    return check_counts(check, what,
                        (const struct named[]){{"sent", outcomes->sent},
                                               {"bounced", outcomes->bounced},
                                               {"expired", outcomes->expired},
                                               {"open", outcomes->open},
                                               {"discarded", outcomes->discarded},
                                               {"lost", outcomes->lost},
                                               {0}});
}

static bool check_attempts(struct check *check, const char *what,
                           const struct summary_attempts *attempts)
{
    return check_counts(check, what,
                        (const struct named[]){{"total", attempts->total},
                                               {"sent", attempts->sent},
                                               {"deferred", attempts->deferred},
                                               {"bounced", attempts->bounced},
                                               {"reinjected", attempts->reinjected},
                                               {"probes", attempts->probes},
                                               {"discarded", attempts->discarded},
                                               {"repeated", attempts->repeated},
                                               {0}});
}

static bool check_records(struct check *check)
{
    struct named counts[DELIVERY_STATUS_COUNT + 1] = {0};
    for (size_t i = 0; i < DELIVERY_STATUS_COUNT; i++)
        counts[i] = (struct named){delivery_status_word((enum delivery_status)i),
                                   check->summary->records[i]};
    return check_counts(check, "records", counts);
}

static bool check_sli(struct check *check)
{
    const struct summary *summary = check->summary;
    return check_counts(check, "sli",
                        (const struct named[]){{"good", summary->reachability_good},
                                               {"bad", summary->reachability_bad},
                                               {"address", summary->bad_address},
                                               {"ours", summary->bad_ours},
                                               {"other", summary->bad_other},
                                               {"in-time", summary->latency.within_target},
                                               {"late", summary->latency.waiting_late},
                                               {"p50", (uint64_t)summary->latency.p50},
                                               {"max", (uint64_t)summary->latency.max},
                                               {0}});
}

static bool check_lines(struct check *check)
{
    const struct summary *summary = check->summary;
    return check_counts(check, "lines",
                        (const struct named[]){{"read", summary->lines_read},
                                               {"parsed", summary->lines_parsed},
                                               {"unknown", summary->lines_unknown},
                                               {"messages", summary->messages},
                                               {"flushed", summary->flushed},
                                               {0}});
}

static bool check_provider(struct check *check, struct slice name)
{
    struct summary_attempts none = {0};
    const struct summary_attempts *found = &none;
    for (size_t i = 0; i < check->summary->provider_count; i++)
        if (slice_eq(check->summary->providers[i].provider, name))
            found = &check->summary->providers[i].attempts;
    return check_attempts(check, "provider", found);
}

static bool check_source(struct check *check, struct slice name)
{
    struct summary_attempts none = {0};
    const struct summary_attempts *found = &none;
    for (size_t i = 0; i < check->summary->source_count; i++)
        if (slice_eq(check->summary->sources[i].source, name))
            found = &check->summary->sources[i].attempts;
    return check_attempts(check, "source", found);
}

static bool check_login(struct check *check, struct slice name)
{
    struct summary_login none = {0};
    const struct summary_login *found = &none;
    for (size_t i = 0; i < check->summary->login_count; i++)
        if (slice_eq(check->summary->logins[i].name, name))
            found = &check->summary->logins[i];
    return check_counts(check, "login",
                        (const struct named[]){{"messages", found->messages},
                                               {"recipients", found->recipients},
                                               {"peak", found->peak_hour},
                                               {"failures", found->auth_failures},
                                               {"surge", found->surge},
                                               {0}});
}

static bool check_class(struct check *check, struct slice name)
{
    enum reply_class class;
    struct summary_class none = {0};
    const struct summary_class *found = &none;
    if (!reply_class_from_word(name, &class))
        return err_set(check->err, ERR_INPUT, "\"%.*s\" is no reply class", SLICE_ARG(name));
    for (size_t i = 0; i < check->summary->class_count; i++)
        if (check->summary->classes[i].class == class)
            found = &check->summary->classes[i];
    return check_counts(check, "class",
                        (const struct named[]){{"attempts", found->attempts},
                                               {"temporary", found->temporary},
                                               {"permanent", found->permanent},
                                               {0}});
}

static bool check_one(struct check *check, struct slice what)
{
    if (slice_eq(what, SLICE("incident")))
        return check_incident(check, true);
    if (slice_eq(what, SLICE("no")))
        return slice_eq(word_take_plain(&check->rest), SLICE("incident"))
                   ? check_incident(check, false)
                   : err_set(check->err, ERR_INPUT, "expect no ...: only incident may follow");
    if (slice_eq(what, SLICE("incidents")))
        return check_incident_count(check);
    if (slice_eq(what, SLICE("outcomes")))
        return check_outcomes(check, "outcomes", &check->summary->outcomes);
    if (slice_eq(what, SLICE("attempts")))
        return check_attempts(check, "attempts", &check->summary->attempts);
    if (slice_eq(what, SLICE("records")))
        return check_records(check);
    if (slice_eq(what, SLICE("sli")))
        return check_sli(check);
    if (slice_eq(what, SLICE("lines")))
        return check_lines(check);
    if (slice_eq(what, SLICE("provider")))
        return check_provider(check, word_take_plain(&check->rest));
    if (slice_eq(what, SLICE("source")))
        return check_source(check, word_take_plain(&check->rest));
    if (slice_eq(what, SLICE("login")))
        return check_login(check, word_take_plain(&check->rest));
    if (slice_eq(what, SLICE("class")))
        return check_class(check, word_take_plain(&check->rest));
    return err_set(check->err, ERR_INPUT, "expect knows no \"%.*s\"", SLICE_ARG(what));
}

bool check_run(struct slice text, const struct summary *summary, int64_t now_us, const char *where,
               struct buf *problems, struct err *err)
{
    struct check check = {text, summary, now_us, where, problems, err};
    err->code = ERR_NONE;
    return check_one(&check, word_take_plain(&check.rest));
}
