/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints the fixtures, to be looked at:
 * report_demo busy|calm|few|empty|older|sums json|text|html [WIDTH].
 * A width of 0 is a terminal without UTF-8. Not a test.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/report_fixture.h"
#include "app/report_html.h"
#include "app/report_json.h"
#include "app/report_text.h"

static struct summary *fixture_named(const char *name)
{
    if (strcmp(name, "calm") == 0)
        return report_fixture_calm();
    if (strcmp(name, "few") == 0)
        return report_fixture_few();
    if (strcmp(name, "older") == 0)
        return report_fixture_older();
    if (strcmp(name, "sums") == 0)
        return report_fixture_sums();
    return strcmp(name, "empty") == 0 ? report_fixture_empty() : report_fixture_busy();
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    struct buf CLEANUP_BUF out = {0};
    struct summary *summary = fixture_named(argv[1]);
    struct err err = {0};
    struct provider_table *providers = provider_table_new((struct slice){NULL, 0}, &err);
    size_t width = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 100;
    const struct text_style style = {width ? width : 80, width > 0, width > 0, width == 0};
    if (strcmp(argv[2], "json") == 0)
        report_json(summary, providers, &out);
    else if (strcmp(argv[2], "html") == 0)
        report_html(summary, providers, &out);
    else
        report_text(summary, providers, &style, &out);
    fwrite(buf_str(&out), 1, out.len, stdout);
    if (providers)
        provider_table_free(providers);
    report_fixture_free(summary);
    return 0;
}
