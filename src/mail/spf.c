/* SPDX-License-Identifier: Apache-2.0
 *
 * Evaluation of SPF. See spf.h; numbers are sections of RFC 7208.
 */
#include "mail/spf.h"

#include <string.h>

#include "mail/spf_term.h"

static const char *const result_words[] = {
#define X(name, word) [SPF_##name] = word,
    SPF_RESULTS(X)
#undef X
};

const char *spf_result_word(enum spf_result result)
{
    return result_words[result];
}

struct run {
    const struct ip_address *ip;
    spf_lookup lookup;
    void *data;
    struct spf_question *want;
    unsigned lookups, voids; /* of terms */
};

/* Of a mechanism. */
enum match { MATCH_NO, MATCH_YES, MATCH_UNKNOWN, MATCH_TEMPERROR, MATCH_PERMERROR, MATCH_WANTS };

static enum spf_result check(struct run *run, struct slice domain);

/* ---- asking ---- */

static bool ask(struct run *run, struct slice name, enum spf_type type, struct spf_answer *out)
{
    *out = (struct spf_answer){0};
    if (run->lookup(run->data, name, type, out))
        return true;
    run->want->type = type;
    run->want->len = name.len;
    memcpy(run->want->name, name.ptr, name.len);
    return false;
}

/* For a term. MATCH_YES: there is something. */
static enum match ask_for_term(struct run *run, struct slice name, enum spf_type type,
                               struct spf_answer *out)
{
    if (!ask(run, name, type, out))
        return MATCH_WANTS;
    if (out->failed)
        return MATCH_TEMPERROR;
    if (out->count > 0)
        return MATCH_YES;
    return ++run->voids > SPF_VOIDS_MAX ? MATCH_PERMERROR : MATCH_NO;
}

static enum spf_type address_type(const struct run *run)
{
    return run->ip->len == 4 ? SPF_TYPE_A : SPF_TYPE_AAAA;
}

/* ---- mechanisms ---- */

static bool is_within(const struct ip_address *ip, const struct ip_address *network, uint8_t bits)
{
    if (ip->len != network->len || memcmp(ip->bytes, network->bytes, bits / 8) != 0)
        return false;
    unsigned rest = bits % 8, mask = 0xff00u >> rest & 0xffu;
    return rest == 0 || ((ip->bytes[bits / 8] ^ network->bytes[bits / 8]) & mask) == 0;
}

static uint8_t bits_of(const struct run *run, const struct spf_term *term)
{
    return run->ip->len == 4 ? term->bits4 : term->bits6;
}

static enum match has_one(const struct run *run, const struct spf_term *term,
                          const struct spf_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (is_within(run->ip, &answer->ips[i], bits_of(run, term)))
            return MATCH_YES;
    return MATCH_NO;
}

static enum match match_a(struct run *run, const struct spf_term *term, struct slice name)
{
    struct spf_answer answer;
    enum match found = ask_for_term(run, name, address_type(run), &answer);
    return found == MATCH_YES ? has_one(run, term, &answer) : found;
}

/* Hosts of an mx have their own limit, and those without an address are passed over. */
static enum match match_mx(struct run *run, const struct spf_term *term, struct slice name)
{
    struct spf_answer hosts, answer;
    enum match found = ask_for_term(run, name, SPF_TYPE_MX, &hosts);
    if (found != MATCH_YES)
        return found;
    for (size_t i = 0; i < hosts.count; i++) {
        if (i == SPF_HOSTS_MAX)
            return MATCH_PERMERROR;
        if (!host_name_is_valid(hosts.texts[i]))
            continue;
        if (!ask(run, hosts.texts[i], address_type(run), &answer))
            return MATCH_WANTS;
        if (answer.failed)
            return MATCH_TEMPERROR;
        if (has_one(run, term, &answer) == MATCH_YES)
            return MATCH_YES;
    }
    return MATCH_NO;
}

/* Always of IPv4 (5.7). */
static enum match match_exists(struct run *run, struct slice name)
{
    struct spf_answer answer;
    return ask_for_term(run, name, SPF_TYPE_A, &answer);
}

/* 5.2 */
static enum match match_include(struct run *run, struct slice name)
{
    switch (check(run, name)) {
    case SPF_PASS:
        return MATCH_YES;
    case SPF_FAIL:
    case SPF_SOFTFAIL:
    case SPF_NEUTRAL:
        return MATCH_NO;
    case SPF_TEMPERROR:
        return MATCH_TEMPERROR;
    case SPF_NONE:
    case SPF_PERMERROR:
        return MATCH_PERMERROR;
    case SPF_UNKNOWN:
        return MATCH_UNKNOWN;
    case SPF_WANTS:
        return MATCH_WANTS;
    }
    return MATCH_PERMERROR;
}

static bool asks(enum spf_term_kind kind)
{
    return kind == SPF_TERM_INCLUDE || kind == SPF_TERM_A || kind == SPF_TERM_MX ||
           kind == SPF_TERM_PTR || kind == SPF_TERM_EXISTS || kind == SPF_TERM_REDIRECT;
}

static enum match match(struct run *run, const struct spf_term *term, struct slice domain)
{
    struct slice name = term->domain.len > 0 ? term->domain : domain;
    if (asks(term->kind) && ++run->lookups > SPF_LOOKUPS_MAX)
        return MATCH_PERMERROR;
    if (term->macros)
        return MATCH_UNKNOWN;
    switch (term->kind) {
    case SPF_TERM_ALL:
        return MATCH_YES;
    case SPF_TERM_INCLUDE:
        return match_include(run, name);
    case SPF_TERM_A:
        return match_a(run, term, name);
    case SPF_TERM_MX:
        return match_mx(run, term, name);
    case SPF_TERM_PTR:
        return MATCH_UNKNOWN;
    case SPF_TERM_IP4:
    case SPF_TERM_IP6:
        return is_within(run->ip, &term->ip, bits_of(run, term)) ? MATCH_YES : MATCH_NO;
    case SPF_TERM_EXISTS:
        return match_exists(run, name);
    case SPF_TERM_REDIRECT:
    case SPF_TERM_EXP:
    case SPF_TERM_OTHER:
        break;
    }
    return MATCH_NO;
}

/* ---- records ---- */

static enum spf_result result_of(char qualifier)
{
    switch (qualifier) {
    case '-':
        return SPF_FAIL;
    case '~':
        return SPF_SOFTFAIL;
    case '?':
        return SPF_NEUTRAL;
    }
    return SPF_PASS;
}

/* A mechanism of which nobody knows whether it matches does not matter where the result would be
 * the same. */
static enum spf_result settle(enum spf_result result, unsigned doubts)
{
    return (doubts & ~(1u << result)) == 0 ? result : SPF_UNKNOWN;
}

/* Is the whole of its form (4.6), and where does it lead? */
static bool read_redirect(struct slice terms, struct spf_term *redirect)
{
    struct spf_term term;
    unsigned redirects = 0, explanations = 0;
    enum spf_take took;
    *redirect = (struct spf_term){.kind = SPF_TERM_OTHER};
    while ((took = spf_term_take(&terms, &term)) == SPF_TAKE_TERM) {
        explanations += term.kind == SPF_TERM_EXP;
        if (term.kind != SPF_TERM_REDIRECT)
            continue;
        redirects++;
        *redirect = term;
    }
    return took == SPF_TAKE_END && redirects <= 1 && explanations <= 1;
}

/* 6.1 */
static enum spf_result follow(struct run *run, const struct spf_term *redirect)
{
    if (redirect->kind != SPF_TERM_REDIRECT)
        return SPF_NEUTRAL;
    if (++run->lookups > SPF_LOOKUPS_MAX)
        return SPF_PERMERROR;
    if (redirect->macros)
        return SPF_UNKNOWN;
    enum spf_result result = check(run, redirect->domain);
    return result == SPF_NONE ? SPF_PERMERROR : result;
}

static enum spf_result evaluate(struct run *run, struct slice domain, struct slice terms)
{
    struct spf_term term, redirect;
    unsigned doubts = 0; /* results that there may be in truth */
    if (!read_redirect(terms, &redirect))
        return SPF_PERMERROR;
    while (spf_term_take(&terms, &term) == SPF_TAKE_TERM) {
        enum match found = match(run, &term, domain);
        if (found == MATCH_WANTS)
            return SPF_WANTS;
        if (found == MATCH_YES)
            return settle(result_of(term.qualifier), doubts);
        if (found == MATCH_TEMPERROR || found == MATCH_PERMERROR)
            return settle(found == MATCH_TEMPERROR ? SPF_TEMPERROR : SPF_PERMERROR, doubts);
        if (found == MATCH_UNKNOWN)
            doubts |= 1u << result_of(term.qualifier);
    }
    enum spf_result result = follow(run, &redirect);
    return result == SPF_WANTS ? result : settle(result, doubts);
}

/* 4.5: of the domain's texts one is a record. A loop of includes ends by the limit of look-ups. */
static enum spf_result check(struct run *run, struct slice domain)
{
    struct spf_answer answer;
    struct slice terms, one = {NULL, 0};
    size_t records = 0;
    if (!ask(run, domain, SPF_TYPE_TXT, &answer))
        return SPF_WANTS;
    if (answer.failed)
        return SPF_TEMPERROR;
    for (size_t i = 0; i < answer.count; i++)
        if (spf_record_is(answer.texts[i], &one)) {
            terms = one;
            records++;
        }
    if (records != 1)
        return records == 0 ? SPF_NONE : SPF_PERMERROR;
    return evaluate(run, domain, terms);
}

enum spf_result spf_check(const struct ip_address *ip, struct slice domain, spf_lookup lookup,
                          void *data, struct spf_question *want)
{
    struct run run = {.ip = ip, .lookup = lookup, .data = data, .want = want};
    return check(&run, domain);
}
