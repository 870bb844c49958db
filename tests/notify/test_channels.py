"""The ways to reach a person: added, confirmed, renamed, tried, removed; by that person only."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from callguard.notify.channels import (
    CODE_HOLDS,
    MAX_ASKED_FOR,
    MAX_CHANNELS,
    MAX_CODE_TRIES,
    Channels,
    Kind,
)
from callguard.notify.models import Channel
from callguard.notify.queue import Queue, Result
from callguard.notify.refusals import NoticeRefused, Trouble
from callguard.trail import Deed

from .family import BY, Family
from .senders.receivers import Browser

WEBHOOK = "jsons://hook.example.jp/t0ken"


class Own:
    """What one person does with their ways."""

    def __init__(self, family: Family, who: str = "manager") -> None:
        self.family = family
        self.channels = Channels(family.database, mail=True)
        self.person = family.people[who]

    def add(self, address: str = WEBHOOK, *, name: str = "way") -> int:
        home = (self.person, self.family.household)
        add = self.channels.add_mail if "://" not in address else self.channels.add_service
        return add(*home, address, name=name, by=BY, now=self.family.now)

    def confirm(self, channel: int, code: str) -> None:
        self.channels.confirm(self.person, channel, code, now=self.family.now)

    def test(self, channel: int) -> None:
        self.channels.test(self.person, self.family.household, channel, now=self.family.now)

    def send_code(self, channel: int) -> None:
        self.channels.send_code(self.person, self.family.household, channel, now=self.family.now)

    def rename(self, channel: int, name: str) -> None:
        home = (self.person, self.family.household)
        self.channels.rename(*home, channel, name, by=BY, now=self.family.now)

    def remove(self, channel: int) -> None:
        home = (self.person, self.family.household)
        self.channels.remove(*home, channel, by=BY, now=self.family.now)

    def code(self, channel: int) -> str:
        with self.family.database.reading() as session:
            code = session.get_one(Channel, channel).code
        assert code is not None
        return code


def trouble(do: Callable[..., Any], *args: Any, **values: Any) -> Trouble:
    with pytest.raises(NoticeRefused) as caught:
        do(*args, **values)
    return caught.value.trouble


@pytest.fixture
def own(family: Family) -> Own:
    return Own(family)


def test_a_mail_address_is_the_persons_own_once_its_code_was_typed(own: Own) -> None:
    channel = own.add("yumi@example.jp")
    assert not own.channels.of(own.person)[0].confirmed
    own.confirm(channel, f" {own.code(channel)} ")
    (way,) = own.channels.of(own.person)
    assert (way.kind, way.address, way.confirmed) == (Kind.MAIL, "yumi@example.jp", True)
    own.confirm(channel, "again")  # pressing twice does no harm


def test_full_width_digits_are_a_code_too(own: Own) -> None:
    channel = own.add("yumi@example.jp")
    own.confirm(
        channel, own.code(channel).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    )
    assert own.channels.of(own.person)[0].confirmed


def test_a_code_cannot_be_found_by_trying(own: Own) -> None:
    channel = own.add("yumi@example.jp")
    code = own.code(channel)
    for _ in range(MAX_CODE_TRIES):
        assert trouble(own.confirm, channel, "x") is Trouble.WRONG_CODE
    assert trouble(own.confirm, channel, code) is Trouble.CODE_EXPIRED
    own.send_code(channel)
    own.confirm(channel, own.code(channel))


def test_a_code_holds_for_half_an_hour(own: Own) -> None:
    channel = own.add("yumi@example.jp")
    code = own.code(channel)
    own.family.now += CODE_HOLDS
    assert trouble(own.confirm, channel, code) is Trouble.CODE_EXPIRED


def test_only_mail_needs_a_code(own: Own) -> None:
    assert trouble(own.send_code, own.add()) is Trouble.NOT_FOUND


def test_without_a_mail_server_no_address_is_added(family: Family) -> None:
    channels = Channels(family.database)
    found = trouble(
        channels.add_mail,
        family.people["manager"],
        family.household,
        "yumi@example.jp",
        name="mail",
        by=BY,
        now=family.now,
    )
    assert found is Trouble.NO_MAIL_SERVER


def test_a_secret_is_never_shown_nor_in_the_trail(own: Own) -> None:
    own.add("jsons://u:s3cret@hook.example.jp/t0ken")
    browser = Browser("https://push.example.jp/s3cret")
    own.channels.add_push(
        own.person, own.family.household, browser.subscription, name="x", by=BY, now=own.family.now
    )
    assert [way.address for way in own.channels.of(own.person)] == ["webhook (hook.example.jp)", ""]
    with own.family.database.reading() as session:
        deeds = session.scalars(select(Deed.detail)).all()
    assert "s3cret" not in str(deeds)
    assert "t0ken" not in str(deeds)


def test_ways_are_limited(own: Own) -> None:
    for number in range(MAX_CHANNELS):
        own.add(f"{WEBHOOK}{number}")
    assert trouble(own.add) is Trouble.TOO_MANY


def test_the_same_way_is_not_added_twice(own: Own) -> None:
    own.add()
    assert trouble(own.add) is Trouble.ALREADY_THERE
    Own(own.family, "member").add()  # somebody else may have it too


@pytest.mark.parametrize("name", ["", "  ", "x" * 51])
def test_a_way_has_a_name(own: Own, name: str) -> None:
    assert trouble(own.add, name=name) is Trouble.BAD_NAME
    channel = own.add()
    assert trouble(own.rename, channel, name) is Trouble.BAD_NAME


def test_a_way_is_renamed_and_removed_with_what_was_on_its_way(own: Own) -> None:
    channel = own.add()
    own.rename(channel, " 由美の\n電話 ")
    assert own.channels.of(own.person)[0].name == "由美の 電話"
    own.test(channel)
    own.remove(channel)
    assert (own.channels.of(own.person), own.family.deliveries()) == ([], [])


def test_a_test_is_a_message_like_any_other_and_its_result_is_told(own: Own) -> None:
    channel = own.add()
    own.test(channel)
    assert own.channels.of(own.person)[0].result is None
    queue = Queue(own.family.database, "one")
    queue.done(own.family.claim(queue), Result.SENT, now=own.family.now)
    assert own.channels.of(own.person)[0].result is Result.SENT


def test_an_address_that_is_not_confirmed_is_not_tried(own: Own) -> None:
    assert trouble(own.test, own.add("yumi@example.jp")) is Trouble.NOT_CONFIRMED


def test_what_is_asked_for_is_limited_since_the_address_may_be_a_strangers(own: Own) -> None:
    for number in range(MAX_ASKED_FOR):
        own.remove(own.add(f"stranger{number}@example.jp"))
    assert trouble(own.add, "stranger@example.jp") is Trouble.TOO_OFTEN
    assert own.channels.of(own.person) == []
    own.family.now += timedelta(hours=1)
    own.add("stranger@example.jp")


def test_another_persons_way_is_not_there(own: Own) -> None:
    theirs = own.add()
    for who in ("member", "stranger"):
        other = Own(own.family, who)
        for do in (other.test, other.remove, other.send_code):
            assert trouble(do, theirs) is Trouble.NOT_FOUND
        assert trouble(other.rename, theirs, "x") is Trouble.NOT_FOUND
        assert trouble(other.confirm, theirs, "1") is Trouble.NOT_FOUND
    assert own.channels.of(own.person)[0].name == "way"


def test_nobody_sends_a_test_in_the_name_of_another_household(own: Own) -> None:
    channel = own.add()
    own.family.household = own.family.other
    assert trouble(own.test, channel) is Trouble.NOT_FOUND
