# SPDX-License-Identifier: Apache-2.0
"""Failures of guessing that daemons share in a real Redis: what is guessed at one slows and refuses at the other, whoever
is right and known goes on, and without Redis each goes on alone."""

import contextlib
import itertools
import signal
import subprocess

import pytest
from conftest import LIMIT, clean_environment
from daemon_rig import until
from login_rig import Logins
from redis_peer import PROGRAM, Server

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Redis")

TROUBLE = "todoku_guesses_shared_trouble"
HOME, STRANGE = "192.0.2.7", "203.0.113.9"
GUESSES = "  guesses: { network: 8/1h, account: 8/1h, pair: 40/1h, wait: 1s, wait_max: 4s }\n"
secrets = itertools.count()


class Relay(Logins):
    """A daemon whose guesses are shared; its name is that of its folder."""

    def __init__(self, program, folder, where):
        folder.mkdir()
        self.name = folder.name
        super().__init__(program, folder, GUESSES, self.store(where), backends=("imap",))

    def store(self, where):
        return f"store: {{ state: \"{where}\", redis: {{ relay: {self.name} }} }}\n" if where else ""

    def launch(self):
        self.start().until_it_listens()
        self.account("taro@jp.test")
        return self

    def shared(self):
        return self.ask("/api/v1/status")[1]["auth"]["shared"]

    def told(self):
        return subprocess.run([self.program, "status", "-c", self.config], capture_output=True, text=True, timeout=LIMIT, check=True,
                              env=clean_environment(COLUMNS="400")).stdout

    def shares(self):
        until(lambda: (self.shared() or {}).get("state") == "shares", self.said)
        until(lambda: self.metric(TROUBLE) == 0, self.said)

    def alone(self):
        until(lambda: self.metric(TROUBLE) == 1, self.said)

    def guess(self, user="taro@jp.test", ip=STRANGE):
        """A password that nobody tried before; True: it was looked at and is wrong, False: refused without a look."""
        before = len(self.events("login_refused"))
        assert not self.login(user, f"wrong{next(secrets)}", ip=ip).passed
        until(lambda: len(self.events("login_refused")) > before, self.said)
        return "result=wrong_secret" in self.events("login_refused")[-1]


def url(redis):
    return f"redis://127.0.0.1:{redis.port}/0"


@pytest.fixture
def redis(tmp_path):
    with Server(tmp_path / "redis") as one:
        yield one


@contextlib.contextmanager
def relays(program, folder, where):
    with contextlib.ExitStack() as stack:
        both = [stack.enter_context(Relay(program, folder / f"relay{number}", where)) for number in range(2)]
        for one in both:
            one.launch()
        for one in both:
            one.shares()
        yield both


def test_a_network_that_guesses_at_one_is_refused_at_the_other(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one, two):
        assert two.login(ip=HOME).passed
        while one.guess():
            pass  # until the network, or the account from there, is full at the first
        until(lambda: not two.guess(), two.said)
        assert "result=guessing" in two.events("login_refused")[-1]
        assert two.login(ip=HOME).passed and one.login(ip=HOME).passed
        assert two.login(ip="198.51.100.4").passed  # the owner, from where he never was
        assert redis.ask("HLEN", "todoku:guesses").startswith(":")


def test_an_account_that_is_guessed_at_from_many_networks(todoku, tmp_path, redis):
    """Few tries of each network, at one relay: at the other a stranger waits longest, and the owner does not."""
    with relays(todoku, tmp_path, url(redis)) as (one, two):
        assert two.login(ip=HOME).passed
        for number in range(12):
            one.guess(ip=f"10.0.{number}.7")
        fresh = itertools.count()

        def a_stranger_waits_longest():
            answer = two.login("taro@jp.test", f"wrong{next(secrets)}", ip=f"10.1.{next(fresh)}.7")
            return answer["Auth-Wait"] == "4"
        until(a_stranger_waits_longest, two.said)
        assert two.login(secret="other", ip=HOME)["Auth-Wait"] == "1"
        assert two.login(ip=HOME).passed
        assert two.login(ip="198.51.100.4").passed


def test_redis_goes_and_is_back(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one, two):
        assert one.login(ip=HOME).passed and two.login(ip=HOME).passed
        redis.kill()
        for each in (one, two):
            each.alone()
            assert each.events("guesses_not_shared")
            assert each.login(ip=HOME).passed
        told = " ".join(one.told().split())
        assert "guesses are not shared with other relays since " in told
        for number in range(12):
            one.guess(ip=f"10.0.{number}.7")  # nobody else hears of it
        redis.start()  # and has nothing: there is no persistence
        for each in (one, two):
            each.shares()
        assert two.guess()
        while one.guess():
            pass
        until(lambda: not two.guess(), two.said)
        for each in (one, two):
            assert len(each.events("guesses_shared")) == 2
            assert each.login(ip=HOME).passed


def test_what_is_no_name_does_nothing(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one, two):
        for number, (name, full) in enumerate((("x", "y"), ("N" + "z" * 16, 9 ** 17), ("N" + "0" * 15 + "1", "-1"), ("P" + "1" * 16, 9))):
            assert redis.ask("HSET", "todoku:guesses", name, full).startswith(":")
            assert redis.ask("ZADD", "todoku:guesses:order", 100 + number, name).startswith(":")
        assert redis.ask("HSET", "todoku:guesses:head", "number", "200").startswith(":")
        until(lambda: two.metric('todoku_left_out_total{table="guesses"}') >= 4, two.said)
        while one.guess():
            pass
        until(lambda: not two.guess(), two.said)


def test_shared_no_more_by_a_reload(todoku, tmp_path, redis):
    with relays(todoku, tmp_path, url(redis)) as (one, two):
        one.settings(GUESSES, one.store(""))
        one.process.send_signal(signal.SIGHUP)
        until(lambda: one.events("reloaded"), one.said)
        until(lambda: one.shared() is None, one.said)
        redis.kill()
        two.alone()
        assert one.login(ip=HOME).passed and one.metric(TROUBLE) == 0
