/* SPDX-License-Identifier: Apache-2.0
 *
 * How sources stand by what name servers say. See standing_book.h.
 *
 *     PTR     step 0: names of the address; step i: has the i-th name this address?
 *     HELO    step 0: has the name this address?
 *     LISTED  step 0: has the list this address? After a TRUST of its list that is newer than its
 *             last look, which it asks for.
 *     TRUST   step 0: has the list 127.0.0.2? step 1: has it 127.0.0.1? Of a list and family.
 */
#include "app/standing_book.h"

#include <string.h>

enum kind { TRUST, PTR, HELO, LISTED };
enum verdict { UNKNOWN, FINE, FAULT };

struct check {
    enum kind kind;
    const struct fleet_source *source; /* TRUST: NULL */
    const char *zone;                  /* TRUST, LISTED */
    struct check *trust;               /* LISTED: that of its list */
    struct ip_address ip;              /* TRUST: of the family */
    bool asked;                        /* a question is under way */
    /* Of this look. */
    unsigned step;
    char *names[STANDING_NAMES_MAX]; /* PTR */
    unsigned name_count;
    bool doubtful; /* something was not answered, or was too much */
    uint32_t ttl_s;
    /* Of all looks. */
    uint64_t looks;    /* that were over, with whatever result */
    uint64_t trusted;  /* LISTED: looks of `trust` when this one was over */
    enum verdict last; /* of the last look */
    enum verdict seen; /* of the last one that was not UNKNOWN */
    enum verdict counts;
    int64_t due_us, wait_us, since_us, answered_us;
    struct buf words;     /* of the last fault */
    struct buf confirmed; /* PTR: name of the last look that was not UNKNOWN; empty: it had none */
};

struct standing_book {
    struct standing_options options;
    struct check *checks;
    size_t count;
    int64_t now_us;
    uint64_t revision; /* looks that were over */
};

/* ---- life ---- */

static struct check *add(struct standing_book *book, enum kind kind, const struct ip_address *ip)
{
    struct check *check = &book->checks[book->count++];
    *check = (struct check){.kind = kind, .ip = *ip, .due_us = kind == TRUST ? INT64_MAX : 0};
    return check;
}

/* ::ffff:127.0.0.x in a list of IPv6 addresses. */
static struct ip_address test_address(uint8_t len, uint8_t last)
{
    struct ip_address ip = {{127, 0, 0, last}, 4};
    if (len == 4)
        return ip;
    return (struct ip_address){{[10] = 0xff, 0xff, 127, 0, 0, last}, 16};
}

static struct check *trust_of(struct standing_book *book, const char *zone, uint8_t len)
{
    struct ip_address test = test_address(len, 2);
    for (size_t i = 0; i < book->count; i++)
        if (book->checks[i].kind == TRUST && book->checks[i].zone == zone &&
            book->checks[i].ip.len == len)
            return &book->checks[i];
    struct check *trust = add(book, TRUST, &test);
    trust->zone = zone;
    return trust;
}

static bool may_ask_for(const struct standing_book *book, struct slice name)
{
    return host_name_is_valid(name) && (book->options.reserved || !host_name_is_reserved(name));
}

static void add_source(struct standing_book *book, const struct fleet_source *source)
{
    const struct ip_address *ip = &source->address;
    if (!fleet_is_here(source) || ip->len == 0 || ip_address_is_private(ip) ||
        (!book->options.reserved && ip_address_is_reserved(ip)))
        return;
    add(book, PTR, ip)->source = source;
    if (may_ask_for(book, source->helo))
        add(book, HELO, ip)->source = source;
    for (size_t i = 0; i < book->options.zone_count; i++) {
        const char *zone = book->options.zones[i];
        struct check *trust = trust_of(book, zone, ip->len), *check = add(book, LISTED, ip);
        check->source = source;
        check->zone = zone;
        check->trust = trust;
    }
}

struct standing_book *standing_book_new(const struct standing_options *options)
{
    struct standing_book *book = MEM_NEW(struct standing_book);
    const struct fleet *fleet = options->fleet;
    size_t most = fleet->source_count * (2 + options->zone_count) + 2 * options->zone_count;
    book->options = *options;
    book->checks = MEM_NEW_ARRAY(struct check, most + 1); /* never moves: of pointers */
    for (size_t i = 0; i < fleet->source_count; i++)
        add_source(book, &fleet->sources[i]);
    return book;
}

static void drop_names(struct check *check)
{
    for (unsigned i = 0; i < check->name_count; i++)
        mem_free(check->names[i]);
    check->name_count = 0;
}

void standing_book_free(struct standing_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < book->count; i++) {
        drop_names(&book->checks[i]);
        buf_done(&book->checks[i].words);
        buf_done(&book->checks[i].confirmed);
    }
    mem_free(book->checks);
    mem_free(book);
}

/* ---- looks ---- */

static void begin(struct check *check)
{
    drop_names(check);
    check->step = 0;
    check->doubtful = false;
    check->ttl_s = 0;
}

static void forget(struct check *check)
{
    check->seen = check->counts = UNKNOWN;
}

/* Whether it is known that a second look says so as well. */
static void count(struct check *check, enum verdict verdict, int64_t now_us)
{
    bool counts = check->seen == verdict || (verdict == FINE && check->counts == UNKNOWN);
    check->seen = verdict;
    check->answered_us = now_us;
    if (!counts || check->counts == verdict)
        return;
    check->counts = verdict;
    check->since_us = now_us;
}

/* Lists are not asked again sooner: who does not answer may not want to be asked. */
static int64_t wait_for_answer(const struct standing_book *book, const struct check *check)
{
    int64_t most_us = book->options.look_us;
    int64_t wait_us = check->wait_us == 0 ? STANDING_AGAIN_US : 2 * check->wait_us;
    bool is_list = check->kind == TRUST || check->kind == LISTED;
    return is_list || wait_us > most_us ? most_us : wait_us;
}

static int64_t wait_for_second(const struct standing_book *book, const struct check *check)
{
    int64_t wait_us = (int64_t)check->ttl_s * 1000000, most_us = book->options.look_us;
    wait_us = wait_us > STANDING_AGAIN_US ? wait_us : STANDING_AGAIN_US;
    return wait_us < most_us ? wait_us : most_us;
}

static void finish(struct standing_book *book, struct check *check, enum verdict verdict,
                   int64_t now_us)
{
    int64_t wait_us = book->options.look_us;
    if (check->kind == TRUST && (check->looks == 0 || check->last != verdict))
        check->since_us = now_us;
    check->last = verdict;
    check->looks++;
    book->revision++;
    if (check->trust != NULL)
        check->trusted = check->trust->looks;
    if (verdict == UNKNOWN) {
        wait_us = check->wait_us = wait_for_answer(book, check);
        if (now_us - check->answered_us > STANDING_FORGET_US)
            forget(check);
    } else {
        check->wait_us = 0;
        count(check, verdict, now_us);
        if (check->counts != verdict)
            wait_us = wait_for_second(book, check);
    }
    check->due_us = check->kind == TRUST ? INT64_MAX : now_us + wait_us;
    begin(check);
}

/* ---- questions ---- */

static void make_question(const struct check *check, struct standing_question *out)
{
    CLEANUP_BUF struct buf name = {0};
    struct ip_address ip = check->ip;
    bool v4 = check->ip.len == 4;
    out->type = DNS_A;
    if (check->kind == HELO || (check->kind == PTR && check->step > 0)) {
        out->type = v4 ? DNS_A : DNS_AAAA;
        if (check->kind == HELO)
            buf_add(&name, check->source->helo);
        else
            buf_add_str(&name, check->names[check->step - 1]);
    } else {
        if (check->kind == TRUST && check->step == 1)
            ip = test_address(ip.len, 1);
        ip_address_format_labels(&ip, &name);
        if (check->kind == PTR)
            out->type = DNS_PTR;
        buf_addf(&name, ".%s", check->kind != PTR ? check->zone : v4 ? "in-addr.arpa" : "ip6.arpa");
    }
    ASSERT(name.len <= sizeof(out->name));
    out->len = name.len;
    memcpy(out->name, buf_str(&name), name.len);
}

/* A list must have stood the test since this look at it was over the last time. */
static bool is_ready(struct standing_book *book, struct check *check, int64_t now_us)
{
    struct check *trust = check->trust;
    if (trust == NULL)
        return true;
    if (trust->looks <= check->trusted) {
        if (trust->due_us == INT64_MAX)
            trust->due_us = now_us;
        return false;
    }
    if (trust->last == FINE)
        return true;
    if (trust->last == FAULT)
        forget(check);
    finish(book, check, UNKNOWN, now_us);
    return false;
}

/* Also when the clock was set back. */
static bool is_due(const struct standing_book *book, const struct check *check, int64_t now_us)
{
    if (check->asked || check->due_us == INT64_MAX)
        return false;
    return check->due_us <= now_us || check->due_us - now_us > book->options.look_us;
}

/* First what asks for tests of lists, then these. */
bool standing_book_take(struct standing_book *book, int64_t now_us, struct standing_question *out)
{
    book->now_us = now_us;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < book->count; i++) {
            struct check *check = &book->checks[i];
            if ((check->kind == TRUST) == (pass == 0) || !is_due(book, check, now_us) ||
                !is_ready(book, check, now_us))
                continue;
            check->asked = true;
            out->check = i;
            make_question(check, out);
            return true;
        }
    return false;
}

void standing_book_put_back(struct standing_book *book, size_t at, int64_t now_us)
{
    struct check *check = &book->checks[at];
    int64_t wait_us = book->options.look_us;
    check->asked = false;
    begin(check);
    check->due_us = now_us + (wait_us < STANDING_AGAIN_US ? wait_us : STANDING_AGAIN_US);
}

int64_t standing_book_next_due(const struct standing_book *book)
{
    int64_t due_us = INT64_MAX;
    for (size_t i = 0; i < book->count; i++) {
        const struct check *check = &book->checks[i];
        bool waits = check->trust != NULL && check->due_us <= book->now_us;
        if (!check->asked && !waits && check->due_us < due_us)
            due_us = check->due_us;
    }
    return due_us;
}

/* ---- answers ---- */

static bool is_silence(const struct dns_answer *answer)
{
    return answer->result == DNS_FAILED || answer->result == DNS_UNANSWERED;
}

static bool has_address(const struct dns_answer *answer, const struct ip_address *ip)
{
    for (size_t i = 0; i < answer->count; i++)
        if (ip_address_eq(&answer->records[i].ip, ip))
            return true;
    return false;
}

/* Does the list have it? *code: what it says of that, or the error that it tells; len 0: none. */
static enum verdict read_listing(const struct dns_answer *answer, struct ip_address *code)
{
    static const struct ip_network lists = {{{127}, 4}, 8}, errors = {{{127, 255, 255}, 4}, 24};
    static const struct ip_address loopback = {{127, 0, 0, 1}, 4};
    *code = (struct ip_address){0};
    if (is_silence(answer))
        return UNKNOWN;
    for (size_t i = 0; i < answer->count; i++) {
        *code = answer->records[i].ip;
        if (!ip_network_has(&lists, code) || ip_network_has(&errors, code) ||
            ip_address_eq(code, &loopback))
            return UNKNOWN;
    }
    return answer->count > 0 ? FAULT : FINE;
}

static void add_code(struct check *check, const char *before, const struct ip_address *code,
                     const char *after)
{
    buf_add_str(&check->words, before);
    ip_address_format(code, &check->words);
    buf_add_str(&check->words, after);
}

/* A list's own test: 127.0.0.2 must be there, 127.0.0.1 must not. */
static void take_test(struct standing_book *book, struct check *check,
                      const struct dns_answer *answer, int64_t now_us)
{
    struct ip_address code;
    enum verdict verdict = read_listing(answer, &code);
    bool silent = is_silence(answer);
    if (check->step == 0 && verdict == FAULT) {
        check->step = 1;
        return;
    }
    bool good = check->step == 1 && verdict == FINE;
    buf_clear(&check->words);
    if (silent)
        buf_addf(&check->words, "gives no answer: %s", answer->why);
    else if (verdict == UNKNOWN)
        add_code(check, "answers with an error, ", &code, "");
    else if (!good)
        buf_add_str(&check->words, check->step == 0 ? "does not have 127.0.0.2, as it must"
                                                    : "has 127.0.0.1, as no list may");
    finish(book, check, silent ? UNKNOWN : good ? FINE : FAULT, now_us);
}

static void take_listing(struct standing_book *book, struct check *check,
                         const struct dns_answer *answer, int64_t now_us)
{
    struct ip_address code;
    enum verdict verdict = read_listing(answer, &code);
    if (verdict == FAULT) {
        buf_clear(&check->words);
        buf_addf(&check->words, "is listed by %s", check->zone);
        add_code(check, " (", &code, ")");
    }
    finish(book, check, verdict, now_us);
}

static void take_helo(struct standing_book *book, struct check *check,
                      const struct dns_answer *answer, int64_t now_us)
{
    enum verdict verdict = FAULT;
    if (has_address(answer, &check->ip))
        verdict = FINE;
    else if (is_silence(answer) || answer->cut)
        verdict = UNKNOWN;
    if (verdict == FAULT) {
        buf_clear(&check->words);
        buf_addf(&check->words, "says HELO %.*s, which has %s", SLICE_ARG(check->source->helo),
                 answer->count > 0 ? "another address" : "no address");
    }
    finish(book, check, verdict, now_us);
}

/* Those that can lead back. */
static void take_names(const struct standing_book *book, struct check *check,
                       const struct dns_answer *answer)
{
    check->doubtful = answer->cut;
    for (size_t i = 0; i < answer->count; i++) {
        struct slice name = answer->records[i].name;
        if (name.len == 0 || !may_ask_for(book, name))
            continue;
        if (check->name_count == STANDING_NAMES_MAX) {
            check->doubtful = true;
            return;
        }
        char *copy = mem_new(name.len + 1, 1);
        memcpy(copy, name.ptr, name.len);
        check->names[check->name_count++] = copy;
    }
}

static void take_ptr(struct standing_book *book, struct check *check,
                     const struct dns_answer *answer, int64_t now_us)
{
    if (check->step == 0 && is_silence(answer)) {
        finish(book, check, UNKNOWN, now_us);
        return;
    }
    if (check->step == 0)
        take_names(book, check, answer);
    else if (has_address(answer, &check->ip)) {
        buf_clear(&check->confirmed);
        buf_add_str(&check->confirmed, check->names[check->step - 1]);
        finish(book, check, FINE, now_us);
        return;
    } else
        check->doubtful = check->doubtful || is_silence(answer) || answer->cut;
    if (check->step < check->name_count) {
        check->step++;
        return;
    }
    if (!check->doubtful) {
        buf_clear(&check->words);
        buf_clear(&check->confirmed);
        if (check->step > 0)
            buf_addf(&check->words, "has a PTR record, %.100s, that does not lead back to it",
                     check->names[0]);
        else
            buf_add_str(&check->words, answer->count > 0 ? "has a PTR record without a host's name"
                                                         : "has no PTR record");
    }
    finish(book, check, check->doubtful ? UNKNOWN : FAULT, now_us);
}

void standing_book_answer(struct standing_book *book, size_t at, const struct dns_answer *answer,
                          int64_t now_us)
{
    struct check *check = &book->checks[at];
    check->asked = false;
    book->now_us = now_us;
    check->ttl_s = answer->ttl_s > check->ttl_s ? answer->ttl_s : check->ttl_s;
    switch (check->kind) {
    case TRUST:
        take_test(book, check, answer, now_us);
        break;
    case PTR:
        take_ptr(book, check, answer, now_us);
        break;
    case HELO:
        take_helo(book, check, answer, now_us);
        break;
    case LISTED:
        take_listing(book, check, answer, now_us);
        break;
    }
}

/* ---- what counts ---- */

uint64_t standing_book_revision(const struct standing_book *book)
{
    return book->revision;
}

static bool is_shared(const struct standing_book *book, enum kind kind)
{
    size_t known = 0, faults = 0;
    for (size_t i = 0; i < book->count; i++) {
        known += book->checks[i].kind == kind && book->checks[i].counts != UNKNOWN;
        faults += book->checks[i].kind == kind && book->checks[i].counts == FAULT;
    }
    return (kind == PTR || kind == HELO) && faults > 1 && faults == known;
}

void standing_book_fault(const struct standing_book *book, struct slice source, struct buf *to)
{
    size_t before = to->len;
    for (size_t i = 0; i < book->count; i++) {
        const struct check *check = &book->checks[i];
        if (check->kind == TRUST || check->counts != FAULT ||
            !slice_eq(check->source->name, source) || is_shared(book, check->kind))
            continue;
        buf_addf(to, "%s%s", to->len > before ? ", " : "", buf_str(&check->words));
    }
}

struct slice standing_book_name(const struct standing_book *book, struct slice source)
{
    for (size_t i = 0; i < book->count; i++)
        if (book->checks[i].kind == PTR && slice_eq(book->checks[i].source->name, source))
            return buf_slice(&book->checks[i].confirmed);
    return SLICE("");
}

static bool is_told(const struct check *check)
{
    if (check->kind == TRUST)
        return check->looks > 0 && check->last != FINE;
    return check->counts == FAULT;
}

bool standing_book_view(const struct standing_book *book, size_t i, struct standing_view *out)
{
    for (size_t at = 0; at < book->count; at++) {
        const struct check *check = &book->checks[at];
        if (!is_told(check) || i-- > 0)
            continue;
        *out = (struct standing_view){.fault = buf_slice(&check->words),
                                      .since_us = check->since_us,
                                      .shared = is_shared(book, check->kind)};
        if (check->source != NULL)
            out->source = check->source->name;
        if (check->zone != NULL)
            out->zone = slice_from_str(check->zone);
        return true;
    }
    return false;
}
