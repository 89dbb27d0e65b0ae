# SPDX-License-Identifier: Apache-2.0
"""todoku replay: the overrides that a configuration would have made of old logs."""

import json
import re
import subprocess
from datetime import datetime

import pytest
from conftest import LIMIT

from replay_lines import BLOCK, HOUR, Log, MINUTE, PROVIDERS, SECOND, START, dead

SOURCES = """\
fleet:
  relay: relay1
  sources:
    - { name: out-a, address: 192.0.2.11, helo: a.mx.example.jp, pool: shared }
    - { name: out-b, address: 192.0.2.12, helo: b.mx.example.jp, pool: shared }
    - { name: out-c, address: 192.0.2.13, helo: c.mx.example.jp, pool: shared }
"""


def replay(todoku, *arguments):
    done = subprocess.run([todoku, "replay", *arguments], capture_output=True, text=True,
                          timeout=120)
    assert done.stderr == ""
    return done


def as_json(todoku, *arguments):
    """Notices, decisions and what the routes came to."""
    done = replay(todoku, "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    ends = [row["routes"] for row in rows if "routes" in row]
    return ([row for row in rows if "transition" in row],
            [row["decision"] for row in rows if "decision" in row], ends[0] if ends else None)


def configure(folder, more="respond: { mode: auto }\n", sources=SOURCES):
    config = folder / "todoku.yaml"
    config.write_text(sources + more)
    return config


def actions(decisions, *wanted):
    return [decision for decision in decisions if decision["action"] in wanted]


def normal_traffic(log, until, sources=("out-a", "out-b", "out-c"), providers=PROVIDERS):
    for provider in providers:
        for source in sources:
            log.every(2 * MINUTE, START, until, provider, source)


@pytest.fixture(scope="module")
def blocked_log(tmp_path_factory):
    """out-a is refused by one provider for three hours, and sends on."""
    folder = tmp_path_factory.mktemp("blocked")
    log = Log([])
    begin, end = START + 2 * HOUR, START + 5 * HOUR
    normal_traffic(log, START + 14 * HOUR, ("out-b", "out-c"))
    log.every(2 * MINUTE, START, begin, "docomo")
    log.every(2 * MINUTE, begin, end, "docomo", reply=BLOCK)
    log.every(2 * MINUTE, end, START + 14 * HOUR, "docomo")
    return log.write(folder / "mail.log")


def test_a_block_is_detoured_probed_and_given_back(todoku, blocked_log, tmp_path):
    notices, decisions, routes = as_json(todoku, "-c", configure(tmp_path), blocked_log)
    detour = decisions[0]
    incidents = {i["id"]: i["kind"] for notice in notices for i in notice["incidents"]}
    assert (detour["action"], detour["mode"], detour["provider"], detour["source"]) == \
        ("detour", "auto", "docomo", "out-a")
    assert detour["before"] == "default" and detour["after"] in ("out-b:", "out-c:")
    assert incidents[detour["incidents"][0]] == "block"
    assert "10:0" in detour["time"] and detour["expires"] > detour["time"]
    assert [rule["class"] for rule in detour["rules"]] == ["block_ip"]
    assert "zen.spamhaus.org" in detour["rules"][0]["samples"][0]
    ways = [decision["after"] for decision in actions(decisions, "detour", "ramp", "return")]
    assert [way.split(" %")[0] for way in ways[1:4]] == ["10", "25", "50"]
    assert ways[-1] == "default" and routes["paths"] == []
    assert routes["in_force"] == 4 and routes["most_at_once"] == 1


def test_what_an_override_was_about_is_counted_in_the_log(todoku, blocked_log, tmp_path):
    _, decisions, routes = as_json(todoku, "-c", configure(tmp_path), blocked_log)
    first = routes["overrides"][0]
    since, until = (datetime.fromisoformat(first[key]) for key in ("since", "until"))
    counts = {"sent": 0, "bounced": 0, "deferred": 0}
    for line in blocked_log.read_text().splitlines():
        found = re.search(r"@docomo\.ne\.jp>.* status=(\w+)", line)
        if found and since < datetime.fromisoformat(line.split()[0]) <= until:
            counts[found[1]] += 1
    in_log = first["in_log"]
    # The detectors look every ten seconds: a line more or less at each end.
    for key, status in (("delivered", "sent"), ("bounced", "bounced"), ("deferred", "deferred")):
        assert abs(in_log[key] - counts[status]) <= 3
    assert counts["bounced"] > 50
    assert in_log["recipients"] == in_log["delivered"] + in_log["bounced"]
    assert in_log["relay_recipients"] > 3 * in_log["recipients"]
    ended = [decision for decision in actions(decisions, "end")
             if decision["override"] == first["override"]]
    assert ended[0]["in_log"] == in_log and "work" not in ended[0]


def test_no_probe_is_invented(todoku, blocked_log, tmp_path):
    """Each result is that of a delivery which the log has on that path, at that time."""
    _, decisions, _ = as_json(todoku, "-c", configure(tmp_path), blocked_log)
    real = {}
    for line in blocked_log.read_text().splitlines():
        found = re.search(r"postfix/out-a/smtp.* to=<([^>]+)>.* status=(\w+)", line)
        if found:
            real[found[1]] = (datetime.fromisoformat(line.split()[0]), found[2])
    probes = {decision["override"]: decision for decision in actions(decisions, "probe")}
    results = {decision["override"]: decision["reason"] for decision in actions(decisions, "end")}
    assert len(probes) >= 4
    seen = set()
    for number, probe in probes.items():
        when, status = real[probe["after"].split()[0]]
        said = {"sent": "it got through", "bounced": "it was refused"}[status]
        assert results[number] == said
        assert datetime.fromisoformat(probe["time"]) == when
        seen.add(said)
    assert seen == {"it got through", "it was refused"}


def test_without_mail_on_the_path_its_return_is_unknown(todoku, tmp_path):
    log = Log([])
    normal_traffic(log, START + 2 * HOUR)
    log.every(20 * SECOND, START + 2 * HOUR, START + 2 * HOUR + 5 * MINUTE, "docomo", reply=BLOCK)
    log.every(2 * MINUTE, START + 2 * HOUR, START + 9 * HOUR, "docomo", "out-b")
    path = log.write(tmp_path / "mail.log")
    _, decisions, routes = as_json(todoku, "-c", configure(tmp_path), path)
    assert actions(decisions, "detour") and not actions(decisions, "probe", "ramp", "return")
    assert [(row["provider"], row["source"], row["stage"], row["probe_unknown"])
            for row in routes["paths"]] == [("docomo", "out-a", "blocked", True)]
    text = replay(todoku, "-c", configure(tmp_path), path).stdout
    assert re.search(r"out-a at docomo: blocked since .*; a probe is due, and the log has no later "
                     r"delivery on this path: whether it would have been given back is not known", text)
    assert "Nobody answers in a replay." in text


@pytest.mark.parametrize("mode, action, count", [("propose", "propose", "asked"),
                                                 ("observe", "observe", "observed")])
def test_other_modes_move_nothing(todoku, blocked_log, tmp_path, mode, action, count):
    _, decisions, routes = as_json(todoku, "-c", configure(tmp_path), "--mode", mode, blocked_log)
    assert actions(decisions, action)[0]["mode"] == mode
    assert not actions(decisions, "detour", "hold", "throttle", "ramp", "probe")
    assert routes["in_force"] == 0 and routes[count] >= 1 and routes["moved"] == 0
    assert routes["overrides"][0]["in_log"]["recipients"] > 0


def test_modes_are_those_of_the_configuration(todoku, blocked_log, tmp_path):
    config = configure(tmp_path, "respond:\n  mode: observe\n  modes:\n"
                                 "    - { provider: docomo, mode: propose }\n")
    _, decisions, _ = as_json(todoku, "-c", config, blocked_log)
    assert {decision["mode"] for decision in decisions} == {"propose"}
    text = replay(todoku, "-c", configure(tmp_path, ""), blocked_log).stdout
    assert "the mode is observe; --mode auto shows what would come of it" in text


def test_refusals_of_the_planner_say_why(todoku, blocked_log, tmp_path):
    """Marketing mail never leaves by a transactional source, and others send there: nothing is moved."""
    sources = SOURCES.replace("helo: a.mx.example.jp, pool: shared", "helo: a.mx.example.jp, pool: marketing") \
        .replace("pool: shared", "pool: transactional")
    config = configure(tmp_path, sources=sources)
    _, decisions, routes = as_json(todoku, "-c", config, blocked_log)
    left = actions(decisions, "leave")
    assert "out-b a pool that sends there may not use it" in left[0]["reason"]
    assert left[0]["rules"] and routes["in_force"] == 0 and routes["left"] == len(left)
    assert "nothing would have been done about it" in \
        replay(todoku, "-c", config, blocked_log).stdout


def test_what_a_target_would_have_carried_uses_up_its_room(todoku, blocked_log, tmp_path):
    config = configure(tmp_path, "respond: { mode: auto, detour: { step: 0%, least: 60 } }\n")
    _, decisions, routes = as_json(todoku, "-c", config, blocked_log)
    targets = [move["after"] for move in routes["overrides"] if move["action"] == "detour"]
    assert targets[:2] in (["out-b:", "out-c:"], ["out-c:", "out-b:"])
    assert "has sent as much as it may today" in actions(decisions, "leave")[0]["reason"]
    for move in routes["overrides"][:2]:
        assert move["in_log"]["recipients"] < 200


def test_content_moves_nothing(todoku, tmp_path):
    log = Log([])
    normal_traffic(log, START + 4 * HOUR, ("out-b", "out-c"))
    log.every(MINUTE, START, START + 2 * HOUR, "google")
    log.every(MINUTE, START + 2 * HOUR, START + 4 * HOUR, "google",
              reply="550-5.7.1 [192.0.2.11] Our system has detected that this message is likely "
                    "550-5.7.1 unsolicited mail. To reduce the amount of spam sent to Gmail, this "
                    "550-5.7.1 message has been blocked. Please visit 550 5.7.1 "
                    "https://support.google.com/mail/?p=UnsolicitedMessageError a1si1 - gsmtp")
    _, decisions, routes = as_json(todoku, "-c", configure(tmp_path), log.write(tmp_path / "mail.log"))
    assert {decision["action"] for decision in decisions} == {"leave"}
    assert "another source would not help" in decisions[0]["reason"]
    assert routes["in_force"] == 0


def test_so_many_refused_that_the_cause_is_what_is_sent(todoku, tmp_path):
    log = Log([])
    normal_traffic(log, START + 2 * HOUR)
    for source in ("out-a", "out-b", "out-c"):
        log.every(MINUTE, START + 2 * HOUR, START + 3 * HOUR, "docomo", source, BLOCK)
    _, decisions, _ = as_json(todoku, "-c", configure(tmp_path), log.write(tmp_path / "mail.log"))
    hold = actions(decisions, "hold")
    assert hold and hold[0]["urgent"] and "the cause is what is sent" in hold[0]["reason"]


def test_a_throttle_is_not_judged_by_mail_that_was_not_slowed(todoku, tmp_path):
    """Its replies are those of full speed: the pace is neither cut further nor called a block."""
    log = Log([])
    normal_traffic(log, START + 9 * HOUR, ("out-b",), ("docomo",))
    log.every(20 * SECOND, START, START + 2 * HOUR, "google")
    for minute in range(2 * 60, 8 * 60):
        when = START + minute * MINUTE
        log.send(when, "google")
        log.send(when + 20 * SECOND, "google", reply="421 4.7.28 Our system has detected an unusual "
                 "rate of unsolicited mail originating from your IP address. a1si1 - gsmtp")
    _, decisions, routes = as_json(todoku, "-c", configure(tmp_path), log.write(tmp_path / "mail.log"))
    throttles = actions(decisions, "throttle")
    assert throttles and throttles[0]["source"] == "out-a"
    assert not actions(decisions, "detour", "hold")
    paces = [int(re.search(r"at most (\d+) an hour", decision["after"])[1]) for decision in throttles]
    assert paces == sorted(paces)
    assert {row["stage"] for row in routes["paths"]} <= {"throttled"}


# ---- a rule that is wrong ----

WRONG = """\
# What every provider that blocks us says, we thought.
rule our-blocks
class block_ip
tier token
match unknown user
match user unknown
match does not exist
match doesn't have a
match mailbox unavailable
example 550 5.1.1 Unknown user
"""


@pytest.fixture(scope="module")
def old_list(todoku, tmp_path_factory):
    """A day of a made-up fleet, and in it an hour in which relay1 wrote to an old list of addresses;
    nobody blocked it."""
    folder = tmp_path_factory.mktemp("list")
    generated = folder / "generated.log"
    generate = todoku.parent / "bench" / "todoku-generate"
    subprocess.run([generate, "--lines", "20000", "--seed", "5", "--profile", "fleet", "--form", "iso",
                    "--out", generated, "--truth", folder / "truth.json"], check=True, timeout=120)
    first = datetime.fromisoformat(generated.read_text().split(maxsplit=1)[0])
    log = Log([])
    for provider in PROVIDERS:
        log.every(20 * SECOND, first + 12 * HOUR, first + 13 * HOUR, provider, "out-a", dead(provider))
    lines = generated.read_text().splitlines(keepends=True) + [line for _, _, line in log.lines]
    path = folder / "mail.log"
    path.write_text("".join(sorted(lines, key=lambda line: datetime.fromisoformat(line.split(maxsplit=1)[0]))))
    return path


@pytest.fixture
def wrong(tmp_path):
    rules = tmp_path / "our.rules"
    rules.write_text(WRONG)
    return configure(tmp_path, f"rules: {rules}\nrespond: {{ mode: auto, caps: {{ overrides: 2 }} }}\n")


def test_dead_addresses_move_nothing(todoku, old_list, tmp_path):
    _, decisions, routes = as_json(todoku, "-c", configure(tmp_path), old_list)
    assert not actions(decisions, "detour", "hold", "propose", "throttle")
    assert routes["in_force"] == 0 and routes["rules"] == []


def test_a_wrong_rule_is_bounded_by_the_caps(todoku, old_list, wrong):
    _, decisions, routes = as_json(todoku, "-c", wrong, old_list)
    assert routes["most_at_once"] == 2
    capped = [decision for decision in actions(decisions, "propose")
              if "as many overrides as may be at once" in decision["reason"]]
    assert len({decision["provider"] for decision in capped}) == len(PROVIDERS) - 2
    assert routes["capped"] >= len(capped)


def test_a_wrong_rule_shows_itself(todoku, old_list, wrong):
    """Which rule, where it stands, what the replies mean without it, samples, how much it moves."""
    _, _, routes = as_json(todoku, "-c", wrong, old_list)
    rule = routes["rules"][0]
    assert (rule["rule"], rule["own"], rule["class"]) == ("our-blocks", True, "block_ip")
    assert WRONG.splitlines()[rule["line"] - 1] == "rule our-blocks"
    assert rule["providers"] == len(PROVIDERS)
    assert rule["contradicted"] == rule["replies"] == sum(rule["built_in"].values())
    assert set(rule["built_in"]) <= {"addr_dead", "addr_inactive"}
    assert rule["bounced"] == rule["replies"] >= 180 * len(PROVIDERS)
    assert rule["overrides"] >= 2 and rule["asked"] >= 3 and rule["recipients"] > 180
    assert {sample["provider"] for sample in rule["samples"]} <= set(PROVIDERS)

    text = replay(todoku, "-c", wrong, old_list).stdout
    end = " ".join(text[text.index("Rules behind them"):].split())
    assert "our-blocks (yours, " in end and f"our.rules:{rule['line']})" in end
    assert re.search(r"by the built-in rules: addr_dead [\d,]+", end)
    assert 'THIS RULE LOOKS WRONG: it says block_ip of' in end
    assert 'that mean "the address does not exist" (rule ' in end
    assert re.search(r"[\d,]+ of these bounced in the log; with this rule in hold.pcre they would "
                     r"wait in the queue instead", end)
    assert re.search(r"behind [\d,]+ overrides and [\d,]+ that were asked for or thought of, with "
                     r"[\d,]+ recipients: [\d.]+ % of the relay's mail in these logs", end)
    assert "since a cap was reached" in text
    assert "(yours, line 2), block_ip: " in text[:text.index("Rules behind them")]


def test_a_right_rule_of_ones_own_is_not_called_wrong(todoku, blocked_log, tmp_path):
    rules = tmp_path / "our.rules"
    rules.write_text("rule our-block\nclass block_ip\ntier token\nmatch blocked using zen\n"
                     "example 550 5.7.1 blocked using zen.spamhaus.org\n")
    config = configure(tmp_path, f"rules: {rules}\nrespond: {{ mode: auto }}\n")
    _, _, routes = as_json(todoku, "-c", config, blocked_log)
    assert (routes["rules"][0]["rule"], routes["rules"][0]["contradicted"]) == ("our-block", 0)
    assert "LOOKS WRONG" not in replay(todoku, "-c", config, blocked_log).stdout


# ---- whose routes ----

def test_another_relay_is_left_out_and_said_so(todoku, blocked_log, tmp_path):
    config = configure(tmp_path)
    _, decisions, routes = as_json(todoku, "-c", config, "--relay", "relay9", blocked_log)
    assert decisions == [] and routes["relay"] == "relay9" and routes["attempts"] == 0
    assert routes["attempts_elsewhere"] > 0
    text = replay(todoku, "-c", config, "--relay", "relay9", blocked_log).stdout
    assert "nothing was sent by a source of relay9; --relay says as which one to decide" in text


def test_without_sources_there_are_no_routes(todoku, blocked_log, tmp_path):
    notices, decisions, routes = as_json(todoku, blocked_log)
    assert notices and decisions == [] and routes is None
    assert "Routes of" not in replay(todoku, blocked_log).stdout


def test_hostile_replies_are_escaped(todoku, tmp_path):
    log = Log([])
    normal_traffic(log, START + 2 * HOUR)
    log.every(MINUTE, START + 2 * HOUR, START + 3 * HOUR, "docomo",
              reply=BLOCK + " \x1b[2J\x9b31m </script> %s%n \u202e")
    text = replay(todoku, "-c", configure(tmp_path), log.write(tmp_path / "mail.log")).stdout
    assert "detour" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


@pytest.mark.parametrize("arguments, text", [
    (["--mode", "automatic"], "--mode is observe, propose or auto"),
    (["--relay"], "--relay"),
])
def test_wrong_use(todoku, arguments, text):
    done = subprocess.run([todoku, "replay", *arguments], capture_output=True, text=True,
                          timeout=LIMIT, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert text in done.stderr
