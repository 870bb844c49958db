"""A carrier's program signs households up, removes and moves them, with a token of the node's."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from callguard.database import Database
from callguard.households.consent import Consents
from callguard.households.directory import Directory
from callguard.households.errors import HouseholdError
from callguard.households.groups import Groups
from callguard.households.proposals import Proposals
from callguard.households.registry import Registry
from callguard.settings import Settings
from callguard.trail import PROVISIONING, Trail

from ..site import NOON, Page, Site, running_site

TOKEN = "a token of billing"
DIGEST = "0a" * 32
PATH = "/api/v1/provisioning/"
CONSENT = {"by": "山田 花子", "at": "2026-11-24", "evidence": "form 12", "digest": DIGEST}
NEW = {"line": "0422-99-3333", "name": "山田家", "group": "senior", "consent": CONSENT}


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    """A site whose carrier's program has a token."""
    settings = Settings(data=tmp_path, provisioning_token=TOKEN)
    async with running_site(database, settings) as site:
        yield site


async def ask(site: Site, what: str, body: Any, token: str = TOKEN) -> Page:
    headers = {"Authorization": f"Bearer {token}"}
    return await site.visitor(None).request("POST", PATH + what, json=body, headers=headers)


def said(page: Page) -> Any:
    return json.loads(page.text)


async def test_households_are_signed_up_with_their_consent(site: Site) -> None:
    Groups(site.database).add("senior", {"unlisted": "challenge"}, by=PROVISIONING, now=NOON)
    half = {**NEW, "line": "0422-99-4444", "consent": {**CONSENT, "digest": "x"}}
    body = {"households": [NEW, half, {"line": "0422-99-1111", "name": "中村家"}]}
    dry = await ask(site, "sign-up", {**body, "dry_run": True})
    assert (dry.status, said(dry)["added"]) == (200, 1)
    assert Directory(site.database).search().total == 2
    page = await ask(site, "sign-up", body)
    told = said(page)
    assert [row["effect"] for row in told["rows"]] == ["added", "refused", "present"]
    assert "no SHA-256" in told["rows"][1]["errors"][0]
    assert (told["added"], told["present"], told["refused"]) == (1, 1, 1)
    home = Registry(site.database).find("0422-99-3333")
    assert home.screened
    assert {one.digest for one in Consents(site.database).history(home.id)} == {DIGEST}
    line = Trail(site.database).page(home.id).lines[-1]
    assert (line.who, line.address) == ("provisioning", "127.0.0.1")
    again = await ask(site, "sign-up", body)
    assert [row["effect"] for row in said(again)["rows"]] == ["present", "refused", "present"]


async def test_households_are_moved_and_removed(site: Site) -> None:
    page = await ask(site, "move", {"line": "0422-99-1111", "to": "0422-98-1111", "days": 30})
    assert (page.status, said(page)["line"]) == (200, "+81422981111")
    assert (await ask(site, "move", {"line": "0422-99-1111", "to": "0422-97-1"})).status == 422
    gone = {"line": "0422-99-1111", "to": "0422-97-1111"}
    assert (await ask(site, "move", gone)).status == 404
    page = await ask(site, "off-board", {"lines": ["0422-98-1111", "0422-99-1111", "110"]})
    assert [row["effect"] for row in said(page)["rows"]] == ["removed", "absent", "refused"]
    with pytest.raises(HouseholdError):
        Registry(site.database).find("0422-98-1111")


async def test_a_stronger_protection_is_proposed(site: Site) -> None:
    body = {"lines": ["0422-99-1111"], "profile": "name", "reference": "名簿3"}
    page = await ask(site, "at-risk", body)
    assert said(page)["proposed"] == 1
    assert Proposals(site.database).open(site.household) is not None


@pytest.mark.parametrize("token", ["", "another token", "cg_" + "A" * 43])
async def test_nobody_else_may(site: Site, token: str) -> None:
    for what in ("sign-up", "off-board", "at-risk", "move"):
        page = await ask(site, what, {"households": [NEW]}, token)
        assert page.status == 401
    assert Directory(site.database).search().total == 2


async def test_without_the_setting_no_token_will_do(database: Database, tmp_path: Path) -> None:
    async with running_site(database, Settings(data=tmp_path)) as site:
        for token in ("", TOKEN):
            assert (await ask(site, "off-board", {"lines": ["0422-99-1111"]}, token)).status == 401


async def test_what_is_not_of_the_form_is_refused_whole(site: Site) -> None:
    for what, body in (
        ("sign-up", {"households": []}),
        ("sign-up", {"households": [NEW] * 1001}),
        ("sign-up", {"households": [{**NEW, "consent": {"by": "x"}}]}),
        ("sign-up", {"households": [NEW], "colour": "red"}),
        ("off-board", {"lines": "0422-99-1111"}),
        ("at-risk", {"lines": ["0422-99-1111"], "profile": "none", "reference": ""}),
    ):
        assert (await ask(site, what, body)).status == 400
    assert Directory(site.database).search().total == 2
