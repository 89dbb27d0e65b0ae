# SPDX-License-Identifier: Apache-2.0
"""Buttons in Slack: what the daemon posts to a webhook comes back as Slack sends it, signed, and is done, once, for
who may; everything else is refused. A real daemon, a real receiver, requests signed as Slack's manual says."""

import contextlib
import hmac
import http.client
import json
import re
import subprocess
import time
import urllib.parse

import pytest
from conftest import clean_environment
from daemon_rig import LIMIT, Rig, free_port, until
from log_lines import BLOCK

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PATH = "/slack/interactivity"
HOSTILE = "<!here>\u202e\x1b[31m *届く* {by} | & > \n'\""


class Slack:
    """A daemon with one Slack notifier, the channel that it writes to, and people who press."""

    def __init__(self, rig, channel, port):
        self.rig, self.channel, self.port = rig, channel, port

    def messages(self):
        return [json.loads(body) for _, path, _, body in self.channel.taken() if path == "/services/X"]

    def answers(self):
        """What was posted to response_url."""
        return [json.loads(body) for _, path, _, body in self.channel.taken() if path == "/api/answer"]

    def block(self, domain="mail.example"):
        """Refusals until the page is in the channel; the message."""
        def told():
            return next((one for one in self.messages() if domain in one["text"]), None)
        self.rig.write(self.rig.lives(30, BLOCK, domain=domain))
        return until(told, self.rig.said)

    def press(self, message, name="kato", action="todoku_acknowledge", **more):
        """The payload of a press of a button of a message."""
        row, button = next((block, one) for block in message["blocks"] if block["type"] == "actions"
                           for one in block["elements"] if one["action_id"] == action)
        action = {"action_id": button["action_id"], "block_id": row["block_id"], "type": "button", "text": button["text"],
                  "value": button["value"], "action_ts": f"{time.time():.6f}"}
        return {"type": "block_actions", "user": {"id": "U012ABCDEF", "username": name, "name": name, "team_id": "T1"},
                "api_app_id": "A1", "token": "x", "trigger_id": "1.2.3", "team": {"id": "T1", "domain": "mail"},
                "enterprise": None, "is_enterprise_install": False, "state": {"values": {}},
                "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1", "is_ephemeral": False},
                "channel": {"id": "C1", "name": "mail"}, "message": {"type": "message", "ts": "1.2", **message},
                "response_url": f"{self.channel.url}/api/answer", "actions": [action], **more}

    def signed(self, body, stamp=None, secret=SECRET):
        """The headers of a body."""
        stamp = str(int(time.time()) if stamp is None else stamp)
        mac = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), "sha256").hexdigest()
        return {"Content-Type": "application/x-www-form-urlencoded", "X-Slack-Request-Timestamp": stamp,
                "X-Slack-Signature": f"v0={mac}"}

    def post(self, body, headers=None):
        """(status, body) of a request over TCP, as it comes through a proxy."""
        return self.rig.ask(PATH, "POST", body, headers, where=self.port)

    def send(self, payload, **how):
        body = "payload=" + urllib.parse.quote_plus(json.dumps(payload))
        return self.post(body, self.signed(body, **how))

    def requests(self, result):
        """What the metric has counted."""
        found = re.search(rf'^todoku_slack_requests_total{{result="{result}"}} (\d+)$', self.rig.ask("/metrics")[1], re.M)
        return int(found[1]) if found else 0


@pytest.fixture
def slack(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        channel, port = rig.receiver(), free_port()
        (tmp_path / "signing").write_text(SECRET + "\n")
        rig.configure([f"slack: {channel.url}/services/X\n    slack_api: {channel.url}/api\n"
                       f"    signing_secret: file:{tmp_path}/signing", f"webhook: {rig.hook.url}/hook"],
                      f"web:\n  listen: [127.0.0.1:{port}]\n", [f"file: {rig.log}"])
        rig.start()
        yield Slack(rig, channel, port)


def message_id(message):
    """Of the page: what its button says."""
    return next(one["value"] for block in message["blocks"] if block["type"] == "actions"
                for one in block["elements"] if one["action_id"] == "todoku_acknowledge")


def test_a_press_acknowledges(slack):
    message = slack.block()
    assert "todoku incident ack" not in json.dumps(message)
    assert slack.send(slack.press(message)) == (200, "")
    one = slack.rig.incidents()[0]
    assert (one["state"], one["by"], one["id"]) == ("acknowledged", "kato (Slack U012ABCDEF)", message_id(message))
    assert one["acknowledged"]
    told = until(lambda: slack.rig.hook.pages("acknowledged"), slack.rig.said)[0]
    assert told["by"] == "kato (Slack U012ABCDEF)"
    answer = until(slack.answers, slack.rig.said)[0]
    assert answer["replace_original"] and answer["text"] == message["text"]
    assert [block["type"] for block in answer["blocks"]].count("actions") == 0
    assert answer["blocks"][-1]["elements"][0]["text"] == "Acknowledged by kato (Slack U012ABCDEF)"
    assert answer["blocks"][:-1] == message["blocks"][:-1]
    line = slack.rig.events("slack_press")[0]
    assert "user_id=U012ABCDEF" in line and "result=done" in line and f"id={one['id']}" in line
    assert slack.requests("taken") == 1
    # It is kept: the same after a crash, and on the disk before the answer.
    slack.rig.kill()
    slack.rig.start()
    assert slack.rig.incidents()[0]["by"] == "kato (Slack U012ABCDEF)"


def test_the_second_press_is_told_who_was_first(slack):
    message = slack.block()
    assert slack.send(slack.press(message)) == (200, "")
    assert slack.send(slack.press(message, "sato")) == (200, "")
    said = until(lambda: [one for one in slack.answers() if not one["replace_original"]], slack.rig.said)[0]
    assert said["response_type"] == "ephemeral"
    assert "acknowledged already by kato (Slack U012ABCDEF)" in said["text"]
    assert slack.rig.incidents()[0]["by"] == "kato (Slack U012ABCDEF)"
    ended = slack.press(message)
    ended["actions"][0]["value"] = "00000000"
    assert slack.send(ended) == (200, "")
    until(lambda: any("no incident 00000000" in one["text"] for one in slack.answers()), slack.rig.said)


def test_what_is_not_signed_as_it_should_be(slack):
    message = slack.block()
    body = "payload=" + urllib.parse.quote_plus(json.dumps(slack.press(message)))
    now = int(time.time())
    good = slack.signed(body)
    for what, headers, given in [
            ("unsigned", {}, body),
            ("unsigned", {**good, "X-Slack-Signature": "v0="}, body),
            ("unsigned", {**good, "X-Slack-Request-Timestamp": "now"}, body),
            ("unsigned", {name: value for name, value in good.items() if name != "X-Slack-Request-Timestamp"}, body),
            ("forged", slack.signed(body, secret="another-secret-0123456789"), body),
            ("forged", slack.signed(body, secret=""), body),
            ("forged", good, body + "&x=1"),
            ("forged", {**good, "X-Slack-Signature": good["X-Slack-Signature"].upper().replace("V0", "v0")}, body),
            ("forged", {**good, "X-Slack-Request-Timestamp": str(now + 2)}, body),
            ("stale", slack.signed(body, now - 310), body),
            ("stale", slack.signed(body, now + 310), body),
            ("stale", slack.signed(body, 0), body)]:
        before = slack.requests(what)
        status, answer = slack.post(given, headers)
        assert status == 401 and what in answer["error"]["what"], (what, answer)
        assert slack.requests(what) == before + 1
    assert [one["state"] for one in slack.rig.incidents()] == ["open"]
    assert len(slack.rig.events("slack_refused")) == 12 and not slack.answers()
    assert SECRET not in slack.rig.said()


def test_the_token_of_the_api_is_no_signature(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        port = free_port()
        rig.configure([f"slack: {rig.hook.url}/x\n    signing_secret: {SECRET}"],
                      f"web:\n  listen: [127.0.0.1:{port}]\n  token: s3cret-token-of-the-tests\n", [f"file: {rig.log}"])
        rig.start()
        bearer = {"Authorization": "Bearer s3cret-token-of-the-tests"}
        assert rig.ask(PATH, "POST", "payload={}", bearer, where=port)[0] == 401
        assert rig.ask(PATH, "POST", "payload={}")[0] == 401  # nor is the control socket
        assert rig.ask(PATH, where=port)[0] == 405


def test_one_signed_request_is_taken_once(slack):
    message = slack.block()
    body = "payload=" + urllib.parse.quote_plus(json.dumps(slack.press(message)))
    headers = slack.signed(body)
    assert slack.post(body, headers) == (200, "")
    for _ in range(3):
        status, answer = slack.post(body, headers)
        assert status == 401 and "replayed" in answer["error"]["what"]
    slack.rig.process.send_signal(1)  # a reload does not forget
    until(lambda: slack.rig.events("reloaded"), slack.rig.said)
    status, answer = slack.post(body, headers)
    assert status == 401 and "replayed" in answer["error"]["what"]
    assert slack.send(slack.press(message)) == (200, "")  # another one, which comes too late
    until(lambda: len(slack.answers()) == 2, slack.rig.said)
    assert slack.requests("replayed") == 4 and slack.requests("taken") == 2
    # Nor does a restart: what was signed before it is old.
    while int(time.time()) <= int(headers["X-Slack-Request-Timestamp"]):
        time.sleep(0.05)
    slack.rig.stop()
    slack.rig.start()
    status, answer = slack.post(body, headers)
    assert status == 401 and "stale" in answer["error"]["what"]


def test_what_is_no_press_of_a_button_of_ours(slack):
    press = slack.press(slack.block())

    def changed(**more):
        one = json.loads(json.dumps(press))
        one["actions"][0].update(more.pop("action", {}))
        return {**one, **more}

    for result, payload in [
            ("foreign", changed(action={"action_id": "delete_everything"})),
            ("foreign", changed(action={"type": "overflow"})),
            ("foreign", changed(type="view_submission")),
            ("foreign", {"type": "url_verification", "challenge": "x"}),
            ("malformed", changed(actions=press["actions"] * 2)),
            ("malformed", changed(action={"value": "../../x"})),
            ("malformed", changed(user={"id": "U1; DROP"})),
            ("malformed", changed(user=None)),
            ("malformed", [press]),
            ("malformed", "press")]:
        status, answer = slack.send(payload)
        assert status == 400 and result in answer["error"]["what"], (payload, answer)
    for body in ("", "payload=", "payload=%7B%2", "x=1", "payload=" + "[" * 50000, "payload=%FF%FE"):
        status, answer = slack.post(body, slack.signed(body))
        assert status == 400 and "malformed" in answer["error"]["what"], body[:80]
    large = "payload=" + urllib.parse.quote_plus(json.dumps({**press, "pad": "x" * 300000}))
    assert slack.post(large, slack.signed(large))[0] == 400
    assert [one["state"] for one in slack.rig.incidents()] == ["open"] and not slack.answers()
    assert slack.requests("taken") == 0 and slack.requests("foreign") == 4


def test_a_hostile_name_is_text_everywhere(slack):
    message = slack.block()
    assert slack.send(slack.press(message, HOSTILE)) == (200, "")
    by = slack.rig.incidents()[0]["by"]
    assert by == HOSTILE + " (Slack U012ABCDEF)"  # JSON keeps it as it is
    shown = until(slack.answers, slack.rig.said)[0]["blocks"][-1]["elements"][0]
    assert "&lt;!here&gt;" in shown["text"] and "<" not in shown["text"] and shown["verbatim"]
    told = until(lambda: [one for one in slack.messages() if "acknowledged" in json.dumps(one)], slack.rig.said)[0]
    for text in [field["text"] for block in told["blocks"] for field in block.get("fields", [])]:
        assert "<!here>" not in text and "\x1b" not in text and "\u202e" not in text
    done = subprocess.run([slack.rig.program, "incident", "-c", slack.rig.config, "show", message_id(message)],
                          capture_output=True, timeout=LIMIT, check=False, env=clean_environment())
    for text in (done.stdout, slack.rig.said().encode()):
        assert b"\x1b" not in text and "\u202e".encode() not in text
    assert b"Slack U012ABCDEF" in done.stdout


def test_an_answer_goes_to_slack_alone(slack):
    """Whoever knows the secret must not make the daemon post anywhere."""
    stranger = slack.rig.receiver()
    message = slack.block()
    for url in (f"{stranger.url}/api/answer", "http://127.0.0.1:1/", "file:///etc/passwd",
                f"{slack.channel.url}@127.0.0.1:{stranger.port}/api/answer", f"{slack.channel.url}/apis/answer"):
        assert slack.send(slack.press(message, response_url=url)) == (200, "")
    assert slack.send(slack.press(message)) == (200, "")
    until(slack.answers, slack.rig.said)
    assert not stranger.taken() and len(slack.answers()) == 1


def test_an_answer_that_fails_changes_nothing(slack):
    message = slack.block()
    slack.channel.answers = [500] * 20  # the notice of it is tried again, the answer is not
    assert slack.send(slack.press(message)) == (200, "")
    until(lambda: slack.rig.events("slack_answer_failed"), slack.rig.said)
    assert len(slack.answers()) == 1
    assert slack.rig.incidents()[0]["state"] == "acknowledged"


def test_many_presses_at_once(slack):
    """Each is answered; one of them has it."""
    message = slack.block()
    links = []
    for i in range(20):
        body = "payload=" + urllib.parse.quote_plus(json.dumps(slack.press(message, f"user{i}")))
        link = http.client.HTTPConnection("127.0.0.1", slack.port, timeout=LIMIT)
        link.request("POST", PATH, body, slack.signed(body))
        links.append(link)
    assert [link.getresponse().status for link in links] == [200] * 20
    for link in links:
        link.close()
    assert len(slack.rig.events("slack_press")) == 20
    assert sum("result=done" in line for line in slack.rig.events("slack_press")) == 1
    until(lambda: sum(one["replace_original"] for one in slack.answers()) == 1, slack.rig.said)


def test_without_a_secret_there_are_no_buttons(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        channel, port = rig.receiver(), free_port()
        rig.configure([f"slack: {channel.url}/services/X"], f"web:\n  listen: [127.0.0.1:{port}]\n", [f"file: {rig.log}"])
        rig.start()
        slack = Slack(rig, channel, port)
        message = slack.block()
        assert "todoku incident ack" in json.dumps(message) and '"actions"' not in json.dumps(message)
        status, answer = slack.send({"type": "block_actions"})
        assert status == 404 and "signing_secret" in answer["error"]["what"]


# --- Routes: yes and no

OUT_B = ("out-a/smtp", "out-b/smtp")


@contextlib.contextmanager
def proposing_daemon(todoku, tmp_path, respond="mode: propose"):
    """The same with two sources, where a change of routes waits for a yes. Postfix's commands only say that they were
    called."""
    commands = tmp_path / "commands"
    commands.mkdir()
    for name in ("postqueue", "postfix", "postconf", "postmap"):
        (commands / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/called\n')
        (commands / name).chmod(0o755)
    with Rig(todoku, tmp_path, start=False) as rig:
        channel, port = rig.receiver(), free_port()
        rig.configure([f"slack: {channel.url}/services/X\n    slack_api: {channel.url}/api\n    signing_secret: {SECRET}",
                       f"webhook: {rig.hook.url}/hook"],
                      f"web:\n  listen: [127.0.0.1:{port}]\nrespond: {{ {respond} }}\n"
                      f"postfix: {{ commands: {commands} }}\n"
                      "fleet:\n  relay: relay1\n  sources:\n    - { name: out-a, address: 192.0.2.11 }\n"
                      "    - { name: out-b, address: 192.0.2.12 }\n", [f"file: {rig.log}"])
        rig.start()
        yield Slack(rig, channel, port)


@pytest.fixture
def proposing(todoku, tmp_path):
    with proposing_daemon(todoku, tmp_path) as slack:
        yield slack


def proposal(slack):
    """A block of out-a, and the message that asks for a yes."""
    slack.rig.write(slack.rig.lives(40).replace(*OUT_B))
    slack.block()
    return until(lambda: next((one for one in slack.messages() if "todoku_approve" in json.dumps(one)), None),
                 slack.rig.said)


def overrides(slack):
    return {one["id"]: one for one in slack.rig.ask("/api/v1/routes")[1]["overrides"]}


def decisions(slack):
    return [(one["action"], one.get("override"), one["actor"]) for one in slack.rig.ask("/api/v1/routes/audit")[1]]


def test_a_press_approves(proposing):
    message = proposal(proposing)
    waits = next(one for one in overrides(proposing).values() if one["state"] == "proposed")
    row = next(block for block in message["blocks"] if block.get("block_id") == "todoku_route")
    assert [(one["text"]["text"], one["value"]) for one in row["elements"]] == [("Approve", waits["id"]), ("Deny", waits["id"])]
    assert "todoku route approve" not in json.dumps(message)
    assert proposing.send(proposing.press(message, action="todoku_approve")) == (200, "")
    assert ("approve", waits["id"], "kato (Slack U012ABCDEF)") in decisions(proposing)
    active = [one for one in overrides(proposing).values() if one["state"] == "active"]
    assert [(one["kind"], one["target"], one["actor"]) for one in active] == [("detour", "out-b", "kato (Slack U012ABCDEF)")]
    answer = until(proposing.answers, proposing.rig.said)[0]
    assert answer["replace_original"] and "Approved by kato (Slack U012ABCDEF)" in json.dumps(answer)
    left = [block for block in answer["blocks"] if block["type"] == "actions"]
    assert [block["block_id"] for block in left] == ["todoku_page"]  # nobody has taken the page yet
    told = until(lambda: [one for one in proposing.rig.hook.pages("route") if one["route"]["action"] == "approve"],
                 proposing.rig.said)[0]
    assert told["route"]["actor"] == "kato (Slack U012ABCDEF)" and told["page"] == message_id(message)
    # It holds after a crash, and nobody is asked again.
    proposing.rig.kill()
    proposing.rig.start()
    assert [one["actor"] for one in overrides(proposing).values() if one["state"] == "active"] == ["kato (Slack U012ABCDEF)"]
    assert len({one["key"] for one in proposing.rig.hook.pages("route") if one["route"]["action"] == "propose"}) == 1
    # What was on its way when it was killed may have come again, under the same key.
    assert set(proposing.rig.hook.repeats().values()) <= {2}


def test_a_press_denies_and_too_late_is_said(proposing):
    message = proposal(proposing)
    assert proposing.send(proposing.press(message, HOSTILE, "todoku_deny")) == (200, "")
    until(lambda: any(one["replace_original"] for one in proposing.answers()), proposing.rig.said)
    assert [actor for action, _, actor in decisions(proposing) if action == "deny"] == [HOSTILE + " (Slack U012ABCDEF)"]
    assert not [one for one in overrides(proposing).values() if one["state"] == "active"]
    assert proposing.send(proposing.press(message, "sato", "todoku_approve")) == (200, "")
    said = until(lambda: [one for one in proposing.answers() if not one["replace_original"]], proposing.rig.said)[0]
    assert said["text"].startswith("Not done: there is no override")
    assert not [one for one in overrides(proposing).values() if one["state"] == "active"]
    for line in proposing.rig.events("route") + proposing.rig.events("slack_press"):
        assert "\x1b" not in line and "\u202e" not in line and "\n" not in line
    shown = until(lambda: [one for one in proposing.messages() if "[critical] Denied" in one["text"]], proposing.rig.said)[0]
    assert "<!here>" not in json.dumps(shown) and "&lt;!here&gt;" in json.dumps(shown)


def test_routes_are_decided_on_by_approvers(todoku, tmp_path):
    """Whom the settings do not name is told so, alone, and nothing is done; whom they name finds the buttons in place.
    The list of a reload counts."""
    def of(user, name):
        return {"user": {"id": user, "username": name, "name": name, "team_id": "T1"}}
    with proposing_daemon(todoku, tmp_path, "mode: propose, approvers: [U0SATO, U0ENDO]") as slack:
        message = proposal(slack)
        waits = next(one for one in overrides(slack).values() if one["state"] == "proposed")
        for count, action in enumerate(("todoku_approve", "todoku_deny"), 1):
            assert slack.send(slack.press(message, action=action)) == (200, "")
            said = until(lambda: len(slack.answers()) == count and slack.answers()[-1], slack.rig.said)
            assert not said["replace_original"] and said["response_type"] == "ephemeral"
            assert said["text"].startswith("Sorry kato (Slack U012ABCDEF), routes are decided on by the people")
        assert overrides(slack)[waits["id"]]["state"] == "proposed"
        assert not [action for action, _, _ in decisions(slack) if action in ("approve", "deny")]
        assert slack.requests("barred") == 2 and slack.requests("taken") == 0
        assert all("result=barred" in line and "user_id=U012ABCDEF" in line for line in slack.rig.events("slack_press"))
        assert slack.send(slack.press(message)) == (200, "")  # the page is for everybody
        assert slack.rig.incidents()[0]["by"] == "kato (Slack U012ABCDEF)" and slack.requests("taken") == 1
        settings = slack.rig.config.read_text()
        slack.rig.config.write_text(settings.replace("[U0SATO, U0ENDO]", "[U0ENDO]"))
        slack.rig.process.send_signal(1)
        until(lambda: slack.rig.events("reloaded"), slack.rig.said)
        assert slack.send(slack.press(message, action="todoku_approve", **of("U0SATO", "sato"))) == (200, "")
        assert slack.requests("barred") == 3
        assert slack.send(slack.press(message, action="todoku_approve", **of("U0ENDO", "endo"))) == (200, "")
        assert ("approve", waits["id"], "endo (Slack U0ENDO)") in decisions(slack)
        assert [one["actor"] for one in overrides(slack).values() if one["state"] == "active"] == ["endo (Slack U0ENDO)"]


def test_an_override_that_is_none_is_not_approved(proposing):
    message = proposal(proposing)
    press = proposing.press(message, action="todoku_approve")
    for value in ("o999", message_id(message), "o"):
        press["actions"][0]["value"] = value
        assert proposing.send(press) == (200, "")
    until(lambda: len(proposing.answers()) == 3, proposing.rig.said)
    assert all("there is no override" in one["text"] for one in proposing.answers())
    assert not [one for one in overrides(proposing).values() if one["state"] == "active"]
    assert not [action for action, _, _ in decisions(proposing) if action == "approve"]


def test_a_question_is_asked_after_a_crash_too(proposing):
    """Whoever is killed between deciding and telling tells it with the next start, once."""
    proposing.rig.stop()
    state = proposing.rig.state / "incidents.json"
    proposing.rig.start()
    message = proposal(proposing)
    proposing.rig.stop()
    before = json.loads(state.read_text())
    assert before["routes_told"] >= 1
    state.write_text(json.dumps({**before, "routes_told": 0}))  # as if it had not come so far
    asked = len(proposing.rig.hook.pages("route"))
    proposing.rig.start()
    until(lambda: len(proposing.rig.hook.pages("route")) > asked, proposing.rig.said)
    assert proposing.send(proposing.press(message, action="todoku_approve")) == (200, "")
    until(lambda: any(one["replace_original"] for one in proposing.answers()), proposing.rig.said)
