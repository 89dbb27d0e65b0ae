# SPDX-License-Identifier: Apache-2.0
"""The table that todoku writes (io/lmdb_table.h), read by Postfix' own readers while it is written: no look-up misses,
none sees half of anything, and a reader that has it open sees what is committed.
"""

import subprocess

import pytest

from postfix_tools import LIMIT, tools_in

COUNT = 200
READERS = 3
PASSES = 20


@pytest.fixture
def tools(tmp_path):
    return tools_in(tmp_path / "etc")


class Writer:
    """table_demo on tmp_path/routes.lmdb."""

    def __init__(self, todoku, tmp_path):
        demo = todoku.parent / "tests" / "e2e" / "table_demo"
        if not demo.exists():
            pytest.fail(f"{demo} is not there: build it", pytrace=False)
        self.process = subprocess.Popen([demo, tmp_path / "routes.lmdb", str(COUNT)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == "ready\n"

    def end(self):
        """(transactions, microseconds of the longest)"""
        said, _ = self.process.communicate(timeout=LIMIT)
        assert self.process.returncode == 0
        return map(int, said.split())


def test_readers_of_postfix_beside_commits(todoku, tools, tmp_path):
    keys = "".join(f"K{i}.example\n" for i in range(COUNT)) * PASSES  # Postfix folds the case of keys
    writer = Writer(todoku, tmp_path)
    readers = [subprocess.Popen(tools.command("postmap", "-q", "-", f"lmdb:{tmp_path}/routes"), text=True,
                                env=tools.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE) for _ in range(READERS)]
    for reader in readers:
        said, errors = reader.communicate(keys, timeout=LIMIT)
        assert reader.returncode == 0 and not errors
        values = [line.split("\t")[1] for line in said.splitlines()]
        assert len(values) == COUNT * PASSES
        rounds = [int(value.removeprefix("round").split(":")[0]) for value in values]
        assert rounds == sorted(rounds)  # never back to an older one
        for value, number in zip(values, rounds):
            assert value == f"round{number}:" + "x" * (number % 100 * 10)
    rounds, _ = writer.end()
    assert rounds > 1


def test_what_a_look_up_finds(todoku, tools, tmp_path):
    rounds, _ = Writer(todoku, tmp_path).end()
    routes = f"lmdb:{tmp_path}/routes"
    last = f"round{rounds - 1}:" + "x" * ((rounds - 1) % 100 * 10)
    assert tools.look_up(routes, ["k1.example", "K2.EXAMPLE"]) == {"k1.example": last, "K2.EXAMPLE": last}
    assert not tools.look_up(routes, ["k", "example", ".example", "*", "k1.example.jp"])
