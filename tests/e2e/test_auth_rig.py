# SPDX-License-Identifier: Apache-2.0
"""The neighbours of the auth backend themselves (auth_rig.py), asked by a stub: that nginx, Dovecot and Postfix are real,
and that the clients tell a login from none.

Skipped where they cannot be fetched (no Debian, no network and no cache).
"""

import pytest
from auth_clients import METHODS, Client, by_curl, by_library, login
from auth_rig import INTERNAL, neighbours
from auth_stub import Stub
from daemon_rig import until

USER, PASSWORD = "alice@example.jp", "right and 100% good"


@pytest.fixture(scope="module")
def rig():
    with neighbours() as made:
        yield made


@pytest.fixture(scope="module")
def stub(rig):
    with Stub(rig.backends, PASSWORD, INTERNAL, rig.folder / "auth.sock") as made, rig.front(made.where, key="the-key"):
        yield made


@pytest.mark.parametrize("protocol, method", [(protocol, method) for protocol, methods in METHODS.items() for method in methods])
def test_who_says_the_password_is_in_and_nobody_else(rig, stub, protocol, method):
    port = rig.nginx.ports[protocol]
    good = login(protocol, method, port, USER, PASSWORD)
    assert good.ok, good
    assert stub.asked[-1]["x-auth-key"] == "the-key" and stub.asked[-1]["auth-protocol"] == protocol
    bad = login(protocol, method, port, USER, "wrong")
    assert not bad.ok and bad.code in ("AUTHENTICATIONFAILED", "535 5.7.8"), bad


@pytest.mark.parametrize("protocol, method", [("imap", "clear"), ("imap", "cram-md5"), ("imap", "plain"), ("pop3", "clear"), ("pop3", "apop"),
                                              ("smtp", "plain"), ("smtp", "login"), ("smtp", "cram-md5")])
def test_the_same_by_libraries_and_by_curl(rig, stub, protocol, method):
    del stub.asked[:]
    plain, tls = rig.nginx.ports[protocol], rig.nginx.ports[protocol + "s"]
    assert by_library(protocol, method, plain, USER, PASSWORD)
    assert by_library(protocol, method, tls, USER, PASSWORD, rig.authority.context())
    assert not by_library(protocol, method, plain, USER, "wrong")
    assert by_curl(protocol, method, plain, USER, PASSWORD)
    assert by_curl(protocol, method, tls, USER, PASSWORD, tls=True)
    assert not by_curl(protocol, method, plain, USER, "wrong")
    assert [one.get("auth-ssl") for one in stub.asked] == [None, "on", None, None, "on", None]


@pytest.mark.parametrize("protocol", METHODS)
def test_a_client_of_the_proxy_protocol_has_its_own_address(rig, stub, protocol):
    assert login(protocol, "plain", rig.nginx.ports[protocol + "_proxied"], USER, PASSWORD, source="198.51.100.7")
    assert stub.asked[-1]["client-ip"] == "198.51.100.7"
    log, sign = (rig.postfix.log, "client=unknown[198.51.100.7], sasl_method=XCLIENT") if protocol == "smtp" else \
        (rig.dovecot.log, f"{protocol}-login: Info: Login: user=<{USER}>, method=PLAIN, rip=198.51.100.7")
    if protocol == "smtp":
        with Client("smtp", rig.nginx.ports["smtp_proxied"], source="198.51.100.7") as client:
            assert client.login("plain", USER, PASSWORD)
            assert client.mail(USER, "bob@example.net")[-1].startswith("250"), rig.postfix.log()
    until(lambda: sign in log(), log)


def test_a_certificate_is_a_login(rig, stub):
    known = rig.authority.context(rig.authority.client("alice", USER))
    unknown = rig.authority.context(rig.authority.stranger("alice", USER))
    port = rig.nginx.ports["imaps"]
    for protocol in METHODS:
        assert login(protocol, "external", rig.nginx.ports[protocol + "s"], USER, tls=known)
    assert "emailAddress=alice@example.jp" in stub.asked[-1]["auth-ssl-subject"]
    assert not login("imap", "external", port, USER, tls=rig.authority.context())
    count = len(stub.asked)
    assert not refused_certificate(port, unknown).ok and len(stub.asked) == count


def refused_certificate(port, tls):
    """nginx says so in IMAP, and closes."""
    with Client("imap", port, tls) as client:
        return client.login("external", USER)


def test_mail_without_a_login_goes_to_where_the_answer_says(rig, stub):
    with Client("smtp", rig.nginx.ports["inbound"]) as client:
        lines = client.mail("someone@example.net", "bob@example.com")
    assert lines[-1].startswith("250"), lines
    assert stub.asked[-1]["auth-method"] == "none" and stub.asked[-1]["auth-smtp-to"] == "RCPT TO:<bob@example.com>"


def test_the_challenge_of_a_connection_stays_and_its_attempts_are_counted(rig, stub):
    stub.wait = 1
    with Client("imap", rig.nginx.ports["imap"]) as client:
        assert [client.login("cram-md5", USER, password).ok for password in ("one", "two", PASSWORD)] == [False, False, True]
    tries = stub.asked[-3:]
    assert [one["auth-login-attempt"] for one in tries] == ["1", "2", "3"] and len({one["auth-salt"] for one in tries}) == 1


def test_without_a_wait_the_connection_ends(rig, stub):
    stub.denied = {"now@example.jp": {"Auth-Status": "[UNAVAILABLE] later"}}
    outcome = login("imap", "plain", rig.nginx.ports["imap"], "now@example.jp", PASSWORD)
    assert outcome.closed and outcome.code == "UNAVAILABLE", outcome


def test_the_same_over_tcp(rig, stub):
    rig.nginx.stop()
    try:
        with Stub(rig.backends, PASSWORD, INTERNAL) as tcp, rig.front(tcp.where):
            assert login("imap", "plain", rig.nginx.ports["imap"], USER, PASSWORD)
            assert "x-auth-key" not in tcp.asked[-1]
    finally:
        rig.nginx.start(rig.nginx.mail(stub.where, "the-key"))
