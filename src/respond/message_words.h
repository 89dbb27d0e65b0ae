/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of messages: labels and sentences with gaps, one column a language.
 */
#ifndef TD_RESPOND_MESSAGE_WORDS_H
#define TD_RESPOND_MESSAGE_WORDS_H

#include "base/text_template.h"
#include "model/language.h"
#include "respond/notice.h"

/* X(NAME, English, Japanese) */
#define MESSAGE_WORDS(X) \
    X(TITLE, "[{severity}] {title}: {subject}", "[{severity}] {title}: {subject}") \
    X(TITLE_AGAIN, "[{severity}, {status}] {title}: {subject}", \
      "[{severity}・{status}] {title}: {subject}") \
    X(TITLE_CLOSED, "[closed] {title}: {subject}", "[終了] {title}: {subject}") \
    X(TITLE_DIGEST, "[{severity}] Held back during quiet hours: {count}", \
      "[{severity}] 静穏時間中に保留した通知: {count} 件") \
    X(ROUTE, "Route", "経路") \
    X(WHY, "Why", "理由") \
    X(SUBJECT_SOURCE, "{source}, {count} incidents", "{source} ({count} 件)") \
    X(SUBJECT_PROVIDER, "{provider}, {count} incidents", "{provider} ({count} 件)") \
    X(SUBJECT_KIND, "{count} incidents", "{count} 件") \
    X(STATUS, "Status", "状態") \
    X(NEW, "New", "新規") \
    X(NEW_ITEM, "{title}: {subject}", "{title}: {subject}") \
    X(WHERE, "Where", "対象") \
    X(SCOPE, "Scope", "範囲") \
    X(SINCE, "Since", "発生日時") \
    X(ENDED, "Ended", "終了日時") \
    X(HOW_MUCH, "How much", "規模") \
    X(AFFECTED, "Affected", "影響") \
    X(NORMAL, "Normal", "通常") \
    X(CLASS, "Reply class", "応答分類") \
    X(LISTED_BY, "Listed by", "掲載リスト") \
    X(CAME_BACK, "Came back", "再発") \
    X(BY, "By", "担当") \
    X(SAMPLE_REPLY, "Sample reply", "応答の例") \
    X(SAMPLE_LINE, "Sample log line", "ログの例") \
    X(ADVICE, "What to do", "対応") \
    X(RUNBOOK, "Runbook", "手順書") \
    X(LINK, "Provider page", "プロバイダーのページ") \
    X(REPLY_LINK, "Link in the reply", "応答内のリンク") \
    X(LIST, "Incidents", "インシデント一覧") \
    X(LIST_ITEM, "{id} [{state}] {title}: {subject}", "{id} [{state}] {title}: {subject}") \
    X(LIST_MORE, "and {count} more", "ほか {count} 件") \
    X(SUSPECTS, "Suspects", "疑わしいログイン") \
    X(SUSPECT, "{login}: {reason}", "{login}: {reason}") \
    X(HINT, "Take it", "対応する") \
    X(APPROVE, "Say yes", "承認する") \
    X(DENY, "Say no", "却下する") \
    X(BUTTON_ACKNOWLEDGE, "Acknowledge", "対応する") \
    X(BUTTON_APPROVE, "Approve", "承認") \
    X(BUTTON_DENY, "Deny", "却下") \
    X(ACKNOWLEDGED_BY, "Acknowledged by {by}", "{by} が対応中") \
    X(APPROVED_BY, "Approved by {by}", "{by} が承認しました") \
    X(DENIED_BY, "Denied by {by}", "{by} が却下しました") \
    X(NOT_DONE, "Not done: {reason}", "実行できませんでした: {reason}") \
    X(NO_APPROVER, \
      "Sorry {by}, routes are decided on by the people whom the settings name (respond: " \
      "approvers). Nothing was changed.", \
      "{by} さん、恐れ入りますが、経路の承認と却下は設定 (respond: approvers) " \
      "に記載された方だけが" \
      "行えます。何も変更していません。") \
    X(RECIPIENTS, "{count} recipients", "宛先 {count} 件") \
    X(ONE_RECIPIENT, "{count} recipient", "宛先 {count} 件") \
    X(MESSAGES, "{count} messages", "メール {count} 通") \
    X(ONE_MESSAGE, "{count} message", "メール {count} 通") \
    X(LOGINS, "{count} logins", "ログイン {count} 件") \
    X(ONE_LOGIN, "{count} login", "ログイン {count} 件") \
    X(SEPARATOR, ", ", "、") \
    X(NORMAL_HOUR, "about {count} recipients an hour", "1 時間あたり約 {count} 件") \
    X(TIMES, "{count} times", "{count} 回") \
    X(BY_NOTE, "{by}: {note}", "{by}: {note}")

enum message_word {
#define X(name, en, ja) MESSAGE_##name,
    MESSAGE_WORDS(X)
#undef X
};

#define X(name, en, ja) +1
enum { MESSAGE_WORD_COUNT = MESSAGE_WORDS(X) };
#undef X

const char *message_word(enum message_word word, enum language language);

/* "opened", "escalated, call {count}": the transition for people. */
const char *message_transition(enum notice_transition transition, enum language language);

/* What a class of replies means, without jargon. */
const char *message_class(enum reply_class class, enum language language);

/* "detour", "waits for a yes": what was decided about a route. */
const char *message_action(enum audit_action action, enum language language);

const char *message_state(enum incident_state state, enum language language);

#endif
