"""The audit trail in words: who did what."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.trail import COMMAND_LINE, What
from callguard.words.deeds import (
    deed_in_words,
    doer_in_words,
    purpose_in_words,
    role_in_words,
)

LANGUAGES = ("ja", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", What)
def test_every_deed_has_words(what: What, language: str) -> None:
    said = deed_in_words(what, {}, language)
    assert said != deed_in_words("unheard-of", {}, language)
    assert "{" not in said


@pytest.mark.parametrize(
    ("what", "detail", "japanese", "english"),
    [
        (
            What.ALLOW,
            {"number": 81422990001, "name": "やまだ医院"},
            "「通す番号」に登録しました（やまだ医院、0422-99-0001）",
            "allowed a number (やまだ医院, 0422-99-0001)",
        ),
        (
            What.CHANGE_ROLE,
            {"name": "花子", "before": "viewer", "role": "manager"},
            "できることを変えました（花子、家族・見るだけ → 管理する人）",
            "changed what somebody may do (花子, family, looks only → manager)",
        ),
        (
            What.CHANGE_SETTINGS,
            {"changes": {"payphone": ["warn", "reject"], "whisper": [True, False]}},
            "守りの設定を変えました（公衆電話からの電話：注意の案内を流してからつなぐ → 断る、"
            "電話に出たときの、ひとことのお知らせ：使う → 使わない）",
            "changed the protection (Calls from payphones: warn, then put through → refuse, "
            "A word to you when you pick up: on → off)",
        ),
        (
            What.CHANGE_SETTINGS,
            {"changes": {"countries": [[], ["PH", "US"]], "quiet_hours": [None, "22:00-07:00"]}},
            "守りの設定を変えました（日本と同じようにつなぐ国：なし → フィリピン、アメリカ、"
            "おやすみの時間：なし → 22:00〜07:00）",
            "changed the protection (Countries treated like Japan: none → Philippines, "
            "United States, Quiet hours: none → 22:00–07:00)",
        ),
        (
            What.CHANGE_SETTINGS,
            {"changes": {"callback_minutes": [60, 0]}},
            "守りの設定を変えました（110番・118番・119番のあと、すべての電話をつなぐ時間："
            "1時間 → なし）",
            "changed the protection (How long every call is put through after 110, 118 or 119: "
            "1 hour → none)",
        ),
        (
            What.EXPECT,
            {"country": "JP", "until": "2026-11-24T05:00:00+00:00"},
            "「電話を待っています」を始めました（国内、2026年11月24日 14:00まで）",
            "began to expect a call (Japan, until 24 November 2026 14:00)",
        ),
        (
            What.CHANGE_RETENTION,
            {"days": [90, 30]},
            "通話の記録を残す日数を変えました（90日 → 30日）",
            "changed how long calls are kept (days: 90 → days: 30)",
        ),
        (
            What.REVOKE_CONSENT,
            {"purposes": ["logging", "screening"]},
            "同意を取り消しました（記録を残す、電話を調べる）",
            "revoked the consent (keep a record, look at calls)",
        ),
        (
            What.EXPORT_EVIDENCE,
            {"calls": 3, "basis": "警察署の依頼", "call": None},
            "通話の記録を証拠として書き出しました（通話3件、警察署の依頼）",
            "exported calls as evidence (calls: 3, 警察署の依頼)",
        ),
    ],
)
def test_a_deed_is_told_with_its_details(
    what: What, detail: dict[str, Any], japanese: str, english: str
) -> None:
    assert deed_in_words(what, detail, "ja") == japanese
    assert deed_in_words(what, detail, "en") == english


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 10**15) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
keys = st.sampled_from(
    ["name", "number", "role", "before", "until", "days", "country", "changes", "purposes", "calls"]
)


@given(st.sampled_from(list(What)), st.dictionaries(keys, values, max_size=4))
def test_whatever_stands_in_the_detail_the_line_is_shown(
    what: What, detail: dict[str, Any]
) -> None:
    for language in LANGUAGES:
        assert deed_in_words(what, detail, language)


def test_a_deed_of_a_newer_callguard_is_told_as_something() -> None:
    assert deed_in_words("fly-to-the-moon", {"name": "花子"}, "ja") == "操作をしました（花子）"
    assert deed_in_words("role-viewer", {}, "ja") == "操作をしました"


def test_who_did_it() -> None:
    assert doer_in_words("花子", "ja") == "花子"
    assert doer_in_words(COMMAND_LINE.who, "ja") == "機器を管理する人"
    assert doer_in_words("", "en") == "somebody"


def test_roles_and_purposes_have_names() -> None:
    assert role_in_words("viewer", "ja") == "家族・見るだけ"
    assert purpose_in_words("logging", "en") == "keep a record"
    assert role_in_words("unheard-of", "ja") == "unheard-of"
