/* SPDX-License-Identifier: Apache-2.0
 *
 * A YAML text as a tree that remembers its lines (libyaml). All that configuration needs and
 * nothing more: texts, lists and maps. Numbers, booleans and dates stay texts: what a value means
 * is said by whoever reads it, so that `on`, `0x1f` or `22:00` never turn into something else.
 *
 * Refused, since they hide what a file says: aliases (*name), tags (!x), a key given twice in a
 * map, a second document. Why not libcyaml: docs/decisions/0020.
 */
#ifndef TD_IO_CONF_TREE_H
#define TD_IO_CONF_TREE_H

#include "base/err.h"
#include "base/memory.h"
#include "base/slice.h"

#define CONF_BYTES_MAX (1u << 20)
#define CONF_NODES_MAX 100000u
#define CONF_KEYS_MAX 4096u /* of one map */
#define CONF_DEPTH_MAX 16u

enum conf_kind {
    CONF_NOTHING, /* no value written, `~` or `null` */
    CONF_TEXT,
    CONF_LIST,
    CONF_MAP,
};

/* Lines count from 1. */
struct conf_node {
    enum conf_kind kind;
    uint32_t line;
    uint32_t key_line;       /* of a member of a map: where its key stands; else as line */
    struct slice key;        /* of a member of a map */
    struct slice text;       /* CONF_TEXT; UTF-8, any bytes that YAML can name, NUL too */
    struct conf_node *first; /* members, as written; NULL ends */
    struct conf_node *next;  /* sibling */
};

/* "no value", "a text", "a list", "a map". */
const char *conf_kind_word(enum conf_kind kind);

struct conf_fault {
    uint32_t line;
    struct err err;
};

/* The root of the tree, all of it in `arena`; a text without any value gives CONF_NOTHING. NULL and
 * *fault (first fault) when it is no YAML, breaks a limit above or holds what is refused. `bytes`
 * may go afterwards. */
struct conf_node *conf_tree_parse(struct slice bytes, struct arena *arena,
                                  struct conf_fault *fault);

/* The member of a map; NULL: not there, or node is none (or NULL). */
const struct conf_node *conf_tree_find(const struct conf_node *node, struct slice key);

#endif
