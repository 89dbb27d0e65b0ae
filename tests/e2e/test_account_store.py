# SPDX-License-Identifier: Apache-2.0
"""todoku account, where it changes accounts: with and without a daemon, and the mistakes people make."""

import contextlib
import json
import os
import pty
import sqlite3
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

    def parsed(*words, stdin="", status=0):
        done = subprocess.run([todoku, "account", "-c", tmp_path / "t.yaml", "--format", "json", *words], input=stdin,
                              capture_output=True, text=True, timeout=LIMIT, check=False, env=clean_environment())
        assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout)
    call.json = parsed
    return call


def names(account):
    """Without a daemon: flags are not known, which is said on standard error."""
    return account.json("list")


def test_an_account_from_its_beginning_to_its_end(account):
    account("add", "taro@jp.test", "--password-file", "-", "--class", "business", stdin="secret\n")
    account("alias", "info@jp.test", "taro@jp.test")
    account("change", "taro@jp.test", "--class", "", "--protocols", "imap")
    assert names(account) == [{"login": "taro@jp.test", "flags": [], "aliases": ["info@jp.test"]}]
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
    (("list", "--flag", "slwo"), "slow"),
    (("show", "x", "--flag", "slow"), "for list"),
    (("add", "x", "--no-password", "--dry-run"), "for import"),
    (("import", "x", "--update", "--new-only"), "exclude"),
    (("check", "x", "--protocol", "gopher"), "imap, pop3"),
    (("check", "x", "--from", "here"), "192.0.2.1"),
    (("show", "x", "--from", "192.0.2.1"), "for check"),
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
    assert f"{tmp_path}/passwd:5003" in account("import", "--keep-plain", str(tmp_path / "passwd"), status=1)
    assert names(account) == []
    account("import", "-", "--keep-plain", stdin=f"{rows}info@jp.test:x::::::user=user7@jp.test\n")
    assert len(names(account)) == 5000 and [row["login"] for row in names(account) if "aliases" in row] == ["user7@jp.test"]
    again = json.loads(account("import", "-", "--format", "json", stdin=rows))
    assert (again["added"], again["skipped"]) == (0, 5000)
    changed = json.loads(account("import", "-", "--update", "--keep-plain", "--format", "json", stdin=rows.replace("shop", "club")))
    assert changed["changed"] == 5000 and {row.get("class") for row in names(account)} == {"club"}


def test_other_drivers_are_read_and_not_written(account, tmp_path):
    (tmp_path / "passwd").write_text("taro@jp.test:{PLAIN}x\n")
    (tmp_path / "t.yaml").write_text(CONFIG.format(folder=tmp_path).replace("sqlite, path: " + str(tmp_path) + "/accounts.db",
                                                                            f"passwd-file, path: {tmp_path}/passwd"))
    assert names(account) == [{"login": "taro@jp.test", "flags": []}]
    assert "passwd-file" in account("add", "jiro@jp.test", "--no-password", status=2)


def test_bad_lines_are_said_each_and_nothing_is_imported(account, tmp_path):
    lines = ["login,password,protocols,flags,account", "taro@jp.test,secret,imap,,", "x@jp.test,s,gopher,,", "y@jp.test,s", "z@jp.test,s,,slwo,",
             "u@jp.test,{NONE}s,,,", "info@jp.test,,,,nobody@jp.test", "w@jp.test,s,,,"]
    (tmp_path / "a.csv").write_text("\r\n".join(lines) + "\r\n")
    said = account("import", "--format", "csv", str(tmp_path / "a.csv"), status=1)
    for line, what in ((3, "gopher"), (4, "has 2 fields"), (5, "flags"), (6, "no form that is known"), (7, "no such account")):
        assert any(row.startswith(f"{tmp_path}/a.csv:{line}: ") and what in row for row in said.splitlines()), said
    assert "5 lines cannot be imported, from line 3 on; nothing was imported" in said and names(account) == []
    more = "\n".join(["login,class,class", "a,b,c"])
    assert "twice" in account("import", "--format", "csv", "-", stdin=more, status=1)
    assert "no column login" in account("import", "--format", "csv", "-", stdin="class\nx\n", status=1)
    assert 'column "klass"' in account("import", "--format", "csv", "-", stdin="login,klass\nx,y\n", status=1)
    assert "never closed" in account("import", "--format", "csv", "-", stdin='login\n"x\n', status=1)
    many = "login,networks\n" + "".join(f"user{number}@jp.test,nowhere\n" for number in range(50))
    assert "... and 30 more" in account("import", "--format", "csv", "-", stdin=many, status=1)


def test_accounts_of_a_table(account, tmp_path):
    (tmp_path / "a.csv").write_text('\ufeffLogin,Class,Secret,networks,account,valid_until\n\n"taro@jp.test",shop,"a ""quoted"", one",'
                                    '"192.0.2.0/24, ::1",,2099-12-31\ninfo@jp.test,,,,taro@jp.test,\njiro@jp.test,,{SHA1}x,,,')
    path = str(tmp_path / "a.csv")
    counts = account.json("import", "--format", "csv", "--dry-run", path)
    assert (counts["added"], counts["aliases"], counts["dry_run"]) == (2, 1, True) and names(account) == []
    assert account.json("import", "--format", "csv", path)["added"] == 2
    assert names(account) == [{"login": "jiro@jp.test", "flags": []},
                              {"login": "taro@jp.test", "class": "shop", "flags": [], "aliases": ["info@jp.test"]}]
    with contextlib.closing(sqlite3.connect(tmp_path / "accounts.db")) as database:
        rows = dict(database.execute("SELECT login, secret FROM account"))
    assert rows["taro@jp.test"].startswith("{ARGON2ID}") and rows["jiro@jp.test"] == "{SHA1}x"
    assert "already" in account("import", "--format", "csv", "--new-only", path, status=1)
    (tmp_path / "b.csv").write_text("login,class\nTARO@jp.test,\n")
    assert account.json("import", "--format", "csv", "--update", str(tmp_path / "b.csv"))["changed"] == 1
    stored = account.json("show", "taro@jp.test", status=3)["stored"]  # without a daemon
    assert "class" not in stored and stored["password"] == {"form": "ARGON2ID", "weak": False, "rehash": False}
    assert stored["networks"] == ["192.0.2.0/24", "::1"] and stored["valid_until"] == "2100-01-01T00:00:00Z"


def test_a_hundred_thousand_accounts_of_a_table(account):
    rows = "login,secret,class\n" + "".join(f"user{number}@jp.test,{{SSHA512}}xxxxxxxxxxxxxxxx,shop\n" for number in range(100_000))
    assert account.json("import", "--format", "csv", "-", stdin=rows)["added"] == 100_000


def test_what_stands_in_the_database(account, tmp_path):
    assert "not there yet" in account.json("show", "taro@jp.test", status=3)["stored"]["error"]
    account("add", "taro@jp.test", "--password-file", "-", "--class", "business", "--server", "mb1", "--protocols", "imap,smtp",
            stdin="secret\n")
    account("alias", "info@jp.test", "taro@jp.test")
    account("app-password", "taro@jp.test", "phone", "--protocols", "imap", "--valid-until", "2099-01-01")
    for login in ("taro@jp.test", "INFO@jp.test"):
        said = account.json("show", login, status=3)
        assert "flags" not in said
        stored = said["stored"]
        assert stored["found"] and stored["aliases"] == ["info@jp.test"] and stored["protocols"] == ["imap", "smtp"]
        assert [(one["name"], one["protocols"]) for one in stored["app_passwords"]] == [("phone", ["imap"])]
        assert "secret" not in json.dumps(said) and "$argon2" not in json.dumps(said)
    assert account.json("show", "nobody@jp.test", status=3)["stored"] == {"found": False}
    text = account("show", "taro@jp.test", status=3)
    assert "flags are not known" in text and "mb1" in text and "ARGON2ID" in text and "phone" in text
    with contextlib.closing(sqlite3.connect(tmp_path / "accounts.db")) as database, database:
        database.execute("UPDATE account SET secret = '{PLAIN-MD5}5ebe2294ecd0e0f08eab7690d2a6ee69', flags = 'no-send'")
    assert account.json("show", "taro@jp.test", status=3)["stored"]["password"] == {"form": "PLAIN-MD5", "weak": True, "rehash": True}
    assert account.json("list", "--class", "Business")[0]["flags_stored"] == ["no-send"]
    assert account.json("list", "--class", "shop") == [] and account.json("list", "--server", "mb2") == []
    (tmp_path / "accounts.db").write_bytes(b"no database" * 500)
    assert "accounts.db" in account.json("show", "taro@jp.test", status=3)["stored"]["error"]
    assert "accounts.db" in account("list", status=3)


def test_list_and_show_with_a_daemon(todoku, tmp_path):
    with Logins(todoku, tmp_path) as rig:
        rig.start().until_it_listens()

        def call(*words, stdin="", status=0):
            done = subprocess.run([todoku, "account", "-c", rig.config, *words], input=stdin, capture_output=True, text=True,
                                  timeout=LIMIT, check=False, env=clean_environment())
            assert done.returncode == status, done.stdout + done.stderr
            return done.stdout
        for name in ("taro", "jiro"):
            call("add", f"{name}@jp.test", "--no-password")
        call("flag", "taro@jp.test", "hold")
        call("flag", "gone@jp.test", "note")
        rows = {row["login"]: [flag["flag"] for flag in row["flags"]] for row in json.loads(call("list", "--format", "json"))}
        assert rows == {"taro@jp.test": ["hold"], "jiro@jp.test": [], "gone@jp.test": ["note"]}
        assert [row["login"] for row in json.loads(call("list", "--flag", "hold,slow", "--format", "json"))] == ["taro@jp.test"]
        assert "hold" in call("list") and "jiro@jp.test" in call("list")
        shown = json.loads(call("show", "taro@jp.test", "--format", "json"))
        assert shown["stored"]["password"] is None and shown["flags"][0]["flag"] == "hold"
        assert "nobody can log in" in call("show", "taro@jp.test")
        assert "no such account" in call("show", "nobody@jp.test")


def test_what_a_password_is_worth(todoku, tmp_path):
    with Logins(todoku, tmp_path, "  internal_password: let-in\n") as rig:
        rig.start().until_it_listens()

        def check(login, secret, *words, status=0):
            done = subprocess.run([todoku, "account", "-c", rig.config, "--format", "json", "check", login, "--password-file", "-", *words],
                                  input=secret, capture_output=True, text=True, timeout=LIMIT, check=False, env=clean_environment())
            assert done.returncode == status, done.stdout + done.stderr
            assert "apple" not in done.stdout + done.stderr
            answer = json.loads(done.stdout)
            return answer, {one["protocol"]: one["result"] for one in answer.get("protocols", [])}
        rig.account("taro@jp.test", protocols="imap,smtp", networks="192.0.2.0/24", flags="no-send")
        rig.account("late@jp.test", valid_until="2001-01-01")
        rig.account("odd@jp.test", secret="{SSHA512}not-base64!")
        rig.sql("INSERT INTO app_password(login, name, secret, protocols) VALUES('taro@jp.test', 'phone', '{PLAIN}apple', 'imap')")
        answer, by = check("TARO@jp.test", "secret", "--from", "192.0.2.9")
        assert answer["right"] and by == {"imap": "passed", "pop3": "protocol", "smtp": "flagged"}
        assert check("taro@jp.test", "secret", "--from", "192.0.2.9", "--protocol", "smtp", status=1)[1] == {"smtp": "flagged"}
        answer, by = check("taro@jp.test", "apple", "--from", "192.0.2.9")
        assert answer["app_password"] == "phone" and by == {"imap": "passed", "pop3": "protocol", "smtp": "flagged"}
        assert check("taro@jp.test", "secret", "--from", "198.51.100.1", status=1)[1]["imap"] == "network"
        assert check("taro@jp.test", "secret", status=1)[1]["imap"] == "network"
        assert check("late@jp.test", "secret", status=1)[1] == dict.fromkeys(("imap", "pop3", "smtp"), "expired")
        for _ in range(40):
            assert check("taro@jp.test", "wrong", status=1)[0]["result"] == "wrong_secret"
        assert check("nobody@jp.test", "secret", status=1)[0]["result"] == "unknown_account"
        assert check("odd@jp.test", "secret", status=3)[0]["result"] == "bad_account"
        subprocess.run([todoku, "account", "-c", rig.config, "suspend", "taro@jp.test"], capture_output=True, timeout=LIMIT, check=True,
                       env=clean_environment())
        assert check("taro@jp.test", "secret", "--from", "192.0.2.9", status=1)[1]["imap"] == "flagged"
        subprocess.run([todoku, "account", "-c", rig.config, "resume", "taro@jp.test"], capture_output=True, timeout=LIMIT, check=True,
                       env=clean_environment())
        assert rig.login().passed and "login_refused" not in rig.said()  # none of it was counted
        assert "late@jp.test" not in rig.said()
    assert "flags of the daemon are not known" in subprocess.run(
        [todoku, "account", "-c", rig.config, "check", "taro@jp.test", "--from", "192.0.2.9", "--password-file", "-"], input="secret",
        capture_output=True, text=True, timeout=LIMIT, check=False, env=clean_environment()).stderr


def test_the_file_that_nobody_named(todoku, tmp_path):
    """driver sqlite, auth.listen and no path: accounts.db in the folder of the state, made by the first account add."""
    (tmp_path / "t.yaml").write_text(f"state: {tmp_path}\ncontrol: {tmp_path}/c.sock\nauth: {{ listen: ['unix:{tmp_path}/auth'], "
                                     "backends: { imap: 127.0.0.1:143 } }\n")

    def run(*words, **more):
        return subprocess.run([todoku, *words], capture_output=True, text=True, timeout=LIMIT, check=True, env=clean_environment(), **more)
    assert f"path: {tmp_path}/accounts.db" in run("config", "dump", "-c", tmp_path / "t.yaml").stdout
    assert "warning" not in run("account", "-c", tmp_path / "t.yaml", "add", "taro@jp.test", "--no-password").stderr
    assert (tmp_path / "accounts.db").stat().st_mode & 0o777 == 0o640
    (tmp_path / "t.yaml").write_text(f"state: {tmp_path}\ncontrol: {tmp_path}/c.sock\n")
    assert "accounts.path" in run("account", "-c", tmp_path / "t.yaml", "add", "jiro@jp.test", "--no-password").stderr
    assert "jiro@jp.test" in run("account", "-c", tmp_path / "t.yaml", "list").stdout


def test_a_daemon_finds_the_file_that_nobody_named(todoku, tmp_path):
    with Logins(todoku, tmp_path) as rig:
        text = rig.config.read_text()
        rig.config.write_text(text[:text.index("accounts: {")])
        rig.start().until_it_listens()
        assert not rig.login().passed
        subprocess.run([todoku, "account", "-c", rig.config, "add", "taro@jp.test", "--password-file", "-"], input="secret", text=True,
                       capture_output=True, timeout=LIMIT, check=True, env=clean_environment())
        until(lambda: rig.login(ip="198.51.100.3").passed, rig.said)


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
