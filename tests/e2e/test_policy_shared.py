# SPDX-License-Identifier: Apache-2.0
"""Limits that daemons share in a real Redis: exactly while it answers, by parts while it does not, and nothing twice."""

import contextlib
import shlex
import signal
import socket
import subprocess
import threading
from datetime import datetime, timezone

import pytest
from daemon_rig import LIMIT, Stepped, free_port, until
from dns_peer import Names, address
from policy_rig import Limited, request
from redis_peer import PROGRAM, Server, sentinel
from test_limit import done, verb

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Redis")

HOUR = ["name: user-hour, recipients: 300/1h"]
ALONE, ASKED = "todoku_policy_shared_alone_total", 'todoku_policy_requests_total{stage="end_of_message"}'
PATIENT = "redis: { deadline_ms: 1000 }"  # a machine that does other things, too, is no fault of Redis


class Relay(Limited):
    """A daemon that shares; `where`: the address of the Redis."""

    def __init__(self, program, folder, where, limits=None, redis=PATIENT):
        folder.mkdir()
        super().__init__(program, folder, limits or HOUR, f"store: {{ state: \"{where}\", {redis} }}\n")

    def shares(self, relays=1):
        until(lambda: self.metric("todoku_policy_shared_relays") == relays and
              self.metric("todoku_policy_shared_trouble") == 0, self.said)

    def is_alone(self):
        until(lambda: self.metric("todoku_policy_shared_trouble") == 1, self.said)

    def is_settled(self):
        until(lambda: self.metric("todoku_policy_shared_trouble") == 0 and
              self.metric("todoku_policy_shared_owed") == 0, self.said)


@contextlib.contextmanager
def relays(program, folder, where, count=1, **more):
    with contextlib.ExitStack() as stack:
        all_of_them = [stack.enter_context(Relay(program, folder / f"relay{number}", where, **more))
                       for number in range(count)]
        for one in all_of_them:
            one.start()
        for one in all_of_them:
            one.shares(count)
        yield all_of_them


@pytest.fixture
def redis(tmp_path):
    with Server(tmp_path / "redis") as one:
        yield one


def url(redis, account="", path=""):
    return f"redis://{account}127.0.0.1:{redis.port}{path}"


def until_in_time(relays, attempt, tries=3):
    """What was said in attempt(login), with a login of its own, once Redis was in time for all of it: an answer that took
    longer than the deadline is by the relay's part, on a machine that does other things as well as without Redis."""
    def total(name):
        return sum(one.metric(name) for one in relays)
    for number in range(tries):
        for one in relays:
            one.is_settled()
        alone, asked = total(ALONE), total(ASKED)
        said = attempt(f"taro{number}")
        until(lambda: total(ASKED) >= asked + len(said), relays[0].said)  # the metrics are of now
        if total(ALONE) == alone:
            return said
    raise AssertionError(f"never in time: {[one.said() for one in relays]}")


def test_exactly_the_limit_whichever_relay_is_asked(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis), 3, limits=["name: user-hour, recipients: 500/1h"]) as three:
        def work(number, login, said):
            asked = three[number % 3].asker(by_file=number % 2 == 0)
            for at in range(40):
                said.append(asked.ask(login, recipients=1, instance=f"{login}.{number}.{at}"))
            asked.close()

        def attempt(login):
            said = []
            threads = [threading.Thread(target=work, args=(number, login, said)) for number in range(24)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(LIMIT)
                assert not thread.is_alive()
            return said
        said = until_in_time(three, attempt)
    assert len(said) == 24 * 40 and said.count("DUNNO") == 500


def test_a_message_counts_once_and_whole_or_not_at_all(todoku, tmp_path, redis):
    limits = [*HOUR, "name: mails, messages: 3/1d", "name: at-once, per_message: 290, action: reject"]
    with relays(todoku, tmp_path, url(redis), 2, limits=limits) as (one, two):
        asked, other = one.asker(), two.asker(by_file=False)
        assert asked.ask(recipients=291, instance="a.0").startswith("550 5.7.1 limit at-once")
        assert asked.ask(recipients=200, instance="a.1", stage="DATA") == "DUNNO"
        assert asked.ask(recipients=200, instance="a.1") == "DUNNO"  # its end
        assert other.ask(recipients=200, instance="a.1") == "DUNNO"  # the answer was lost, another relay is asked
        assert other.ask(recipients=101, instance="a.2").startswith(
            "450 4.7.1 limit user-hour: 200 of 300 recipients in 1h are used; try again in ")
        assert other.ask("Taro", recipients=99, instance="a.3") == "DUNNO"
        assert asked.ask(stage="RCPT", recipients=0, instance="a.4") == "DUNNO"
        assert asked.ask(recipients=1, instance="a.4") == "DUNNO"
        for relay in (asked, other):
            assert relay.ask(stage="RCPT", recipients=0, instance="a.5").startswith("450 4.7.1 limit ")
            assert relay.ask("jiro", recipients=1, instance="a.6") == "DUNNO"
        until(lambda: one.events("limit_reached") and two.events("limit_reached"), one.said)


def test_questions_that_come_at_once_are_answered_in_order(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one,):
        asked = one.connect()
        asked.say(b"".join(request(f"user{number % 7}", recipients=10 * (number % 7), instance=f"a.{number}",
                                   stage="DATA" if number % 2 else "END-OF-MESSAGE") for number in range(63)))
        said = [asked.hear() for _ in range(63)]
        most = {user: 300 // (10 * user) if user else 9 for user in range(7)}
        assert [answer == "DUNNO" for answer in said] == [number // 7 < most[number % 7] for number in range(63)]


def test_without_redis_each_has_its_part_and_counts_it_later(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis), 3) as three:
        asked = [one.asker() for one in three]
        assert asked[0].ask(recipients=60, instance="a.1") == "DUNNO"
        redis.kill()
        for one in three:
            one.is_alone()
            until(lambda one=one: one.events("policy_alone"), one.said)
            until(lambda one=one: one.ask("/api/v1/policy")[1]["state"] == "degraded", one.said)
        degraded = three[0].ask("/api/v1/policy")[1]
        assert degraded["reason"] and degraded["since"] and degraded["shared"]["relays"] == 3
        said = " ".join(verb(three[0], name="status").stdout.split())
        assert "Limits degraded: by this relay's part (3 relays) since " in said
        assert asked[0].ask(recipients=41, instance="a.2").startswith("450 4.7.1 limit user-hour: 60 of 100 ")
        assert [each.ask(recipients=40, instance=f"b.{number}") for number, each in enumerate(asked)] == ["DUNNO"] * 3
        assert asked[1].ask(recipients=61, instance="c.1").startswith("450 ")
        assert asked[1].ask(recipients=60, instance="c.2") == "DUNNO"
        redis.start()  # and has forgotten the first 60
        for one in three:
            one.is_settled()
            until(lambda one=one: one.ask("/api/v1/policy")[1]["state"] == "answers", one.said)
        assert asked[2].ask(recipients=121, instance="d.1").startswith("450 4.7.1 limit user-hour: 180 of 300 ")
        assert asked[2].ask(recipients=120, instance="d.2") == "DUNNO"
        assert asked[0].ask(recipients=1, instance="d.3").startswith("450 ")


def test_a_redis_that_stands_still_holds_nobody_up(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one,):
        asked = one.asker()
        assert asked.ask(recipients=100, instance="a.1") == "DUNNO"
        redis.stop_still()
        assert asked.ask(recipients=100, instance="a.2") == "DUNNO"  # Redis may yet count it, and does so once
        one.is_alone()
        assert asked.ask(recipients=101, instance="a.3").startswith("450 ")
        redis.go_on()
        one.is_settled()
        assert asked.ask(recipients=101, instance="a.4").startswith("450 4.7.1 limit user-hour: 200 of 300 ")
        assert asked.ask(recipients=100, instance="a.5") == "DUNNO"


def test_a_refusal_is_given_back_when_redis_counted_after_all(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis), 2) as (one, two):
        asked = one.asker()
        assert asked.ask(recipients=100, instance="a.1") == "DUNNO"
        redis.stop_still()
        assert asked.ask(recipients=100, instance="a.2").startswith("450 ")  # more than the half
        one.is_alone()
        redis.go_on()
        one.is_settled()
        until(lambda: two.metric("todoku_policy_shared_trouble") == 0, two.said)
        assert asked.ask(recipients=201, instance="a.3").startswith("450 4.7.1 limit user-hour: 100 of 300 ")


def refuse(relay, queue_id, login="taro"):
    """The log of the relay says that a message was refused after it was counted."""
    begin, client = f"{datetime.now(timezone.utc).isoformat()} relay postfix", "192.0.2.7"
    relay.write(f"{begin}/smtpd[10]: {queue_id}: client=c.test[{client}], sasl_method=PLAIN, sasl_username={login}\n"
                f"{begin}/cleanup[11]: {queue_id}: milter-reject: END-OF-MESSAGE from c.test[{client}]: 5.7.1 spam; "
                f"from=<{login}@jp.test> to=<y@g.example> proto=ESMTP helo=<c>\n")


def test_what_postfix_refuses_is_given_back_to_all(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis), 2) as (one, two):
        asked, other = one.asker(), two.asker()
        assert asked.ask(recipients=200, instance="a.1", stage="DATA", queue_id="4F1A01") == "DUNNO"
        assert asked.ask(recipients=200, instance="a.1", queue_id="4F1A01") == "DUNNO"
        assert asked.ask(recipients=100, instance="a.2", queue_id="4F1A02") == "DUNNO"
        assert other.ask(recipients=1, instance="b.1").startswith("450 4.7.1 limit user-hour: 300 of 300 ")
        refuse(one, "4F1A01")
        refuse(one, "4F1A01")  # once is enough
        refuse(one, "4F1A03")  # never counted
        refuse(one, "4F1A02", "jiro")  # another one's
        until(lambda: one.metric("todoku_limit_given_back_total") == 1, one.said)
        one.is_settled()
        assert other.ask(recipients=201, instance="b.2").startswith("450 4.7.1 limit user-hour: 100 of 300 ")
        assert other.ask(recipients=200, instance="b.3") == "DUNNO"
        assert asked.ask(recipients=1, instance="b.4").startswith("450 4.7.1 limit user-hour: 300 of 300 ")


def test_what_postfix_refuses_without_redis_is_given_back_later(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis), 2) as (one, two):
        asked, other = one.asker(), two.asker()
        assert asked.ask(recipients=150, instance="a.1", queue_id="4F1A01") == "DUNNO"
        redis.stop_still()
        one.is_alone()
        refuse(one, "4F1A01")
        until(lambda: one.metric("todoku_limit_given_back_total") == 1, one.said)
        assert asked.ask(recipients=150, instance="a.2") == "DUNNO"  # the part is free again
        assert one.metric("todoku_policy_shared_owed") > 0
        redis.go_on()
        one.is_settled()
        two.is_settled()
        assert other.ask(recipients=151, instance="b.1").startswith("450 4.7.1 limit user-hour: 150 of 300 ")
        assert other.ask(recipients=150, instance="b.2") == "DUNNO"


def test_a_script_that_is_forgotten_is_loaded_again(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one,):
        asked = one.asker()

        def attempt(login):
            said = []
            for number in range(6):
                assert redis.ask("SCRIPT", "FLUSH") == "+OK\r\n"
                said.append(asked.ask(login, recipients=60, instance=f"{login}.{number}"))
            return said
        said = until_in_time([one], attempt)
        assert said[:5] == ["DUNNO"] * 5 and said[5].startswith("450 ")


def test_full_memory_is_no_way_round(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one,):
        asked = one.asker()
        assert asked.ask(recipients=100, instance="a.1") == "DUNNO"
        assert redis.ask("CONFIG", "SET", "maxmemory", "1") == "+OK\r\n"
        assert asked.ask(recipients=150, instance="a.2") == "DUNNO"
        assert asked.ask(recipients=100, instance="a.3").startswith("450 4.7.1 limit user-hour: 250 of 300 ")
        until(lambda: one.metric(ALONE) == 2 and
              one.metric("todoku_policy_shared_owed") == 1, one.said)
        assert redis.ask("CONFIG", "SET", "maxmemory", "0") == "+OK\r\n"
        one.is_settled()
        assert asked.ask(recipients=51, instance="a.4").startswith("450 4.7.1 limit user-hour: 250 of 300 ")


def test_a_key_of_another_type_concerns_its_login_only(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis), 2) as (one, two):
        assert redis.ask("SET", "todoku:m:01:taro", "x") == "+OK\r\n"
        asked, other = one.asker(), two.asker()
        assert asked.ask(recipients=151, instance="a.1").startswith("450 4.7.1 limit user-hour: ")  # the half
        assert asked.ask(recipients=150, instance="a.2") == "DUNNO"
        assert asked.ask("jiro", recipients=200, instance="a.3") == "DUNNO"
        assert other.ask("jiro", recipients=101, instance="a.4").startswith("450 ")


def test_a_reset_on_one_relay_is_one_for_all(todoku, tmp_path, redis):
    limits = [*HOUR, "name: mails, messages: 3/1d"]
    with relays(todoku, tmp_path, url(redis), 2, limits=limits) as (one, two):
        asked, other = one.asker(), two.asker()

        def attempt(taro):
            jiro = f"jiro-{taro}"
            said = [other.ask(taro, recipients=200, instance=f"{taro}.1"),  # nothing of taro is known to the first
                    other.ask(jiro, recipients=300, instance=f"{taro}.2"),
                    asked.ask(taro, recipients=101, instance=f"{taro}.3")]
            done(one, "reset", taro, "user-hour")
            said += [asked.ask(taro, recipients=150, instance=f"{taro}.4"), other.ask(taro, recipients=150, instance=f"{taro}.5"),
                     other.ask(jiro, recipients=1, instance=f"{taro}.6")]
            done(one, "reset", jiro, "user-hour")
            said += [asked.ask(jiro, recipients=1, instance=f"{taro}.7"), asked.ask(taro, recipients=1, instance=f"{taro}.8")]
            done(two, "reset", taro)
            return [*said, other.ask(taro, recipients=300, instance=f"{taro}.9")]
        said = until_in_time([one, two], attempt)
        assert [said[number] for number in (0, 1, 3, 4, 6, 8)] == ["DUNNO"] * 6
        assert said[2].startswith("450 4.7.1 limit user-hour: 200 of 300 ")
        assert said[5].startswith("450 4.7.1 limit user-hour: 300 of 300 ")
        assert said[7].startswith("450 4.7.1 limit mails: 3 of 3 ")


def test_a_reset_reaches_of_clients_those_that_its_relay_has_seen(todoku, tmp_path, redis):
    limits = ["name: at-client, recipients: 300/1h, key: [sasl_username, client_address]"]
    with relays(todoku, tmp_path, url(redis), 2, limits=limits) as (one, two):
        asked, other = one.asker(), two.asker()
        assert asked.ask(recipients=150, instance="a.1") == "DUNNO"
        assert other.ask(recipients=150, instance="a.2") == "DUNNO"
        assert other.ask(recipients=300, instance="a.3", client_address="192.0.2.8") == "DUNNO"
        assert asked.ask("taro2", recipients=300, instance="a.4") == "DUNNO"
        done(one, "reset", "taro")
        assert asked.ask(recipients=300, instance="a.5") == "DUNNO"
        assert asked.ask(recipients=1, instance="a.6", client_address="192.0.2.8").startswith("450 4.7.1 limit at-client: ")
        assert asked.ask("taro2", recipients=1, instance="a.7").startswith("450 4.7.1 limit at-client: ")
        done(two, "reset", "taro")
        assert asked.ask(recipients=300, instance="a.8", client_address="192.0.2.8") == "DUNNO"


def test_a_reset_without_redis_is_done_when_it_is_back(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one,):
        asked = one.asker()
        assert asked.ask(recipients=100, instance="a.1") == "DUNNO"
        redis.stop_still()
        assert asked.ask(recipients=100, instance="a.2") == "DUNNO"  # counted late, and then forgotten
        one.is_alone()
        done(one, "reset", "taro")
        assert asked.ask(recipients=250, instance="a.3") == "DUNNO"
        redis.go_on()
        one.is_settled()
        assert asked.ask(recipients=51, instance="a.4").startswith("450 4.7.1 limit user-hour: 250 of 300 ")
        assert asked.ask(recipients=50, instance="a.5") == "DUNNO"


def test_names_are_escaped_and_keys_expire(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis, path="/3"), redis="redis: { prefix: mx, deadline_ms: 1000 }") as (one,):
        asked = one.asker()
        assert asked.ask("a b*:é@jp.test", recipients=1, instance="a:1", sender="x@jp.test") == "DUNNO"
        with socket.create_connection(("127.0.0.1", redis.port), timeout=LIMIT) as plain:
            plain.sendall(b"SELECT 3\r\nPTTL mx:m:01:a%20b%2A%3A%C3%A9@jp.test\r\nKEYS *\r\n")
            said = ""
            while said.count("mx:") < 3:
                said += plain.recv(65536).decode()
        expires = int(said.split("\r\n")[1].removeprefix(":"))
        assert 3600_000 < expires < 4200_000
        assert "mx:i:" in said and ":a%3A1" in said and "mx:relays" in said


def test_who_may_not_enter_is_told_and_comes_in_later(todoku, tmp_path):
    with Server(tmp_path / "redis", ["requirepass secret"]) as redis, \
            Relay(todoku, tmp_path / "relay", url(redis, ":wrong@")) as one:
        one.start()
        until(lambda: "Redis does not let us in: WRONGPASS" in one.ask("/api/v1/policy")[1].get("reason", ""), one.said)
        assert "wrong@" not in one.said()
        assert one.asker().ask(recipients=300, instance="a.1") == "DUNNO"
        assert redis.ask("CONFIG", "SET", "requirepass", "wrong", password="secret").startswith("+OK")
        one.is_settled()
        assert one.asker().ask(recipients=1, instance="a.2").startswith("450 4.7.1 limit user-hour: 300 of 300 ")


@pytest.mark.parametrize(("database", "prefix", "also"), [("", "todoku", ""), ("?db=3", "mx", " +role +select")])
def test_a_user_that_may_do_no_more_than_is_needed(todoku, tmp_path, database, prefix, also):
    """What docs/guide/limits.md says that it needs."""
    rights = f"user todoku on >pass@word ~{prefix}:* +evalsha +script|load +ping +time +get +set +hmget +hset +hdel " \
             f"+pexpire +zadd +zremrangebyscore +zcard{also}"
    with Server(tmp_path / "redis", [rights, "user default off"]) as redis:
        secret = tmp_path / "password"
        secret.write_text("pass@word\n")
        more = f"redis: {{ user: todoku, password: \"file:{secret}\", prefix: {prefix}, deadline_ms: 1000 }}"
        with relays(todoku, tmp_path, f"unix:{tmp_path}/redis/redis.sock{database}", redis=more) as (one,):
            assert one.asker().ask(recipients=300, instance="a.1") == "DUNNO"
            assert one.asker().ask(recipients=1, instance="a.2").startswith("450 4.7.1 limit user-hour: 300 of 300 ")


class Cutter:
    """Passes bytes on to a Redis, and when told so ends each connection in the middle of an answer."""

    def __init__(self, port):
        self.target = port
        self.cuts = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                for pair in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self.pump, args=pair, daemon=True).start()

    def pump(self, source, sink, answers):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                at = data.find(b"*2\r\n") if answers and self.cuts else -1
                sink.sendall(data if at < 0 else data[:at + 5])
                if at >= 0:
                    break
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_ends_within_an_answer(todoku, tmp_path, redis):
    cutter = Cutter(redis.port)
    with relays(todoku, tmp_path, f"redis://127.0.0.1:{cutter.port}/0") as (one,), cutter.listener:
        asked = one.asker()
        assert asked.ask(recipients=100, instance="a.1") == "DUNNO"
        cutter.cuts = True
        assert asked.ask(recipients=100, instance="a.2") == "DUNNO"
        until(lambda: one.metric(ALONE) == 1, one.said)
        cutter.cuts = False
        one.is_settled()
        assert asked.ask(recipients=101, instance="a.3").startswith("450 4.7.1 limit user-hour: 200 of 300 ")


def test_another_master_goes_on_with_what_was_counted(todoku, tmp_path, redis):
    with Server(tmp_path / "second", [f"replicaof 127.0.0.1 {redis.port}"]) as second, \
            sentinel(tmp_path / "sentinel", redis) as watcher:
        until(lambda: "state=online" in redis.ask("INFO", "replication"), redis.said)
        until(lambda: "slaves=1" in watcher.ask("INFO", "sentinel"), watcher.said)
        where = f"sentinel://127.0.0.1:{free_port()},127.0.0.1:{watcher.port}/limits"
        with relays(todoku, tmp_path, where) as (one,):
            asked = one.asker()
            assert asked.ask(recipients=200, instance="a.1") == "DUNNO"
            until(lambda: "todoku:m:" in second.ask("KEYS", "*"), second.said)
            redis.kill()
            one.is_alone()
            assert asked.ask(recipients=50, instance="a.2") == "DUNNO"

            def promoted():  # a Sentinel that did not hear of the replica for a moment would wait for long
                if "role:master" in second.ask("INFO", "replication"):
                    return True
                watcher.ask("SENTINEL", "FAILOVER", "limits")
                return False
            until(promoted, watcher.said)
            one.is_settled()
            assert asked.ask(recipients=51, instance="a.3").startswith("450 4.7.1 limit user-hour: 250 of 300 ")


def test_another_redis_by_a_reload(todoku, tmp_path, redis):
    with Server(tmp_path / "second") as second, relays(todoku, tmp_path, url(redis)) as (one,):
        assert one.asker().ask(recipients=300, instance="a.1") == "DUNNO"
        one.settings(HOUR, f"store: {{ state: \"{url(second)}\", {PATIENT} }}\n")
        one.process.send_signal(signal.SIGHUP)
        until(lambda: "todoku:relays" in second.ask("KEYS", "*"), one.said)
        one.shares()
        assert one.asker().ask(recipients=300, instance="a.2") == "DUNNO"
        one.settings(HOUR)
        one.process.send_signal(signal.SIGHUP)
        until(lambda: len(one.events("reloaded")) == 2, one.said)
        until(lambda: one.metric("todoku_policy_shared_relays") == 0, one.said)
        assert one.asker().ask("jiro", recipients=300, instance="a.3") == "DUNNO"


class SteppedRelay(Stepped, Relay):
    """One whose clock is set."""


def test_what_redis_may_have_forgotten_is_not_counted_again(todoku, tmp_path, redis):
    with SteppedRelay(todoku, tmp_path / "relay", url(redis), ["name: user-day, recipients: 300/1d"]) as one:
        one.start()
        one.shares()
        asked = one.asker()
        assert asked.ask(recipients=40, instance="a.1") == "DUNNO"
        redis.stop_still()
        assert asked.ask(recipients=50, instance="a.2") == "DUNNO"  # Redis counts it when it goes on
        one.is_alone()
        assert asked.ask(recipients=60, instance="a.3") == "DUNNO"  # it has never heard of these
        assert asked.ask(recipients=70, instance="a.4", queue_id="4F1A04") == "DUNNO"
        refuse(one, "4F1A04")
        until(lambda: one.metric("todoku_limit_given_back_total") == 1, one.said)
        until(lambda: one.metric("todoku_policy_shared_owed") == 4, one.said)
        one.set_clock(0, steady=4000)
        redis.go_on()
        one.is_settled()
        assert one.metric('todoku_left_out_total{table="limit_owed"}') == 1
        assert one.asker().ask(recipients=151, instance="a.5").startswith("450 4.7.1 limit user-day: 150 of 300 ")


def test_what_is_owed_to_a_redis_that_is_given_up_is_told(todoku, tmp_path, redis):
    with Server(tmp_path / "second") as second, relays(todoku, tmp_path, url(redis)) as (one,):
        redis.kill()
        one.is_alone()
        asked = one.asker()
        assert [asked.ask(recipients=1, instance=f"a.{number}") for number in range(2)] == ["DUNNO"] * 2
        until(lambda: one.metric("todoku_policy_shared_owed") == 2, one.said)
        one.settings(HOUR, f"store: {{ state: \"{url(second)}\", {PATIENT} }}\n")
        one.process.send_signal(signal.SIGHUP)
        until(lambda: one.events("reloaded"), one.said)
        one.shares()
        assert "owed=2" in one.events("policy_owed_lost")[0]
        until(lambda: one.metric('todoku_left_out_total{table="limit_owed"}') == 2, one.said)
        second.kill()
        one.is_alone()
        assert one.asker().ask(recipients=1, instance="a.3") == "DUNNO"
        one.stop()
        assert "owed=1" in one.events("policy_owed_lost")[1]


def among(todoku, folder, **files):
    """The program, where these files of /etc (`hosts`, `resolv_conf`) are others; skipped where that is not allowed."""
    namespace = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")
    mounts = []
    for name, text in files.items():
        (folder / name).write_text(text)
        mounts.append(f"mount --bind {shlex.quote(str(folder / name))} /etc/{name.replace('_', '.')}")
    inner = " && ".join([*mounts, f'exec {shlex.quote(str(todoku))} "$@"'])
    program = folder / "todoku"
    program.write_text(f"#!/bin/sh\nexec {shlex.join(namespace)} sh -c {shlex.quote(inner)} sh \"$@\"\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def names():
    """Where a name server is looked for that is given without a port."""
    try:
        server = Names("127.0.0.77", 53)
    except OSError:
        pytest.skip("no name server of one's own here")
    with server:
        yield server


def test_a_name_of_the_hosts_file(todoku, tmp_path, redis, names):
    program = among(todoku, tmp_path, hosts="127.0.0.1 localhost here.internal\n",
                    resolv_conf="nameserver 127.0.0.77\n")
    for number, name in enumerate(("here.internal", "localhost")):
        with Relay(program, tmp_path / f"relay{number}", f"redis://{name}:{redis.port}/{number}") as one:
            one.start()
            one.shares()
    assert not names.asked


def test_a_name_of_the_name_server(todoku, tmp_path, redis, names):
    """Once it answers; with the list of domains, and of the addresses one after the other."""
    names.silent = True
    names.add("redis.internal.test", address("127.0.0.78", "127.0.0.1"))
    program = among(todoku, tmp_path, hosts="", resolv_conf="search internal.test\nnameserver 127.0.0.77\n")
    with Relay(program, tmp_path / "relay", f"redis://redis:{redis.port}") as one:
        one.start()
        one.is_alone()
        until(lambda: one.events("policy_alone"), one.said)
        assert one.asker().ask(recipients=300, instance="a.1") == "DUNNO"
        names.silent = False
        one.shares()


def test_nobody_waits_for_a_name(todoku, tmp_path, names):
    """A name server that never answers; the system would ask it for minutes."""
    names.silent = True
    program = among(todoku, tmp_path, hosts="127.0.0.1 localhost\n",
                    resolv_conf="nameserver 127.0.0.77\noptions timeout:30 attempts:5\n")
    with Relay(program, tmp_path / "relay", "redis://redis.internal") as one:
        one.start()
        until(lambda: names.count("redis.internal"), one.said)
        one.settings(HOUR, "store: { state: \"redis://other.internal\" }\n")
        one.process.send_signal(signal.SIGHUP)
        until(lambda: one.events("reloaded"), one.said)
        until(lambda: names.count("other.internal"), one.said)
        assert one.asker().ask(recipients=300, instance="a.1") == "DUNNO"
        one.stop()


@pytest.mark.parametrize("state", ["redis", "rediss://127.0.0.1/", "redis://127.0.0.1:99999/0", "sentinel://127.0.0.1/",
                                   "redis://:pass word@127.0.0.1/0", "unix:redis.sock"])
def test_what_is_no_redis(todoku, tmp_path, run, state):
    rig = Relay(todoku, tmp_path / "relay", state)
    done = run("config", "check", "-c", rig.config)
    assert done.returncode == 1 and "store.state" in done.stderr, done.stderr
