"""The family's telephones by the API: added, put first, removed; numbers are the manager's."""

from callguard.people.rights import Role
from callguard.people.tokens import Scope
from callguard.trail import Trail, What

from ..site import Site
from .client import Program


async def test_telephones_are_added_put_first_and_removed(site: Site) -> None:
    program = Program.of(site)
    ids = []
    for number, name in (("090-9999-0001", "由美"), ("080 9999 0002", "健太")):
        added = await program.ask("POST", "telephones", {"number": number, "name": name})
        assert added.status == 201
        ids.append(added.content["id"])
    assert added.content["number"] == "+818099990002"
    assert (await program.ask("POST", f"telephones/{ids[1]}/first")).status == 204
    listed = (await program.get("telephones")).content["telephones"]
    assert [one["name"] for one in listed] == ["健太", "由美"]
    assert (await program.ask("DELETE", f"telephones/{ids[1]}")).status == 204
    (left,) = (await program.get("telephones")).content["telephones"]
    assert (left["name"], left["number_shown"]) == ("由美", "090-9999-0001")
    for method, path in (("DELETE", f"telephones/{ids[1]}"), ("POST", "telephones/9/first")):
        assert "no such telephone" in (await program.ask(method, path)).detail
    done = [one.what for one in Trail(site.database).page(site.household).lines]
    assert {What.ADD_TELEPHONE, What.CALL_FIRST, What.REMOVE_TELEPHONE} <= set(done)


async def test_a_number_that_cannot_be_called_says_why(site: Site) -> None:
    program = Program.of(site)
    for number, why in (
        ("0422-99-1111", "the home's own number"),
        ("0120-999-999", "number of a service"),
        ("090", "is not a telephone number"),
    ):
        answer = await program.ask("POST", "telephones", {"number": number, "name": "由美"})
        assert answer.status == 422
        assert why in answer.detail
    assert (await program.get("telephones")).content == {"telephones": []}


async def test_numbers_are_told_to_who_manages_the_household_only(site: Site) -> None:
    body = {"number": "090-9999-0001", "name": "由美"}
    manager = Program.of(site)
    assert (await manager.ask("POST", "telephones", body)).status == 201
    member = Program.of(site, Role.MEMBER, scopes=[Scope.READ_POLICY])
    (seen,) = (await member.get("telephones")).content["telephones"]
    assert (seen["name"], seen["number"], seen["number_shown"]) == ("由美", None, None)
    assert (await member.ask("POST", "telephones", body)).status == 403
    viewer = site.visitor(Role.VIEWER)
    page = await viewer.get(f"/api/v1/households/{site.household}/telephones")
    assert page.status == 200
    assert "9999" not in page.text
