/* SPDX-License-Identifier: Apache-2.0
 *
 * What it costs to keep the counts of limits: counts-bench FOLDER [ACCOUNTS]. So many logins (1 M)
 * with three windows and 65,536 messages are counted, written whole as the daemon does it, and put
 * back into an empty desk. One line a figure: name, value, unit. FOLDER must be empty and is
 * emptied.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/policy_journal.h"
#include "base/memory.h"
#include "io/clock.h"

enum { MESSAGES = 65536, LEAST = 1000, QUIET_US = 1000000 };

static const struct limit_rule rules[] = {
    {.key = LIMIT_LOGIN, .count = 1000, .within_us = INT64_C(60) * 1000000},
    {.key = LIMIT_LOGIN, .count = 5000, .within_us = INT64_C(3600) * 1000000},
    {.key = LIMIT_LOGIN, .count = 50000, .within_us = INT64_C(86400) * 1000000},
};

static struct policy_desk *desk_for(uint32_t accounts)
{
    const struct policy_terms terms = {.limits = {rules, 3}, .keys = accounts};
    return policy_desk_new(&terms, MESSAGES);
}

static void say(const char *name, double value, const char *unit)
{
    printf("%-28s %12.1f %s\n", name, value, unit);
}

/* Resident, in bytes. */
static double resident(void)
{
    long pages = 0, shared = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*s %ld %ld", &pages, &shared) != 2)
        exit(1);
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Of this thread. */
static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void ask(struct policy_desk *desk, uint32_t number, const char *instance)
{
    char login[48];
    CLEANUP_BUF struct buf action = {0};
    struct policy_decision decision;
    snprintf(login, sizeof(login), "user%u@jp.test", number);
    struct policy_request request = {.stage = POLICY_STAGE_END_OF_MESSAGE,
                                     .sasl_username = slice_from_str(login),
                                     .sender = slice_from_str(login),
                                     .client_address = SLICE("192.0.2.7"),
                                     .instance = slice_from_str(instance),
                                     .queue_id = slice_from_str(instance),
                                     .recipient_count = 1 + number % 5,
                                     .size = 5000};
    policy_desk_answer(desk, SLICE("192.0.2.1"), &request, clock_now_us(), &action, &decision);
    if (!decision.counted)
        exit(1);
}

static double used(struct policy_desk *desk, uint32_t count)
{
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        char login[48];
        snprintf(login, sizeof(login), "user%u@jp.test", i);
        struct limit_subject who = {.login = slice_from_str(login)};
        sum += (double)limit_gate_used(policy_desk_limits(desk), &who, &rules[2], clock_now_us());
    }
    return sum;
}

/* Turns as the desk's thread makes them, until all is written. */
static void write_all(struct policy_journal *journal)
{
    int64_t begin_us = clock_steady_us(), end_us = begin_us;
    double longest_ns = 0;
    uint64_t blocks = 0;
    struct policy_journal_counts counts;
    while (clock_steady_us() - end_us < QUIET_US) {
        double turn_ns = cpu_ns();
        policy_journal_turn(journal, clock_steady_us());
        double took_ns = cpu_ns() - turn_ns;
        longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
        usleep(1000);
        policy_journal_counts(journal, clock_steady_us(), &counts);
        if (counts.files.blocks != blocks)
            end_us = clock_steady_us();
        blocks = counts.files.blocks;
    }
    say("whole image, turns at once", (double)(end_us - begin_us) / 1e6, "s");
    say("blocks", (double)blocks, "");
    say("longest turn, CPU", longest_ns / 1e6, "ms");
    say("on the disk", (double)counts.files.bytes / 1048576, "MiB");
}

static struct policy_desk *filled(uint32_t accounts)
{
    double before = resident();
    struct policy_desk *desk = desk_for(accounts);
    for (uint32_t i = 0; i < accounts; i++)
        ask(desk, i, "");
    say("memory an account", (resident() - before) / accounts, "bytes");
    for (uint32_t i = 0; i < MESSAGES; i++) {
        char instance[24];
        snprintf(instance, sizeof(instance), "%x.%x", i, i * 7919);
        ask(desk, i % accounts, instance);
    }
    return desk;
}

/* What a message costs the thread that answers, with or without a journal. */
static double cost(struct policy_desk *desk, uint32_t accounts, char round)
{
    double begin_ns = cpu_ns();
    for (uint32_t i = 0; i < MESSAGES; i++) {
        char instance[24];
        snprintf(instance, sizeof(instance), "%c%x.%x", round, i, i);
        ask(desk, i * 13 % accounts, instance);
    }
    return (cpu_ns() - begin_ns) / MESSAGES;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct policy_journal_past past;
    uint32_t accounts = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000000;
    if (argc < 2 || accounts < LEAST)
        return 2;
    struct policy_desk *desk = filled(accounts), *again = desk_for(accounts);
    double without = cost(desk, accounts, 'a');
    struct policy_journal *journal = policy_journal_open(argv[1], desk, NULL, &err);
    if (journal == NULL)
        return 3;
    write_all(journal);
    say("a message, CPU, not kept", without, "ns");
    say("a message, CPU, kept", cost(desk, accounts, 'b'), "ns");
    policy_journal_free(journal);
    double begin_ns = cpu_ns();
    journal = policy_journal_open(argv[1], again, &past, &err);
    if (journal == NULL)
        return 3;
    say("put back, CPU", (cpu_ns() - begin_ns) / 1e9, "s");
    say("put back", (double)past.took_us / 1e6, "s");
    say("rows", (double)past.counts.rows, "");
    say("messages", (double)past.counts.charges, "");
    bool same = used(desk, accounts) == used(again, accounts);
    say("the same counts", same, "");
    policy_journal_free(journal);
    policy_desk_free(desk);
    policy_desk_free(again);
    return !same;
}
