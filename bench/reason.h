/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a delivery ended as it did: the texts that providers and Postfix itself put into the brackets
 * at the end of a delivery record. One row a text.
 */
#ifndef TD_BENCH_REASON_H
#define TD_BENCH_REASON_H

#include "world.h"

enum reason_form {
    REASON_PLAIN,   /* the text as it is */
    REASON_SAID,    /* host H[ip] said: TEXT (in reply to COMMAND) */
    REASON_REFUSED, /* host H[ip] refused to talk to me: TEXT */
    REASON_CONNECT, /* connect to H[ip]:25: TEXT; relay=none */
    REASON_LOST,    /* lost connection with H[ip] while TEXT */
};

/* X(NAME, form, status, dsn, command, text). In texts: %r recipient, %i our address, %q a queue id,
 * %u a number, %t a token, %d the recipient's domain, %m a Message-ID's left half. */
#define REASONS(X) \
    X(SENT, PLAIN, "sent", "2.0.0", "", "250 2.0.0 Ok: queued as %q") \
    X(SENT_GOOGLE, PLAIN, "sent", "2.0.0", "", "250 2.0.0 OK  %u %t - gsmtp") \
    X(SENT_MICROSOFT, PLAIN, "sent", "2.6.0", "", \
      "250 2.6.0 <%m@mail.example.jp> [InternalId=%u, Hostname=TY%u.jpnprd01.prod.outlook.com] " \
      "11523 bytes in 0.120, 93.114 KB/sec Queued mail for delivery -> 250 2.1.5") \
    X(SENT_SHORT, PLAIN, "sent", "2.0.0", "", "250 Ok") \
    X(SENT_SAVED, PLAIN, "sent", "2.0.0", "", "250 2.0.0 <%r> %t Saved") \
    X(SENT_MAILBOX, PLAIN, "sent", "2.0.0", "", "delivered to mailbox") \
    X(SENT_DISCARD, PLAIN, "sent", "2.0.0", "", "example.invalid") \
    X(DEAD, SAID, "bounced", "5.1.1", "RCPT TO command", \
      "550 5.1.1 <%r>: Recipient address rejected: User unknown in virtual mailbox table") \
    X(DEAD_GOOGLE, SAID, "bounced", "5.1.1", "RCPT TO command", \
      "550-5.1.1 The email account that you tried to reach does not exist. Please try " \
      "550-5.1.1 double-checking the recipient's email address for typos or 550-5.1.1 " \
      "unnecessary spaces. For more information, go to 550 5.1.1  " \
      "https://support.google.com/mail/?p=NoSuchUser %t - gsmtp") \
    X(DEAD_MICROSOFT, SAID, "bounced", "5.5.0", "RCPT TO command", \
      "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). " \
      "[TY%u.jpnprd01.prod.outlook.com]") \
    X(DEAD_DOCOMO, SAID, "bounced", "5.1.1", "RCPT TO command", "550 5.1.1 Unknown user <%r>") \
    X(DEAD_AU, SAID, "bounced", "5.0.0", "RCPT TO command", "550 <%r>: User unknown") \
    X(DEAD_SOFTBANK, SAID, "bounced", "5.0.0", "RCPT TO command", "550 Invalid recipient: <%r>") \
    X(DEAD_YAHOO, SAID, "bounced", "5.0.0", "end of DATA command", \
      "554 delivery error: dd This user doesn't have a yahoo.com account (%r) [0] - " \
      "mta%u.mail.gq1.yahoo.com") \
    X(DEAD_APPLE, SAID, "bounced", "5.1.1", "RCPT TO command", \
      "550 5.1.1 <%r>: user does not exist") \
    X(DEAD_LMTP, SAID, "bounced", "5.1.1", "RCPT TO command", \
      "550 5.1.1 <%r> User doesn't exist: %r") \
    X(DEAD_LOCAL, PLAIN, "bounced", "5.1.1", "", "unknown user: \"nobody%u\"") \
    X(NO_DOMAIN, PLAIN, "bounced", "5.4.4", "", \
      "Host or domain name not found. Name service error for name=%d type=MX: Host not found") \
    X(SPAM, SAID, "bounced", "5.7.1", "end of DATA command", \
      "554 5.7.1 This message has been blocked because it contains spam (%t)") \
    X(TOO_LARGE, SAID, "bounced", "5.3.4", "MAIL FROM command", \
      "552 5.3.4 Message size exceeds fixed limit") \
    X(LONG_WINDED, SAID, "bounced", "5.1.1", "RCPT TO command", "%l") \
    X(FULL, SAID, "deferred", "4.2.2", "RCPT TO command", \
      "452 4.2.2 <%r>: Mailbox full, over quota") \
    X(FULL_GOOGLE, SAID, "deferred", "4.2.2", "RCPT TO command", \
      "452-4.2.2 The recipient's inbox is out of storage space. Please direct the 452-4.2.2 " \
      "recipient to 452 4.2.2  https://support.google.com/mail/?p=OverQuotaTemp %t - gsmtp") \
    X(BUSY_GOOGLE, SAID, "deferred", "4.2.1", "RCPT TO command", \
      "450-4.2.1 The user you are trying to contact is receiving mail at a rate that 450-4.2.1 " \
      "prevents additional messages from being delivered. 450 4.2.1  " \
      "https://support.google.com/mail/?p=ReceivingRate %t - gsmtp") \
    X(GREYLISTED, SAID, "deferred", "4.2.0", "RCPT TO command", \
      "450 4.2.0 <%r>: Recipient address rejected: Greylisted, see " \
      "http://postgrey.schweikert.ch/help/%d.html") \
    X(OUT_OF_ORDER, SAID, "deferred", "4.3.0", "end of DATA command", \
      "451 4.3.0 Temporary server error. Please try again later") \
    X(TIMED_OUT, CONNECT, "deferred", "4.4.1", "", "Connection timed out") \
    X(NOT_LISTENING, CONNECT, "deferred", "4.4.1", "", "Connection refused") \
    X(NO_ROUTE, CONNECT, "deferred", "4.4.1", "", "No route to host") \
    X(LOST_GREETING, LOST, "deferred", "4.4.2", "", "receiving the initial server greeting") \
    X(LOST_DATA, LOST, "deferred", "4.4.2", "", \
      "sending end of data -- message may be sent more than once") \
    X(NO_ANSWER, PLAIN, "deferred", "4.4.3", "", \
      "Host or domain name not found. Name service error for name=%d type=MX: Host not found, " \
      "try again") \
    X(BLOCK_MICROSOFT, SAID, "deferred", "4.7.1", "MAIL FROM command", \
      "550 5.7.1 Unfortunately, messages from [%i] weren't sent. Please contact your Internet " \
      "service provider since part of their network is on our block list (S3150). You can also " \
      "refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors. " \
      "[TY%u.jpnprd01.prod.outlook.com]") \
    X(BLOCK_GOOGLE, SAID, "deferred", "4.7.0", "end of DATA command", \
      "421-4.7.0 [%i      15] Our system has detected that this message is 421-4.7.0 suspicious " \
      "due to the very low reputation of the sending IP address. 421-4.7.0 To protect our users " \
      "from spam, mail sent from your IP address has 421-4.7.0 been temporarily rate limited. " \
      "421 4.7.0  https://support.google.com/mail/answer/188131 %t - gsmtp") \
    X(BLOCK_YAHOO, REFUSED, "deferred", "4.7.0", "", \
      "421 4.7.0 [TSS04] Messages from %i temporarily deferred due to unexpected volume or user " \
      "complaints - 4.16.55.1; see " \
      "https://postmaster.yahooinc.com/error-codes") \
    X(BLOCK_LISTED, SAID, "bounced", "5.7.1", "RCPT TO command", \
      "554 5.7.1 Service unavailable; Client host [%i] blocked using zen.spamhaus.org; " \
      "https://www.spamhaus.org/query/ip/%i") \
    X(SLOWER_MICROSOFT, SAID, "deferred", "4.7.652", "MAIL FROM command", \
      "451 4.7.652 The mail server [%i] has exceeded the maximum number of connections. " \
      "[TY%u.jpnprd01.prod.outlook.com]") \
    X(UNAUTHENTICATED_GOOGLE, SAID, "bounced", "5.7.26", "end of DATA command", \
      "550-5.7.26 Your email has been blocked because the sender is unauthenticated. " \
      "550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM. " \
      "550-5.7.26 SPF [mail.example.jp] with ip: [%i] = did not pass 550-5.7.26  For " \
      "instructions on setting up authentication, go to 550 5.7.26  " \
      "https://support.google.com/mail/answer/81126#authentication %t - gsmtp") \
    X(NAMELESS, SAID, "deferred", "4.7.25", "RCPT TO command", \
      "450 4.7.25 Client host rejected: cannot find your hostname, [%i]") \
    X(RESET, CONNECT, "deferred", "4.4.1", "", "Connection reset by peer") \
    X(BLOCK_SPAMCOP, SAID, "deferred", "4.7.1", "RCPT TO command", \
      "450 4.7.1 Service unavailable; Client host [%i] blocked using bl.spamcop.net; Blocked - " \
      "see " \
      "https://www.spamcop.net/bl.shtml?%i") \
    X(BLOCK_DOMAIN_GOOGLE, SAID, "bounced", "5.7.1", "end of DATA command", \
      "550-5.7.1 [%i      19] Gmail has detected that this message is likely 550-5.7.1 " \
      "suspicious " \
      "due to the very low reputation of the sending domain. To 550-5.7.1 best protect our users " \
      "from spam, the message has been blocked. 550 5.7.1  " \
      "https://support.google.com/mail/?p=UnsolicitedMessageError %t - gsmtp") \
    X(SPAM_GOOGLE, SAID, "bounced", "5.7.1", "end of DATA command", \
      "550-5.7.1 [%i      12] Gmail has detected that this message is likely 550-5.7.1 " \
      "unsolicited " \
      "mail. To reduce the amount of spam sent to Gmail, 550-5.7.1 this message has been " \
      "blocked. " \
      "550 5.7.1  https://support.google.com/mail/?p=UnsolicitedMessageError %t - gsmtp") \
    X(SLOWER_YAHOO, REFUSED, "deferred", "4.3.2", "", \
      "421 Max message per connection reached, closing transmission channel") \
    X(UNTRUSTED, PLAIN, "deferred", "4.7.5", "", "Server certificate not trusted") \
    X(PROBE_GOOD, PLAIN, "deliverable", "2.1.5", "", "250 2.1.5 Ok") \
    X(PROBE_BAD, SAID, "undeliverable", "5.1.1", "RCPT TO command", "550 5.1.1 <%r>: unknown")

enum reason {
#define X(name, form, status, dsn, command, text) REASON_##name,
    REASONS(X)
#undef X
};

struct reason_row {
    enum reason_form form;
    struct slice status, dsn;
    const char *command, *text;
};

/* What the placeholders stand for. */
struct reason_facts {
    struct address to;
    bool ipv6;
    uint8_t our_ip; /* last number of the source's address */
    uint64_t token; /* random */
};

const struct reason_row *reason_row(enum reason reason);

/* Appends the text, without the outer brackets. */
void reason_put(struct line *line, enum reason reason, const struct reason_facts *facts);

#endif
