"""The files for Prometheus and Grafana, and that the runbook knows every alert."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from .portal.test_metrics import families

ROOT = Path(__file__).resolve().parents[1]
FILES = ROOT / "deploy" / "monitoring"
RUNBOOK = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
RULES = (FILES / "alerts.yml").read_text(encoding="utf-8")
EDGE_FIGURES = set(
    re.findall(
        r'"name=(callguard_edge_\w+);',
        (ROOT / "asterisk-config" / "kamailio" / "figures.cfg").read_text(encoding="utf-8"),
    )
)
ALERTS = re.findall(r"- alert: (\w+)", RULES)


def names() -> set[str]:
    """Every series that a node or an edge gives."""
    return {sample.name for family in families() for sample in family.samples} | EDGE_FIGURES


@pytest.mark.parametrize("file", ["alerts.yml", "dashboard.json"])
def test_what_is_watched_is_there(file: str) -> None:
    watched = set(re.findall(r"callguard_\w+", (FILES / file).read_text(encoding="utf-8")))
    assert watched
    assert watched <= names()


def test_the_page_documents_every_figure_of_an_edge() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    table = page.partition("<!-- edge metrics -->")[2].partition("<!-- /edge metrics -->")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == EDGE_FIGURES


def test_every_alert_has_its_section_in_the_runbook() -> None:
    sections = re.findall(r"^### (Callguard\w+)$", RUNBOOK, re.MULTILINE)
    assert sections == ALERTS


def test_every_alert_says_how_urgent_it_is() -> None:
    assert len(re.findall(r"severity: (?:page|ticket)}", RULES)) == len(ALERTS)


def test_every_panel_of_the_dashboard_asks_something() -> None:
    dashboard = json.loads((FILES / "dashboard.json").read_text(encoding="utf-8"))
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len({panel["title"] for panel in panels}) == len(panels)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    for panel in panels:
        assert all(target["expr"] for target in panel["targets"])


def test_prometheus_understands_the_rules_and_they_do_as_they_should() -> None:
    promtool = ROOT / ".cache" / "promtool"
    for words in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]):
        ran = subprocess.run(
            [promtool, *words], cwd=FILES, capture_output=True, text=True, timeout=60, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
