"""What messages say, in both languages, and what they never say."""

from typing import Any

import pytest

from callguard.households.consent import Consents
from callguard.households.consent_text import Purpose
from callguard.notify.channels import Channels
from callguard.notify.desk import Desk
from callguard.notify.digests import Digests
from callguard.notify.letters import WORDS, Later, Letter, Letters
from callguard.notify.models import Channel
from callguard.notify.queue import Queue
from callguard.notify.topics import TERMS, Topic
from callguard.people.models import Membership
from callguard.trail import COMMAND_LINE

from .family import BY, Family

PORTAL = "https://guard.example.jp/"


def write(family: Family) -> Letter | Later | None:
    """Write the one message that waits."""
    Desk(family.database).hand_out(now=family.now)
    claimed = family.claim(Queue(family.database, "one"))
    return Letters(family.database, PORTAL).write(claimed, now=family.now)


def letter(family: Family) -> Letter:
    found = write(family)
    assert isinstance(found, Letter)
    return found


@pytest.fixture
def reader(family: Family) -> Family:
    """A family whose manager has a mail address."""
    family.channel("manager", address="yumi@example.jp")
    return family


def test_a_listed_number_that_tried_is_told_with_its_number_and_why(reader: Family) -> None:
    call = reader.call(outcome="refused")
    reader.tell(Topic.LISTED_TRIED, call_id=call.call_id)
    found = letter(reader)
    assert found.title == "中村家：詐欺リストの番号から電話がありました"
    assert "今日 12:00、050-9999-0110 から電話がありました。お断りしました" in found.text
    assert "警察の詐欺リストにある番号です（" in found.text
    assert found.link == f"https://guard.example.jp/h/{reader.household}/calls/{call.call_id}"
    assert not found.urgent


def test_a_number_that_was_withheld_is_not_told(reader: Family) -> None:
    call = reader.call(
        number=None, hidden=b"h" * 32, origin="withheld", caller={"origin": "withheld"}
    )
    reader.tell(Topic.LISTED_TRIED, call_id=call.call_id)
    found = letter(reader)
    assert "9999" not in found.title + found.text
    assert "警察の詐欺リストにある番号から" in found.text


def test_an_erased_call_is_told_to_nobody(reader: Family) -> None:
    reader.tell(Topic.LISTED_TRIED, call_id="0123456789abcdef")
    assert write(reader) is None


def test_a_call_of_another_household_is_told_to_nobody(reader: Family) -> None:
    call = reader.call(household_id=reader.other)
    reader.tell(Topic.LISTED_TRIED, call_id=call.call_id)
    assert write(reader) is None


def test_a_pressed_scam_key_is_urgent(reader: Family) -> None:
    call = reader.call(reason="unlisted", action="warn")
    reader.tell(Topic.SCAM_KEY, call_id=call.call_id)
    found = letter(reader)
    assert found.title.startswith("【至急】")
    assert "110番" in found.text
    assert found.urgent


def test_a_long_call_is_told_with_its_caller_and_for_how_long(reader: Family) -> None:
    call = reader.call(reason="unlisted", action="warn", number=81422990177)
    reader.tell(Topic.LONG_CALL, call_id=call.call_id, minutes=10)
    found = letter(reader)
    assert found.title.startswith("【至急】")
    assert "0422-99-0177 からの電話で、もう10分以上" in found.text
    assert found.urgent


def test_a_listed_number_that_was_dialled_is_told_without_it(reader: Family) -> None:
    reader.tell(Topic.DIALLED_LISTED, category="refund")
    assert "詐欺リストにある番号に電話をかけました" in letter(reader).text


def test_who_switched_off_what_is_told(reader: Family) -> None:
    reader.tell(settings=["overseas", "whisper"], by="中村 太郎")
    found = letter(reader)
    assert "中村 太郎さんが守りの設定を変えました" in found.text
    assert "海外からの電話、電話に出たときのお知らせ" in found.text


def test_the_command_line_is_nobody_to_be_called_san(reader: Family) -> None:
    reader.tell(revoked="screening", by=COMMAND_LINE.who)
    found = letter(reader)
    assert "機器の担当者が同意を取り消しました" in found.text
    assert found.title == "中村家：電話の守りが止まりました"


def test_that_notices_have_stopped_is_told(reader: Family) -> None:
    reader.tell(revoked="notices", by="中村 太郎")
    assert letter(reader).title == "中村家：お知らせが止まりました"


def test_a_silent_source_is_told_with_the_day(reader: Family) -> None:
    reader.tell(Topic.FEED_STALE, source="tokyo", since="2026-11-26T20:00:00+00:00")
    assert "（tokyo）が、2026年11月27日から新しくなっていません" in letter(reader).text


def test_who_joined_is_told(reader: Family) -> None:
    reader.tell(Topic.MEMBER_JOINED, person=reader.people["viewer"])
    assert letter(reader).title == "中村家：中村 viewerさんが加わりました"


def test_somebody_who_has_left_again_is_no_news(reader: Family) -> None:
    reader.tell(Topic.MEMBER_JOINED, person=reader.people["stranger"])
    assert write(reader) is None


def test_a_reader_of_english_is_told_in_english(reader: Family) -> None:
    reader.person("manager", language="en")
    call = reader.call()
    reader.tell(Topic.LISTED_TRIED, call_id=call.call_id)
    found = letter(reader)
    assert found.title == "中村家: a number on the fraud list called"
    assert "today 12:00: 050-9999-0110 called." in found.text


def test_somebody_who_has_left_the_household_is_told_nothing_more(reader: Family) -> None:
    reader.tell()
    Desk(reader.database).hand_out(now=reader.now)
    with reader.database.transaction() as session:
        session.query(Membership).filter_by(person_id=reader.people["manager"]).delete()
    assert write(reader) is None


def test_without_consent_to_notices_a_waiting_message_is_withdrawn(reader: Family) -> None:
    call = reader.call()
    reader.tell(Topic.LISTED_TRIED, call_id=call.call_id)
    Desk(reader.database).hand_out(now=reader.now)
    Consents(reader.database).revoke(reader.household, [Purpose.NOTICES], by=BY, now=reader.now)
    claimed = reader.claim(Queue(reader.database, "one"))
    assert Letters(reader.database, PORTAL).write(claimed, now=reader.now) is None


def test_a_try_in_quiet_hours_waits_until_they_are_over(reader: Family) -> None:
    reader.tell()
    Desk(reader.database).hand_out(now=reader.now)
    reader.person("manager", quiet_hours="11:00-13:00")
    found = write(reader)
    assert found == Later(reader.later(hours=1))


def ask_for_a_code(family: Family) -> str:
    """Add an address that is not confirmed; return the code that confirms it."""
    channel = Channels(family.database, mail=True).add_mail(
        family.people["manager"],
        family.household,
        "yumi@example.jp",
        name="mail",
        by=BY,
        now=family.now,
    )
    with family.database.reading() as session:
        code = session.get_one(Channel, channel).code
    assert code is not None
    return code


def test_a_code_goes_to_an_address_that_is_not_confirmed(family: Family) -> None:
    code = ask_for_a_code(family)
    assert code in letter(family).title


def test_a_code_that_holds_no_longer_is_not_sent(family: Family) -> None:
    ask_for_a_code(family)
    family.later(hours=1)
    assert write(family) is None


def test_each_message_has_a_reference_of_its_own_the_same_at_each_try(reader: Family) -> None:
    reader.channel("member")
    reader.tell()
    Desk(reader.database).hand_out(now=reader.now)
    letters = Letters(reader.database, PORTAL)
    claims = Queue(reader.database, "one").claim(10, now=reader.now)
    found = [letters.write(one, now=reader.now) for one in claims for _ in range(2)]
    references = [one.reference for one in found if isinstance(one, Letter)]
    assert len(references) == 4
    assert len(set(references)) == 2


def test_a_name_with_braces_is_told_as_it_is(reader: Family) -> None:
    reader.tell(revoked="screening", by="{household} {0}")
    assert "{household} {0}さんが" in letter(reader).text


VALUES: dict[str, Any] = dict.fromkeys(
    (
        *("household", "when", "caller", "happened", "why", "by", "settings", "source", "since"),
        *(
            "name",
            "text",
            "period",
            "code",
            "refused",
            "warned",
            "answered",
            "times",
            "n",
            "minutes",
        ),
    ),
    "x",
)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_topic_has_words(language: str) -> None:
    for key in WORDS:
        assert WORDS.say(key, language, **VALUES).strip()
    for topic in {*TERMS, Topic.TEST, Topic.CODE}:
        assert {f"{topic}-title", f"{topic}-text"} <= set(WORDS)


def test_a_digest_is_written_when_it_is_sent(reader: Family) -> None:
    reader.person("manager", digest="daily")
    reader.call()
    reader.later(days=1)
    assert Digests(reader.database).tell_due(now=reader.now) >= 1
    found = letter(reader)
    assert found.title == "中村家：きのうの電話のまとめ"
    assert "断った電話 1件" in found.text
