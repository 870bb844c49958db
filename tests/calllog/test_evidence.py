"""Archives of evidence: what is in them, who may believe them, what is no archive."""

import csv
import io
import json
import stat
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.calllog.errors import EvidenceError, NoSuchCall
from callguard.calllog.evidence import MAX_RECORDINGS, Archive, Evidence, verify
from callguard.calllog.signing import key_name, node_key
from callguard.database import Database
from callguard.delimited import guarded
from callguard.households.models import ListedNumber

from .conftest import CALLER, DAUGHTER, NOW, Home, verdict

BASIS = "警察署の照会 令和8年第1号"
DAY = timedelta(days=1)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "evidence.key.json"


@pytest.fixture
def evidence(database: Database, key: Path) -> Evidence:
    return Evidence(database, key)


@pytest.fixture
def archive(evidence: Evidence, home: Home, database: Database) -> Archive:
    """Two calls, from a number whose name in the household would be a formula."""
    with database.transaction() as session:
        session.add(
            ListedNumber(
                household_id=home.id,
                number=CALLER,
                allowed=False,
                name='=HYPERLINK("http://a.invalid")',
                confirmed_at=NOW,
            )
        )
    home.called(outcome="answered", seconds=62, ended_at=NOW)
    home.called(verdict(None), at=NOW - timedelta(minutes=1), outcome="refused", hidden=b"\7" * 32)
    return evidence.export(
        home.id, since=NOW - DAY, until=NOW + DAY, basis=BASIS, by=DAUGHTER, now=NOW
    )


def unpacked(archive: Archive) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive.content)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return content.getvalue()


def test_an_archive_says_who_exported_what_when_and_why(archive: Archive, key: Path) -> None:
    found = verify(archive.content)
    assert (found.exported_by, found.basis, found.calls) == ("娘", BASIS, 2)
    assert (found.line, found.exported_at) == ("0422-99-0000", NOW.isoformat())
    assert found.since == (NOW - DAY).isoformat()
    assert found.key_name == archive.key_name == key_name(key)
    assert archive.name == "callguard-20261124-120000.zip"


def test_its_calls_are_those_of_the_log(archive: Archive, home: Home) -> None:
    calls = json.loads(unpacked(archive)["calls.json"])
    assert [call["call_id"] for call in calls] == [call.call_id for call in home.calls()]
    assert calls[0]["outcome"] == "answered"
    assert calls[1]["caller"] == {"origin": "withheld"}
    assert "0707" not in json.dumps(calls)  # the hash of a withheld number is not handed out


def test_its_spreadsheet_holds_no_formula(archive: Archive) -> None:
    text = unpacked(archive)["calls.csv"].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["number"] == "0422-99-0199"
    assert rows[0]["name"] == '\'=HYPERLINK("http://a.invalid")'
    assert rows[0]["at"] == "2026-11-24T12:00:00+09:00"
    assert rows[1]["number"] == ""


@given(st.text(max_size=20))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert guarded(text).removeprefix("'") == text.removeprefix("'") or text.startswith("'")


def test_the_trail_tells_of_the_export(archive: Archive, home: Home) -> None:
    [(what, detail)] = home.trail()
    assert what == "export-evidence"
    assert (detail["calls"], detail["basis"]) == (2, BASIS)


def test_one_call_can_be_exported(evidence: Evidence, home: Home) -> None:
    call_id = home.called()
    home.called()
    archive = evidence.export(home.id, call_id=call_id, basis=BASIS, by=DAUGHTER, now=NOW)
    [call] = json.loads(unpacked(archive)["calls.json"])
    assert call["call_id"] == call_id


def test_without_a_basis_nothing_is_exported(evidence: Evidence, home: Home) -> None:
    call_id = home.called()
    for basis in ("", "   ", "abc", "x" * 501, "a basis\0", "a basis \ud800"):
        with pytest.raises(EvidenceError, match="the basis of the export is missing"):
            evidence.export(home.id, call_id=call_id, basis=basis, by=DAUGHTER, now=NOW)
    assert home.trail() == []


def test_nothing_to_export(evidence: Evidence, home: Home, neighbour: Home) -> None:
    theirs = neighbour.called()
    with pytest.raises(NoSuchCall):
        evidence.export(home.id, call_id=theirs, basis=BASIS, by=DAUGHTER, now=NOW)
    with pytest.raises(EvidenceError, match="no call in this period"):
        evidence.export(
            home.id, since=NOW - DAY, until=NOW + DAY, basis=BASIS, by=DAUGHTER, now=NOW
        )
    with pytest.raises(EvidenceError, match="name one call, or the first and last day"):
        evidence.export(home.id, basis=BASIS, by=DAUGHTER, now=NOW)
    assert home.trail() == []


def test_too_many_calls(evidence: Evidence, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callguard.calllog.evidence.MAX_CALLS", 200)
    for _ in range(201):
        home.called()
    with pytest.raises(EvidenceError, match="export shorter ones"):
        evidence.export(
            home.id, since=NOW - DAY, until=NOW + DAY, basis=BASIS, by=DAUGHTER, now=NOW
        )


def test_a_key_that_cannot_be_used_exports_nothing(
    evidence: Evidence, home: Home, key: Path
) -> None:
    call_id = home.called()
    for content in ("nonsense", "{}", '{"kty":"OKP","crv":"Ed25519","x":"AA"}'):
        key.write_text(content)
        with pytest.raises(EvidenceError, match="is not the"):
            evidence.export(home.id, call_id=call_id, basis=BASIS, by=DAUGHTER, now=NOW)
    assert home.trail() == []


@pytest.mark.database("sqlite")
class TestForgery:
    def test_any_file_that_was_changed_is_named(self, archive: Archive) -> None:
        files = unpacked(archive)
        for name in ("calls.json", "calls.csv"):
            with pytest.raises(EvidenceError, match=f"{name} has been changed"):
                verify(packed({**files, name: files[name].replace(b"answered", b"refused!")}))
        with pytest.raises(EvidenceError, match=r"MANIFEST\.json is not the manifest"):
            verify(packed({**files, "MANIFEST.json": b"{}"}))

    def test_a_manifest_that_the_key_did_not_sign(self, archive: Archive, tmp_path: Path) -> None:
        files = unpacked(archive)
        other = node_key(tmp_path / "other.json")
        forged = json.dumps({**other.as_dict(private=False), "kid": other.kid}).encode()
        with pytest.raises(EvidenceError, match="the signature does not hold"):
            verify(packed({**files, "KEY.json": forged}))

    def test_a_forgers_own_key_is_seen_by_its_name(
        self, archive: Archive, evidence: Evidence, home: Home, database: Database, tmp_path: Path
    ) -> None:
        forger = Evidence(database, tmp_path / "forger.json")
        call_id = home.calls()[0].call_id
        forged = forger.export(home.id, call_id=call_id, basis=BASIS, by=DAUGHTER, now=NOW)
        assert verify(forged.content).key_name != archive.key_name

    def test_a_key_that_goes_by_anothers_name(self, archive: Archive) -> None:
        files = unpacked(archive)
        key = {**json.loads(files["KEY.json"]), "kid": "x"}
        with pytest.raises(EvidenceError, match="does not have the name"):
            verify(packed({**files, "KEY.json": json.dumps(key).encode()}))

    @pytest.mark.parametrize(
        "name", ["KEY.json", "MANIFEST.json", "MANIFEST.jws", "calls.json", "calls.csv"]
    )
    def test_a_file_that_is_missing_is_named(self, archive: Archive, name: str) -> None:
        files = unpacked(archive)
        del files[name]
        with pytest.raises(EvidenceError, match=f"it has no {name}"):
            verify(packed(files))

    @pytest.mark.parametrize("damage", [lambda data: data[:100], lambda data: data + b"x", bytes])
    def test_no_damage_goes_unnoticed(
        self, archive: Archive, damage: Callable[[bytes], bytes]
    ) -> None:
        files = unpacked(archive)
        for name in files:
            broken = {**files, name: damage(files[name]) if damage is not bytes else b""}
            with pytest.raises(EvidenceError):
                verify(packed(broken))


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\5\6" + b"\0" * 18, b"x" * 1000])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(EvidenceError, match="this is no archive of evidence"):
        verify(content)


def test_an_archive_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callguard.calllog.evidence.MAX_ARCHIVE", 1000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("calls.json", b"0" * 1_000_000)
    with pytest.raises(EvidenceError, match="too large"):
        verify(bomb.getvalue())
    many = packed({str(number): b"" for number in range(17 + MAX_RECORDINGS)})
    with pytest.raises(EvidenceError, match="too many files"):
        verify(many)


def test_the_nodes_key_is_its_owners(key: Path) -> None:
    with pytest.raises(EvidenceError, match="this node has signed nothing"):
        key_name(key)
    made = node_key(key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert node_key(key).kid == made.kid == key_name(key)
