# SPDX-License-Identifier: Apache-2.0
"""The mail clients: real submissions with login, one connection a mail, a few at a time."""

import random
import smtplib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import formatdate

import shops

WORKERS = 8
TIMEOUT_SECONDS = 15
GUESSES = ("admin", "info", "test", "sales", "postmaster", "support")


class Clients:
    """Plays a plan against the relay from its own threads. `send` blocks until all is sent."""

    def __init__(self, relay, password, seed):
        self.relay, self.password, self.seed = relay, password, seed
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.sent = self.failed = self.skipped = self.guesses = 0
        self.errors = []
        self.logins = {}

    def send(self, mails, began, ends):
        """Send each mail at its time after `began` (epoch); none after `ends`."""
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="client") as pool:
            for number, mail in enumerate(mails):
                if self.stopping.wait(max(0.0, began + mail.at - time.time())):
                    break
                pool.submit(self.send_one, number, mail, ends)
                if number % 50 == 25:
                    pool.submit(self.guess, number)

    def send_one(self, number, mail, ends):
        if self.stopping.is_set() or time.time() > ends:
            return self.note("skipped", mail)
        try:
            with self.connect(mail.login.ip, mail.login.host) as smtp:
                smtp.login(mail.login.user, self.password)
                smtp.sendmail(mail.sender, mail.rcpts, self.message(number, mail))
        except (OSError, smtplib.SMTPException) as err:
            return self.note("failed", mail, f"{mail.login.user}: {err}")
        return self.note("sent", mail)

    def guess(self, number):
        """A stranger tries a password: refused."""
        user = f"{GUESSES[number % len(GUESSES)]}@shop{number % 8 + 1}.example"
        try:
            with self.connect(shops.STRANGER[0], shops.STRANGER[1]) as smtp:
                smtp.login(user, "password1")
        except (OSError, smtplib.SMTPException):
            with self.lock:
                self.guesses += 1

    def connect(self, ip, host):
        return smtplib.SMTP(self.relay.ip, self.relay.port, local_hostname=host,
                            timeout=TIMEOUT_SECONDS, source_address=(ip, 0))

    def message(self, number, mail):
        message = EmailMessage()
        message["Date"] = formatdate(localtime=True)
        message["From"], message["Subject"] = mail.sender, mail.subject
        message["To"] = mail.rcpts[0]
        message["Message-ID"] = f"<{number:05d}.{self.seed}@{mail.login.host}>"
        size = random.Random(f"{self.seed}/{number}").randrange(2, 60)
        message.set_content("Thank you for your order.\n" * size)
        return message.as_bytes()

    def note(self, what, mail, error=None):
        with self.lock:
            setattr(self, what, getattr(self, what) + 1)
            if error:
                self.errors.append(error)
            if what == "sent":
                row = self.logins.setdefault(mail.login.user, {"messages": 0, "recipients": 0})
                row["messages"] += 1
                row["recipients"] += len(set(mail.rcpts))
