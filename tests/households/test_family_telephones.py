"""Whose telephones of the family are called: kept in order, checked, and in no trail in clear."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.asterisk.answer import family_telephones
from callguard.households.errors import Fault, HouseholdError
from callguard.households.family_telephones import (
    MAX_TELEPHONES,
    FamilyTelephones,
    Telephone,
    read_number,
)

from .conftest import DAUGHTER, LINE, NOW, Household

YUMI, KEN = "090-9999-0001", "＋81 80 9999 0002"


def add(home: Household, number: str = YUMI, name: str = "由美") -> Telephone:
    return FamilyTelephones(home.database).add(home.id, number, name, by=DAUGHTER, now=NOW)


def listed(home: Household) -> list[tuple[str, int]]:
    return [(one.name, one.number) for one in FamilyTelephones(home.database).all(home.id)]


def fault(home: Household, number: str = YUMI, name: str = "由美") -> Fault:
    with pytest.raises(HouseholdError) as caught:
        add(home, number, name)
    assert len(str(caught.value).splitlines()) == 1
    return caught.value.fault


def test_they_are_called_in_the_order_in_which_they_were_added(
    home: Household, other: Household
) -> None:
    yumi, ken = add(home), add(home, KEN, "健")
    assert listed(home) == [("由美", 819099990001), ("健", 818099990002)]
    assert [(one.id, one.number) for one in home.policy().family] == [
        (yumi.id, 819099990001),
        (ken.id, 818099990002),
    ]
    assert listed(other) == []


def test_one_is_put_before_all_others(home: Household) -> None:
    add(home)
    add(home, "03-9999-0003", "姉")
    ken = add(home, KEN, "健")
    room = FamilyTelephones(home.database)
    assert room.call_first(home.id, ken.id, by=DAUGHTER, now=NOW) == "健"
    assert room.call_first(home.id, ken.id, by=DAUGHTER, now=NOW) == "健"
    assert [name for name, _ in listed(home)] == ["健", "由美", "姉"]
    assert [what for _, what, _ in home.deeds()].count("call-first") == 1


def test_one_is_called_no_longer(home: Household) -> None:
    yumi = add(home)
    assert FamilyTelephones(home.database).remove(home.id, yumi.id, by=DAUGHTER, now=NOW) == "由美"
    assert listed(home) == []
    assert home.policy().family == ()


def test_a_number_is_there_once_by_its_last_name(home: Household) -> None:
    first, second = add(home), add(home, "09099990001", "由美の携帯")
    assert first.id == second.id
    assert listed(home) == [("由美の携帯", 819099990001)]


def test_another_households_telephone_is_not_touched(home: Household, other: Household) -> None:
    yumi = add(home)
    room = FamilyTelephones(home.database)
    for deed in (room.remove, room.call_first):
        with pytest.raises(HouseholdError) as caught:
            deed(other.id, yumi.id, by=DAUGHTER, now=NOW)
        assert caught.value.fault is Fault.NO_TELEPHONE
    assert listed(home) == [("由美", 819099990001)]


def test_the_trail_tells_whose_and_not_the_number(home: Household) -> None:
    yumi = add(home)
    FamilyTelephones(home.database).remove(home.id, yumi.id, by=DAUGHTER, now=NOW)
    assert home.deeds() == [
        ("娘", "add-telephone", {"name": "由美", "ending": "01"}),
        ("娘", "remove-telephone", {"name": "由美", "ending": "01"}),
    ]
    assert "99990001" not in json.dumps(home.deeds())
    assert "99990001" not in repr(yumi)


@pytest.mark.parametrize(
    "number",
    ["", "Yumi", "110", "#9110", "0120-99-0001", "0990-99-0001", "0570-99-0001", "0312345678"],
)
@pytest.mark.database("sqlite")
def test_what_is_no_persons_telephone_is_refused(home: Household, number: str) -> None:
    assert fault(home, number) is Fault.BAD_TELEPHONE
    assert listed(home) == []


@pytest.mark.database("sqlite")
def test_the_homes_own_number_is_refused(home: Household) -> None:
    assert fault(home, LINE) is Fault.OWN_LINE


@pytest.mark.database("sqlite")
def test_whose_it_is_must_be_said(home: Household) -> None:
    assert fault(home, name=" ") is Fault.NAME_MISSING


def test_there_are_no_more_than_a_caller_can_wait_for(home: Household) -> None:
    for nth in range(MAX_TELEPHONES):
        add(home, f"090-9999-100{nth}")
    assert fault(home, "090-9999-2000") is Fault.TOO_MANY_TELEPHONES
    add(home, "090-9999-1000", "もう一度")


@pytest.mark.database("sqlite")
def test_they_go_with_the_household(home: Household) -> None:
    add(home)
    home.registry.remove(home.id, by=DAUGHTER, now=NOW)
    with pytest.raises(HouseholdError):
        listed(home)


def test_a_number_abroad_is_dialled_by_010(home: Household) -> None:
    add(home)
    son = add(home, "+44 20 7946 0123", "ロンドン")
    yumi = home.policy().family[0]
    assert family_telephones(home.policy()) == (
        f",CALLGUARD_FAMILY={yumi.id}:09099990001-{son.id}:010442079460123"
        ",CALLGUARD_ASK_ORDER=in-turn,CALLGUARD_ASK_SECONDS=25"
    )


@given(typed=st.text(max_size=30))
@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_typed_is_a_number_or_refused_in_one_line(typed: str) -> None:
    found: HouseholdError | int
    try:
        found = read_number(typed)
    except HouseholdError as error:
        found = error
    if isinstance(found, HouseholdError):
        assert found.fault is Fault.BAD_TELEPHONE
        assert len(str(found).splitlines()) == 1
    else:
        assert 0 < found < 10**15
