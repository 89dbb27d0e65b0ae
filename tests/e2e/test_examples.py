# SPDX-License-Identifier: Apache-2.0
"""Alert rules and dashboard of examples/: their form, their metrics, and alerts that do come."""

import json
import re
import shutil
import subprocess

import pytest

from promtool import promtool

# What /metrics has: name, labels. `instance` is Prometheus' own.
METRICS = {
    "todoku_log_lines_total": "source",
    "todoku_log_unread_lines_total": "program",
    "todoku_log_behind_bytes": "source",
    "todoku_syslog_lost_total": "source reason",
    "todoku_left_out_total": "table",
    "todoku_attempts_total": "relay source provider result",
    "todoku_outcomes_total": "provider outcome",
    "todoku_replies_total": "provider class",
    "todoku_delivery_latency_seconds_bucket": "provider le",
    "todoku_delivery_latency_seconds_sum": "provider",
    "todoku_delivery_latency_seconds_count": "provider",
    "todoku_messages_open": "",
    "todoku_recipients_waiting": "",
    "todoku_queue_oldest_seconds": "",
    "todoku_error_budget_used_ratio": "objective relay source group",
    "todoku_incidents_open": "kind severity",
    "todoku_incidents_silenced": "kind severity",
    "todoku_silences_active": "",
    "todoku_notices_total": "transition",
    "todoku_notifier_pending": "notifier",
    "todoku_notifier_sent_total": "notifier",
    "todoku_notifier_failures_total": "notifier",
    "todoku_notifier_state": "notifier",
    "todoku_slack_requests_total": "result",
    "todoku_history_rows_total": "",
    "todoku_history_queue_rows": "",
    "todoku_history_spool_bytes": "",
    "todoku_history_file_bytes": "",
    "todoku_history_trouble": "",
    "todoku_route_overrides": "kind state",
    "todoku_route_paths": "stage",
    "todoku_route_decisions_total": "action",
    "todoku_route_failures_total": "what",
    "todoku_route_table_rows": "",
    "todoku_route_tables_behind": "",
    "todoku_route_released_total": "",
    "todoku_route_reloads_total": "",
    "todoku_route_questions_total": "answer",
    "todoku_route_questions_trouble": "",
    "todoku_source_fault": "source",
    "todoku_policy_requests_total": "stage",
    "todoku_policy_answers_total": "result",
    "todoku_policy_bad_requests_total": "",
    "todoku_policy_connections": "",
    "todoku_policy_keys": "",
    "todoku_policy_trouble": "",
    "todoku_logins_total": "protocol method result",
    "todoku_logins_cached_total": "",
    "todoku_auth_bad_requests_total": "",
    "todoku_auth_connections": "",
    "todoku_auth_waiting": "",
    "todoku_auth_trouble": "",
    "todoku_guesses_shared_total": "way",
    "todoku_guesses_shared_trouble": "",
    "todoku_mailbox_server_up": "server protocol",
    "todoku_quota_answers_total": "stage result",
    "todoku_quota_without_size_total": "",
    "todoku_quota_cached_total": "",
    "todoku_quota_bad_requests_total": "",
    "todoku_quota_connections": "",
    "todoku_quota_mailboxes_over": "state",
    "todoku_quota_trouble": "",
    "todoku_quota_server_answers_total": "server answer",
    "todoku_quota_server_up": "server",
    "todoku_quota_server_delay_seconds": "server",
    "todoku_quota_server_connections": "server",
    "todoku_session_kicks_total": "result",
    "todoku_policy_doubts": "event",
    "todoku_limit_counts_trouble": "",
    "todoku_limit_counts_behind_seconds": "",
    "todoku_limit_counts_bytes": "",
    "todoku_policy_shared_questions_total": "",
    "todoku_policy_shared_alone_total": "",
    "todoku_policy_shared_owed": "",
    "todoku_policy_shared_relays": "",
    "todoku_policy_shared_trouble": "",
    "todoku_account_rulings_total": "way",
    "todoku_account_rulings_unheard": "",
    "todoku_account_rulings_trouble": "",
    "todoku_limit_reached_total": "limit",
    "todoku_limit_shadowed_total": "limit",
    "todoku_limit_given_back_total": "",
    "todoku_account_flag_acted_total": "flag",
    "todoku_account_flags": "flag",
    "todoku_account_state_trouble": "",
    "todoku_account_verdicts_total": "step",
    "todoku_dns_answers_total": "result",
    "todoku_dns_silent": "",
    "todoku_accounts": "kind",
    "todoku_accounts_trouble": "",
    "todoku_countries_trouble": "",
    "todoku_config_last_reload_successful": "",
    "todoku_config_last_reload_success_timestamp_seconds": "",
    "todoku_process_resident_memory_bytes": "",
    "todoku_process_cpu_seconds_total": "",
    "todoku_process_open_fds": "",
    "todoku_http_connections": "",
    "todoku_http_connections_accepted_total": "",
    "todoku_http_connections_refused_total": "",
    "todoku_http_connections_gave_way_total": "",
    "todoku_http_timeouts_total": "",
    "todoku_http_responses_total": "status",
    "todoku_build_info": "version",
}
SELECTOR = re.compile(r"(?<![\w:/.])(todoku_\w+)(?:\{([^}]*)\})?")
LABEL = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
GROUPED = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")
MACROS = {"$__rate_interval": "5m", "$__range": "6h", "$instance": ".*", "$provider": ".*"}
GRID_COLUMNS = 24


@pytest.fixture(scope="module")
def rules(root):
    return (root / "examples" / "prometheus-rules.yml").read_text("utf-8")


@pytest.fixture(scope="module")
def dashboard(root):
    return json.loads((root / "examples" / "grafana-dashboard.json").read_text("utf-8"))


def panel_queries(dashboard):
    return [(panel, target["expr"], target["legendFormat"]) for panel in dashboard["panels"]
            for target in panel.get("targets", [])]


def queries(dashboard, rules):
    """Every PromQL expression of both files."""
    yield from (query for _, query, _ in panel_queries(dashboard))
    yield from re.findall(r"^ +expr: (.+)$", rules, re.MULTILINE)
    for variable in dashboard["templating"]["list"]:
        yield variable.get("definition", "")
    yield from (note["expr"] for note in dashboard["annotations"]["list"])


def faults_of_query(query):
    known = {"instance"}
    for name, selector in SELECTOR.findall(query):
        if name not in METRICS:
            yield f"{name} is no metric"
            continue
        labels = {"instance", *METRICS[name].split()}
        known |= labels
        for label in LABEL.findall(selector):
            if label not in labels:
                yield f"{name} has no label {label}"
    for group in GROUPED.findall(query):
        for label in group.replace(",", " ").split():
            if label not in known:
                yield f"by ({label}): no metric of the query has it"


def test_queries_name_what_is_there(dashboard, rules):
    found = list(queries(dashboard, rules))
    assert len(found) > 40
    assert [fault for query in found for fault in faults_of_query(query)] == []


@pytest.mark.parametrize("query, fault", [
    ("rate(todoku_lines_total[5m])", "todoku_lines_total is no metric"),
    ('todoku_notifier_state{login="a"}', "todoku_notifier_state has no label login"),
    ("sum by (class) (todoku_messages_open)", "by (class): no metric of the query has it"),
])
def test_wrong_names_are_found(query, fault):
    assert list(faults_of_query(query)) == [fault]


def test_the_daemon_has_these_metrics(root):
    places = [root / "src" / "app" / "daemon_metrics.h", root / "src" / "io" / "http_numbers.c"]
    written = {name for place in places for name in re.findall(r'"(todoku_\w+)"', place.read_text("utf-8"))}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in METRICS} == written


def test_every_metric_is_explained(root):
    """In docs/guide/metrics.md, with its labels; and nothing else is."""
    rows = re.findall(r"^\| `(todoku_\w+)` \| ([\w, ]*) \|", (root / "docs/guide/metrics.md").read_text("utf-8"), re.M)
    buckets = {name.removesuffix("_bucket"): labels.replace(" le", "") for name, labels in METRICS.items()
               if not name.endswith(("_sum", "_count"))}
    assert {name: labels.replace(",", "") for name, labels in rows} == buckets


def test_every_metric_is_used(dashboard, rules):
    text = "\n".join(queries(dashboard, rules))
    missing = [name for name in METRICS if name not in text and not name.endswith("_sum")]
    assert missing == []


def test_rules_fire_and_keep_quiet(root, tmp_path):
    judge = promtool(root)
    shutil.copy(root / "examples" / "prometheus-rules.yml", tmp_path)
    shutil.copy(root / "tests" / "e2e" / "prometheus_rules_test.yml", tmp_path)
    for words in (["check", "rules", "prometheus-rules.yml"],
                  ["test", "rules", "prometheus_rules_test.yml"]):
        done = subprocess.run([judge, *words], cwd=tmp_path, capture_output=True, text=True,
                              check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr


def test_dashboard_speaks_promql(root, dashboard, tmp_path):
    lines = ["groups:", "- name: dashboard", "  rules:"]
    for number, (_, query, _) in enumerate(panel_queries(dashboard)):
        for macro, value in MACROS.items():
            query = query.replace(macro, value)
        lines.append(f"  - {{record: 'panel:{number}', expr: {json.dumps(query)}}}")
    file = tmp_path / "dashboard.yml"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    done = subprocess.run([promtool(root), "check", "rules", file], capture_output=True, text=True,
                          check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_panels_lie_side_by_side(dashboard):
    taken, ids = {}, set()
    for panel in dashboard["panels"]:
        assert panel["id"] not in ids
        ids.add(panel["id"])
        grid = panel["gridPos"]
        assert 0 <= grid["x"] and grid["x"] + grid["w"] <= GRID_COLUMNS
        for x in range(grid["x"], grid["x"] + grid["w"]):
            for y in range(grid["y"], grid["y"] + grid["h"]):
                assert (x, y) not in taken, (panel["title"], taken.get((x, y)))
                taken[x, y] = panel["title"]


def test_legends_name_labels_that_the_query_keeps(dashboard):
    for panel, query, legend in panel_queries(dashboard):
        kept = {label for group in GROUPED.findall(query) for label in re.findall(r"\w+", group)}
        plain = not re.search(r"\b(sum|max|min|topk|histogram_quantile)\b", query)
        for label in re.findall(r"\{\{(\w+)\}\}", legend):
            assert label in kept or (plain and label == "instance"), (panel["title"], legend)


def test_alerts_lead_to_runbooks(root, rules):
    kinds = set(re.findall(r"https://todoku\.example\.jp/runbooks/(\S+)$", rules, re.MULTILINE))
    named = {kind for kind in kinds if "{{" not in kind}
    assert len(named) >= 5
    assert [kind for kind in named
            if not (root / "docs" / "runbooks" / f"{kind}.md").exists()] == []
