/* SPDX-License-Identifier: Apache-2.0
 *
 * Charts. Units: time charts are 1000 wide and 100 high, whatever their size on the page.
 */
#include "app/report_svg.h"

#include <inttypes.h>
#include <math.h>

#include "app/html_writer.h"
#include "app/report_words.h"
#include "base/civil.h"
#include "mail/stamp.h"

#define WIDTH 1000.0
#define LANES 12

static void add_rect(const char *class, double x, double y, double width, double height,
                     struct buf *to)
{
    if (width > 0 && height > 0)
        buf_addf(to, "<rect class=\"%s\" x=\"%.6g\" y=\"%.6g\" width=\"%.6g\" height=\"%.6g\"/>",
                 class, x, y, width, height);
}

/* ---- over time ---- */

static uint64_t bin_attempts(const struct summary_bin *bin)
{
    return bin->sent + bin->deferred + bin->bounced;
}

static uint64_t peak_attempts(const struct summary *summary)
{
    uint64_t peak = 0;
    for (size_t i = 0; i < summary->bins; i++)
        peak =
            bin_attempts(&summary->timeline[i]) > peak ? bin_attempts(&summary->timeline[i]) : peak;
    return peak;
}

static uint64_t peak_blocked(const struct summary *summary)
{
    uint64_t peak = 0;
    for (size_t i = 0; i < summary->bins; i++)
        peak = summary->timeline[i].blocked > peak ? summary->timeline[i].blocked : peak;
    return peak;
}

/* What a pointer over the bin shows. */
static void add_bin_title(const struct summary *summary, size_t i, struct buf *to)
{
    const struct summary_bin *bin = &summary->timeline[i];
    const struct {
        uint64_t count;
        const char *word;
    } parts[] = {{bin->sent, " sent"},
                 {bin->deferred, " deferred"},
                 {bin->bounced, " bounced"},
                 {bin->blocked, " blocked"}};
    buf_add_str(to, "<title>");
    report_time(summary->bin_start_us + (int64_t)i * summary->bin_us, summary->bin_start_us, to);
    for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++) {
        buf_add_str(to, part ? ", " : ": ");
        report_number(parts[part].count, to);
        buf_add_str(to, parts[part].word);
    }
    buf_add_str(to, "</title>");
}

static void add_bin(const struct summary *summary, size_t i, uint64_t peak, struct buf *to)
{
    const struct summary_bin *bin = &summary->timeline[i];
    const struct {
        const char *class;
        uint64_t count;
    } parts[] = {{"sent", bin->sent}, {"deferred", bin->deferred}, {"bounced", bin->bounced}};
    double width = WIDTH / (double)summary->bins, x = (double)i * width, y = 100;
    buf_add_str(to, "<g>");
    add_bin_title(summary, i, to);
    for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++) {
        double height = 100 * (double)parts[part].count / (double)peak;
        y -= height;
        add_rect(parts[part].class, x + width * .06, y, width * .88, height, to);
    }
    add_rect("hit", x, 0, width, 100, to);
    buf_add_str(to, "</g>\n");
}

static void add_scale(uint64_t peak, bool middle, struct buf *to)
{
    buf_add_str(to, "<div class=\"scale\" aria-hidden=\"true\"><span>");
    report_number(peak, to);
    buf_add_str(to, "</span><span>");
    if (middle)
        report_number(peak / 2, to);
    buf_add_str(to, "</span><span>0</span></div>\n");
}

static void begin_chart(const char *class, const char *id, const char *title, struct buf *to)
{
    buf_addf(to,
             "<svg class=\"%s\" viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" role=\"img\" "
             "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s</title><desc id=\"%s-d\">",
             class, id, id, id, title, id);
}

static void add_bars(const struct summary *summary, uint64_t peak, struct buf *to)
{
    add_scale(peak, true, to);
    begin_chart("time", "time", "Delivery attempts over time", to);
    report_count(summary->attempts.total, "attempt", to);
    buf_addf(to, " in %zu bars; the highest has ", summary->bins);
    report_number(peak, to);
    buf_add_str(to, "</desc>\n<line class=\"grid\" x1=\"0\" x2=\"1000\" y1=\"50\" y2=\"50\"/>\n");
    for (size_t i = 0; i < summary->bins; i++)
        add_bin(summary, i, peak, to);
    buf_add_str(to, "</svg>\n");
}

static void add_blocked(const struct summary *summary, struct buf *to)
{
    uint64_t peak = peak_blocked(summary);
    double width = WIDTH / (double)summary->bins;
    if (peak == 0)
        return;
    add_scale(peak, false, to);
    begin_chart("strip", "blocked", "Blocked attempts over time", to);
    buf_add_str(to, "The highest bar has ");
    report_number(peak, to);
    buf_add_str(to, "</desc>\n");
    for (size_t i = 0; i < summary->bins; i++) {
        double height = 100 * (double)summary->timeline[i].blocked / (double)peak;
        buf_add_str(to, "<g>");
        add_bin_title(summary, i, to);
        add_rect("blocked", ((double)i + .06) * width, 100 - height, width * .88, height, to);
        add_rect("hit", (double)i * width, 0, width, 100, to);
        buf_add_str(to, "</g>\n");
    }
    buf_add_str(to, "</svg>\n");
}

/* Five times at equal distances; days instead of hours when the period is long. */
static void add_ticks(const struct summary *summary, struct buf *to)
{
    int64_t span = (int64_t)summary->bins * summary->bin_us;
    buf_add_str(to, "<div class=\"ticks\" aria-hidden=\"true\">");
    for (int tick = 0; tick <= 4; tick++) {
        struct buf CLEANUP_BUF time = {0};
        report_time(summary->bin_start_us + span / 4 * tick, STAMP_NONE, &time);
        bool days = span > 3 * SECONDS_PER_DAY * US_PER_SECOND;
        struct slice text = buf_slice(&time); /* 2026-03-02 08:01 */
        html_element("span", NULL,
                     days ? slice_skip(slice_first(text, 10), 5) : slice_skip(text, 11), to);
    }
    buf_add_str(to, "</div>\n");
}

static double place_in(const struct summary *summary, int64_t us)
{
    double share =
        (double)(us - summary->bin_start_us) / ((double)summary->bin_us * (double)summary->bins);
    return WIDTH * fmin(fmax(share, 0), 1);
}

static void add_lane(const struct summary *summary, const struct incident *incident, struct buf *to)
{
    bool open = incident_is_open(incident);
    struct buf CLEANUP_BUF text = {0};
    buf_addf(&text, "%s ", report_incident_title(incident->kind));
    report_incident_subject(incident, "→", &text);
    buf_add_str(&text, ", ");
    report_incident_span(incident, summary, "–", &text);
    double from = place_in(summary, incident->opened_us);
    double until = open ? WIDTH : place_in(summary, incident->closed_us);
    html_element("span", "lane-name", buf_slice(&text), to);
    buf_add_str(to, "<svg class=\"lane\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
                    "aria-hidden=\"true\">");
    add_rect(report_incident_is_grave(incident) ? "lane-grave" : "lane-other", from, 0,
             fmax(until - from, 3), 10, to);
    buf_add_str(to, "</svg>\n");
}

static void add_legend(const struct summary *summary, struct buf *to)
{
    buf_add_str(to, "<figcaption><b>Attempts, each bar ");
    report_duration((double)summary->bin_us / 1e6, to);
    buf_add_str(to, "</b><span class=\"key sent\">sent</span><span class=\"key deferred\">deferred"
                    "</span><span class=\"key bounced\">bounced</span>");
    if (peak_blocked(summary) > 0)
        buf_add_str(to, "<span class=\"key blocked\">blocked, among the two</span>");
    buf_add_str(to, "</figcaption>\n");
}

void report_svg_timeline(const struct summary *summary, struct buf *to)
{
    uint64_t peak = peak_attempts(summary);
    if (summary->bins < 2 || peak == 0)
        return;
    buf_add_str(to, "<figure>");
    add_legend(summary, to);
    buf_add_str(to, "<div class=\"plot\">\n");
    add_bars(summary, peak, to);
    add_ticks(summary, to);
    add_blocked(summary, to);
    for (size_t i = 0; i < summary->incident_count && i < LANES; i++)
        add_lane(summary, &summary->incidents[i], to);
    buf_add_str(to, "</div></figure>\n");
}

/* ---- in tables ---- */

void report_svg_attempts(const struct summary_attempts *attempts, uint64_t most, struct buf *to)
{
    const struct {
        const char *class;
        uint64_t count;
    } parts[] = {
        {"sent", attempts->sent}, {"deferred", attempts->deferred}, {"bounced", attempts->bounced}};
    double x = 0;
    buf_add_str(to, "<svg class=\"bar\" viewBox=\"0 0 150 12\" role=\"img\"><title>");
    report_number(attempts->sent, to);
    buf_add_str(to, " sent, ");
    report_number(attempts->deferred, to);
    buf_add_str(to, " deferred, ");
    report_number(attempts->bounced, to);
    buf_add_str(to, " bounced</title>");
    for (size_t i = 0; most > 0 && i < sizeof(parts) / sizeof(parts[0]); i++) {
        double width = 150 * (double)parts[i].count / (double)most;
        width = parts[i].count > 0 ? fmax(width, .7) : 0;
        add_rect(parts[i].class, x, 1, width, 10, to);
        x += width;
    }
    buf_add_str(to, "</svg>");
}

#define LATENCY_FROM (-1.0) /* log10 of 0.1 s */
#define LATENCY_DECADES 6.0
#define LATENCY_LEFT 12.0
#define LATENCY_LENGTH 222.0

static double latency_x(double seconds)
{
    double share = (log10(fmax(seconds, .001)) - LATENCY_FROM) / LATENCY_DECADES;
    return LATENCY_LEFT + LATENCY_LENGTH * fmin(fmax(share, 0), 1);
}

void report_svg_latency_axis(struct buf *to)
{
    static const struct {
        double seconds;
        const char *label;
    } marks[] = {{.1, "0.1 s"}, {1, "1 s"},     {10, "10 s"},  {100, "100 s"},
                 {1e3, "17 m"}, {1e4, "2.8 h"}, {1e5, "1.2 d"}};
    buf_add_str(to, "<svg class=\"latency\" viewBox=\"0 0 250 16\" aria-hidden=\"true\">");
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        buf_addf(to, "<text class=\"axis\" text-anchor=\"middle\" x=\"%.6g\" y=\"12\">%s</text>",
                 latency_x(marks[i].seconds), marks[i].label);
    buf_add_str(to, "</svg>");
}

void report_svg_latency(const struct summary_latency *latency, struct buf *to)
{
    const double marks[] = {latency->p50, latency->p90, latency->p99};
    buf_add_str(to, "<svg class=\"latency\" viewBox=\"0 0 250 16\" role=\"img\"><title>");
    report_quantiles(latency, to);
    buf_add_str(to, "</title>");
    add_rect("target", latency_x(latency->target_s) - .5, 0, 1, 16, to);
    add_rect("range", latency_x(latency->p50), 5,
             fmax(latency_x(latency->p99) - latency_x(latency->p50), 1), 6, to);
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        add_rect("tick", latency_x(marks[i]) - 1, i == 0 ? 2 : 4, 2, i == 0 ? 12 : 8, to);
    buf_add_str(to, "</svg>");
}
