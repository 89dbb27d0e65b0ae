/* SPDX-License-Identifier: Apache-2.0
 *
 * Heads of lines as syslog daemons write them, and queue ids as Postfix makes them (Postfix
 * src/global/mail_queue.h). Inode numbers of hosts do not overlap, so a short id of one host can be
 * given to another one as a twin without colliding there. Year-less stamps are UTC.
 */
#include "fleet.h"

#include <stdio.h>
#include <time.h>

#include "base/memory.h"

static const char long_alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

#define X(name, tag) tag,
static const char *const program_tags[] = {PROGRAMS(X)};
#undef X

static bool have(const struct fleet *fleet, enum feature feature)
{
    return fleet->features >> feature & 1;
}

static void tags_init(struct host *host, const char *instance)
{
    char *at = host->tag_bytes;
    for (int i = 0; i < PROGRAM_COUNT; i++) {
        const char *tag = program_tags[i];
        bool plain = i == PROGRAM_OUT_C && strcmp(instance, "postfix") != 0;
        int len = i == PROGRAM_DOVECOT ? snprintf(at, 40, "dovecot")
                                       : snprintf(at, 40, "%s/%s", instance, plain ? "smtp" : tag);
        host->tags[i] = slice_of(at, (size_t)len);
        at += 40;
    }
}

static void forms_init(struct host *host, uint32_t number, enum form form)
{
    static const enum form old_forms[] = {FORM_RFC3164, FORM_RFC5424, FORM_RFC3164_ZERO};
    static const enum form new_forms[] = {FORM_ISO, FORM_RFC5424, FORM_RFC3164_ZERO};
    host->form_old = form == FORM_MIXED ? old_forms[number % 3] : form;
    host->form_new = form == FORM_MIXED ? new_forms[number % 3] : form;
    host->offset_s = number % 4 == 3 ? 0 : 9 * 3600;
}

void fleet_init(struct fleet *fleet, const struct options *options)
{
    *fleet = (struct fleet){.count = options->hosts, .features = options->features};
    fleet->form_change_us = options->start_us + (int64_t)options->hours * 1800 * 1000000;
    for (uint32_t i = 0; i < fleet->count; i++) {
        struct host *host = &fleet->hosts[i];
        snprintf(host->name, sizeof(host->name), "relay%u", i + 1);
        bool second = have(fleet, FEATURE_INSTANCES) && i == fleet->count - 1;
        tags_init(host, second ? "postfix-out" : "postfix");
        forms_init(host, i, options->form);
        host->long_ids = have(fleet, FEATURE_LONG_IDS) && i == fleet->count / 2;
        host->soft_bounce = have(fleet, FEATURE_SOFTBOUNCE) && i == fleet->count - 1;
        host->face_second = INT64_MIN;
        host->next_inode = 0x100000 * (i + 1) + 0x72000;
    }
}

void fleet_done(struct fleet *fleet)
{
    for (uint32_t i = 0; i < fleet->count; i++)
        mem_free(fleet->hosts[i].free_inodes);
}

static void face_set(struct host *host, enum form form, int64_t second)
{
    bool iso = form == FORM_ISO || form == FORM_RFC5424;
    time_t shown = (time_t)(second + (iso ? host->offset_s : 0));
    struct tm tm;
    gmtime_r(&shown, &tm);
    if (iso)
        host->face_len = strftime(host->face, sizeof(host->face), "%Y-%m-%dT%H:%M:%S", &tm);
    else if (form == FORM_RFC3164_ZERO)
        host->face_len = strftime(host->face, sizeof(host->face), "%b %d %H:%M:%S", &tm);
    else
        host->face_len = strftime(host->face, sizeof(host->face), "%b %e %H:%M:%S", &tm);
    host->face_second = second;
    host->face_form = form;
}

static void put_stamp(struct host *host, enum form form, int64_t now_us, struct line *line)
{
    int64_t second = now_us / 1000000;
    if (second != host->face_second || form != host->face_form)
        face_set(host, form, second);
    line_put(line, host->face, host->face_len);
    if (form != FORM_ISO && form != FORM_RFC5424)
        return;
    line_char(line, '.');
    line_digits(line, (uint64_t)(now_us % 1000000), 6);
    line_str(line, host->offset_s ? "+09:00" : "+00:00");
}

void fleet_begin_line(struct fleet *fleet, uint32_t number, enum program program, uint32_t pid,
                      int64_t now_us, struct line *line)
{
    struct host *host = &fleet->hosts[number];
    enum form form = now_us < fleet->form_change_us ? host->form_old : host->form_new;
    line->len = 0;
    if (form == FORM_RFC5424)
        line_str(line, "<22>1 ");
    put_stamp(host, form, now_us, line);
    line_char(line, ' ');
    line_str(line, host->name);
    line_char(line, ' ');
    line_slice(line, host->tags[program]);
    if (form == FORM_RFC5424) {
        line_char(line, ' ');
        line_number(line, pid);
        line_str(line, " - - ");
    } else if (program == PROGRAM_DOVECOT) {
        line_str(line, ": ");
    } else {
        line_char(line, '[');
        line_number(line, pid);
        line_str(line, "]: ");
    }
}

static uint32_t inode_take(struct host *host)
{
    return host->free_count ? host->free_inodes[--host->free_count] : host->next_inode++;
}

static struct queue_id id_make(struct host *host, int64_t now_us, struct line *text)
{
    struct queue_id id = {.inode = inode_take(host)};
    text->len = 0;
    uint64_t micros = (uint64_t)(now_us % 1000000);
    if (host->long_ids) {
        line_in_base(text, (uint64_t)(now_us / 1000000), 52, long_alphabet, 6);
        line_in_base(text, micros, 52, long_alphabet, 4);
        line_char(text, 'z');
        line_in_base(text, id.inode, 51, long_alphabet, 0);
    } else {
        line_hex(text, micros, 5);
        line_hex(text, id.inode, 0);
    }
    id.len = (uint8_t)text->len;
    memcpy(id.text, text->bytes, id.len);
    return id;
}

struct queue_id fleet_id_new(struct fleet *fleet, uint32_t number, int64_t now_us,
                             struct random *random)
{
    struct host *host = &fleet->hosts[number];
    struct queue_id id = host->removed;
    /* The same microseconds come again after a second at the earliest. */
    bool again = have(fleet, FEATURE_REUSE) && id.len && now_us - host->removed_us > 1000000;
    if (again && random_chance(random, 50000)) {
        host->free_count--;
        host->removed.len = 0;
        return id;
    }
    id = fleet->newest;
    bool twin = have(fleet, FEATURE_TWINS) && id.len && fleet->newest_host != number;
    if (twin && random_chance(random, 30000)) {
        fleet->newest.len = 0;
        id.inode = 0;
        return id;
    }
    host->removed.len = 0; /* its inode may be taken now */
    id = id_make(host, now_us, &fleet->scratch);
    if (!host->long_ids) {
        fleet->newest = id;
        fleet->newest_host = number;
    }
    return id;
}

void fleet_id_free(struct fleet *fleet, uint32_t number, const struct queue_id *id, int64_t now_us)
{
    struct host *host = &fleet->hosts[number];
    if (!id->inode)
        return;
    if (host->free_count == host->free_room) {
        host->free_room = host->free_room ? host->free_room * 2 : 64;
        host->free_inodes = mem_resize(host->free_inodes, host->free_room, sizeof(uint32_t));
    }
    host->free_inodes[host->free_count++] = id->inode;
    host->removed = *id;
    host->removed_us = now_us;
    host->removed.len = host->long_ids ? 0 : id->len;
}

const char *fleet_source_name(uint32_t source)
{
    static const char *const names[SOURCE_COUNT] = {"out-a", "out-b", "out-c"};
    return names[source];
}
