# SPDX-License-Identifier: Apache-2.0
"""Countries of clients as evidence of a hijacked account: what a replay says with a database, and what becomes of a daemon
whose database is missing, damaged, replaced."""

import os
import random
from datetime import datetime, timedelta, timezone

import pytest
from daemon_rig import until
from hijack_rig import THIEF, Fleet, life, past
from mmdb_file import mmdb

NETWORKS = {"10.0.0.0/8": "JP", "45.0.0.0/9": "VN", "45.128.0.0/9": "BR", "2001:db8::/32": "KR"}


def theft(clients, messages=150):
    """The lines of a thief who sends from these clients in turn, for ten minutes."""
    begin = datetime.now(timezone.utc) - timedelta(hours=1)
    return "".join(life(900000 + n, THIEF, clients[n % len(clients)], f"victim{n}@target{n}.example",
                        begin + timedelta(seconds=4 * n)) for n in range(messages))


@pytest.fixture
def logs(tmp_path):
    def write(clients):
        file = tmp_path / "mail.log"
        file.write_text(past(80) + theft(clients))
        return str(file)
    return write


def config(folder, path):
    file = folder / "countries.yaml"
    file.write_text(f"policy:\n  hijack:\n    countries: {path}\n")
    return str(file)


def test_a_replay_names_the_countries(run, tmp_path, logs):
    (tmp_path / "c.mmdb").write_bytes(mmdb(NETWORKS))
    told = run("replay", "-c", config(tmp_path, tmp_path / "c.mmdb"), "--format", "json", logs(["45.3.1.1", "45.200.1.1"]))
    assert told.returncode == 0, told.stderr
    assert "from countries that it never sent from (VN, BR; usually JP)" in told.stdout
    assert "from VN, BR within 1 min, usually JP" in told.stdout


def test_at_home_and_without_a_database_nothing_is_said(run, tmp_path, logs):
    (tmp_path / "c.mmdb").write_bytes(mmdb(NETWORKS))
    conf, log = config(tmp_path, tmp_path / "c.mmdb"), logs(["10.201.1.1", "10.202.1.1", "10.203.1.1"])
    assert "usually JP" not in run("replay", "-c", conf, "--format", "json", log).stdout
    assert "countries" not in run("replay", "--format", "json", logs(["45.3.1.1", "45.200.1.1"])).stdout


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, mmdb(NETWORKS)[:-30], b"\xab\xcd\xefMaxMind.com"])
def test_a_replay_refuses_a_damaged_one(run, tmp_path, logs, content):
    (tmp_path / "c.mmdb").write_bytes(content)
    told = run("replay", "-c", config(tmp_path, tmp_path / "c.mmdb"), logs(["45.3.1.1"]))
    assert told.returncode == 3 and "c.mmdb: it is no whole MaxMind database" in told.stderr, told.stderr


class Located(Fleet):
    def __init__(self, program, folder, path):
        super().__init__(program, folder, "auto")
        self.path = path
        config = folder / "todoku.yaml"
        config.write_text(config.read_text().replace("policy:\n", f"policy:\n  hijack: {{ countries: {path} }}\n", 1))


def replace(path, content):
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    os.replace(fresh, path)


def test_the_daemon_goes_on_without_and_takes_a_new_one(todoku, tmp_path):
    path = tmp_path / "c.mmdb"
    with Located(todoku, tmp_path, path) as rig:
        rig.start()
        until(lambda: rig.events("countries_not_read"), rig.said)
        assert rig.metric("todoku_countries_trouble") == 1
        until(lambda: "Countries   not read:" in rig.verb("status").stdout, rig.said)
        replace(path, mmdb(NETWORKS))
        until(lambda: rig.events("countries_read"), rig.said)
        assert rig.metric("todoku_countries_trouble") == 0
        until(lambda: "Countries" not in rig.verb("status").stdout, rig.said)
        os.truncate(path, 100)  # what is mapped of a file that somebody cuts off is gone
        until(lambda: len(rig.events("countries_not_read")) == 2, rig.said)
        assert "meanwhile=\"the file of before\"" in rig.events("countries_not_read")[1]
        replace(path, mmdb({"10.0.0.0/8": "FR"}))
        until(lambda: len(rig.events("countries_read")) == 2, rig.said)


def test_bytes_that_are_wrong_anywhere_cost_countries_only(run, tmp_path):
    (tmp_path / "few.log").write_text(theft(["45.3.1.1", "45.200.1.1", "10.1.1.1", "2001:db8::1"], 8))
    whole, chance = mmdb(NETWORKS), random.Random(74)
    for _ in range(30):
        content = bytearray(whole)
        for _ in range(3):
            content[chance.randrange(len(content))] = chance.randrange(256)
        (tmp_path / "c.mmdb").write_bytes(content)
        told = run("replay", "-c", config(tmp_path, tmp_path / "c.mmdb"), str(tmp_path / "few.log"))
        assert told.returncode in (0, 3), (bytes(content), told.stderr)
