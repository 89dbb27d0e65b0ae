# SPDX-License-Identifier: Apache-2.0
"""Usage of mailboxes as Dovecot's quota_clone keeps it in a Redis (gate/quota_clone.h), by quota_demo: a real Dovecot that writes it, and
a Redis that is away, silent, asks for a password or holds nonsense.
"""

import pytest
from daemon_rig import until
from quota_rig import place
from redis_peer import PROGRAM, Server
from test_quota_pool import PATIENT, Demo

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Redis")


class Clone(Demo):
    def __init__(self, todoku, redis, prefix="mail/", deadline_ms=PATIENT, up=True):
        super().__init__(todoku, deadline_ms)
        self.say(f"clone {redis} {prefix}")
        if up:
            until(lambda: self.counts()["up"], lambda: "no Redis")

    def usage(self, user):
        self.tags += 1
        self.say(f"usage {self.tags} {user}")
        return self.answers([str(self.tags)])[str(self.tags)]

    def counts(self, server=None):
        self.say("clone-counts")
        return {key: int(value) for key, value in (word.split("=") for word in self.process.stdout.readline().split()[1:])}


@pytest.fixture
def redis(tmp_path):
    with Server(tmp_path / "redis") as server:
        yield server


def test_what_dovecot_writes(todoku, redis):
    """Each delivery is in it at once, and a mailbox that nothing happened to is not."""
    with place() as make, Clone(todoku, f"redis://127.0.0.1:{redis.port}") as demo:
        mb1 = make("mb1", clone=redis.port)
        mb1.keep("taro@example.com", 5000, messages=2)
        mb1.keep("still@example.com", 5000)
        with mb1:
            assert demo.usage("still@example.com") == "unknown"
            before = 5000
            for number in (3, 4):
                assert mb1.deliver("taro@example.com", b"Subject: x\r\n\r\n" + b"y" * 3000 + b"\r\n")[0] == 250
                used = until(lambda: (found := demo.usage("taro@example.com").split())[-1] == str(number) and int(found[0]), mb1.said)
                assert 3000 < used - before < 4000
                before = used


def test_what_is_there(todoku, redis):
    with Clone(todoku, f"redis://127.0.0.1:{redis.port}", prefix="p:") as demo:
        assert demo.usage("taro@example.com") == "unknown"
        redis.ask("SET", "p:taro@example.com/quota/storage", 123)
        assert demo.usage("taro@example.com") == "123 0"  # messages are not counted everywhere
        redis.ask("SET", "p:taro@example.com/quota/messages", 7)
        assert demo.usage("taro@example.com") == "123 7"
        redis.ask("SET", "p:taro@example.com/quota/storage", -5)  # while it is counted anew
        assert demo.usage("taro@example.com") == "0 7"
        redis.ask("SET", "p:taro@example.com/quota/storage", "lots")
        assert demo.usage("taro@example.com") == "unknown"
        redis.ask("DEL", "p:taro@example.com/quota/storage")
        redis.ask("LPUSH", "p:taro@example.com/quota/storage", 1)  # of another kind: Redis refuses
        assert demo.usage("taro@example.com") == "unknown"
        assert demo.usage("x" * 600) == "unknown"
        assert demo.counts() == {"up": 1, "asked": 6, "known": 3, "unknown": 1, "late": 0, "refused": 2}


def test_a_redis_that_says_nothing(todoku, redis):
    """Given up at the deadline; it goes on when Redis does."""
    redis.ask("SET", "mail/taro@example.com/quota/storage", 123)
    with Clone(todoku, f"redis://127.0.0.1:{redis.port}", deadline_ms=300) as demo:
        until(lambda: demo.usage("taro@example.com") == "123 0", redis.said)
        redis.stop_still()
        assert demo.usage("taro@example.com") == "unknown"
        redis.go_on()
        until(lambda: demo.usage("taro@example.com") == "123 0", redis.said)


def test_no_redis_is_no_answer(todoku, tmp_path):
    with Clone(todoku, f"unix:{tmp_path}/none", up=False) as demo:
        assert demo.usage("taro@example.com") == "unknown"
        assert demo.counts()["asked"] == 0
