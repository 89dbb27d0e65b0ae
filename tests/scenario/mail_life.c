/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of a message's life. Values of how=:
 *   said       host MX[IP] said: REPLY (in reply to STAGE command)
 *   greeting   host MX[IP] refused to talk to me: REPLY
 *   timeout    connect to MX[IP]:25: Connection timed out
 *   refused    connect to MX[IP]:25: Connection refused
 *   reset      lost connection with MX[IP] while receiving the initial server greeting
 *   suspended  delivery temporarily suspended: ... (written by error(8), without a source)
 *   dns        Host or domain name not found. Name service error for name=TO
 */
#include "mail_life.h"

#include <stdio.h>

#include "base/memory.h"
#include "word.h"

static const struct {
    struct slice name, standard;
} table[] = {
#define X(name, word, standard) {{word, sizeof(word) - 1}, {standard, sizeof(standard) - 1}},
    MAIL_WORDS(X)
#undef X
};

enum how {
    HOW_SAID,
    HOW_GREETING,
    HOW_TIMEOUT,
    HOW_REFUSED,
    HOW_RESET,
    HOW_SUSPENDED,
    HOW_DNS,
    HOW_TLS
};

struct life {
    struct event_list *events;
    struct arena *arena;
    struct slice word[MAIL_WORD_COUNT]; /* with numbers put in */
    char id[16];
    int64_t begin_us, delay_us, retry_us;
    uint64_t rcpts, tries;
    enum how how;
    struct slice status, dsn;
};

struct mail_words mail_words_standard(void)
{
    struct mail_words words;
    for (size_t i = 0; i < MAIL_WORD_COUNT; i++)
        words.value[i] = table[i].standard;
    return words;
}

static bool set_word(struct mail_words *words, const struct word *word)
{
    for (size_t i = 0; i < MAIL_WORD_COUNT; i++) {
        if (slice_eq(table[i].name, word->name) && word->has_value) {
            words->value[i] = word->value;
            return true;
        }
    }
    return false;
}

bool mail_words_take(struct mail_words *words, struct slice text, struct err *err)
{
    struct word word;
    while (word_take(&text, &word, err))
        if (!set_word(words, &word))
            return err_set(err, ERR_INPUT, "mail has no word \"%.*s\"%s", SLICE_ARG(word.name),
                           word.has_value ? "" : " without a value");
    return err->code == ERR_NONE;
}

/* The value with `%n` replaced. */
static struct slice expand(struct life *life, struct slice value, uint64_t number)
{
    CLEANUP_BUF struct buf text = {0};
    const char *mark;
    while ((mark = slice_find(value, SLICE("%n"))) != NULL) {
        buf_add(&text, slice_between(value.ptr, mark));
        buf_addf(&text, "%llu", (unsigned long long)number);
        value = slice_between(mark + 2, slice_end(value));
    }
    buf_add(&text, value);
    return slice_of(arena_copy(life->arena, buf_str(&text), text.len), text.len);
}

static bool one_of(struct slice word, const char *const *names, size_t count, size_t *out)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(word, slice_from_str(names[i]))) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool take_how(struct life *life, struct err *err)
{
    static const char *const names[] = {"said",  "greeting",  "timeout", "refused",
                                        "reset", "suspended", "dns",     "tls"};
    size_t index;
    if (!one_of(life->word[MAIL_HOW], names, 8, &index))
        return err_set(err, ERR_INPUT, "how=\"%.*s\" is not known",
                       SLICE_ARG(life->word[MAIL_HOW]));
    life->how = (enum how)index;
    return true;
}

/* What the message ends with when status= does not say it. */
static struct slice own_status(const struct life *life)
{
    struct slice reply = life->word[MAIL_REPLY];
    if (life->how == HOW_DNS)
        return SLICE("bounced");
    if (life->how != HOW_SAID || slice_starts_with(reply, SLICE("4")))
        return SLICE("deferred");
    return slice_starts_with(reply, SLICE("5")) ? SLICE("bounced") : SLICE("sent");
}

/* `5.7.1` of `550 5.7.1 text`; Postfix makes X.0.0 where there is none. */
static struct slice own_dsn(struct life *life)
{
    static const char *const of_how[] = {
        [HOW_SAID] = NULL,       [HOW_GREETING] = NULL, [HOW_TIMEOUT] = "4.4.1",
        [HOW_REFUSED] = "4.4.1", [HOW_RESET] = "4.4.2", [HOW_SUSPENDED] = "4.4.1",
        [HOW_DNS] = "5.4.4",     [HOW_TLS] = "4.7.5",
    };
    if (of_how[life->how] != NULL)
        return slice_from_str(of_how[life->how]);
    struct slice rest = life->word[MAIL_REPLY], code = word_take_plain(&rest);
    struct slice dsn = word_take_plain(&rest);
    if (dsn.len >= 5 && dsn.ptr[1] == '.' && ascii_is_digit(dsn.ptr[0]))
        return dsn;
    if (life->how == HOW_GREETING)
        return SLICE("4.7.1");
    char made[] = "2.0.0";
    made[0] = code.len > 0 ? code.ptr[0] : '2';
    return slice_of(arena_copy(life->arena, made, 5), 5);
}

static bool take_result(struct life *life, struct err *err)
{
    static const char *const ends[] = {"sent", "deferred", "bounced"};
    static const char *const thens[] = {"", "sent", "bounced", "expired", "removed"};
    size_t index;
    struct slice status = life->word[MAIL_STATUS], dsn = life->word[MAIL_DSN];
    life->status = status.len ? status : own_status(life);
    life->dsn = dsn.len ? dsn : own_dsn(life);
    if (!one_of(life->status, ends, 3, &index))
        return err_set(err, ERR_INPUT, "status=\"%.*s\" is not known", SLICE_ARG(life->status));
    if (!one_of(life->word[MAIL_THEN], thens, 5, &index))
        return err_set(err, ERR_INPUT, "then=\"%.*s\" is not known",
                       SLICE_ARG(life->word[MAIL_THEN]));
    return true;
}

static bool life_init(struct life *life, const struct mail_words *words, uint64_t number,
                      uint32_t serial, struct err *err)
{
    for (size_t i = 0; i < MAIL_WORD_COUNT; i++)
        life->word[i] = expand(life, words->value[i], number);
    if (life->word[MAIL_TO].len == 0) {
        struct slice domain = life->word[MAIL_MX];
        slice_cut(&domain, '.');
        life->word[MAIL_TO] = domain;
    }
    snprintf(life->id, sizeof(life->id), "%05X%06X", serial & 0xfffff, 0xA00000 + (serial >> 20));
    return word_count(life->word[MAIL_RCPTS], &life->rcpts, err) &&
           word_count(life->word[MAIL_TRIES], &life->tries, err) &&
           word_duration(life->word[MAIL_DELAY], &life->delay_us, err) &&
           word_duration(life->word[MAIL_RETRY], &life->retry_us, err) && take_how(life, err) &&
           take_result(life, err);
}

/* `relay1 postfix/qmgr[12]: ID: ` begins a line of the instance's own programs. */
static void begin_line(const struct life *life, struct buf *line, const char *program)
{
    buf_clear(line);
    buf_addf(line, "%.*s %.*s/%s[%d]: %s: ", SLICE_ARG(life->word[MAIL_RELAY]),
             SLICE_ARG(life->word[MAIL_INSTANCE]), program, 4711, life->id);
}

static void end_line(const struct life *life, const struct buf *line, int64_t time_us)
{
    event_list_add_stamped(life->events, time_us, buf_slice(line));
}

static void add_arrival(const struct life *life)
{
    CLEANUP_BUF struct buf line = {0};
    struct slice login = life->word[MAIL_LOGIN];
    begin_line(life, &line, login.len ? "submission/smtpd" : "smtpd");
    buf_add_str(&line, "client=client.example[192.0.2.99]");
    if (login.len > 0)
        buf_addf(&line, ", sasl_method=PLAIN, sasl_username=%.*s", SLICE_ARG(login));
    end_line(life, &line, life->begin_us);
    begin_line(life, &line, "cleanup");
    buf_addf(&line, "message-id=<%s.%.*s@sender.example>", life->id,
             SLICE_ARG(life->word[MAIL_RELAY]));
    end_line(life, &line, life->begin_us);
}

static void add_queued(const struct life *life, int64_t time_us)
{
    CLEANUP_BUF struct buf line = {0};
    begin_line(life, &line, "qmgr");
    buf_addf(&line, "from=<%.*s>, size=2048, nrcpt=%llu (queue active)",
             SLICE_ARG(life->word[MAIL_FROM]), (unsigned long long)life->rcpts);
    end_line(life, &line, time_us);
}

static void add_removed(const struct life *life, int64_t time_us)
{
    CLEANUP_BUF struct buf line = {0};
    begin_line(life, &line, "qmgr");
    buf_add_str(&line, "removed");
    end_line(life, &line, time_us);
}

/* `Connection timed out` and the like, also as the cause of a suspension. */
static void put_connect(const struct life *life, struct buf *line, const char *what)
{
    buf_addf(line, "connect to %.*s[%.*s]:25: %s", SLICE_ARG(life->word[MAIL_MX]),
             SLICE_ARG(life->word[MAIL_IP]), what);
}

static void put_said(const struct life *life, struct buf *line)
{
    struct slice reply = life->word[MAIL_REPLY];
    bool accepted = reply.len == 0 || reply.ptr[0] == '2';
    if (accepted && reply.len == 0)
        buf_addf(line, "250 2.0.0 Ok: queued as R%s", life->id);
    else if (accepted)
        buf_add(line, reply);
    else
        buf_addf(line, "host %.*s[%.*s] said: %.*s (in reply to %.*s command)",
                 SLICE_ARG(life->word[MAIL_MX]), SLICE_ARG(life->word[MAIL_IP]), SLICE_ARG(reply),
                 SLICE_ARG(life->word[MAIL_STAGE]));
}

static void put_reason(const struct life *life, struct buf *line)
{
    switch (life->how) {
    case HOW_SAID:
        put_said(life, line);
        break;
    case HOW_GREETING:
        buf_addf(line, "host %.*s[%.*s] refused to talk to me: %.*s",
                 SLICE_ARG(life->word[MAIL_MX]), SLICE_ARG(life->word[MAIL_IP]),
                 SLICE_ARG(life->word[MAIL_REPLY]));
        break;
    case HOW_TIMEOUT:
        put_connect(life, line, "Connection timed out");
        break;
    case HOW_REFUSED:
        put_connect(life, line, "Connection refused");
        break;
    case HOW_RESET:
        buf_addf(line,
                 "lost connection with %.*s[%.*s] while receiving the initial server greeting",
                 SLICE_ARG(life->word[MAIL_MX]), SLICE_ARG(life->word[MAIL_IP]));
        break;
    case HOW_SUSPENDED:
        buf_add_str(line, "delivery temporarily suspended: ");
        put_connect(life, line, "Connection timed out");
        break;
    case HOW_DNS:
        buf_addf(line,
                 "Host or domain name not found. Name service error for name=%.*s type=MX: %s",
                 SLICE_ARG(life->word[MAIL_TO]), "Host not found");
        break;
    case HOW_TLS:
        buf_add_str(line, "Server certificate not trusted");
        break;
    }
}

/* The queue manager writes in its own name what it suspends; connections that never came about
 * have no relay. */
static void put_agent(const struct life *life, struct buf *line, uint64_t recipient)
{
    struct slice agent = life->how == HOW_SUSPENDED ? SLICE("error") : life->word[MAIL_SOURCE];
    bool connected = life->how == HOW_SAID || life->how == HOW_GREETING || life->how == HOW_RESET ||
                     life->how == HOW_TLS;
    buf_clear(line);
    buf_addf(line, "%.*s postfix/%.*s%s[4712]: %s: to=<u%llu.%s@%.*s>, relay=",
             SLICE_ARG(life->word[MAIL_RELAY]), SLICE_ARG(agent),
             life->how == HOW_SUSPENDED ? "" : "/smtp", life->id, (unsigned long long)recipient,
             life->id, SLICE_ARG(life->word[MAIL_TO]));
    if (connected)
        buf_addf(line, "%.*s[%.*s]:25", SLICE_ARG(life->word[MAIL_MX]),
                 SLICE_ARG(life->word[MAIL_IP]));
    else
        buf_add_str(line, "none");
}

/* One attempt for all recipients, which began at time_us. */
static void add_attempt(const struct life *life, int64_t time_us)
{
    CLEANUP_BUF struct buf line = {0};
    double before = (double)(time_us - life->begin_us) / 1e6, took = (double)life->delay_us / 1e6;
    for (uint64_t i = 1; i <= life->rcpts; i++) {
        put_agent(life, &line, i);
        buf_addf(&line, ", delay=%.9g, delays=%.9g/0/0/%.9g, dsn=%.*s, status=%.*s (",
                 before + took, before, took, SLICE_ARG(life->dsn), SLICE_ARG(life->status));
        put_reason(life, &line);
        buf_add_char(&line, ')');
        end_line(life, &line, time_us + life->delay_us);
    }
}

static void add_expired(const struct life *life, int64_t time_us)
{
    CLEANUP_BUF struct buf line = {0};
    begin_line(life, &line, "qmgr");
    buf_addf(&line, "from=<%.*s>, status=expired, returned to sender",
             SLICE_ARG(life->word[MAIL_FROM]));
    end_line(life, &line, time_us);
    add_removed(life, time_us);
}

/* What then= says, at the next retry. */
static void add_end(struct life *life, int64_t time_us)
{
    struct slice then = life->word[MAIL_THEN];
    if (then.len == 0)
        return;
    if (slice_eq(then, SLICE("removed"))) {
        add_removed(life, time_us);
        return;
    }
    add_queued(life, time_us);
    if (slice_eq(then, SLICE("expired"))) {
        add_expired(life, time_us);
        return;
    }
    life->how = HOW_SAID;
    life->status = then;
    life->word[MAIL_REPLY] = life->word[MAIL_LAST];
    life->dsn = own_dsn(life);
    add_attempt(life, time_us);
    add_removed(life, time_us + life->delay_us);
}

bool mail_life_add(struct event_list *events, const struct mail_words *words, int64_t time_us,
                   uint64_t number, uint32_t serial, struct err *err)
{
    struct life life = {.events = events, .begin_us = time_us, .arena = arena_new(4096)};
    bool ok = life_init(&life, words, number, serial, err);
    if (ok) {
        bool waits = slice_eq(life.status, SLICE("deferred"));
        uint64_t tries = waits ? life.tries : 1;
        add_arrival(&life);
        for (uint64_t i = 0; i < tries; i++) {
            add_queued(&life, time_us);
            add_attempt(&life, time_us);
            if (!waits)
                add_removed(&life, time_us + life.delay_us);
            time_us += life.retry_us;
        }
        if (waits)
            add_end(&life, time_us);
    }
    arena_free(life.arena);
    return ok;
}
