/* SPDX-License-Identifier: Apache-2.0
 *
 * Fills the placeholders of a reason's text.
 */
#include "reason.h"

#define X(name, form, status, dsn, command, text) \
    {REASON_##form, {"" status, sizeof(status) - 1}, {"" dsn, sizeof(dsn) - 1}, command, text},
static const struct reason_row rows[] = {REASONS(X)};
#undef X

const struct reason_row *reason_row(enum reason reason)
{
    return &rows[reason];
}

static void put_host(struct line *line, const struct reason_facts *facts)
{
    world_put_mx(line, facts->to);
    line_char(line, '[');
    world_put_ip(line, facts->to, facts->ipv6);
    line_char(line, ']');
}

static void put_domain(struct line *line, const struct reason_facts *facts)
{
    size_t begin = line->len;
    world_put_address(line, facts->to);
    struct slice whole = slice_of(line->bytes + begin, line->len - begin);
    const char *at = slice_find_last_char(whole, '@');
    size_t local = at ? (size_t)(at - whole.ptr) + 1 : 0;
    memmove(line->bytes + begin, line->bytes + begin + local, whole.len - local);
    line->len -= local;
}

/* A reply that no log line can hold. */
static void put_long(struct line *line)
{
    line_str(line, "550-5.1.1 No such mailbox.");
    for (int i = 0; i < 30; i++)
        line_str(line,
                 " 550-5.1.1 Please read our notice for senders of mail, paragraph by paragraph.");
    line_str(line, " 550 5.1.1 Good bye.");
}

static void put_placeholder(struct line *line, char what, const struct reason_facts *facts)
{
    switch (what) {
    case 'r':
        world_put_address(line, facts->to);
        return;
    case 'i':
        line_str(line, "203.0.113.");
        line_number(line, facts->our_ip);
        return;
    case 'q':
        line_in_base(line, facts->token >> 12, 16, "0123456789ABCDEF", 5);
        return;
    case 'u':
        line_number(line, facts->token % 1000000);
        return;
    case 't':
    case 'm':
        line_in_base(line, facts->token, 32, "abcdefghijklmnopqrstuvwxyz234567", 0);
        return;
    case 'd':
        put_domain(line, facts);
        return;
    case 'l':
        put_long(line);
        return;
    }
}

static void put_text(struct line *line, const char *text, const struct reason_facts *facts)
{
    const char *mark;
    while ((mark = strchr(text, '%'))) {
        line_put(line, text, (size_t)(mark - text));
        put_placeholder(line, mark[1], facts);
        text = mark + 2;
    }
    line_str(line, text);
}

static void put_before(struct line *line, enum reason_form form, const struct reason_facts *facts)
{
    static const char *const before[] = {"", "host ", "host ", "connect to ",
                                         "lost connection with "};
    static const char *const after[] = {"",
                                        " said: ", " refused to talk to me: ", ":25: ", " while "};
    if (form == REASON_PLAIN)
        return;
    line_str(line, before[form]);
    put_host(line, facts);
    line_str(line, after[form]);
}

void reason_put(struct line *line, enum reason reason, const struct reason_facts *facts)
{
    const struct reason_row *row = &rows[reason];
    put_before(line, row->form, facts);
    put_text(line, row->text, facts);
    if (row->form != REASON_SAID)
        return;
    line_str(line, " (in reply to ");
    line_str(line, row->command);
    line_char(line, ')');
}
