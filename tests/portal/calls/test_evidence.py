"""Calls handed over as evidence: who, on what basis, and that nothing was changed."""

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest

from callguard.calllog.evidence import verify
from callguard.households.lists import Lists
from callguard.people.rights import Role
from callguard.trail import COMMAND_LINE, Deed

from ..called import log_call
from ..site import NOON, Page, Site

pytestmark = pytest.mark.database("sqlite")
both = pytest.mark.database("sqlite", "postgresql")

BASIS = "警察署へ相談するため"


def calls_in(page: Page) -> list[dict[str, object]]:
    with zipfile.ZipFile(io.BytesIO(page.body)) as archive:
        found = json.loads(archive.read("calls.json"))
        assert isinstance(found, list)
        return found


@both
async def test_the_calls_of_a_period_are_exported_signed_and_in_the_trail(site: Site) -> None:
    inside = log_call(site.database, site.household, "0422-99-0001", NOON)
    log_call(site.database, site.household, "0422-99-0002", NOON - timedelta(days=40))
    log_call(site.database, site.other, "0422-99-0003", NOON)
    visitor = site.visitor()
    page = await visitor.get(site.path("calls/evidence"))
    archive = await visitor.submit(page, "calls/evidence", basis=BASIS)
    assert archive.headers["Content-Type"] == "application/zip"
    assert archive.headers["Content-Disposition"].startswith('attachment; filename="callguard-')
    assert [call["call_id"] for call in calls_in(archive)] == [inside]
    said = verify(archive.body)
    assert (said.exported_by, said.basis, said.calls) == ("中村 manager", BASIS, 1)
    with site.database.reading() as session:
        deed = session.query(Deed).filter_by(what="export-evidence").one()
        assert (deed.who, deed.detail["basis"]) == ("中村 manager", BASIS)


async def test_one_call_is_exported_from_its_page(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    log_call(site.database, site.household, "0422-99-0002", NOON)
    visitor = site.visitor()
    detail = await visitor.get(site.path(f"calls/{call}"))
    link = next(link for link in detail.links if "evidence" in link)
    archive = await visitor.submit(await visitor.get(link), "calls/evidence", basis=BASIS)
    assert [one["call_id"] for one in calls_in(archive)] == [call]


async def test_the_last_day_counts_as_a_whole(site: Site) -> None:
    late = log_call(site.database, site.household, "0422-99-0001", NOON + timedelta(hours=11))
    archive = await site.visitor().post(
        site.path("calls/evidence"), first="2026-11-27", last="2026-11-27", basis=BASIS
    )
    assert [one["call_id"] for one in calls_in(archive)] == [late]


async def test_a_name_is_no_formula_in_a_spreadsheet(site: Site) -> None:
    Lists(site.database).put(
        site.household, 81422990001, allowed=True, name="=cmd()", by=COMMAND_LINE, now=NOON
    )
    log_call(site.database, site.household, "0422-99-0001", NOON)
    archive = await site.visitor().post(
        site.path("calls/evidence"), first="2026-11-27", last="2026-11-27", basis=BASIS
    )
    with zipfile.ZipFile(io.BytesIO(archive.body)) as files:
        rows = list(csv.reader(io.StringIO(files.read("calls.csv").decode("utf-8-sig"))))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert any("=cmd()" in cell for row in rows for cell in row)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"basis": ""}, "入力してください"),
        ({"basis": "x"}, "何のために"),
        ({"basis": "x" * 501}, "500文字まで"),
        ({"basis": BASIS, "first": "2026-11-28", "last": "2026-11-27"}, "後の日"),
        ({"basis": BASIS, "first": "きのう"}, "日付を選んで"),
        ({"basis": BASIS, "first": "0001-01-01"}, "日付を選んで"),
        ({"basis": BASIS, "last": "9999-12-31"}, "日付を選んで"),
        ({"basis": BASIS, "first": "2020-01-01", "last": "2020-01-02"}, "記録はありません"),
    ],
)
async def test_what_is_wrong_is_said(site: Site, fields: dict[str, str], said: str) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON)
    given = {"first": "2026-11-27", "last": "2026-11-27", **fields}
    page = await site.visitor().post(site.path("calls/evidence"), given)
    assert page.status == 422
    assert said in page.words
    with site.database.reading() as session:
        assert session.query(Deed).filter_by(what="export-evidence").count() == 0


@both
@pytest.mark.parametrize("who", [Role.MEMBER, Role.VIEWER, Role.SUBSCRIBER, "stranger", "operator"])
async def test_only_the_manager_takes_evidence(site: Site, who: str) -> None:
    log_call(site.database, site.household, "0422-99-0001", NOON)
    visitor = site.visitor(who)
    status = 404 if who in {"stranger", "operator"} else 403
    assert (await visitor.get(site.path("calls/evidence"))).status == status
    answer = await visitor.post(
        site.path("calls/evidence"), first="2026-11-27", last="2026-11-27", basis=BASIS
    )
    assert answer.status == status


@both
async def test_a_call_of_another_household_is_not_exported_from_ones_own(site: Site) -> None:
    call = log_call(site.database, site.household, "0422-99-0001", NOON)
    stranger = site.visitor("stranger")
    path = f"/h/{site.other}/calls/evidence"
    assert (await stranger.get(f"{path}?call={call}")).status == 404
    assert (await stranger.post(path, call=call, basis=BASIS)).status == 404
