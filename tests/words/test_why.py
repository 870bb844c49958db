"""A grandmother reads why a call was refused, in Japanese and in English."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.blocklist.listing import Category, Listing, Terms
from callguard.calllog.log import Call
from callguard.calllog.outcome import Outcome
from callguard.numbers import Caller, Disclosed, Origin
from callguard.screening import Action, Reason, Verdict
from callguard.words import caller_name, what_happened, why

from ..screening.samples import (
    CANADA,
    DAY,
    DOCTOR,
    IMPOSSIBLE,
    MINUTE,
    NOW,
    NOWHERE,
    PAYPHONE,
    POLICE,
    UNAVAILABLE,
    UNITED_STATES,
    WITHHELD,
    PoliceList,
    calling,
    entries,
    policy,
    verdict,
)
from .calls import Told, told

LANGUAGES = ("ja", "en")
OUTCOMES = (None, "answered", "unanswered", "left", "refused", "cut", "never-heard-of")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("reason", "action"),
    [*itertools.product(Reason, Action), ("unlisted", "unknown"), ("unknown", "warn")],
)
def test_every_reason_and_action_has_words(reason: Reason, action: Action, language: str) -> None:
    for defence, outcome in itertools.product(("daemon", "fallback", "alone"), OUTCOMES):
        call = Told(action, reason, defence=defence, outcome=outcome)
        said = why(call, language)
        assert said.endswith("." if language == "en" else "。")
        assert said.count("." if language == "en" else "。") <= 2
        assert what_happened(call, language)


@pytest.mark.parametrize("origin", Origin)
def test_every_caller_without_a_number_has_a_name(origin: Origin) -> None:
    names = {
        caller_name(Told(caller={"origin": origin.value}), None, language) for language in LANGUAGES
    }
    assert len(names) == 2


@pytest.mark.parametrize(
    ("call", "japanese", "english"),
    [
        (
            verdict(WITHHELD),
            "番号を隠した電話（非通知）です。このような電話は、断る設定です。",
            "The caller hid the number. Your settings refuse such calls.",
        ),
        (
            verdict(PAYPHONE),
            "公衆電話からの電話です。このような電話には、先に注意の案内を流す設定です。",
            "The call came from a payphone. Your settings play a warning to such callers first.",
        ),
        (
            verdict(UNITED_STATES),
            "海外（アメリカ）からの電話です。このような電話は、断る設定です。",
            "The call came from abroad (United States). Your settings refuse such calls.",
        ),
        (
            verdict(CANADA, policy(countries=frozenset({"US"}))),
            "海外（カナダ）からの電話です。このような電話は、断る設定です。",
            "The call came from abroad (Canada). Your settings refuse such calls.",
        ),
        (
            verdict(calling("+870773111111")),
            "海外（国番号+870）からの電話です。このような電話は、断る設定です。",
            "The call came from abroad (country code +870). Your settings refuse such calls.",
        ),
        (
            verdict(NOWHERE),
            "海外の番号に見えますが、実際にはない番号です（「+295」で始まる国番号はありません）。"
            "このような電話は、断る設定です。",
            "It looks like a number abroad, but it cannot exist (no country has the code +295). "
            "Your settings refuse such calls.",
        ),
        (
            verdict(calling("0312345678")),
            "実際にはない番号です（03のあとが1で始まる番号はありません）。"
            "このような電話は、断る設定です。",
            "This number cannot exist (no number has a 1 right after 03). "
            "Your settings refuse such calls.",
        ),
        (
            verdict(DOCTOR, policy(allow=entries(DOCTOR))),
            "ご家族が「通す番号」に登録した番号です（doctor）。",
            "Your family allowed this number (doctor).",
        ),
        (
            verdict(DOCTOR, policy(block=entries(DOCTOR, until=NOW + DAY))),
            "ご家族が「断る番号」に入れた番号です（doctor、2026年11月25日まで）。",
            "Your family blocked this number (doctor, until 25 November 2026).",
        ),
        (
            verdict(DOCTOR, emergency_dialled_at=NOW - MINUTE),
            "少し前に110番・118番・119番へかけたので、折り返しかもしれない電話をすべてつなぎました"
            "（12:59まで）。",
            "This line had called 110, 118 or 119, so every call was put through in case it was "
            "the call back (until 12:59).",
        ),
        (
            verdict(POLICE),
            "110番が表示された電話です。本当の折り返しかもしれないので止めませんが、"
            "番号のなりすましもあります。",
            "The call showed 110. It may be a real call back, so it is not refused; "
            "but the number may be imitated.",
        ),
    ],
    ids=lambda value: value.reason if isinstance(value, Verdict) else "",
)
def test_a_reason_is_told_with_its_evidence(call: Verdict, japanese: str, english: str) -> None:
    assert why(told(call), "ja") == japanese
    assert why(told(call), "en") == english


def test_quiet_hours_are_told_as_hours() -> None:
    call = Told("reject", "quiet-hours", evidence={"hours": "22:00-07:00"})
    assert why(call, "ja").endswith("時間帯でした（22:00〜07:00）。")
    assert why(call, "en").endswith("only (22:00–07:00).")


@pytest.mark.parametrize("category", Category)
def test_a_listed_number_is_told_with_the_kind_of_fraud_and_since_when(category: Category) -> None:
    listing = Listing("tokyo", Terms(category, NOW - DAY, evidence="case 0422990001"))
    call = told(Verdict(Action.REJECT, Reason.FRAUD_LIST, DOCTOR, listing.to_json()))
    japanese, english = why(call, "ja"), why(call, "en")
    assert "、2026年11月23日から）。" in japanese
    assert ", since 23 November 2026)." in english
    assert "case" not in japanese + english


def test_an_expected_call_is_told_as_one_and_until_when() -> None:
    evidence = {"expected_until": (NOW + timedelta(hours=2)).isoformat()}
    call = Told("connect", "unlisted", evidence=evidence)
    assert why(call, "ja") == (
        "登録のない番号です。ご家族が「電話を待っています」にしていたので、そのままつなぎました（14:00まで）。"
    )
    assert why(call, "en") == (
        "This number is not on your lists. "
        "Your family was expecting a call, so it was put through (until 14:00)."
    )


def test_a_verdict_of_the_dialplan_alone_does_not_claim_to_be_the_familys_choice() -> None:
    call = Told("reject", "withheld", defence="alone")
    assert why(call, "ja").endswith("基本の決まりで判断しました。")
    assert "Your settings refuse" not in why(call, "en")


@pytest.mark.parametrize(
    ("call", "japanese", "english"),
    [
        (
            Told("reject", outcome="refused"),
            "お断りしました（電話は鳴っていません）",
            "refused; the telephone did not ring",
        ),
        (
            Told("warn", outcome="answered", seconds=185),
            "注意の案内のあと、3分話しました",
            "warned, then talked for 3 minutes",
        ),
        (
            Told("warn", outcome="left"),
            "注意の案内の途中で、相手が切りました",
            "hung up during the warning",
        ),
        (
            Told("warn", outcome="unanswered"),
            "注意の案内のあとに鳴りましたが、出ませんでした",
            "warned, then rang; nobody answered",
        ),
        (
            Told("connect", outcome="answered", seconds=61),
            "1分話しました",
            "talked for 1 minute",
        ),
        (Told("connect", outcome="answered"), "そのままつなぎました", "put through"),
        (Told("connect"), "そのままつなぎました", "put through"),
        (
            Told("warn", outcome="unknown"),
            "注意の案内を流しました（そのあとは不明です）",
            "warned; how it ended is unknown",
        ),
        (
            Told("warn", outcome="cut", seconds=40),
            "通話の途中で警察の詐欺リストに載ったため、お切りしました",
            "ended: the number was put on the police's fraud list during the call",
        ),
    ],
)
def test_what_became_of_a_call(call: Told, japanese: str, english: str) -> None:
    assert what_happened(call, "ja") == japanese
    assert what_happened(call, "en") == english


@pytest.mark.parametrize(
    ("caller", "entry", "japanese", "english"),
    [
        (DOCTOR, "やまだ医院", "やまだ医院", "やまだ医院"),
        (DOCTOR, None, "0422-99-0001", "0422-99-0001"),
        (UNITED_STATES, "", "+1 202-555-0123", "+1 202-555-0123"),
        (POLICE, None, "110番（警察）", "110 (police)"),
        (WITHHELD, "never", "非通知（番号を隠した電話）", "hidden number"),
        (UNAVAILABLE, None, "番号が届かない電話（表示圏外）", "number not available"),
        (IMPOSSIBLE, None, "03-1234-5678", "03-1234-5678"),
    ],
)
def test_who_called(caller: Caller, entry: str | None, japanese: str, english: str) -> None:
    call = told(verdict(caller))
    assert caller_name(call, entry, "ja") == japanese
    assert caller_name(call, entry, "en") == english


@given(
    hidden=st.integers(0, 9_999).map(lambda end: 81422990000 + end),
    origin=st.sampled_from([Origin.WITHHELD, Origin.PAYPHONE, Origin.UNAVAILABLE]),
    choice=st.sampled_from(list(Action)),
    outcome=st.sampled_from(OUTCOMES),
    name=st.text(max_size=20),
    is_listed=st.booleans(),
)
def test_a_withheld_number_gets_into_no_words(
    hidden: int, origin: Origin, choice: Any, outcome: str | None, name: str, is_listed: bool
) -> None:
    caller = Caller(origin, disclosed=Disclosed(hidden))
    # A source may have written the number into its own reference.
    terms = Terms(Category.REFUND, NOW - DAY, evidence=f"0{hidden - 81 * 10**9}")
    police = PoliceList({hidden: Listing("tokyo", terms)} if is_listed else {})  # type: ignore[dict-item]
    choices = policy(withheld=choice, payphone=choice, unavailable=choice, fraud_list=choice)
    decided = verdict(caller, choices, police)
    assert (decided.reason is Reason.FRAUD_LIST) is is_listed
    call = told(decided, outcome=outcome)
    for language in LANGUAGES:
        for said in (
            why(call, language),
            what_happened(call, language),
            caller_name(call, name, language),
        ):
            digits = "".join(filter(str.isdigit, said))
            assert str(hidden)[2:] not in digits


def test_a_listed_caller_who_hid_the_number_is_told_as_such() -> None:
    call = Told("reject", "fraud-list", caller={"origin": "withheld"})
    assert why(call, "ja").startswith("番号が表示されない電話で、警察の詐欺リストにある番号から")


def test_a_call_of_the_log_is_told_of() -> None:
    call = Call(
        id=1,
        call_id="0123456789abcdef",
        at=NOW,
        action=Action.REJECT,
        reason=Reason.PAYPHONE,
        defence="daemon",
        origin=Origin.PAYPHONE,
        number=None,
        caller={"origin": "payphone"},
        outcome=Outcome.REFUSED,
    )
    assert why(call, "ja") == "公衆電話からの電話です。このような電話は、断る設定です。"
    assert what_happened(call, "ja") == "お断りしました（電話は鳴っていません）"
    assert caller_name(call, call.name, "ja") == "公衆電話"


@pytest.mark.parametrize(
    ("said", "japanese", "english"),
    [
        ("connect", "由美がつなぎました", "由美 put the call through"),
        ("refuse", "由美が断りました", "由美 refused the call"),
        ("allow", "これからも通すことにしました", "allowed the number"),
        ("block", "これからも断ることにしました", "blocked the number"),
        ("nobody", "だれも決めませんでした", "nobody decided"),
    ],
)
def test_what_the_family_said_when_it_was_asked_is_told(
    said: str, japanese: str, english: str
) -> None:
    call = Told("challenge", "unlisted", evidence={"family": {"said": said, "name": "由美"}})
    assert japanese in why(call, "ja")
    assert english in why(call, "en")
    unnamed = Told("challenge", "unlisted", evidence={"family": {"said": said}})
    assert "{" not in why(unnamed, "ja") + why(unnamed, "en")


@pytest.mark.parametrize("family", [None, "connect", {}, {"said": "sing"}, {"name": "由美"}])
def test_what_a_newer_version_wrote_of_the_family_is_left_out(family: object) -> None:
    call = Told("challenge", "unlisted", evidence={"family": family})
    assert why(call, "ja") == why(Told("challenge", "unlisted"), "ja")
