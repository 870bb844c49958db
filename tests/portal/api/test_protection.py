"""Policy, consent and expectations by the API."""

from datetime import timedelta
from typing import Any

from callguard.households.settings import HouseholdSettings
from callguard.people.rights import Role
from callguard.screening import Action

from ..site import Site
from .client import Program


async def test_settings_are_read_and_changed_at_once(site: Site) -> None:
    program = Program.of(site)
    before = await program.get("policy")
    assert before.status == 200
    assert (before.content["overseas"], before.content["quiet_hours"]) == ("reject", None)
    changes = {
        "overseas": "warn",
        "whisper": False,
        "countries": ["US", "GB"],
        "quiet_hours": "22:00-07:00",
        "callback_minutes": 120,
    }
    after = await program.ask("PATCH", "policy", changes, If_Match=before.headers["ETag"])
    assert after.status == 200
    assert after.content == {**before.content, **changes, "countries": ["GB", "US"]}
    policy = HouseholdSettings(site.database).policy(site.household, now=site.clock.now)
    assert policy.overseas is Action.WARN
    back: dict[str, Any] = {"quiet_hours": None, "countries": [], "callback_minutes": 60}
    off = await program.ask("PATCH", "policy", back)
    assert (off.content["quiet_hours"], off.content["countries"]) == (None, [])


async def test_a_change_for_another_state_is_refused(site: Site) -> None:
    program = Program.of(site)
    seen = (await program.get("policy")).headers["ETag"]
    await program.ask("PATCH", "policy", {"overseas": "warn"})
    late = await program.ask("PATCH", "policy", {"withheld": "connect"}, If_Match=seen)
    assert late.status == 412
    assert (await program.get("policy")).content["withheld"] == "reject"


async def test_settings_that_cannot_be_are_told_and_none_is_changed(site: Site) -> None:
    program = Program.of(site)
    for body, status, said in (
        ({"overseas": "warn", "countries": ["XX"]}, 422, "'XX' is not the code of a country"),
        ({"overseas": "refuse"}, 400, "body.overseas must be one of"),
        ({"consent": True}, 400, "body.consent is not known"),
        ({}, 400, "body must not be empty"),
        ({"callback_minutes": 1441}, 400, "body.callback_minutes must be from 0 to 1440"),
        ({"quiet_hours": "25:00-07:00"}, 400, "body.quiet_hours must be hours such as"),
        ({"whisper": "on"}, 400, "body.whisper must be true or false"),
    ):
        answer = await program.ask("PATCH", "policy", body)
        assert answer.status == status
        shown = answer.detail if status == 422 else answer.fields[0]
        assert said in shown
    assert (await program.get("policy")).content["overseas"] == "reject"


async def test_a_viewer_reads_the_protection_and_cannot_change_it(site: Site) -> None:
    viewer = site.visitor(Role.VIEWER)
    path = f"/api/v1/households/{site.household}/policy"
    assert (await viewer.get(path)).status == 200
    headers = {"X-CSRF-Token": await viewer.csrf()}
    page = await viewer.request("PATCH", path, json={"overseas": "connect"}, headers=headers)
    assert page.status == 403


async def test_consent_is_told_with_who_gave_it(site: Site) -> None:
    answer = await Program.of(site).get("consent")
    assert answer.content["in_force"] == ["logging", "notices", "recording", "screening"]
    assert {one["given_by"] for one in answer.content["records"]} == {"本人"}


async def test_a_call_is_expected_and_no_longer(site: Site) -> None:
    program = Program.of(site)
    made = await program.ask("POST", "expectations", {})
    until = (site.clock.now + timedelta(hours=2)).isoformat()
    assert (made.status, made.content) == (201, {"country": "JP", "until": until})
    abroad = await program.ask("POST", "expectations", {"country": "US", "minutes": 30})
    assert abroad.status == 201
    running = await program.get("expectations")
    assert [one["country"] for one in running.content["expectations"]] == ["US", "JP"]
    assert (await program.ask("DELETE", "expectations/US")).status == 204
    assert (await program.ask("DELETE", "expectations/US")).status == 404
    site.clock.pass_(timedelta(hours=3))
    assert (await program.get("expectations")).content == {"expectations": []}


async def test_an_expectation_that_cannot_be_is_told(site: Site) -> None:
    program = Program.of(site)
    assert (await program.ask("POST", "expectations", {"country": "XX"})).status == 422
    faulty: list[Any] = [{"minutes": 29}, {"minutes": 1441}, {"country": "usa"}, {"hours": 2}, []]
    for body in faulty:
        assert (await program.ask("POST", "expectations", body)).status == 400
    assert (await program.get("expectations")).content == {"expectations": []}
