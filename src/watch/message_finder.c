/* SPDX-License-Identifier: Apache-2.0
 *
 * See message_finder.h. The programs that surely carry their instance's name are those whose
 * syslog_name master.cf seldom overrides: qmgr, cleanup, pickup, bounce, postsuper.
 */
#include "watch/message_finder.h"

#include "base/intern.h"
#include "base/memory.h"

#define NAMES_MAX 4096
#define INSTANCES_A_HOST 8

struct host_instances {
    uint32_t labels[INSTANCES_A_HOST];
    uint32_t count;
};

/* What a head says of every line that it begins. */
struct head_owner {
    uint32_t host, label;
    bool known;
};

struct message_finder {
    struct open_table *table; /* borrowed */
    struct intern *hosts, *labels;
    struct host_instances *instances;           /* [host] */
    struct head_owner heads[LOG_HEADS_MAX + 1]; /* 0: of a line without a number, never kept */
    uint32_t instance_of_tag[LOG_TAGS_MAX + 1]; /* of its last line that was sure */
};

struct message_finder *message_finder_new(struct open_table *table)
{
    struct message_finder *finder = MEM_NEW(struct message_finder);
    finder->table = table;
    finder->hosts = intern_new(NAMES_MAX);
    finder->labels = intern_new(NAMES_MAX);
    finder->instances = MEM_NEW_ARRAY(struct host_instances, NAMES_MAX + 1);
    return finder;
}

void message_finder_free(struct message_finder *finder)
{
    if (finder == NULL)
        return;
    intern_free(finder->hosts);
    intern_free(finder->labels);
    mem_free(finder->instances);
    mem_free(finder);
}

struct slice message_finder_host(const struct message_finder *finder, uint32_t host)
{
    return intern_get(finder->hosts, host);
}

static bool is_instance(const struct message_finder *finder, uint32_t host, uint32_t label)
{
    const struct host_instances *known = &finder->instances[host];
    for (uint32_t i = 0; i < known->count; i++)
        if (known->labels[i] == label)
            return true;
    return false;
}

static void learn_instance(struct message_finder *finder, uint32_t host, uint32_t label)
{
    struct host_instances *known = &finder->instances[host];
    if (!is_instance(finder, host, label) && known->count < INSTANCES_A_HOST)
        known->labels[known->count++] = label;
}

static bool names_instance(enum log_program program)
{
    return program == LOG_PROGRAM_QMGR || program == LOG_PROGRAM_OQMGR ||
           program == LOG_PROGRAM_CLEANUP || program == LOG_PROGRAM_PICKUP ||
           program == LOG_PROGRAM_BOUNCE || program == LOG_PROGRAM_TRACE ||
           program == LOG_PROGRAM_POSTSUPER;
}

static struct head_owner look_up(struct message_finder *finder, const struct log_line *line)
{
    struct head_owner owner = {
        .host = intern_id(finder->hosts, line->host),
        .label = intern_id(finder->labels, line->tag->instance),
        .known = true,
    };
    if (names_instance(line->tag->program))
        learn_instance(finder, owner.host, owner.label);
    return owner;
}

struct line_owner message_finder_owner(struct message_finder *finder,
                                       const struct log_record *record)
{
    const struct log_line *line = &record->line;
    struct head_owner head = finder->heads[line->head];
    if (!head.known) {
        head = look_up(finder, line);
        if (line->head != 0)
            finder->heads[line->head] = head;
    }
    return (struct line_owner){
        .id_hash = slice_hash(line->queue_id),
        .host = head.host,
        .label = head.label,
        .tag = line->tag->id,
        .sure = names_instance(line->tag->program),
        .birth = record->kind == LOG_KIND_CLIENT || record->kind == LOG_KIND_PICKUP,
    };
}

/* Two instances of one host may have the same id open at once. A line that surely names its
 * instance fits no other; neither does a birth under the name of another instance, which would end
 * a message that goes on. */
static bool may_be(const struct message_finder *finder, const struct message *message,
                   const struct line_owner *owner)
{
    if (message->host != owner->host)
        return false;
    if (message->instance == 0 || message->instance == owner->label)
        return true;
    if (owner->sure)
        return false;
    return !owner->birth || finder->instance_of_tag[owner->tag] == message->instance ||
           !is_instance(finder, owner->host, owner->label);
}

/* Higher is better. An open message always beats one that has ended. */
static int fitness(const struct message_finder *finder, const struct message *message,
                   const struct line_owner *owner)
{
    int base = message->closed ? 0 : 4;
    if (message->instance != 0 && message->instance == owner->label)
        return base + 3;
    if (message->instance != 0 && finder->instance_of_tag[owner->tag] == message->instance)
        return base + 2;
    return base + (message->instance == 0);
}

struct message *message_finder_find(const struct message_finder *finder,
                                    const struct line_owner *owner)
{
    struct message *best = NULL;
    int best_fit = -1;
    uint32_t place = 0;
    struct message *m;
    while ((m = open_table_next(finder->table, owner->id_hash, &place)) != NULL) {
        int fit = may_be(finder, m, owner) ? fitness(finder, m, owner) : -1;
        if (fit > best_fit) {
            best = m;
            best_fit = fit;
        }
    }
    return best;
}

void message_finder_note(struct message_finder *finder, struct message *message,
                         const struct line_owner *owner)
{
    if (owner->sure)
        message->instance = owner->label;
    else if (message->instance != 0)
        finder->instance_of_tag[owner->tag] = message->instance;
}
