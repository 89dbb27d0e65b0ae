/* SPDX-License-Identifier: Apache-2.0
 *
 * What main.cf and master.cf of Postfix have to say so that the configured fleet can be routed: one
 * list of rows, which `todoku config postfix` prints and `todoku config check --postfix` compares
 * with a running Postfix. Peers: postconf(5), master(5); docs/guide/routes.md.
 */
#ifndef TD_APP_POSTFIX_WISH_H
#define TD_APP_POSTFIX_WISH_H

#include "base/memory.h"
#include "model/fleet.h"

/* The queue manager's own rewrite service: it sees what is to wait, smtpd does not. */
#define POSTFIX_REWRITE "todoku-rewrite"

enum postfix_wish_kind {
    POSTFIX_WISH_MAIN,    /* name = value in main.cf */
    POSTFIX_WISH_SERVICE, /* name, a service of master.cf; value: its other columns, the program
                             last */
    POSTFIX_WISH_OPTION,  /* -o name=value of that service */
};

/* What has it read its configuration anew without a right of ours; see packaging. */
#define POSTFIX_RELOAD_ADVICE \
    "postfix: { reload: [/usr/bin/touch, /run/todoku/postfix-reload] }, and systemctl enable " \
    "--now todoku-postfix-reload.path"

/* Texts of the arena. */
struct postfix_wish {
    enum postfix_wish_kind kind;
    const char *service; /* of SERVICE and OPTION: `out-a`, always of type unix */
    const char *name, *value;
    bool inherits;       /* OPTION: it may as well stand in main.cf */
    const char *without; /* what happens when it is not so, for the operator; no full stop */
};

/* Its tables; in exact mode with $todoku_exact before them. */
#define POSTFIX_PRIVATE_MAPS "$todoku_shares,$todoku_holds,$todoku_routes,$own_transport_maps"

/* All of them in the order in which they are printed: main.cf, then service by service, each
 * followed by its options. */
struct postfix_wishes {
    const struct postfix_wish *rows;
    size_t count;
    bool routed; /* there are sources: else it has no table, and mail goes as before */
};

/* What it depends on. */
struct postfix_needs {
    const struct fleet *fleet;
    const char *folder; /* of postfix_files.h */
    const char *exact; /* the socket by which the daemon is asked about shares and paces, or NULL */
    const char
        *policy;      /* how it is asked about messages (postfix_policy.h); NULL or "": it is not */
    const char *slow; /* the transport of mail that a limit slows down, or NULL */
};

/* Texts that are not of the needs' are of the arena. */
void postfix_wishes_make(const struct postfix_needs *needs, struct arena *arena,
                         struct postfix_wishes *out);

/* Appends them as parts of main.cf and master.cf with comments. */
void postfix_wishes_print(const struct postfix_wishes *wishes, struct buf *to);

#endif
