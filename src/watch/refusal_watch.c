/* SPDX-License-Identifier: Apache-2.0
 *
 * See refusal_watch.h. A ring of messages in the order of their first lines; each is in two chains
 * by hash: by its id on its host, and, the newest of each, by the process that takes it.
 */
#include "watch/refusal_watch.h"

#include "base/memory.h"

enum way { BY_ID, BY_PROCESS, WAYS };
enum { BUCKETS = 2 * REFUSAL_OPEN_MAX };

struct open_mail {
    char *text; /* queue id, then login; NULL: the place is free */
    struct slice queue_id, login;
    bool current; /* the last one that its process has begun */
    uint64_t hash[WAYS];
    uint32_t chain[WAYS]; /* next of the bucket, number plus one; 0: none */
};

struct refusal_watch {
    struct open_mail mails[REFUSAL_OPEN_MAX];
    uint32_t buckets[WAYS][BUCKETS];
    uint32_t next;
    char *told; /* texts of the last refusal */
};

struct refusal_watch *refusal_watch_new(void)
{
    return MEM_NEW(struct refusal_watch);
}

void refusal_watch_free(struct refusal_watch *watch)
{
    if (watch == NULL)
        return;
    for (size_t i = 0; i < REFUSAL_OPEN_MAX; i++)
        mem_free(watch->mails[i].text);
    mem_free(watch->told);
    mem_free(watch);
}

/* ---- chains ---- */

static uint64_t mix(uint64_t hash, struct slice text)
{
    return hash * 31 + slice_hash(text);
}

/* Of the id on its host; of the process by host, tag and pid. */
static uint64_t hash_of(const struct log_record *record, enum way way)
{
    const struct log_line *line = &record->line;
    uint64_t host = slice_hash(line->host);
    return way == BY_ID ? mix(host, line->queue_id) : mix(mix(host, line->tag->text), line->pid);
}

static uint32_t *bucket_of(struct refusal_watch *watch, enum way way, uint64_t hash)
{
    return &watch->buckets[way][(hash ^ hash >> 32) % BUCKETS];
}

/* NULL: none. By process only the one that it takes now. */
static struct open_mail *find(struct refusal_watch *watch, const struct log_record *record,
                              enum way way)
{
    uint64_t hash = hash_of(record, way);
    uint32_t number = *bucket_of(watch, way, hash);
    while (number > 0) {
        struct open_mail *mail = &watch->mails[number - 1];
        bool meant = way == BY_ID ? slice_eq(mail->queue_id, record->line.queue_id) : mail->current;
        if (mail->hash[way] == hash && meant)
            return mail;
        number = mail->chain[way];
    }
    return NULL;
}

static void chain(struct refusal_watch *watch, struct open_mail *mail, enum way way)
{
    uint32_t *bucket = bucket_of(watch, way, mail->hash[way]);
    mail->chain[way] = *bucket;
    *bucket = (uint32_t)(mail - watch->mails) + 1;
}

static void unchain(struct refusal_watch *watch, const struct open_mail *mail, enum way way)
{
    uint32_t number = (uint32_t)(mail - watch->mails) + 1;
    uint32_t *place = bucket_of(watch, way, mail->hash[way]);
    while (*place != number)
        place = &watch->mails[*place - 1].chain[way];
    *place = mail->chain[way];
}

/* ---- mails ---- */

/* Its texts are the caller's to free. */
static char *take_out(struct refusal_watch *watch, struct open_mail *mail)
{
    char *text = mail->text;
    for (int i = 0; i < WAYS; i++)
        unchain(watch, mail, (enum way)i);
    *mail = (struct open_mail){0};
    return text;
}

static void forget(struct refusal_watch *watch, struct open_mail *mail)
{
    if (mail != NULL && mail->text != NULL)
        mem_free(take_out(watch, mail));
}

static void put(struct refusal_watch *watch, const struct log_record *record)
{
    struct slice login = log_record_get(record, LOG_FIELD_SASL_USERNAME);
    struct slice queue_id = record->line.queue_id;
    struct open_mail *mail = &watch->mails[watch->next];
    watch->next = (watch->next + 1) % REFUSAL_OPEN_MAX;
    forget(watch, mail);
    mail->text = mem_new(1, queue_id.len + login.len);
    char *at = mail->text;
    mail->queue_id = slice_put(queue_id, &at);
    mail->login = slice_put(login, &at);
    mail->current = true;
    for (int i = 0; i < WAYS; i++) {
        mail->hash[i] = hash_of(record, (enum way)i);
        chain(watch, mail, (enum way)i);
    }
}

/* The id is another message's now, whatever became of the one before; and so is the process. */
static void begin(struct refusal_watch *watch, const struct log_record *record)
{
    size_t login = log_record_get(record, LOG_FIELD_SASL_USERNAME).len;
    size_t queue_id = record->line.queue_id.len;
    struct open_mail *before = find(watch, record, BY_PROCESS);
    if (before != NULL)
        before->current = false;
    if (queue_id > 0)
        forget(watch, find(watch, record, BY_ID));
    if (login > 0 && login <= REFUSAL_NAME_MAX && queue_id > 0 && queue_id <= REFUSAL_NAME_MAX)
        put(watch, record);
}

static bool tell(struct refusal_watch *watch, struct open_mail *mail, struct refusal *out)
{
    if (mail == NULL)
        return false;
    *out = (struct refusal){.queue_id = mail->queue_id, .login = mail->login};
    mem_free(watch->told);
    watch->told = take_out(watch, mail);
    return true;
}

/* ---- records ---- */

static bool is_of_content(struct slice stage)
{
    return slice_eq(stage, SLICE("DATA")) || slice_eq(stage, SLICE("BDAT"));
}

/* A stage of a session stands in capitals, a class of content in small letters. */
static bool refuses_all(const struct log_record *record)
{
    struct slice stage = log_record_get(record, LOG_FIELD_STAGE);
    bool check = stage.len > 0 && stage.ptr[0] >= 'a' && stage.ptr[0] <= 'z' &&
                 record->line.tag->program == LOG_PROGRAM_CLEANUP;
    return check || is_of_content(stage) || slice_eq(stage, SLICE("END-OF-MESSAGE"));
}

static bool warns_of_loss(const struct log_record *record)
{
    static const struct slice texts[] = {
        {"queue file size limit exceeded", sizeof("queue file size limit exceeded") - 1},
        {"write queue file: ", sizeof("write queue file: ") - 1},
        {"message rejected: ", sizeof("message rejected: ") - 1},
    };
    enum log_program program = record->line.tag->program;
    if (program != LOG_PROGRAM_CLEANUP && program != LOG_PROGRAM_SMTPD)
        return false;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (slice_starts_with(record->line.text, texts[i]))
            return true;
    return false;
}

static bool lost_content(const struct log_record *record)
{
    return record->line.tag->program == LOG_PROGRAM_SMTPD &&
           log_record_has(record, LOG_FIELD_DETAIL) &&
           is_of_content(log_record_get(record, LOG_FIELD_STAGE));
}

bool refusal_watch_take(struct refusal_watch *watch, const struct log_record *record,
                        struct refusal *out)
{
    bool named = record->line.queue_id.len > 0;
    if (record->kind == LOG_KIND_CLIENT)
        begin(watch, record);
    else if (record->kind == LOG_KIND_QUEUED && named)
        forget(watch, find(watch, record, BY_ID));
    else if (record->kind == LOG_KIND_LOST && lost_content(record))
        return tell(watch, find(watch, record, BY_PROCESS), out);
    else if (record->kind == LOG_KIND_REJECT && named && refuses_all(record))
        return tell(watch, find(watch, record, BY_ID), out);
    else if (record->kind == LOG_KIND_WARNING && named && warns_of_loss(record))
        return tell(watch, find(watch, record, BY_ID), out);
    return false;
}
