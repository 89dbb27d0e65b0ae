/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of verbs and what they share: help and errors.
 */
#include "app/verb.h"

#include <stdio.h>
#include <string.h>

#define CONTROL_OPTIONS \
    "  -c, --config FILE    the configuration (/etc/todoku/todoku.yaml): says the socket\n" \
    "  --socket PATH        the control socket of the daemon, instead\n"

#define ANSWER_OPTIONS \
    "  --history            answer from the history that the daemon keeps\n" \
    "  --no-history         never from there: without LOGs, the mail log of this machine\n" \
    "  -c, --config FILE    the configuration (/etc/todoku/todoku.yaml): says where that is\n"

static const struct verb verbs[] = {
    {"run", "[-c FILE]", "the daemon: follow the logs, notice trouble, tell people",
     "  -c, --config FILE    the configuration (/etc/todoku/todoku.yaml)\n", verb_run},
    {"status", "[OPTION...]", "how things are: open incidents, todoku itself, the largest paths",
     CONTROL_OPTIONS "  --format FORMAT      text (default) or json\n"
                     "  --color WHEN         auto (default), always or never\n",
     verb_status},
    {"top", "[OPTION...]", "the same live: rates of each path, incidents; q quits", CONTROL_OPTIONS,
     verb_top},
    {"incident", "[OPTION...] list|show ID|delist ID|ack ID|close ID",
     "what is or was wrong: list, show, take over, close",
     CONTROL_OPTIONS "  --all                of list: closed ones too\n"
                     "  --since TIME         of list: those open at some time since then\n"
                     "  --history            of list and show: as written, without the daemon\n"
                     "  --note TEXT          of ack and close: what others should know\n"
                     "  --language LANGUAGE  of delist, what a provider is sent: en (default), ja\n"
                     "  --fixed TEXT         of delist, what was found and mended; several times\n"
                     "  --contact TEXT       of delist, who answers for the mail\n"
                     "  --format FORMAT      text (default) or json\n"
                     "  --color WHEN         auto (default), always or never\n",
     verb_incident},
    {"silence", "[OPTION...] add|list|end ID",
     "for a time, tell nobody of what matches: maintenance",
     "of add, what it hides: all that is said must fit\n"
     "  --kind KIND,...      kinds of incidents; also several times\n"
     "  --relay NAME, --source NAME, --provider NAME, --login NAME,\n"
     "  --domain NAME        what the incident is about\n"
     "  --name NAME          of the log, program or notifier that it is about\n"
     "  --all                everything\n"
     "of add, for how long: at most 90 days\n"
     "  --for DURATION       30m, 2h, 1d\n"
     "  --until TIME         \"2026-03-02 18:00\", 18:00 (today)\n"
     "  --from TIME          not before then (now)\n"
     "  --comment TEXT       what others should know\n"
     "of all\n" CONTROL_OPTIONS "  --format FORMAT      text (default) or json\n"
     "  --color WHEN         auto (default), always or never\n",
     verb_silence},
    {"route", "[OPTION...] list|set|clear|approve|deny|undo|expire [WORD]",
     "where the mail for a provider goes: list, decide, set your own",
     "  list                 routes in force and proposed, and paths in trouble\n"
     "  approve ID, deny ID  what is proposed\n"
     "  undo ID              end what is in force; not again for this block\n"
     "  set PROVIDER         your own route, which wins; clear PROVIDER ends it\n"
     "  expire               take out of the tables what is over, without the daemon\n"
     "of expire\n"
     "  --stopped            no daemon runs: take out all rows by which Postfix asks it, too\n"
     "of set\n"
     "  --to SOURCE          by this source of the fleet\n"
     "  --hold               it waits\n"
     "  --share PERCENT      only so much of it (100%)\n"
     "  --for DURATION       30m, 2h, 1d\n"
     "  --until TIME         \"2026-03-02 18:00\", 18:00 (today)\n"
     "  --reason TEXT        what others should know\n"
     "of all\n" CONTROL_OPTIONS "  --format FORMAT      text (default) or json\n"
     "  --color WHEN         auto (default), always or never\n",
     verb_route},
    {"account", "[OPTION...] list|show|check|suspend|resume|flag|add|passwd|import... [LOGIN]",
     "accounts: their passwords, what they may; suspend one, let it send again, flags",
     "the accounts themselves, in todoku's own file\n"
     "  add LOGIN            a new one, with a password that is asked for\n"
     "  change LOGIN         what it is: --class, --server, --protocols, --networks,\n"
     "                       --valid-until; \"\" takes one off\n"
     "  passwd LOGIN         another password\n"
     "  remove LOGIN         with its other names and app passwords\n"
     "  alias ALIAS LOGIN    another name of it; --clear takes it off\n"
     "  app-password LOGIN NAME\n"
     "                       makes a password for one program, and shows it; --clear\n"
     "  import FILE          all of a passwd-file of Dovecot, or none; - is standard input\n"
     "of import\n"
     "  --format csv         of comma-separated values, whose first line names the columns\n"
     "  --dry-run            only say what would be done, and what is wrong\n"
     "  --update             change those that are there, which else stay as they are\n"
     "  --new-only           one that is there is a mistake\n"
     "  --keep-plain         passwords in clear stay so\n"
     "accounts of any driver\n"
     "  list                 all of them, with their flags\n"
     "  show LOGIN           what stands of it, its flags, and who set and cleared what\n"
     "  check LOGIN          is this its password, where is it let in, and why not\n"
     "of list\n"
     "  --class NAME, --server NAME, --flag FLAG,...\n"
     "                       only those\n"
     "of check\n"
     "  --protocol NAME      by this one alone: imap, pop3, smtp or sieve\n"
     "  --from ADDRESS       as a client from there\n"
     "of add, passwd and check\n"
     "  --password-file FILE its first line, - for standard input; else it is typed\n"
     "  --no-password        of add: nobody can log in so far\n"
     "of add, change and app-password\n"
     "  --class NAME, --server NAME\n"
     "  --protocols LIST     of imap, pop3, smtp, sieve; all\n"
     "  --networks LIST      from where; everywhere\n"
     "  --valid-until TIME   2026-12-31, or with a time; for ever\n"
     "flags, at the daemon\n"
     "  suspend LOGIN        its mail is refused from the next message on\n"
     "  resume LOGIN         it may send again: ends all that slows, holds or stops its mail\n"
     "  flag LOGIN FLAG,...  note, slow, hold, defer, no-send, suspended, no-login,\n"
     "                       password-reset; --clear takes them off\n"
     "of suspend and flag, for how long (until it is cleared)\n"
     "  --for DURATION       30m, 2h, 1d\n"
     "  --until TIME         \"2026-03-02 18:00\", 18:00 (today)\n"
     "of suspend, resume and flag\n"
     "  --reason TEXT        what others should know\n"
     "of all\n" CONTROL_OPTIONS "  --format FORMAT      text (default) or json\n"
     "  --color WHEN         auto (default), always or never\n",
     verb_account},
    {"queue", "[OPTION...] hold|release|purge|audit",
     "the queued mail of a login: put on hold, release, delete",
     "  hold                 it waits; release: what is on hold goes on\n"
     "  purge                delete it for ever\n"
     "  audit                what was done, by whom and why\n"
     "of hold, release and purge: whose, and what of it\n"
     "  --login NAME         who sent it, by any name of the account\n"
     "  --sender ADDRESS     only with this envelope sender\n"
     "  --since TIME         only what was taken since then; --until TIME: before then\n"
     "  --relay NAME         refuse to act on any other machine\n"
     "  --reason TEXT        why, for the audit\n"
     "  --yes                do it; else the messages are shown, and a terminal is asked\n"
     "of all\n"
     "  -c, --config FILE    the configuration (/etc/todoku/todoku.yaml)\n"
     "  --format FORMAT      text (default) or json\n"
     "  --color WHEN         auto (default), always or never\n",
     verb_queue},
    {"limit", "[OPTION...] list | show LOGIN | set LOGIN LIMIT NUMBER | reset LOGIN [LIMIT]",
     "sending limits of an account: what is used, raise them, begin anew",
     "  list                 the limits, and the accounts that have a number of their own\n"
     "  show LOGIN           what is used, what was decided, what would let the next one pass\n"
     "  set LOGIN LIMIT NUMBER\n"
     "                       another number for this account; \"default\" takes it off\n"
     "  reset LOGIN [LIMIT]  forget what was counted\n"
     "of set, for how long (for good)\n"
     "  --for DURATION       30m, 2h, 1d\n"
     "  --until TIME         \"2026-03-02 18:00\", 18:00 (today)\n"
     "of set and reset\n"
     "  --reason TEXT        what others should know\n"
     "of all\n" CONTROL_OPTIONS "  --format FORMAT      text (default) or json\n"
     "  --color WHEN         auto (default), always or never\n",
     verb_limit},
    {"report", "[OPTION...] [LOG...]", "what happened to the mail in these logs",
     "  --since TIME         count from here on: \"2026-03-02 09:00\", -2h, yesterday\n"
     "  --until TIME         and up to here\n"
     "  --format FORMAT      text (default), json or html\n"
     "  --output FILE        write to FILE instead of standard output\n"
     "  --rules FILE         your reply rules, before the built-in ones\n"
     "  --providers FILE     your table of providers, before the built-in one\n"
     "  --min-hits N         refusals that make an incident (3)\n"
     "  --min-ratio R        least share of refused attempts, lower bound, 0 to 1 (0.15)\n"
     "  --latency-target D   delivery is in time up to here (60s)\n"
     "  --idle D             give up messages without an end after this (7d)\n"
     "  --max-open N         messages kept open at once (500000)\n" ANSWER_OPTIONS
     "  --color WHEN         auto (default), always or never\n",
     verb_report},
    {"trace", "[OPTION...] KEY [LOG...]",
     "the story of one address, domain, login, queue id or message id",
     "  --since TIME         look from here on\n"
     "  --until TIME         and up to here\n"
     "  --format FORMAT      text (default) or json\n"
     "  --limit N            messages to tell at most, the newest (20)\n" ANSWER_OPTIONS
     "  --queue              ask Postfix what waits, also beside LOGs; --no-queue never does\n"
     "  --postfix-config DIR instance to ask, instead of those of the configuration; repeatable\n"
     "  --color WHEN         auto (default), always or never\n",
     verb_trace},
    {"replay", "[OPTION...] [LOG...]",
     "what a configuration would have made of old logs: pages, messages, routes and limits",
     "  -c, --config FILE    the configuration (everything at its default)\n"
     "  --format FORMAT      text (default) or json\n"
     "  --limits             what limits the logs speak for, even where none is configured\n"
     "  --mode MODE          of routes, in place of the configured ones: observe, propose or auto\n"
     "  --relay NAME         whose routes, in place of fleet.relay\n",
     verb_replay},
    {"parse", "[LOG...|-]", "one JSON object a log line", NULL, verb_parse},
    {"classify", "[OPTION...] [FILE|-]", "one JSON object a reply",
     "  --rules FILE         your reply rules, before the built-in ones\n"
     "  --format FORMAT      json (default) or text\n",
     verb_classify},
    {"config", "[OPTION...] check|dump|example|postfix|nginx|dovecot",
     "check the configuration, print what is in effect, an example, or what others need",
     "  -c, --config FILE    the configuration (/etc/todoku/todoku.yaml)\n"
     "  --format FORMAT      of dump: yaml (default) or json; of check --postfix: text or json\n"
     "  --postfix            of check: ask the running Postfix what is missing or dangerous\n"
     "  --write              of postfix: also write the files that it is to read\n"
     "  --with-secrets       of nginx, dovecot: print keys and passwords, not where they stand\n",
     verb_config},
};

const struct verb *verb_at(size_t index)
{
    return index < sizeof(verbs) / sizeof(verbs[0]) ? &verbs[index] : NULL;
}

const struct verb *verb_named(struct slice name)
{
    const struct verb *verb;
    for (size_t i = 0; (verb = verb_at(i)) != NULL; i++)
        if (slice_eq(name, slice_from_str(verb->name)))
            return verb;
    return NULL;
}

static bool takes_history(const struct verb *verb)
{
    return verb->options != NULL && strstr(verb->options, "--history") != NULL;
}

int verb_help(const struct verb *verb)
{
    printf("Usage: todoku %s %s\n%c%s.\n", verb->name, verb->synopsis, verb->summary[0] - 'a' + 'A',
           verb->summary + 1);
    if (verb->options != NULL)
        printf("\n%s", verb->options);
    if (strstr(verb->synopsis, "[LOG...") != NULL)
        printf("\nLOG is a file, a rotated or compressed one, \"-\" for standard input or "
               "\"journal:\";"
               "\nwithout any, %sthe mail log of this machine.\n",
               takes_history(verb) ? "the history of the daemon where there is one, else " : "");
    printf("\nMore: man todoku-%s\n", verb->name);
    return VERB_FINE;
}

int verb_usage_error(const struct verb *verb, const struct err *err)
{
    fprintf(stderr, "todoku %s: %s\nUsage: todoku %s %s (todoku %s --help says more)\n", verb->name,
            err->text, verb->name, verb->synopsis, verb->name);
    return VERB_USAGE;
}

int verb_fail(const struct verb *verb, const struct err *err)
{
    if (err->code == ERR_USAGE)
        return verb_usage_error(verb, err);
    fprintf(stderr, "todoku %s: %s\n", verb->name, err->text);
    return VERB_UNKNOWN;
}
