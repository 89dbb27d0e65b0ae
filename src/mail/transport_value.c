/* SPDX-License-Identifier: Apache-2.0
 *
 * See transport_value.h.
 */
#include "mail/transport_value.h"

/* A port is a number, or the name of a service. */
static bool is_port(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_digit(text.ptr[i]) && !ascii_is_alpha(text.ptr[i]) && text.ptr[i] != '-')
            return false;
    return text.len > 0;
}

static struct transport_value server(struct slice host, struct slice port)
{
    enum transport_kind kind = host.len > 0 ? TRANSPORT_SERVER : TRANSPORT_NONE;
    return (struct transport_value){kind, host, port};
}

/* [host], [host]:port; true: it is of that form. */
static bool parse_brackets(struct slice text, struct transport_value *out)
{
    const char *end = slice_find_char(text, ']');
    if (!slice_starts_with(text, SLICE("[")) || end == NULL)
        return false;
    struct slice host = slice_between(text.ptr + 1, end);
    struct slice rest = slice_between(end + 1, slice_end(text));
    if (rest.len > 0 && !(slice_take_prefix(&rest, SLICE(":")) && is_port(rest)))
        return false;
    if (slice_istarts_with(host, SLICE("ipv6:")))
        host = slice_skip(host, SLICE("ipv6:").len);
    *out = server(host, rest);
    return true;
}

/* What is behind the transport. */
static struct transport_value parse_hop(struct slice hop)
{
    struct transport_value found;
    const char *comma = slice_find_char(hop, ',');
    if (comma != NULL) /* several, tried in turn: the first is where the mailbox is */
        hop = slice_trim(slice_between(hop.ptr, comma));
    if (slice_starts_with(hop, SLICE("unix:")))
        return server(hop.len > SLICE("unix:").len ? hop : SLICE(""), SLICE(""));
    (void)slice_take_prefix(&hop, SLICE("inet:"));
    if (parse_brackets(hop, &found))
        return found;
    const char *colon = slice_find_last_char(hop, ':');
    if (colon == NULL)
        return server(hop, SLICE(""));
    return server(slice_between(hop.ptr, colon), slice_between(colon + 1, slice_end(hop)));
}

static bool is_transport_of_nobody(struct slice word)
{
    return slice_eq(word, SLICE("error")) || slice_eq(word, SLICE("discard")) ||
           slice_eq(word, SLICE("retry"));
}

struct transport_value transport_value_parse(struct slice value)
{
    struct slice text = slice_trim(value), rest = text;
    struct transport_value found;
    if (slice_starts_with(text, SLICE("unix:")) || slice_starts_with(text, SLICE("inet:")))
        return parse_hop(text);
    if (parse_brackets(text, &found))
        return found;
    struct slice word = slice_cut(&rest, ':');
    if (rest.ptr == NULL)
        return server(text, SLICE(""));
    uint64_t port;
    if (slice_to_u64(rest, UINT16_MAX, &port)) /* host:port, and no transport that is so called */
        return server(word, rest);
    if (is_transport_of_nobody(word))
        return (struct transport_value){.kind = TRANSPORT_NOBODY};
    return parse_hop(rest);
}
