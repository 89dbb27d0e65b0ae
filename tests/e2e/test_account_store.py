# SPDX-License-Identifier: Apache-2.0
"""todoku account, where it changes accounts: with and without a daemon, and the mistakes people make."""

import json
import os
import pty
import subprocess

import pytest
from conftest import LIMIT, clean_environment
from daemon_rig import until
from login_rig import Logins

CONFIG = "state: {folder}\ncontrol: {folder}/c.sock\naccounts: {{ driver: sqlite, path: {folder}/accounts.db }}\n"


@pytest.fixture
def account(todoku, tmp_path):
    (tmp_path / "t.yaml").write_text(CONFIG.format(folder=tmp_path))

    def call(*words, stdin="", status=0):
        done = subprocess.run([todoku, "account", "-c", tmp_path / "t.yaml", *words], input=stdin, capture_output=True, text=True,
                              timeout=LIMIT, check=False, env=clean_environment())
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr
    return call


def names(account):
    return json.loads(account("names", "--format", "json"))["accounts"]


def test_an_account_from_its_beginning_to_its_end(account):
    account("add", "taro@jp.test", "--password-file", "-", "--class", "business", stdin="secret\n")
    account("alias", "info@jp.test", "taro@jp.test")
    account("change", "taro@jp.test", "--class", "", "--protocols", "imap")
    assert names(account) == [{"login": "taro@jp.test"}, {"login": "info@jp.test", "account": "taro@jp.test"}]
    said = json.loads(account("app-password", "taro@jp.test", "phone", "--format", "json"))
    assert len(said["password"]) == 24
    account("app-password", "taro@jp.test", "phone", "--clear")
    account("alias", "info@jp.test", "taro@jp.test", "--clear")
    account("remove", "taro@jp.test")
    assert names(account) == []


@pytest.mark.parametrize("words,what", [
    (("add", "taro@jp.test", "--password", "secret"), "seen by others"),
    (("add",), "add takes one LOGIN"),
    (("add", "taro@jp.test"), "--password-file"),
    (("change", "taro@jp.test"), "--protocols"),
    (("remove", "taro@jp.test", "--class", "x"), "add, change"),
    (("passwd", "x", "--no-password"), "add and passwd"),
    (("suspend", "x", "--class", "x"), "add, change"),
    (("add", "x", "--for", "1h", "--no-password"), "for flags"),
    (("ad", "x"), "add"),
])
def test_wrong_use(account, words, what):
    assert what in account(*words, status=2)


@pytest.mark.parametrize("words,what", [
    (("add", "taro@jp.test", "--no-password", "--protocols", "imap,gopher"), "gopher"),
    (("add", "taro@jp.test", "--no-password", "--networks", "192.0.2.0/33"), "192.0.2.0/33"),
    (("add", "taro@jp.test", "--no-password", "--valid-until", "soon"), "soon"),
    (("add", "ta\x1bro", "--no-password"), "control"),
    (("remove", "jiro@jp.test"), "jiro@jp.test"),
    (("passwd", "jiro@jp.test", "--password-file", "-"), "no account"),
    (("alias", "info@jp.test", "jiro@jp.test"), "jiro@jp.test"),
    (("import", "/nowhere"), "/nowhere"),
    (("add", "taro@jp.test", "--password-file", "/nowhere"), "/nowhere"),
])
def test_what_cannot_be(account, words, what):
    said = account(*words, status=1 if what not in ("/nowhere",) else 3)
    assert what in said and "\x1b" not in said


def test_an_empty_or_endless_password(account):
    assert "empty" in account("add", "taro@jp.test", "--password-file", "-", stdin="\n", status=1)
    assert "longer" in account("add", "taro@jp.test", "--password-file", "-", stdin="x" * 5000, status=1)
    assert names(account) == []


def test_import_is_all_or_nothing(account, tmp_path):
    rows = "".join(f"user{number}@jp.test:{{PLAIN}}x::::::todoku_class=shop\n" for number in range(5000))
    (tmp_path / "passwd").write_text(f"# people\n{rows}info@jp.test:x::::::user=user7@jp.test\nbad\n")
    assert f"{tmp_path}/passwd:5003" in account("import", str(tmp_path / "passwd"), status=1)
    assert names(account) == []
    account("import", "-", stdin=f"{rows}info@jp.test:x::::::user=user7@jp.test\n")
    assert len(names(account)) == 5001
    again = json.loads(account("import", "-", "--format", "json", stdin=rows))
    assert (again["added"], again["skipped"]) == (0, 5000)
    changed = json.loads(account("import", "-", "--update", "--format", "json", stdin=rows.replace("shop", "club")))
    assert changed["changed"] == 5000 and {row.get("class") for row in names(account)} == {"club", None}


def test_other_drivers_are_read_and_not_written(account, tmp_path):
    (tmp_path / "passwd").write_text("taro@jp.test:{PLAIN}x\n")
    (tmp_path / "t.yaml").write_text(CONFIG.format(folder=tmp_path).replace("sqlite, path: " + str(tmp_path) + "/accounts.db",
                                                                            f"passwd-file, path: {tmp_path}/passwd"))
    assert names(account) == [{"login": "taro@jp.test"}]
    assert "passwd-file" in account("add", "jiro@jp.test", "--no-password", status=2)


def test_a_password_is_typed_twice_and_not_shown(todoku, account, tmp_path):
    def type_them(first, second):
        parent, child = pty.openpty()
        process = subprocess.Popen([todoku, "account", "-c", tmp_path / "t.yaml", "add", "taro@jp.test"], stdin=child, stdout=child,
                                   stderr=child, start_new_session=True, env=clean_environment(),
                                   preexec_fn=lambda: os.open(os.ttyname(child), os.O_RDWR))  # its controlling terminal
        os.close(child)
        shown = b""
        for prompt, text in ((b"New password: ", first), (b"Again: ", second)):
            while not shown.endswith(prompt):
                shown += os.read(parent, 1000)
            os.write(parent, text + b"\n")
        status = process.wait(LIMIT)
        try:
            while more := os.read(parent, 1000):
                shown += more
        except OSError:
            pass  # the terminal is gone with its last user
        os.close(parent)
        return status, shown
    status, shown = type_them(b"hidden-one", b"hidden-two")
    assert status == 1 and b"not the same" in shown and b"hidden" not in shown
    status, shown = type_them(b"hidden-one", b"hidden-one")
    assert status == 0 and b"hidden" not in shown


def test_the_daemon_notices(todoku, tmp_path):
    with Logins(todoku, tmp_path) as rig:
        rig.start().until_it_listens()

        def call(*words, stdin=""):
            return subprocess.run([todoku, "account", "-c", rig.config, *words], input=stdin, capture_output=True, text=True,
                                  timeout=LIMIT, check=True, env=clean_environment()).stdout
        call("add", "taro@jp.test", "--password-file", "-", stdin="first\n")
        assert rig.login(secret="first").passed
        call("passwd", "taro@jp.test", "--password-file", "-", stdin="second\n")
        until(lambda: rig.login(secret="second").passed, rig.said)
        until(lambda: not rig.login(secret="first").passed, rig.said)
        call("remove", "taro@jp.test")
        until(lambda: not rig.login(secret="second").passed, rig.said)
