/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku-generate: a mail log of a made-up fleet, and the truth about it. The same seed and options
 * give the same bytes. docs/guide/benchmark.md says how it is used.
 */
#include <stdio.h>

#include "base/memory.h"
#include "simulation.h"

static bool generate(struct simulation *sim, const struct options *options, struct err *err)
{
    struct logfile *file =
        logfile_open(options->out, options->pieces, options->gzip, options->lines, err);
    if (!file)
        return false;
    simulation_run(sim, options, file);
    if (!logfile_close(file, err))
        return false;
    return !options->truth || truth_write(&sim->truth, &sim->episodes, options->truth, err);
}

int main(int argc, char **argv)
{
    struct options options;
    struct err err = {.code = ERR_NONE};
    if (!options_parse(argc, argv, &options, &err)) {
        fprintf(stderr, "todoku-generate: %s\n", err.text);
        return 2;
    }
    if (options.help) {
        options_help();
        return 0;
    }
    struct simulation *sim = MEM_NEW(struct simulation);
    bool good = generate(sim, &options, &err);
    if (!good)
        fprintf(stderr, "todoku-generate: %s\n", err.text);
    simulation_done(sim);
    mem_free(sim);
    return good ? 0 : 3;
}
