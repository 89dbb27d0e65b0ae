/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at SPF. See spf_book.h. A look at a domain evaluates it for each source with the answers
 * that it has so far; what is missing is the next question. When nothing is, the look is over.
 */
#include "app/spf_book.h"

#include <string.h>

/* What a name server said, in the arena of its look. */
struct known {
    struct slice name;
    enum spf_type type;
    struct spf_answer answer;
};

struct verdict_of {
    enum spf_result seen, counts; /* of the last look; what two said. NONE at first */
};

struct spf_domain {
    struct slice name; /* of `names` */
    struct arena *names, *look;
    uint64_t id;
    struct known known[SPF_ANSWERS_MAX];
    size_t known_count;
    struct known asked; /* under way: without an answer */
    bool is_asked;
    uint32_t ttl_s;
    int64_t due_us;
    struct verdict_of *verdicts; /* by source of the book */
};

struct spf_book {
    const struct fleet_source **sources;
    size_t source_count;
    struct spf_domain domains[SENDERS_KEPT];
    size_t count;
    int64_t look_us;
    bool reserved;
    uint64_t last_id;
};

/* ---- life ---- */

static bool is_looked_at(const struct spf_book *book, const struct fleet_source *source)
{
    const struct ip_address *ip = &source->address;
    return fleet_is_here(source) && ip->len > 0 && !ip_address_is_private(ip) &&
           (book->reserved || !ip_address_is_reserved(ip));
}

struct spf_book *spf_book_new(const struct fleet *fleet, int64_t look_us, bool reserved)
{
    struct spf_book *book = MEM_NEW(struct spf_book);
    *book = (struct spf_book){.look_us = look_us, .reserved = reserved};
    book->sources = MEM_NEW_ARRAY(const struct fleet_source *, fleet->source_count + 1);
    for (size_t i = 0; i < fleet->source_count; i++)
        if (is_looked_at(book, &fleet->sources[i]))
            book->sources[book->source_count++] = &fleet->sources[i];
    return book;
}

static void free_domain(struct spf_domain *domain)
{
    arena_free(domain->names);
    arena_free(domain->look);
    mem_free(domain->verdicts);
}

void spf_book_free(struct spf_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < book->count; i++)
        free_domain(&book->domains[i]);
    mem_free(book->sources);
    mem_free(book);
}

/* ---- domains ---- */

static const struct spf_domain *domain_named(const struct spf_book *book, struct slice name)
{
    for (size_t i = 0; i < book->count; i++)
        if (slice_eq(book->domains[i].name, name))
            return &book->domains[i];
    return NULL;
}

static bool is_wanted(struct slice name, const struct route_sender_list *senders)
{
    for (size_t i = 0; i < senders->count; i++)
        if (slice_eq(senders->rows[i].domain, name))
            return true;
    return false;
}

static bool may_ask_for(const struct spf_book *book, struct slice name)
{
    return host_name_is_valid(name) && (book->reserved || !host_name_is_reserved(name));
}

static void add_domain(struct spf_book *book, struct slice name, int64_t now_us)
{
    struct spf_domain *domain = &book->domains[book->count++];
    *domain = (struct spf_domain){
        .names = arena_new(256), .look = arena_new(4096), .id = ++book->last_id, .due_us = now_us};
    domain->name = slice_of(arena_copy(domain->names, name.ptr, name.len), name.len);
    domain->verdicts = MEM_NEW_ARRAY(struct verdict_of, book->source_count + 1);
}

/* With one source there is nothing to tell apart. */
void spf_book_want(struct spf_book *book, const struct route_sender_list *senders, int64_t now_us)
{
    for (size_t i = book->count; i-- > 0;) {
        if (is_wanted(book->domains[i].name, senders))
            continue;
        free_domain(&book->domains[i]);
        book->domains[i] = book->domains[--book->count];
    }
    for (size_t i = 0; book->source_count > 1 && i < senders->count; i++) {
        struct slice name = senders->rows[i].domain;
        if (may_ask_for(book, name) && domain_named(book, name) == NULL)
            add_domain(book, name, now_us);
    }
}

/* ---- looks ---- */

static bool recall(void *data, struct slice name, enum spf_type type, struct spf_answer *out)
{
    struct spf_domain *domain = data;
    for (size_t i = 0; i < domain->known_count; i++) {
        if (domain->known[i].type != type || !slice_ieq(domain->known[i].name, name))
            continue;
        *out = domain->known[i].answer;
        return true;
    }
    if (domain->known_count < SPF_ANSWERS_MAX)
        return false;
    out->failed = true; /* too much to be told */
    return true;
}

static void begin(struct spf_domain *domain)
{
    arena_reset(domain->look);
    domain->known_count = 0;
    domain->ttl_s = UINT32_MAX;
}

/* A fault counts when two looks found it; what ends one, too. */
static bool settle(struct verdict_of *verdict, enum spf_result result)
{
    bool same = verdict->seen == result;
    if (result == SPF_TEMPERROR)
        return true;
    verdict->seen = result;
    if (same)
        verdict->counts = result;
    return same;
}

static void finish(struct spf_book *book, struct spf_domain *domain, const enum spf_result *results,
                   int64_t now_us)
{
    int64_t ttl_us = (int64_t)(domain->ttl_s == UINT32_MAX ? 0 : domain->ttl_s) * 1000000;
    bool settled = true;
    for (size_t i = 0; i < book->source_count; i++)
        settled = settle(&domain->verdicts[i], results[i]) && settled;
    int64_t wait_us = ttl_us > SPF_AGAIN_US ? ttl_us : SPF_AGAIN_US;
    if (settled || wait_us > book->look_us)
        wait_us = book->look_us;
    domain->due_us = now_us + wait_us;
    begin(domain);
}

/* False: nothing more is to be asked in this look. */
static bool next_question(struct spf_book *book, struct spf_domain *domain, int64_t now_us,
                          struct spf_question *out)
{
    enum spf_result *results = arena_alloc(domain->look, book->source_count * sizeof(*results));
    for (size_t i = 0; i < book->source_count; i++) {
        results[i] = spf_check(&book->sources[i]->address, domain->name, recall, domain, out);
        if (results[i] == SPF_WANTS)
            return true;
    }
    finish(book, domain, results, now_us);
    return false;
}

static enum dns_type dns_type_of(enum spf_type type)
{
    static const enum dns_type types[] = {
        [SPF_TYPE_TXT] = DNS_TXT,
        [SPF_TYPE_A] = DNS_A,
        [SPF_TYPE_AAAA] = DNS_AAAA,
        [SPF_TYPE_MX] = DNS_MX,
    };
    return types[type];
}

static void remember(struct spf_domain *domain, const struct known *known)
{
    domain->known[domain->known_count++] = *known;
}

/* Names that may not be asked for count as unanswered. */
static bool take_of(struct spf_book *book, struct spf_domain *domain, int64_t now_us,
                    struct spf_book_question *out)
{
    struct spf_question want;
    while (next_question(book, domain, now_us, &want)) {
        domain->asked = (struct known){
            .name = slice_of(arena_copy(domain->look, want.name, want.len), want.len),
            .type = want.type};
        if (!may_ask_for(book, domain->asked.name)) {
            domain->asked.answer.failed = true;
            remember(domain, &domain->asked);
            continue;
        }
        *out = (struct spf_book_question){
            .domain = domain->id, .len = want.len, .type = dns_type_of(want.type)};
        memcpy(out->name, want.name, want.len);
        domain->is_asked = true;
        return true;
    }
    return false;
}

/* Also when the clock was set back. */
static bool is_due(const struct spf_book *book, const struct spf_domain *domain, int64_t now_us)
{
    return !domain->is_asked &&
           (domain->due_us <= now_us || domain->due_us - now_us > book->look_us);
}

bool spf_book_take(struct spf_book *book, int64_t now_us, struct spf_book_question *out)
{
    for (size_t i = 0; i < book->count; i++)
        if (is_due(book, &book->domains[i], now_us) &&
            take_of(book, &book->domains[i], now_us, out))
            return true;
    return false;
}

/* ---- answers ---- */

static struct spf_domain *asked_of(struct spf_book *book, uint64_t id)
{
    for (size_t i = 0; i < book->count; i++)
        if (book->domains[i].id == id && book->domains[i].is_asked)
            return &book->domains[i];
    return NULL;
}

static struct spf_answer read_answer(const struct dns_answer *answer, enum spf_type type,
                                     struct arena *arena)
{
    size_t count = answer->count;
    struct slice *texts = arena_alloc(arena, (count + 1) * sizeof(*texts));
    struct ip_address *ips = arena_alloc(arena, (count + 1) * sizeof(*ips));
    for (size_t i = 0; i < count; i++) {
        struct slice text =
            type == SPF_TYPE_TXT ? answer->records[i].text : answer->records[i].name;
        texts[i] = slice_of(arena_copy(arena, text.ptr ? text.ptr : "", text.len), text.len);
        ips[i] = answer->records[i].ip;
    }
    return (struct spf_answer){.failed = answer->cut || answer->result == DNS_FAILED ||
                                         answer->result == DNS_UNANSWERED,
                               .texts = texts,
                               .ips = ips,
                               .count = answer->cut ? 0 : count};
}

void spf_book_answer(struct spf_book *book, uint64_t id, const struct dns_answer *answer,
                     int64_t now_us)
{
    struct spf_domain *domain = asked_of(book, id);
    if (domain == NULL)
        return;
    domain->is_asked = false;
    domain->due_us = now_us;
    domain->ttl_s = answer->ttl_s < domain->ttl_s ? answer->ttl_s : domain->ttl_s;
    domain->asked.answer = read_answer(answer, domain->asked.type, domain->look);
    remember(domain, &domain->asked);
}

void spf_book_put_back(struct spf_book *book, uint64_t id, int64_t now_us)
{
    struct spf_domain *domain = asked_of(book, id);
    if (domain == NULL)
        return;
    domain->is_asked = false;
    domain->due_us = now_us + (book->look_us < SPF_AGAIN_US ? book->look_us : SPF_AGAIN_US);
}

int64_t spf_book_next_due(const struct spf_book *book)
{
    int64_t due_us = INT64_MAX;
    for (size_t i = 0; i < book->count; i++)
        if (!book->domains[i].is_asked && book->domains[i].due_us < due_us)
            due_us = book->domains[i].due_us;
    return due_us;
}

/* ---- what counts ---- */

static bool is_refused(enum spf_result result)
{
    return result == SPF_FAIL || result == SPF_SOFTFAIL;
}

/* Of the source, where another one may send it; NONE: nothing stands against it. */
static enum spf_result fault_of(const struct spf_book *book, const struct spf_domain *domain,
                                struct slice source)
{
    enum spf_result result = SPF_NONE;
    bool other = false;
    for (size_t i = 0; i < book->source_count; i++) {
        enum spf_result one = domain->verdicts[i].counts;
        if (slice_eq(book->sources[i]->name, source))
            result = one;
        else
            other = other || one == SPF_PASS;
    }
    return other && is_refused(result) ? result : SPF_NONE;
}

void spf_book_fault(const struct spf_book *book, struct slice source,
                    const struct route_sender_list *senders, struct buf *to)
{
    CLEANUP_BUF struct buf words = {0};
    uint64_t concerned = 0;
    for (size_t i = 0; i < senders->count; i++) {
        const struct spf_domain *domain = domain_named(book, senders->rows[i].domain);
        enum spf_result fault = domain != NULL ? fault_of(book, domain, source) : SPF_NONE;
        if (fault == SPF_NONE)
            continue;
        if (concerned == 0)
            buf_addf(&words, "is not allowed by SPF of %.*s (%s)", SLICE_ARG(domain->name),
                     spf_result_word(fault));
        concerned += senders->rows[i].recipients;
    }
    if (concerned > 0 && (double)concerned >= SPF_SHARE * (double)senders->total)
        buf_add(to, buf_slice(&words));
}
