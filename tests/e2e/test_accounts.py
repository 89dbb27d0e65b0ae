# SPDX-License-Identifier: Apache-2.0
"""Who the accounts are: other names and classes by each driver and by pattern, read again when they change, with a real
daemon that is asked as Postfix asks."""

import contextlib
import json
import signal
import sqlite3

import pytest
from daemon_rig import LIMIT, until
from policy_rig import Limited

LIMITS = ["name: user, recipients: 10/1h, levels: [ { class: business, count: 100 }, { class: shop, count: 20 } ]",
          "name: shops, recipients: 30/1h, key: [account_class, sender_domain], action: reject, "
          "levels: [ { class: business, count: 1000 } ]"]
CLASSES = 'accounts: { driver: %s, path: "%s", classes: [ { class: Shop, logins: ["*@shop.test"] } ] }\n'


def write_passwd(path, accounts, aliases):
    lines = [f"{login}:{{PLAIN}}planted-secret:1000:1000::/home/x::todoku_class={name}" for login, name in accounts.items()]
    lines += [f"{alias}:{{PLAIN}}planted-secret::::::user={login}" for alias, login in aliases.items()]
    path.with_suffix(".new").write_text("# accounts\n" + "\n".join(lines) + "\n")
    path.with_suffix(".new").rename(path)


def write_sqlite(path, accounts, aliases):
    with contextlib.closing(sqlite3.connect(path, timeout=LIMIT)) as database, database:
        database.execute("DELETE FROM account")
        database.execute("DELETE FROM alias")
        database.executemany("INSERT INTO account(login, class) VALUES (?, ?)", accounts.items())
        database.executemany("INSERT INTO alias(alias, login) VALUES (?, ?)", aliases.items())


class Known(Limited):
    def __init__(self, program, folder, driver):
        self.accounts = folder / "accounts"
        self.driver = driver
        self.write_accounts = {"sqlite": write_sqlite, "passwd-file": write_passwd}[driver]
        super().__init__(program, folder, LIMITS, self.more())

    def more(self):
        return "  default_domain: jp.test\n" + CLASSES % (self.driver, self.accounts)

    def run(self):
        return self.start().until_it_listens()

    def known(self, accounts, aliases):
        """Writes them and waits until the daemon has read them."""
        before = len(self.events("accounts_read"))
        self.write_accounts(self.accounts, accounts, aliases)
        until(lambda: any(f"accounts={len(accounts)} aliases={len(aliases)} " in line + " "
                          for line in self.events("accounts_read")[before:]), self.said)

    def account(self, *words):
        return self.done("account", *words)


@pytest.fixture(params=["sqlite", "passwd-file"])
def rig(request, todoku, tmp_path):
    with Known(todoku, tmp_path, request.param) as one:
        if one.driver == "passwd-file":
            write_passwd(one.accounts, {}, {})
        yield one.run()


def test_classes_and_other_names(rig):
    one = rig.asker()
    rig.known({"taro@jp.test": "business", "Jiro": ""}, {"info@jp.test": "TARO"})
    assert one.ask("taro", recipients=60, instance="a.1") == "DUNNO"  # of the class: 100
    assert one.ask("INFO@JP.test", recipients=41, instance="a.2").startswith("450 4.7.1 limit user: 60 of 100 recipients")
    assert one.ask("info", recipients=40, instance="a.3") == "DUNNO"  # of the account
    assert one.ask("jiro", recipients=11, instance="a.4").startswith("450 4.7.1 limit user: 11 recipients at once")
    assert one.ask("nobody", recipients=10, instance="a.5") == "DUNNO"  # as without accounts
    assert one.ask("a@shop.test", recipients=20, instance="a.6", sender="x@s.test") == "DUNNO"  # by pattern: 20
    assert one.ask("b@shop.test", recipients=11, instance="a.7", sender="x@s.test").startswith("550 5.7.1 limit shops: 20 of 30")
    assert one.ask("b@shop.test", recipients=10, instance="a.8", sender="x@s.test") == "DUNNO"
    until(lambda: rig.metric('todoku_accounts{kind="alias"}') == 1 and rig.metric('todoku_accounts{kind="account"}') == 2,
          rig.said)
    assert "planted-secret" not in rig.said()


def test_what_changes_is_read_again(rig):
    one = rig.asker()
    rig.known({"taro@jp.test": ""}, {})
    assert one.ask("taro", recipients=11, instance="a.1").startswith("450 4.7.1 limit user")
    rig.known({"taro@jp.test": "business", "hana@jp.test": "shop"}, {})
    assert one.ask("taro", recipients=11, instance="a.2") == "DUNNO"
    assert one.ask("hana", recipients=20, instance="a.3") == "DUNNO"
    rig.known({}, {})
    assert one.ask("taro", recipients=1, instance="a.4").startswith("450 4.7.1 limit user: 11 of 10")


def test_what_cannot_be_read_changes_nothing(rig):
    one = rig.asker()
    rig.known({"taro@jp.test": "business"}, {})
    rig.accounts.rename(rig.accounts.with_name("away"))
    rig.accounts.mkdir()
    until(lambda: rig.events("accounts_not_read"), rig.said)
    until(lambda: rig.metric("todoku_accounts_trouble") == 1, rig.said)
    assert one.ask("taro", recipients=90, instance="a.1") == "DUNNO"
    rig.process.send_signal(signal.SIGHUP)  # holds over a reload too
    until(lambda: rig.events("reloaded"), rig.said)
    assert one.ask("taro", recipients=10, instance="a.2") == "DUNNO"
    assert one.ask("x@shop.test", recipients=20, instance="a.3", sender="x@s.test") == "DUNNO"
    rig.accounts.rmdir()
    rig.accounts.with_name("away").rename(rig.accounts)
    until(lambda: rig.metric("todoku_accounts_trouble") == 0, rig.said)
    assert len(rig.events("accounts_not_read")) == 1


def test_other_settings_hold_at_once(rig):
    one = rig.asker()
    rig.known({"taro@jp.test": "business"}, {})
    rig.settings(LIMITS, "  default_domain: jp.test\n" 'accounts: { classes: [ { class: business, logins: ["ji*@jp.test"] } ] }\n')
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: rig.events("reloaded"), rig.said)
    assert one.ask("jiro", recipients=100, instance="a.1") == "DUNNO"
    assert one.ask("taro", recipients=11, instance="a.2").startswith("450 4.7.1 limit user: 11 recipients at once")
    rig.settings(LIMITS, rig.more())
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: len(rig.events("reloaded")) == 2, rig.said)
    assert one.ask("taro", recipients=100, instance="a.3") == "DUNNO"  # no request comes before the accounts


def test_flags_are_the_accounts(rig):
    one = rig.asker()
    rig.known({"taro@jp.test": "business"}, {})
    rig.account("suspend", "info", "--reason", "odd mail")  # before it is another name
    rig.known({"taro@jp.test": "business"}, {"info@jp.test": "taro@jp.test", "sales@jp.test": "taro@jp.test"})
    until(lambda: "login=taro@jp.test flag=suspended" in "".join(rig.events("account_flag_moved")), rig.said)
    assert one.ask("taro", instance="a.1").startswith("550 5.7.1 taro@jp.test is suspended")
    assert one.ask("sales", instance="a.2").startswith("550 5.7.1 taro@jp.test is suspended")
    shown = json.loads(rig.account("--format", "json", "show", "info"))
    assert (shown["login"], shown["class"], [flag["reason"] for flag in shown["flags"]]) == ("taro@jp.test", "business", ["odd mail"])
    rig.account("resume", "sales")
    assert one.ask("info", instance="a.3") == "DUNNO"
    assert json.loads(rig.account("--format", "json", "list"))[0]["flags"] == []
    assert "taro@jp.test, class business: no flag is set" in rig.account("show", "sales")


def test_accounts_are_there_before_the_first_question(todoku, tmp_path):
    with Known(todoku, tmp_path, "passwd-file") as rig:
        write_passwd(rig.accounts, {f"user{number}@jp.test": "business" for number in range(20000)}, {})
        rig.run()
        assert rig.asker().ask("user19999", recipients=100, instance="a.1") == "DUNNO"
