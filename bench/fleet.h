/* SPDX-License-Identifier: Apache-2.0
 *
 * The relays: how each writes the head of a line, which queue ids are open there, and what its
 * sources are called. A host's name is relay1, relay2, ...
 */
#ifndef TD_BENCH_FLEET_H
#define TD_BENCH_FLEET_H

#include "line.h"
#include "options.h"
#include "random.h"

enum { SOURCE_COUNT = 3 };

/* X(NAME, tag below the instance) */
#define PROGRAMS(X) \
    X(SMTPD, "smtpd") \
    X(SUBMISSION, "submission/smtpd") \
    X(REINJECT, "reinject/smtpd") \
    X(CLEANUP, "cleanup") \
    X(QMGR, "qmgr") \
    X(BOUNCE, "bounce") \
    X(ERROR, "error") \
    X(LOCAL, "local") \
    X(LMTP, "lmtp") \
    X(PICKUP, "pickup") \
    X(POSTSUPER, "postsuper") \
    X(DISCARD, "discard") \
    X(SCAN, "scan/smtp") \
    X(OUT_A, "out-a/smtp") \
    X(OUT_B, "out-b/smtp") \
    X(OUT_C, "out-c/smtp") \
    X(ANVIL, "anvil") \
    X(POSTSCREEN, "postscreen") \
    X(DNSBLOG, "dnsblog") \
    X(SCACHE, "scache") \
    X(VERIFY, "verify") \
    X(MASTER, "master") \
    X(TRIVIAL_REWRITE, "trivial-rewrite") \
    X(DOVECOT, "")

enum program {
#define X(name, tag) PROGRAM_##name,
    PROGRAMS(X)
#undef X
};

#define X(name, tag) +1
enum { PROGRAM_COUNT = PROGRAMS(X) };
#undef X

struct queue_id {
    char text[19];
    uint8_t len;
    uint32_t inode; /* 0: not one of this host's files (a twin of another host's id) */
};

struct host {
    char name[12];
    struct slice tags[PROGRAM_COUNT]; /* whole tag, in tag_bytes */
    char tag_bytes[PROGRAM_COUNT * 40];
    enum form form_old, form_new; /* before and from the fleet's form_change_us */
    bool long_ids, soft_bounce;
    int32_t offset_s;    /* its local time, seconds east of UTC */
    int64_t face_second; /* second of UTC that `face` shows */
    enum form face_form;
    size_t face_len;
    char face[40];         /* stamp up to the seconds */
    uint32_t *free_inodes; /* owned; last freed on top */
    size_t free_count, free_room;
    uint32_t next_inode;
    struct queue_id removed; /* last one removed, to be used again; len 0: none */
    int64_t removed_us;
    uint32_t sessions;
};

struct fleet {
    uint32_t count;
    struct host hosts[HOSTS_MAX];
    int64_t form_change_us;
    struct queue_id newest; /* last id made, for a twin; len 0: none */
    uint32_t newest_host;
    uint32_t features;
    struct line scratch;
};

void fleet_init(struct fleet *fleet, const struct options *options);
void fleet_done(struct fleet *fleet);

/* Hosts go by their number. Empties `line` and puts stamp, host, tag and pid there: all that stands
 * before the text. */
void fleet_begin_line(struct fleet *fleet, uint32_t number, enum program program, uint32_t pid,
                      int64_t now_us, struct line *line);

/* A new queue file and its id; the id is not open on this host until then. */
struct queue_id fleet_id_new(struct fleet *fleet, uint32_t number, int64_t now_us,
                             struct random *random);

/* The file is removed: its inode, and in some profiles its whole id, is used again soon. */
void fleet_id_free(struct fleet *fleet, uint32_t number, const struct queue_id *id, int64_t now_us);

/* Name of a source, as its transport is called: out-a. */
const char *fleet_source_name(uint32_t source);

#endif
