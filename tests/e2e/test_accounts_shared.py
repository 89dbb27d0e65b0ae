# SPDX-License-Identifier: Apache-2.0
"""Flags and numbers of accounts that daemons share in a real Redis: what is set or cleared on one acts on all of them,
whatever was away meanwhile."""

import contextlib
import itertools
import json
import signal
import sqlite3

import pytest
from daemon_rig import until
from policy_rig import Limited
from redis_peer import PROGRAM, Server, sentinel

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Redis")

LIMITS = ["name: user-hour, recipients: 300/1h"]
TROUBLE, UNHEARD = "todoku_account_rulings_trouble", "todoku_account_rulings_unheard"
MANY = 10000
numbers = itertools.count()


class Relay(Limited):
    """A daemon that shares accounts; its name is that of its folder."""

    def __init__(self, program, folder, where, redis="", more=""):
        folder.mkdir()
        self.name = folder.name
        self.redis = redis
        super().__init__(program, folder, LIMITS, self.store(where) + more)

    def store(self, where):
        return f"store: {{ state: \"{where}\", redis: {{ relay: {self.name}, deadline_ms: 1000{self.redis} }} }}\n"

    def launch(self):
        self.start().until_it_listens()
        return self

    def shares(self):
        until(lambda: self.metric(TROUBLE) == 0 and len(self.events("accounts_shared")) > 0, self.said)

    def alone(self):
        until(lambda: self.metric(TROUBLE) == 1, self.said)

    def says(self, login="taro"):
        """What a message of the login is answered, in a word."""
        asked = self.asker()
        try:
            return asked.ask(login, instance=f"{self.name}.{next(numbers)}").split(" ")[0]
        finally:
            asked.close()

    def acts(self, what, login="taro"):
        until(lambda: self.says(login) == what, self.said)

    def account(self, *words):
        return self.done("account", *words)

    def shown(self, login):
        return json.loads(self.account("--format", "json", "show", login))

    def flags(self):
        return {one["login"]: [flag["flag"] for flag in one["flags"]]
                for one in json.loads(self.account("--format", "json", "list"))}


@contextlib.contextmanager
def relays(program, folder, where, count=3, **more):
    with contextlib.ExitStack() as stack:
        all_of_them = [stack.enter_context(Relay(program, folder / f"relay{number}", where, **more)) for number in range(count)]
        for one in all_of_them:
            one.launch()
        for one in all_of_them:
            one.shares()
        yield all_of_them


@pytest.fixture
def redis(tmp_path):
    with Server(tmp_path / "redis") as one:
        yield one


def url(redis, account=""):
    return f"redis://{account}127.0.0.1:{redis.port}/0"


def test_what_is_set_on_one_acts_on_all(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one, two, three):
        one.account("suspend", "taro", "--reason", "phished \u6f22")
        for each in (one, two, three):
            each.acts("550")
        shown = three.shown("taro")
        assert [(flag["flag"], flag["by"], flag["relay"], flag["reason"]) for flag in shown["flags"]] == [
            ("suspended", "kato", "relay0", "phished \u6f22")]
        assert [(entry["action"], entry["by"], entry["relay"]) for entry in shown["trail"]] == [("set", "kato", "relay0")]
        assert "by kato on relay0: phished" in " ".join(three.account("show", "taro").split())
        assert "kato on relay0" in three.account("list")
        three.account("resume", "taro")
        for each in (one, two, three):
            each.acts("DUNNO")
        assert [(entry["action"], entry["relay"]) for entry in one.shown("taro")["trail"]] == [
            ("cleared", "relay2"), ("set", "relay0")]


def test_a_number_of_an_account_acts_on_all(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one, two, three):
        one.done("limit", "set", "taro", "user-hour", "0", "--reason", "ticket 812")
        for each in (one, two, three):
            each.acts("450")
        overrides = json.loads(two.done("limit", "--format", "json", "list"))["overrides"]
        assert [(row["login"], row["count"], row["by"], row["relay"]) for row in overrides] == [("taro", 0, "kato", "relay0")]
        two.done("limit", "set", "taro", "user-hour", "400", "--for", "2h")
        three.acts("DUNNO")
        one.acts("DUNNO")
        three.done("limit", "set", "taro", "user-hour", "default")  # ends the raise, too
        until(lambda: all(json.loads(each.done("limit", "--format", "json", "list"))["overrides"] == []
                          for each in (one, two, three)), one.said)


def test_set_and_cleared_while_redis_is_away(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one, two, three):
        one.account("suspend", "jiro")
        two.acts("550", "jiro")
        three.acts("550", "jiro")
        redis.kill()
        for each in (one, two, three):
            each.alone()
        said = one.verb("account", "suspend", "taro")
        assert said.returncode == 0 and "others hear of what is set here" in said.stderr, said
        three.account("resume", "jiro")
        three.account("suspend", "saburo")
        three.account("resume", "saburo")  # nobody will ever hear of it as set
        one.acts("550")
        assert two.says() == "DUNNO" and two.says("jiro") == "550"
        until(lambda: one.metric(UNHEARD) == 1, one.said)
        told = " ".join(one.done("status").split())
        assert "Accounts flags and numbers are not shared with other relays since " in told and "1 change of this one" in told
        assert one.events("accounts_not_shared")
        redis.start()  # and has nothing: there is no persistence
        for each in (one, two, three):
            each.acts("550")
            each.acts("DUNNO", "jiro")
            assert each.says("saburo") == "DUNNO"
            each.shares()
        until(lambda: one.metric(UNHEARD) == 0, one.said)
        assert "others hear" not in one.verb("account", "show", "taro").stderr


def test_the_newest_of_an_outage_holds(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one, two, three):
        one.account("flag", "taro", "hold")
        for each in (two, three):
            each.acts("HOLD")
        redis.kill()
        for each in (one, two, three):
            each.alone()
        three.account("flag", "taro", "hold", "--clear")
        one.account("flag", "taro", "hold", "--for", "1h", "--reason", "again")  # later
        two.account("flag", "taro", "hold", "--clear")  # the last
        redis.start()
        for each in (one, two, three):
            each.acts("DUNNO")
        one.account("flag", "taro", "hold")
        for each in (one, two, three):
            each.acts("HOLD")


def test_a_redis_that_was_emptied_is_refilled(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one, two, three):
        one.account("suspend", "taro")
        two.done("limit", "set", "jiro", "user-hour", "0")
        for each in (one, two, three):
            each.acts("550")
            each.acts("450", "jiro")
        assert redis.ask("FLUSHALL") == "+OK\r\n"  # no connection ends by it
        until(lambda: redis.ask("HLEN", "todoku:rulings") == ":2\r\n", one.said)
        one.stop()
        two.stop()
        redis.kill()
        redis.start()
        until(lambda: redis.ask("HLEN", "todoku:rulings") == ":2\r\n", three.said)  # the third one has it all
        with Relay(todoku, tmp_path / "relay9", url(redis)) as late:
            late.launch()
            late.acts("550")
            late.acts("450", "jiro")


def test_told_before_it_is_answered(todoku, tmp_path, redis):
    """Who sets a flag is killed as soon as it has said that it is set, and does not come back."""
    with relays(todoku, tmp_path, url(redis)) as (one, two, three):
        said = one.verb("account", "suspend", "taro")
        one.kill()
        assert said.returncode == 0
        if "others hear" in said.stderr:  # a machine that did other things
            pytest.skip("Redis was not in time")
        for each in (two, three):
            each.acts("550")


def test_a_relay_that_was_away_brings_nothing_back(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one, two, three):
        one.account("flag", "taro", "hold,slow")
        three.acts("HOLD")
        three.kill()
        two.acts("HOLD")
        two.account("resume", "taro")
        one.acts("DUNNO")
        one.account("suspend", "jiro")
        three.launch()
        three.acts("550", "jiro")
        three.acts("DUNNO")
        for each in (one, two, three):
            until(lambda each=each: each.flags() == {"jiro": ["suspended"]}, each.said)


def test_kept_over_a_restart_without_redis(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis), 2) as (one, two):
        one.account("suspend", "taro")
        two.acts("550")
        redis.kill()
        two.kill()
        two.launch()
        assert two.says() == "550"  # at once
        assert [flag["relay"] for flag in two.shown("taro")["flags"]] == ["relay0"]


def test_a_script_that_is_forgotten(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis), 2) as (one, two):
        for number in range(4):
            assert redis.ask("SCRIPT", "FLUSH") == "+OK\r\n"
            one.account("suspend", f"user{number}")
            two.acts("550", f"user{number}")


def test_a_redis_that_stands_still_holds_nobody_up(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis), 2) as (one, two):
        redis.stop_still()
        one.account("suspend", "taro")
        one.acts("550")
        one.alone()
        redis.go_on()
        two.acts("550")
        one.shares()


@pytest.mark.parametrize("account, why", [("todoku:hush7@", "WRONGPASS"), ("poor:hush8@", "script")])
def test_why_it_is_not_shared(todoku, tmp_path, account, why):
    """A wrong password; and a user who may not do what is needed."""
    users = ["user todoku on >pass@word ~todoku:* +@all", "user poor on >hush8 ~todoku:* +evalsha +script|load +ping +time"]
    with Server(tmp_path / "redis", users) as redis, Relay(todoku, tmp_path / "relay", url(redis, account)) as one:
        one.launch()
        until(lambda: one.events("accounts_not_shared"), one.said)
        said = one.verb("account", "suspend", "taro")
        assert said.returncode == 0 and "others hear of what is set here" in said.stderr
        assert one.says() == "550" and one.metric(TROUBLE) == 1
        until(lambda: why in (one.ask("/api/v1/status")[1]["accounts"].get("reason") or ""), one.said)
        assert ":hush" not in one.events("accounts_not_shared")[0] + said.stderr


def test_with_few_rights_and_a_prefix(todoku, tmp_path):
    rights = "user todoku on >pass ~post:* +evalsha +script|load +ping +time +get +set +hmget +hset +hdel +pexpire +zadd " \
             "+zremrangebyscore +zcard +zrangebyscore +zrem +role"
    with Server(tmp_path / "redis", [rights, "user default off"]) as redis:
        with relays(todoku, tmp_path, url(redis, "todoku:pass@"), 2, redis=", prefix: post") as (one, two):
            one.account("suspend", "taro")
            two.acts("550")
            two.account("resume", "taro")
            one.acts("DUNNO")


def test_what_is_no_ruling_does_nothing(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis), 2) as (one, two):
        one.account("suspend", "taro")
        two.acts("550")
        for number, text in enumerate(("x", "9 relay flag taro suspended 0 1 0 kato", f"9 r flag {'a' * 600} hold 0 1 0 k r",
                                       "4000000000000000 r flag taro%0 hold 0 1 0 k r")):
            assert redis.ask("HSET", "todoku:rulings", f"bad{number}", text).startswith(":")
            assert redis.ask("ZADD", "todoku:rulings:order", 100 + number, f"bad{number}").startswith(":")
        assert redis.ask("HSET", "todoku:rulings:head", "number", "200").startswith(":")
        until(lambda: two.metric('todoku_left_out_total{table="account_rulings"}') >= 4, two.said)
        one.account("suspend", "jiro")
        two.acts("550", "jiro")
        assert two.flags() == {"taro": ["suspended"], "jiro": ["suspended"]}


def test_full_memory_stops_no_news(todoku, tmp_path, redis):
    """What is set waits until Redis takes it, and is said to; what others have set before is read."""
    with relays(todoku, tmp_path, url(redis), 2) as (one, two):
        one.account("suspend", "taro")
        two.acts("550")
        assert redis.ask("CONFIG", "SET", "maxmemory", "1") == "+OK\r\n"
        said = one.verb("account", "suspend", "jiro")
        assert said.returncode == 0 and "others hear of what is set here" in said.stderr and "OOM" in said.stderr, said
        one.alone()
        with Relay(todoku, tmp_path / "relay9", url(redis)) as late:
            late.launch()
            late.acts("550")
        assert redis.ask("CONFIG", "SET", "maxmemory", "0") == "+OK\r\n"
        two.acts("550", "jiro")
        one.shares()


def test_another_redis_by_a_reload(todoku, tmp_path, redis):
    with Server(tmp_path / "second") as second, relays(todoku, tmp_path, url(redis), 2) as (one, two):
        one.account("suspend", "taro")
        two.acts("550")
        for each in (one, two):
            each.settings(LIMITS, each.store(url(second)))
            each.process.send_signal(signal.SIGHUP)
        until(lambda: second.ask("HLEN", "todoku:rulings") == ":1\r\n", one.said)
        for each in (one, two):
            until(lambda each=each: len(each.events("accounts_shared")) == 2, each.said)
        redis.kill()
        two.account("resume", "taro")
        one.acts("DUNNO")
        one.settings(LIMITS)
        one.process.send_signal(signal.SIGHUP)
        until(lambda: len(one.events("reloaded")) == 2, one.said)
        until(lambda: one.ask("/api/v1/status")[1]["accounts"] is None, one.said)
        one.account("suspend", "taro")
        assert "relay" not in one.shown("taro")["flags"][0]
        assert two.says() == "DUNNO"


def test_another_master_goes_on(todoku, tmp_path, redis):
    with Server(tmp_path / "second", [f"replicaof 127.0.0.1 {redis.port}"]) as second, \
            sentinel(tmp_path / "sentinel", redis) as watcher:
        until(lambda: "state=online" in redis.ask("INFO", "replication"), redis.said)
        until(lambda: "slaves=1" in watcher.ask("INFO", "sentinel"), watcher.said)
        with relays(todoku, tmp_path, f"sentinel://127.0.0.1:{watcher.port}/limits", 2) as (one, two):
            one.account("suspend", "taro")
            two.acts("550")
            redis.kill()
            one.alone()
            one.account("suspend", "jiro")

            def promoted():
                if "role:master" in second.ask("INFO", "replication"):
                    return True
                watcher.ask("SENTINEL", "FAILOVER", "limits")
                return False
            until(promoted, watcher.said)
            two.acts("550", "jiro")
            one.shares()
            until(lambda: two.flags() == {"taro": ["suspended"], "jiro": ["suspended"]}, two.said)


def test_ten_thousand_flags(todoku, tmp_path, redis):
    """Set on one relay before it shares; all of them are at the others, also at one that starts later."""
    def knows_all(one):
        until(lambda: one.metric('todoku_account_flags{flag="hold"}') == MANY, one.said)
    with relays(todoku, tmp_path, url(redis), 2) as (one, two):
        one.stop()
        with contextlib.closing(sqlite3.connect(one.folder / "state" / "accounts-state.db")) as state, state:
            state.executemany("INSERT INTO flag VALUES(CAST(? AS BLOB), x'686f6c64', x'', x'', ?, ?, ?, x'')",
                              [(f"user{number}", 10**15, 2**63 - 1, 10**15 + number) for number in range(MANY)])
        one.launch()
        knows_all(one)
        knows_all(two)
        with Relay(todoku, tmp_path / "relay9", url(redis)) as late:
            late.launch()
            knows_all(late)
            late.acts("HOLD", "user9999")
            late.account("resume", "user9999")
            one.acts("DUNNO", "user9999")
            two.acts("DUNNO", "user9999")
