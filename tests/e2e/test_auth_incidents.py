# SPDX-License-Identifier: Apache-2.0
"""What keeps logins from being answered is an incident of kind `auth-backend-down` until it is over. When it opens and
closes, second by second: tests/unit/app/auth_incidents.c."""

import contextlib

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


def test_accounts_that_cannot_be_looked_up(todoku, tmp_path):
    with Logins(todoku, tmp_path, backends=("imap",)) as rig:
        rig.start().until_it_listens()
        rig.account("taro@jp.test")
        rig.account("jiro@jp.test")
        assert rig.login().passed
        there, gone = rig.folder / "accounts.db", rig.folder / "away.db"
        there.rename(gone)

        def one_after_a_login():
            rig.login("jiro@jp.test")
            return away(rig, "accounts")
        one = until(one_after_a_login, rig.said)
        assert one["severity"] == "critical" and "accounts cannot be looked up" in one["evidence"][0]
        assert "accounts.db" in one["evidence"][0]
        gone.rename(there)
        until(lambda: rig.login("jiro@jp.test").passed and not away(rig, "accounts"), rig.said)
