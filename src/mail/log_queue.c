/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of the programs around the queue: qmgr and oqmgr, cleanup, pickup, bounce, postsuper.
 * Numbers at the end of a line are read backwards, so that a sender address may hold anything.
 *
 * Peer documents: Postfix src/qmgr/qmgr_active.c, src/cleanup/cleanup_message.c,
 * src/cleanup/cleanup_milter.c, src/pickup/pickup.c, src/bounce/bounce_notify_service.c,
 * src/postsuper/postsuper.c.
 */
#include "mail/log_form.h"

/* Drops `mark` and the digits behind it from the end of *text. */
static bool drop_number(struct slice *text, struct slice mark, struct slice *digits)
{
    size_t n = text->len;
    while (n > 0 && ascii_is_digit(text->ptr[n - 1]))
        n--;
    struct slice before = slice_first(*text, n);
    if (n == text->len || !slice_ends_with(before, mark))
        return false;
    *digits = slice_skip(*text, n);
    text->len = n - mark.len;
    return true;
}

static bool drop_suffix(struct slice *text, struct slice suffix)
{
    if (!slice_ends_with(*text, suffix))
        return false;
    text->len -= suffix.len;
    return true;
}

/* `S>, status=expired` */
static bool read_expired(struct log_record *record, struct slice rest)
{
    struct slice from;
    if (!drop_suffix(&rest, SLICE(", returned to sender")) ||
        !log_take_until_last(&rest, SLICE(">, status="), &from))
        return false;
    record->kind = LOG_KIND_EXPIRED;
    log_record_set(record, LOG_FIELD_FROM, from);
    log_record_set(record, LOG_FIELD_STATUS, rest);
    return true;
}

/* A line that breaks off: what stands before the break, read forwards. */
static void read_queued_cut(struct log_record *record, struct slice rest)
{
    struct slice part;
    record->cut = true;
    if (!log_take_until(&rest, SLICE(">, "), &part))
        return;
    log_record_set(record, LOG_FIELD_FROM, part);
    if (slice_take_prefix(&rest, SLICE("size=")) && log_take_until(&rest, SLICE(","), &part))
        log_record_set(record, LOG_FIELD_SIZE, part);
}

/* `S>, size=N, nrcpt=N (queue active)` */
static void read_queued(struct log_record *record, struct slice rest)
{
    struct slice whole = rest, size, nrcpt;
    drop_suffix(&rest, SLICE(" (queue active)"));
    if (drop_number(&rest, SLICE(", nrcpt="), &nrcpt) &&
        drop_number(&rest, SLICE(">, size="), &size)) {
        log_record_set(record, LOG_FIELD_FROM, rest);
        log_record_set(record, LOG_FIELD_SIZE, size);
        log_record_set(record, LOG_FIELD_NRCPT, nrcpt);
        return;
    }
    if (!read_expired(record, whole))
        read_queued_cut(record, whole);
}

static void read_removed(struct log_record *record, struct slice rest)
{
    if (rest.len > 0)
        record->kind = LOG_KIND_UNKNOWN;
}

static void read_message_id(struct log_record *record, struct slice rest)
{
    log_record_set(record, LOG_FIELD_MESSAGE_ID, rest);
}

/* `N from=<S> orig_id=OLD`: no comma in it. */
static void read_pickup(struct log_record *record, struct slice rest)
{
    struct slice uid, from;
    if (!log_take_until(&rest, SLICE(" from=<"), &uid)) {
        record->cut = true;
        return;
    }
    log_record_set(record, LOG_FIELD_UID, uid);
    bool whole = drop_suffix(&rest, SLICE(">"));
    if (!whole && log_take_until_last(&rest, SLICE("> orig_id="), &from)) {
        log_record_set(record, LOG_FIELD_ORIG_QUEUE_ID, rest);
        rest = from;
        whole = true;
    }
    record->cut = !whole;
    if (whole)
        log_record_set(record, LOG_FIELD_FROM, rest);
}

/* An agent's record, written by whoever gave the recipient up: qmgr and cleanup do, too. */
static void read_delivery(struct log_record *record, struct slice rest)
{
    (void)rest;
    record->kind = LOG_KIND_UNKNOWN;
    log_delivery_parse(record);
}

static void read_supervised(struct log_record *record, struct slice rest)
{
    (void)rest;
    bool of_message = record->line.queue_id.len > 0;
    record->kind = of_message ? LOG_KIND_SUPERVISE : LOG_KIND_SERVICE;
    log_record_set(record, of_message ? LOG_FIELD_ACTION : LOG_FIELD_DETAIL, record->line.text);
}

/* `sender non-delivery notification: ID` and its five sisters. */
static void read_notification(struct log_record *record, struct slice rest)
{
    struct slice what, text = record->line.text;
    (void)rest;
    if (!log_take_until_last(&text, SLICE("notification: "), &what)) {
        record->kind = LOG_KIND_UNKNOWN;
        return;
    }
    log_record_set(record, LOG_FIELD_BOUNCE_ID, text);
    log_record_set(record, LOG_FIELD_DETAIL, slice_trim(what));
}

static const struct log_form qmgr_forms[] = {
    LOG_FORM("from=<", QUEUED, read_queued),
    LOG_FORM("removed", REMOVED, read_removed),
    LOG_FORM("to=<", DELIVERY, read_delivery),
    LOG_FORM("skipped, still being delivered", SERVICE, NULL),
};

static const struct log_form cleanup_forms[] = {
    LOG_FORM("message-id=", MESSAGE_ID, read_message_id),
    LOG_FORM("resent-message-id=", MESSAGE_ID, read_message_id),
    LOG_FORM("to=<", DELIVERY, read_delivery),
};

static const struct log_form pickup_forms[] = {
    LOG_FORM("uid=", PICKUP, read_pickup),
};

static const struct log_form bounce_forms[] = {
    LOG_FORM("sender ", NOTIFICATION, read_notification),
    LOG_FORM("postmaster ", NOTIFICATION, read_notification),
};

static const struct log_form postsuper_forms[] = {
    LOG_FORM("removed", REMOVED, read_removed),
    LOG_FORM("placed on hold", SUPERVISE, read_supervised),
    LOG_FORM("released from hold", SUPERVISE, read_supervised),
    LOG_FORM("requeued", SUPERVISE, read_supervised),
    LOG_FORM("expired", SUPERVISE, read_supervised),
    LOG_FORM("Deleted: ", SERVICE, NULL),
    LOG_FORM("Placed on hold: ", SERVICE, NULL),
    LOG_FORM("Released from hold: ", SERVICE, NULL),
    LOG_FORM("Requeued: ", SERVICE, NULL),
    LOG_FORM("Force-expired: ", SERVICE, NULL),
    LOG_FORM("Renamed to match inode number: ", SERVICE, NULL),
};

struct program_forms {
    const struct log_form *forms;
    size_t count;
};

#define FORMS(array) \
    { \
        array, LOG_COUNT(array) \
    }

static const struct program_forms forms_of[] = {
    [LOG_PROGRAM_QMGR] = FORMS(qmgr_forms),           [LOG_PROGRAM_OQMGR] = FORMS(qmgr_forms),
    [LOG_PROGRAM_CLEANUP] = FORMS(cleanup_forms),     [LOG_PROGRAM_PICKUP] = FORMS(pickup_forms),
    [LOG_PROGRAM_BOUNCE] = FORMS(bounce_forms),       [LOG_PROGRAM_TRACE] = FORMS(bounce_forms),
    [LOG_PROGRAM_POSTSUPER] = FORMS(postsuper_forms),
};

void log_queue_parse(struct log_record *record)
{
    enum log_program program = record->line.tag->program;
    if (record->line.severity != LOG_SEVERITY_INFO || program >= LOG_COUNT(forms_of))
        return;
    if (log_form_read(record, forms_of[program].forms, forms_of[program].count))
        return;
    if (program == LOG_PROGRAM_CLEANUP)
        log_action_read(record);
}
