"""Recordings by the API: listed, heard by those with the right, erased for good."""

from datetime import timedelta

import pytest

from callguard.people.rights import Role
from callguard.people.tokens import Scope
from callguard.recordings.shelf import Flaw, Shelf
from callguard.trail import Trail, What

from ..called import log_call
from ..recorded import record_call
from ..site import NOON, Site
from .client import Program


@pytest.fixture
def call(site: Site) -> str:
    """A call of the household's log."""
    return log_call(site.database, site.household, "0422-99-3333", NOON - timedelta(hours=1))


async def test_a_recording_is_listed_heard_and_erased(site: Site, call: str) -> None:
    said = record_call(site, call, seconds=10, flaw=Flaw.INTERRUPTED)
    program = Program.of(site)
    (listed,) = (await program.get("recordings")).content["recordings"]
    assert (listed["call"], listed["kind"], listed["seconds"]) == (call, "call", 10)
    assert (listed["whole"], listed["heard_at"], listed["here"]) == (False, None, True)

    visitor = site.visitor(None)
    path = f"/api/v1/households/{site.household}/recordings/{call}"
    shown = {"Authorization": f"Bearer {program.token}"}
    head = await visitor.request("HEAD", path, headers=shown)
    assert (head.status, head.body, int(head.headers["Content-Length"])) == (200, b"", len(said))
    assert (await program.get("recordings")).content["recordings"][0]["heard_at"] is None
    heard = await visitor.request("GET", path, headers=shown)
    assert heard.body == said
    assert heard.headers["Content-Type"] == "audio/wav"
    assert (await program.get("recordings")).content["recordings"][0]["heard_at"]

    assert (await program.ask("DELETE", f"recordings/{call}")).status == 204
    assert (await program.get("recordings")).content == {"recordings": []}
    gone = await program.get(f"recordings/{call}")
    assert (gone.status, "erased" in gone.detail) == (404, True)
    assert (await program.ask("DELETE", f"recordings/{call}")).status == 404
    done = [one.what for one in Trail(site.database).page(site.household).lines]
    assert done.count(What.LISTEN) == 1
    assert done.count(What.ERASE_RECORDINGS) == 1


async def test_a_recording_that_lies_elsewhere_or_is_damaged_says_so(site: Site, call: str) -> None:
    record_call(site, call)
    program = Program.of(site)
    file = site.settings.recordings / f"{call}.cgr"
    file.write_bytes(b"nonsense")
    assert "no recording of callguard" in (await program.get(f"recordings/{call}")).detail
    Shelf(site.settings.recordings).remove([call])
    assert (await program.get("recordings")).content["recordings"][0]["here"] is False
    assert "not at this node" in (await program.get(f"recordings/{call}")).detail


async def test_a_token_hears_and_erases_only_with_the_scope_and_the_right(
    site: Site, call: str
) -> None:
    record_call(site, call)
    listener = Program.of(site, scopes=[Scope.READ_RECORDINGS])
    assert (await listener.get("recordings")).status == 200
    assert "recordings:erase" in (await listener.ask("DELETE", f"recordings/{call}")).detail
    reader = Program.of(site, scopes=[Scope.READ_CALLS])
    assert "recordings:read" in (await reader.get(f"recordings/{call}")).detail
    member = Program.of(site, Role.MEMBER, scopes=[Scope.READ_RECORDINGS])
    assert (await member.get("recordings")).status == 200


async def test_a_session_erases_only_after_its_person_has_proved_who_they_are(
    site: Site, call: str
) -> None:
    record_call(site, call)
    visitor = site.visitor(Role.MANAGER)
    headers = {"X-CSRF-Token": await visitor.csrf()}
    path = f"/api/v1/households/{site.household}/recordings/{call}"
    site.clock.now += timedelta(hours=1)
    refused = await visitor.request("DELETE", path, headers=headers)
    assert refused.status == 403
    assert "proved who they are" in refused.text
    assert (await visitor.request("GET", path)).status == 200
