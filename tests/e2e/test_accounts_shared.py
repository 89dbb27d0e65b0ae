# SPDX-License-Identifier: Apache-2.0
"""Flags and numbers of accounts that daemons share in a real Redis: what is set or cleared on one acts on all of them,
whatever was away meanwhile."""

import contextlib
import itertools
import json
import threading
import time

import pytest
from daemon_rig import LIMIT, until
from policy_rig import Limited
from redis_peer import PROGRAM, Server, sentinel

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Redis")

LIMITS = ["name: user-hour, recipients: 300/1h"]
TROUBLE, UNHEARD = "todoku_account_rulings_trouble", "todoku_account_rulings_unheard"
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
