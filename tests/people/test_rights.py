"""Who may do what."""

import pytest

from callguard.people.rights import RIGHTS, Right, Role, may


def test_a_manager_may_do_everything() -> None:
    assert all(may(Role.MANAGER, right) for right in Right)


def test_a_stranger_may_do_nothing() -> None:
    assert not any(may(None, right) for right in Right)


def test_every_role_is_in_the_table() -> None:
    assert set(RIGHTS) == set(Role)


@pytest.mark.parametrize("right", [right for right in Right if right.startswith("see-")])
def test_a_member_and_a_subscriber_see_everything(right: Right) -> None:
    assert may(Role.MEMBER, right)
    assert may(Role.SUBSCRIBER, right)


def test_a_viewer_changes_nothing_but_their_own_notices() -> None:
    allowed = {right for right in Right if may(Role.VIEWER, right)}
    assert {right for right in allowed if not right.startswith("see-")} == {Right.OWN_NOTICES}
    assert Right.SEE_TRAIL not in allowed


@pytest.mark.parametrize("right", [Right.CHANGE_LISTS, Right.CHANGE_PROTECTION])
def test_a_member_may_change_lists_and_protection(right: Right) -> None:
    assert may(Role.MEMBER, right)


@pytest.mark.parametrize(
    "right",
    [Right.MANAGE_PEOPLE, Right.GIVE_CONSENT, Right.EXPORT_EVIDENCE, Right.ERASE_CALLS],
)
def test_a_member_may_neither_manage_people_nor_decide_for_the_subscriber(right: Right) -> None:
    assert not may(Role.MEMBER, right)


def test_a_subscriber_may_end_screening_and_change_lists_but_not_the_protection() -> None:
    assert may(Role.SUBSCRIBER, Right.GIVE_CONSENT)
    assert may(Role.SUBSCRIBER, Right.CHANGE_LISTS)
    assert not may(Role.SUBSCRIBER, Right.CHANGE_PROTECTION)
