"""Who may use the API: a token of the household, or the portal's own session."""

from datetime import timedelta

from sqlalchemy import update

from callguard.people.members import People
from callguard.people.models import Membership
from callguard.people.rights import Role
from callguard.people.tokens import Scope
from callguard.trail import Doer

from ..site import Site
from .client import Program


async def test_a_token_says_who_asks_and_what_they_can_do(site: Site) -> None:
    program = Program.of(site, Role.MEMBER, [Scope.READ_CALLS, Scope.WRITE_LISTS])
    answer = await program.get("/api/v1/me")
    assert answer.status == 200
    assert answer.content == {
        "name": "中村 member",
        "language": "ja",
        "token": "home automation",
        "households": [
            {
                "id": site.household,
                "name": "中村家",
                "line": "+81422991111",
                "line_shown": "0422-99-1111",
                "role": "member",
                "scopes": ["calls:read", "lists:write"],
            }
        ],
    }


async def test_without_a_token_nothing_is_told(site: Site) -> None:
    answer = await Program(site, None).get("calls")
    assert (answer.status, answer.detail) == (401, "this needs a token of the household")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="callguard"'


async def test_a_wrong_token_is_told_apart_from_none(site: Site) -> None:
    anyone = Program(site, None)
    unknown = "Bearer cg_" + "A" * 43
    for shown in ("", "Bearer", "Bearer ", unknown, "Basic Og==", "Bearer \udcff", "x"):
        answer = await anyone.get("calls", Authorization=shown)
        assert answer.status == 401
        assert "the token is wrong" in answer.detail
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_a_token_ends_at_its_time(site: Site) -> None:
    program = Program.of(site)
    assert (await program.get("calls")).status == 200
    site.clock.pass_(timedelta(days=31))
    assert (await program.get("calls")).status == 401


async def test_a_removed_members_token_is_worth_nothing(site: Site) -> None:
    program = Program.of(site, Role.MEMBER)
    People(site.database).remove(
        site.household, site.people[Role.MEMBER], by=Doer("test"), now=site.clock.now
    )
    assert (await program.get("calls")).status == 401


async def test_a_token_is_for_its_own_household_only(site: Site) -> None:
    stranger = Program.of(site, "stranger", household=site.other)
    for household in (site.household, 999, 10**17):
        answer = await stranger.get(f"/api/v1/households/{household}/calls")
        assert (answer.status, answer.detail) == (404, "there is nothing here")
    assert (await stranger.get(f"/api/v1/households/{site.other}/calls")).status == 200


async def test_a_token_without_the_scope_is_told_which_one(site: Site) -> None:
    answer = await Program.of(site, scopes=[Scope.READ_LISTS]).get("calls")
    assert (answer.status, answer.detail) == (403, "the token has no scope calls:read")
    assert 'scope="calls:read"' in answer.headers["WWW-Authenticate"]


async def test_a_scope_is_worth_no_more_than_the_persons_role(site: Site) -> None:
    program = Program.of(site, Role.MEMBER, [Scope.READ_CALLS])
    with site.database.transaction() as session:
        session.execute(
            update(Membership)
            .where(Membership.person_id == site.people[Role.MEMBER])
            .values(role=Role.VIEWER)
        )
    assert (await program.get("calls")).status == 401


async def test_the_portals_own_session_reads_without_a_token(site: Site) -> None:
    page = await site.visitor(Role.VIEWER).get(f"/api/v1/households/{site.household}/calls")
    assert page.status == 200


async def test_a_session_of_nobody_in_the_household_finds_nothing(site: Site) -> None:
    for who in ("stranger", "operator"):
        page = await site.visitor(who).get(f"/api/v1/households/{site.household}/calls")
        assert page.status == 404
        assert "中村" not in page.text


async def test_a_wrong_token_is_not_made_good_by_a_session(site: Site) -> None:
    page = await site.visitor().get("/api/v1/me", Authorization="Bearer cg_wrong")
    assert page.status == 401


async def test_what_is_not_there_is_a_problem_too(site: Site) -> None:
    program = Program.of(site)
    for path in ("/api/v1/nothing", "/api/", "/api/v1/households/x/calls", "calls/0"):
        assert (await program.get(path)).detail
        assert (await program.get(path)).status == 404
    answer = await program.ask("TRACE", "calls")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")


async def test_a_query_that_is_not_of_the_form_is_told(site: Site) -> None:
    program = Program.of(site)
    for query in ("limit=0", "limit=x", "limit=5&limit=6", "nonsense=1", "action=eat", "cursor=1"):
        answer = await program.get(f"calls?{query}")
        assert answer.status == 400
        [fault] = answer.fields
        assert fault.startswith(f"query.{query.partition('=')[0]} ")


async def test_an_address_of_broken_letters_is_no_fault_of_ours(site: Site) -> None:
    program = Program.of(site)
    for path in (
        *("calls?search=%FF", "calls?search=%ED%A0%80", "calls?search=%00", "lists?search=%F0%9F"),
        *("lists/%00", "lists/%FF", "lists/..%2F..%2Fetc", "calls/%ED%A0%80", "lists/%EF%BC%90"),
        *("calls?%FF=1", "calls?cursor=-1-1", f"calls?limit={9**99}", "calls?limit=%EF%BC%91"),
    ):
        assert (await program.get(path)).status in {200, 400, 404}


async def test_the_document_is_open_to_all(site: Site) -> None:
    answer = await Program(site, None).get("/api/v1/openapi.json")
    assert (answer.status, answer.content["openapi"]) == (200, "3.1.0")


async def test_a_problems_type_leads_to_what_it_means(site: Site) -> None:
    anyone = Program(site, None)
    refused = await anyone.get("calls")
    meaning = await anyone.get(refused.content["type"])
    assert (meaning.status, meaning.content["status"]) == (200, 401)
    assert "Authorization: Bearer" in meaning.content["advice"]
    assert (await anyone.get("/api/v1/problems/nonsense")).status == 404
