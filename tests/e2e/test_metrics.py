# SPDX-License-Identifier: Apache-2.0
"""The text of /metrics, judged by promtool."""

import pytest

from http_peer import Server, ask
from promtool import check_metrics


@pytest.fixture
def exposition(todoku):
    """The metrics of http_demo (hostile label values among them)."""
    program = todoku.parent / "tests" / "e2e" / "http_demo"
    if not program.exists():
        pytest.skip(f"{program} is not built (meson -Dtests=enabled)")
    with Server(program, "127.0.0.1:0") as server:
        answer = ask(server.port, "GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.body


def test_promtool_has_nothing_to_say(exposition, root):
    assert check_metrics(root, exposition) == ""


@pytest.mark.parametrize("broken", [
    b"todoku_x_total 1", b"todoku_x_total{a=\"b} 1\n", b"# TYPE todoku_x counter\ntodoku_x 1\n", b"todoku_x one\n"])
def test_promtool_does_judge(exposition, root, broken):
    assert check_metrics(root, exposition + broken)


def test_the_server_counts_itself(exposition):
    lines = exposition.decode().splitlines()
    assert "todoku_http_connections 1" in lines and "todoku_http_connections_accepted_total 1" in lines
    assert 'todoku_http_responses_total{status="4xx"} 0' in lines
