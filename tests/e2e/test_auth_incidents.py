# SPDX-License-Identifier: Apache-2.0
"""What keeps logins from being answered is an incident of kind `auth-backend-down` until it is over. When it opens and
closes, second by second: tests/unit/app/auth_incidents.c."""

import contextlib
import itertools

from daemon_rig import until
from login_rig import Greeter, Logins

KIND = "auth-backend-down"


def away(rig, name):
    """The incident about this part that is open; None: there is none."""
    found = [one for one in rig.incidents() if (one["kind"], one.get("name")) == (KIND, name)]
    assert len(found) <= 1
    return found[0] if found else None


def test_a_mailbox_server_that_is_away_and_back(todoku, tmp_path):
    second = Greeter("imap")
    with contextlib.closing(second), Logins(todoku, tmp_path, backends=("imap",)) as rig:
        rig.settings(f"  servers:\n    - {{ name: mb2, imap: 127.0.0.1:{second.port} }}\n")
        rig.start().until_it_listens()
        first = rig.servers["imap"]
        first.close()
        one = until(lambda: away(rig, "auth.backends (imap)"), rig.said)
        assert one["severity"] == "critical" and rig.ask(f"/runbooks/{KIND}")[0] == 200
        assert "does not greet by imap" in one["evidence"][0]
        assert away(rig, "mb2 (imap)") is None
        downs = len(rig.events("mailbox_server_down"))
        rig.kill()
        rig.start().until_it_listens()
        until(lambda: len(rig.events("mailbox_server_down")) > downs, rig.said)
        assert away(rig, "auth.backends (imap)")["id"] == one["id"]
        with contextlib.closing(Greeter("imap", first.port)):
            until(lambda: away(rig, "auth.backends (imap)") is None, rig.said)


def point(link, to):
    """At once: the daemon would make an empty database where it finds none."""
    link.with_suffix(".new").symlink_to(to)
    link.with_suffix(".new").rename(link)


def test_accounts_that_cannot_be_looked_up(todoku, tmp_path):
    with Logins(todoku, tmp_path, backends=("imap",)) as rig:
        database = rig.folder / "accounts.db"
        (rig.folder / "real.db").touch()
        point(database, "real.db")
        rig.start().until_it_listens()
        rig.account("taro@jp.test")
        rig.account("jiro@jp.test")
        assert rig.login().passed
        point(database, "nowhere/real.db")
        others = itertools.count()

        def found_by_a_login():
            number = next(others)  # somebody whom nothing is known of, from where nobody was
            rig.login(f"user{number}@jp.test", ip=f"10.{number // 256}.{number % 256}.7")
            return away(rig, "accounts")
        one = until(found_by_a_login, rig.said)
        assert one["severity"] == "critical" and "accounts cannot be looked up" in one["evidence"][0]
        assert "accounts.db" in one["evidence"][0]
        point(database, "real.db")
        until(lambda: rig.login("jiro@jp.test").passed, rig.said)
        until(lambda: not found_by_a_login(), rig.said)


def test_a_few_guesses_from_each_of_many_networks_on_many_accounts(todoku, tmp_path):
    """Of none of them too many: watch/guessing.c finds nothing. A guard that is young needs eight times as many."""
    many = 1100
    with Logins(todoku, tmp_path, backends=("imap",)) as rig:
        rig.start().until_it_listens()
        rig.sql("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                "INSERT INTO account(login, secret) SELECT 'user' || i || '@jp.test', '{PLAIN}secret' FROM n", many)

        def campaigns():
            return [one for one in rig.incidents() if one["kind"] == "brute-force"]

        def guess(i):
            return rig.login(f"user{i}@jp.test", "Spring2026!", ip=f"198.{18 + i // 256 % 2}.{i % 256}.7"
                             if i < 512 else f"10.{i // 256}.{i % 256}.7")
        for i in range(many):
            guess(i)
        one, = until(campaigns, rig.said)
        assert one["name"] == "many accounts" and "login" not in one
        assert one["attempts"] >= one["hits"] >= 700 and "networks" in one["evidence"][0]
