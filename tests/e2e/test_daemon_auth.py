# SPDX-License-Identifier: Apache-2.0
"""Who may log in: the daemon is asked as nginx asks, without nginx between (test_auth_nginx.py has that)."""

import base64
import contextlib
import hashlib
import itertools
import json
import re
import signal

import pytest
from conftest import is_sanitized
from core_text import found_in_core
from daemon_rig import until
from login_rig import Greeter, Logins
from policy_rig import Connection

SHA = "{SHA512-CRYPT}$6$rounds=1000$saltsalt$"


@pytest.fixture
def rig(todoku, tmp_path):
    with Logins(todoku, tmp_path) as made:
        made.start().until_it_listens()
        yield made


def events(rig, name):
    return [line for line in rig.said().splitlines() if f"event={name} " in line]


def flag(rig, **change):
    body = json.dumps({"login": "taro@jp.test", "by": "kato", **change})
    assert rig.ask("/api/v1/accounts/flags", "POST", body, {"Content-Type": "application/json"})[0] == 200


def until_known(rig, **login):
    """The account that was just put there by SQL is found at once; a flag of it within a second or so."""
    return until(lambda: rig.login(**login).passed, rig.said)


def test_the_right_secret_goes_to_the_server_of_the_protocol(rig):
    rig.account("taro@jp.test")
    for protocol, server in rig.servers.items():
        reply = rig.login(protocol=protocol)
        assert reply.passed and reply.where == f"127.0.0.1:{server.port}"
        assert reply.text.split("\r\n")[0].startswith("HTTP/1.1 200")


def test_a_denial_names_no_server_and_says_the_same_of_nobody_and_of_a_wrong_secret(rig):
    rig.account("taro@jp.test")
    wrong, nobody = rig.login(secret="no"), rig.login(user="jiro@jp.test")
    for reply in (wrong, nobody):
        assert reply["Auth-Status"].startswith("[AUTHENTICATIONFAILED]") and int(reply["Auth-Wait"]) >= 1
        assert "Auth-Server" not in reply and "Auth-Port" not in reply
    assert wrong["Auth-Status"] == nobody["Auth-Status"]
    assert rig.login(secret="no", protocol="smtp")["Auth-Error-Code"] == "535 5.7.8"
    assert rig.login(secret="no", protocol="pop3")["Auth-Status"].startswith("[AUTH]")


@pytest.mark.parametrize("secret", [" ", "a b", "100%", "+", "p\u00e4\u00df\u65e5\u672c", "\x7f", "x" * 200, "%41", "\"'\\"])
def test_odd_passwords(rig, secret):
    rig.account("taro@jp.test", "{PLAIN}" + secret)
    assert rig.login(secret=secret).passed
    assert rig.login(secret=secret).passed  # by the cache
    assert not rig.login(secret=secret + "x").passed


def test_digests_need_the_internal_password(todoku, tmp_path):
    (tmp_path / "inner").write_text("behind-the-proxy")
    with Logins(todoku, tmp_path, f"  internal_password: file:{tmp_path}/inner\n") as rig:
        rig.start().until_it_listens()
        rig.account("taro@jp.test")
        rig.account("hashed@jp.test", "{SSHA512}bm9uc2Vuc2U=")
        for method, protocol in (("cram-md5", "imap"), ("apop", "pop3"), ("plain", "imap"), ("PLAIN", "imap"), ("LOGIN", "imap")):
            reply = rig.login(method=method if method not in ("cram-md5", "apop") else method, protocol=protocol)
            assert reply.passed and reply["Auth-Pass"] == "behind-the-proxy", (method, reply)
            assert reply["Auth-User"] == "taro@jp.test"
        assert not rig.login(method="cram-md5", secret="wrong").passed
        assert not rig.login(user="hashed@jp.test", method="cram-md5").passed
        assert "behind-the-proxy" not in rig.said() and "secret" not in re.sub("wrong_secret", "", rig.said())


def test_a_digest_without_the_internal_password_is_refused(rig):
    rig.account("taro@jp.test")
    assert not rig.login(method="cram-md5").passed
    until(lambda: "internal_password" in rig.said(), rig.said)


def test_flags_act_on_the_next_login_and_are_told_to_who_has_the_secret_alone(rig):
    rig.account("taro@jp.test")
    assert rig.login().passed
    flag(rig, set=["suspended"])
    reply = rig.login()
    assert reply["Auth-Status"].startswith("[AUTHORIZATIONFAILED]") and "Auth-Server" not in reply
    assert rig.login(secret="no")["Auth-Status"].startswith("[AUTHENTICATIONFAILED]")
    flag(rig, clear=["suspended"])
    assert rig.login().passed


def test_no_send_is_about_smtp(rig):
    rig.account("taro@jp.test")
    flag(rig, set=["no-send"])
    assert rig.login(protocol="imap").passed
    assert rig.login(protocol="smtp")["Auth-Error-Code"].startswith("535")


def test_a_flag_and_a_secret_by_sql(rig):
    rig.account("taro@jp.test")
    assert rig.login().passed
    rig.sql("UPDATE account SET flags='suspended'")
    until(lambda: not rig.login().passed, rig.said)
    rig.sql("UPDATE account SET flags=NULL, secret='{PLAIN}another'")
    until(lambda: rig.login(secret="another").passed, rig.said)
    assert not rig.login().passed


def test_a_flag_by_sql_stops_the_mail_of_a_session_that_is_open(todoku, tmp_path):
    with Logins(todoku, tmp_path, rest=f"policy: {{ listen: [\"unix:{tmp_path}/policy\"] }}\n") as rig:
        rig.start().until_it_listens()
        rig.account("taro@jp.test")
        assert rig.login(protocol="smtp").passed
        with contextlib.closing(until(lambda: Connection(f"{tmp_path}/policy"), rig.said)) as postfix:
            assert postfix.ask("taro@jp.test", stage="RCPT", instance="1") == "DUNNO"
            rig.sql("UPDATE account SET flags='suspended'")
            numbers = itertools.count(2)
            until(lambda: postfix.ask("taro@jp.test", stage="RCPT", instance=str(next(numbers))).startswith("550 "), rig.said)
        assert not rig.login(protocol="smtp").passed


def test_open_sessions_are_ended_by_a_command(todoku, tmp_path):
    with Logins(todoku, tmp_path, f"  kick: [touch, \"{tmp_path}/kicked-{{login}}\"]\n") as rig:
        rig.start().until_it_listens()
        rig.account("taro@jp.test")
        flag(rig, set=["no-send"])
        flag(rig, set=["suspended"])
        until((tmp_path / "kicked-taro@jp.test").exists, rig.said)
        until(lambda: events(rig, "sessions_ended"), rig.said)


def test_a_weaker_secret_is_kept_anew_and_another_one_is_not_overwritten(todoku, tmp_path):
    with Logins(todoku, tmp_path, "  hashing: { rehash: true, scheme: sha512-crypt }\n") as rig:
        rig.start().until_it_listens()
        rig.account("taro@jp.test", "{SHA}" + base64.b64encode(hashlib.sha1(b"secret").digest()).decode())
        rig.account("hana@jp.test", "{SHA}" + base64.b64encode(hashlib.sha1(b"hidden").digest()).decode())
        assert rig.login().passed and not rig.login("hana@jp.test", "wrong").passed
        kept = until(lambda: (found := rig.sql("SELECT secret FROM account WHERE login='taro@jp.test'")[0][0])[:5] != "{SHA}" and found,
                     rig.said)
        assert kept.startswith("{SHA512-CRYPT}$6$")
        assert rig.login().passed and not rig.login(secret="wrong").passed
        assert rig.sql("SELECT secret FROM account WHERE login='hana@jp.test'")[0][0].startswith("{SHA}")


def test_when_an_app_password_was_used(todoku, tmp_path):
    (tmp_path / "inner").write_text("inner-password")
    with Logins(todoku, tmp_path, f"  internal_password: file:{tmp_path}/inner\n") as rig:
        rig.start().until_it_listens()
        rig.account("taro@jp.test")
        rig.sql("INSERT INTO app_password(login, name, secret, protocols) VALUES('taro@jp.test', 'phone', '{PLAIN}apple', 'imap')")
        assert rig.login(secret="apple").passed
        assert not rig.login(secret="apple", protocol="pop3").passed
        used = "SELECT last_used FROM app_password"
        assert rig.end(signal.SIGTERM) == 0
        assert rig.sql(used)[0][0] > 1_700_000_000
        assert "app_password=phone" in rig.said()


def test_what_an_account_may(rig):
    rig.account("pop@jp.test", protocols="pop3")
    rig.account("office@jp.test", networks="192.0.2.0/24")
    rig.account("over@jp.test", valid_until="2001-01-01")
    assert rig.login("pop@jp.test", protocol="pop3").passed and not rig.login("pop@jp.test").passed
    assert rig.login("office@jp.test").passed and not rig.login("office@jp.test", ip="198.51.100.1").passed
    assert not rig.login("over@jp.test").passed


def test_an_alias_and_capitals_are_the_account(rig):
    rig.account("taro@jp.test")
    rig.sql("INSERT INTO alias VALUES('info@jp.test', 'taro@jp.test')")
    reply = rig.login("INFO@JP.test")
    assert reply.passed and reply["Auth-User"] == "taro@jp.test"


def test_guessing_slows_down_and_is_denied_without_a_look(todoku, tmp_path):
    with Logins(todoku, tmp_path, "  guesses: { pair: 4/1h, wait: 1s, wait_max: 4s }\n") as rig:
        rig.start().until_it_listens()
        rig.account("taro@jp.test")
        assert rig.login(ip="198.51.100.9").passed  # at home
        waits = [int(rig.login(secret=f"no{i}")["Auth-Wait"]) for i in range(4)]
        assert waits[0] >= 1 and waits[-1] == 4, waits
        for i in range(4):
            rig.login(secret=f"more{i}")
        until(lambda: any("result=guessing" in line for line in events(rig, "login_refused")), rig.said)
        assert rig.login(ip="198.51.100.9").passed  # nobody elsewhere locks him out
        same = [rig.login(user="jiro@jp.test", secret="old", ip="203.0.113.5")["Auth-Wait"] for _ in range(6)]
        assert len(set(same[1:])) == 1, same  # the same wrong password counts once


def test_a_dead_server_is_no_place_to_go(todoku, tmp_path):
    other = Greeter("imap")
    with Logins(todoku, tmp_path) as rig:
        rig.settings(f"  servers:\n    - {{ name: mb1, imap: 127.0.0.1:{rig.servers['imap'].port}, alternatives: [mb2] }}\n"
                     f"    - {{ name: mb2, imap: 127.0.0.1:{other.port} }}\n")
        rig.start().until_it_listens()
        rig.account("taro@jp.test", server="mb1")
        rig.account("jiro@jp.test", server="mb2")
        rig.account("lost@jp.test", server="mb9")
        assert rig.login().where == f"127.0.0.1:{rig.servers['imap'].port}"
        assert rig.login("lost@jp.test")["Auth-Status"].startswith("[UNAVAILABLE]")
        rig.servers["imap"].close()
        until(lambda: rig.login().where == f"127.0.0.1:{other.port}", rig.said)
        other.close()
        until(lambda: not rig.login("jiro@jp.test").passed, rig.said)
        reply = rig.login("jiro@jp.test")
        assert reply["Auth-Status"].startswith("[UNAVAILABLE]") and "Auth-Server" not in reply
        assert "mailbox_server_down" in rig.said()
        back = Greeter("imap", other.port)
        until(lambda: rig.login("jiro@jp.test").passed, rig.said)
        back.close()


def test_a_server_hears_a_proxy_line_where_nginx_says_one(todoku, tmp_path):
    """Where it is wanted only they greet who say one, where it is not who does is hung up on."""
    with Logins(todoku, tmp_path, more="  proxy_protocol: true\n") as rig:
        for protocol, server in rig.servers.items():
            server.proxied = protocol != "smtp"
        rig.start().until_it_listens()
        until(lambda: all(server.greeted >= 2 for server in rig.servers.values()), rig.said)
        assert not any(server.refused for server in rig.servers.values())
        assert "mailbox_server_down" not in rig.said()


def test_who_may_ask(todoku, tmp_path):
    (tmp_path / "key").write_text("of-nginx-alone")
    with Logins(todoku, tmp_path, f"  key: file:{tmp_path}/key\n") as rig:
        rig.start().until_it_listens()
        rig.account("taro@jp.test")
        for more in ((), (b"X-Auth-Key: wrong",), (b"X-Auth-Key: of-nginx-alonE",), (b"X-Auth-Key: of-nginx-alone", b"X-Auth-Key: x")):
            reply = rig.login(more=more)
            assert "Auth-Server" not in reply and not reply.passed, more
        assert rig.login(more=(b"X-Auth-Key: of-nginx-alone",)).passed
        assert rig.login(more=(b"X-Auth-Key: of-nginx-alone",), by_file=False).passed
        assert "of-nginx-alone" not in rig.said()


@pytest.mark.parametrize("lines", [
    [b"Auth-Method: plain", b"Auth-User: taro@jp.test", b"Auth-User: taro@jp.test", b"Auth-Pass: secret", b"Auth-Protocol: imap"],
    [b"Auth-Method: plain", b"Auth-User: taro@jp.test", b"Auth-Pass: secret%00", b"Auth-Protocol: imap"],
    [b"Auth-Method: plain", b"Auth-User: taro@jp.test", b"Auth-Pass: secret%4", b"Auth-Protocol: imap"],
    [b"Auth-Method: magic", b"Auth-User: taro@jp.test", b"Auth-Pass: secret", b"Auth-Protocol: imap"],
    [b"Auth-User: taro@jp.test", b"Auth-Pass: secret", b"Auth-Protocol: imap"],
    [b"Auth-Method: plain", b"Auth-User: taro@jp.test", b"Auth-Pass: secret", b"Auth-Protocol: gopher"],
    [b"Auth-Method: external", b"Auth-User: taro@jp.test", b"Auth-Pass: ", b"Auth-Protocol: imap", b"Auth-SSL-Verify: NONE"],
    [],
])
def test_what_is_no_question_lets_nobody_in(rig, lines):
    rig.account("taro@jp.test")
    reply = rig.question(lines)
    assert reply.code == 200 and "Auth-Status" in reply and not reply.passed and "Auth-Server" not in reply
    assert len(reply.raw) <= 1024


def test_the_database_goes_away(rig):
    rig.account("taro@jp.test")
    rig.account("jiro@jp.test")
    assert rig.login().passed
    (rig.folder / "accounts.db").rename(rig.folder / "away.db")
    until(lambda: rig.login("jiro@jp.test")["Auth-Status"].startswith("[UNAVAILABLE]"), rig.said)
    assert rig.login().passed, "who was known goes on"
    (rig.folder / "away.db").rename(rig.folder / "accounts.db")
    until_known(rig, user="jiro@jp.test")


def test_no_secret_stays_where_somebody_finds_it(todoku, tmp_path):
    """In no log, metric or answer, and in no core dump: passwords as they were sent, right, wrong, computed and from the cache,
    by digests; the key, and the internal password. A sanitizer keeps what was freed, so there the core is not looked at."""
    has_core = not is_sanitized(todoku)
    key, inner, right, wrong, guess = (f"planted-{name}-7f3a" for name in ("key", "inner", "right", "wrong", "guess"))
    (tmp_path / "key").write_text(key)
    (tmp_path / "inner").write_text(inner)
    with Logins(todoku, tmp_path, f"  key: file:{tmp_path}/key\n  internal_password: file:{tmp_path}/inner\n") as rig:
        rig.start().until_it_listens()
        stored = "{SSHA}" + base64.b64encode(hashlib.sha1(right.encode() + b"salt").digest() + b"salt").decode()
        rig.account("taro@jp.test", stored)
        more = (b"X-Auth-Key: " + key.encode(),)
        for by_file in (True, False):
            assert rig.login(secret=right, more=more, by_file=by_file)["Auth-Pass"] == inner
            assert not rig.login(secret=wrong, more=more, by_file=by_file).passed
            assert not rig.login("nobody@jp.test", guess, more=more, by_file=by_file).passed
            assert not rig.login(secret=right, by_file=by_file).passed  # without the key
        until(lambda: len(events(rig, "login")) == 2 and len(events(rig, "login_refused")) == 6, rig.said)
        seen = rig.said() + json.dumps(rig.ask("/metrics")[1]) + json.dumps(rig.status())
        for name in (key, inner, right, wrong, guess):
            assert name not in seen
            assert not has_core or (places := found_in_core(rig.process.pid, name.encode())) == [], (name, places)


def test_status_metrics_and_own_log(rig):
    rig.account("taro@jp.test")
    rig.login()
    rig.login(secret="no")
    status = until(lambda: (found := rig.ask("/api/v1/auth")[1])["today"]["wrong_secret"] == 1 and found, rig.said)
    assert status["state"] == "answers" and status["today"]["passed"] == 1
    assert {server["protocol"] for server in status["servers"]} == {"imap", "pop3", "smtp"}
    metrics = rig.ask("/metrics")[1]
    assert 'todoku_logins_total{protocol="imap",method="plain",result="passed"} 1' in metrics
    assert "taro@jp.test" in rig.said()


def test_trust_outlives_the_daemon_and_a_reload_drops_nobody(todoku, tmp_path):
    with Logins(todoku, tmp_path, "  guesses: { network: 4/1h, wait: 1s }\n") as rig:
        rig.start().until_it_listens()
        rig.account("taro@jp.test")
        assert rig.login().passed
        rig.process.send_signal(signal.SIGHUP)
        assert rig.login().passed
        assert rig.end(signal.SIGTERM) == 0
        rig.start().until_it_listens()
        for i in range(12):  # somebody else in that network
            rig.login(user=f"user{i}@jp.test", secret="no", ip="192.0.2.99")
        assert rig.login().passed
