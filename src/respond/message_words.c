/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the words of messages.
 */
#include "respond/message_words.h"

static const char *const words[][LANGUAGE_COUNT] = {
#define X(name, en, ja) [MESSAGE_##name] = {en, ja},
    MESSAGE_WORDS(X)
#undef X
};

static const char *const transitions[][LANGUAGE_COUNT] = {
    [NOTICE_OPENED] = {"opened", "発生"},
    [NOTICE_UPDATED] = {"worse", "悪化"},
    [NOTICE_ACKNOWLEDGED] = {"acknowledged", "対応中"},
    [NOTICE_ESCALATED] = {"not acknowledged yet, call {count}", "未対応 (呼び出し {count} 回目)"},
    [NOTICE_REOPENED] = {"came back", "再発"},
    [NOTICE_CLOSED] = {"closed", "終了"},
    [NOTICE_ROUTE] = {"route", "経路"},
    [NOTICE_DIGEST] = {"digest", "まとめ"},
    [NOTICE_CURRENT] = {"still open", "継続中"},
};

static const char *const states[][LANGUAGE_COUNT] = {
    [INCIDENT_STATE_OPEN] = {"open", "発生中"},
    [INCIDENT_STATE_ACKNOWLEDGED] = {"acknowledged", "対応中"},
    [INCIDENT_STATE_CLOSED] = {"closed", "終了"},
};

static const char *const route_actions[][LANGUAGE_COUNT] = {
    [AUDIT_DETOUR] = {"Detour", "迂回"},
    [AUDIT_HOLD] = {"Mail is held", "メールを保留"},
    [AUDIT_THROTTLE] = {"Slowed down", "送信を減速"},
    [AUDIT_PROBE] = {"Probe", "試験送信"},
    [AUDIT_RAMP] = {"Given back in part", "一部を復帰"},
    [AUDIT_RETURN] = {"Given back", "経路を復帰"},
    [AUDIT_END] = {"Ended", "変更を終了"},
    [AUDIT_QUARANTINE] = {"Quarantined, waits for a yes", "隔離中、承認待ち"},
    [AUDIT_LEAVE] = {"Nothing is done", "変更なし"},
    [AUDIT_OBSERVE] = {"Would be done", "実行するなら"},
    [AUDIT_PROPOSE] = {"Waits for a yes", "承認待ち"},
    [AUDIT_WARN] = {"Look at it", "確認が必要"},
    [AUDIT_APPROVE] = {"Approved", "承認"},
    [AUDIT_DENY] = {"Denied", "却下"},
    [AUDIT_UNDO] = {"Undone", "取り消し"},
    [AUDIT_SET] = {"Set by hand", "手動で設定"},
    [AUDIT_CLEAR] = {"Cleared by hand", "手動設定を解除"},
};

/* The English column is reply_class_meaning. */
static const char *const japanese_classes[] = {
    [REPLY_CLASS_UNKNOWN] = "不明な応答",
    [REPLY_CLASS_ADDR_DEAD] = "宛先アドレスが存在しない",
    [REPLY_CLASS_ADDR_INACTIVE] = "メールボックスが停止中、またはこの送信者を拒否",
    [REPLY_CLASS_ADDR_QUOTA] = "メールボックスが満杯",
    [REPLY_CLASS_BLOCK_IP] = "プロバイダーが送信元アドレスを拒否",
    [REPLY_CLASS_BLOCK_DOMAIN] = "プロバイダーがドメインまたは本文中のリンクを拒否",
    [REPLY_CLASS_RATE] = "プロバイダーの許容より送信が速い",
    [REPLY_CLASS_RATE_RCPT] = "この宛先の受信数が多すぎる",
    [REPLY_CLASS_GREYLIST] = "初回接続のため後で再送が必要",
    [REPLY_CLASS_AUTH] = "SPF・DKIM・DMARC のいずれかが不一致",
    [REPLY_CLASS_DNS_PTR] = "逆引き、HELO 名、送信ドメインの DNS に誤り",
    [REPLY_CLASS_TLS] = "暗号化が必要だが失敗または未対応",
    [REPLY_CLASS_POLICY] = "受信側組織の規則による拒否",
    [REPLY_CLASS_CONTENT_SPAM] = "迷惑メールの疑い、または禁止された内容",
    [REPLY_CLASS_CONTENT_SIZE] = "メールが大きすぎる",
    [REPLY_CLASS_CONTENT_MALFORMED] = "メールの形式が不正",
    [REPLY_CLASS_NETWORK] = "相手サーバーに接続できない",
    [REPLY_CLASS_REMOTE_SYSTEM] = "相手メールシステムの障害",
    [REPLY_CLASS_PROTOCOL] = "サーバー間の通信手順の食い違い",
    [REPLY_CLASS_LOCAL] = "自社メールシステムの障害",
    [REPLY_CLASS_NOT_BOUNCE] = "失敗ではない",
};

const char *message_class(enum reply_class class, enum language language)
{
    switch (language) {
    case LANGUAGE_EN:
        return reply_class_meaning(class);
    case LANGUAGE_JA:
        return japanese_classes[class];
    }
    return "";
}

const char *message_word(enum message_word word, enum language language)
{
    return words[word][language];
}

const char *message_transition(enum notice_transition transition, enum language language)
{
    return transitions[transition][language];
}

const char *message_action(enum audit_action action, enum language language)
{
    return route_actions[action][language];
}

const char *message_state(enum incident_state state, enum language language)
{
    return states[state][language];
}
