/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of a request to lift a block, in rows of one sentence with gaps; a row whose gap has no
 * value is left out.
 */
#include "respond/delist.h"

#include "base/civil.h"
#include "base/escape.h"
#include "base/figure.h"
#include "base/text_template.h"
#include "respond/kept_text.h"

/* X(NAME, English, Japanese); {} is the value. */
#define ROWS(X) \
    X(SUBJECT, "Request to lift the block of {}", "送信元 {} のブロック解除のお願い") \
    X(GREETING, "To the postmaster team of {}:", "{} メール管理ご担当者様") \
    X(REQUEST, \
      "Our mail server cannot deliver mail to your users. Please look at the block of the " \
      "address below and lift it, if you agree that its cause is gone.", \
      "弊社のメールサーバーから貴社宛てのメールが拒否されています。原因は下記のとおり対処しました" \
      "ので、" \
      "ご確認のうえ、制限の解除をお願いいたします。") \
    X(ADDRESS, "Sending address: {}", "送信元 IP アドレス: {}") \
    X(PTR, "Reverse name (PTR): {}", "逆引きホスト名 (PTR): {}") \
    X(HELO, "HELO name: {}", "HELO 名: {}") \
    X(LIST, "Blocklist named: {}", "応答に記載のブロックリスト: {}") \
    X(FIRST, "First refused: {} (UTC)", "最初の拒否: {} (UTC)") \
    X(LAST, "Last refused: {} (UTC)", "最後の拒否: {} (UTC)") \
    X(FIRST_REPLY, "First reply: {}", "最初の応答: {}") \
    X(LAST_REPLY, "Last reply: {}", "最後の応答: {}") \
    X(REFUSED, "Refused since then: {} delivery attempts", "拒否された配送: {} 件") \
    X(ATTEMPTS, "Of so many attempts: {}", "配送の試行: {} 件") \
    X(USUAL, "Our usual volume to you from this address: about {} recipients a day", \
      "貴社宛ての通常の送信量: 1 日あたり約 {} 通") \
    X(LAST_DAY, "In the last 24 hours: {} recipients", "直近 24 時間の送信量: {} 通") \
    X(MENDED, "What was found and mended:", "原因と対処:") \
    X(MENDED_ROW, "- {}", "- {}") \
    X(MENDED_NONE, "- [say what the cause was, what was done, and since when]", \
      "- [原因、対処の内容と日時を記入してください]") \
    X(MOVED, \
      "- Since {} (UTC) we send nothing to you from this address but single messages to " \
      "see whether it is accepted again.", \
      "- {} (UTC) から、受け入れの確認を除き、このアドレスからの送信を止めています。") \
    X(CONTACT, "Contact: {}", "連絡先: {}")

enum row {
#define X(name, en, ja) ROW_##name,
    ROWS(X)
#undef X
};

static const char *const words[][LANGUAGE_COUNT] = {
#define X(name, en, ja) [ROW_##name] = {en, ja},
    ROWS(X)
#undef X
};

static const char *const titles[][LANGUAGE_COUNT] = {
    [DELIST_LIST] = {"the blocklist's own page", "ブロックリストのページ"},
    [DELIST_PROVIDER] = {"the provider's page for it", "プロバイダーの解除申請ページ"},
    [DELIST_REPLY] = {"the link in the reply (look at its host first)",
                      "応答に記載のリンク (ホスト名を確認してください)"},
    [DELIST_POSTMASTER] = {"the provider's postmaster page", "プロバイダーのポストマスターページ"},
};

const char *delist_place_title(enum delist_place_kind kind, enum language language)
{
    return titles[kind][language];
}

/* ---- values ---- */

static bool is_local_part(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* Addresses lose their local parts. */
static void add_masked(struct slice text, struct buf *to)
{
    size_t begin = to->len;
    for (size_t i = 0; i < text.len; i++) {
        size_t end = to->len;
        while (text.ptr[i] == '@' && to->len > begin && is_local_part(to->ptr[to->len - 1]))
            to->len--;
        if (to->len < end)
            buf_add_str(to, "***");
        buf_add_char(to, text.ptr[i]);
    }
}

/* On one line, without controls. */
static void add_plain(struct slice text, struct buf *to)
{
    size_t begin = to->len;
    kept_text_add(text, DELIST_REPLY_MAX, to);
    for (size_t i = begin; i < to->len; i++)
        if ((unsigned char)to->ptr[i] < ' ' || to->ptr[i] == 0x7f)
            to->ptr[i] = ' ';
}

static void add_row(enum row row, struct slice value, enum language language, struct buf *to)
{
    CLEANUP_BUF struct buf plain = {0};
    add_plain(value, &plain);
    const struct text_value values[] = {{"", buf_slice(&plain)}, {NULL, {NULL, 0}}};
    text_template(words[row][language], values, to);
}

static void add_line(enum row row, struct slice value, enum language language, struct buf *to)
{
    if (value.len == 0)
        return;
    add_row(row, value, language, to);
    buf_add_char(to, '\n');
}

static void add_time(enum row row, int64_t us, enum language language, struct buf *to)
{
    char text[24];
    if (us <= 0)
        return;
    civil_format_utc(us, text);
    add_line(row, slice_from_str(text), language, to);
}

static void add_count(enum row row, double count, enum language language, struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    if (count < 1)
        return;
    figure_number((uint64_t)(count + 0.5), &text);
    add_line(row, buf_slice(&text), language, to);
}

/* ---- parts ---- */

static void add_source(const struct delist_facts *facts, enum language language, struct buf *to)
{
    CLEANUP_BUF struct buf address = {0};
    if (facts->source != NULL && facts->source->address.len > 0)
        ip_address_format(&facts->source->address, &address);
    add_line(ROW_ADDRESS, buf_slice(&address), language, to);
    add_line(ROW_PTR, facts->ptr, language, to);
    if (facts->source != NULL)
        add_line(ROW_HELO, facts->source->helo, language, to);
}

static void add_reply(enum row row, struct slice line, enum language language, struct buf *to)
{
    CLEANUP_BUF struct buf masked = {0};
    add_masked(incident_reply(line), &masked);
    add_line(row, buf_slice(&masked), language, to);
}

static void add_replies(const struct delist_facts *facts, enum language language, struct buf *to)
{
    const struct incident *incident = facts->incident;
    add_line(ROW_LIST, incident->list, language, to);
    add_time(ROW_FIRST, incident->opened_us, language, to);
    if (incident->evidence_count > 0)
        add_reply(ROW_FIRST_REPLY, incident->evidence[0], language, to);
    add_time(ROW_LAST, incident->last_hit_us, language, to);
    if (incident->evidence_count > 1)
        add_reply(ROW_LAST_REPLY, incident->evidence[1], language, to);
    add_count(ROW_REFUSED, (double)incident->hits, language, to);
    add_count(ROW_ATTEMPTS, (double)incident->attempts, language, to);
    add_count(ROW_USUAL, facts->volume.usual_day, language, to);
    add_count(ROW_LAST_DAY, facts->volume.last_day, language, to);
}

static void add_mended(const struct delist_facts *facts, enum language language, struct buf *to)
{
    add_line(ROW_MENDED, SLICE("-"), language, to);
    for (size_t i = 0; i < facts->mended_count; i++)
        add_line(ROW_MENDED_ROW, facts->mended[i], language, to);
    if (facts->mended_count == 0)
        add_line(ROW_MENDED_NONE, SLICE("-"), language, to);
    add_time(ROW_MOVED, facts->moved_us, language, to);
}

static void add_place(struct delist_text *out, enum delist_place_kind kind, struct slice url)
{
    static const struct slice schemes[] = {{"https://", 8}, {"http://", 7}, {"mailto:", 7}};
    for (size_t i = 0; i < out->place_count; i++)
        if (slice_eq(out->places[i].url, url))
            return;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (!slice_starts_with(url, schemes[i]))
            continue;
        out->places[out->place_count++] = (struct delist_place){kind, url};
        return;
    }
}

void delist_text_make(const struct delist_facts *facts, enum language language,
                      struct delist_text *out)
{
    const struct provider *provider = facts->provider;
    CLEANUP_BUF struct buf address = {0};
    if (facts->source != NULL && facts->source->address.len > 0)
        ip_address_format(&facts->source->address, &address);
    add_row(ROW_SUBJECT, address.len > 0 ? buf_slice(&address) : facts->incident->source, language,
            &out->subject);
    add_line(ROW_GREETING, provider != NULL ? provider->title : facts->incident->provider, language,
             &out->body);
    buf_add_char(&out->body, '\n');
    add_line(ROW_REQUEST, SLICE("-"), language, &out->body);
    buf_add_char(&out->body, '\n');
    add_source(facts, language, &out->body);
    add_replies(facts, language, &out->body);
    buf_add_char(&out->body, '\n');
    add_mended(facts, language, &out->body);
    buf_add_char(&out->body, '\n');
    add_line(ROW_CONTACT, facts->contact, language, &out->body);
    add_place(out, DELIST_LIST, facts->list_page);
    if (provider != NULL)
        add_place(out, DELIST_PROVIDER, provider->delist);
    add_place(out, DELIST_REPLY, facts->incident->url);
    if (provider != NULL)
        add_place(out, DELIST_POSTMASTER, provider->postmaster);
}

void delist_text_done(struct delist_text *text)
{
    buf_done(&text->subject);
    buf_done(&text->body);
    *text = (struct delist_text){0};
}
