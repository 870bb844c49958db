"""``callguard people``: invite, list and remove who uses the portal."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callguard.database import Database
from callguard.people.factor_key import FactorKey
from callguard.people.invitations import Invitations
from callguard.people.joining import Joining
from callguard.people.relying_party import RelyingParty

from ..people.authenticator import Authenticator
from .conftest import LINE, Run


def join(data: Path, link: str) -> int:
    """Open the link as a person would; return their id."""
    database = Database(f"sqlite:///{data / 'households.db'}")
    try:
        joining = Joining(
            database, RelyingParty.of("http://localhost:8080"), FactorKey(lambda: bytes(32))
        )
        token, now = link.rpartition("/")[2], datetime.now(UTC)
        answer = Authenticator().create(joining.ask_passkey(token, "花子", "ja", now=now))
        return joining.with_passkey(token, answer, "iPhone", address="::1", now=now).person_id
    finally:
        database.close()


def test_an_invitation_is_printed_as_link_and_qr_code(household: Run) -> None:
    ran = household("people", "invite", "--line", LINE, "--name", "花子")
    link, *picture = ran.out.splitlines()
    assert ran.status == 0
    assert link.startswith("http://localhost:8080/join/")
    assert sum("█" in line for line in picture) > 15
    assert picture[-1].startswith("花子 can join once as manager of home (0422-99-0000) until ")


def test_the_link_is_below_the_portals_address(
    household: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLGUARD_PORTAL_URL", "https://portal.example.jp")
    ran = household("people", "invite", "--line", LINE, "--name", "花子", "--role", "viewer")
    assert ran.out.startswith("https://portal.example.jp/join/")
    assert "as viewer of" in ran.out


def test_who_has_joined_and_who_is_invited_is_listed(household: Run, data: Path) -> None:
    assert household("people", "list", "--line", LINE).out.startswith("nobody yet")
    link = household("people", "invite", "--line", LINE, "--name", "花子").out.split()[0]
    person = join(data, link)
    household("people", "invite", "--line", LINE, "--name", "次郎", "--role", "viewer")
    first, second = household("people", "list", "--line", LINE).out.splitlines()
    assert first.split() == [str(person), "manager", "花子", "(not", "signed", "in)"]
    assert second.startswith("    -  viewer      次郎  (invited until ")
    told = json.loads(household("people", "list", "--line", LINE, "--json").out)
    assert told["people"] == [{"id": person, "name": "花子", "role": "manager", "seen_at": None}]
    assert [one["role"] for one in told["invitations"]] == ["viewer"]


def test_somebody_is_removed_but_not_the_last_manager(household: Run, data: Path) -> None:
    ids = []
    for _ in range(2):
        ran = household("people", "invite", "--line", LINE, "--name", "花子")
        ids.append(str(join(data, ran.out.split()[0])))
    ran = household("people", "remove", "--line", LINE, "--id", ids[0])
    assert ran.out == f"{ids[0]} does not belong to home any longer\n"
    ran = household("people", "remove", "--line", LINE, "--id", ids[1])
    assert "the household's last manager must stay" in ran.error
    ran = household("people", "remove", "--line", LINE, "--id", ids[0])
    assert "no such person in this household" in ran.error


def test_operators_are_invited_listed_and_removed(run: Run, data: Path) -> None:
    ids = []
    for _ in range(2):
        ran = run("people", "invite", "--operator", "--name", "係")
        assert "can join once as an operator until" in ran.out
        ids.append(str(join(data, ran.out.split()[0])))
    assert "operator" in run("people", "list", "--operator").out
    ran = run("people", "remove", "--operator", "--id", ids[0])
    assert ran.out == f"{ids[0]} is no operator any longer\n"
    assert "last operator" in run("people", "remove", "--operator", "--id", ids[1]).error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("invite", "--line", "0422-99-0007", "--name", "x"), "has no household"),
        (("invite", "--line", LINE, "--name", " "), "the name is missing"),
        (("invite", "--line", LINE, "--name", "a\nb"), "signs that cannot be shown"),
        (("invite", "--line", LINE, "--name", "x", "--role", "owner"), "invalid choice"),
        (("invite", "--name", "x"), "one of the arguments --line --operator is required"),
        (("remove", "--line", LINE, "--id", "-1"), "is not a number from 1 on"),
        (("remove", "--line", LINE, "--id", "99999999999"), "no such person"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    household: Run, arguments: tuple[str, ...], message: str
) -> None:
    assert message in household("people", *arguments).error


def test_a_refused_invitation_leaves_nothing(household: Run, data: Path) -> None:
    household("people", "invite", "--line", LINE, "--name", " ")
    database = Database(f"sqlite:///{data / 'households.db'}")
    try:
        assert Invitations(database).waiting(1, now=datetime.now(UTC)) == ()
    finally:
        database.close()
