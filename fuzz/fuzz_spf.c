/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever stands in SPF records: an evaluation ends, asks for names that can be asked for, and not
 * for more of them than RFC 7208 allows; asked for one after the other it ends with the same. Lines
 * of the input are records; a name has the one, and the addresses, that its bytes choose.
 */
#include "mail/spf.h"

#include <string.h>

#include "base/memory.h"

#define RECORDS_MAX 16
#define ASKED_MAX (SPF_LOOKUPS_MAX * (SPF_HOSTS_MAX + 1) + SPF_LOOKUPS_MAX + 2)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct peer {
    struct slice records[RECORDS_MAX];
    size_t count, asked;
    size_t known; /* so many questions have an answer */
};

static unsigned hash(struct slice name)
{
    unsigned sum = 7;
    for (size_t i = 0; i < name.len; i++)
        sum = sum * 31 + (unsigned char)ascii_lower(name.ptr[i]);
    return sum;
}

static bool look_up(void *data, struct slice name, enum spf_type type, struct spf_answer *out)
{
    static const struct slice hosts[] = {{"a.test", 6}, {"b.test", 6}, {".", 1}, {"", 0}};
    static const struct ip_address ips[] = {{{192, 0, 2, 1}, 4}, {{192, 0, 2, 77}, 4}};
    struct peer *peer = data;
    unsigned chosen = hash(name);
    ASSERT(host_name_is_valid(name));
    if (peer->asked++ >= peer->known)
        return false;
    if (type == SPF_TYPE_TXT) {
        out->texts = &peer->records[chosen % peer->count];
        out->count = chosen % 11 != 0;
    } else if (type == SPF_TYPE_MX) {
        out->texts = hosts;
        out->count = chosen % 5;
    } else {
        out->ips = ips;
        out->count = chosen % 3;
    }
    out->failed = chosen % 13 == 0;
    if (out->failed)
        out->count = 0;
    return true;
}

static enum spf_result check(struct peer *peer, size_t known)
{
    static const struct ip_address ip = {{192, 0, 2, 10}, 4};
    struct spf_question want = {.len = 0};
    peer->known = known;
    peer->asked = 0;
    enum spf_result result = spf_check(&ip, SLICE("d.test"), look_up, peer, &want);
    ASSERT(peer->asked <= ASKED_MAX);
    ASSERT((result == SPF_WANTS) == (peer->asked > known));
    ASSERT(result != SPF_WANTS || host_name_is_valid(slice_of(want.name, want.len)));
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct peer peer = {.count = 0};
    struct slice rest = slice_of((const char *)data, size);
    do
        peer.records[peer.count++] = slice_cut(&rest, '\n');
    while (rest.ptr != NULL && peer.count < RECORDS_MAX);
    enum spf_result result = check(&peer, ASKED_MAX);
    size_t known = 0;
    while (check(&peer, known) == SPF_WANTS)
        known++;
    ASSERT(known <= ASKED_MAX && check(&peer, known) == result);
    return 0;
}
