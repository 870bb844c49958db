"""The lists by the API: read, change, import; nothing lost to another's change."""

from datetime import timedelta

from sqlalchemy import select

from callguard.households.lists import Lists
from callguard.people.rights import Role
from callguard.trail import Deed, Doer

from ..site import Site
from .client import Program

DOCTOR = {"list": "allowed", "name": "やまだ医院", "note": "月曜は休み"}


async def test_a_number_is_let_through_and_read_back(site: Site) -> None:
    program = Program.of(site, Role.MEMBER)
    made = await program.ask("PUT", "lists/0422-99-0001", DOCTOR)
    assert made.status == 201
    assert made.content == {
        "number": "+81422990001",
        "number_shown": "0422-99-0001",
        "list": "allowed",
        "name": "やまだ医院",
        "note": "月曜は休み",
        "confirmed_at": site.clock.now.isoformat(),
        "expires_at": None,
    }
    for path in ("lists/0422-99-0001", "lists/+81422990001", "lists/0422990001"):
        read = await program.get(path)
        assert (read.status, read.content) == (200, made.content)
        assert read.headers["ETag"] == made.headers["ETag"]
    assert (await program.get("lists")).content == {"entries": [made.content]}


async def test_the_trail_says_that_a_program_did_it_and_whose(site: Site) -> None:
    await Program.of(site, Role.MEMBER).ask("PUT", "lists/0422-99-0001", DOCTOR)
    with site.database.reading() as session:
        deed = session.scalars(select(Deed).where(Deed.what == "allow")).one()
    assert deed.who == "中村 member (home automation)"
    assert deed.person_id == site.people[Role.MEMBER]
    assert deed.address == "127.0.0.1"


async def test_what_a_change_leaves_out_stays(site: Site) -> None:
    program = Program.of(site)
    end = (site.clock.now + timedelta(days=3)).isoformat()
    await program.ask("PUT", "lists/0422-99-0001", {**DOCTOR, "expires_at": end})
    changed = await program.ask("PUT", "lists/0422-99-0001", {"list": "blocked"})
    assert changed.status == 200
    assert changed.content["list"] == "blocked"
    assert (changed.content["name"], changed.content["expires_at"]) == ("やまだ医院", end)
    kept = await program.ask("PUT", "lists/0422-99-0001", {"list": "blocked", "expires_at": None})
    assert kept.content["expires_at"] is None
    site.clock.pass_(timedelta(days=4))


async def test_an_entry_that_has_ended_is_put_back_for_good(site: Site) -> None:
    program = Program.of(site)
    end = (site.clock.now + timedelta(days=1)).isoformat()
    await program.ask("PUT", "lists/0422-99-0001", {**DOCTOR, "expires_at": end})
    site.clock.pass_(timedelta(days=2))
    again = await program.ask("PUT", "lists/0422-99-0001", {"list": "allowed"})
    assert (again.status, again.content["expires_at"]) == (200, None)


async def test_a_change_for_another_state_is_refused(site: Site) -> None:
    program = Program.of(site)
    made = await program.ask("PUT", "lists/0422-99-0001", DOCTOR)
    seen = made.headers["ETag"]
    good = await program.ask("PUT", "lists/0422-99-0001", {**DOCTOR, "name": "医院"}, If_Match=seen)
    assert good.status == 200
    for method, body in (("PUT", DOCTOR), ("DELETE", None)):
        late = await program.ask(method, "lists/0422-99-0001", body, If_Match=seen)
        assert (late.status, late.content["type"]) == (412, "/api/v1/problems/changed")
    assert (await program.get("lists/0422-99-0001")).content["name"] == "医院"
    absent = await program.ask("PUT", "lists/0422-99-0002", DOCTOR, If_Match="*")
    assert absent.status == 412
    gone = await program.ask("DELETE", "lists/0422-99-0001", If_Match='"x", *')
    assert gone.status == 204


async def test_a_number_is_taken_off_once(site: Site) -> None:
    program = Program.of(site)
    await program.ask("PUT", "lists/0422-99-0001", DOCTOR)
    assert (await program.ask("DELETE", "lists/0422-99-0001")).status == 204
    assert (await program.ask("DELETE", "lists/0422-99-0001")).status == 404
    assert (await program.get("lists/0422-99-0001")).status == 404


async def test_what_cannot_be_is_told(site: Site) -> None:
    program = Program.of(site)
    past = (site.clock.now - timedelta(days=1)).isoformat()
    for number, body, said in (
        ("03-1234-5678", DOCTOR, "the local exchange after 03 begins with 1"),
        ("110", {"list": "blocked"}, "110 cannot be blocked"),
        ("0422-99-0001", {**DOCTOR, "expires_at": past}, "the end has passed already"),
        ("0422-99-0001", {**DOCTOR, "name": "a\u202eb"}, "characters that cannot be shown"),
    ):
        answer = await program.ask("PUT", f"lists/{number}", body)
        assert answer.status == 422
        assert said in answer.detail
    assert (await program.get("lists")).content == {"entries": []}


async def test_what_is_not_of_the_form_is_told_field_by_field(site: Site) -> None:
    program = Program.of(site)
    answer = await program.ask(
        "PUT", "lists/0422-99-0001", {"list": "grey", "name": "x" * 101, "notes": ""}
    )
    assert answer.status == 400
    assert sorted(one.split()[0] for one in answer.fields) == [
        "body.list",
        "body.name",
        "body.notes",
    ]


async def test_the_lists_are_searched(site: Site) -> None:
    program = Program.of(site)
    await program.ask("PUT", "lists/0422-99-0001", DOCTOR)
    await program.ask("PUT", "lists/050-9999-0001", {"list": "blocked", "name": "勧誘"})

    async def found(query: str) -> list[str]:
        answer = await program.get(f"lists?{query}")
        return [entry["name"] for entry in answer.content["entries"]]

    assert await found("list=blocked") == ["勧誘"]
    assert await found("search=%E5%8C%BB%E9%99%A2") == ["やまだ医院"]
    assert await found("list=allowed&search=9999") == []


async def test_an_import_adds_what_can_be_and_tells_the_rest(site: Site) -> None:
    program = Program.of(site)
    await program.ask("PUT", "lists/0422-99-0001", {"list": "blocked"})
    answer = await program.ask(
        "POST",
        "lists",
        {
            "list": "allowed",
            "numbers": [
                {"number": "0422-99-0001", "name": "医院"},
                {"number": "０５０−９９９９−０００２", "name": "=HYPERLINK()"},
                {"number": "03-1234-5678"},
                {"number": "0422-99-0003", "name": "a\u202eb"},
            ],
        },
    )
    assert answer.status == 200
    counts = {name: answer.content[name] for name in ("added", "changed", "unchanged")}
    assert counts == {"added": 1, "changed": 1, "unchanged": 0}
    assert [one["field"] for one in answer.content["refused"]] == [
        "body.numbers[2]",
        "body.numbers[3]",
    ]
    entries = Lists(site.database).entries(site.household)
    assert {entry.name for entry in entries if entry.allowed} == {"医院", "=HYPERLINK()"}


async def test_an_import_that_is_too_long_is_refused_whole(site: Site) -> None:
    program = Program.of(site)
    many = [{"number": f"0422-99-{n:04}"} for n in range(1001)]
    answer = await program.ask("POST", "lists", {"list": "allowed", "numbers": many})
    assert (answer.status, answer.fields) == (400, ["body.numbers must have at most 1000 items"])
    large = b'{"list": "allowed", "name": "' + b" " * 20_000 + b'"}'
    assert (await program.ask("PUT", "lists/0422-99-0001", large)).status == 413
    assert (await program.get("lists")).content == {"entries": []}


async def test_a_viewers_session_changes_nothing(site: Site) -> None:
    path = f"/api/v1/households/{site.household}/lists/0422-99-0001"
    viewer = site.visitor(Role.VIEWER)
    page = await viewer.request(
        "PUT", path, json=DOCTOR, headers={"X-CSRF-Token": await viewer.csrf()}
    )
    assert page.status == 403
    assert Lists(site.database).entries(site.household) == ()


async def test_a_session_changes_something_only_from_our_own_pages(site: Site) -> None:
    path = f"/api/v1/households/{site.household}/lists/0422-99-0001"
    visitor = site.visitor()
    token = await visitor.csrf()
    for headers in (
        {},
        {"X-CSRF-Token": "x"},
        {"X-CSRF-Token": token, "Origin": "https://evil.invalid"},
        {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"},
    ):
        assert (await visitor.request("PUT", path, json=DOCTOR, headers=headers)).status == 403
    page = await visitor.request("PUT", path, json=DOCTOR, headers={"X-CSRF-Token": token})
    assert page.status == 201


async def test_a_form_is_no_json(site: Site) -> None:
    program = Program.of(site)
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        answer = await program.ask(
            "PUT", "lists/0422-99-0001", b'{"list": "allowed"}', Content_Type=kind
        )
        assert answer.status == 415


async def test_another_household_learns_and_changes_nothing(site: Site) -> None:
    await Program.of(site).ask("PUT", "lists/0422-99-0001", DOCTOR)
    stranger = Program.of(site, "stranger", household=site.other)
    for method, body in (("GET", None), ("PUT", DOCTOR), ("DELETE", None)):
        answer = await stranger.ask(method, "lists/0422-99-0001", body)
        assert (answer.status, "やまだ" in answer.text) == (404, False)
    (entry,) = Lists(site.database).entries(site.household)
    assert entry.name == "やまだ医院"
    Lists(site.database).take_off(site.household, entry.number, by=Doer("test"), now=site.clock.now)
