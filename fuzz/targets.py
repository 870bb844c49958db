"""One function for each thing that strangers send.

Each takes any bytes. It may raise what it says that it refuses with; anything else is a fault of
ours, and so is one that takes seconds, or a statement that is not kept.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey
from pyroaring import BitMap64

from callguard.asterisk.agi import AGIError, AGIProtocol, State
from callguard.asterisk.answering import Answering
from callguard.asterisk.question import QuestionError
from callguard.blocklist.errors import FeedError
from callguard.blocklist.list_file import ListFile
from callguard.blocklist.live import LiveIndex
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.roaring import DAMAGED
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.store import ListStore
from callguard.calllog import record, segment
from callguard.contacts.contact import ContactFileError
from callguard.contacts.csv_file import read_csv
from callguard.contacts.vcard import read_vcards
from callguard.feed import chain
from callguard.feed.address import TLS, parse
from callguard.feed.batch import read_batch
from callguard.feed.reading import read_statement
from callguard.feed.snapshot import assemble, read_manifest
from callguard.feed.statement import Kind, sign
from callguard.feed.trusted_source import SourceKey, SourceTrust
from callguard.numbers import CallerID, classify
from callguard.portal.api.json_text import read_json
from callguard.portal.api.problem import Problem
from callguard.proxy.inquiry import read_inquiry
from callguard.screening import Call, Policy, screen

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
_YEAR = timedelta(days=365)
_KEY = OKPKey.import_key(
    {
        # Made for this file; it signs nothing else.
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": "fuzz",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    }
)
_TRUST = SourceTrust("tokyo", {"fuzz": SourceKey(_KEY, NOW - _YEAR, NOW + _YEAR)})
_EMPTY = NodeList(SourceList("tokyo"))


class _Policies:
    """Every line has agreed."""

    def policy(self, line: int | None) -> Policy:
        return Policy(consent=True, logged=True)


class _Hidden:
    def hash(self, number: object) -> bytes:
        return bytes(16)


_NO_LIST = LiveIndex(ListStore(Path("/nonexistent")))
_ANSWERING = Answering(_Policies(), _NO_LIST, _Hidden(), note=lambda _: None)  # type: ignore[arg-type]


def agi(data: bytes) -> None:
    """What Asterisk sends over FastAGI, in pieces of any size; and the question in it."""
    protocol = AGIProtocol()
    size = 1 + (data[0] if data else 0)
    for start in range(1, len(data), size):
        environment = protocol.receive_data(data[start : start + size])
        if environment is not None:
            answer = _ANSWERING.reply(environment.arguments(), NOW)
            if protocol.state is State.READY:
                protocol.command("EXEC", "MSet", answer.text)
    protocol.receive_eof()


def question(data: bytes) -> None:
    """The one AGI argument of a question."""
    answer = _ANSWERING.reply([data.decode("utf-8", "replace")], NOW)
    assert not set(answer.text) & set("\r\n\0"), "it would be two AGI commands"
    if answer.record is not None:
        record.read(answer.record)


def caller_id(data: bytes) -> None:
    """Caller ID headers, a line each: number, presentation, From, Privacy, P-Asserted-Identity."""
    lines = [line.decode("utf-8", "replace") for line in data.split(b"\n", 6)] + [""] * 5
    number, presentation, sender, privacy, *asserted = lines
    given = CallerID(number, presentation, sender, tuple(asserted), privacy)
    for abroad in (False, True):
        caller = classify(replace(given, abroad=abroad))
        verdict = screen(Call(caller), Policy(consent=True), _NO_LIST, NOW)
        kept = record.write(
            verdict,
            call_id="0" * 16,
            line=81422990000,
            at=NOW,
            defence=record.Defence.DAEMON,
            hidden=None,
        )
        record.read(kept)


def _object(data: bytes) -> dict[str, Any] | None:
    """Return the JSON object in *data*, if it is one that can be signed."""
    try:
        found = json.loads(data)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _signed(kind: Kind, content: dict[str, Any]) -> bytes:
    """Return a statement whose signature holds."""
    return sign(kind, {**content, "source": "tokyo"}, _KEY)


def statement(data: bytes) -> None:
    """An entry of a stream, from whoever can write to Redis."""
    read_statement(data, {"tokyo": _TRUST}, NOW)


def batch(data: bytes) -> None:
    """A batch that a source has signed."""
    content = _object(data)
    if content is None:
        return
    token = _signed(Kind.BATCH, content)
    read_batch(token, _TRUST, NOW)
    chain.apply_batch(_EMPTY, token, _TRUST, NOW)


def snapshot(data: bytes) -> None:
    """A snapshot that a source has signed: a line of terms, then a bitmap."""
    line, _, blob = data.partition(b"\n")
    terms = _object(line)
    if terms is None:
        return
    try:
        count = len(BitMap64.deserialize(blob)) if len(blob) < 100_000 else 0
    except (ValueError, IndexError):
        count = 1
    group = {
        **terms,
        "count": count,
        "bytes": len(blob),
        "sha256": hashlib.sha256(blob).hexdigest(),
    }
    content = {
        "format": 1,
        "sequence": 1,
        "issued": "2026-11-24T02:59:00.000Z",
        "expires": "2026-11-24T03:59:00.000Z",
        "head": "0" * 64,
        "set": "0" * 64,
        "groups": [group],
        "chunks": [hashlib.sha256(blob).hexdigest()],
    }
    manifest = read_manifest(_signed(Kind.SNAPSHOT, content), _TRUST, NOW)
    assemble(manifest, [blob])


def list_file(data: bytes) -> None:
    """A list on disk that has gone bad."""
    one = ListFile(memoryview(data))
    one.find(81422990000, NOW)
    one.load()


def journal(data: bytes) -> None:
    """A file of the journal after a power cut."""
    for one in segment.read(data)[0]:
        record.read(one)


def csv(data: bytes) -> None:
    """A family's CSV file of contacts."""
    read_csv(data)


def vcard(data: bytes) -> None:
    """A family's vCard file."""
    read_vcards(data)


def api(data: bytes) -> None:
    """The body of a request to the API, and of a proxy's question."""
    read_inquiry(data)
    read_json(data)


def address(data: bytes) -> None:
    """A Redis URL."""
    parse(data.decode("utf-8", "replace"), TLS())


@dataclass(frozen=True, slots=True)
class Target:
    """What is tried, and how it may refuse."""

    run: Callable[[bytes], None]
    refuses: tuple[type[Exception], ...] = ()


TARGETS: dict[str, Target] = {
    "agi": Target(agi, (AGIError, QuestionError)),
    "question": Target(question, (QuestionError,)),
    "caller-id": Target(caller_id),
    "statement": Target(statement, (FeedError,)),
    "batch": Target(batch, (FeedError,)),
    "snapshot": Target(snapshot, (FeedError,)),
    "list": Target(list_file, (FeedError, *DAMAGED)),
    "journal": Target(journal, (record.RecordError,)),
    "csv": Target(csv, (ContactFileError,)),
    "vcard": Target(vcard, (ContactFileError,)),
    "api": Target(api, (Problem,)),
    "address": Target(address, (FeedError,)),
}


def try_out(name: str, data: bytes) -> None:
    """Throw *data* at the target *name*.

    Raises:
        Exception: a fault of ours.

    """
    target = TARGETS[name]
    with contextlib.suppress(*target.refuses):
        target.run(data)
