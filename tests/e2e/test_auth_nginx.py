# SPDX-License-Identifier: Apache-2.0
"""Who may log in, as people meet it: `todoku run` behind a real nginx, with a real Dovecot and Postfix behind that, and clients
that try (auth_rig.py, auth_clients.py).

Skipped where those cannot be fetched (no Debian, no network and no cache).
"""

import base64
import contextlib
import re
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from auth_clients import METHODS, Client, by_curl, by_library, login, method_name
from auth_rig import INTERNAL, group_name, neighbours
from conftest import LIMIT, clean_environment
from daemon_rig import Rig, until

KEY = "key-of-nginx-81fd"
PASSWORDS = {  # login: password
    "alice@example.jp": "correct-horse",
    "blank@example.jp": "two  blanks and one behind ",
    "percent@example.jp": "100%, %41%00 + %zz",
    "utf8@example.jp": "pässwörd-日本語",
    "delete@example.jp": "a\x7fb",
    "long@example.jp": "0123456789" * 20,
    "signs@example.jp": "\"quoted\" \\ {7} <a@b> =+:;",
}
POP3_LINE = 60  # nginx 1.22.1 takes no line of POP3 beyond 128 bytes; in base64, with a user
ALICE, RIGHT = next(iter(PASSWORDS.items()))
CODES = {  # of a wrong password, of an account that is stopped, of trouble
    "imap": ("AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "UNAVAILABLE"),
    "pop3": ("AUTH", "AUTH", "SYS/TEMP"),
    "smtp": ("535 5.7.8", "535 5.7.13", "454 4.7.0"),
}
WRONG, STOPPED, LATER = range(3)
SECTION = """\
accounts: {{ driver: sqlite, path: {folder}/accounts.db }}
auth:
  listen: ["unix:{folder}/auth.sock"]
  group: {group}
  key: {key}
  internal_password: {internal}
  methods: [plain, cram-md5, apop, external, none]
  proxy_protocol: true
  health_every: 1s
  hashing: {{ scheme: {scheme}, cost_memory: 8MiB }}
  guesses: {guesses}
  backends: {{ {backends}, inbound: "127.0.0.1:{smtp}" }}
"""
PATIENT = "{ network: 5000/1h, account: 1000/1h, pair: 1000/1h, wait: 1s, wait_max: 1s }"


class Service(Rig):
    """A daemon with accounts; asked at `where`."""

    def __init__(self, todoku, rig, name, guesses=PATIENT, scheme="plain"):
        folder = rig.folder / name
        folder.mkdir()
        backends = ", ".join(f'{protocol}: "{ip}:{port}"' for protocol, (ip, port) in rig.backends.items())
        super().__init__(todoku, folder, more=SECTION.format(
            folder=folder, group=group_name(), key=KEY, internal=INTERNAL, scheme=scheme, guesses=guesses, backends=backends,
            smtp=rig.backends["smtp"][1]))
        self.config.chmod(0o600)
        self.where = f"unix:{folder}/auth.sock:/auth"

    def verb(self, *words):
        done = subprocess.run([self.program, *map(str, words), "-c", self.config], capture_output=True, text=True, timeout=LIMIT,
                              env=clean_environment(), check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def add(self, name, password):
        file = self.folder / "password"
        file.write_text(password + "\n", "utf-8")
        file.chmod(0o600)
        self.verb("account", "add", name, "--password-file", file)
        file.unlink()

    def counted(self, result):
        """Logins with that result; the log leaves some out."""
        rows = re.findall(rf'^todoku_logins_total\{{[^}}]*result="{result}"[^}}]*\}} (\d+)', self.ask("/metrics")[1], re.M)
        return sum(map(int, rows))

    def http(self, *lines, key=KEY):
        """The whole answer to a request with these header lines, as bytes."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(LIMIT)
            link.connect(str(self.folder / "auth.sock"))
            head = ["GET /auth HTTP/1.0", "Host: localhost", *lines, *([f"X-Auth-Key: {key}"] if key else [])]
            link.sendall("".join(f"{line}\r\n" for line in head).encode() + b"\r\n")
            return b"".join(iter(lambda: link.recv(65536), b""))


@contextlib.contextmanager
def serving(todoku, rig, name, accounts, key=KEY, **more):
    """A daemon and an nginx that asks it."""
    service = Service(todoku, rig, name, **more)
    with service:
        for one, password in accounts.items():
            service.add(one, password)
        with rig.front(service.where, key):
            yield service


@pytest.fixture(scope="module")
def rig():
    with neighbours() as made:
        yield made


@pytest.fixture(scope="module")
def service(rig, todoku):
    with serving(todoku, rig, "all", PASSWORDS) as made:
        yield made


def port(rig, name):
    return rig.nginx.ports[name]


# --- Every method on every protocol


@pytest.mark.parametrize("protocol, method", [(protocol, method) for protocol, methods in METHODS.items() for method in methods])
def test_every_method_takes_every_password(rig, service, protocol, method):
    for user, password in PASSWORDS.items():
        if protocol == "pop3" and method in ("clear", "plain", "login") and len(password) > POP3_LINE:
            continue
        done = login(protocol, method, port(rig, protocol), user, password)
        assert done.ok, (user, done, service.said(), rig.nginx.log()[-2000:])


@pytest.mark.parametrize("protocol, method", [(protocol, method) for protocol, methods in METHODS.items() for method in methods])
def test_a_wrong_password_is_told_as_one_and_so_is_a_user_who_is_none(rig, service, protocol, method):
    def refused(user, password):
        with Client(protocol, port(rig, protocol)) as client:
            done = client.login(method_name(method), user, password)
            assert not done.ok and done.code == CODES[protocol][WRONG], done
            assert not client.is_closed()  # another try is welcome
            return done.text

    pairs = ((ALICE, "correct-hors"), (ALICE, RIGHT + " "), (f"nobody-{method}@example.jp", RIGHT))
    with ThreadPoolExecutor() as pool:  # nginx holds each back
        assert len(set(pool.map(refused, *zip(*pairs)))) == 1


@pytest.mark.parametrize("protocol, method", [("imap", "clear"), ("imap", "cram-md5"), ("pop3", "clear"), ("pop3", "apop"),
                                              ("smtp", "plain"), ("smtp", "login"), ("smtp", "cram-md5")])
def test_programs_of_users_get_in_with_and_without_tls(rig, service, protocol, method):
    for user in (ALICE, "percent@example.jp"):
        assert by_library(protocol, method, port(rig, protocol), user, PASSWORDS[user])
        assert by_library(protocol, method, port(rig, protocol + "s"), user, PASSWORDS[user], rig.authority.context())
        assert by_curl(protocol, method, port(rig, protocol), user, PASSWORDS[user])
        assert by_curl(protocol, method, port(rig, protocol + "s"), user, PASSWORDS[user], tls=True)


def test_the_login_has_any_case_and_the_mailbox_is_one(rig, service):
    assert login("imap", "plain", port(rig, "imap"), "ALICE@Example.JP", RIGHT)
    until(lambda: f"Login: user=<{ALICE}>" in rig.dovecot.log(), rig.dovecot.log)


def test_a_nul_in_a_password_is_no_way_to_cut_it(rig, service):
    assert not login("imap", "plain", port(rig, "imap"), ALICE, RIGHT.encode() + b"\0tail").ok


def test_a_digest_of_one_connection_is_worth_nothing_in_another(rig, service):
    """Within one nginx keeps its challenge: see below."""
    with Client("pop3", port(rig, "pop3")) as first, Client("pop3", port(rig, "pop3")) as second:
        second.greeting, stamp = first.greeting, second.greeting
        assert not second.login("apop", ALICE, RIGHT).ok and stamp != first.greeting
        assert first.login("apop", ALICE, RIGHT)


@pytest.mark.parametrize("protocol, method", [("imap", "cram-md5"), ("pop3", "cram-md5"), ("pop3", "apop"), ("smtp", "cram-md5")])
def test_a_digest_is_right_at_the_third_try_in_one_session(rig, service, protocol, method):
    with Client(protocol, port(rig, protocol)) as client:
        tries = [client.login(method, ALICE, password).ok for password in ("one", "two", RIGHT)]
        assert tries == [False, False, True] and client.is_in()


def test_a_certificate_is_a_login_of_whom_it_names_alone(rig, service):
    tls = rig.authority.context(rig.authority.client("alice", ALICE))
    for protocol in ("imap", "pop3", "smtp"):
        assert login(protocol, "external", port(rig, protocol + "s"), ALICE, tls=tls), service.said()
    assert not login("imap", "external", port(rig, "imaps"), "utf8@example.jp", tls=tls).ok
    assert not login("imap", "external", port(rig, "imaps"), ALICE, tls=rig.authority.context()).ok
    nobody = rig.authority.context(rig.authority.client("gone", "gone@example.jp"))
    assert not login("imap", "external", port(rig, "imaps"), "gone@example.jp", tls=nobody).ok


def test_mail_without_a_login_goes_inbound(rig, service):
    with Client("smtp", port(rig, "inbound")) as client:
        assert client.mail("someone@example.net", "bob@example.com")[-1].startswith("250")


def test_postfix_knows_who_sends_and_from_where(rig, service):
    with Client("smtp", port(rig, "smtp_proxied"), source="198.51.100.23") as client:
        assert client.login("plain", ALICE, RIGHT)
        assert client.mail(ALICE, "bob@example.net")[-1].startswith("250")
    sign = f"client=unknown[198.51.100.23], sasl_method=XCLIENT, sasl_username={ALICE}"
    until(lambda: sign in rig.postfix.log(), rig.postfix.log)


# --- What nginx never sends by itself

ASKED = ("Auth-Method: plain", "Auth-User: alice@example.jp", "Auth-Pass: correct-horse", "Auth-Protocol: imap", "Auth-Login-Attempt: 1",
         "Client-IP: 192.0.2.7")


def is_denied(answer):
    """Fail-closed: a status is said and no server is, in what nginx reads."""
    head = answer.partition(b"\r\n\r\n")[0].decode()
    status = re.search(r"^Auth-Status: (.*)$", head, re.M)
    return bool(status) and status[1] != "OK" and "Auth-Server" not in head and "Auth-Port" not in head and len(head) + 4 <= 1024


def test_it_answers_who_asks_rightly(service):
    answer = service.http(*ASKED).decode()
    assert "Auth-Status: OK\r\n" in answer and f"Auth-Pass: {INTERNAL}\r\n" in answer and len(answer) <= 1024
    upper = [line.replace("plain", "PLAIN") for line in ASKED] + ["Auth-Port: 143", "Client-Port: 40000"]  # Dovecot's lua
    assert b"Auth-Status: OK\r\n" in service.http(*upper)


@pytest.mark.parametrize("twice", ["Auth-User: utf8@example.jp", "Auth-Pass: x", "Auth-Method: none", "Auth-Protocol: smtp",
                                   "Client-IP: 192.0.2.8", "auth-user: alice@example.jp"])
def test_a_header_twice_is_no_login(service, twice):
    assert is_denied(service.http(*ASKED, twice)) and is_denied(service.http(twice, *ASKED))


@pytest.mark.parametrize("lines", [(), ASKED[1:], ("Auth-Method: gssapi", *ASKED[1:]), (*ASKED[:3], "Auth-Protocol: http"),
                                   (*ASKED[:2], "Auth-Pass: correct-horse%00", *ASKED[3:]), (*ASKED[:2], "Auth-Pass: %4", *ASKED[3:]),
                                   ("Auth-Method: external", *ASKED[1:]), ("Auth-Method: external", *ASKED[1:], "Auth-SSL-Verify: FAILED:expired"),
                                   ("Auth-Method: plain", "Auth-User: " + "a" * 4000, *ASKED[2:])])
def test_what_is_no_question_is_no_login(service, lines):
    assert is_denied(service.http(*lines))


@pytest.mark.parametrize("key", [None, "", KEY[:-1], KEY + "x", KEY.upper()])
def test_without_the_key_nobody_is_answered(service, key):
    assert is_denied(service.http(*ASKED, key=key))


def test_an_nginx_with_another_key_lets_nobody_in(rig, service):
    rig.nginx.stop()
    try:
        with rig.front(service.where, key="another"):
            for protocol, codes in CODES.items():
                done = login(protocol, "plain", port(rig, protocol), ALICE, RIGHT)
                assert not done.ok and done.code == codes[LATER], done
    finally:
        rig.nginx.start(rig.nginx.mail(service.where, KEY))
    until(lambda: service.counted("bad_caller") >= 3, service.said)


# --- What an account may


def test_suspended_in_mid_flow(rig, service):
    user, password = "signs@example.jp", PASSWORDS["signs@example.jp"]
    with Client("imap", port(rig, "imap")) as before, Client("imap", port(rig, "imap")) as half:
        assert before.login("plain", user, password)
        challenge = half.begin("PLAIN")  # its password comes when it is stopped already
        service.verb("account", "suspend", user)
        assert challenge == b""
        said = half.ask(base64.b64encode(f"\0{user}\0{password}".encode()))
        assert "[AUTHORIZATIONFAILED]" in said, said
        assert before.is_in()  # it was let in, and nobody is asked again
    for protocol, codes in CODES.items():
        assert login(protocol, "plain", port(rig, protocol), user, password).code == codes[STOPPED]
        assert login(protocol, "plain", port(rig, protocol), user, "wrong").code == codes[WRONG]  # who guesses learns nothing
    service.verb("account", "resume", user)
    for protocol in CODES:
        assert login(protocol, "plain", port(rig, protocol), user, password), service.said()


def test_who_may_not_send_may_read(rig, service):
    user, password = "utf8@example.jp", PASSWORDS["utf8@example.jp"]
    service.verb("account", "flag", user, "no-send")
    try:
        assert login("imap", "plain", port(rig, "imap"), user, password)
        assert login("smtp", "plain", port(rig, "smtp"), user, password).code == CODES["smtp"][STOPPED]
    finally:
        service.verb("account", "flag", user, "no-send", "--clear")
    assert login("smtp", "plain", port(rig, "smtp"), user, password)


# --- What is away


def test_a_mailbox_server_that_is_dead_is_a_later_and_its_return_is_seen(rig, service):
    rig.dovecot.stop()
    try:
        for protocol in ("imap", "pop3"):
            until(lambda protocol=protocol: login(protocol, "plain", port(rig, protocol), ALICE, RIGHT).code == CODES[protocol][LATER],
                  service.said)
        assert is_denied(service.http(*ASKED))
    finally:
        rig.dovecot.start()
    for protocol in ("imap", "pop3", "smtp"):
        until(lambda protocol=protocol: login(protocol, "plain", port(rig, protocol), ALICE, RIGHT).ok, service.said)


def test_without_the_daemon_nobody_is_let_in(rig, service):
    service.stop()
    try:
        for protocol in CODES:
            done = login(protocol, "plain", port(rig, protocol), ALICE, RIGHT)
            assert not done.ok and "internal" in done.text.lower(), done
    finally:
        service.start()
    until(lambda: login("imap", "plain", port(rig, "imap"), ALICE, RIGHT).ok, service.said)


# --- Guessing


def test_guesses_from_many_addresses_stop_nobody_but_who_guesses(rig, todoku, service):
    rig.nginx.stop()
    home, password = "203.0.113.5", "mine-alone"
    try:
        with serving(todoku, rig, "guessed", {ALICE: password}, scheme="argon2id",
                     guesses="{ network: 20/1h, account: 15/1h, pair: 8/1h, wait: 0s }") as guessed:
            assert login("imap", "plain", port(rig, "imap_proxied"), ALICE, password, source=home)
            for number in range(80):  # four of each network
                done = login("imap", "plain", port(rig, "imap_proxied"), ALICE, f"guess-{number}", source=f"198.51.{number % 20}.7")
                assert not done.ok and done.code == CODES["imap"][WRONG], done
            until(lambda: guessed.counted("guessing") > 0, guessed.said)
            for protocol in CODES:  # the owner, from where he has been
                assert login(protocol, "plain", port(rig, protocol + "_proxied"), ALICE, password, source=home), guessed.said()
            assert "guess-" not in guessed.said() and password not in guessed.said()
    finally:
        rig.nginx.start(rig.nginx.mail(service.where, KEY))


def test_the_same_wrong_password_again_and_again_stops_nobody(rig, todoku, service):
    """A telephone with an old password."""
    rig.nginx.stop()
    try:
        with serving(todoku, rig, "telephone", {ALICE: "new"}, guesses="{ network: 5/1h, account: 5/1h, pair: 5/1h, wait: 0s }") as asked:
            for _ in range(20):
                assert not login("imap", "plain", port(rig, "imap_proxied"), ALICE, "old", source="198.51.100.9").ok
            assert login("imap", "plain", port(rig, "imap_proxied"), ALICE, "new", source="198.51.100.9"), asked.said()
    finally:
        rig.nginx.start(rig.nginx.mail(service.where, KEY))


# --- What is left of it


def test_each_decision_is_told(rig, todoku, service):
    rig.nginx.stop()
    try:
        with serving(todoku, rig, "told", {ALICE: RIGHT}) as told:
            assert login("pop3", "apop", port(rig, "pop3_proxied"), ALICE, RIGHT, source="198.51.100.77")
            assert not login("smtp", "plain", port(rig, "smtp_proxied"), ALICE, "no", source="2001:db8::77").ok
            until(lambda: told.events("login") and told.events("login_refused"), told.said)
            passed, refused = told.events("login")[0].split(), told.events("login_refused")[0].split()
            assert {f"login={ALICE}", "client=198.51.100.77", "protocol=pop3", "method=apop", "result=passed"} <= set(passed)
            assert {f"login={ALICE}", "client=2001:db8::77", "protocol=smtp", "method=plain", "result=wrong_secret"} <= set(refused)
    finally:
        rig.nginx.start(rig.nginx.mail(service.where, KEY))


def test_no_secret_is_told(service):
    texts = [service.said(), str(service.ask("/metrics")), str(service.status()), str(service.incidents(all=True))]
    for planted in (*PASSWORDS.values(), KEY, INTERNAL):
        assert not any(planted in text for text in texts), planted
