# SPDX-License-Identifier: Apache-2.0
"""Accounts in an operator's database: what is wrong is refused at the start, what is away is waited for, with a real
daemon and a real PostgreSQL."""

import pytest
from daemon_rig import until
from login_rig import Logins
from policy_rig import Limited
from postgresql_rig import PostgreSQL

LIMITS = ["name: user, recipients: 10/1h, levels: [ { class: business, count: 100 } ]"]
QUERY = "SELECT secret, plan AS class FROM mail.account WHERE lower(mail) = :login"
NAMES = "SELECT mail AS login, boss AS account, plan AS class FROM mail.account"


class Rig(Limited):
    def __init__(self, program, folder):
        self.database = PostgreSQL()
        self.database.do("CREATE TABLE mail.account(mail text, secret text, plan text, boss text); INSERT INTO mail.account VALUES "
                         "('Taro@jp.test', '{PLAIN}planted-secret', 'business', NULL), ('info@jp.test', NULL, NULL, 'taro@jp.test')")
        self.query = QUERY
        super().__init__(program, folder, LIMITS)

    def settings(self, limits, more=""):
        password = self.folder / "password"
        password.write_text("planted-password\n")
        super().settings(limits, "  default_domain: jp.test\n" + f"accounts:\n  driver: postgresql\n  host: {self.database.host}\n"
                         f"  database: postgres\n  user: todoku\n  password: file:{password}\n  timeout: 5s\n  names_every: 1s\n"
                         f"  query: |\n    -- whose it is\n    {self.query}\n  names_query: {NAMES}\n")

    def __exit__(self, kind, *more):
        try:
            super().__exit__(kind, *more)
        finally:
            self.database.remove()
        assert "planted" not in self.said()


@pytest.fixture
def rig(todoku, tmp_path):
    with Rig(todoku, tmp_path) as one:
        yield one


@pytest.mark.parametrize(("query", "words"), [
    ("SELECT secret FROM mail.nowhere WHERE mail = :login", 'relation "mail.nowhere" does not exist'),
    ("SELECT secret, mail FROM mail.account WHERE mail = :login", "there is no column `mail`, but login, secret"),
])
def test_a_wrong_query_is_refused_with_words(rig, query, words):
    rig.query = query
    rig.settings(LIMITS)
    rig.database.start()
    checked = rig.verb("config", "check")
    assert checked.returncode == 1 and f"{rig.config}: accounts.query: " in checked.stderr and words in checked.stderr
    assert "planted" not in checked.stderr and checked.stdout == ""
    rig.spawn()
    assert rig.process.wait(30) != 0
    assert words in rig.said()


def test_a_database_that_is_down_is_waited_for(rig):
    checked = rig.verb("config", "check")
    assert checked.returncode == 0 and "does not answer now" in checked.stderr
    rig.start().until_it_listens()
    until(lambda: rig.events("accounts_not_read"), rig.said)
    one = rig.asker()
    assert one.ask("taro", recipients=11, instance="a.1").startswith("450 4.7.1 limit user")  # as one without a class
    rig.database.start()
    until(lambda: any("accounts=1 aliases=1 " in line + " " for line in rig.events("accounts_read")), rig.said)
    assert one.ask("taro", recipients=60, instance="a.2") == "DUNNO"
    assert one.ask("info", recipients=41, instance="a.3").startswith("450 4.7.1 limit user: 60 of 100 recipients")
    checked = rig.verb("config", "check")
    assert checked.returncode == 0 and "accounts" not in checked.stderr, checked.stderr
    rig.database.end()
    until(lambda: rig.metric("todoku_accounts_trouble") == 1, rig.said)
    assert one.ask("taro", recipients=40, instance="a.4") == "DUNNO"  # what was read before holds


def test_a_change_that_is_told_acts_at_once(todoku, tmp_path):
    """Nobody else can know of it before auth.cache.recheck."""
    database = PostgreSQL()
    database.do("CREATE TABLE mail.account(mail text, secret text, boss text); INSERT INTO mail.account VALUES "
                "('taro@jp.test', '{PLAIN}first', NULL), ('jiro@jp.test', '{PLAIN}first', NULL)")
    database.start()
    try:
        with Logins(todoku, tmp_path, "  cache: { recheck: 1h, ttl: 1h }\n") as rig:
            text = rig.config.read_text()
            rig.config.write_text(text[:text.index("accounts: {")] + f"accounts:\n  driver: postgresql\n  host: {database.host}\n"
                                  "  database: postgres\n  user: todoku\n  password: planted-password\n"
                                  "  query: SELECT secret FROM mail.account WHERE mail = :login\n")
            rig.start().until_it_listens()

            def changed(body):
                return rig.ask("/api/v1/accounts/changed", "POST", body, {"Content-Type": "application/json"})
            for login in ("taro@jp.test", "jiro@jp.test"):
                until(lambda name=login: rig.login(name, "first").passed, rig.said)
            database.end()
            database.do("UPDATE mail.account SET secret = '{PLAIN}second'")
            database.start()
            assert rig.login("taro@jp.test", "first").passed and rig.login("jiro@jp.test", "first").passed  # as was known
            status, answer = changed('{"login": "TARO@jp.test"}')[:2]
            assert status == 200 and "account" in str(answer)
            until(lambda: not rig.login("taro@jp.test", "first").passed, rig.said)
            assert rig.login("taro@jp.test", "second").passed
            assert changed("")[0] == 200
            until(lambda: not rig.login("jiro@jp.test", "first").passed, rig.said)
            for wrong in ('{"login": 5}', '{"login": ""}', '{"name": "x"}', "[]", "{"):
                assert changed(wrong)[0] == 400, wrong
    finally:
        database.remove()
