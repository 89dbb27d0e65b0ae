# SPDX-License-Identifier: Apache-2.0
"""Log lines for the tests from outside: complete lives of messages, as Postfix writes them."""

from datetime import datetime, timedelta, timezone

START = datetime(2026, 3, 2, 10, 0, tzinfo=timezone.utc)
BLOCK = "550 5.7.1 Service unavailable; client host [192.0.2.11] blocked using zen.spamhaus.org"
DEAD = "550 5.1.1 User unknown"


def life(number, when, reply=None, domain="mail.example", login=None):
    """Lines of one message to one recipient; reply None: accepted."""
    stamp, queue_id = when.isoformat(), f"{number % 0x100000:05X}{0xA00000 + (number >> 20):06X}"
    mx = f"mx.{domain}[198.51.100.7]"
    said = f"host {mx} said: {reply} (in reply to RCPT TO command)" if reply else "250 2.0.0 Ok: queued as X"
    status = "sent" if reply is None else "bounced" if reply[0] == "5" else "deferred"
    dsn = "2.0.0" if reply is None else reply.split()[1]
    client = f", sasl_method=PLAIN, sasl_username={login}" if login else ""
    lines = [f"postfix/smtpd[1]: {queue_id}: client=c.example[192.0.2.9]{client}",
             f"postfix/cleanup[2]: {queue_id}: message-id=<{number}@c.example>",
             f"postfix/qmgr[3]: {queue_id}: from=<a@c.example>, size=900, nrcpt=1 (queue active)",
             f"postfix/out-a/smtp[4]: {queue_id}: to=<u{number}@{domain}>, relay={mx}:25, delay=0.5, "
             f"delays=0.1/0/0.2/0.2, dsn={dsn}, status={status} ({said})"]
    if status != "deferred":
        lines.append(f"postfix/qmgr[3]: {queue_id}: removed")
    return "".join(f"{stamp} relay1 {line}\n" for line in lines)


def lives(count, reply=None, start=START, step=timedelta(minutes=1), first=1, **more):
    """`count` messages, one each `step`."""
    return "".join(life(first + i, start + i * step, reply, **more) for i in range(count))
