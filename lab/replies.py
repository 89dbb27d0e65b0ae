# SPDX-License-Identifier: Apache-2.0
"""What the fake providers say, in the wording of the real ones.

Each reply is a list of SMTP lines without line ends; `{rcpt}`, `{ip}` and `{id}` are filled in.
Where the wording of a provider is not known, the case is absent (softbank: over quota).
"""

import zlib
from dataclasses import dataclass, field

GOOGLE_DEAD = [
    "550-5.1.1 The email account that you tried to reach does not exist. Please try",
    "550-5.1.1 double-checking the recipient's email address for typos or",
    "550-5.1.1 unnecessary spaces. For more information, go to",
    "550 5.1.1  https://support.google.com/mail/?p=NoSuchUser {id} - gsmtp",
]
GOOGLE_QUOTA = [
    "452-4.2.2 The recipient's inbox is out of storage space. Please direct the",
    "452-4.2.2 recipient to",
    "452 4.2.2  https://support.google.com/mail/?p=OverQuotaTemp {id} - gsmtp",
]
GOOGLE_NOT_AUTHORIZED = [
    "550-5.7.1 [{ip}] The IP you're using to send mail is not authorized to",
    "550-5.7.1 send email directly to our servers. Please use the SMTP relay at your",
    "550-5.7.1 service provider instead. For more information, go to",
    "550 5.7.1  https://support.google.com/mail/?p=NotAuthorizedError {id} - gsmtp",
]
GOOGLE_LOW_REPUTATION = [
    "421-4.7.0 [{ip}      15] Our system has detected that this message is",
    "421-4.7.0 suspicious due to the very low reputation of the sending IP address.",
    "421-4.7.0 To best protect our users from spam, the message has been blocked. For",
    "421-4.7.0 more information, go to",
    "421 4.7.0  https://support.google.com/mail/answer/188131 {id} - gsmtp",
]
GOOGLE_RATE = [
    "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating",
    "421-4.7.28 from your IP address. To protect our users from spam, mail sent from",
    "421-4.7.28 your IP address has been temporarily rate limited. For more",
    "421-4.7.28 information, go to",
    "421 4.7.28  https://support.google.com/mail/?p=UnsolicitedRateLimitError {id} - gsmtp",
]
MICROSOFT_BLOCK = [
    "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Please contact your Internet"
    " service provider since part of their network is on our block list (S3150). You can also"
    " refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors."
    " [{id}.eop-eur05.prod.protection.outlook.com]",
]
MICROSOFT_RATE = [
    "451 4.7.650 The mail server [{ip}] has been temporarily rate limited due to IP reputation."
    " For e-mail delivery information, see https://postmaster.live.com (S843)"
    " [{id}.eop-EUR02.prod.protection.outlook.com]",
]
# Words of Postfix and postgrey, for providers whose own are not known.
DNSBL_BLOCK = ["554 5.7.1 Service unavailable; Client host [{ip}] blocked using zen.spamhaus.org"]
TOO_MUCH_MAIL = ["450 4.7.1 Error: too much mail from {ip}"]
GREYLISTED = ["450 4.2.0 <{rcpt}>: Recipient address rejected: Greylisted, please try again later"]


@dataclass(frozen=True)
class Spec:
    """A provider: its names, its place on loopback, and its words: a field is the reply of that
    name (conduct.py); an empty one is never given."""

    name: str
    host: str
    ip: str
    domain: str
    banner: str = "{host} ESMTP"
    accepted: list = field(default_factory=lambda: ["250 2.0.0 Ok: queued as {id}"])
    dead: list = field(default_factory=list)
    quota: list = field(default_factory=list)
    greylist: list = field(default_factory=lambda: GREYLISTED)
    rate: list = field(default_factory=lambda: TOO_MUCH_MAIL)
    block: list = field(default_factory=lambda: [DNSBL_BLOCK])  # replies in turn
    latency_ms: tuple = (10, 40)


PROVIDERS = (
    Spec("google", "gmail-smtp-in.l.google.com", "127.0.0.21", "gmail.com",
         banner="mx.google.com ESMTP {id} - gsmtp",
         accepted=["250 2.0.0 OK  {id} - gsmtp"],
         dead=GOOGLE_DEAD, quota=GOOGLE_QUOTA,
         block=[GOOGLE_NOT_AUTHORIZED, GOOGLE_NOT_AUTHORIZED, GOOGLE_LOW_REPUTATION],
         rate=GOOGLE_RATE,
         latency_ms=(20, 60)),
    Spec("microsoft", "outlook-com.olc.protection.outlook.com", "127.0.0.22", "outlook.com",
         accepted=["250 2.6.0 <{id}@lab.example> [InternalId={id}] Queued mail for delivery"],
         dead=["550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [{id}]"],
         quota=["552 5.2.2 <{rcpt}> Mailbox full, quota exceeded"],
         block=[MICROSOFT_BLOCK], rate=MICROSOFT_RATE,
         latency_ms=(30, 80)),
    Spec("softbank", "mx.softbank.ne.jp", "127.0.0.23", "softbank.ne.jp",
         dead=["550 Invalid recipient: <{rcpt}>"]),
    Spec("docomo", "mfsmax.docomo.ne.jp", "127.0.0.24", "docomo.ne.jp",
         dead=["550 5.1.1 Unknown user <{rcpt}>"],
         quota=["552 Too much mail data"]),
)
# Where bounces (from=<>) to the shops' own addresses end.
HOME = Spec("home", "mx.shops.example", "127.0.0.25", "shops.example")


def verdict(address):
    """What an address is, for ever: `dead` (3 %), `quota` (1 %) or `fine`."""
    share = zlib.crc32(address.encode()) % 1000
    if share < 30:
        return "dead"
    return "quota" if share < 40 else "fine"
