/* SPDX-License-Identifier: Apache-2.0
 *
 * One function a scene: it writes line `part` and says whether another one follows.
 */
#include "scene.h"

static struct line *begin(struct simulation *sim, const struct message *scene, enum program program)
{
    return simulation_line(sim, scene->host, program, (uint32_t)scene->token & 15);
}

static void put_ip_port(struct line *line, const struct message *scene)
{
    line_str(line, "[198.51.100.");
    line_number(line, 1 + scene->client % 254);
    line_str(line, "]:");
    line_number(line, 30000 + scene->client % 20000);
}

static bool scene_reject(struct simulation *sim, const struct message *scene, uint32_t part)
{
    struct line *line = begin(sim, scene, PROGRAM_SMTPD);
    if (part == 1)
        line_str(line, "NOQUEUE: reject: RCPT from ");
    else
        line_str(line, part ? "disconnect from " : "connect from ");
    world_put_client(line, scene->client);
    if (part == 1) {
        line_str(line,
                 scene->client % 2
                     ? ": 554 5.7.1 Service unavailable; Client host [198.51.100.9] blocked "
                       "using zen.spamhaus.org; "
                       "https://www.spamhaus.org/query/ip/198.51.100.9; from=<a@spam.example> "
                       "to=<"
                     : ": 450 4.7.1 Client host rejected: cannot find your reverse hostname, "
                       "[203.0.113.77]; from=<a@spam.example> to=<");
        world_put_login(line, scene->client % LOGIN_COUNT);
        line_str(line, "> proto=ESMTP helo=<mail.spam.example>");
    }
    if (part == 2)
        line_str(line, " ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4");
    return part < 2;
}

static bool scene_bad_login(struct simulation *sim, const struct message *scene, uint32_t part)
{
    static const char *const before[] = {
        "connect from ", "warning: ", "lost connection after AUTH from ", "disconnect from "};
    struct line *line = begin(sim, scene, PROGRAM_SUBMISSION);
    line_str(line, before[part]);
    world_put_client(line, scene->client);
    if (part == 1) {
        line_str(line, ": SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=");
        world_put_login(line, scene->client % LOGIN_COUNT);
    }
    if (part == 3)
        line_str(line, " ehlo=1 auth=0/1 commands=1/2");
    return part < 3;
}

static bool scene_postscreen(struct simulation *sim, const struct message *scene, uint32_t part)
{
    static const char *const before[] = {"CONNECT from ", "DNSBL rank 3 for ",
                                         "NOQUEUE: reject: RCPT from ", "DISCONNECT "};
    static const char *const after[] = {
        " to [192.0.2.5]:25", "",
        (": 550 5.7.1 Service unavailable; client [198.51.100.9] blocked using zen.spamhaus.org; "
         "from=<x@spam.example>, to=<sato1@mail.example.jp>, proto=ESMTP, helo=<x.y>"),
        ""};
    bool early = scene->client % 2 && part == 1;
    struct line *line = begin(sim, scene, PROGRAM_POSTSCREEN);
    line_str(line, early ? "PREGREET 11 after 0.08 from " : before[part]);
    put_ip_port(line, scene);
    line_str(line, early ? ": EHLO x.y\\r\\n" : after[part]);
    return part < 3;
}

static bool scene_dnsblog(struct simulation *sim, const struct message *scene, uint32_t part)
{
    (void)part;
    struct line *line = begin(sim, scene, PROGRAM_DNSBLOG);
    line_str(line, "addr 198.51.100.");
    line_number(line, 1 + scene->client % 254);
    line_str(line, " listed by domain zen.spamhaus.org as 127.0.0.4");
    return false;
}

static bool scene_anvil(struct simulation *sim, const struct message *scene, uint32_t part)
{
    struct line *line = begin(sim, scene, PROGRAM_ANVIL);
    line_str(line, part == 0   ? "statistics: max connection rate 7/60s for (smtp:198.51.100.7) at "
                   : part == 1 ? "statistics: max connection count 2 for (smtp:198.51.100.7) at "
                               : "statistics: max cache size 9 at ");
    line_str(line, "Mar  2 08:00:00");
    return part < 2;
}

static bool scene_dovecot_login(struct simulation *sim, const struct message *scene, uint32_t part)
{
    struct line *line = begin(sim, scene, PROGRAM_DOVECOT);
    if (scene->client % 6 == 0 && part == 0)
        line_str(line, "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 "
                       "secs): user=<");
    else
        line_str(line, part ? "imap(" : "imap-login: Login: user=<");
    world_put_login(line, scene->client % LOGIN_COUNT);
    if (part) {
        line_str(line, ")<");
        line_number(line, scene->token % 90000);
        line_str(line, "><AbCdEfGhIjKl>: Disconnected: Logged out in=50 out=1200 deleted=0 "
                       "expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0");
        return false;
    }
    line_str(line, ">, method=PLAIN, rip=198.51.100.");
    line_number(line, 1 + scene->client % 254);
    line_str(line, scene->client % 6 == 0 ? ", lip=192.0.2.21, session=<AbCdEfGhIjKl>"
                                          : ", lip=192.0.2.21, mpid=4711, secured, "
                                            "session=<AbCdEfGhIjKl>");
    return scene->client % 6 != 0;
}

static bool scene_dovecot_lmtp(struct simulation *sim, const struct message *scene, uint32_t part)
{
    (void)part;
    struct line *line = begin(sim, scene, PROGRAM_DOVECOT);
    line_str(line, "lmtp(");
    world_put_login(line, scene->client % LOGIN_COUNT);
    line_str(line, ")<");
    line_number(line, scene->token % 90000);
    line_str(line, "><kQx7Iw+vRml7LwAA0J78UA>: msgid=<x");
    line_number(line, scene->token % 1000000);
    line_str(line, scene->client % 9 ? "@client.example.jp>: saved mail to INBOX"
                                     : "@client.example.jp>: save failed to INBOX: Quota exceeded "
                                       "(mailbox for user is full)");
    return false;
}

static const struct {
    enum program program;
    const char *text;
} warnings[] = {
    {PROGRAM_TRIVIAL_REWRITE, "warning: transport_maps lookup failure"},
    {PROGRAM_TRIVIAL_REWRITE, "table hash:/etc/postfix/transport(0,lock|fold_fix) has changed "
                              "-- restarting"},
    {PROGRAM_SMTPD, "warning: problem talking to service rewrite: Connection reset by peer"},
    {PROGRAM_SUBMISSION, "warning: problem talking to server 127.0.0.1:8481: Connection timed out"},
    {PROGRAM_SCACHE, "statistics: start interval Mar  2 08:00:00"},
    {PROGRAM_SCACHE, "statistics: domain lookup hits=4 miss=20 success=16%"},
    {PROGRAM_VERIFY, "cache btree:/var/lib/postfix/verify_cache full cleanup: retained=12 "
                     "dropped=3 entries"},
    {PROGRAM_MASTER, "reload -- version 3.7.11, configuration /etc/postfix"},
    {PROGRAM_SMTPD, "lost connection after CONNECT from unknown[198.51.100.44]"},
    {PROGRAM_SMTPD, "warning: hostname host9.isp.example does not resolve to address "
                    "198.51.100.9: Name or service not known"},
    {PROGRAM_SMTPD, "improper command pipelining after EHLO from unknown[198.51.100.45]: "
                    "MAIL FROM:<a@b.example>\\r\\n"},
};

static bool scene_warning(struct simulation *sim, const struct message *scene, uint32_t part)
{
    (void)part;
    uint32_t row = (uint32_t)(scene->token % (sizeof(warnings) / sizeof(*warnings)));
    line_str(begin(sim, scene, warnings[row].program), warnings[row].text);
    return false;
}

typedef bool (*scene_fn)(struct simulation *sim, const struct message *scene, uint32_t part);

static const struct {
    enum feature feature;
    scene_fn write;
} scenes[] = {
    {FEATURE_REJECTS, scene_reject},       {FEATURE_REJECTS, scene_reject},
    {FEATURE_LOGINS, scene_bad_login},     {FEATURE_SCREEN, scene_postscreen},
    {FEATURE_SCREEN, scene_anvil},         {FEATURE_LOGINS, scene_dovecot_login},
    {FEATURE_LOGINS, scene_dovecot_login}, {FEATURE_LOGINS, scene_dovecot_lmtp},
    {FEATURE_WARNINGS, scene_warning},     {FEATURE_SCREEN, scene_dnsblog},
};

enum { SCENE_COUNT = sizeof(scenes) / sizeof(*scenes) };

bool scene_wanted(const struct simulation *sim)
{
    bool wanted = false;
    for (size_t i = 0; i < SCENE_COUNT; i++)
        wanted |= simulation_have(sim, scenes[i].feature);
    return wanted;
}

void scene_step(struct simulation *sim, uint32_t number, uint32_t part)
{
    const struct message *scene = &sim->messages[number];
    uint32_t row = scene->client % SCENE_COUNT;
    while (!simulation_have(sim, scenes[row].feature))
        row = (row + 1) % SCENE_COUNT;
    bool more = scenes[row].write(sim, scene, part);
    simulation_emit(sim);
    if (more)
        simulation_plan(sim, random_between(&sim->random, 2000, 900000), STEP_SCENE, number,
                        part + 1);
    else
        simulation_message_free(sim, number);
}

void scene_filler(struct simulation *sim)
{
    uint32_t host = random_below(&sim->random, sim->fleet.count);
    struct line *line = simulation_line(sim, host, PROGRAM_SMTPD, 0);
    line_str(line, "connect from ");
    world_put_client(line, random_below(&sim->random, 1000000));
    simulation_emit(sim);
}
