/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs scenarios: text files that say at which time which log lines arrive and what a report must
 * then say. The lines go through the real code, from the grammar to the summary, under a virtual
 * clock: days take milliseconds. Prints TAP, one case a file.
 *
 *     test_scenarios FOLDER      every FOLDER/NAME.scn, FOLDER/route/NAME.scn and
 *                                FOLDER/hijack/NAME.scn, and those in a folder wrong/ below, which
 *                                must fail
 *     test_scenarios FILE...     these
 *     test_scenarios --log FILE  prints its log lines instead, for `todoku report -`
 *
 * A file whose first word is `routes` is a scenario of the planner: route_scenario.h. One that
 * begins with `accounts` is about hijacked accounts: hijack_scenario.h.
 *
 * The words of a scenario, in full in docs/guide/scenarios.md:
 *
 *     title One source is blocked by a small provider
 *     set relay=relay1 mx=mx.small.example
 *     at 2026-03-02T10:00:00Z
 *     every 30s for 2h mail source=out-b
 *     every 1m for 30m mail source=out-a reply="550 5.7.1 blocked using zen.spamhaus.org"
 *     +40m log relay1 postfix/qmgr[1]: 4A2B3C4D5E: removed
 *     expect incident block source=out-a class=block_ip opened=10:00:01 closed=none hits=30
 *     expect outcomes sent=80 bounced=30
 */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "hijack_scenario.h"
#include "io/file_text.h"
#include "route_scenario.h"
#include "scenario.h"
#include "word.h"

struct runner {
    struct classifier *classifier;
    unsigned cases, failed;
};

static void print_problems(const struct buf *problems)
{
    struct slice rest = buf_slice(problems);
    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');
        printf("# %.*s\n", SLICE_ARG(line));
    }
}

/* One that is wrong on purpose passes when it fails for the reason that it names. */
static bool is_fine(struct slice fails, const struct buf *problems)
{
    return fails.len == 0 ? problems->len == 0 : slice_find(buf_slice(problems), fails) != NULL;
}

static void print_case(struct runner *runner, const char *name, struct slice title,
                       struct slice fails, const struct buf *problems)
{
    bool fine = is_fine(fails, problems);
    printf("%s %u - %s: %.*s\n", fine ? "ok" : "not ok", runner->cases, name, SLICE_ARG(title));
    if (!fine) {
        print_problems(problems);
        runner->failed++;
    }
    fflush(stdout);
}

static void run_routes(struct runner *runner, const char *name, struct slice text)
{
    CLEANUP_BUF struct buf problems = {0};
    struct route_scenario *scenario = route_scenario_run(name, text, &problems);
    print_case(runner, name, route_scenario_title(scenario), route_scenario_fails(scenario),
               &problems);
    route_scenario_free(scenario);
}

static void run_accounts(struct runner *runner, const char *name, struct slice text)
{
    CLEANUP_BUF struct buf problems = {0};
    struct hijack_scenario *scenario = hijack_scenario_run(name, text, &problems);
    print_case(runner, name, hijack_scenario_title(scenario), hijack_scenario_fails(scenario),
               &problems);
    hijack_scenario_free(scenario);
}

static void run_log(struct runner *runner, const char *name, struct slice text)
{
    CLEANUP_BUF struct buf problems = {0};
    struct scenario *scenario = scenario_new(name, text, &problems);
    if (problems.len == 0)
        scenario_run(scenario, runner->classifier, &problems);
    print_case(runner, name, scenario_title(scenario), scenario_fails(scenario), &problems);
    scenario_free(scenario);
}

static void run_file(struct runner *runner, const char *path)
{
    CLEANUP_BUF struct buf text = {0};
    struct err err;
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    runner->cases++;
    if (!file_text_read(path, &text, &err)) {
        printf("not ok %u - %s\n# %s\n", runner->cases, name, err.text);
        runner->failed++;
        return;
    }
    if (word_begins(buf_slice(&text), "routes"))
        run_routes(runner, name, buf_slice(&text));
    else if (word_begins(buf_slice(&text), "accounts"))
        run_accounts(runner, name, buf_slice(&text));
    else
        run_log(runner, name, buf_slice(&text));
}

static void run_all(struct runner *runner, const glob_t *files)
{
    printf("1..%zu\n", files->gl_pathc);
    for (size_t i = 0; i < files->gl_pathc; i++)
        run_file(runner, files->gl_pathv[i]);
}

static bool is_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static void find_files(char *const *arguments, int count, glob_t *files)
{
    static const char *const patterns[] = {"*.scn",        "wrong/*.scn",
                                           "route/*.scn",  "route/wrong/*.scn",
                                           "hijack/*.scn", "hijack/wrong/*.scn"};
    int flags = 0;
    for (int i = 0; i < count; i++) {
        bool folder = is_folder(arguments[i]);
        for (size_t p = 0; p < (folder ? sizeof(patterns) / sizeof(patterns[0]) : 1); p++) {
            CLEANUP_BUF struct buf pattern = {0};
            buf_addf(&pattern, folder ? "%s/%s" : "%s", arguments[i], patterns[p]);
            (void)glob(buf_str(&pattern), flags | (folder ? 0 : GLOB_NOCHECK), NULL, files);
            flags = GLOB_APPEND;
        }
    }
}

static int print_log(const char *path)
{
    CLEANUP_BUF struct buf text = {0}, problems = {0};
    struct err err;
    if (!file_text_read(path, &text, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    struct scenario *scenario = scenario_new(path, buf_slice(&text), &problems);
    scenario_print(scenario, stdout);
    scenario_free(scenario);
    print_problems(&problems);
    return problems.len > 0;
}

int main(int argc, char **argv)
{
    struct err err;
    if (argc == 3 && strcmp(argv[1], "--log") == 0)
        return print_log(argv[2]);
    glob_t files = {0};
    find_files(argv + 1, argc - 1, &files);
    struct runner runner = {0};
    runner.classifier = classifier_new(NULL, &err);
    if (runner.classifier == NULL || files.gl_pathc == 0) {
        printf("1..1\nnot ok 1 - %s\n", files.gl_pathc ? err.text : "there is no scenario");
        return 1;
    }
    run_all(&runner, &files);
    classifier_free(runner.classifier);
    globfree(&files);
    return runner.failed ? 1 : 0;
}
