/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom to ask: pages of providers (from the table in use) and of lists (data/lists.tsv; form at its
 * head), so that nobody has to copy what changes.
 */
#include "web/runbook_private.h"

#include "base/data.h"
#include "base/escape.h"

enum { LIST_COLUMNS = 4 };

struct words {
    const char *title, *lead, *providers, *provider, *postmaster, *delist;
    const char *lists, *list, *host, *what, *page, *ip, *domain;
};

static const struct words words[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = {"Delisting", "Stop the cause first, then ask once. What to write: ",
                     "Providers", "Provider", "Postmaster page", "Delisting", "Blocklists", "List",
                     "Host in the reply", "Lists", "Page", "addresses", "domains"},
    [LANGUAGE_JA] = {"解除申請", "原因を止めてから、1 回だけ申請します。記載内容: ", "プロバイダー",
                     "プロバイダー", "ポストマスターページ", "解除申請", "ブロックリスト", "リスト",
                     "応答文のホスト名", "対象", "ページ", "アドレス", "ドメイン"},
};

const char *runbook_delisting_title(enum language language)
{
    return words[language].title;
}

static void add_cell(struct slice text, struct buf *to)
{
    buf_add_str(to, "<td>");
    escape_html(text, to);
    buf_add_str(to, "</td>");
}

/* An empty cell where there is no page. Both tables hold http, https and mailto alone; whatever
 * else an operator's table might hold is shown, and no link. */
static void add_page_cell(struct slice url, struct buf *to)
{
    bool link = slice_starts_with(url, SLICE("https://")) ||
                slice_starts_with(url, SLICE("http://")) ||
                slice_starts_with(url, SLICE("mailto:"));
    if (!link) {
        add_cell(slice_eq(url, SLICE("-")) ? SLICE("") : url, to);
        return;
    }
    buf_add_str(to, "<td><a rel=\"noopener noreferrer\" href=\"");
    escape_html(url, to);
    buf_add_str(to, "\">");
    escape_html(url, to);
    buf_add_str(to, "</a></td>");
}

static void begin_table(const char *id, const char *title, const char *const *columns, size_t count,
                        struct buf *to)
{
    buf_addf(to, "<h2 id=\"%s\">%s</h2>\n<div class=\"scroll\"><table>\n<tr>", id, title);
    for (size_t i = 0; i < count; i++)
        buf_addf(to, "<th scope=\"col\">%s</th>", columns[i]);
    buf_add_str(to, "</tr>\n");
}

static void add_provider(const struct provider *provider, struct buf *to)
{
    buf_add_str(to, "<tr>");
    add_cell(provider->title.len > 0 ? provider->title : provider->name, to);
    add_page_cell(provider->delist, to);
    add_page_cell(provider->postmaster, to);
    buf_add_str(to, "</tr>\n");
}

static void add_list(struct slice line, const struct words *with, struct buf *to)
{
    struct slice columns[LIST_COLUMNS];
    for (size_t i = 0; i < LIST_COLUMNS; i++)
        columns[i] = slice_cut(&line, '\t');
    buf_add_str(to, "<tr>");
    add_cell(columns[1], to);
    add_cell(columns[0], to);
    add_cell(slice_from_str(slice_eq(columns[2], SLICE("ip")) ? with->ip : with->domain), to);
    add_page_cell(columns[3], to);
    buf_add_str(to, "</tr>\n");
}

static void add_providers(const struct provider_table *providers, const struct words *with,
                          struct buf *to)
{
    const char *const columns[] = {with->provider, with->delist, with->postmaster};
    begin_table("providers", with->providers, columns, sizeof(columns) / sizeof(columns[0]), to);
    for (size_t i = 0; i < provider_count(providers); i++)
        add_provider(provider_at(providers, i), to);
    buf_add_str(to, "</table></div>\n");
}

static void add_lists(const struct words *with, struct buf *to)
{
    const char *const columns[] = {with->list, with->host, with->what, with->page};
    begin_table("lists", with->lists, columns, sizeof(columns) / sizeof(columns[0]), to);
    struct slice rest = data_lists();
    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');
        if (line.len > 0 && line.ptr[0] != '#')
            add_list(line, with, to);
    }
    buf_add_str(to, "</table></div>\n");
}

void runbook_delisting(const struct provider_table *providers, enum language language,
                       struct buf *to)
{
    const struct words *with = &words[language];
    buf_addf(to, "<h1>%s</h1>\n<p>%s<a href=\"", with->title, with->lead);
    runbook_address(SLICE("block"), language, to);
    buf_add_str(to, "\"><code>block</code></a></p>\n");
    add_providers(providers, with, to);
    add_lists(with, to);
}
