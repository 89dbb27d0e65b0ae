/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_request.h. The end is looked for first: nothing of half a request is read, so that it
 * does not matter where the reads of a connection end. Names come in Postfix' order, so each line
 * is held against the name that is due, with its `=`, before any is searched for: where they agree
 * no byte of the name is looked at again.
 */
#include "mail/policy_request.h"

enum attribute_kind { TEXT, COUNT, SIZE, REQUEST, STAGE, UNUSED };

enum { NAME_BYTES = 32 };

struct attribute {
    char name[NAME_BYTES]; /* with its `=`; then NULs, as no name is so long */
    size_t len;
    enum attribute_kind kind;
    size_t offset; /* of a TEXT */
};

/* The begin of a table's row. */
#define NAME(text) text "=", sizeof(text)
#define TEXT_OF(member) \
    { \
        NAME(#member), TEXT, offsetof(struct policy_request, member) \
    }
#define UNUSED_OF(text) \
    { \
        NAME(text), UNUSED, 0 \
    }

/* In the order of Postfix 3.12. */
static const struct attribute attributes[] = {
    {NAME("request"), REQUEST, 0},
    {NAME("protocol_state"), STAGE, 0},
    UNUSED_OF("protocol_name"),
    TEXT_OF(client_address),
    TEXT_OF(client_name),
    UNUSED_OF("client_port"),
    UNUSED_OF("reverse_client_name"),
    UNUSED_OF("server_address"),
    UNUSED_OF("server_port"),
    TEXT_OF(helo_name),
    TEXT_OF(sender),
    TEXT_OF(recipient),
    {NAME("recipient_count"), COUNT, 0},
    TEXT_OF(queue_id),
    TEXT_OF(instance),
    {NAME("size"), SIZE, 0},
    UNUSED_OF("etrn_domain"),
    UNUSED_OF("stress"),
    TEXT_OF(sasl_method),
    TEXT_OF(sasl_username),
    TEXT_OF(sasl_sender),
    UNUSED_OF("ccert_subject"),
    UNUSED_OF("ccert_issuer"),
    UNUSED_OF("ccert_fingerprint"),
    UNUSED_OF("ccert_pubkey_fingerprint"),
    UNUSED_OF("encryption_protocol"),
    UNUSED_OF("encryption_cipher"),
    UNUSED_OF("encryption_keysize"),
    UNUSED_OF("tls_sni"),
    TEXT_OF(policy_context),
    UNUSED_OF("compatibility_level"),
    UNUSED_OF("mail_version"),
};

enum { ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]) };

#ifdef __SSE2__
/* Bit i: the i-th byte of the name is that of the lines, which are no shorter than a name may be.
 */
static uint32_t equal_bytes(const char *lines, const char *name)
{
    const __m128i *a = (const __m128i *)(const void *)lines,
                  *b = (const __m128i *)(const void *)name;
    __m128i first = _mm_cmpeq_epi8(_mm_loadu_si128(a), _mm_loadu_si128(b)),
            second = _mm_cmpeq_epi8(_mm_loadu_si128(a + 1), _mm_loadu_si128(b + 1));
    return (uint32_t)_mm_movemask_epi8(first) | (uint32_t)_mm_movemask_epi8(second) << 16;
}
#endif

/* Whether the first of these lines is one of this attribute. */
static bool begins(struct slice lines, const struct attribute *attribute)
{
#ifdef __SSE2__
    if (lines.len >= NAME_BYTES) {
        uint32_t wanted = (UINT32_C(1) << attribute->len) - 1;
        return (~equal_bytes(lines.ptr, attribute->name) & wanted) == 0;
    }
#endif
    return slice_starts_with(lines, slice_of(attribute->name, attribute->len));
}

/* ATTRIBUTES: none of that name. due: the one to be expected. */
static size_t find(struct slice lines, size_t due)
{
    if (due < ATTRIBUTES && begins(lines, &attributes[due]))
        return due;
    size_t i = 0;
    while (i < ATTRIBUTES && !begins(lines, &attributes[i]))
        i++;
    return i;
}

/* A slice at the begin of a table's row. */
#define WORD(text) \
    { \
        text, sizeof(text) - 1 \
    }

static enum policy_stage stage_of(struct slice name)
{
    static const struct {
        struct slice name;
        enum policy_stage stage;
    } stages[] = {
        {WORD("RCPT"), POLICY_STAGE_RCPT}, {WORD("END-OF-MESSAGE"), POLICY_STAGE_END_OF_MESSAGE},
        {WORD("DATA"), POLICY_STAGE_DATA}, {WORD("BDAT"), POLICY_STAGE_DATA},
        {WORD("MAIL"), POLICY_STAGE_MAIL},
    };
    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
        if (slice_eq(stages[i].name, name))
            return stages[i].stage;
    return POLICY_STAGE_OTHER;
}

/* NULL, or what is wrong. */
static const char *set(const struct attribute *attribute, struct slice value,
                       struct policy_request *out)
{
    uint64_t number = 0;
    switch (attribute->kind) {
    case TEXT:
        *(struct slice *)(void *)((char *)out + attribute->offset) = value;
        return NULL;
    case COUNT:
        if (value.len > 0 && !slice_to_u64(value, UINT32_MAX, &number))
            return "recipient_count is no number of recipients";
        out->recipient_count = (uint32_t)number;
        return NULL;
    case SIZE:
        if (value.len > 0 && !slice_to_u64(value, INT64_MAX, &number))
            return "size is no number of bytes";
        out->size = number;
        return NULL;
    case REQUEST:
        return slice_eq(value, SLICE("smtpd_access_policy")) ? NULL
                                                             : "request is not smtpd_access_policy";
    case STAGE:
        out->stage_name = value;
        out->stage = stage_of(value);
        return NULL;
    case UNUSED:
        return NULL;
    }
    return NULL;
}

static const char foreign_bytes[] = "a NUL or CR in a request (lines end with LF alone)";
static const char no_name[] = "a line without `=`";

/* The lines of a request, each with its LF. NULL, or what is wrong. */
static const char *read_lines(struct slice lines, struct policy_request *out)
{
    bool is_request = false;
    size_t due = 0;
    if (slice_find_char(lines, '\0') != NULL || slice_find_char(lines, '\r') != NULL)
        return foreign_bytes;
    while (lines.len > 0) {
        size_t found = find(lines, due);
        size_t skip = found < ATTRIBUTES ? attributes[found].len : 0;
        struct slice value = slice_skip(lines, skip);
        const char *end = slice_find_near(value, '\n');
        value = slice_between(value.ptr, end);
        lines = slice_between(end + 1, slice_end(lines));
        if (found == ATTRIBUTES && slice_find_near(value, '=') == NULL)
            return no_name;
        if (found == ATTRIBUTES)
            continue;
        const char *why = set(&attributes[found], value, out);
        if (why != NULL)
            return why;
        is_request = is_request || attributes[found].kind == REQUEST;
        due = found + 1;
    }
    return is_request ? NULL : "no request= in a request";
}

/* Who speaks another protocol is not waited for: his first line says so. NULL: nothing is wrong, or
 * it is not there yet. */
static const char *first_line_fault(struct slice window)
{
    const char *end = slice_find_char(window, '\n');
    if (end == NULL)
        return NULL;
    struct slice line = slice_between(window.ptr, end);
    if (slice_find_char(line, '\r') != NULL || slice_find_char(line, '\0') != NULL)
        return foreign_bytes;
    return slice_find_char(line, '=') == NULL ? no_name : NULL;
}

/* The first empty line that is not the first one, or NULL. */
static const char *find_end(struct slice window)
{
#ifdef __SSE2__
    for (; window.len > 16; window = slice_skip(window, 16)) {
        unsigned both = slice_marks_of(window.ptr, '\n') & slice_marks_of(window.ptr + 1, '\n');
        if (both != 0)
            return window.ptr + __builtin_ctz(both);
    }
#endif
    return slice_find(window, SLICE("\n\n"));
}

enum policy_frame policy_request_take(struct slice *input, struct policy_request *out,
                                      const char **why)
{
    struct policy_request request = {0};
    struct slice window = slice_first(*input, POLICY_REQUEST_MAX);
    if (window.len > 0 && window.ptr[0] == '\n') {
        *why = "an empty request";
        return POLICY_BAD;
    }
    const char *end = find_end(window);
    if (end == NULL && window.len == POLICY_REQUEST_MAX) {
        *why = "a request of more than 64 KiB";
        return POLICY_BAD;
    }
    if (end == NULL) {
        *why = first_line_fault(window);
        return *why != NULL ? POLICY_BAD : POLICY_MORE;
    }
    *why = read_lines(slice_between(window.ptr, end + 1), &request);
    if (*why != NULL)
        return POLICY_BAD;
    *out = request;
    *input = slice_skip(*input, (size_t)(end + 2 - input->ptr));
    return POLICY_WHOLE;
}

/* Where to cut a text of more than max bytes: not within a character. */
static size_t cut_at(struct slice text, size_t max)
{
    if (text.len <= max)
        return text.len;
    while (max > 0 && ((unsigned char)text.ptr[max] & 0xC0u) == 0x80)
        max--;
    return max;
}

void policy_answer(struct slice action, struct buf *to)
{
    action = slice_trim(action);
    if (action.len == 0)
        action = SLICE("DUNNO");
    action.len = cut_at(action, POLICY_ACTION_MAX);
    buf_add_str(to, "action=");
    char *bytes = buf_reserve(to, action.len);
    for (size_t i = 0; i < action.len; i++) {
        unsigned char c = (unsigned char)action.ptr[i];
        bytes[i] = c < ' ' || c == 0x7F ? ' ' : action.ptr[i];
    }
    to->len += action.len;
    buf_add(to, SLICE("\n\n"));
}
