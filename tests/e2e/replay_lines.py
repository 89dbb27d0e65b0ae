# SPDX-License-Identifier: Apache-2.0
"""Log lines for the tests of routes in a replay: messages of one relay to several providers."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

START = datetime(2026, 3, 2, 8, 0, tzinfo=timezone.utc)
SECOND, MINUTE, HOUR = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours"))

# Provider: its host, a domain of it, and what it says of an address that does not exist.
PROVIDERS = {
    "google": ("gmail-smtp-in.l.google.com", "gmail.com",
               "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 "
               "double-checking the recipient's email address for typos or 550-5.1.1 unnecessary spaces. "
               "For more information, go to 550 5.1.1  https://support.google.com/mail/?p=NoSuchUser "
               "a1-20020a05600c0si123.45 - gsmtp"),
    "docomo": ("mfsmax.docomo.ne.jp", "docomo.ne.jp", "550 5.1.1 Unknown user <{to}>"),
    "yahoo-aol": ("mx-apac.mail.gm0.yahoodns.net", "yahoo.com",
                  "554 delivery error: dd This user doesn't have a yahoo.com account ({to}) [0]"),
    "microsoft-consumer": ("outlook-com.olc.protection.outlook.com", "outlook.com",
                           "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."),
    "softbank": ("mx.softbank.ne.jp", "softbank.ne.jp", "550 5.1.1 <{to}>: User unknown"),
}
BLOCK = ("550 5.7.1 Service unavailable; client host [192.0.2.11] blocked using zen.spamhaus.org; "
         "https://www.spamhaus.org/query/ip/192.0.2.11")


@dataclass
class Log:
    """Lines in the order of time; a message is one recipient at one provider by one source."""
    lines: list
    number: int = 0

    def send(self, when, provider, source="out-a", reply=None, relay="relay1", status=None):
        self.number += 1
        queue_id = f"{self.number % 0x100000:05X}{0xA00000 + (self.number >> 20):06X}"
        host, domain, _ = PROVIDERS[provider]
        to = f"u{self.number}@{domain}"
        mx = f"{host}[198.51.100.7]"
        said = "250 2.0.0 Ok: queued as X"
        if reply is not None:
            said = f"host {mx} said: {reply.format(to=to)} (in reply to RCPT TO command)"
            status = status or ("bounced" if reply[0] == "5" else "deferred")
        status = status or "sent"
        dsn = {"sent": "2.0.0", "bounced": "5.1.1", "deferred": "4.7.1"}[status]
        self.add(when, relay, f"postfix/smtpd[1]: {queue_id}: client=c.example[192.0.2.9]")
        self.add(when, relay, f"postfix/qmgr[3]: {queue_id}: from=<a@c.example>, size=900, nrcpt=1 (queue active)")
        self.add(when, relay, f"postfix/{source}/smtp[4]: {queue_id}: to=<{to}>, relay={mx}:25, delay=0.5, "
                              f"delays=0.1/0/0.2/0.2, dsn={dsn}, status={status} ({said})")
        if status != "deferred":
            self.add(when, relay, f"postfix/qmgr[3]: {queue_id}: removed")
        return to

    def add(self, when, relay, text):
        self.lines.append((when, len(self.lines), f"{when.isoformat()} {relay} {text}\n"))

    def every(self, step, since, until, provider, source="out-a", reply=None, **more):
        """One message each step, in [since, until)."""
        while since < until:
            self.send(since, provider, source, reply, **more)
            since += step

    def write(self, path):
        path.write_text("".join(line for _, _, line in sorted(self.lines)))
        return path


def dead(provider):
    return PROVIDERS[provider][2]
