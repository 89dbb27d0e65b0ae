/* SPDX-License-Identifier: Apache-2.0
 *
 * See start_page.h.
 */
#include "web/start_page.h"

#include "base/escape.h"
#include "web/runbook.h"

static const struct {
    const char *path, *about;
} links[] = {
    {"/runbooks", "What to do about an incident, a page each"},
    {"/runbooks/ja", "The same in Japanese (手順書)"},
    {"/runbooks/delisting", "Whom to ask to be taken off a list, by provider"},
    {"/api/v1/status", "How things are, as JSON: what <code>todoku status</code> shows"},
    {"/api/v1/incidents",
     "Open incidents; <a href=\"/api/v1/incidents?all=1\">closed ones too</a>"},
    {"/api/v1/silences", "Of what nobody is told for a time"},
    {"/api/v1/routes", "Where mail goes by now, and what waits for a yes"},
    {"/api/v1/routes/audit", "What was decided about routes"},
    {"/api/v1/auth",
     "nginx' questions about logins, what became of today's, and mailbox servers that are down"},
    {"/api/v1/quota", "Postfix' questions about room in mailboxes, and which had none"},
    {"/api/v1/policy", "Postfix' questions about sending limits, and what was over them today"},
    {"/api/v1/limits", "Sending limits, and the numbers of single accounts"},
    {"/api/v1/accounts/flags", "Accounts that are suspended, held, slowed or noted"},
    {"/api/v1/queue/audit", "What <code>todoku queue</code> did to queued mail"},
    {"/metrics", "For Prometheus"},
    {"/healthz", "Whether the daemon lives"},
};

static void add_state(const struct start_page *about, struct buf *to)
{
    if (about->incidents == 0)
        buf_add_str(to, "<p>Nothing is wrong: no incident is open.</p>\n");
    else
        buf_addf(to, "<p><strong>%zu incident%s open</strong>: <code>todoku status</code>.</p>\n",
                 about->incidents, about->incidents == 1 ? " is" : "s are");
}

void start_page(const struct start_page *about, struct buf *to)
{
    buf_add_str(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<link rel=\"stylesheet\" href=\"/runbooks/" RUNBOOK_STYLE_NAME "\">\n"
                    "<title>todoku");
    buf_add_str(to, about->relay.len > 0 ? " on " : "");
    escape_html(about->relay, to);
    buf_add_str(to, "</title>\n</head>\n<body>\n<main>\n<h1>todoku");
    buf_add_str(to, about->relay.len > 0 ? " on " : "");
    escape_html(about->relay, to);
    buf_add_str(to, "</h1>\n<p>Watches whether mail arrives: it follows the mail logs, opens an "
                    "incident when a provider blocks, and tells people. Version ");
    escape_html(about->version, to);
    buf_add_str(to, ".</p>\n");
    add_state(about, to);
    buf_add_str(to, "<ul class=\"index\">\n");
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        buf_addf(to, "<li><a href=\"%s\">%s</a><br>%s</li>\n", links[i].path, links[i].path,
                 links[i].about);
    buf_add_str(to, "</ul>\n</main>\n</body>\n</html>\n");
}
