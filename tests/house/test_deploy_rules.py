"""What deploy/ tells Prometheus and Grafana names only what there is."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from bridge.alarms import LASTS
from bridge.metrics import names

METRIC = re.compile(r"\b(?:regionbus|process)_[a-z_]+")
LABELS = re.compile(r"\b((?:regionbus|process)_[a-z_]+)\{([^}]*)\}|(?:by|on|without) \(([^)]*)\)")
OUTSIDE = {"instance", "job", "le"}
"""Labels that Prometheus puts beside ours."""


@pytest.fixture
def rules(root):
    (group,) = yaml.safe_load((root / "deploy/prometheus/rules.yml").read_text("utf-8"))["groups"]
    return group["rules"]


@pytest.fixture
def dashboard(root):
    return json.loads((root / "deploy/grafana/dashboard.json").read_text("utf-8"))


def base(name):
    return re.sub("_(bucket|count|sum)$", "", name)


def unknown(expr):
    """The metrics and labels of an expression that no hub has."""
    named = {base(name) for name in METRIC.findall(expr)}
    labels = {label for name in named if name in names() for label in names()[name].labels} | OUTSIDE
    asked = {word for _, inner, by in LABELS.findall(expr) for word in re.findall(r"[a-z_]+(?==)", inner) + re.findall("[a-z_]+", by)}
    return (named - names().keys()) | (asked - labels if named else set())


def checked(root, folder, rules):
    program = shutil.which("promtool")
    assert program, "promtool is not installed: run 'make servers'"
    file = folder / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "x", "rules": rules}]}))
    return subprocess.run([program, "check", "rules", str(file)], capture_output=True, text=True, check=False)


def test_prometheus_reads_every_rule_and_every_panel(root, tmp_path, rules, dashboard):
    exprs = [target["expr"].replace('"$hub"', '".*"') for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(exprs) > 25
    panels = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(exprs)]
    found = checked(root, tmp_path, [*rules, *panels])
    assert found.returncode == 0, found.stderr
    assert checked(root, tmp_path, [{"record": "x", "expr": "sum by ("}]).returncode == 1


def test_rules_and_panels_name_only_metrics_and_labels_of_the_table(rules, dashboard):
    exprs = [rule["expr"] for rule in rules] + [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert [(expr, found) for expr in exprs if (found := unknown(expr))] == []
    assert unknown("regionbus_link_upp == 0") == {"regionbus_link_upp"}
    assert unknown('regionbus_link_up{message_id="x"}') == {"message_id"}


def test_every_alert_says_in_both_languages_what_to_do(rules):
    alerts = [rule for rule in rules if "alert" in rule]
    assert len(alerts) == len(LASTS) + 1  # a hub that is away cannot say so itself
    for alert in alerts:
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert any("\u4e00" <= char <= "\u9fff" for char in alert["annotations"]["summary_zh"])
        named = set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"]))
        assert named == set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary_zh"]))


def test_every_metric_of_a_hub_is_seen_by_a_rule_or_a_panel(rules, dashboard):
    words = " ".join([rule["expr"] for rule in rules] + [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]])
    used = {base(name) for name in METRIC.findall(words)}
    assert {name for name in names() if name.startswith("regionbus_")} - used == {"regionbus_build_info"}


def test_no_two_panels_lie_on_one_another(dashboard):
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    cells = [(x, y) for each in places for x in range(each["x"], each["x"] + each["w"]) for y in range(each["y"], each["y"] + each["h"])]
    assert len(cells) == len(set(cells))
    assert all(each["x"] + each["w"] <= 24 for each in places)
