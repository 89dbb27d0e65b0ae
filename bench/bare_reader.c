/* SPDX-License-Identifier: Apache-2.0
 *
 * The yardstick of bench/run: the least that a reader of mail logs does. Maps the file, splits each
 * line into host, tag, queue id and text, cuts the fields of delivery records and keeps a table of
 * open ids. It understands one form of stamp, checks nothing and draws no conclusion: what a real
 * reader costs more is what its answers cost.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/slice.h"

enum { SLOTS = 1 << 20 }; /* open ids are far fewer; a full table would be the end of a benchmark */

struct counts {
    uint64_t lines, records, sent, deferred, bounced, open_most, open;
};

struct slot {
    uint64_t key; /* 0: free, 1: was used */
    uint32_t lines;
};

static uint64_t key_of(struct slice host, struct slice id)
{
    uint64_t hash = 0xcbf29ce484222325u ^ host.len;
    hash = (hash ^ (unsigned char)host.ptr[host.len - 1]) * 0x100000001b3u;
    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (unsigned char)id.ptr[i]) * 0x100000001b3u;
    hash ^= hash >> 29;
    return hash < 2 ? hash + 2 : hash;
}

static struct slot *slot_of(struct slot *slots, uint64_t key)
{
    struct slot *gap = NULL;
    size_t at = key & (SLOTS - 1);
    while (slots[at].key && slots[at].key != key) {
        if (slots[at].key == 1 && !gap)
            gap = &slots[at];
        at = (at + 1) & (SLOTS - 1);
    }
    return slots[at].key == key || !gap ? &slots[at] : gap;
}

/* Looks an id up, making room for it; `removed` ends it. */
static void see_id(struct slot *slots, uint64_t key, bool removed, struct counts *counts)
{
    struct slot *slot = slot_of(slots, key);
    if (slot->key != key) {
        *slot = (struct slot){.key = key};
        counts->open++;
    }
    slot->lines++;
    if (counts->open > counts->open_most)
        counts->open_most = counts->open;
    if (!removed)
        return;
    slot->key = 1;
    counts->open--;
}

static bool is_id(struct slice word)
{
    if (word.len < 6 || word.len > 20)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (!ascii_is_digit(word.ptr[i]) && !ascii_is_alpha(word.ptr[i]))
            return false;
    return true;
}

static void see_record(struct slice text, struct counts *counts)
{
    struct slice fields[12] = {{NULL, 0}};
    size_t count = 0;
    struct slice rest = text;
    while (rest.len && count < 12) {
        fields[count++] = slice_cut(&rest, ',');
        if (slice_starts_with(fields[count - 1], SLICE(" status=")))
            break;
    }
    struct slice status = slice_skip(fields[count ? count - 1 : 0], 8);
    counts->records++;
    counts->sent += slice_starts_with(status, SLICE("sent "));
    counts->deferred += slice_starts_with(status, SLICE("deferred "));
    counts->bounced += slice_starts_with(status, SLICE("bounced "));
}

static void see_line(struct slice line, struct slot *slots, struct counts *counts)
{
    counts->lines++;
    struct slice rest = line;
    slice_cut(&rest, ' ');
    struct slice host = slice_cut(&rest, ' ');
    slice_cut(&rest, ' ');
    struct slice text = rest;
    struct slice id = slice_cut(&rest, ':');
    if (!host.len || !is_id(id))
        return;
    rest = slice_skip(rest, 1);
    see_id(slots, key_of(host, id), slice_eq(rest, SLICE("removed")), counts);
    if (slice_starts_with(rest, SLICE("to=<")))
        see_record(text, counts);
}

static bool map_file(const char *path, struct slice *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;
    if (fd < 0 || fstat(fd, &facts) < 0)
        return false;
    size_t size = (size_t)facts.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    *out = slice_of(bytes, size);
    return bytes != MAP_FAILED;
}

int main(int argc, char **argv)
{
    struct slice rest;
    if (argc != 2 || !map_file(argv[1], &rest)) {
        fprintf(stderr, "usage: bare-reader LOG (a plain file with ISO 8601 stamps)\n");
        return 2;
    }
    struct slot *slots = MEM_NEW_ARRAY(struct slot, SLOTS);
    struct counts counts = {0};
    while (rest.len)
        see_line(slice_cut(&rest, '\n'), slots, &counts);
    printf("lines %llu, records %llu: sent %llu, deferred %llu, bounced %llu; open at most %llu\n",
           (unsigned long long)counts.lines, (unsigned long long)counts.records,
           (unsigned long long)counts.sent, (unsigned long long)counts.deferred,
           (unsigned long long)counts.bounced, (unsigned long long)counts.open_most);
    mem_free(slots);
    return 0;
}
