"""From a question to its answer, over real policies and lists on disk."""

import logging
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callguard.asterisk.answering import Answering
from callguard.asterisk.question import QuestionError
from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import Add
from callguard.blocklist.store import ListStore
from callguard.bursts.active import write_file
from callguard.bursts.marks import Burst, Kind, Marks
from callguard.calllog.hidden import HiddenNumbers
from callguard.calllog.record import Record, read
from callguard.database import Database
from callguard.households.consent import Consents
from callguard.households.consent_text import Purpose
from callguard.households.moving import Moving
from callguard.households.reader import PolicyUnavailable
from callguard.households.registry import Registry
from callguard.numbers.caller import Disclosed
from callguard.screening import Reason
from callguard.settings import Settings
from callguard.trail import COMMAND_LINE

from .dialplan import ALLOWED, LINE, arguments

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LISTED = 81422994444
PROTECTED = 81422995555
ALLOWED_AND_LISTED = 81422991111


def publish(home: Settings, *numbers: int, simulated: bool = False) -> None:
    """Put a list of the source ``tokyo`` on the node's disk."""
    listed = Add(
        tuple(range(number, number + 1) for number in numbers),
        Terms(Category.FAKE_POLICE, datetime(2026, 11, 23, tzinfo=UTC), simulated=simulated),
    )
    store = ListStore(home.lists)
    before = store.load("tokyo").list
    store.save(NodeList(before.apply([listed], before.sequence + 1, "1" * 64)))


def variables(answering: Answering, words: Sequence[str], now: datetime) -> dict[str, str]:
    """Return the channel variables that answer one call."""
    return dict(pair.split("=", 1) for pair in answering.reply(words, now).text.split(","))


def verdict(answering: Answering, **fields: str) -> tuple[str, str]:
    set_ = variables(answering, arguments(line=LINE, **fields), NOW)
    return set_["CALLGUARD_ACTION"], set_["CALLGUARD_REASON"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"number": "0422-99-2222", "pres": "allowed_not_screened"}, ("warn", "unlisted")),
        ({"number": ALLOWED, "pres": "allowed_not_screened"}, ("connect", "household-allow")),
        ({"number": "anonymous", "pres": "allowed_not_screened"}, ("reject", "withheld")),
        ({"number": "+12025550123", "pres": "allowed_not_screened"}, ("reject", "overseas")),
        ({"number": "0312345678", "pres": "allowed_not_screened"}, ("reject", "malformed")),
        (
            {
                "number": "anonymous",
                "pres": "allowed_not_screened",
                "from_": '"Coin line/payphone" <sip:anonymous@anonymous.invalid>',
            },
            ("warn", "payphone"),
        ),
        (
            {"number": "anonymous", "pres": "prohib_not_screened", "emergency": "1795489000"},
            ("connect", "emergency-callback"),
        ),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_a_call_to_a_household_that_has_agreed(
    answering: Answering, fields: Mapping[str, str], expected: tuple[str, str]
) -> None:
    assert verdict(answering, **fields) == expected


@pytest.mark.parametrize("line", ["0422-99-9999", "", "not a number"])
def test_a_call_to_a_line_that_has_not_signed_up_is_connected(
    answering: Answering, line: str
) -> None:
    set_ = variables(answering, arguments(line=line, number="anonymous"), NOW)
    assert set_["CALLGUARD_ACTION"] == "connect"
    assert set_["CALLGUARD_REASON"] == "no-consent"


def test_a_listed_number_is_refused(home: Settings) -> None:
    publish(home, LISTED)
    assert verdict(Answering.open(home), number="0422-99-4444") == ("reject", "fraud-list")


def test_a_number_listed_after_the_family_allowed_it_is_refused(home: Settings) -> None:
    publish(home, ALLOWED_AND_LISTED)
    assert verdict(Answering.open(home), number=ALLOWED) == ("reject", "fraud-list")


def test_a_number_listed_while_running_is_refused_once_the_lists_are_read_again(
    home: Settings, answering: Answering
) -> None:
    publish(home, LISTED)
    assert verdict(answering, number="0422-99-4444") == ("warn", "unlisted")
    answering.blocklist.refresh()
    assert verdict(answering, number="0422-99-4444") == ("reject", "fraud-list")


def test_a_number_that_calls_many_homes_is_checked_as_soon_as_it_is_known(home: Settings) -> None:
    key = "a key that the nodes of a carrier share"
    spared = home.data / "mass.csv"
    spared.write_text("0422-99-4443,school\n")
    answering = Answering.open(replace(home, burst_key=key, mass_callers=spared))
    assert verdict(answering, number="0422-99-4444") == ("warn", "unlisted")
    burst = Burst(Kind.RANGE, Marks(key).range(LISTED), NOW, NOW + timedelta(hours=1), 99)
    write_file(home.bursts, [burst])
    answering.refresh()
    assert verdict(answering, number="0422-99-4444") == ("challenge", "burst")
    assert verdict(answering, number="0422-99-4443") == ("warn", "unlisted")
    assert verdict(answering, number="0422-99-4544") == ("warn", "unlisted")
    assert verdict(answering, number=ALLOWED) == ("connect", "household-allow")
    # Without the key the file says nothing.
    assert verdict(Answering.open(home), number="0422-99-4444") == ("warn", "unlisted")


def test_a_moved_line_tells_the_new_number_to_who_is_allowed(home: Settings) -> None:
    with closing(Database(home.households)) as database:
        Moving(database).move(LINE, "0422-98-7654", by=COMMAND_LINE, now=NOW)
    answering = Answering.open(home)
    told = variables(answering, arguments(line=LINE, number=ALLOWED), NOW)
    assert (told["CALLGUARD_PROMPT"], told["CALLGUARD_SAY"]) == ("refused-moved", "0422-98-7654")
    other = variables(answering, arguments(line=LINE, number="0422-99-4444"), NOW)
    assert (other["CALLGUARD_PROMPT"], other["CALLGUARD_SIP_CODE"]) == ("refused-not-in-use", "404")
    assert "CALLGUARD_SAY" not in other


def test_a_suspended_line_is_kept_from_calling_and_its_number_is_not_noted(
    home: Settings,
) -> None:
    listed = Add(
        (range(LISTED, LISTED + 1),),
        Terms(Category.SUSPENDED, datetime(2026, 11, 23, tzinfo=UTC), evidence="S-1"),
    )
    store = ListStore(home.lists)
    before = store.load("tokyo").list
    store.save(NodeList(before.apply([listed], before.sequence + 1, "1" * 64)))
    noted: list[str] = []
    answering = Answering.open(home)
    answering.note = noted.append

    def dials(number: str, line: str) -> dict[str, str]:
        words = {"outbound": number, "number": line}
        encoded = [
            f"{name}={b64encode(f':{text}'.encode()).decode()}" for name, text in words.items()
        ]
        return variables(answering, ["&".join([*encoded, "pres=allowed"])], NOW)

    refused = dials("0422-99-2222", "0422994444")
    assert (refused["CALLGUARD_ACTION"], refused["CALLGUARD_REASON"]) == ("reject", "suspended")
    assert (refused["CALLGUARD_PROMPT"], refused["CALLGUARD_SIP_CODE"]) == (
        "refused-suspended",
        "403",
    )
    assert noted == [f"{refused['CALLGUARD_CALL_ID']}: reject, suspended by tokyo, reference S-1"]
    helped, other = dials("119", "0422994444"), dials("0422992222", "0422995555")
    assert helped["CALLGUARD_ACTION"] == "connect"
    assert "CALLGUARD_CALLER" not in {**helped, **refused}  # nothing more can end it
    assert (other["CALLGUARD_REASON"], other["CALLGUARD_CALLER"]) == ("outbound", "+81422995555")


def test_a_listed_number_that_is_protected_is_warned_about(home: Settings) -> None:
    publish(home, PROTECTED)
    protected = home.data / "protected.csv"
    protected.write_text("# number,name\n0422-99-5555,city hall\n")
    answering = Answering.open(replace(home, protected_numbers=protected))
    assert verdict(answering, number="0422-99-5555") == ("warn", "protected-number")


@pytest.mark.parametrize("content", [None, "0422-99-5555\nsoon\n"], ids=["missing", "damaged"])
def test_protected_numbers_that_cannot_be_read_do_not_stop_the_screening(
    home: Settings, content: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    protected = home.data / "protected.csv"
    if content is not None:
        protected.write_text(content)
    answering = Answering.open(replace(home, protected_numbers=protected))
    assert verdict(answering, number="0422-99-2222") == ("warn", "unlisted")
    assert "protected numbers are not in force" in caplog.text


def test_a_damaged_list_does_not_stop_the_screening(
    home: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    publish(home, LISTED)
    (home.lists / "tokyo.list").write_bytes(b"damaged")
    assert verdict(Answering.open(home), number="0422-99-4444") == ("warn", "unlisted")
    assert "the list of tokyo" in caplog.text


def test_what_a_listing_on_trial_would_have_done_is_noted(home: Settings) -> None:
    publish(home, LISTED, simulated=True)
    answering = Answering.open(home)
    notes: list[str] = []
    answering.note = notes.append
    assert verdict(answering, number="0422-99-4444") == ("warn", "unlisted")
    assert verdict(answering, number="0422-99-2222") == ("warn", "unlisted")
    assert [note.partition("unlisted")[2] for note in notes] == [
        "; would have been refused: listed by tokyo as fake-police, simulated",
        "",
    ]


def test_configured_sip_codes_win_and_the_others_stay(home: Settings) -> None:
    answering = Answering.open(replace(home, sip_codes={Reason.WITHHELD: 486}))

    def code(number: str) -> str:
        return variables(answering, arguments(line=LINE, number=number), NOW)["CALLGUARD_SIP_CODE"]

    assert code("anonymous") == "486"
    assert code("+12025550123") == "603"


def test_without_policies_there_is_no_verdict(tmp_path: Path) -> None:
    answering = Answering.open(Settings(data=tmp_path))
    with pytest.raises(PolicyUnavailable, match="policies cannot be read"):
        variables(answering, arguments(line=LINE, number="0422-99-2222"), NOW)


def test_without_a_question_there_is_no_verdict(answering: Answering) -> None:
    with pytest.raises(QuestionError):
        variables(answering, ["0422992222"], NOW)


def test_the_log_tells_the_verdict_and_no_number(
    answering: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    set_ = variables(answering, arguments(line=LINE, number="0422-99-2222"), NOW)
    assert caplog.messages == [f"call {set_['CALLGUARD_CALL_ID']}: warn, unlisted"]


def test_who_calls_whom_is_told_of_a_call_that_a_later_listing_may_end(
    answering: Answering,
) -> None:
    set_ = variables(answering, arguments(line=LINE, number="0422-99-2222"), NOW)
    assert set_["CALLGUARD_CALLER"] == "+81422992222"
    assert set_["CALLGUARD_CALLED"] == "+81422990000"


@pytest.mark.parametrize(
    "fields",
    [
        {"line": "0422-99-9999", "number": "0422-99-2222"},
        {"number": "0422-99-2222", "emergency": "1795489000"},
        {"number": "+12025550123"},
    ],
    ids=["no consent", "after an emergency call", "refused"],
)
def test_of_no_other_call_the_caller_is_told(
    answering: Answering, fields: Mapping[str, str]
) -> None:
    set_ = variables(answering, arguments(**{"line": LINE, **fields}), NOW)
    assert not {"CALLGUARD_CALLER", "CALLGUARD_CALLED"} & set(set_)


@pytest.mark.parametrize(
    "fields",
    [
        {"number": "110"},
        {
            "number": "anonymous",
            "from_": '"Coin line/payphone" <sip:anonymous@anonymous.invalid>',
            "pai": "<sip:0422992222@trunk.invalid>",
            "privacy": "id",
        },
    ],
    ids=["the police", "withheld, disclosed"],
)
def test_of_a_call_that_no_listing_ends_only_the_line_is_told(
    answering: Answering, fields: Mapping[str, str]
) -> None:
    set_ = variables(answering, arguments(**{"line": LINE, **fields}), NOW)
    assert "CALLGUARD_CALLER" not in set_
    assert set_["CALLGUARD_CALLED"] == "+81422990000"


def test_each_call_has_a_name_of_its_own(answering: Answering) -> None:
    first, second = (
        variables(answering, arguments(line=LINE), NOW)["CALLGUARD_CALL_ID"] for _ in range(2)
    )
    assert first != second


def kept(answering: Answering, **fields: str) -> Record | None:
    """Return what is kept of a call before it is answered."""
    record = answering.reply(arguments(**{"line": LINE, **fields}), NOW).record
    return None if record is None else read(record)


def test_what_is_kept_is_the_verdict_that_the_channel_gets(answering: Answering) -> None:
    answer = answering.reply(arguments(line=LINE, number="0422-99-2222"), NOW)
    assert answer.record is not None
    record = read(answer.record)
    assert f"CALLGUARD_CALL_ID={record.call_id}" in answer.text
    assert (record.at, record.line, record.number) == (NOW, 81422990000, 81422992222)
    assert (record.action, record.reason, record.defence) == ("warn", "unlisted", "daemon")


def test_a_withheld_number_that_the_network_disclosed_is_kept_as_a_hash(
    answering: Answering, home: Settings
) -> None:
    fields = {
        "number": "0422992222",
        "pres": "prohib_not_screened",
        "from_": '"Anonymous" <sip:anonymous@anonymous.invalid>',
    }
    answer = answering.reply(arguments(line=LINE, **fields), NOW)
    assert answer.record is not None
    assert b"992222" not in answer.record
    record = read(answer.record)
    assert record.number is None
    assert record.hidden == HiddenNumbers(home.hidden_key).hash(Disclosed(81422992222))


@pytest.mark.parametrize("line", [LINE, "0422-99-7777"])
@pytest.mark.parametrize(
    "fields",
    [
        {"from_": '"Anonymous" <sip:anonymous@anonymous.invalid>'},
        {"privacy": "id"},
        {"pres": "prohib_not_screened"},
    ],
    ids=["by From", "by Privacy", "by its presentation"],
)
def test_who_withholds_a_number_that_the_network_tells_is_on_no_display(
    answering: Answering, line: str, fields: dict[str, str]
) -> None:
    """Whoever it is for, and whatever becomes of the call: so also where nobody has agreed."""
    asked = {"number": "0422-99-2222", "pres": "allowed_not_screened", **fields}
    set_ = variables(answering, arguments(line=line, **asked), NOW)
    assert set_["CALLERID(num-pres)"] == "prohib"
    asked = {"number": "0422-99-2222", "pres": "allowed_not_screened"}
    assert "CALLERID(num-pres)" not in variables(answering, arguments(line=line, **asked), NOW)


@pytest.mark.parametrize("agreed", [frozenset(), frozenset({Purpose.SCREENING})])
def test_of_a_line_that_has_not_agreed_nothing_is_kept(
    answering: Answering, home: Settings, agreed: frozenset[Purpose]
) -> None:
    database = Database(home.households)
    household = Registry(database).find(LINE).id
    Consents(database).revoke(
        household, frozenset(Purpose) - agreed, by=COMMAND_LINE, now=datetime.now(UTC)
    )
    database.close()
    assert kept(answering, number="anonymous") is None
    assert kept(answering, line="0422-99-9999", number="anonymous") is None
    assert kept(answering, line="not a line", number="anonymous") is None
