/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of settings: one row a key. The loader, the dump, todoku.yaml(5) and
 * examples/todoku.yaml are made from it; a new key is a new row and a field in settings.h.
 */
#ifndef TD_APP_SETTINGS_SCHEMA_H
#define TD_APP_SETTINGS_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

/* Form of a value in the file, and in brackets what it is in memory; see settings_value.h. */
enum setting_type {
    SETTING_TEXT,       /* (const char *) */
    SETTING_QUERY,      /* text of several lines (const char *) */
    SETTING_NAME,       /* letters, digits, . _ - (const char *) */
    SETTING_MAILBOX,    /* user@example.jp (const char *) */
    SETTING_PATH,       /* (const char *) */
    SETTING_SOCKET,     /* path of a unix socket (const char *) */
    SETTING_URL,        /* http or https (const char *) */
    SETTING_SECRET,     /* text, or file:PATH (const char *) */
    SETTING_SECRET_URL, /* the same, and a URL */
    SETTING_STATE,      /* sqlite, or the URL of a Redis, or file:PATH with that (const char *) */
    SETTING_WORD,       /* one of `words` (enum, as unsigned: their order) */
    SETTING_SWITCH,     /* true or false (bool) */
    SETTING_COUNT,      /* (uint32_t) */
    SETTING_FACTOR,     /* 1.5 (double) */
    SETTING_SHARE,      /* 99% (double, 0 to 1) */
    SETTING_DURATION,   /* 15m (int64_t, microseconds) */
    SETTING_SIZE,       /* 10MiB (uint64_t, bytes) */
    SETTING_RATE,       /* 500/1h (struct rate) */
    SETTING_ADDRESS,    /* 192.0.2.1 (struct ip_address) */
    SETTING_NETWORK,    /* 192.0.2.0/24 (struct ip_network) */
    SETTING_ENDPOINT,   /* 127.0.0.1:8481 (struct endpoint) */
    SETTING_TRANSPORT,  /* udp:127.0.0.1:5514 (struct endpoint) */
    SETTING_DAY_SPAN,   /* Mon-Fri 22:00-07:00 (struct day_span) */
    SETTING_SECTION,    /* a map of its own rows (a struct) */
};

struct setting {
    const char *key;
    enum setting_type type;
    bool list;            /* in memory a pointer to the first and a count */
    unsigned limit;       /* of a list: entries at most; 0: SETTING_ENTRIES_MAX */
    bool required;        /* within its section */
    unsigned kind;        /* section of kinds: 1 + the kind that this key makes; 0: it makes none */
    unsigned with;        /* section of kinds: bits 1 << kind number it goes with; 0: all */
    size_t at, count_at;  /* offsets in the section's struct */
    const char *fallback; /* as in the file, of a list blanks between; NULL: nothing */
    const char *example;  /* where there is no fallback; as fallback */
    double least, most;   /* COUNT to SIZE: bounds in memory's unit */
    const char *words;    /* WORD; SWITCH: those taken; blanks between */
    unsigned first;       /* WORD: the enum's value for the first of them */
    const struct setting_section *section;
    const char *meaning; /* one sentence or two, plain text */
};

struct setting_section {
    const struct setting *rows;
    size_t count, size; /* size: of the struct */
    bool kinds;         /* each value is of one kind, by the one key that makes it */
    size_t kind_at;     /* offset of its enum */
};

extern const struct setting_section settings_schema;

#define SETTING_ENTRIES_MAX 1000

#endif
