# SPDX-License-Identifier: Apache-2.0
"""Room in mailboxes: the daemon is asked as Postfix asks it, and asks fake quota servers that answer, are silent, talk
nonsense, come and go (test_quota_postfix.py has real ones).
"""

import contextlib
import itertools
import signal
import threading

import pytest
from daemon_rig import free_port, until
from quota_daemon_rig import Quota, question
from quota_rig import FULL, LARGE, FakeQuota, dunno, endless, ends, junk, never_accepts, silent

OVER, TOO_LARGE = "552 5.2.2 ", "552 5.2.3 "


def mailboxes(**free):
    """A conduct: so many bytes are free in the mailbox of that user; who is not named has all the room of the world."""
    def conduct(recipient, size):
        room = free.get(recipient.partition("@")[0], 1 << 40)
        if room is None:
            return b"action=REJECT Unknown user\n\n"
        return b"action=DUNNO\n\n" if max(size, 1) <= room else f"action={FULL}\n\n".encode()
    return conduct


@pytest.fixture
def fake():
    with FakeQuota(mailboxes(full=0, near=1048, near2=1000, nobody=None)) as made:
        yield made


@pytest.fixture
def rig(todoku, tmp_path, fake):
    with Quota(todoku, tmp_path, {"mb1": fake.port}) as made:
        made.start().until_it_listens()
        yield made


def test_a_full_mailbox_is_refused_at_rcpt(rig):
    assert rig.message().rcpt("full@example.com") == OVER + "Mailbox is full"
    assert rig.message(50).rcpt("Full+news@EXAMPLE.com").startswith(OVER)
    assert rig.message().rcpt("taro@example.com") == "DUNNO"
    assert "552" in rig.message(50000).rcpt("near@example.com")


def test_a_size_that_was_not_said_or_was_a_lie_is_found_at_the_end(rig):
    for said in (0, 10):
        message = rig.message(said)
        assert message.rcpt("near@example.com") == "DUNNO"
        assert message.end(50000).startswith(OVER)
    message = rig.message()
    assert message.rcpt("near@example.com") == "DUNNO" and message.end(1000) == "DUNNO"


def test_all_over_is_refused_and_some_over_is_taken_and_told(rig):
    message = rig.message()
    assert [message.rcpt(name) for name in ("near@example.com", "near2@example.com")] == ["DUNNO", "DUNNO"]
    assert message.end(50000).startswith(OVER)
    message = rig.message()
    assert [message.rcpt(name) for name in ("near@example.com", "taro@example.com")] == ["DUNNO", "DUNNO"]
    assert message.end(50000) == "DUNNO"
    until(lambda: "result=mixed" in rig.said(), rig.said)
    until(lambda: rig.shown()["today"]["end_of_message"]["mixed"] == 1, rig.said)
    until(lambda: any(row["mailbox"] == "near@example.com" and row["state"] == "near_full"
                      for row in rig.shown()["mailboxes"]), rig.said)


def test_who_leads_elsewhere_is_nobody_to_ask_for(rig, fake):
    message = rig.message()
    assert message.rcpt("who@elsewhere.example") == "DUNNO" and message.rcpt("near@example.com") == "DUNNO"
    assert message.end(50000) == "DUNNO"
    assert not any("elsewhere" in recipient for recipient, _ in fake.questions)


def test_one_recipient_is_known_at_the_end_without_rcpt(rig):
    assert rig.message().end(50000, ["near@example.com"]).startswith(OVER)
    assert rig.message().end(50000, ["near@example.com", "near2@example.com"]) == "DUNNO"  # nobody knows who they are


def test_recipients_that_postfix_refused_itself_do_not_save_the_others(rig):
    message = rig.message()
    for name in ("nobody@example.com", "near@example.com"):
        assert message.rcpt(name) == "DUNNO"
    assert message.end(50000, ["near@example.com"]).startswith(OVER)


def test_aliases_are_followed_and_refused_when_all_they_lead_to_is_over(todoku, tmp_path, fake):
    virtual = tmp_path / "virtual"
    virtual.write_text("sales@example.com near@example.com, near2@example.com\nall@example.com near@example.com, "
                       "taro@example.com\nloop@example.com pool@example.com\npool@example.com loop@example.com\n")
    with Quota(todoku, tmp_path, {"mb1": fake.port}, more=f"  aliases: \"text:{virtual}\"\n") as rig:
        rig.start().until_it_listens()
        assert rig.message(50000).rcpt("sales@example.com").startswith(OVER)
        assert rig.message(50000).rcpt("all@example.com") == "DUNNO"
        assert rig.message().rcpt("loop@example.com") == "DUNNO"
        message = rig.message()
        assert message.rcpt("sales@example.com") == "DUNNO" and message.end(50000).startswith(OVER)


def test_answers_by_domain(todoku, tmp_path, fake):
    more = ("  over: defer\n  nouser: reject\n  text: \"no room for {size} in {mailbox}: {answer}\"\n  rules:\n"
            "    - { domains: [\"*.example.jp\"], over: reject, nouser: dunno, text: plain }\n"
            "    - { domains: lax.example, over: accept }\n")
    rows = ["@example.com mb1", "@a.example.jp lmtp:[mb1]:24", "@lax.example lmtp:[127.0.0.1]"]
    with Quota(todoku, tmp_path, {"mb1": fake.port}, rows, more) as rig:
        rig.start().until_it_listens()
        assert rig.message(7).rcpt("full@example.com") == f"452 4.2.2 no room for 7 in full@example.com: {FULL}"
        assert rig.message().rcpt("full@a.example.jp") == OVER + "plain"
        assert rig.message().rcpt("full@lax.example") == "DUNNO"
        assert rig.message().rcpt("nobody@example.com").startswith("550 5.1.1 ")
        assert rig.message().rcpt("nobody@a.example.jp") == "DUNNO"
        fake.conduct = lambda *_: f"action={LARGE}\n\n".encode()
        assert rig.message(9).rcpt("large@example.com").startswith(TOO_LARGE)


def test_split_mode_gives_a_nearly_full_mailbox_its_mail_alone(todoku, tmp_path, fake):
    with Quota(todoku, tmp_path, {"mb1": fake.port}, more="  split: true\n  near_full: 100KiB\n") as rig:
        rig.start().until_it_listens()
        first = rig.message()
        assert first.rcpt("near@example.com") == "DUNNO" and first.rcpt("taro@example.com").startswith("452 4.5.3 ")
        assert first.end(50000).startswith(OVER)
        second = rig.message()
        assert second.rcpt("taro@example.com") == "DUNNO" and second.rcpt("near@example.com").startswith("452 4.5.3 ")
        assert second.rcpt("jiro@example.com") == "DUNNO" and second.end(50000) == "DUNNO"


@pytest.mark.parametrize("conduct", [silent, junk, endless, ends], ids=lambda conduct: conduct.__name__)
@pytest.mark.parametrize("on_failure", ["dunno", "defer"])
def test_a_server_that_fails_never_refuses_and_never_holds_up(todoku, tmp_path, conduct, on_failure):
    expected = "DUNNO" if on_failure == "dunno" else "451 4.3.0 Mailbox server cannot be asked, try again later"
    with FakeQuota(conduct) as bad, FakeQuota(mailboxes(full=0)) as good:
        rows = ["@bad.example mb1", "@example.com mb2"]
        with Quota(todoku, tmp_path, {"mb1": bad.port, "mb2": good.port}, rows,
                   f"  deadline: 100ms\n  on_failure: {on_failure}\n") as rig:
            rig.start().until_it_listens()
            for number in range(8):
                assert rig.message().rcpt(f"u{number}@bad.example") == expected
            until(lambda: rig.message().rcpt("full@example.com").startswith(OVER), rig.said)
            until(lambda: rig.server("mb1").get("health") == "down" and rig.server("mb2").get("health") == "up", rig.said)
            until(lambda: "event=quota_server_down" in rig.said(), rig.said)
            assert "Quota" in rig.verb("status").stdout
            bad.conduct = dunno
            until(lambda: rig.message().rcpt("later@bad.example") == "DUNNO" and rig.server("mb1").get("health") == "up", rig.said)
            until(lambda: "event=quota_server_up" in rig.said(), rig.said)


def test_a_server_that_stays_silent_is_an_incident_until_it_answers(todoku, tmp_path):
    """Also over a restart. When it opens, second by second: tests/unit/app/quota_incidents.c."""
    def about(rig):
        return [one for one in rig.incidents() if (one["kind"], one.get("name")) == ("mailbox-server-quota-down", "mb1")]
    with FakeQuota(silent) as bad, Quota(todoku, tmp_path, {"mb1": bad.port}, more="  deadline: 50ms\n") as rig:
        rig.start().until_it_listens()
        numbers = itertools.count()
        [one] = until(lambda: rig.message().rcpt(f"u{next(numbers)}@example.com") == "DUNNO" and about(rig), rig.said)
        assert one["severity"] == "critical" and "mb1 at 127.0.0.1" in one["evidence"][0]
        assert rig.ask("/runbooks/mailbox-server-quota-down")[0] == 200
        rig.kill()
        rig.start().until_it_listens()
        assert [found["id"] for found in about(rig)] == [one["id"]]
        bad.conduct = dunno
        until(lambda: rig.message().rcpt(f"u{next(numbers)}@example.com") == "DUNNO" and not about(rig), rig.said)


def test_a_server_that_takes_connections_and_no_more_holds_up_nobody_else(todoku, tmp_path, fake):
    with never_accepts() as port:
        rows = ["@bad.example mb9", "@example.com mb1"]
        with Quota(todoku, tmp_path, {"mb1": fake.port, "mb9": port}, rows, "  deadline: 1s\n") as rig:
            rig.start().until_it_listens()
            stuck = [rig.message() for _ in range(20)]
            for number, message in enumerate(stuck):
                message.link.say(question("RCPT", f"u{number}@bad.example", 0, 0, message.instance))
            assert rig.message().rcpt("full@example.com").startswith(OVER)
            assert all(message.link.hear() == "DUNNO" for message in stuck)


def test_connections_to_a_server_are_few_and_questions_of_one_mailbox_are_one(todoku, tmp_path, fake):
    with Quota(todoku, tmp_path, {"mb1": fake.port}) as rig:
        rig.start().until_it_listens()
        messages = [rig.message() for _ in range(100)]
        for message in messages:
            message.link.say(question("RCPT", "taro@example.com", 0, 0, message.instance))
        assert all(message.link.hear() == "DUNNO" for message in messages)
        assert fake.most_open <= 2 and len(fake.questions) < 100
        until(lambda: rig.shown()["today"]["cached"] > 0, rig.said)


def of_many(rig, names):
    """A message of a MiB for these, asked about all at once; "": the listener hung up, since its loop stood still for 2 s."""
    message = rig.message()
    with contextlib.suppress(ConnectionError):
        message.link.say(b"".join(question("RCPT", name, 0, 0, message.instance) for name in names))
        return message.end(1 << 20, names) if [message.link.hear() for _ in names] == ["DUNNO"] * len(names) else ""
    return ""


def test_a_thousand_recipients_and_a_pipeline_of_questions(rig):
    assert until(lambda: of_many(rig, [f"near{i}@example.com" for i in range(1000)]), rig.said) == "DUNNO"


def test_a_thousand_recipients_that_are_all_over(todoku, tmp_path):
    with FakeQuota(lambda _, size: dunno(0, 0) if size < 1000 else f"action={FULL}\n\n".encode()) as fake:
        with Quota(todoku, tmp_path, {"mb1": fake.port}, more="  deadline: 1500ms\n") as rig:
            rig.start().until_it_listens()
            assert until(lambda: of_many(rig, [f"u{i}@example.com" for i in range(300)]), rig.said).startswith(OVER)


def test_junk_from_postfix_ends_its_connection_alone(rig):
    other, bad = rig.message(), rig.connect()
    bad.say(b"GET / HTTP/1.1\r\n\r\n")
    assert bad.hear() == ""
    assert other.rcpt("full@example.com").startswith(OVER)


def test_the_map_is_read_again_under_load(todoku, tmp_path):
    with FakeQuota(mailboxes(full=0)) as one, FakeQuota(mailboxes()) as two:
        with Quota(todoku, tmp_path, {"mb1": one.port, "mb2": two.port}, more="  cache: { over: 0s, fits: 0s }\n") as rig:
            rig.start().until_it_listens()
            ended, wrong = threading.Event(), []

            def load():
                message = rig.message()
                while not ended.is_set():
                    if message.ask("RCPT", "taro@example.com", 0, 0) != "DUNNO":
                        wrong.append(1)

            threads = [threading.Thread(target=load) for _ in range(4)]
            for thread in threads:
                thread.start()
            assert rig.message().rcpt("full@example.com").startswith(OVER)
            rig.put(["@example.com mb2"])
            until(lambda: rig.message().rcpt("full@example.com") == "DUNNO", rig.said)
            rig.process.send_signal(signal.SIGHUP)
            until(lambda: "event=reloaded" in rig.said(), rig.said)
            rig.table.unlink()  # the one before holds
            assert rig.message().rcpt("taro@example.com") == "DUNNO"
            ended.set()
            for thread in threads:
                thread.join()
            assert not wrong


def test_a_table_that_is_not_there_lets_mail_pass_until_it_is(todoku, tmp_path, fake):
    with Quota(todoku, tmp_path, {"mb1": fake.port}) as rig:
        rig.table.unlink()
        rig.start().until_it_listens()
        assert rig.message().rcpt("full@example.com") == "DUNNO"
        until(lambda: rig.shown()["state"] == "trouble", rig.said)
        assert "event=quota_tables_unread" in rig.said() and str(rig.table) in rig.said()
        rig.put(["@example.com mb1"])
        until(lambda: rig.message().rcpt("full@example.com").startswith(OVER), rig.said)
        until(lambda: rig.shown()["state"] == "answers", rig.said)


def test_tables_of_sqlite_are_asked_without_holding_up_the_others(todoku, tmp_path, fake):
    import sqlite3  # pylint: disable=import-outside-toplevel
    path = tmp_path / "mail.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE mailbox (address TEXT PRIMARY KEY, server TEXT)")
        database.execute("INSERT INTO mailbox VALUES ('full@example.com', 'mb1')")
    more = f"  mailboxes: \"sqlite:{path}?SELECT server FROM mailbox WHERE address = :key\"\n"
    with Quota(todoku, tmp_path, {"mb1": fake.port}, more=more) as rig:
        rig.start().until_it_listens()
        messages = [rig.message() for _ in range(20)]
        for message in messages:
            message.link.say(question("RCPT", "full@example.com", 0, 0, message.instance))
        assert all(message.link.hear().startswith(OVER) for message in messages)


def test_who_leaves_while_he_waits_is_no_trouble(todoku, tmp_path):
    with FakeQuota(silent) as fake, Quota(todoku, tmp_path, {"mb1": fake.port}, more="  deadline: 200ms\n") as rig:
        rig.start().until_it_listens()
        for number in range(30):
            message = rig.message()
            message.link.say(question("RCPT", f"u{number}@example.com", 0, 0, message.instance))
            message.link.close()
        assert rig.message().rcpt("last@example.com") == "DUNNO"


def test_metrics_and_the_end_while_questions_wait(todoku, tmp_path):
    with FakeQuota(silent) as fake, Quota(todoku, tmp_path, {"mb1": fake.port}, more="  deadline: 1500ms\n") as rig:
        rig.start().until_it_listens()
        message = rig.message()
        message.link.say(question("RCPT", "u@example.com", 0, 0, message.instance))
        until(lambda: fake.questions, rig.said)
        until(lambda: "todoku_quota_server_up{server=\"mb1\"} 1" in rig.ask("/metrics")[1], rig.said)
    assert rig.process is None or rig.process.poll() == 0


def test_bad_settings_are_refused_with_what_is_right(todoku, tmp_path):
    with Quota(todoku, tmp_path, {"mb1": free_port(), "mb2": free_port()}) as rig:
        for more, said in (("  default_server: mb7\n", "quota.default_server"), ("  text: \"{why}\"\n", "{why}"),
                           ("  aliases: \"hash:/etc/virtual\"\n", "quota.aliases[0]"),
                           ("  deadline: 10s\n", "deadline"), ("  servers: []\n", "servers")):
            rig.settings({"mb1": 1} if "servers" not in more else {}, more)
            checked = rig.verb("config", "check")
            assert checked.returncode != 0 and said in checked.stderr, checked.stderr
