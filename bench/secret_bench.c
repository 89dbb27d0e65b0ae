/* SPDX-License-Identifier: Apache-2.0
 *
 * How many secrets one core checks in a second: secret-bench [SECONDS]. One line a stored form:
 * its name, checks a second, microseconds and MiB of one. SECONDS (1) are spent on each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "io/secret_make.h"

#define SECRET SLICE("correct horse battery staple")
#define CRAM_CHALLENGE SLICE("<1896.697170952@postoffice.reston.mci.net>")

static const struct secret_rules rules = {.bounds = SECRET_BOUNDS_DEFAULT};

static const struct {
    const char *name;
    struct secret_terms terms;
} made[] = {
    {"PLAIN", {.choice = SECRET_MAKE_PLAIN}},
    {"SSHA512", {.choice = SECRET_MAKE_SSHA512}},
    {"SCRAM-SHA-256 4096", {.choice = SECRET_MAKE_SCRAM_SHA_256, .rounds = 4096}},
    {"SCRAM-SHA-256", {.choice = SECRET_MAKE_SCRAM_SHA_256}},
    {"PBKDF2 5000", {.choice = SECRET_MAKE_PBKDF2, .rounds = 5000}},
    {"PBKDF2", {.choice = SECRET_MAKE_PBKDF2}},
    {"SHA512-CRYPT 5000", {.choice = SECRET_MAKE_SHA512_CRYPT, .rounds = 5000}},
    {"SHA512-CRYPT", {.choice = SECRET_MAKE_SHA512_CRYPT}},
    {"BLF-CRYPT 5", {.choice = SECRET_MAKE_BLF_CRYPT, .rounds = 5}},
    {"BLF-CRYPT", {.choice = SECRET_MAKE_BLF_CRYPT}},
    {"YESCRYPT", {.choice = SECRET_MAKE_YESCRYPT}},
    {"ARGON2ID", {.choice = SECRET_MAKE_ARGON2ID}},
    {"ARGON2ID 64 MiB 3", {.choice = SECRET_MAKE_ARGON2ID, .memory_bytes = 64 << 20, .passes = 3}},
};

static const struct {
    const char *name, *stored;
} known[] = {
    {"MD5", "{PLAIN-MD5}9cc2ae8a1ba7a93da39b46fc1019c481"},
    {"CRAM-MD5", "{CRAM-MD5}d06d4e1b26fccaa4b0b61801132340a354b21152711fb604ca3e035e7015116b"},
    {"MD5-CRYPT", "$1$abcdefgh$fzmjzFdo5nMtBG8gtud5e0"},
    {"SHA256-CRYPT 5000", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
};

/* Of this thread. */
static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void say(const char *name, struct slice stored, double spent, unsigned count)
{
    printf("%-20s %12.1f/s %12.1f us %8.1f MiB\n", name, count / spent, spent / count * 1e6,
           (double)secret_cost_bytes(&rules, stored) / (1 << 20));
}

static void measure(const char *name, struct slice stored, double seconds)
{
    double begin = cpu_s();
    unsigned count = 0;
    do {
        struct err err;
        if (secret_check_plain(&rules, (struct secret_stored){stored, SLICE("a")}, SECRET, &err) ==
            SECRET_BAD) {
            fprintf(stderr, "%s: %s\n", name, err.text);
            exit(1);
        }
        count++;
    } while (cpu_s() - begin < seconds);
    say(name, stored, cpu_s() - begin, count);
}

static void measure_cram(double seconds)
{
    struct secret_stored stored = {slice_from_str(known[1].stored), SLICE("a")};
    double begin = cpu_s();
    unsigned count = 0;
    do {
        secret_check_cram_md5(&rules, stored, CRAM_CHALLENGE,
                              SLICE("b913a602c7eda7a495b4e6e7334d3890"), NULL);
        count++;
    } while (cpu_s() - begin < seconds);
    say("CRAM-MD5 challenge", stored.text, cpu_s() - begin, count);
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
    if (!(seconds > 0 && seconds <= 60)) {
        fprintf(stderr, "secret-bench [SECONDS], up to 60\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        measure(known[i].name, slice_from_str(known[i].stored), seconds);
    measure_cram(seconds);
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        CLEANUP_BUF struct buf stored = {0};
        struct err err;
        if (!secret_make(&made[i].terms, SLICE("a"), SECRET, &stored, &err)) {
            fprintf(stderr, "%s: %s\n", made[i].name, err.text);
            return 1;
        }
        measure(made[i].name, buf_slice(&stored), seconds);
    }
    return 0;
}
