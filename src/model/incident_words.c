/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of words for incidents. A row a kind; a column a language.
 */
#include "model/incident_words.h"

#include "base/text_template.h"

/* What the hits of a kind are among its attempts. */
#define REFUSED \
    { \
        "{hits} of {attempts} attempts refused ({ratio})", \
            "送信試行 {attempts} 回のうち {hits} 回が拒否 ({ratio})" \
    }
#define FAILED \
    { \
        "{hits} of {attempts} attempts failed ({ratio})", \
            "送信試行 {attempts} 回のうち {hits} 回が失敗 ({ratio})" \
    }
#define LATE \
    { \
        "{hits} of {attempts} recipients waited too long ({ratio})", \
            "宛先 {attempts} 件のうち {hits} 件が遅延 ({ratio})" \
    }
#define VOLUME \
    { \
        "{hits} of {attempts} recipients above normal ({ratio})", \
            "宛先 {attempts} 件のうち {hits} 件が通常を超過 ({ratio})" \
    }
#define NOTHING \
    { \
        "", "" \
    }

struct kind_words {
    const char *title[LANGUAGE_COUNT];
    const char *count[LANGUAGE_COUNT];
    const char *advice[LANGUAGE_COUNT];
};

static const struct kind_words kinds[] = {
    [INCIDENT_BLOCK] =
        {{"Blocked", "ブロック"},
         REFUSED,
         {"Send this provider's mail by another source, stop what caused it, then ask for "
          "delisting.",
          "このプロバイダー宛のメールを別の送信元から送り、原因を止めてから、解除を申請してくださ"
          "い。"}},
    [INCIDENT_SILENT_BLOCK] =
        {{"Silently blocked", "無応答ブロック"},
         FAILED,
         {"Other sources get through: send by one of them and write to the provider's postmaster.",
          "他の送信元からは届いています。別の送信元から送り、プロバイダーのポストマスターに連絡し"
          "てください。"}},
    [INCIDENT_OUTAGE] =
        {{"Provider outage", "プロバイダー障害"},
         FAILED,
         {"Their trouble, not ours: leave the mail queued, another source does not help.",
          "相手側の障害です。メールはキューに残してください。送信元を変えても届きません。"}},
    [INCIDENT_UNREACHABLE] =
        {{"Unreachable", "到達不能"},
         FAILED,
         {"Try the provider's MX by hand from another address to tell a block from an outage.",
          "別のアドレスからプロバイダーの MX "
          "に手動で接続し、ブロックか障害かを見分けてください。"}},
    [INCIDENT_SLOW_DOWN] =
        {{"Asked to slow down", "送信速度の制限"},
         {"{hits} of {attempts} attempts put off ({ratio})",
          "送信試行 {attempts} 回のうち {hits} 回が保留 ({ratio})"},
         {"Lower connections and messages per connection for this provider on this source.",
          "この送信元からこのプロバイダーへの接続数と、接続あたりの通数を減らしてください。"}},
    [INCIDENT_CONFIGURATION] =
        {{"Our configuration", "設定の不備"},
         REFUSED,
         {"Give the reply to whoever runs this relay: its TLS, or how it speaks SMTP, must be "
          "mended.",
          "このリレーの担当者に応答文を渡し、TLS の設定や SMTP のやり取りを直してもらってくださ"
          "い。"}},
    [INCIDENT_SURGE] =
        {{"Unusual volume", "送信量の急増"},
         VOLUME,
         {"Ask the owner whether this mail is theirs; if not, suspend the login and reset its "
          "password.",
          "本人の送信か確認してください。違う場合はログインを停止し、パスワードを変更してくださ"
          "い。"}},
    [INCIDENT_CONTENT] =
        {{"Content refused", "メール内容の拒否"},
         REFUSED,
         {"Look at the refused messages and their logins: stop the campaign or the hijacked login. "
          "Another source does not help.",
          "拒否されたメールとログインを確認し、該当の配信または乗っ取られたログインを止めてくださ"
          "い。送信元を変えても届きません。"}},
    [INCIDENT_AUTHENTICATION] =
        {{"Authentication fails", "送信ドメイン認証の失敗"},
         REFUSED,
         {"Check SPF, DKIM and DMARC of the sender domain that the reply names, and the clock and "
          "key of the signer.",
          "応答文にある送信ドメインの SPF・DKIM・DMARC と、署名サーバーの時刻と鍵を確認してくださ"
          "い。"}},
    [INCIDENT_DNS] =
        {{"Our DNS refused", "DNS の不備"},
         REFUSED,
         {"Check that the source's address, its reverse name and its HELO name agree, and that the "
          "sender domain resolves.",
          "送信元アドレスの逆引き、正引き、HELO 名が一致しているか、送信ドメインが引けるかを確認し"
          "てください。"}},
    [INCIDENT_GROWTH] =
        {{"Volume grows fast", "送信量の急な伸び"},
         VOLUME,
         {"Spread the campaign over more days: providers limit senders that more than double in a "
          "day.",
          "配信を数日に分けてください。1 日で 2 倍を超えると、プロバイダーに制限されることがありま"
          "す。"}},
    [INCIDENT_REACHABILITY] =
        {{"Reachability at risk", "到達率の低下"},
         FAILED,
         {"See which class of reply fails most and for which provider; repair what is ours first.",
          "どの応答分類、どのプロバイダーで失敗が多いかを調べ、自社側の原因から直してください。"}},
    [INCIDENT_LATENCY] =
        {{"Mail is slow", "配送の遅延"},
         LATE,
         {"See where the time goes: our queue, the connection, or the provider's replies.",
          "自社のキュー、接続、プロバイダーの応答のどこで時間がかかっているかを調べてください。"}},
    [INCIDENT_QUEUE_AGE] =
        {{"Mail waits too long", "キューの滞留"},
         LATE,
         {"Look at the oldest messages and their last reply; release or reroute what can go.",
          "最も古いメールと最後の応答を確認し、送れるものは解放するか経路を変えてください。"}},
    [INCIDENT_BACKLOG] =
        {{"Backlog grows", "未配送メールの増加"},
         NOTHING,
         {"Find the provider or login that most waiting mail belongs to, and whether more arrives "
          "than leaves.",
          "滞留の多いプロバイダーまたはログインと、流入が流出を上回っていないかを調べてください"
          "。"}},
    [INCIDENT_BRUTE_FORCE] =
        {{"Passwords are guessed", "パスワード総当たり"},
         {"{hits} of {attempts} logins failed ({ratio})",
          "ログイン {attempts} 回のうち {hits} 回が失敗 ({ratio})"},
         {"Block the addresses that guess; change the password of any login that succeeded from "
          "them.",
          "攻撃元アドレスを遮断し、そこから成功したログインがあればパスワードを変更してください"
          "。"}},
    [INCIDENT_LOG_SILENT] =
        {{"A log fell silent", "ログの途絶"},
         NOTHING,
         {"Check that the host lives, that its mail system logs, and that the log reaches us.",
          "ホストの稼働、メールシステムのログ出力、ログの転送を確認してください。"}},
    [INCIDENT_LOG_UNREAD] =
        {{"Log lines not understood", "解釈できないログ"},
         {"{hits} of {attempts} lines not understood ({ratio})",
          "ログ {attempts} 行のうち {hits} 行を解釈できません ({ratio})"},
         {"Look at the sample line: a program was updated or given another format, or a whole log "
          "is in a form that is not read, such as JSON.",
          "例の行を確認してください。プログラムの更新や形式の変更、または JSON "
          "などログ全体が対応していない形式であることが考えられます。"}},
    [INCIDENT_HISTORY] =
        {{"History in trouble", "履歴ストアの障害"},
         NOTHING,
         {"Check space and health of the disk or the database; watching goes on meanwhile.",
          "ディスクやデータベースの空き容量と状態を確認してください。その間も監視は続いています"
          "。"}},
    [INCIDENT_NOTIFIER] =
        {{"A notifier is dead", "通知先の停止"},
         NOTHING,
         {"Check address, token and network of the notifier; the messages it missed are counted in "
          "the status.",
          "通知先のアドレス、トークン、ネットワークを確認してください。届かなかった通知の数は状態"
          "表示にあります。"}},
    [INCIDENT_ROUTING] =
        {{"Routes are stuck", "経路変更の停止"},
         NOTHING,
         {"Mend the file or command that it names; until then mail waits or keeps its old way.",
          "示されたファイルまたはコマンドを直してください。それまでメールは待機するか、元の経路で"
          "送られます。"}},
    [INCIDENT_ACCOUNT_HIJACKED] =
        {{"Account hijacked", "アカウントの乗っ取り"},
         VOLUME,
         {"Ask the owner; change the password and end the sessions. Was it the owner, resume the "
          "account: held mail goes on then.",
          "本人に確認し、パスワードの変更とセッションの切断を行ってください。本人の送信であれば、ア"
          "カウントを再開すると保留中のメールも送れます。"}},
    [INCIDENT_AUTH_BACKEND_DOWN] =
        {{"Logins get no answer", "ログインの応答不能"},
         NOTHING,
         {"Start or mend what it names; programs try again by themselves, and nobody is let in "
          "meanwhile without a right password.",
          "示されたものを起動または修復してください。メールソフトは自動で再試行し、その間も正しいパ"
          "スワードなしには誰も入れません。"}},
    [INCIDENT_MAILBOX_SERVER_QUOTA_DOWN] =
        {{"Full mailboxes are not known", "メールボックスの空き容量が不明"},
         NOTHING,
         {"Start or mend what it names; meanwhile mail for full mailboxes is taken and returned "
          "later, to senders that may be forged.",
          "示されたものを起動または修復してください。それまで、空きのないメールボックス宛てのメール"
          "を受け取り、後から、詐称されているかもしれない送信者に返送します。"}},
};

static const char *const domain_advice[LANGUAGE_COUNT] = {
    "Find the listed domain or link and stop that mail; another source does not help.",
    "リストに載ったドメインまたはリンクを特定し、そのメールを止めてください。送信元を変えても届きま"
    "せん。",
};

static const char *const scopes[][LANGUAGE_COUNT] = {
#define X(name, word, ja, rank) [INCIDENT_SCOPE_##name] = {word, ja},
    INCIDENT_SCOPES(X)
#undef X
};

static const char *const severities[][LANGUAGE_COUNT] = {
    [INCIDENT_USUAL] = {"usual", "通常"},
    [INCIDENT_INFO] = {"info", "情報"},
    [INCIDENT_WARNING] = {"warning", "警告"},
    [INCIDENT_CRITICAL] = {"critical", "重大"},
};

/* Forms of a subject. */
enum form {
    FORM_LOGIN,
    FORM_DOMAIN,
    FORM_NAME,
    FORM_RELAY_NAME,
    FORM_RELAY,
    FORM_PATH,
    FORM_POOL,
    FORM_PROVIDER,
};

static const char *const forms[][LANGUAGE_COUNT] = {
    [FORM_LOGIN] = {"login {login}", "ログイン {login}"},
    [FORM_DOMAIN] = {"domain {domain}", "ドメイン {domain}"},
    [FORM_NAME] = {"{name}", "{name}"},
    [FORM_RELAY_NAME] = {"{name} on {relay}", "{relay} の {name}"},
    [FORM_RELAY] = {"every source of {relay}", "{relay} の全送信元"},
    [FORM_PATH] = {"{sender} {arrow} {provider}", "{sender} {arrow} {provider}"},
    [FORM_POOL] = {"pool {name}", "プール {name}"},
    [FORM_PROVIDER] = {"all mail to {provider}", "{provider} 宛の全メール"},
};

const char *incident_title(enum incident_kind kind, enum language language)
{
    return kinds[kind].title[language];
}

const char *incident_scope_title(enum incident_scope scope, enum language language)
{
    return scopes[scope][language];
}

const char *incident_severity_title(enum incident_severity severity, enum language language)
{
    return severities[severity][language];
}

const char *incident_advice(const struct incident *incident, enum language language)
{
    if (incident->kind == INCIDENT_BLOCK && incident->class == REPLY_CLASS_BLOCK_DOMAIN)
        return domain_advice[language];
    return kinds[incident->kind].advice[language];
}

const char *incident_count_pattern(enum incident_kind kind, enum language language)
{
    return kinds[kind].count[language];
}

/* Who sends: a source, a relay, a domain, or how wide it reaches. */
static void add_sender(const struct incident *incident, enum language language, struct buf *to)
{
    const struct text_value values[] = {
        {"relay", incident->relay}, {"domain", incident->domain}, {NULL, SLICE("")}};
    if (incident->source.len > 0) {
        buf_add(to, incident->relay);
        buf_add_str(to, incident->relay.len ? "/" : "");
        buf_add(to, incident->source);
    } else if (incident->domain.len > 0) {
        text_template(forms[FORM_DOMAIN][language], values, to);
    } else if (incident->relay.len > 0) {
        text_template(forms[FORM_RELAY][language], values, to);
    } else {
        buf_add_str(to, scopes[incident->scope][language]);
    }
}

static enum form form_of(const struct incident *incident)
{
    bool sent_by_some =
        incident->source.len > 0 || incident->domain.len > 0 || incident->relay.len > 0;
    if (incident->login.len > 0)
        return FORM_LOGIN;
    if (incident->name.len > 0 && incident->scope == INCIDENT_SCOPE_POOL)
        return FORM_POOL;
    if (incident->name.len > 0)
        return incident->relay.len > 0 ? FORM_RELAY_NAME : FORM_NAME;
    return incident->scope == INCIDENT_SCOPE_PROVIDER && !sent_by_some ? FORM_PROVIDER : FORM_PATH;
}

void incident_subject(const struct incident *incident, enum language language, const char *arrow,
                      struct buf *to)
{
    CLEANUP_BUF struct buf sender = {0};
    add_sender(incident, language, &sender);
    const struct text_value values[] = {{"login", incident->login},
                                        {"name", incident->name},
                                        {"relay", incident->relay},
                                        {"provider", incident->provider},
                                        {"sender", buf_slice(&sender)},
                                        {"arrow", slice_from_str(arrow)},
                                        {NULL, SLICE("")}};
    if (form_of(incident) == FORM_PATH && incident->provider.len == 0)
        buf_add(to, buf_slice(&sender));
    else
        text_template(forms[form_of(incident)][language], values, to);
}
