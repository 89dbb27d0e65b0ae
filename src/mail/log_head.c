/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of tags and heads: open addressing over rows in an arena. Peer document: Postfix
 * src/global/mail_task.c (how a tag is put together).
 */
#include "mail/log_head.h"

#include "base/memory.h"
#include "base/word.h"

#define TAG_SLOTS 8192   /* power of two */
#define HEAD_SLOTS 16384 /* power of two */
#define RECENT 256       /* of a byte */
#define RECENT_BYTES 16  /* least length of a head that may be among them */

struct log_heads {
    struct arena *arena;
    struct log_tag *tags[TAG_SLOTS];       /* by hash of the text; NULL: free */
    struct log_head *heads[HEAD_SLOTS];    /* the same */
    const struct log_head *recent[RECENT]; /* by recent_place; NULL: none yet */
    uint32_t tag_count, head_count;
    struct log_tag passing[LOG_LINES_HELD]; /* of tags past the bound, one after the other */
    uint32_t passed;
};

struct log_heads *log_heads_new(void)
{
    struct log_heads *heads = MEM_NEW(struct log_heads);
    heads->arena = arena_new(4096);
    return heads;
}

void log_heads_free(struct log_heads *heads)
{
    if (heads == NULL)
        return;
    arena_free(heads->arena);
    mem_free(heads);
}

/* Only Postfix writes tags with a slash; without one just two names mean what they say. */
static enum log_program program_of(struct slice name, bool with_slash)
{
    for (int i = 1; i < LOG_PROGRAM_COUNT; i++) {
        enum log_program program = (enum log_program)i;
        bool own_tag = program == LOG_PROGRAM_DOVECOT || program == LOG_PROGRAM_NGINX;
        if (own_tag != with_slash && slice_eq(name, slice_from_str(log_program_word(program))))
            return program;
    }
    return LOG_PROGRAM_OTHER;
}

static struct log_tag tag_split(struct slice text, uint32_t id)
{
    struct log_tag tag = {.text = text, .name = text, .id = id};
    const char *last = slice_find_last_char(text, '/');
    if (last != NULL) {
        struct slice before = slice_between(text.ptr, last);
        tag.name = slice_between(last + 1, slice_end(text));
        tag.instance = slice_cut(&before, '/');
        if (before.ptr != NULL)
            tag.service = before;
    }
    tag.program = program_of(tag.name, last != NULL);
    return tag;
}

static struct slice own_copy(struct log_heads *heads, struct slice text)
{
    return slice_of(arena_copy(heads->arena, text.ptr, text.len), text.len);
}

const struct log_tag *log_heads_tag(struct log_heads *heads, struct slice text)
{
    size_t at = (size_t)slice_hash(text) & (TAG_SLOTS - 1);
    for (; heads->tags[at] != NULL; at = (at + 1) & (TAG_SLOTS - 1))
        if (slice_eq(heads->tags[at]->text, text))
            return heads->tags[at];
    if (heads->tag_count == LOG_TAGS_MAX) {
        struct log_tag *passing = &heads->passing[heads->passed++ % LOG_LINES_HELD];
        *passing = tag_split(text, 0);
        return passing;
    }
    struct log_tag *tag = arena_alloc(heads->arena, sizeof(*tag));
    *tag = tag_split(own_copy(heads, text), ++heads->tag_count);
    return heads->tags[at] = tag;
}

static bool is_head(const struct log_head *head, struct slice text)
{
    return head->text.len == text.len && word_same(head->text.ptr, text.ptr, text.len);
}

/* Where the head is, or the free slot where it belongs. */
static size_t head_slot(const struct log_heads *heads, struct slice text)
{
    size_t at = (size_t)slice_hash(text) & (HEAD_SLOTS - 1);
    while (heads->heads[at] != NULL && !is_head(heads->heads[at], text))
        at = (at + 1) & (HEAD_SLOTS - 1);
    return at;
}

/* From the bytes in which heads differ most, the begin of the host and the end of the tag: a third
 * of the work of a hash of all. Heads that share a place only cost the longer way. */
static size_t recent_place(struct slice text)
{
    uint64_t host = word_load(text.ptr) ^ word_load(text.ptr + 8) << 1;
    uint64_t mixed = (host ^ word_load(slice_end(text) - 8) << 2) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 56);
}

static __attribute__((noinline)) const struct log_head *find_any(const struct log_heads *heads,
                                                                 struct slice text)
{
    return heads->heads[head_slot(heads, text)];
}

const struct log_head *log_heads_find(struct log_heads *heads, struct slice text)
{
    if (text.len < RECENT_BYTES)
        return find_any(heads, text);
    const struct log_head **recent = &heads->recent[recent_place(text)];
    if (*recent != NULL && is_head(*recent, text))
        return *recent;
    const struct log_head *head = find_any(heads, text);
    if (head != NULL)
        *recent = head;
    return head;
}

uint32_t log_heads_add(struct log_heads *heads, struct slice text, size_t host_len,
                       const struct log_tag *tag)
{
    if (heads->head_count == LOG_HEADS_MAX || tag->id == 0)
        return 0;
    struct log_head *head = arena_alloc(heads->arena, sizeof(*head));
    *head = (struct log_head){own_copy(heads, text), host_len, tag, ++heads->head_count};
    heads->heads[head_slot(heads, text)] = head;
    return head->id;
}
