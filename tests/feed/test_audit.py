"""The trail of what a node has taken in."""

from datetime import timedelta
from pathlib import Path

import pytest

from callguard.blocklist.errors import StoreError
from callguard.blocklist.listing import Category
from callguard.feed.audit import KEPT_MONTHS, AuditTrail
from callguard.feed.statement import Kind

from .node import full_disk
from .police import NOW, Source, add, number, remove, span

SOON = timedelta(milliseconds=120)


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    return AuditTrail(tmp_path / "audit")


def month(trail: AuditTrail, name: str = "2026-11") -> Path:
    return trail.folder / "tokyo" / f"{name}.jsonl"


def test_what_became_of_a_number_is_told_in_order(trail: AuditTrail) -> None:
    tokyo, later = Source(), NOW + timedelta(hours=1)
    trail.append("tokyo", [tokyo.signs(add(1, 2, evidence="A-17"))], NOW + SOON)
    trail.append("tokyo", [tokyo.signs(remove(1), at=later)], later + SOON)
    listed, retracted = trail.history(number(1))
    assert (listed.source, listed.sequence, listed.issued_at) == ("tokyo", 1, NOW)
    assert listed.received_at == NOW + SOON
    assert listed.terms is not None
    assert (listed.terms.category, listed.terms.evidence) == (Category.FAKE_POLICE, "A-17")
    assert (retracted.sequence, retracted.issued_at, retracted.terms) == (2, later, None)
    assert len(trail.history(number(2))) == 1
    assert trail.history(number(3)) == []


def test_a_range_counts_for_each_of_its_numbers(trail: AuditTrail) -> None:
    trail.append("tokyo", [Source().signs(add(span(1, 9)))], NOW)
    assert len(trail.history(number(5))) == 1


def test_the_sources_are_told_apart(trail: AuditTrail) -> None:
    for source in (Source(), Source("osaka")):
        trail.append(source.name, [source.signs(add(1))], NOW)
    assert [event.source for event in trail.history(number(1))] == ["osaka", "tokyo"]


def test_a_snapshot_is_noted(trail: AuditTrail) -> None:
    tokyo = Source()
    tokyo.signs(add(1))
    manifest, _ = tokyo.snapshot()
    trail.append("tokyo", [manifest], NOW)
    [entry] = trail.entries("tokyo")
    assert (entry.kind, entry.sequence, entry.operations) == (Kind.SNAPSHOT, 1, ())


def test_what_comes_again_is_written_once(trail: AuditTrail) -> None:
    token = Source().signs(add(1))
    trail.append("tokyo", [token], NOW)
    before = month(trail).read_bytes()
    trail.append("tokyo", [token], NOW + SOON)
    assert month(trail).read_bytes() == before


def test_a_source_may_begin_anew(trail: AuditTrail) -> None:
    for source in (Source(), Source()):
        trail.append("tokyo", [source.signs(add(1))], NOW)
    assert [event.sequence for event in trail.history(number(1))] == [1, 1]


def test_what_was_written_just_before_a_power_cut_is_told_once(trail: AuditTrail) -> None:
    token = Source().signs(add(1))
    for process in (trail, AuditTrail(trail.folder)):
        process.append("tokyo", [token], NOW)
    assert len(month(trail).read_bytes().splitlines()) == 2
    assert len(trail.history(number(1))) == 1


def test_half_a_line_spoils_no_other(trail: AuditTrail, caplog: pytest.LogCaptureFixture) -> None:
    tokyo = Source()
    trail.append("tokyo", [tokyo.signs(add(1))], NOW)
    with month(trail).open("ab") as file:
        file.write(b'{"received":"2026-')
    AuditTrail(trail.folder).append("tokyo", [tokyo.signs(remove(1))], NOW)
    assert len(trail.history(number(1))) == 2
    assert "2026-11.jsonl, line 2 is no statement" in caplog.text


def test_each_month_has_a_file_and_old_ones_go(trail: AuditTrail) -> None:
    tokyo = Source()
    for n in range(KEPT_MONTHS + 2):
        moment = NOW.replace(year=2026 + n // 12, month=1 + n % 12)
        trail.append("tokyo", [tokyo.signs(add(n), at=moment)], moment)
    kept = sorted(path.name for path in month(trail).parent.iterdir())
    assert (len(kept), kept[0], kept[-1]) == (KEPT_MONTHS, "2026-03.jsonl", "2028-02.jsonl")


def test_a_full_disk_leaves_no_half_of_a_line(trail: AuditTrail) -> None:
    tokyo = Source()
    tokens = [tokyo.signs(add(1)), tokyo.signs(add(2))]
    for token in tokens:
        with full_disk(), pytest.raises(StoreError, match="File too large"):
            trail.append("tokyo", [token], NOW)
        trail.append("tokyo", [token], NOW)
    assert len(month(trail).read_bytes().splitlines()) == 2
    assert [entry.sequence for entry in trail.entries("tokyo")] == [1, 2]


def test_a_trail_that_cannot_be_written_is_told(trail: AuditTrail) -> None:
    trail.folder.write_text("a file")
    with pytest.raises(StoreError, match="the audit trail of tokyo cannot be written"):
        trail.append("tokyo", [Source().signs(add(1))], NOW)


def test_a_node_without_a_trail_knows_no_history(trail: AuditTrail) -> None:
    assert trail.history(number(1)) == []
    assert list(trail.entries("tokyo")) == []
