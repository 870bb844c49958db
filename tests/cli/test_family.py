"""``callguard family``: whose telephones are called about a household's calls."""

import pytest

from .conftest import LINE, Run

YUMI = "090-9999-0001"


def family(household: Run, action: str, *arguments: str) -> str:
    ran = household("family", action, "--line", LINE, *arguments)
    assert (ran.status, ran.err) == (0, "")
    return ran.out


def test_telephones_are_added_listed_put_first_and_removed(household: Run) -> None:
    assert family(household, "list") == "nobody yet; add somebody with: callguard family add\n"
    assert family(household, "add", YUMI, "--name", "由美") == "由美 is called at 090-9999-0001\n"
    family(household, "add", "080-9999-0002", "--name", "健")
    assert family(household, "list").splitlines() == [
        "    1  090-9999-0001     由美",
        "    2  080-9999-0002     健",
    ]
    assert family(household, "first", "--id", "2") == "健 is called first\n"
    assert family(household, "list").splitlines()[0].endswith("健")
    assert family(household, "remove", "--id", "2") == "健 is called no longer\n"
    assert family(household, "list").splitlines() == ["    1  090-9999-0001     由美"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "110", "--name", "x"), "110 is the number of a service; give a fixed, IP or"),
        (("add", "Yumi", "--name", "x"), "'Yumi' is not a telephone number"),
        (("add", LINE, "--name", "x"), "this is the home's own number"),
        (("add", YUMI, "--name", " "), "name is empty"),
        (("remove", "--id", "7"), "there is no such telephone of the family"),
        (("first", "--id", "7"), "there is no such telephone of the family"),
    ],
)
def test_what_cannot_be_done_says_why(
    household: Run, arguments: tuple[str, ...], message: str
) -> None:
    action, *rest = arguments
    ran = household("family", action, "--line", LINE, *rest)
    assert ran.status == 1
    assert ran.error.startswith(message)
