/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a login is suspected: what is worth a word, in each language, with no gap left open.
 */
#include "model/suspect_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void only_what_is_worth_a_word(void **state)
{
    static const struct {
        struct incident_suspect suspect;
        const char *en, *ja;
    } rows[] = {
        {{.recipients = 1200, .usual = 40, .hours = 9},
         "1,200 recipients within two hours, usually 40 an hour",
         "2 時間以内に宛先 1,200 件 (通常は 1 時間に 40 件)"},
        {{.recipients = 30, .new_percent = 19, .bounced_percent = 1, .networks = 5, .refused = 9},
         "30 recipients within two hours, none before",
         "2 時間以内に宛先 30 件 (以前はなし)"},
        {{.recipients = 30, .hours = 1, .new_percent = 20, .bounced_percent = 2, .networks = 1},
         "30 recipients within two hours, usually 0 an hour; 20 % to new domains; 2 % bounced; 1 "
         "new client network",
         "2 時間以内に宛先 30 件 (通常は 1 時間に 0 件)、新規ドメイン宛 20 %、バウンス 2 "
         "%、新しい接続元ネットワーク 1 件"},
        {{.recipients = 30, .hours = 1, .networks = 2, .refused = 1000},
         "30 recipients within two hours, usually 0 an hour; 2 new client networks; 1,000 failed "
         "logins",
         "2 時間以内に宛先 30 件 (通常は 1 時間に 0 件)、新しい接続元ネットワーク 2 "
         "件、ログイン失敗 1,000 回"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf en = {0}, ja = {0};
        suspect_reason(&rows[i].suspect, LANGUAGE_EN, &en);
        suspect_reason(&rows[i].suspect, LANGUAGE_JA, &ja);
        assert_string_equal(buf_str(&en), rows[i].en);
        assert_string_equal(buf_str(&ja), rows[i].ja);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_what_is_worth_a_word)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
