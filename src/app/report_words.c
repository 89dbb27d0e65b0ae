/* SPDX-License-Identifier: Apache-2.0
 *
 * Figures for the reports: numbers, ratios, times, verdicts.
 */
#include "app/report_words.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>

#include "base/civil.h"
#include "base/figure.h"
#include "base/proportion.h"
#include "mail/stamp.h"

enum report_verdict report_judge(uint64_t good, uint64_t bad, double target)
{
    if (good + bad < REPORT_ENOUGH)
        return REPORT_TOO_FEW;
    if (proportion_lower(good, good + bad) >= target)
        return REPORT_MET;
    return proportion_upper(good, good + bad) < target ? REPORT_MISSED : REPORT_UNSURE;
}

const char *report_verdict_word(enum report_verdict verdict)
{
    static const char *const words[] = {"too_few", "met", "missed", "unsure"};
    return words[verdict];
}

const char *report_verdict_meaning(enum report_verdict verdict)
{
    static const char *const meanings[] = {"not enough mail to judge", "met", "missed",
                                           "too close to tell"};
    return meanings[verdict];
}

void report_number(uint64_t number, struct buf *to)
{
    figure_number(number, to);
}

void report_count(uint64_t number, const char *noun, struct buf *to)
{
    report_number(number, to);
    buf_addf(to, " %s%s", noun, number == 1 ? "" : "s");
}

void report_percent(uint64_t part, uint64_t whole, struct buf *to)
{
    figure_percent(part, whole, to);
}

/* Two units next to each other; the smaller one is left out when it is 0. */
static void add_units(uint64_t big, const char *big_unit, uint64_t small, const char *small_unit,
                      struct buf *to)
{
    buf_addf(to, "%" PRIu64 " %s", big, big_unit);
    if (small > 0)
        buf_addf(to, " %" PRIu64 " %s", small, small_unit);
}

void report_duration(double seconds, struct buf *to)
{
    if (!(seconds > 0)) {
        buf_add_str(to, "0 s");
        return;
    }
    uint64_t whole = seconds < 1e15 ? (uint64_t)llround(seconds) : (uint64_t)1e15;
    uint64_t minutes = whole < 3600 ? whole / 60 : (whole + 30) / 60;
    if (seconds < 9.95)
        buf_addf(to, seconds < 0.095 ? "%.2f s" : "%.1f s", seconds);
    else if (whole < 120)
        buf_addf(to, "%" PRIu64 " s", whole);
    else if (minutes < 60)
        add_units(minutes, "min", minutes < 10 ? whole % 60 : 0, "s", to);
    else if (minutes < 48 * 60)
        add_units(minutes / 60, "h", minutes % 60, "min", to);
    else
        add_units(minutes / 1440, "d", minutes % 1440 / 60, "h", to);
}

void report_quantiles(const struct summary_latency *latency, struct buf *to)
{
    buf_add_str(to, "half within ");
    report_duration(latency->p50, to);
    buf_add_str(to, ", 90 % within ");
    report_duration(latency->p90, to);
    buf_add_str(to, ", 99 % within ");
    report_duration(latency->p99, to);
}

static struct tm local_of(int64_t us)
{
    time_t seconds = (time_t)(us / US_PER_SECOND - (us % US_PER_SECOND < 0));
    struct tm local = {0};
    localtime_r(&seconds, &local);
    return local;
}

void report_time(int64_t us, int64_t beside_us, struct buf *to)
{
    if (us == STAMP_NONE) {
        buf_add_str(to, "-");
        return;
    }
    char text[64];
    struct tm when = local_of(us);
    bool same_day = false;
    if (beside_us != STAMP_NONE) {
        struct tm beside = local_of(beside_us);
        same_day = beside.tm_year == when.tm_year && beside.tm_yday == when.tm_yday;
    }
    strftime(text, sizeof(text), same_day ? "%H:%M" : "%Y-%m-%d %H:%M", &when);
    buf_add_str(to, text);
}

void report_period(const struct summary *summary, const char *dash, struct buf *to)
{
    report_time(summary->first_us, STAMP_NONE, to);
    buf_addf(to, " %s ", dash);
    report_time(summary->last_us, summary->first_us, to);
    struct tm last = local_of(summary->last_us);
    buf_addf(to, " %s (", last.tm_zone ? last.tm_zone : "");
    report_duration((double)(summary->last_us - summary->first_us) / US_PER_SECOND, to);
    buf_add_char(to, ')');
}

static bool has_name(const struct slice *names, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(names[i], name))
            return true;
    return false;
}

size_t report_relays(const struct summary *summary, size_t max, struct slice *names)
{
    size_t found = 0, kept = 0;
    for (size_t i = 0; i < summary->source_count; i++) {
        struct slice relay = summary->sources[i].relay;
        if (relay.len == 0 || has_name(names, kept, relay))
            continue;
        found++;
        if (kept < max)
            names[kept++] = relay;
    }
    return found;
}

void report_full_sentence(const struct summary_full *full, struct buf *to)
{
    uint64_t early = full->sums[SUMMARY_FULL_REFUSED_RCPT];
    uint64_t late = full->sums[SUMMARY_FULL_REFUSED_END];
    if (early == SUMMARY_NOT_KEPT) {
        buf_add_str(to, "how many were refused is not kept, ");
    } else {
        report_number(early + late, to);
        buf_add_str(to, " refused while the sender waited");
        if (late > 0) {
            buf_add_str(to, " (");
            report_number(late, to);
            buf_add_str(to, " of them once the message had come)");
        }
        buf_add_str(to, ", ");
    }
    report_number(full->sums[SUMMARY_FULL_BOUNCED], to);
    buf_add_str(to, " returned after they were taken");
    if (full->sums[SUMMARY_FULL_DEFERRED] == 0)
        return;
    buf_add_str(to, ", ");
    report_count(full->sums[SUMMARY_FULL_DEFERRED], "attempt", to);
    buf_add_str(to, " put off");
}

enum reply_class report_main_class(const struct summary_path *path)
{
    enum reply_class main_class = REPLY_CLASS_NOT_BOUNCE;
    uint64_t most = 0;
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++) {
        if (i != REPLY_CLASS_NOT_BOUNCE && path->classes[i] > most) {
            most = path->classes[i];
            main_class = (enum reply_class)i;
        }
    }
    return main_class;
}

uint64_t report_blocked(const struct summary_path *path)
{
    return path->classes[REPLY_CLASS_BLOCK_IP] + path->classes[REPLY_CLASS_BLOCK_DOMAIN];
}

size_t report_unread_programs(const struct summary *summary, size_t max,
                              const struct summary_program **programs)
{
    size_t found = 0, kept = 0;
    for (size_t i = 0; i < summary->program_count; i++) {
        const struct summary_program *program = &summary->programs[i];
        if (program->unknown == 0)
            continue;
        found++;
        size_t place = kept < max ? kept++ : max;
        for (; place > 0 && programs[place - 1]->unknown < program->unknown; place--)
            if (place < max)
                programs[place] = programs[place - 1];
        if (place < max)
            programs[place] = program;
    }
    return found;
}

/* Rules for what is odd about a login, the gravest first. */
const char *report_login_oddity(const struct summary_login *login)
{
    const struct summary_outcomes *outcomes = &login->outcomes;
    if (login->surge)
        return "unusual volume";
    if (login->blocked > 0 && login->blocked * 20 >= login->recipients)
        return "mail is blocked";
    if (proportion_lower(outcomes->bounced, report_ended(outcomes)) > 0.1)
        return "many bounces";
    if (login->auth_failures >= 100 && login->auth_failures != SUMMARY_NOT_KEPT)
        return "password guessing";
    return "";
}

void report_rows(const struct summary *summary, struct buf *to)
{
    report_count(summary->lines_read, "row", to);
    buf_add_str(to, " of the history. It keeps deliveries: lines that were not understood, failed "
                    "logins, address probes and refusals at the door are only in the logs (todoku "
                    "report LOG).");
    if (summary->lines_ever == 0)
        return;
    buf_add_char(to, ' ');
    report_count(summary->lines_ever, "line", to);
    buf_add_str(to, summary->lines_ever == 1 ? " has" : " have");
    buf_add_str(to, " been read since it began, ");
    report_number(summary->lines_ever_unknown, to);
    buf_add_str(to, " not understood.");
}

const char *report_no_rows(const struct summary *summary)
{
    return summary->older.until_us != 0 ? "The history has no deliveries of this time any more."
                                        : "The history has no deliveries of this time.";
}

void report_older(const struct summary_older *older, const char *dash, struct buf *to)
{
    report_time(older->since_us, STAMP_NONE, to);
    buf_addf(to, " %s ", dash);
    report_time(older->until_us, older->since_us, to);
    buf_add_str(to, ": deliveries are not kept so long, their sums are. ");
    report_count(older->attempts.total, "attempt", to);
    const struct {
        uint64_t count;
        const char *what;
    } parts[] = {{older->attempts.sent, "sent"},
                 {older->attempts.deferred, "deferred"},
                 {older->attempts.bounced, "bounced"}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        buf_add_str(to, i ? ", " : ": ");
        report_number(parts[i].count, to);
        buf_addf(to, " %s", parts[i].what);
    }
    if (older->expired > 0) {
        buf_add_str(to, "; ");
        report_count(older->expired, "recipient", to);
        buf_add_str(to, " expired");
    }
    buf_add_char(to, '.');
}
