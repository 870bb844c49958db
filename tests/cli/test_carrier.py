"""``callguard carrier``: nodes and edges rendered from one file, nodes added and drained."""

import subprocess
from pathlib import Path

import pytest

from callguard.carrier.node_list import NodeList

from .conftest import Run

EXCHANGE = """
edges = ["127.0.0.1:5060"]
mark_secret_file = "{folder}/mark.secret"

[[ingress]]
name = "tokyo"
match = ["192.0.2.64/28"]

[[ingress]]
name = "abroad"
match = ["192.0.2.80"]
abroad = true

[[egress]]
name = "tokyo"
contact = "192.0.2.65:5060"
"""


@pytest.fixture
def exchange(tmp_path: Path) -> Path:
    (tmp_path / "mark.secret").write_text("0123456789abcdef")
    (tmp_path / "mark.secret").chmod(0o600)
    path = tmp_path / "exchange.toml"
    path.write_text(EXCHANGE.replace("{folder}", str(tmp_path)))
    return path


def test_an_edge_is_rendered_so_that_kamailio_takes_it(
    run: Run, exchange: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "edge"
    done = run(
        *("carrier", "render", "edge", "--exchange", str(exchange)),
        *("--listen", "127.0.0.1:5060", "--out", str(folder)),
    )
    assert f"kamailio -DD -E -f {folder}/kamailio.cfg" in done.out
    assert "2 192.0.2.80 32 0 abroad" in (folder / "trunks.list").read_text()
    checked = subprocess.run(
        ["kamailio", "-c", "-f", str(folder / "kamailio.cfg")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    again = run(
        *("carrier", "render", "edge", "--exchange", str(exchange), "--diff"),
        *("--listen", "127.0.0.1:5060", "--out", str(folder)),
    )
    assert again.out.strip() == "nothing would change"


def test_a_node_is_rendered_with_its_trunks_behind_the_edges(
    run: Run, exchange: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLGUARD_AMI_SECRET", "0123456789abcdef")
    words = ("carrier", "render", "node", "--exchange", str(exchange), "--out", str(tmp_path / "a"))
    done = run(*words, "--bind", "192.0.2.11:5060")
    assert done.status == 0, done.err
    pjsip = (tmp_path / "a" / "etc" / "site" / "pjsip.conf").read_text()
    assert "[edge](edge)" in pjsip
    assert "bind=192.0.2.11:5060" in pjsip
    assert "ingress-tokyo" not in pjsip  # only an edge knows which trunk a call has come by
    edited = tmp_path / "a" / "etc" / "site" / "globals.conf"
    edited.write_text(f"{edited.read_text()}; mine\n")
    assert "globals.conf" in run(*words, "--bind", "192.0.2.11:5060").error
    assert "written over" in run(*words, "--bind", "192.0.2.11:5060", "--force").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("edge", "--listen", "127.0.0.9:5060"), "no such edge"),
        (("node", "--bind", "node.example.jp"), "not an IPv4 address"),
        (("node", "--bind", "192.0.2.11:5060", "--rtp", "9-10"), "such as 20000-29999"),
    ],
)
def test_what_cannot_be_rendered_is_told_in_one_line(
    run: Run, exchange: Path, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    common = ("--exchange", str(exchange), "--out", str(tmp_path / "b"))
    assert told in run("carrier", "render", words[0], *common, *words[1:]).error
    assert not (tmp_path / "b").exists()


def test_nodes_are_said_to_an_edge_that_runs_only(run: Run, exchange: Path, tmp_path: Path) -> None:
    folder = tmp_path / "edge"
    edge = ("--edge", str(folder))
    assert "folder of an edge" in run("carrier", "node", "drain", "node-1", *edge).error
    run(
        *("carrier", "render", "edge", "--exchange", str(exchange)),
        *("--listen", "127.0.0.1:5060", "--out", str(folder)),
    )
    add = ("carrier", "node", "add", "node-1", "--sip", "192.0.2.11:5060", *edge)
    assert "takes no orders" in run(*add).error
    # All the same it is on the list, which counts once the edge starts.
    assert [node.name for node in NodeList(folder / "nodes.list").nodes] == ["node-1"]
