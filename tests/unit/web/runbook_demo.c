/* SPDX-License-Identifier: Apache-2.0
 *
 * runbook_demo NAME - prints a page of the runbooks, to be looked at in a browser.
 */
#include <stdio.h>

#include "web/runbook.h"

int main(int argc, char **argv)
{
    CLEANUP_BUF struct buf html = {0};
    struct err err;
    struct provider_table *providers = provider_table_new(SLICE(""), &err);
    struct slice name = slice_from_str(argc > 1 ? argv[1] : "");
    if (providers == NULL)
        return 1;
    if (slice_eq(name, SLICE(RUNBOOK_STYLE_NAME)))
        buf_add(&html, runbook_style());
    else if (!runbook_page(name, LANGUAGE_EN, providers, &html))
        fprintf(stderr, "runbook_demo: no such page\n");
    fwrite(html.ptr, 1, html.len, stdout);
    provider_table_free(providers);
    return html.len == 0;
}
