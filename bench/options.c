/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of todoku-generate: one row an option.
 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define X(name, word, meaning) {word, meaning},
static const struct {
    const char *word, *meaning;
} features[] = {FEATURES(X)};
#undef X

#define X(name, word) word,
static const char *const forms[] = {FORMS(X)};
#undef X

enum { FEATURE_COUNT = sizeof(features) / sizeof(*features) };
enum { FORM_COUNT = sizeof(forms) / sizeof(*forms) };

#define BIT(name) (1u << FEATURE_##name)

static const struct {
    const char *name;
    uint32_t features;
    const char *meaning;
} profiles[] = {
    {"basic", 0, "sent, deferred, bounced, removed and nothing else"},
    {"fleet",
     BIT(CONN_USE) | BIT(SUSPENDED) | BIT(EXPIRED) | BIT(VIRTUAL) | BIT(GREYLIST) | BIT(IPV6) |
         BIT(REJECTS) | BIT(LOGINS) | BIT(SCREEN) | BIT(WARNINGS) | BIT(REUSE),
     "what an ordinary week of a fleet holds"},
    {"full", ((1u << FEATURE_COUNT) - 1) & ~(BIT(BLOCKS) | BIT(SURGE) | BIT(MONTH)),
     "every feature but blocks, surge and rhythm"},
    {"month",
     BIT(CONN_USE) | BIT(EXPIRED) | BIT(VIRTUAL) | BIT(GREYLIST) | BIT(IPV6) | BIT(REJECTS) |
         BIT(LOGINS) | BIT(SCREEN) | BIT(WARNINGS) | BIT(REUSE) | BIT(MONTH),
     "a fleet's month with trouble of every kind; give --hosts 8 --days 31"},
};

enum { PROFILE_COUNT = sizeof(profiles) / sizeof(*profiles) };

static bool feature_add(struct options *options, struct slice word, struct err *err)
{
    for (int i = 0; i < PROFILE_COUNT; i++)
        if (slice_eq(word, slice_from_str(profiles[i].name))) {
            options->features |= profiles[i].features;
            return true;
        }
    for (int i = 0; i < FEATURE_COUNT; i++)
        if (slice_eq(word, slice_from_str(features[i].word))) {
            options->features |= 1u << i;
            return true;
        }
    return err_set(err, ERR_USAGE, "--profile: %.*s is neither a profile nor a feature",
                   SLICE_ARG(word));
}

static bool profile_take(struct options *options, const char *words, struct err *err)
{
    options->features &= BIT(BLOCKS) | BIT(SURGE);
    struct slice rest = slice_from_str(words);
    while (rest.ptr)
        if (!feature_add(options, slice_cut(&rest, ','), err))
            return false;
    return true;
}

static bool form_take(struct options *options, const char *word, struct err *err)
{
    for (int i = 0; i < FORM_COUNT; i++)
        if (strcmp(word, forms[i]) == 0) {
            options->form = (enum form)i;
            return true;
        }
    return err_set(err, ERR_USAGE, "--form: %s is none of rfc3164 rfc3164-zero iso rfc5424 mixed",
                   word);
}

static bool start_take(struct options *options, const char *word, struct err *err)
{
    struct tm tm = {0};
    const char *end = strptime(word, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (!end || *end)
        return err_set(err, ERR_USAGE, "--start: %s is not like 2026-03-02T08:00:00Z", word);
    options->start_us = (int64_t)timegm(&tm) * 1000000;
    return true;
}

static bool number_take(const char *name, const char *word, uint64_t max, uint64_t *out,
                        struct err *err)
{
    if (!slice_to_u64(slice_from_str(word), max, out) || !*out)
        return err_set(err, ERR_USAGE, "--%s: %s is not a number from 1 to %llu", name, word,
                       (unsigned long long)max);
    return true;
}

static bool small_number_take(const char *name, const char *word, uint32_t max, uint32_t *out,
                              struct err *err)
{
    uint64_t value;
    if (!number_take(name, word, max, &value, err))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool lines_take(struct options *options, const char *word, struct err *err)
{
    return number_take("lines", word, UINT64_C(10000000000), &options->lines, err);
}

static bool seed_take(struct options *options, const char *word, struct err *err)
{
    return number_take("seed", word, UINT64_MAX, &options->seed, err);
}

static bool hosts_take(struct options *options, const char *word, struct err *err)
{
    return small_number_take("hosts", word, HOSTS_MAX, &options->hosts, err);
}

static bool hours_take(struct options *options, const char *word, struct err *err)
{
    return small_number_take("hours", word, 24 * 365, &options->hours, err);
}

static bool days_take(struct options *options, const char *word, struct err *err)
{
    uint32_t days;
    if (!small_number_take("days", word, 365, &days, err))
        return false;
    options->hours = 24 * days;
    return true;
}

static bool out_take(struct options *options, const char *word, struct err *err)
{
    (void)err;
    options->out = word;
    return true;
}

static bool truth_take(struct options *options, const char *word, struct err *err)
{
    (void)err;
    options->truth = word;
    return true;
}

static bool split_take(struct options *options, const char *word, struct err *err)
{
    struct slice text = slice_from_str(word);
    options->gzip = slice_ends_with(text, SLICE(".gz"));
    if (options->gzip)
        text = slice_first(text, text.len - 3);
    uint64_t pieces;
    if (!slice_to_u64(text, 1000, &pieces) || !pieces)
        return err_set(err, ERR_USAGE, "--split: %s is not like 4 or 4.gz", word);
    options->pieces = (uint32_t)pieces;
    return true;
}

static bool blocks_take(struct options *options, const char *word, struct err *err)
{
    (void)word;
    (void)err;
    options->features |= BIT(BLOCKS);
    return true;
}

static bool surge_take(struct options *options, const char *word, struct err *err)
{
    (void)word;
    (void)err;
    options->features |= BIT(SURGE);
    return true;
}

static bool help_take(struct options *options, const char *word, struct err *err)
{
    (void)word;
    (void)err;
    options->help = true;
    return true;
}

static const struct {
    const char *name;
    int has_word;
    bool (*take)(struct options *options, const char *word, struct err *err);
} rows[] = {
    {"lines", required_argument, lines_take}, {"seed", required_argument, seed_take},
    {"out", required_argument, out_take},     {"truth", required_argument, truth_take},
    {"form", required_argument, form_take},   {"profile", required_argument, profile_take},
    {"start", required_argument, start_take}, {"hosts", required_argument, hosts_take},
    {"hours", required_argument, hours_take}, {"split", required_argument, split_take},
    {"days", required_argument, days_take},   {"blocks", no_argument, blocks_take},
    {"surge", no_argument, surge_take},       {"help", no_argument, help_take},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(*rows) };

static bool words_take(struct options *options, int argc, char **argv, struct err *err)
{
    struct option longs[ROW_COUNT + 1] = {0};
    for (int i = 0; i < ROW_COUNT; i++)
        longs[i] = (struct option){rows[i].name, rows[i].has_word, NULL, i};
    opterr = 0;
    int row;
    while ((row = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (row == '?')
            return err_set(err, ERR_USAGE, "unknown option, or its word is missing; see --help");
        if (!rows[row].take(options, optarg, err))
            return false;
    }
    if (optind < argc)
        return err_set(err, ERR_USAGE, "unexpected word: %s", argv[optind]);
    return true;
}

bool options_parse(int argc, char **argv, struct options *options, struct err *err)
{
    *options = (struct options){.lines = 1000000,
                                .seed = 1,
                                .hosts = 3,
                                .hours = 24,
                                .form = FORM_ISO,
                                .out = "-",
                                .start_us = INT64_C(1772438400000000)};
    if (!profile_take(options, "fleet", err) || !words_take(options, argc, argv, err))
        return false;
    if (options->pieces && strcmp(options->out, "-") == 0)
        return err_set(err, ERR_USAGE, "--split needs --out FILE");
    return true;
}

void options_help(void)
{
    printf("usage: todoku-generate [--lines N] [--seed N] [--out FILE] [--truth FILE]\n"
           "           [--form rfc3164|rfc3164-zero|iso|rfc5424|mixed] [--profile WORD,...]\n"
           "           [--start 2026-03-02T08:00:00Z] [--hours N | --days N] [--hosts N] [--split "
           "N[.gz]]\n"
           "           [--blocks] [--surge]\n\n"
           "Writes a mail log of a made-up fleet and what a reader of it must find.\n\n"
           "profiles:\n");
    for (int i = 0; i < PROFILE_COUNT; i++)
        printf("  %-12s %s\n", profiles[i].name, profiles[i].meaning);
    printf("features (may be listed beside or instead of a profile):\n");
    for (int i = 0; i < FEATURE_COUNT; i++)
        printf("  %-12s %s\n", features[i].word, features[i].meaning);
}
