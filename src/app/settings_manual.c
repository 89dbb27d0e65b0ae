/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku.yaml(5) from the rows; see settings_manual.h. The page is made while todoku is built, by
 * tools/settings_manual.c.
 */
#include "app/settings_manual.h"

#include "app/settings_schema.h"
#include "app/settings_value.h"

static const char head[] =
    ".\\\" SPDX-License-Identifier: Apache-2.0\n"
    ".\\\" Made from src/app/settings_schema.c.\n"
    ".Dd March 2, 2026\n.Dt TODOKU.YAML 5\n.Os\n"
    ".Sh NAME\n.Nm todoku.yaml\n.Nd the configuration of todoku\n"
    ".Sh DESCRIPTION\n"
    "The daemon\n.Pq Xr todoku 8\nreads one file of YAML, by default\n"
    ".Pa /etc/todoku/todoku.yaml .\n"
    "Every key has a default that works.\n"
    "A section that the file does not have starts nothing: with\n"
    ".Ic web\nalone there is a dashboard and no log is followed.\n.Pp\n"
    "What is wrong is told with file, line, key and the accepted form, all of it at once:\n"
    ".Ic todoku config check .\n"
    "What is in effect, with all defaults, is printed by\n"
    ".Ic todoku config dump .\n"
    "An unknown key is refused, not ignored.\n"
    "A reload takes the whole new file or nothing of it.\n";

static const char forms[] =
    ".Ss Forms of values\n.Bl -tag -width Ds\n"
    ".It duration\n.Ql 90s , 15m , 1h , 7d , 2w ,\nseveral in a row\n.Pq Ql 1h30m .\n"
    ".It size\n.Ql 512B , 64KiB , 10MiB , 2GiB , 1TiB :\npowers of 1024.\n"
    ".It rate\nA number in a duration:\n.Ql 500/1h .\n"
    ".It share\n"
    "In percent:\n.Ql 99% , 0.5% .\n"
    ".It address to listen on\n"
    ".Ql 127.0.0.1:8481 , \\(dq[::1]:8481\\(dq , unix:/run/todoku/policy .\n"
    "What begins with a bracket needs the quotes; port 0 is whichever is free.\n"
    ".It path\nA path that does not begin at the root begins at the folder of the file.\n"
    ".It secret\n"
    ".Ql file:/etc/todoku/token\n"
    "takes it from a file\n.Pq blanks and newlines around it are dropped ,\n"
    "so that everybody may read the configuration.\n"
    "Any other text is the secret itself.\n"
    "Secrets are never printed.\n"
    ".It list\n.Ql [a, b] ,\nor a line\n.Ql - a\neach.\nA list of one value may be that value.\n"
    ".El\n.Pp\n"
    "Aliases, tags and a key given twice are refused.\n";

static const char tail[] =
    ".Sh FILES\n.Bl -tag -width Ds\n.It Pa /etc/todoku/todoku.yaml\nThe configuration.\n.El\n"
    ".Sh EXAMPLES\n"
    "Follow the log of this machine and tell a Slack channel:\n"
    ".Bd -literal -offset indent\n"
    "logs:\n  - { file: /var/log/mail.log }\n"
    "web: { listen: [127.0.0.1:8480] }\n"
    "notify:\n  - { slack: file:/etc/todoku/slack }\n"
    ".Ed\n.Pp\n"
    "A file of all keys with their defaults is printed by\n.Ic todoku config example .\n"
    ".Sh SEE ALSO\n.Xr todoku-config 1 ,\n.Xr todoku 8\n";

/* As text of mdoc: no control at the beginning of a line, a new line after each sentence. */
static void put_text(const char *text, struct buf *to)
{
    for (const char *p = text; *p != '\0'; p++) {
        bool sentence = *p == '.' && p[1] == ' ';
        if (*p == '\\')
            buf_add_str(to, "\\e");
        else
            buf_add_char(to, *p);
        if (sentence) {
            buf_add_char(to, '\n');
            p++;
        }
    }
    buf_add_char(to, '\n');
}

/* What the value is and its default, behind the meaning. */
static void put_form(const struct setting *row, struct buf *to)
{
    CLEANUP_BUF struct buf accepted = {0};
    setting_accepted(row, false, &accepted);
    buf_add_str(to, ".br\nValue: ");
    put_text(buf_str(&accepted), to);
    to->len--;
    buf_add_str(to, ".\n");
    if (row->fallback != NULL)
        buf_addf(to, "Default:\n.Ql %s .\n", row->fallback);
    else if (row->words == NULL)
        buf_addf(to, "Example:\n.Ql %s .\n", row->example);
    if (row->required)
        buf_add_str(to, "It must be given.\n");
}

/* Which kinds of entry a key goes with. */
static void put_kinds(const struct setting *row, const struct setting_section *section,
                      struct buf *to)
{
    const char *between = "Goes with\n.Cm ";
    if (row->with == 0)
        return;
    for (size_t i = 0; i < section->count; i++) {
        unsigned kind = section->rows[i].kind;
        if (kind == 0 || (row->with & 1u << (kind - 1)) == 0)
            continue;
        buf_addf(to, "%s%s", between, section->rows[i].key);
        between = "\nand\n.Cm ";
    }
    buf_add_str(to, " .\n");
}

static void put_row(const struct setting *row, const struct setting_section *section,
                    struct buf *to)
{
    buf_addf(to, ".It Cm %s\n", row->key);
    put_text(row->meaning, to);
    if (row->kind != 0)
        buf_add_str(to, "Makes an entry of its kind.\n");
    put_kinds(row, section, to);
    if (row->type != SETTING_SECTION)
        put_form(row, to);
    else
        buf_addf(to, "A %s; its keys are below.\n", row->list ? "list of maps" : "map");
}

/* One heading a section, the ones inside it after it. */
static void put_section(const struct setting_section *section, const char *path, struct buf *to)
{
    buf_add_str(to, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < section->count; i++)
        put_row(&section->rows[i], section, to);
    buf_add_str(to, ".El\n");
    for (size_t i = 0; i < section->count; i++) {
        const struct setting *row = &section->rows[i];
        CLEANUP_BUF struct buf inner = {0};
        if (row->type != SETTING_SECTION)
            continue;
        buf_addf(&inner, "%s%s%s", path, path[0] != '\0' ? "." : "", row->key);
        buf_addf(to, ".Ss %s%s\n", buf_str(&inner), row->list ? " (each entry)" : "");
        put_text(row->meaning, to);
        put_section(row->section, buf_str(&inner), to);
    }
}

void settings_manual(struct buf *to)
{
    buf_add_str(to, head);
    buf_add_str(to, forms);
    buf_add_str(to, ".Sh KEYS\n");
    put_section(&settings_schema, "", to);
    buf_add_str(to, tail);
}
