/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_text.h. Digits are of fixed width, so that a request is changed in place.
 */
#include "policy_text.h"

#include <string.h>

enum { LOGIN_DIGITS = 8, ID_DIGITS = 8 };

static void add(struct policy_text *text, const char *bytes)
{
    size_t len = strlen(bytes);
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

/* `before`, then so many digits, then `behind`; returns where the digits are. */
static size_t add_digits(struct policy_text *text, const char *before, const char *behind)
{
    add(text, before);
    size_t at = text->len;
    add(text, "00000000");
    add(text, behind);
    return at;
}

void policy_text_init(struct policy_text *text)
{
    text->len = 0;
    add(text, "request=smtpd_access_policy\nprotocol_state=END-OF-MESSAGE\nprotocol_name=ESMTP\n"
              "client_address=192.0.2.7\nclient_name=c7.example.jp\nclient_port=40222\n"
              "reverse_client_name=c7.example.jp\nserver_address=192.0.2.31\nserver_port=587\n"
              "helo_name=[192.0.2.7]\n");
    text->sender = add_digits(text, "sender=u", "@example.jp\n");
    add(text, "recipient=someone@example.com\nrecipient_count=1\n");
    text->queue_id = add_digits(text, "queue_id=4bQx", "\n");
    text->instance = add_digits(text, "instance=3876.6b01f1ad.", ".0\n");
    add(text, "size=20480\netrn_domain=\nstress=\nsasl_method=PLAIN\n");
    text->login = add_digits(text, "sasl_username=u", "@example.jp\n");
    add(text, "sasl_sender=\nccert_subject=\nccert_issuer=\nccert_fingerprint=\n"
              "ccert_pubkey_fingerprint=\nencryption_protocol=\nencryption_cipher=\n"
              "encryption_keysize=0\npolicy_context=submission\n\n");
}

static void put(char *to, uint64_t number, unsigned base, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; number /= base)
        to[i] = "0123456789abcdef"[number % base];
}

void policy_text_set(struct policy_text *text, uint64_t message, uint32_t login)
{
    put(text->bytes + text->login, login, 10, LOGIN_DIGITS);
    memcpy(text->bytes + text->sender, text->bytes + text->login, LOGIN_DIGITS);
    put(text->bytes + text->queue_id, message, 16, ID_DIGITS);
    memcpy(text->bytes + text->instance, text->bytes + text->queue_id, ID_DIGITS);
}
