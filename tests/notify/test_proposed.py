"""A stronger protection that is proposed: the family is told once, and only while it waits."""

import pytest

from callguard.delimited import rows
from callguard.households.at_risk import read_at_risk
from callguard.households.proposals import Proposals
from callguard.notify.desk import Desk
from callguard.notify.letters import Letter, Letters
from callguard.notify.queue import Queue
from callguard.notify.topics import Topic

from .family import BY, Family

PORTAL = "https://guard.example.jp/"


@pytest.fixture
def proposed(family: Family) -> Family:
    """A family to which something is proposed, and whose manager has a mail address."""
    family.channel("manager", address="yumi@example.jp")
    risk = read_at_risk(rows("line\n0422-99-1111\n"), reference="県警 名簿3")
    list(Proposals(family.database).propose(risk, by=BY, now=family.now))
    return family


def told(family: Family) -> object:
    """Write the message that waits."""
    Desk(family.database).hand_out(now=family.now)
    claimed = family.claim(Queue(family.database, "one"))
    return Letters(family.database, PORTAL).write(claimed, now=family.now)


def test_the_family_is_told_and_led_to_the_proposal(proposed: Family) -> None:
    assert [one.topic for one in proposed.news()] == [Topic.STRONGER_PROPOSED]
    found = told(proposed)
    assert isinstance(found, Letter)
    assert found.title == "中村家：電話の守りを強める提案が届きました"
    assert "お選びになるまで、設定は何も変わりません" in found.text
    assert found.link == f"https://guard.example.jp/h/{proposed.household}/risk"
    assert "名簿" not in found.title + found.text
    assert not found.urgent


def test_the_same_list_again_is_no_news(proposed: Family) -> None:
    risk = read_at_risk(rows("line\n0422-99-1111\n"), reference="県警 名簿3")
    list(Proposals(proposed.database).propose(risk, by=BY, now=proposed.now))
    assert len(proposed.news()) == 1


def test_who_has_decided_meanwhile_is_told_nothing(proposed: Family) -> None:
    Proposals(proposed.database).decline(
        proposed.household, decided_by="由美", by=BY, now=proposed.now
    )
    assert told(proposed) is None
