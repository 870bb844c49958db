"""``callguard check``: every caller ID of the field, explained without a call."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import Add
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.store import ListStore
from callguard.database import Database
from callguard.households.lists import Lists
from callguard.households.registry import Registry
from callguard.trail import COMMAND_LINE

from .conftest import LINE, Ran, Run

ANONYMOUS = "<sip:anonymous@anonymous.invalid>"
Check = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a household that is screened, made once."""
    folder = tmp_path_factory.mktemp("screened")
    database = Database(f"sqlite:///{folder / 'households.db'}")
    now = datetime.now(UTC)
    by = COMMAND_LINE
    home = Registry(database).add(LINE, "home", consent_by="subscriber", by=by, now=now)
    lists = Lists(database)
    lists.put(home.id, 81422990001, allowed=True, name="daughter", by=by, now=now)
    lists.put(home.id, 81422990009, allowed=False, by=by, now=now)
    database.close()
    return folder


@pytest.fixture
def explain(run: Run, screened: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Explain a call to that household."""
    monkeypatch.setenv("CALLGUARD_DATA", str(screened))

    def explain(*arguments: str) -> Ran:
        return run("check", "--to", LINE, *arguments)

    return explain


@pytest.fixture
def check(explain: Run) -> Check:
    """Explain it as JSON."""

    def check(*arguments: str) -> dict[str, Any]:
        ran = explain(*arguments, "--json")
        assert (ran.status, ran.err) == (0, "")
        found = json.loads(ran.out)
        assert set(found) == {"action", "reason", "caller", "evidence"}
        assert isinstance(found, dict)
        return found

    return check


# The numbering plan, and how overseas calls show (japan.md, section 1).

NUMBERS = {
    "warn unlisted": (
        "0422990005",
        "0422-99-0005",
        "０４２２－９９－０００５",
        "+81422990005",
        "+810422990005",
        "+81 (0)422 99 0005",
        "tel:+81422990005",
        "sip:0422990005@trunk.invalid",
        "sip:0422990005;isub=12@trunk.invalid",
        "%2B81422990005",
        "0332000000",
        "05012345678",
        "06012345678",
        "07012345678",
        "08012345678",
        "09012345678",
        "0120123456",
        "08001234567",
        "0170123456",
        "0180123456",
        "0570123456",
        "0990123456",
        "0910123456",
        "06001234567",
        "02012345678",
        "02001234567890",
        "02041234567",
        "0422990110",
    ),
    "warn protected-number": ("110", "118", "119"),
    "connect household-allow": ("0422990001", "+81422990001", "0422-99-0001"),
    "reject household-block": ("0422990009", "+81422990009"),
    "reject overseas": (
        "+12025550123",
        "tel:+12025550123",
        "+2952570110",
        "+8014190110",
        "+9912570110",
        "+4222570110",
        "+8042570110",
        "010442071234567",
        "0012025550123",
        "0033142685300",
        "0061312345678",
        "00442071234567",
        "0033010442071234567",
        "12025550123",
        "18301234567",
        "+80012345678",
        "＋１２０２５５５０１２３",
    ),
    "reject malformed": (
        "03-1234-5678",
        "+810312345678",
        "+81 (0)3 1234 5678",
        "05001234567",
        "07001234567",
        "09001234567",
        "0901234567",
        "042299000",
        "81312345678",
        "+0312345678",
        "+0",
        "00330422990000",
        "1840422990005",
        "1860422990005",
        "104",
        "117",
        "171",
        "188",
        "189",
        "#9110",
        "#7119",
        "#8000",
        "%239110",
        "7",
        "9" * 10_000,
        "police",
        "${SHELL(id)}",
        'a"b,c;d',
        "\udcff",
    ),
    "reject withheld": ("anonymous", "Anonymous", "restricted", "private"),
    "reject unavailable": ("", "unknown", "unavailable"),
}


@pytest.mark.parametrize(
    ("number", "expected"),
    [(number, expected) for expected, numbers in NUMBERS.items() for number in numbers],
)
def test_every_number_of_the_field(check: Check, number: str, expected: str) -> None:
    found = check("--from", number)
    assert f"{found['action']} {found['reason']}" == expected


# Withheld caller IDs, as Asterisk 22 hands them over (japan.md, section 2).

HEADERS = {
    "P": (("From", f'"Anonymous" {ANONYMOUS}'), "reject withheld"),
    "C": (("From", f'"Coin line/payphone" {ANONYMOUS}'), "warn payphone"),
    "O": (("From", f'"Unavailable" {ANONYMOUS}'), "reject unavailable"),
    "S": (("From", f'"Interaction with other service" {ANONYMOUS}'), "reject unavailable"),
    "bare": (("From", ANONYMOUS), "reject withheld"),
    "a name": (("From", '"Anonymous Foods" <sip:0422990005@trunk.invalid>'), "warn unlisted"),
    "a number": (("From", "<sip:0422990005@trunk.invalid>"), "warn unlisted"),
    "overseas": (("P-Asserted-Identity", "<tel:+12025550123>"), "reject overseas"),
    "payphone in quotes": (
        ("From", f'"Coin line/payphone {ANONYMOUS}" <sip:+12025550123@trunk.invalid>'),
        "reject overseas",
    ),
}


@pytest.mark.parametrize(("header", "expected"), HEADERS.values(), ids=HEADERS)
def test_every_header_of_the_field(check: Check, header: tuple[str, str], expected: str) -> None:
    found = check("--header", ": ".join(header))
    assert f"{found['action']} {found['reason']}" == expected


@pytest.mark.parametrize(
    ("display", "expected"),
    [
        ('"Anonymous" ', "reject withheld"),
        ('"Coin line/payphone" ', "warn payphone"),
        ('"Unavailable" ', "reject unavailable"),
        ("", "reject withheld"),
    ],
)
@pytest.mark.parametrize("presentation", ["allowed_not_screened", "prohib_not_screened"])
def test_a_disclosed_number_is_never_shown(
    explain: Run, display: str, expected: str, presentation: str
) -> None:
    call = (
        *("--presentation", presentation),
        *("--header", f"From: {display}{ANONYMOUS}"),
        *("--header", "P-Asserted-Identity: <sip:0422990001@trunk.invalid>"),
        *("--header", "privacy:id"),
    )
    found = json.loads(explain(*call, "--json").out)
    assert f"{found['action']} {found['reason']}" == expected
    for ran in (explain(*call), explain(*call, "--json"), explain("--from", "0422990001", *call)):
        assert ran.status == 0
        assert "0001" not in ran.out + ran.err


def test_the_presentation_alone_withholds(check: Check) -> None:
    found = check("--from", "0422990005", "--presentation", "prohib_not_screened")
    assert found == {
        "action": "reject",
        "reason": "withheld",
        "caller": {"origin": "withheld"},
        "evidence": {},
    }


def test_the_networks_word_comes_before_the_callers(check: Check) -> None:
    found = check(
        *("--header", "From: <sip:0422990005@trunk.invalid>"),
        *("--header", "P-Asserted-Identity: <sip:0422990001@trunk.invalid>"),
    )
    assert found["reason"] == "household-allow"


def test_a_failed_verification_is_shown(check: Check) -> None:
    pai = "P-Asserted-Identity: <sip:+81422990005;verstat=TN-Validation-Failed@trunk.invalid>"
    found = check("--header", pai)
    assert found["caller"] == {
        "origin": "domestic",
        "number": "+81422990005",
        "kind": "fixed",
        "verstat": "TN-Validation-Failed",
    }


def test_the_evidence_says_why(check: Check) -> None:
    assert check("--from", "0422990001")["evidence"]["name"] == "daughter"
    assert check("--from", "+12025550123")["evidence"] == {"calling_code": 1}
    assert "exchange" in check("--from", "03-1234-5678")["evidence"]["fault"]


# For people.


def test_a_verdict_is_explained_in_words(explain: Run) -> None:
    assert explain("--from", "+12025550123").out.splitlines() == [
        "reject (overseas)",
        "  caller        +1 202-555-0123 (overseas)",
        "  because       the call comes from abroad, and not from one of the policy's `countries`",
        "  calling_code  1",
    ]
    assert explain("--from", "0422990005").out.splitlines() == [
        "warn (unlisted)",
        "  caller        0422-99-0005 (domestic, fixed)",
        "  because       the number is on no list, and nothing else speaks against it",
    ]
    assert explain("--from", "anonymous").out.splitlines() == [
        "reject (withheld)",
        "  caller        no number (withheld)",
        "  because       the caller withheld the number (非通知)",
    ]


def test_a_line_without_a_household_is_connected_untouched(
    run: Run, household: Run, data: Path
) -> None:
    ran = run("check", "--from", "anonymous", "--to", "0422-99-0005", "--json")
    assert json.loads(ran.out)["reason"] == "no-consent"


# Asked wrongly.


def test_a_called_line_that_is_none_is_told(run: Run, household: Run) -> None:
    for line in ("03-1234-5678", "home", ""):
        assert run("check", "--to", line).error.startswith(f"line: {line!r} is not a telephone")


def test_a_header_without_a_colon_is_told(explain: Run) -> None:
    ran = explain("--header", "From")
    assert (ran.status, ran.error) == (2, "--header 'From' is not 'Name: value'")


def test_a_node_without_households_is_told(run: Run, data: Path) -> None:
    ran = run("check", "--from", "0422990005", "--to", LINE)
    assert ran.status == 1
    assert ran.error.startswith(f"policies cannot be read from {data / 'households.db'}: ")
    assert not data.exists()


def test_a_damaged_list_is_reported_and_the_call_explained(
    household: Run, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (data / "lists").mkdir()
    (data / "lists" / "tokyo.list").write_bytes(b"damaged")
    with caplog.at_level(logging.ERROR):
        ran = household("check", "--from", "0422990005", "--to", LINE)
    assert ran.status == 0
    assert "the list of tokyo" in caplog.text


def test_a_listing_on_trial_is_shown(household: Run, data: Path) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    listed = Add((range(81422990170, 81422990171),), Terms(Category.REFUND, at, simulated=True))
    one = SourceList("tokyo").apply([listed], 1, "1" * 64)
    ListStore(data / "lists").save(NodeList(one))
    ran = household("check", "--from", "0422-99-0170", "--to", LINE)
    assert ran.out.splitlines()[-5:] == [
        "  on trial      a listing would have refused this call, and is only noted:",
        "    source      tokyo",
        "    category    refund",
        "    listed_at   2026-11-23T00:00:00+00:00",
        "    trial       simulated",
    ]
